"""What is known of a value before a run: its kind, its fields, its words, and whether it may be missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind = Literal["any", "text", "number", "boolean", "list", "map", "null"]


@dataclass(frozen=True, slots=True)
class Type:
    """What a value can be.

    Attributes:
        kind: `any` where nothing is known.
        fields: of a map, by name; None where every name may be there.
        item: of a list; None where nothing is known.
        words: the only values that it can have; None for any.
        optional: it may be missing.
        nullable: it may be null.
        secret: it is, or holds, a credential.
        given: it is the caller's, as it came.
        bounded: a list that has a known most; the caller's lists need `maxItems` for that.
        media: a file.
        recorded: known from recorded answers only.
    """

    kind: Kind = "any"
    fields: Mapping[str, Type] | None = None
    item: Type | None = None
    words: tuple[Any, ...] | None = None
    optional: bool = False
    nullable: bool = False
    secret: bool = False
    given: bool = False
    bounded: bool = True
    media: bool = False
    recorded: bool = False

    def but(self, **changes: Any) -> Type:
        """The same with *changes*."""
        return replace(self, **changes)

    @property
    def is_loose(self) -> bool:
        """Whether it may be missing or null."""
        return self.optional or self.nullable


ANY: Final = Type()
TEXT: Final = Type("text")
NUMBER: Final = Type("number")
BOOLEAN: Final = Type("boolean")
NULL: Final = Type("null", nullable=True)
_MAYBE_TEXT: Final = TEXT.but(optional=True)
_MAYBE_NUMBER: Final = NUMBER.but(optional=True)
_MAYBE_BOOLEAN: Final = BOOLEAN.but(optional=True)
_MEDIA_FIELDS: Final[dict[str, Type]] = {
    **dict.fromkeys(("type", "name", "sha256"), TEXT),
    "size": NUMBER,
    **dict.fromkeys(("width", "height", "seconds", "fps", "rotation"), _MAYBE_NUMBER),
    **dict.fromkeys(("codec", "audio_codec"), _MAYBE_TEXT),
    **dict.fromkeys(("faststart", "edit_list"), _MAYBE_BOOLEAN),
}
MEDIA: Final = Type("map", fields=_MEDIA_FIELDS, media=True)
LETTERS: Final[dict[str, Kind]] = {
    "s": "text",
    "n": "number",
    "b": "boolean",
    "l": "list",
    "m": "map",
    "a": "any",
}
_KINDS: Final[dict[str, Kind]] = {
    "string": "text",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "array": "list",
    "object": "map",
    "null": "null",
}
_ARTICLES: Final = {
    "any": "any value",
    "text": "text",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list",
    "map": "a map",
    "null": "null",
}


def told(kind_or_type: Kind | Type) -> str:
    """A kind for people: `a number`; a file is `a file`."""
    if isinstance(kind_or_type, Type):
        return "a file" if kind_or_type.media else _ARTICLES[kind_or_type.kind]
    return _ARTICLES[kind_or_type]


def map_of(fields: Mapping[str, Type]) -> Type:
    """A map with exactly these fields."""
    return Type("map", fields=fields)


def list_of(item: Type | None) -> Type:
    """A list of so typed items."""
    return Type("list", item=item)


def of_constant(value: Any) -> Type:
    """The type of a value that a manifest spells out."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOLEAN.but(words=(value,))
    if isinstance(value, int | float):
        return NUMBER.but(words=(value,))
    if isinstance(value, str):
        return TEXT.but(words=(value,))
    if isinstance(value, dict):
        return map_of({key: of_constant(inner) for key, inner in value.items()})
    return list_of(joined(map(of_constant, value)) if value else None)


def of_schema(schema: Any, *, given: bool = False) -> Type:
    """The type of what fits a JSON Schema, as far as we read those; *given* for the caller's values."""
    if not isinstance(schema, dict):
        return ANY.but(given=given)
    kinds, nullable = _kinds(schema)
    kind = kinds[0] if len(kinds) == 1 else "any"
    if schema.get("format") == "media":
        made = MEDIA
    elif kind == "map":
        made = Type("map", fields=_fields(schema, given=given))
    elif kind == "list":
        item = of_schema(schema["items"], given=given) if "items" in schema else None
        made = Type("list", item=item, bounded=not given or "maxItems" in schema)
    else:
        made = Type(kind, words=_words(schema))
    return made.but(nullable=nullable, given=given, secret=schema.get("x-secret") is True)


def _kinds(schema: dict[str, Any]) -> tuple[list[Kind], bool]:
    said = schema.get("type", "object" if "properties" in schema else None)
    names = said if isinstance(said, list) else [said] if said else []
    kinds: list[Kind] = [_KINDS[name] for name in names if name in _KINDS and name != "null"]
    return list(dict.fromkeys(kinds)), "null" in names


def _words(schema: dict[str, Any]) -> tuple[Any, ...] | None:
    if "const" in schema:
        return (schema["const"],)
    return tuple(schema["enum"]) if isinstance(schema.get("enum"), list) else None


def _fields(schema: dict[str, Any], *, given: bool) -> dict[str, Type] | None:
    properties = schema.get("properties")
    if not isinstance(properties, dict) or schema.get("additionalProperties") not in (None, False):
        return None
    required = schema.get("required") or ()
    return {
        name: of_schema(inner, given=given).but(optional=name not in required and not _has_default(inner))
        for name, inner in properties.items()
    }


def _has_default(schema: Any) -> bool:
    return isinstance(schema, dict) and "default" in schema


def of_answer(value: Any) -> Type:
    """The type of a recorded answer: only its shape counts, for other answers have other words."""
    if isinstance(value, dict):
        return Type("map", fields={k: of_answer(inner) for k, inner in value.items()}, recorded=True)
    if isinstance(value, list):
        return list_of(joined(map(of_answer, value)) if value else None).but(recorded=True)
    return NULL if value is None else of_constant(value).but(words=None, recorded=True)


def joined(types: Iterable[Type]) -> Type:
    """What is one of *types*."""
    return reduce(either, types)


def either(one: Type, other: Type) -> Type:
    """What is *one* or *other*."""
    if other.kind == "null" and one.kind != "null":
        return one.but(nullable=True, words=None if one.words is None else (*one.words, None))
    if one.kind == "null" and other.kind != "null":
        return either(other, one)
    made = _merged(one, other) if one.kind == other.kind and one.media == other.media else Type()
    return made.but(
        optional=one.optional or other.optional,
        nullable=one.nullable or other.nullable,
        secret=one.secret or other.secret,
        given=one.given or other.given,
        bounded=one.bounded and other.bounded,
        recorded=one.recorded and other.recorded,
    )


def _merged(one: Type, other: Type) -> Type:
    words = None if one.words is None or other.words is None else (*one.words, *other.words)
    item = either(one.item, other.item) if one.item and other.item else one.item or other.item
    fields = None
    if one.fields is not None and other.fields is not None:
        fields = {
            **one.fields,
            **{k: either(one.fields[k], v) if k in one.fields else v for k, v in other.fields.items()},
        }
    return Type(one.kind, fields=fields, item=item, words=words, media=one.media)


def is_a(found: Type, kind: Kind) -> bool:
    """Whether *found* can be of *kind*; what is not known can be anything."""
    return kind in ("any", found.kind) or found.kind in ("any", "null")
