"""Instances of a schema, for properties: the words that the subsets of the vendors have."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

_SOME = 3  # more items of a list than it needs, at most
_FORMATS = {
    "date-time": st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.isoformat()),
    "date": st.dates().map(lambda day: day.isoformat()),
    "email": st.just("a@example.com"),
    "uri": st.just("https://example.com/a"),
}


def instances(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit *schema*; what is not required is there or not."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    if "anyOf" in schema:
        return st.one_of(*map(instances, schema["anyOf"]))
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of(*(_KINDS[kind](schema) for kind in kinds))


def _text(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "pattern" in schema:
        # In Python $ takes a line's end too.
        return st.from_regex(schema["pattern"].replace("$", r"\Z"))
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    least = schema.get("minLength", 0)
    return st.text(st.characters(codec="ascii"), min_size=least, max_size=schema.get("maxLength", least + 5))


def _list(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    least = schema.get("minItems", 0)
    most = min(schema.get("maxItems", least + _SOME), least + _SOME)
    item = instances(schema["items"])
    if schema.get("uniqueItems"):
        return st.lists(item, min_size=least, max_size=most, unique_by=repr)
    return st.lists(item, min_size=least, max_size=most)


def _object(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    known = {name: instances(inner) for name, inner in schema["properties"].items()}
    needed = {name: known[name] for name in schema.get("required", ())}
    made = st.fixed_dictionaries(needed, optional={n: each for n, each in known.items() if n not in needed})
    return made.filter(lambda value: len(value) >= schema.get("minProperties", 0))


def _number(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.floats(schema.get("minimum", -1e6), schema.get("maximum", 1e6))


_KINDS: dict[str, Callable[[dict[str, Any]], st.SearchStrategy[Any]]] = {
    "string": _text,
    "array": _list,
    "object": _object,
    "number": _number,
    "integer": lambda schema: st.integers(schema.get("minimum"), schema.get("maximum")),
    "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(),
}
