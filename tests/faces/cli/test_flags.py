"""Flags from a schema: typed and read back it is the same value."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.errors import InvalidInput
from postwire.faces.cli.flags import Flag, flags
from postwire.faces.typed import kinds

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(st.text(max_size=3), JSON, max_size=3)
VALUES = {
    "string": st.text(),
    "integer": st.integers(-(10**30), 10**30),
    "number": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "object": OBJECTS,
}


def flag(schema: dict[str, Any]) -> Flag:
    return flags({"properties": {"value": schema}}, frozenset())[0]


def reread(made: Flag, value: Any) -> Any:
    words = made.write(value)
    if words == [made.off] and made.off:
        return False
    if words == [made.text]:
        return made.read("true")
    values = tuple(words[1::2])
    return made.read(values if made.listed else values[0])


@given(st.sampled_from(sorted(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind])))
def test_what_is_written_is_read_back(case: tuple[str, Any]) -> None:
    kind, value = case
    found = reread(flag({"type": kind}), value)
    assert found == value
    assert type(found) is type(value)


@given(st.lists(st.text().filter(lambda text: not text.lstrip().startswith("[")), min_size=1, max_size=4))
def test_a_list_of_texts_is_read_back(value: list[str]) -> None:
    assert reread(flag({"type": "array", "items": {"type": "string"}}), value) == value


@given(st.lists(OBJECTS, min_size=1, max_size=3))
def test_a_list_of_objects_is_read_back_in_both_ways(value: list[Any]) -> None:
    made = flag({"type": "array", "items": {"type": "object"}})
    assert reread(made, value) == value
    assert made.read((json.dumps(value),)) == value


@given(st.text(max_size=30), st.sampled_from([*sorted(VALUES), "null"]))
def test_any_text_is_a_value_or_a_told_mistake(text: str, kind: str) -> None:
    with suppress(InvalidInput):
        json.dumps(flag({"type": kind}).read(text), allow_nan=False)


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": ["integer", "string"]}, "5", "5"),
        ({"type": ["integer", "null"]}, "5", 5),
        ({"type": ["integer", "null"]}, "null", None),
        ({"enum": [1, "two", None]}, "1", 1),
        ({"enum": [1, "two", None]}, "two", "two"),
        ({"enum": [1, "two", None]}, "null", None),
        ({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, "true", True),
        ({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, "7", 7),
        ({}, '{"a": 1}', {"a": 1}),
        ({}, "plain", "plain"),
        ({"type": "number"}, "1e400", "1e400"),
        ({"type": "boolean"}, "ON", True),
        ({"type": "string", "format": "media"}, '{"content": "YQ=="}', {"content": "YQ=="}),
        ({"type": "string", "format": "media"}, "{odd name}.mp4", "{odd name}.mp4"),
    ],
)
def test_texts_of_mixed_schemas(schema: dict[str, Any], text: str, value: Any) -> None:
    found = flag(schema).read(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        ({}, set()),
        ({"type": "string"}, {"string"}),
        ({"const": 1.5}, {"number"}),
        ({"enum": [True, None, [], {}]}, {"boolean", "null", "array", "object"}),
        ({"oneOf": [{"type": "string"}, {"const": 1}]}, {"string", "integer"}),
    ],
)
def test_kinds(schema: dict[str, Any], found: set[str]) -> None:
    assert kinds(schema) == found


def test_needed_flags_come_first_and_taken_names_give_way() -> None:
    schema = {"required": ["b"], "properties": {"json": {"type": "string"}, "b": {"type": "boolean"}}}
    found = flags(schema, frozenset({"--json"}))
    assert [(each.text, each.off, each.required) for each in found] == [
        ("--b", "--no-b", True),
        ("--input-json", "", False),
    ]


@pytest.mark.parametrize(
    ("schema", "usage"),
    [
        ({"type": "boolean"}, "--[no-]value"),
        ({"type": "string"}, "--value TEXT"),
        ({"type": "string", "enum": ["a", "b"]}, "--value [a|b]"),
        ({"type": "string", "enum": ["a" * 40, "b" * 40]}, "--value CHOICE"),
        ({"type": "string", "format": "media"}, "--value FILE|URL"),
        ({"type": "array", "items": {"type": "integer"}}, "--value INTEGER"),
        ({"type": "object"}, "--value JSON"),
    ],
)
def test_usage(schema: dict[str, Any], usage: str) -> None:
    made = flag(schema)
    assert made.usage == usage
    assert all(str(choice) in made.usage + made.about for choice in schema.get("enum", ()))
