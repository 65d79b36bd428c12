"""Schemas in others' words: nothing that an action takes is lost, and what comes back fits the action."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postwire.faces.export.schemas import (
    ANTHROPIC,
    GEMINI,
    OPENAI,
    Dialect,
    NotExpressible,
    narrowed,
    readable,
    without_nulls,
)

from .generated import instances

if TYPE_CHECKING:
    from postwire.export import Tool, Tools

INTEGRATIONS = ["instagram", "linkedin", "meta", "tiktok", "x"]
DIALECTS = {"openai": OPENAI, "anthropic": ANTHROPIC, "gemini": GEMINI}
MANY = settings(max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True)


def fits(schema: dict[str, Any], value: Any) -> bool:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(value)


def schemas_in(value: Any) -> list[dict[str, Any]]:
    """Every schema in a schema, itself first; a property called `default` is none of its words."""
    found = [value]
    for name in ("properties", "$defs"):
        for inner in value.get(name, {}).values():
            found += schemas_in(inner)
    for name in ("anyOf", "allOf", "oneOf", "prefixItems"):
        for inner in value.get(name, []):
            found += schemas_in(inner)
    return found + (schemas_in(value["items"]) if isinstance(value.get("items"), dict) else [])


def relaxed(schema: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """The action's own schema without what the dialect has no words for, nothing else changed."""
    made = copy.deepcopy(schema)
    for inner in schemas_in(made):
        shape = {"type", "properties", "required", "additionalProperties", "items"}
        for name in [name for name in inner if name not in dialect.keeps | shape]:
            del inner[name]
        if inner.get("format") not in dialect.formats:
            inner.pop("format", None)
        if inner.get("minItems", 0) > dialect.most_min_items:
            del inner["minItems"]
    return made


def with_nulls(value: Any, schema: dict[str, Any]) -> Any:
    """*value* as a model says it that has to fill in everything."""
    if isinstance(value, list):
        return [with_nulls(item, schema["items"]) for item in value]
    if not isinstance(value, dict):
        return value
    known = schema["properties"]
    return {name: with_nulls(value[name], known[name]) if name in value else None for name in known}


def drawn(data: st.DataObject, every: Tools, integration: str) -> Tool:
    names = [name for name in every.names if name.startswith(f"{integration}.")]
    return every.get(data.draw(st.sampled_from(names)))


@pytest.mark.parametrize("integration", INTEGRATIONS)
@MANY
@given(data=st.data())
def test_what_fits_the_strict_schema_fits_the_action(
    integration: str, data: st.DataObject, every: Tools
) -> None:
    tool = drawn(data, every, integration)
    strict = narrowed(tool.input, OPENAI)
    said = data.draw(instances(strict))
    assert fits(strict, said)
    assert fits(relaxed(tool.schema.schema, OPENAI), without_nulls(said, tool.schema.schema))


@pytest.mark.parametrize("integration", INTEGRATIONS)
@MANY
@given(data=st.data())
def test_what_fits_the_action_fits_every_subset(integration: str, data: st.DataObject, every: Tools) -> None:
    tool = drawn(data, every, integration)
    value = data.draw(instances(tool.schema.schema))
    filled = with_nulls(value, tool.schema.schema)
    assert fits(narrowed(tool.input, OPENAI), filled)
    assert without_nulls(filled, tool.schema.schema) == value
    assert fits(narrowed(tool.input, ANTHROPIC), value)
    assert fits(narrowed(tool.input, GEMINI), value)
    assert fits(tool.input, value)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_subset_has_only_its_words(name: str, every: Tools) -> None:
    dialect = DIALECTS[name]
    for tool in every:
        for inner in schemas_in(narrowed(tool.input, dialect)):
            assert not inner.keys() - dialect.keeps, tool.id
            if inner.get("type") == "object" and dialect.closed:
                assert inner["additionalProperties"] is False, tool.id
            if inner.get("type") == "object" and dialect.filled:
                assert set(inner["required"]) == set(inner["properties"]), tool.id


def test_limits_of_openai(every: Tools) -> None:
    for tool in every:
        found = schemas_in(narrowed(tool.input, OPENAI))
        assert sum(len(each.get("properties", {})) for each in found) <= 5000
        assert sum(len(each.get("enum", [])) for each in found) <= 1000


