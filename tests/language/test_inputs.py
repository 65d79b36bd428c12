"""Input and output schemas at work."""

from __future__ import annotations

import enum
import json
import subprocess
import sys
from collections import UserDict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.errors import Field, InvalidInput
from postwire.language.inputs import InputSchema, OutputSchema, close

MEDIA = {"type": "string", "format": "media", "description": "A file."}
VIDEO = {**MEDIA, "x-media": {"types": ["video/mp4"], "base64_alias": "video_base64"}}


def schema(properties: dict[str, Any], **more: Any) -> InputSchema:
    return InputSchema({"properties": properties, **more})


def mistakes(schema: InputSchema, given_values: dict[str, Any]) -> list[Field]:
    values, places = schema.prepare(given_values)
    return schema.mistakes(values, places)


def paths(schema: InputSchema, given_values: dict[str, Any]) -> list[str]:
    return [field.path for field in mistakes(schema, given_values)]


def test_an_alias_becomes_the_input_that_it_stands_for() -> None:
    video = schema({"video": VIDEO}, required=["video"])
    values, (place,) = video.prepare({"video_base64": "AAAA"})
    assert values == {"video": "AAAA"}
    assert (place.pointer, place.value, place.by_alias) == ("/video", "AAAA", True)
    assert video.mistakes(values, [place]) == []
    _, (place,) = video.prepare({"video": "clip.mp4"})
    assert not place.by_alias


def test_both_an_input_and_its_alias_are_refused() -> None:
    (field,) = mistakes(schema({"video": VIDEO}), {"video": "a", "video_base64": "b"})
    assert field.path == "/video_base64"
    assert "give one of the two" in field.message


def test_the_published_schema_has_the_alias_as_an_input_of_its_own() -> None:
    video = schema({"video": VIDEO, "title": {"type": "string"}}, required=["video", "title"])
    published = video.published
    assert published["properties"]["video_base64"]["contentEncoding"] == "base64"
    assert published["required"] == ["title"]
    assert {"anyOf": [{"required": ["video"]}, {"required": ["video_base64"]}]} in published["allOf"]
    assert "video_base64" not in video.schema["properties"]
    assert video.schema["required"] == ["video", "title"]


def test_defaults_are_filled_in_at_every_depth_and_never_shared() -> None:
    inner = {"properties": {"n": {"type": "integer", "default": 1}, "tags": {"type": "array", "default": []}}}
    deep = schema(
        {
            "one": inner,
            "many": {"type": "array", "items": inner},
            "a": {"default": "x"},
            "b": {"default": None},
        }
    )
    first, _ = deep.prepare({"one": {}, "many": [{}, {"n": 5}]})
    assert first == {
        "one": {"n": 1, "tags": []},
        "many": [{"n": 1, "tags": []}, {"n": 5, "tags": []}],
        "a": "x",
        "b": None,
    }
    first["one"]["tags"].append("mine")
    second, _ = deep.prepare({"one": {}, "many": None, "a": "y"})
    assert second == {"one": {"n": 1, "tags": []}, "many": None, "a": "y", "b": None}


def test_a_default_does_not_make_what_was_left_out() -> None:
    deep = schema({"one": {"properties": {"n": {"default": 1}}}})
    assert deep.prepare({})[0] == {}


@pytest.mark.parametrize("kind", [dict, MappingProxyType, UserDict])
def test_what_the_caller_gave_stays_as_it_is(kind: Any) -> None:
    inner = {"items": [{"media": "a.png"}]}
    given_values = kind({"video_base64": "AAAA", "group": inner})
    deep = schema(
        {
            "video": VIDEO,
            "group": {
                "properties": {
                    "items": {
                        "type": "array",
                        "items": {"properties": {"media": MEDIA, "n": {"default": 1}}},
                    },
                    "m": {"default": 2},
                }
            },
        }
    )
    values, places = deep.prepare(given_values)
    for place in places:
        place.holder[place.key] = "opened"
    assert values["group"] == {"items": [{"media": "opened", "n": 1}], "m": 2}
    assert dict(given_values) == {"video_base64": "AAAA", "group": {"items": [{"media": "a.png"}]}}
    assert inner == {"items": [{"media": "a.png"}]}


