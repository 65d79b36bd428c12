"""The flags of `run`: one for each property of an input schema, and how their texts become values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from postwire.errors import Field, InvalidInput, shown
from postwire.faces.cli.complete import files
from postwire.faces.typed import Schema, kinds, plain, read_json, typed

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHOICES_SHOWN: Final = 60  # characters


@dataclass(frozen=True, slots=True)
class Flag:
    """One property as a flag.

    Attributes:
        name: of the property, `privacy_level`.
        text: as it is typed, `--privacy-level`.
        schema: of the property.
        required: whether the action needs it (from a flag or from --input).
        off: `--no-…`, for booleans.
    """

    name: str
    text: str
    schema: Schema
    required: bool
    off: str = ""

    @property
    def listed(self) -> bool:
        """Whether it may be repeated."""
        return "array" in kinds(self.schema)

    @property
    def takes(self) -> str:
        """What its value looks like, for people."""
        schema = self._inner
        if choices := "|".join(map(plain, schema.get("enum", ()))):
            return f"[{choices}]" if len(choices) <= _CHOICES_SHOWN else "CHOICE"
        if _is_media(schema):
            return "FILE|URL"
        found = kinds(schema)
        known = ("string", "boolean", "integer", "number")
        return next((_METAVARS[kind] for kind in known if kind in found), "JSON")

    @property
    def usage(self) -> str:
        """How it is typed, for people: `--[no-]disable-comment`, `--title TEXT`."""
        return f"--[no-]{self.text[2:]}" if self.off else f"{self.text} {self.takes}"

    @property
    def about(self) -> str:
        """What it is for, which values it takes, and whether it is needed."""
        schema = self._inner
        words = [str(self.schema.get("description", ""))]
        if self.takes == "CHOICE":
            words.append(f"One of {', '.join(map(plain, schema['enum']))}.")
        if self.listed:
            words.append("May be repeated.")
        if "default" in self.schema:
            words.append(f"[default: {shown(plain(self.schema['default']))}]")
        if self.required:
            words.append("[needed]")
        return " ".join(filter(None, words))

    @property
    def _inner(self) -> Schema:
        """The schema of one value."""
        found: Schema = self.schema.get("items", {}) if self.listed else self.schema
        return found

    def options(self, number: int) -> list[click.Option]:
        """It as click sees it: the values come as `value_N`, and `off_N` for the `--no-…` flag."""
        extra: dict[str, Any] = {"multiple": True} if self.listed else {}
        if kinds(self.schema) == {"boolean"}:
            extra = {"is_flag": False, "flag_value": "true"}
        made = [
            click.Option(
                [self.text, f"value_{number}"], help=self.about, shell_complete=self._complete, **extra
            )
        ]
        if self.off:
            made.append(click.Option([self.off, f"off_{number}"], is_flag=True, help=self.about))
        return made

    def read(self, given: str | tuple[str, ...]) -> Any:
        """The value of what was typed.

        Raises:
            InvalidInput: JSON that is none.
        """
        path = f"/{self.name}"
        if isinstance(given, str):
            return _value(given, self.schema, path)
        items = self._inner
        if (
            len(given) == 1
            and given[0].lstrip().startswith("[")
            and isinstance(found := read_json(given[0]), list)
        ):
            return found
        return [_value(text, items, f"{path}/{index}") for index, text in enumerate(given)]

    def write(self, value: Any) -> list[str]:
        """*value* as it is typed: the reverse of `read`."""
        if self.off and isinstance(value, bool):
            return [self.text if value else self.off]
        values = value if self.listed and isinstance(value, list) else [value]
        return [word for each in values for word in (self.text, plain(each))]

    def _complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        if _is_media(self._inner):
            return files(ctx, param, incomplete)
        choices = ("true", "false") if kinds(self.schema) == {"boolean"} else self._inner.get("enum", ())
        return [text for text in map(plain, choices) if text.startswith(incomplete)]


_METAVARS: Final = {"string": "TEXT", "boolean": "[true|false]", "integer": "INTEGER", "number": "NUMBER"}


def flags(schema: Schema, taken: frozenset[str]) -> list[Flag]:
    """A flag for every property of an input schema, the needed ones first.

    A property whose flag is *taken* by the command itself gets `--input-NAME`.
    """
    properties: Mapping[str, Schema] = schema.get("properties", {})
    texts = {name: _typed(name, taken) for name in properties}
    used = taken.union(texts.values())
    needed = schema.get("required", ())
    made = [
        Flag(name, texts[name], inner, name in needed, _off(texts[name], inner, used))
        for name, inner in properties.items()
    ]
    return sorted(made, key=lambda flag: not flag.required)


def _typed(name: str, taken: frozenset[str]) -> str:
    text = f"--{name.replace('_', '-')}"
    return f"--input-{text[2:]}" if text in taken else text


def _off(text: str, schema: Schema, used: frozenset[str]) -> str:
    off = f"--no-{text[2:]}"
    return off if kinds(schema) == {"boolean"} and off not in used else ""


def _is_media(schema: Schema) -> bool:
    return schema.get("format") == "media"


def _value(text: str, schema: Schema, path: str) -> Any:
    """What *text* means under *schema*."""
    return _media(text, path) if _is_media(schema) else typed(text, schema, path)


def _media(text: str, path: str) -> Any:
    if text == "-":
        raise InvalidInput([Field(path, "Only --input reads stdin. Give a path, or a URL.", text)])
    value = read_json(text) if text.startswith("{") else None
    return text if value is None else value
