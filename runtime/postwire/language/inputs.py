"""Input and output schemas at work: defaults, aliases, media places, and what does not fit.

Checking takes microseconds when the input fits; only a mistake costs an explanation.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import jsonschema_rs

from postwire.errors import Field, InvalidInput, shown
from postwire.language.lengths import check_length
from postwire.language.places import escaped, pointer

MEDIA: Final = "media"
ANY: Final = "*"  # every item of a list, in a path
_STANDS_FOR_MEDIA: Final = "media"
_DEEPEST: Final = 64
_BITS: Final = 1023  # of a whole number; above it has no place in a float
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
Path = tuple[str, ...]
Fill = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for media in an input schema: its path, its `x-media` rules, and its base64 alias."""

    path: Path
    rules: Mapping[str, Any]
    alias: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A slot in a given input: the value's JSON pointer, and where to put what it becomes."""

    slot: Slot
    pointer: str
    holder: Any
    key: Any
    by_alias: bool

    @property
    def value(self) -> Any:
        """What the caller gave."""
        return self.holder[self.key]


class InputSchema:
    """The `input` of an action."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = close(schema)
        self.slots = tuple(_slots(self.schema, ()))
        self._lengths = tuple(_lengths(self.schema, ()))
        self._fill = _filler(self.schema)

    @cached_property
    def _validator(self) -> Any:
        return jsonschema_rs.Draft202012Validator(
            self.schema, validate_formats=True, mask="…", retriever=_no_network
        )

    @cached_property
    def published(self) -> dict[str, Any]:
        """The schema as every face shows it: with aliases as inputs of their own."""
        return _published(self.schema, self.slots)

    def prepare(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Place]]:
        """A copy of *given* with aliases resolved and defaults filled in, and the media places in it.

        Raises:
            InvalidInput: *given* is nested deeper than any schema.
        """
        values = _copied(dict(given))
        by_alias = {slot.path for slot in self.slots if _take_alias(values, slot)}
        if self._fill is not _as_it_is:
            values = self._fill(values)
        places = [
            Place(slot, where, holder, key, slot.path in by_alias)
            for slot in self.slots
            for where, holder, key in _find(values, slot.path, "")
        ]
        return values, places

    def mistakes(self, values: dict[str, Any], places: list[Place]) -> list[Field]:
        """Everything in *values* that does not fit; media places count as filled, whatever they hold."""
        given = [place.value for place in places]
        for index, place in enumerate(
            places
        ):  # each its own text: the same file twice is for the platform to judge
            place.holder[place.key] = f"{_STANDS_FOR_MEDIA}{index}"
        try:
            found = list(_not_json(values, ""))
            if not found and not self._validator.is_valid(values):
                found = self._explain(values)
        finally:
            for place, value in zip(places, given, strict=True):
                place.holder[place.key] = value
        if self._lengths:
            found += self._too_long(values)
        return found

    def _explain(self, values: dict[str, Any]) -> list[Field]:
        from postwire.language.explain import explain  # noqa: PLC0415 - jsonschema costs 100 ms to import

        # What is not valid stays so, also when there are no words for it.
        return explain(self.published, self.schema, values) or [Field("", "does not fit the schema")]

    def _too_long(self, values: dict[str, Any]) -> list[Field]:
        found = []
        for path, rule in self._lengths:
            for where, holder, key in _find(values, path, ""):
                value = holder[key]
                message = check_length(value, rule) if isinstance(value, str) else None
                if message:
                    found.append(Field(where, message, None if rule.get("secret") else shown(value[:1000])))
        return found


class OutputSchema:
    """The `output` of an action."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = {"type": "object", **schema}

    @cached_property
    def _validator(self) -> Any:
        return jsonschema_rs.Draft202012Validator(
            self.schema, validate_formats=False, mask="…", retriever=_no_network
        )

    def mistakes(self, value: Any) -> list[str]:
        """What of *value* does not fit, for people."""
        if strange := [f"{field.path or '/'}: {field.message}" for field in _not_json(value, "")]:
            return strange
        if self._validator.is_valid(value):
            return []
        return [
            f"{pointer(tuple(error.instance_path)) or '/'}: {shown(error.message)}"
            for error in self._validator.iter_errors(value)
        ]


def close(schema: dict[str, Any]) -> dict[str, Any]:
    """*schema* with what a manifest leaves out: every object is one, and closed."""
    made = dict(schema)
    if "properties" in made or not made:
        made = {"type": "object", "properties": {}, "additionalProperties": False, **made}
        made["properties"] = {name: _closed(inner) for name, inner in made["properties"].items()}
    elif isinstance(made.get("items"), dict):
        made["items"] = _closed(made["items"])
    return made


def _closed(schema: Any) -> Any:
    return (
        close(schema)
        if isinstance(schema, dict) and ("properties" in schema or "items" in schema)
        else schema
    )


def _slots(schema: Any, path: Path) -> Iterator[Slot]:
    if not isinstance(schema, dict):
        return
    if schema.get("format") == MEDIA:
        rules = schema.get("x-media", {})
        yield Slot(path, rules, rules.get("base64_alias"))
    yield from _below(schema, path, _slots)