ITEMS = schema(
    {
        "cover": MEDIA,
        "items": {
            "type": "array",
            "items": {"properties": {"media": MEDIA, "alt": {"type": "string"}}, "required": ["media"]},
        },
        "images": {"type": "array", "items": MEDIA, "uniqueItems": True},
    }
)


def test_media_places_are_found_in_lists_of_groups() -> None:
    values, places = ITEMS.prepare(
        {
            "items": [{"media": "a"}, {"alt": "x"}, {"media": None}, {"media": "b"}],
            "images": ["c", "d"],
            "cover": None,
        }
    )
    assert [place.pointer for place in places] == [
        "/items/0/media",
        "/items/3/media",
        "/images/0",
        "/images/1",
    ]
    places[1].holder[places[1].key] = "opened"
    assert values["items"][3] == {"media": "opened"}


def test_a_media_place_may_hold_anything_but_null() -> None:
    given_values = {"items": [{"media": b"bytes"}], "images": [Path("a.png"), 5]}
    values, places = ITEMS.prepare(given_values)
    assert ITEMS.mistakes(values, places) == []
    assert values == given_values
    assert paths(ITEMS, {"images": ["a", None]}) == ["/images/1"]
    assert paths(ITEMS, {"items": [{"media": None}, {}]}) == ["/items/0/media", "/items/1/media"]


def test_the_same_file_twice_is_for_the_platform_to_judge() -> None:
    assert mistakes(ITEMS, {"images": ["a.png", "a.png"]}) == []


@pytest.mark.parametrize(
    "given_values", [{}, {"images": "a"}, {"items": {"media": "a"}}, {"items": [5, "a", []]}]
)
def test_media_are_only_looked_for_where_the_schema_has_them(given_values: dict[str, Any]) -> None:
    values, places = ITEMS.prepare(given_values)
    assert places == []
    assert values == given_values


def test_lengths_are_checked_in_the_units_of_the_platform() -> None:
    texts = schema(
        {
            "title": {"type": "string", "x-length": {"unit": "utf16", "max": 4}},
            "tags": {"type": "array", "items": {"type": "string", "x-length": {"unit": "utf8", "max": 3}}},
            "note": {"type": "string", "x-length": {"unit": "codepoints", "min": 2}},
        }
    )
    assert paths(texts, {"title": "😀😀", "tags": ["abc", "ä"], "note": "😀😀"}) == []
    found = mistakes(texts, {"title": "😀😀a", "tags": ["abc", "ää"], "note": "😀"})
    assert [field.path for field in found] == ["/title", "/tags/1", "/note"]
    assert found[0].got == "😀😀a"
    assert paths(texts, {"title": 5, "tags": None}) == ["/title", "/tags"]


def test_a_secret_that_is_too_long_is_not_repeated() -> None:
    texts = schema({"key": {"type": "string", "x-secret": True, "x-length": {"unit": "utf8", "max": 3}}})
    (field,) = mistakes(texts, {"key": "hunter2"})
    assert field.got is None
    assert "hunter2" not in field.message


class Colour(enum.StrEnum):
    RED = "red"


class Number(enum.IntEnum):
    TWO = 2


def test_values_that_are_json_in_disguise_are_taken() -> None:
    plain = schema({"list": {"type": "array"}, "colour": {"enum": ["red"]}, "number": {"type": "integer"}})
    values, places = plain.prepare({"list": (1, (2,)), "colour": Colour.RED, "number": Number.TWO})
    assert plain.mistakes(values, places) == []
    assert values == {"list": [1, [2]], "colour": "red", "number": 2}
    assert (type(values["colour"]), type(values["number"])) == (str, int)


@pytest.mark.parametrize(
    ("given_values", "path", "message"),
    [
        ({"a": "\ud83d"}, "/a", "half a character"),
        ({"a": b"bytes"}, "/a", "JSON does not know, of type bytes"),
        ({"a": {1, 2}}, "/a", "of type set"),
        ({"a": [object()]}, "/a/0", "of type object"),
        ({"a": float("nan")}, "/a", "finite"),
        ({"a": float("inf")}, "/a", "finite"),
        ({"a": 10**5000}, "/a", "too large"),
        ({"a": {1: 2}}, "/a", "name is no text"),
        ({"a": {"b/c": [b""]}}, "/a/b~1c/0", "of type bytes"),
        ({"\ud83d": 1}, "", "name is no text"),
    ],
)
def test_what_json_does_not_know_is_a_mistake_like_others(given_values: Any, path: str, message: str) -> None:
    (field,) = mistakes(schema({"a": {}}), given_values)
    assert field.path == path
    assert message in field.message
    str(field).encode()


