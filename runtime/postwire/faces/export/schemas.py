"""Input schemas as others can read them: our own words put into descriptions, and each vendor's subset.

What a subset cannot say is moved into the description; the runtime checks everything when the action runs, so
a tool may take more than its action, never less.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from postwire.language.inputs import MEDIA
from postwire.language.lengths import UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Schema = dict[str, Any]
_ONE: Final = ("items", "not", "if", "then", "else", "contains", "additionalProperties", "propertyNames")
_MANY: Final = ("anyOf", "oneOf", "allOf", "prefixItems")
_NAMED: Final = ("properties", "$defs", "patternProperties", "dependentSchemas")
_NOISE: Final = frozenset({"$schema", "$id", "$comment", "title", "examples"})
_LONGEST: Final = 80  # characters of a value that a description repeats
_MEDIA_LIMITS: Final = {
    "max_bytes": "at most {}",
    "max_seconds": "at most {} s",
    "min_seconds": "at least {} s",
}


class NotExpressible(ValueError):
    """A vendor's subset has no words for a schema."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A vendor's subset of JSON Schema.

    Attributes:
        keeps: the keywords that stay.
        formats: the values of `format` that stay.
        closed: every object must be closed, so that free maps cannot be said.
        filled: every property must be required; what may be left out takes null.
        most_min_items: the largest `minItems` that stays.
    """

    keeps: frozenset[str]
    formats: frozenset[str]
    closed: bool = False
    filled: bool = False
    most_min_items: float = float("inf")


_SHAPE: Final = "type enum anyOf $ref $defs items properties required additionalProperties description"
_RANGES: Final = "minimum maximum minItems maxItems"
_FORMATS: Final = frozenset(
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"]
)
# As the vendors' own Python libraries say, 2026-11.
OPENAI: Final = Dialect(
    frozenset(
        f"{_SHAPE} {_RANGES} const pattern format exclusiveMinimum exclusiveMaximum multipleOf".split()
    ),
    _FORMATS,
    closed=True,
    filled=True,
)
ANTHROPIC: Final = Dialect(
    frozenset(f"{_SHAPE} const allOf format minItems".split()),
    _FORMATS | {"uri"},
    closed=True,
    most_min_items=1,
)
GEMINI: Final = Dialect(frozenset(f"{_SHAPE} {_RANGES} format prefixItems".split()), _FORMATS | {"uri"})


def readable(schema: Schema) -> Schema:
    """*schema* in standard words only: what `x-…` and `format: media` say stands in the descriptions."""
    kept = {
        name: value
        for name, value in schema.items()
        if not name.startswith("x-") and name not in _NOISE and (name, value) != ("format", MEDIA)
    }
    made = _mapped(kept, readable)
    return _with_notes(made, [*_media_notes(schema), *_length_notes(schema)])


def _media_notes(schema: Schema) -> list[str]:
    if schema.get("format") != MEDIA:
        return []
    rules: Mapping[str, Any] = schema.get("x-media", {})
    said = [text.format(rules[name]) for name, text in _MEDIA_LIMITS.items() if name in rules]
    types = ", ".join(rules.get("types", ()))
    return ["a media_… handle or a URL", *filter(None, [types]), *said]


def _length_notes(schema: Schema) -> list[str]:
    rule: Mapping[str, Any] = schema.get("x-length", {})
    return [
        f"{word} {rule[bound]} {UNITS[rule['unit']][1]}"
        for bound, word in (("min", "at least"), ("max", "at most"))
        if bound in rule
    ]


def narrowed(schema: Schema, dialect: Dialect) -> Schema:
    """*schema* (see `readable`) in the words of *dialect*.

    Raises:
        NotExpressible: it has a free map, say, where the dialect has none.
    """
    made = _mapped(_one_spelling(schema, dialect), lambda inner: narrowed(inner, dialect))
    kept = {name: value for name, value in made.items() if _is_kept(name, value, dialect)}
    lost = [name for name in made if name not in kept and name not in {"title", "additionalProperties"}]
    _close(kept, schema, dialect)
    return _with_notes(kept, [f"{name}: {_short(made[name])}" for name in lost if _can_be_said(made[name])])


def _one_spelling(schema: Schema, dialect: Dialect) -> Schema:
    made = dict(schema)
    if "oneOf" in made and "anyOf" not in made:
        made["anyOf"] = made.pop("oneOf")
    if "const" in made and "const" not in dialect.keeps:
        made["enum"] = [made.pop("const")]
    return made


def _is_kept(name: str, value: Any, dialect: Dialect) -> bool:
    if name == "format":
        return "format" in dialect.keeps and value in dialect.formats
    if name == "minItems" and value > dialect.most_min_items:
        return False
    return name in dialect.keeps


def _close(kept: Schema, schema: Schema, dialect: Dialect) -> None:
    """Make an object closed and its properties required, where the dialect wants that."""
    if "properties" not in kept and not _may_be_object(schema):
        return
    if dialect.closed:
        if "properties" not in kept or schema.get("additionalProperties", False) is not False:
            raise NotExpressible("a map whose keys are free")
        kept["additionalProperties"] = False
    if dialect.filled:
        needed = schema.get("required", ())
        properties = kept["properties"].items()
        kept["properties"] = {n: inner if n in needed else _or_null(inner) for n, inner in properties}
        kept["required"] = list(kept["properties"])


def _may_be_object(schema: Schema) -> bool:
    kind = schema.get("type")
    if kind is None:  # no type at all takes anything, an object too
        return not schema.keys() & {"enum", "const", "$ref", "anyOf", "oneOf", "allOf"}
    return kind == "object" or "object" in kind


def _or_null(schema: Schema) -> Schema:
    if accepts_null(schema):
        return schema
    if isinstance(schema.get("type"), str) and not schema.keys() & {"enum", "const"}:
        return {**schema, "type": [schema["type"], "null"]}
    bare = {name: value for name, value in schema.items() if name != "description"}
    about = {"description": schema["description"]} if "description" in schema else {}
    return {**about, "anyOf": [bare, {"type": "null"}]}


def accepts_null(schema: Any) -> bool:
    """Whether null itself is a value of *schema*, as far as its own words tell."""
    if not isinstance(schema, dict):
        return bool(schema)
    if "enum" in schema and None not in schema["enum"]:
        return False
    if "anyOf" in schema:
        return any(map(accepts_null, schema["anyOf"]))
    kind = schema.get("type", ())
    return kind == "null" or (not isinstance(kind, str) and "null" in kind)


def without_nulls(value: Any, schema: Any, root: Schema | None = None) -> Any:
    """*value* without the nulls that only mean "left out" in *schema*, the action's own."""
    root = schema if root is None else root
    if isinstance(schema, dict) and "$ref" in schema:
        schema = {**_resolved(schema["$ref"], root), **schema}
        del schema["$ref"]
    if not isinstance(schema, dict):
        return value
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        value = without_nulls(value, branch, root)
    if isinstance(value, list):
        return [without_nulls(item, schema.get("items"), root) for item in value]
    if not isinstance(value, dict):
        return value
    known = schema.get("properties", {})
    return {
        name: without_nulls(inner, known.get(name), root)
        for name, inner in value.items()
        if not (inner is None and name in known and not accepts_null(known[name]))
    }


def _resolved(reference: str, root: Any) -> Schema:
    for part in reference.removeprefix("#/").split("/"):
        root = root.get(part, {}) if isinstance(root, dict) else {}
    return root if isinstance(root, dict) else {}


def _mapped(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """*schema* with every schema in it changed."""

    def each(inner: Any) -> Any:
        return change(inner) if isinstance(inner, dict) else inner

    made = dict(schema)
    for name, value in schema.items():
        if name in _NAMED and isinstance(value, dict):
            made[name] = {key: each(inner) for key, inner in value.items()}
        elif name in _ONE:
            made[name] = each(value)
        elif name in _MANY and isinstance(value, list):
            made[name] = [each(inner) for inner in value]
    return made


def _with_notes(schema: Schema, notes: list[str]) -> Schema:
    if not notes:
        return schema
    return {**schema, "description": f"{schema.get('description', '')} ({'; '.join(notes)})".strip()}


def _can_be_said(value: Any) -> bool:
    return not isinstance(value, dict) and not (
        isinstance(value, list) and any(isinstance(item, dict) for item in value)
    )


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