def _lengths(schema: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if not isinstance(schema, dict):
        return
    if "x-length" in schema:
        yield path, {**schema["x-length"], "secret": bool(schema.get("x-secret"))}
    yield from _below(schema, path, _lengths)


def _below(schema: dict[str, Any], path: Path, walk: Callable[[Any, Path], Iterator[Any]]) -> Iterator[Any]:
    for name, inner in schema.get("properties", {}).items():
        yield from walk(inner, (*path, name))
    if "items" in schema:
        yield from walk(schema["items"], (*path, ANY))


def _find(value: Any, path: Path, where: str) -> Iterator[tuple[str, Any, Any]]:
    """(pointer, holder, key) of every value at *path* that is there and not null."""
    head, *rest = path
    keys: list[Any] = []
    if head == ANY and isinstance(value, list):
        keys = [index for index, item in enumerate(value) if item is not None]
    elif isinstance(value, dict) and value.get(head) is not None:
        keys = [head]
    for key in keys:
        here = f"{where}/{escaped(key)}"
        if rest:
            yield from _find(value[key], tuple(rest), here)
        else:
            yield here, value, key


def _take_alias(values: dict[str, Any], slot: Slot) -> bool:
    """Move a base64 alias to the place that it stands for; both given is left for the schema to refuse."""
    if slot.alias is None or len(slot.path) != 1 or slot.alias not in values or slot.path[0] in values:
        return False
    values[slot.path[0]] = values.pop(slot.alias)
    return True


def _filler(schema: Any) -> Fill:
    """A function that fills in the defaults of *schema*; `_as_it_is` where there are none."""
    if not isinstance(schema, dict):
        return _as_it_is
    if "properties" in schema:
        defaults = {
            k: v["default"] for k, v in schema["properties"].items() if isinstance(v, dict) and "default" in v
        }
        deep = {k: f for k, v in schema["properties"].items() if (f := _filler(v)) is not _as_it_is}
        return _fill_object(defaults, deep) if defaults or deep else _as_it_is
    if isinstance(schema.get("items"), dict) and (item := _filler(schema["items"])) is not _as_it_is:
        return lambda value: [item(each) for each in value] if isinstance(value, list) else value
    return _as_it_is


def _fill_object(defaults: dict[str, Any], deep: dict[str, Fill]) -> Fill:
    def fill(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        for name, default in defaults.items():
            if name not in value:
                value[name] = copy.deepcopy(default)
        for name, inner in deep.items():
            if name in value:
                value[name] = inner(value[name])
        return value

    return fill


def _as_it_is(value: Any) -> Any:
    return value


def _copied(value: Any, left: int = _DEEPEST) -> Any:
    """A copy of the maps and lists of *value*, in JSON's own types; files and bytes in it stay the same."""
    if left == 0:
        raise InvalidInput([Field("", f"is nested deeper than {_DEEPEST} levels")])
    if isinstance(value, dict):
        return {
            key: inner if type(inner) in _PLAIN else _copied(inner, left - 1) for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [inner if type(inner) in _PLAIN else _copied(inner, left - 1) for inner in value]
    # An enumeration's member, a number of numpy: what they are to JSON.
    if isinstance(value, str):
        return str.__str__(value)
    return next((kind(value) for kind in (int, float) if isinstance(value, kind)), value)


def _not_json(value: Any, where: str) -> Iterator[Field]:
    """What of *value* no JSON can say; the validators stumble over it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if type(key) is str and _is_whole(key):
                yield from _not_json(inner, f"{where}/{escaped(key)}")
            else:
                yield Field(where, f"has a field whose name is no text: {shown(ascii(key))}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _not_json(inner, f"{where}/{index}")
    elif problem := _strange(value):
        yield Field(where, problem)


def _strange(value: Any) -> str | None:
    if type(value) not in _PLAIN:
        return f"has a value that JSON does not know, of type {type(value).__name__}"
    if isinstance(value, str) and not _is_whole(value):
        return "has half a character in it (a lone surrogate): send the text as UTF-8"
    if isinstance(value, float) and not math.isfinite(value):
        return "must be a number that is finite"
    if isinstance(value, int) and value.bit_length() > _BITS:
        return "is too large a number"
    return None


def _is_whole(text: str) -> bool:
    """Whether *text* can be sent: a lone surrogate cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_network(uri: str) -> Any:
    raise ValueError(f"a schema refers to nothing outside itself, not to {shown(uri)}")


def _published(schema: dict[str, Any], slots: tuple[Slot, ...]) -> dict[str, Any]:
    shown_schema = copy.deepcopy(schema)
    for slot in slots:
        if slot.alias is None or len(slot.path) != 1:
            continue
        name = slot.path[0]
        shown_schema["properties"][slot.alias] = {
            "type": "string",
            "contentEncoding": "base64",
            "description": f"The same as {name}, as base64 text.",
        }
        if name in shown_schema.get("required", []):
            shown_schema["required"] = [each for each in shown_schema["required"] if each != name]
            either = {"anyOf": [{"required": [name]}, {"required": [slot.alias]}]}
            shown_schema.setdefault("allOf", []).append(either)
    return shown_schema