def test_input_that_is_nested_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(InvalidInput, match="nested deeper"):
        schema({"a": {}}).prepare({"a": endless})


def test_a_wrong_input_is_wrong_also_when_nobody_has_words_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postwire.language.explain.explain", lambda *_: [])
    assert mistakes(schema({"a": {"type": "string"}}), {"a": 1}) == [Field("", "does not fit the schema")]


@pytest.mark.parametrize(
    ("given_schema", "wanted"),
    [
        ({}, {"type": "object", "properties": {}, "additionalProperties": False}),
        (
            {"properties": {"a": {"properties": {"b": {"type": "string"}}}}},
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "a": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {"b": {"type": "string"}},
                    }
                },
            },
        ),
        (
            {"type": "array", "items": {"properties": {}}},
            {"type": "array", "items": {"type": "object", "additionalProperties": False, "properties": {}}},
        ),
        (
            {"type": ["object", "null"], "properties": {}, "additionalProperties": {"type": "string"}},
            {"type": ["object", "null"], "properties": {}, "additionalProperties": {"type": "string"}},
        ),
    ],
)
def test_every_group_is_closed_unless_it_says_otherwise(
    given_schema: dict[str, Any], wanted: dict[str, Any]
) -> None:
    before = json.dumps(given_schema)
    assert close(given_schema) == wanted
    assert json.dumps(given_schema) == before


def test_an_action_without_input_takes_none() -> None:
    assert paths(InputSchema({}), {"title": "x"}) == ["/title"]
    assert paths(InputSchema({}), {}) == []


@given(
    st.dictionaries(st.sampled_from(["title", "n", "other"]), st.text(max_size=3) | st.integers() | st.none())
)
def test_preparing_loses_nothing(given_values: dict[str, Any]) -> None:
    values, places = schema({"title": {"type": "string"}, "n": {"type": "integer"}}).prepare(given_values)
    assert values == given_values
    assert values is not given_values
    assert places == []


OUTPUT = OutputSchema(
    {"required": ["id"], "properties": {"id": {"type": "string"}, "n": {"type": ["integer", "null"]}}}
)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"id": "a"}, []),
        ({"id": "a", "n": None, "more": 1}, []),
        ({"id": 5}, ["/id: "]),
        ({}, ["/: "]),
        ([], ["/: "]),
        ({"id": 5, "n": "x"}, ["/id: ", "/n: "]),
        ({"id": "\ud83d"}, ["/id: has half a character"]),
        ({"id": "a", "x": object()}, ["/x: has a value that JSON does not know"]),
        ({"id": "a", "n": float("nan")}, ["/n: must be a number that is finite"]),
    ],
)
def test_an_output_says_what_does_not_fit(value: Any, found: list[str]) -> None:
    said = OUTPUT.mistakes(value)
    assert len(said) == len(found)
    assert all(text.startswith(start) for text, start in zip(sorted(said), found, strict=True))


def test_an_output_does_not_repeat_its_values() -> None:
    assert "hunter2" not in "".join(OUTPUT.mistakes({"id": ["hunter2"]}))


@pytest.mark.parametrize("kind", [InputSchema, OutputSchema])
def test_a_schema_does_not_reach_out_into_the_network(kind: Any) -> None:
    outside = kind({"properties": {"a": {"$ref": "http://127.0.0.1:9/schema.json"}}})
    with pytest.raises(Exception, match="refers to nothing outside itself"):
        outside.mistakes({"a": 1}, *([[]] if kind is InputSchema else []))


def test_what_fits_does_not_cost_the_import_of_jsonschema() -> None:
    code = (
        "import sys; from postwire.language.inputs import InputSchema as S;"
        "s = S({'properties': {'a': {'type': 'string'}}}); v, p = s.prepare({'a': 'x'});"
        "assert not s.mistakes(v, p);"
        "assert 'jsonschema' not in sys.modules; v, p = s.prepare({'a': 1}); assert s.mistakes(v, p);"
        "assert 'jsonschema' in sys.modules"
    )
    root = Path(__file__).parents[2] / "runtime"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
