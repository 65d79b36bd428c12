"""Two validators, one truth: what jsonschema-rs calls valid has no mistakes, and the other way round."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
from hypothesis import given, settings
from hypothesis import strategies as st

from postwire.language.explain import explain
from postwire.language.inputs import InputSchema

WORDS = [
    "a",
    "ab",
    "abc",
    "#a",
    "",
    "PUBLIC",
    "2026-11-24T20:00:00Z",
    "https://example.com/a",
    "ü😀",
    "a\n",
    "٣",
    "x" * 30,
]
SCALARS = st.none() | st.booleans() | st.integers(-3, 12) | st.sampled_from(WORDS)
NUMBERS = st.floats(-5, 20, allow_nan=False) | st.sampled_from([0.1, 0.3, 1.1, 4.35, 1.0, 1e300, 2**70])
VALUES = st.recursive(
    SCALARS | NUMBERS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), inner, max_size=4)
    ),
    max_leaves=10,
)
NAMES = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=2, unique=True)
LEAVES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(
            ["string", "integer", "number", "boolean", "array", "object", "null", ["string", "null"]]
        ),
        "enum": st.lists(
            SCALARS | NUMBERS | st.lists(SCALARS, max_size=2), min_size=1, max_size=3, unique_by=repr
        ),
        "const": SCALARS | st.lists(st.booleans() | st.integers(0, 1), max_size=1),
        "minLength": st.integers(0, 3),
        "maxLength": st.integers(0, 3),
        "minItems": st.integers(0, 2),
        "maxItems": st.integers(0, 2),
        "uniqueItems": st.booleans(),
        "minimum": st.integers(-2, 5),
        "maximum": st.floats(0, 5),
        "exclusiveMinimum": st.integers(-2, 5),
        "exclusiveMaximum": st.integers(0, 9),
        "multipleOf": st.sampled_from([1, 2, 0.1, 0.01, 0.5]),
        "pattern": st.sampled_from(["^#", "^[a-z]+$", r"^\d+$", r"\w", "^(a|b)*$", r"^\S+$", "[^x]"]),
        "format": st.sampled_from(["uri", "date-time", "date", "email", "media", "uuid"]),
        "minProperties": st.integers(0, 2),
        "x-secret": st.booleans(),
        "description": st.just("What it is."),
    },
)


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    groups = st.fixed_dictionaries(
        {"properties": st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)},
        optional={
            "required": NAMES,
            "dependentRequired": st.dictionaries(st.sampled_from(["a", "b"]), NAMES, max_size=2),
            "anyOf": st.lists(NAMES.map(lambda names: {"required": names}), min_size=1, max_size=2),
            "oneOf": st.lists(NAMES.map(lambda names: {"required": names}), min_size=1, max_size=2),
            "not": NAMES.map(lambda names: {"required": names}),
            "maxProperties": st.integers(1, 3),
        },
    )
    lists = st.builds(lambda items: {"type": "array", "items": items}, inner)
    combined = st.builds(
        lambda word, branches: {word: branches},
        st.sampled_from(["anyOf", "oneOf", "allOf"]),
        st.lists(inner, min_size=1, max_size=3),
    )
    return groups | lists | combined | st.builds(lambda rule: {"not": rule}, inner)


SCHEMAS = st.recursive(LEAVES, _grown, max_leaves=6)


@settings(max_examples=300, deadline=None)
@given(SCHEMAS, VALUES)
def test_both_validators_agree(rule: dict[str, Any], value: Any) -> None:
    inputs = InputSchema({"properties": {"a": rule}})
    valid = jsonschema_rs.Draft202012Validator(inputs.schema, validate_formats=True).is_valid({"a": value})
    found = explain(inputs.published, inputs.schema, {"a": value})
    assert valid == (found == [])
    assert all(field.path.startswith("/a") and field.message for field in found)
    assert all(field.got is None or len(field.got) <= 80 for field in found)


@settings(max_examples=100, deadline=None)
@given(SCHEMAS, VALUES)
def test_the_same_mistakes_come_in_the_same_order(rule: dict[str, Any], value: Any) -> None:
    inputs = InputSchema({"properties": {"a": rule}})
    once = explain(inputs.published, inputs.schema, {"a": value})
    assert once == explain(inputs.published, inputs.schema, {"a": value})
    if isinstance(value, dict):
        backwards = dict(reversed(value.items()))
        assert {f.path for f in once} == {
            f.path for f in explain(inputs.published, inputs.schema, {"a": backwards})
        }
