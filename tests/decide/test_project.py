"""What of a `return` is kept: what the output schema declares."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.decide.project import compile_projection
from postwire.language.functions import MISSING
from postwire.secret import Secret

TEXT = {"type": "string"}
POST = {"type": "object", "properties": {"id": TEXT, "n": {"type": ["integer", "null"]}}}


@pytest.mark.parametrize(
    ("schema", "value", "kept"),
    [
        (POST, {"id": "a", "n": 1, "more": 2}, {"id": "a", "n": 1}),
        (POST, {"id": None, "n": None}, {"n": None}),
        (POST, {"id": MISSING, "n": MISSING}, {}),
        (POST, {}, {}),
        ({"properties": {"id": TEXT}}, {"id": "a", "more": 1}, {"id": "a"}),
        ({"properties": {"any": {}}}, {"any": None}, {"any": None}),
        ({"properties": {"post": POST}}, {"post": {"id": "a", "x": 1}, "y": 2}, {"post": {"id": "a"}}),
        ({"properties": {"post": POST}}, {"post": None}, {}),
        ({"properties": {"posts": {"type": "array", "items": POST}}}, {"posts": [{"id": "a", "x": 1}, {}]},
         {"posts": [{"id": "a"}, {}]}),
        ({"properties": {"tags": {"type": "array", "items": TEXT}}}, {"tags": ["a", 1]}, {"tags": ["a", 1]}),
        ({"type": "array", "items": POST}, [{"x": 1, "id": "a"}], [{"id": "a"}]),
        ({"type": ["object", "null"], "properties": {"id": TEXT}}, {"id": "a", "x": 1}, {"id": "a"}),
        ({"properties": {"post": {**POST, "type": ["object", "null"]}}}, {"post": {"id": "a", "x": 1}},
         {"post": {"id": "a"}}),
        ({"properties": {"post": {**POST, "type": ["object", "null"]}}}, {"post": None}, {"post": None}),
        ({"properties": {"l": {"type": ["array", "null"], "items": POST}}}, {"l": [{"x": 1}]}, {"l": [{}]}),
        ({**POST, "additionalProperties": True}, {"id": "a", "more": None, "x": MISSING},
         {"id": "a", "more": None}),
        ({"properties": {"open": {"type": "object"}}}, {"open": {"x": 1}}, {"open": {"x": 1}}),
        (POST, "text", "text"),
        (POST, None, None),
        (POST, [1], [1]),
        ({"type": "array", "items": POST}, {"id": "a"}, {"id": "a"}),
        ({}, {"a": 1}, {"a": 1}),
    ],
)  # fmt: skip
def test_what_is_declared_is_kept(schema: dict[str, Any], value: Any, kept: Any) -> None:
    before = copy.copy(value)
    assert compile_projection(schema)(value) == kept
    assert value == before


SECRET = {"type": "string", "x-secret": True, "description": "A credential."}


def test_what_is_marked_secret_becomes_one_and_nothing_else_lets_one_pass() -> None:
    project = compile_projection({"properties": {"token": SECRET, "name": TEXT}})
    kept = project({"token": "act.1", "name": Secret("act.2"), "more": Secret("act.4")})
    assert kept == {"token": Secret("act.1")}
    assert project({"token": Secret("act.1")}) == {"token": Secret("act.1")}
    listed = compile_projection(
        {"properties": {"list": {"type": "array", "items": {"properties": {"t": SECRET}}}}}
    )
    assert listed({"list": [{"t": "act.3"}]}) == {"list": [{"t": Secret("act.3")}]}
    assert compile_projection({"properties": {}, "additionalProperties": True})({"x": Secret("act.5")}) == {}


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "x"]), inner, max_size=3)
    ),
    max_leaves=10,
)
SCHEMAS = st.recursive(
    st.sampled_from([{"type": "string"}, {"type": "integer"}, {"type": ["integer", "null"]}, {}]),
    lambda inner: (
        st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2).map(
            lambda properties: {"type": "object", "properties": properties, "additionalProperties": False}
        )
        | inner.map(lambda items: {"type": "array", "items": items})
    ),
    max_leaves=5,
)


@given(SCHEMAS, VALUES)
def test_what_fits_the_schema_is_kept_whole(schema: dict[str, Any], value: Any) -> None:
    if jsonschema_rs.Draft202012Validator(schema).is_valid(value):
        assert compile_projection({**schema, "additionalProperties": False})(value) == value


@given(SCHEMAS, VALUES)
def test_projecting_twice_changes_nothing_more(schema: dict[str, Any], value: Any) -> None:
    project = compile_projection(schema)
    assert project(project(value)) == project(value)
