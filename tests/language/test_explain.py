"""What does not fit, in words for people."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import pytest

from postwire.errors import InvalidInput
from postwire.language.explain import MOST, explain
from postwire.language.inputs import InputSchema
from postwire.language.places import at, pointer, rank

TEXT = {"type": "string"}


def told(properties: dict[str, Any], values: Any, **more: Any) -> list[tuple[str, str, str | None]]:
    inputs = InputSchema({"properties": properties, **more})
    return [(f.path, f.message, f.got) for f in explain(inputs.published, inputs.schema, values)]


KEYWORDS: list[tuple[str, dict[str, Any], Any, str, str | None]] = [
    ("text", TEXT, 5, "must be text, not a number", "5"),
    ("text, null", TEXT, None, "must be text, not null", None),
    ("text, list", TEXT, ["a"], "must be text, not a list", None),
    ("text, map", TEXT, {"a": 1}, "must be text, not a group of fields", None),
    ("whole", {"type": "integer"}, "5", "must be a whole number, not text: write it without quotes", "5"),
    ("whole, decimal", {"type": "integer"}, 0.5, "must be a whole number", "0.5"),
    ("number", {"type": "number"}, True, "must be a number, not true or false", "true"),
    ("boolean", {"type": "boolean"}, "yes",
     "must be true or false, not text: write it without quotes", "yes"),
    ("list", {"type": "array"}, "a",
     "must be a list, not text: put it into a list, also when it is the only item", "a"),
    ("map", {"type": "object"}, [1], "must be a group of named fields, not a list", None),
    ("two kinds", {"type": ["string", "null"]}, 5, "must be text or null, not a number", "5"),
    ("media", {"type": "string", "format": "media"}, 5,
     "must be media: an address, a path, a media_… handle or a data: URI, not a number", "5"),
    ("enum", {"enum": ["PUBLIC", "SELF_ONLY"]}, "self_only",
     "must be one of PUBLIC, SELF_ONLY; did you mean SELF_ONLY?",
     "self_only"),
    ("enum, far", {"enum": ["PUBLIC", "SELF_ONLY", 3, None, True]}, "xyz",
     "must be one of PUBLIC, SELF_ONLY, 3, null, true",
     "xyz"),
    ("enum of one", {"enum": ["A"]}, 5, "must be A", "5"),
    ("enum, long", {"enum": [f"a{n}" for n in range(40)]}, None,
     "must be one of " + ", ".join(f"a{n}" for n in range(25)) + ", … (40 in all)", None),
    ("const", {"const": "v2"}, "v1", "must be v2", "v1"),
    ("minLength", {"minLength": 2}, "a", "must have at least 2 characters; this has 1: make it longer", "a"),
    ("maxLength", {"maxLength": 1}, "abc", "must have at most 1 character; this has 3: shorten it", "abc"),
    ("minItems", {"minItems": 2}, [1], "must have at least 2 items; this has 1: add some", None),
    ("maxItems", {"maxItems": 1}, [1, 2], "must have at most 1 item; this has 2: leave some out", None),
    ("uniqueItems", {"uniqueItems": True}, [1, 2, 1], "has an item twice: give each one once", None),
    ("minimum", {"minimum": 1}, 0, "must be at least 1", "0"),
    ("maximum", {"maximum": 1}, 2.5, "must be at most 1", "2.5"),
    ("exclusiveMinimum", {"exclusiveMinimum": 0}, 0, "must be more than 0", "0"),
    ("exclusiveMaximum", {"exclusiveMaximum": 1}, 1, "must be less than 1", "1"),
    ("multipleOf", {"multipleOf": 5}, 7, "must be a multiple of 5", "7"),
    ("pattern", {"pattern": "^#"}, "tag", "must match ^#", "tag"),
    ("pattern, example", {"pattern": "^#", "examples": ["#cats"]}, "tag",
     "must match ^#, such as #cats", "tag"),
    ("uri", {"format": "uri"}, "example.com",
     "must be a full address such as https://example.com/page", "example.com"),
    ("date-time", {"format": "date-time"}, "soon",
     "must be a time with its zone such as 2026-11-24T20:00:00Z", "soon"),
    ("uuid", {"format": "uuid"}, "x", "must be a valid uuid", "x"),
    ("minProperties", {"minProperties": 1}, {}, "must have at least 1 field; this has 0: add some", None),
    ("maxProperties", {"maxProperties": 0}, {"a": 1},
     "must have at most 0 fields; this has 1: leave some out", None),
    ("contains", {"contains": TEXT}, [1], "has no item of the kind that one of them must be", None),
    ("not", {"not": TEXT}, "a", "has a form that is not taken", "a"),
    ("anyOf kinds", {"anyOf": [TEXT, {"type": "null"}]}, 5, "must be text or null, not a number", "5"),
    ("oneOf both", {"oneOf": [TEXT, {"maxLength": 5}]}, "a",
     "fits more than one of the forms that exclude each other: give what belongs to one", None),
    ("anyOf nearest", {"anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 1}]}, "abc",
     "must have at most 1 character; this has 3: shorten it", "abc"),
    ("allOf", {"allOf": [TEXT, {"maxLength": 1}]}, "abc",
     "must have at most 1 character; this has 3: shorten it", "abc"),
    ("if", {"if": TEXT, "then": {"maxLength": 1}}, "abc",
     "must have at most 1 character; this has 3: shorten it", "abc"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "value", "message", "got"), [row[1:] for row in KEYWORDS], ids=[row[0] for row in KEYWORDS]
)
def test_every_keyword_has_a_sentence(
    rule: dict[str, Any], value: Any, message: str, got: str | None
) -> None:
    assert told({"a": rule}, {"a": value}) == [("/a", message, got)]


@pytest.mark.parametrize(("step", "value"), [(0.1, 0.3), (0.1, 1.1), (0.01, 4.35), (0.01, 19.99)])
def test_a_price_is_a_multiple_of_its_cents(step: float, value: float) -> None:
    assert told({"a": {"multipleOf": step}, "b": TEXT}, {"a": value, "b": 1})[0][0] == "/b"
    assert told({"a": {"multipleOf": step}}, {"a": value + step / 2})[0][0] == "/a"


def test_what_is_required_says_what_it_is() -> None:
    properties = {"title": {**TEXT, "description": "What people read\n first."}, "n": {"type": "integer"}}
    assert told(properties, {}, required=["title", "n"]) == [
        ("/title", "is required: What people read first.", None),
        ("/n", "is required", None),
    ]
    (long,) = told({"a": {**TEXT, "description": "word " * 1000}}, {}, required=["a"])
    assert len(long[1]) < 150


VIDEO = {**TEXT, "format": "media", "description": "The video.", "x-media": {"base64_alias": "video_base64"}}


def test_a_missing_media_input_names_its_alias_too() -> None:
    assert told({"video": VIDEO}, {}, required=["video"]) == [
        ("/video", "is required, or give video_base64 with base64 text: The video.", None)
    ]


@pytest.mark.parametrize(
    ("given_name", "message"),
    [
        ("titel", "there is no input 'titel'; did you mean title?"),
        ("privacyLevel", "there is no input 'privacyLevel'; did you mean privacy_level?"),
        ("TITLE", "there is no input 'TITLE'; did you mean title?"),
        ("video_bas64", "there is no input 'video_bas64'; did you mean video_base64?"),
        ("zzz", "there is no input 'zzz'; there are title, privacy_level, video, video_base64"),
        ("video_base64", "is the same input as video: give one of the two"),
    ],
)
def test_an_unknown_input_is_told_the_nearest(given_name: str, message: str) -> None:
    properties = {"title": TEXT, "privacy_level": TEXT, "video": VIDEO}
    assert told(properties, {given_name: "a secret?", "video": "x"}) == [(f"/{given_name}", message, None)]


def test_an_unknown_field_inside_a_group() -> None:
    group = {"properties": {"alt_text": TEXT}}
    assert told({"list": {"type": "array", "items": group}}, {"list": [{}, {"alt": "x"}, {"zzz": 1}]}) == [
        ("/list/1/alt", "there is no field 'alt'; there are alt_text", None),
        ("/list/2/zzz", "there is no field 'zzz'; there are alt_text", None),
    ]
    assert told({}, {"a": 1}) == [("/a", "there is no input 'a'; none is taken here", None)]


EITHER = [{"required": ["video"]}, {"required": ["video_url"]}]
TWO = {"video": TEXT, "video_url": TEXT, "title": TEXT}


@pytest.mark.parametrize(
    ("rule", "values", "message"),
    [
        ({"oneOf": EITHER}, {}, "give exactly one of video, video_url"),
        ({"oneOf": EITHER}, {"video": "a", "video_url": "b"},
         "give exactly one of video, video_url; video and video_url are given"),
        ({"anyOf": EITHER}, {"title": "x"}, "give at least one of video, video_url"),
        ({"allOf": [{"anyOf": EITHER}]}, {}, "give at least one of video, video_url"),
        ({"oneOf": [{"required": ["video", "title"]}, {"required": ["video_url"]}]}, {"video": "a"},
         "give exactly one of video with title, video_url"),
        ({"not": {"required": ["video", "video_url"]}}, {"video": "a", "video_url": "b"},
         "give not video and video_url together"),
        ({"not": {"required": ["title"]}}, {"title": "a"}, "title is not taken here"),
    ],
)  # fmt: skip
def test_choices_between_inputs(rule: dict[str, Any], values: dict[str, Any], message: str) -> None:
    assert told(TWO, values, **rule) == [("", message, None)]


def test_a_choice_between_names_says_nothing_of_what_has_none() -> None:
    ((path, message, _),) = told({"a": {"oneOf": EITHER}}, {"a": None})
    assert path == "/a"
    assert message.startswith("fits more than one of the forms")


def test_a_choice_names_the_alias_of_media() -> None:
    ((_, message, _),) = told(
        {"video": VIDEO, "url": TEXT}, {}, oneOf=[{"required": ["video"]}, {"required": ["url"]}]
    )
    assert message == "give exactly one of video (or video_base64), url"


def test_an_input_that_another_one_needs() -> None:
    assert told(TWO, {"title": "a", "video": "b"}, dependentRequired={"title": ["video", "video_url"]}) == [
        ("/video_url", "is required when title is given", None)
    ]


def test_a_branch_is_told_apart_by_its_constant() -> None:
    forms = {
        "anyOf": [
            {"properties": {"kind": {"const": "photo"}, "n": {"type": "integer"}}},
            {"properties": {"kind": {"const": "video"}, "n": {"type": "string"}, "m": {"maximum": 1}}},
        ]
    }
    assert told({"a": forms}, {"a": {"kind": "video", "n": "x", "m": 2}}) == [
        ("/a/m", "must be at most 1", "2")
    ]


@pytest.mark.parametrize(
    "values",
    [
        {"key": "hunter2"},
        {"keys": ["hunter2"]},
        {"group": {"key": "hunter2"}},
        {"either": "hunter2"},
        {"ref": "hunter2"},
        {"list": [{"key": "hunter2"}], "n": {"key": "hunter2"}},
        {"kye": "hunter2"},
    ],
)
def test_a_secret_is_never_repeated(values: dict[str, Any]) -> None:
    secret = {
        "type": "string",
        "x-secret": True,
        "maxLength": 2,
        "pattern": "^a",
        "enum": ["ab"],
        "format": "uri",
    }
    properties = {
        "key": secret,
        "keys": {"type": "array", "items": secret},
        "group": {"properties": {"key": secret}},
        "either": {"anyOf": [secret, {"type": "null"}], "maxLength": 3},
        "ref": {"$ref": "#/$defs/secret", "minLength": 30},
        "list": {
            "type": "array",
            "items": {"properties": {"key": secret}, "maxProperties": 0},
            "minItems": 5,
        },
        "n": {"type": "integer"},
    }
    found = told(properties, values, **{"$defs": {"secret": secret}})
    assert found
    assert "hunter2" not in repr(found)


def test_a_credential_in_another_value_is_masked() -> None:
    ((_, _, got),) = told({"a": {"format": "uri"}}, {"a": "example.com?access_token=EAAB1234"})
    assert got is not None
    assert "EAAB1234" not in got


def test_mistakes_come_in_the_order_of_the_schema() -> None:
    properties = {
        "z": {"properties": {"b": TEXT, "a": TEXT}, "maxProperties": 1},
        "list": {"type": "array", "items": TEXT},
        "a": TEXT,
    }
    values = {"a": 1, "list": [1] * 11, "z": {"a": 1, "b": 1}, "unknown_b": 1, "unknown_a": 1}
    wanted = ["/z", "/z/b", "/z/a", *(f"/list/{n}" for n in range(11)), "/a", "/unknown_a", "/unknown_b"]
    assert [path for path, *_ in told(properties, values)] == wanted
    backwards = dict(reversed(values.items()))
    assert [path for path, *_ in told(properties, backwards)] == wanted


def test_a_path_is_a_json_pointer() -> None:
    assert [
        path for path, *_ in told({"a/b": {"properties": {"c~d": TEXT}}}, {"a/b": {"c~d": 5, "x/y~": 1}})
    ] == [
        "/a~1b/c~0d",
        "/a~1b/x~1y~0",
    ]
    assert pointer(()) == ""


def test_many_mistakes_are_cut() -> None:
    found = told({"list": {"type": "array", "items": TEXT}}, {"list": [1] * 100_000})
    assert len(found) == MOST + 1
    assert "more mistakes" in found[-1][1]


HUGE = 50_000_000
HOSTILE: list[tuple[str, dict[str, Any]]] = [
    ("maxLength", {"type": "string", "maxLength": 5}),
    ("enum", {"enum": ["a", "b"]}),
    ("type", {"type": "integer"}),
    ("pattern", {"pattern": "^(a+)+$"}),
    ("format", {"format": "uri"}),
    ("const", {"const": "a"}),
    ("not", {"not": {"type": "string"}}),
    ("anyOf", {"anyOf": [{"maxLength": 5}, {"type": "integer"}]}),
    ("oneOf", {"oneOf": [{"type": "string"}, {"minLength": 5}]}),
]


@pytest.mark.parametrize("rule", [row[1] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_a_huge_text_makes_a_small_message_in_little_time(rule: dict[str, Any]) -> None:
    huge = "a" * HUGE + "!"
    begin = time.process_time()
    found = told({"a": rule}, {"a": huge})
    assert time.process_time() - begin < 2
    assert found
    assert len(repr(found)) < 600
    assert all(got is None or len(got) <= 80 for *_, got in found)


@pytest.mark.parametrize(
    "rule", [{"maxLength": 5}, {"enum": ["a"]}, {"type": "array"}, {"not": {}}], ids=repr
)
def test_a_huge_text_is_copied_once_at_most(rule: dict[str, Any]) -> None:
    told({"a": rule}, {"a": "import first"})
    huge = "a" * 20_000_000
    tracemalloc.start()
    told({"a": rule}, {"a": huge})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * len(huge)


def test_a_long_list_of_groups_is_compared_in_little_time() -> None:
    groups = [{"n": number} for number in range(20_000)]
    begin = time.process_time()
    found = told({"a": {"type": "array", "uniqueItems": True, "maxItems": 5}}, {"a": [*groups, {"n": 7}]})
    assert time.process_time() - begin < 2
    assert len(found) == 2


def test_a_huge_name_makes_a_small_message() -> None:
    found = told({"title": TEXT}, {"t" * HUGE: 1})
    assert len(repr(found)) < 600


def test_a_huge_list_is_not_written_out() -> None:
    tracemalloc.start()
    found = told({"a": {"type": "array", "maxItems": 5, "uniqueItems": True}}, {"a": ["x" * 100] * 100_000})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [path for path, *_ in found] == ["/a", "/a"]
    assert len(str(InvalidInput(InputSchema({"properties": {}}).mistakes({"b" * 999: 1}, [])))) < 400
    assert peak < 60_000_000


def test_what_a_schema_says_at_a_place() -> None:
    schema = {
        "properties": {
            "a": {"anyOf": [{"$ref": "#/$defs/x"}, {"type": "null"}]},
            "t": {"prefixItems": [TEXT], "items": {}},
        },
        "additionalProperties": {"title": "other"},
        "$defs": {"x": {"properties": {"b": {"title": "b"}}}, "loop": {"$ref": "#/$defs/loop"}},
    }
    assert {"title": "b"} in at(schema, ("a", "b"))
    assert at(schema, ("t", 0)) == [TEXT]
    assert at(schema, ("t", 1)) == [{}]
    assert at(schema, ("unknown",)) == [{"title": "other"}]
    assert at(schema, ("a", "b", "c", 1)) == []
    assert at({"properties": {"a": {"$ref": "#/$defs/loop"}}, "$defs": schema["$defs"]}, ("a", "b")) == []
    assert rank(schema, ("a",)) < rank(schema, ("a", "b")) < rank(schema, ("t",)) < rank(schema, ("unknown",))