def test_our_own_words_become_words_for_people(every: Tools) -> None:
    for tool in every:
        for inner in schemas_in(tool.input):
            assert not [name for name in inner if name.startswith("x-")]
            assert inner.get("format") != "media"
    video = every.get("tiktok.create_video_post").input["properties"]
    assert "video/mp4" in video["video"]["description"]
    assert "at most 2200" in video["title"]["description"]
    assert "x-length" in every.get("tiktok.create_video_post").schema.schema["properties"]["title"]


TEXT = {"type": "string"}
CLOSED = {"type": "object", "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"oneOf": [TEXT, {"type": "integer"}]}, {"anyOf": [TEXT, {"type": "integer"}]}),
        ({**TEXT, "maxLength": 3}, {**TEXT, "description": "(maxLength: 3)"}),
        ({**TEXT, "description": "It.", "default": "a"}, {**TEXT, "description": "It. (default: a)"}),
        ({**TEXT, "format": "uri"}, {**TEXT, "description": "(format: uri)"}),
        ({**TEXT, "format": "date"}, {**TEXT, "format": "date"}),
        ({"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}),
        (
            {"type": "object", "properties": {"a": TEXT}, "required": ["a"]},
            {**CLOSED, "properties": {"a": TEXT}, "required": ["a"]},
        ),
        (
            {**CLOSED, "properties": {"a": {"enum": ["b"]}}},
            {
                **CLOSED,
                "properties": {"a": {"anyOf": [{"enum": ["b"]}, {"type": "null"}]}},
                "required": ["a"],
            },
        ),
        (
            {**CLOSED, "properties": {"a": {"type": ["string", "null"]}}},
            {**CLOSED, "properties": {"a": {"type": ["string", "null"]}}, "required": ["a"]},
        ),
    ],
)
def test_words_that_openai_does_not_have(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    assert narrowed(schema, OPENAI) == expected


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": "object", "properties": {}, "additionalProperties": True},
        {"type": "object", "properties": {"a": {"type": "object", "additionalProperties": TEXT}}},
        {"type": "array", "items": {"type": ["string", "object"]}},
        {"type": "object", "properties": {"a": {"description": "Anything."}}},
    ],
)
@pytest.mark.parametrize("dialect", [OPENAI, ANTHROPIC])
def test_a_free_map_cannot_be_said(schema: dict[str, Any], dialect: Dialect) -> None:
    with pytest.raises(NotExpressible):
        narrowed(schema, dialect)
    narrowed(schema, GEMINI)


def test_const_and_long_lists_for_those_who_have_none() -> None:
    assert narrowed({"const": 3}, GEMINI) == {"enum": [3]}
    least = {"type": "array", "items": TEXT, "minItems": 2}
    assert narrowed(least, ANTHROPIC) == {"type": "array", "items": TEXT, "description": "(minItems: 2)"}


@pytest.mark.parametrize(
    ("schema", "said", "meant"),
    [
        ({"properties": {"a": TEXT}}, {"a": None, "b": None}, {"b": None}),
        ({"properties": {"a": {"type": ["string", "null"]}}}, {"a": None}, {"a": None}),
        ({"properties": {"a": {"anyOf": [TEXT, {"type": "null"}]}}}, {"a": None}, {"a": None}),
        ({"items": {"properties": {"a": TEXT}}}, [{"a": None}], [{}]),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"a": TEXT}}}}, {"a": None}, {}),
        ({"anyOf": [TEXT, {"properties": {"a": TEXT}}]}, {"a": None}, {}),
        (True, {"a": None}, {"a": None}),
        (TEXT, None, None),
    ],
)
def test_nulls_that_only_mean_left_out(schema: Any, said: Any, meant: Any) -> None:
    before = json.dumps(said)
    assert without_nulls(said, schema) == meant
    assert json.dumps(said) == before


def test_readable_leaves_the_manifest_alone() -> None:
    schema = {**TEXT, "x-length": {"unit": "codepoints", "max": 3}}
    before = copy.deepcopy(schema)
    assert readable(schema)["description"] == "(at most 3 characters)"
    assert schema == before
