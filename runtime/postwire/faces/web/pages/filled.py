"""From a form that was sent to an action's input: the reverse of `forms.form`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import Field, InvalidInput
from postwire.faces.typed import kinds, typed
from postwire.faces.web.pages.forms import Raw, choices_of
from postwire.faces.web.pages.moments import joined_time
from postwire.language.places import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Schema = Mapping[str, Any]

_NOTHING: Final = object()
ZONE: Final = "@zone"  # after a time's name: its zone


@dataclass(frozen=True, slots=True)
class Filled:
    """What was entered.

    Attributes:
        values: the input; what was left empty is not in it.
        mistakes: texts that say nothing that JSON has.
    """

    values: dict[str, Any]
    mistakes: list[Field]


def read(schema: Schema, pairs: Iterable[tuple[str, str]], *, root: str = "") -> Filled:
    """The input that a form's fields make; rows come in the order in which they stand in the form.

    Args:
        schema: closed, as `InputSchema.schema`.
        pairs: names and values as the browser sent them.
        root: as in `forms.form`.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name.startswith(f"{root}/"):
            given.setdefault(name[len(root) :], []).append(value)
    reader = _Reader(given, [])
    found = reader.group(schema, "", "")
    return Filled(found, reader.mistakes)


@dataclass(frozen=True, slots=True)
class _Reader:
    given: Mapping[str, list[str]]
    mistakes: list[Field]

    def group(self, schema: Schema, name: str, path: str) -> dict[str, Any]:
        """The properties that were filled in; names stand in the form, paths in the input."""
        parts = {
            key: self.value(inner, f"{name}/{escaped(key)}", f"{path}/{escaped(key)}")
            for key, inner in schema.get("properties", {}).items()
        }
        return {key: value for key, value in parts.items() if value is not _NOTHING}

    def value(self, schema: Schema, name: str, path: str) -> Any:
        found = kinds(schema)
        if name in self.given or choices_of(schema):
            return self.one(schema, name, path)
        if found == {"object"} and schema.get("properties"):
            return self.part(schema, name, path)
        if found == {"array"} and isinstance(schema.get("items"), dict):
            return self.rows(schema["items"], name, path)
        return _NOTHING

    def part(self, schema: Schema, name: str, path: str) -> Any:
        """An object; it is there when more of it was filled in than switches that nobody touched."""
        made = self.group(schema, name, path)
        usual = {key: inner["default"] for key, inner in schema["properties"].items() if "default" in inner}
        return _NOTHING if all(key in usual and usual[key] == value for key, value in made.items()) else made

    def rows(self, schema: Schema, name: str, path: str) -> Any:
        made: list[Any] = []
        for row in self.numbers(name):
            value = self.value(schema, f"{name}/{row}", f"{path}/{len(made)}")
            if value is not _NOTHING:
                made.append(value)
        return made or _NOTHING

    def numbers(self, name: str) -> Iterator[str]:
        """The rows of a list, by the names of what is in them."""
        inside = [key[len(name) + 1 :] for key in self.given if key.startswith(f"{name}/")]
        return iter(dict.fromkeys(key.partition("/")[0].partition(ZONE)[0] for key in inside))

    def one(self, schema: Schema, name: str, path: str) -> Any:
        texts = [text.replace("\r\n", "\n") for text in self.given.get(name, ())]
        items = schema.get("items")
        if isinstance(items, dict) and choices_of(items):
            return [self.typed(text, items, path) for text in texts if text] or _NOTHING
        # A file and its address are two controls of one name.
        text = next((each for each in reversed(texts) if each), "")
        if not text:
            return _NOTHING
        if schema.get("format") == "date-time" and f"{name}{ZONE}" in self.given:
            return joined_time(text, self.given[f"{name}{ZONE}"][-1].strip())
        return self.typed(text, schema, path)

    def typed(self, text: str, schema: Schema, path: str) -> Any:
        for constant in [each["const"] for each in schema.get("oneOf", ()) if "const" in each]:
            if typed(text, {"enum": [constant]}, path) == constant:
                return constant
        try:
            return typed(text, schema, path)
        except InvalidInput as error:
            self.mistakes.extend(error.fields)
            return Raw(text)
