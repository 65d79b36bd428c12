"""Forms from schemas: every action's can be drawn, and gives back what was put into it."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.faces.web.sent import sent

from postwire.faces.web.pages import takes
from postwire.faces.web.pages.filled import Filled, read
from postwire.faces.web.pages.forms import Control, Form, form, label_of, said, sentence
from postwire.faces.web.pages.moments import joined_time, split_time, zones
from postwire.faces.web.pages.options import Offer, read_offer
from postwire.faces.web.templating import environment
from postwire.language.catalog import Catalog
from postwire.language.inputs import InputSchema

if TYPE_CHECKING:
    from collections.abc import Mapping

CATALOG = Catalog()
ACTIONS = [each.id for each in CATALOG.actions()]
FORM = '{% import "forms.html" as forms with context %}{{ forms.fields(form.main) }}{{ forms.more(form) }}'


@cache
def template() -> Any:
    return environment().from_string(FORM)


def drawn(made: Form) -> str:
    around: dict[str, Any] = {
        "known": {},
        "base": "/b",
        "uploads": "/u",
        "counting": "/c",
        "action": "a.b",
        "csrf": "",
    }
    around |= {"finding": lambda control: f"/find?{control.id}"}
    text: str = template().render(form=made, takes=takes.takes, largest=takes.largest, zones=zones, **around)
    return text


def back(schema: Mapping[str, Any], values: Mapping[str, Any]) -> Filled:
    """*values* drawn as a form, and read from what a browser sends of it."""
    return read(schema, sent(drawn(form(schema, values))))


def sorted_choices(value: Any, schema: Any) -> Any:
    """*value* with what was ticked in the schema's order, as check boxes stand in it."""
    if isinstance(value, dict):
        inner = schema.get("properties", {})
        return {key: sorted_choices(each, inner.get(key, {})) for key, each in value.items()}
    if isinstance(value, list):
        items = schema.get("items", {})
        if "enum" in items:
            return sorted(value, key=items["enum"].index)
        return [sorted_choices(each, items) for each in value]
    return value


@pytest.mark.parametrize("action", ACTIONS)
def test_every_example_survives_its_form(action: str) -> None:
    described = CATALOG.action(action)
    schema = InputSchema(described.input)
    for example in [*described.examples, None]:
        want, _ = schema.prepare(copy.deepcopy(example.input) if example else {})
        got = back(schema.schema, want)
        found, _ = schema.prepare(got.values)
        assert got.mistakes == []
        assert found == sorted_choices(want, schema.schema)


@pytest.mark.parametrize("action", ACTIONS)
def test_an_untouched_form_sends_nothing_but_defaults(action: str) -> None:
    schema = InputSchema(CATALOG.action(action).input)
    untouched = back(schema.schema, {}).values
    assert {key: value for key, value in schema.prepare({})[0].items() if value != []} == untouched


def test_privacy_is_never_chosen_for_people() -> None:
    schema = InputSchema(CATALOG.action("tiktok.create_video_post").input).schema
    pairs = dict(sent(drawn(form(schema))))
    assert pairs["/privacy_level"] == ""
    assert "privacy_level" not in read(schema, pairs.items()).values


def one(schema: dict[str, Any], value: Any = None, **more: Any) -> Control:
    made = form({"properties": {"it": schema}}, {} if value is None else {"it": value}, **more)
    return made.main[0]


STRANGE = [
    {"description": "Whatever."},
    {"type": "object", "description": "Names of one's own."},
    {"type": ["string", "number"], "description": "Either."},
    {"anyOf": [{"type": "object"}, {"type": "array"}], "description": "Either."},
    {"type": "array", "description": "Pairs.", "items": {"type": "array", "items": {"type": "integer"}}},
]
VALUES: list[list[Any]] = [
    [7, "text", "7", True, {"a": [1]}, [1, "x"]],
    [{"a": 1}, {"a": {"b": None}}],
    ["text", "two words"],
    [{"a": 1}, [1, 2]],
    [[[1, 2], [3]]],
]


@pytest.mark.parametrize(
    ("schema", "value"), [(s, v) for s, vs in zip(STRANGE, VALUES, strict=True) for v in vs]
)
def test_what_has_no_control_is_written_as_json(schema: dict[str, Any], value: Any) -> None:
    whole = {"properties": {"it": schema}}
    assert back(whole, {"it": value}) == Filled({"it": value}, [])


def test_json_that_is_none_is_said_and_shown_as_it_was_entered() -> None:
    whole = {"properties": {"it": {"type": "object"}}}
    found = read(whole, [("/it", "{not json")])
    assert [field.path for field in found.mistakes] == ["/it"]
    assert dict(sent(drawn(form(whole, found.values))))["/it"] == "{not json"


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "x-length": {"unit": "utf16", "max": 2200}}, "area"),
        ({"type": "string", "maxLength": 30}, "text"),
        ({"type": "string", "format": "media"}, "media"),
        ({"type": "array", "items": {"type": "string", "format": "media"}}, "media"),
        ({"type": "string", "format": "date-time"}, "time"),
        ({"type": "string", "format": "date"}, "day"),
        ({"type": "string", "x-secret": True}, "secret"),
        ({"type": "integer"}, "number"),
        ({"enum": [1, 2]}, "choice"),
        ({"oneOf": [{"const": "a", "title": "First"}, {"const": "b"}]}, "choice"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "checks"),
        ({"type": "boolean"}, "maybe"),
        ({"type": "boolean", "default": False}, "switch"),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, "group"),
        ({"type": "array", "items": {"type": "string"}}, "list"),
    ],
    ids=str,
)
def test_each_schema_has_its_control(schema: dict[str, Any], kind: str) -> None:
    assert one(schema).kind == kind


def test_a_secret_is_never_sent_back() -> None:
    assert "hunter2" not in drawn(
        form({"properties": {"it": {"type": "string", "x-secret": True}}}, {"it": "hunter2"})
    )


def test_a_yes_or_no_without_a_default_can_stay_unsaid() -> None:
    whole = {"properties": {"it": {"type": "boolean"}, "on": {"type": "boolean", "default": True}}}
    assert back(whole, {}).values == {"on": True}
    assert back(whole, {"it": False, "on": False}).values == {"it": False, "on": False}


def test_a_row_that_was_taken_out_or_moved_changes_the_list() -> None:
    whole = {"properties": {"it": {"type": "array", "items": {"type": "string"}}}}
    pairs = [("/it/1", "b"), ("/it/1001", "new"), ("/it/0", "a"), ("/it/3", "")]
    assert read(whole, pairs).values == {"it": ["b", "new", "a"]}


def test_a_blank_row_is_sent_nowhere() -> None:
    items = {"type": "object", "properties": {"x": {"type": "array", "items": {"type": "string"}}}}
    made = form({"properties": {"it": {"type": "array", "items": items}}})
    html = drawn(made)
    assert 'name="/it/{0}/x/{1}"' in html
    assert sent(html) == []


def test_forms_of_several_stand_in_one() -> None:
    whole = {"properties": {"it": {"type": "string"}}}
    html = "".join(drawn(form(whole, {"it": text}, root=text)) for text in ("a", "b"))
    assert [read(whole, sent(html), root=text).values for text in ("a", "b")] == [{"it": "a"}, {"it": "b"}]


def test_what_depends_on_another_says_on_which() -> None:
    schema = {
        "properties": {"kind": {"enum": ["a", "b"]}, "more": {"type": "string"}},
        "allOf": [{"if": {"properties": {"kind": {"const": "b"}}}, "then": {"required": ["more"]}}],
    }
    shown = form(schema).main[1].shown
    assert shown is not None
    assert (shown.name, shown.values) == ("/kind", ("b",))


SOURCE = {"action": "get_creator_info", "path": "options"}
CHOICE = {"enum": ["A", "B", "C"], "x-options-from": SOURCE}
SWITCH = {"type": "boolean", "default": False, "x-options-from": {**SOURCE, "path": "off"}}
NAMED = {"type": "string", "x-options-from": SOURCE}


def test_an_account_narrows_the_choices() -> None:
    assert one(CHOICE).asks == "load"
    offered = one(CHOICE, offers={"/it": Offer((("A", "A"), ("C", "C")))})
    assert [value for value, _ in offered.choices] == ["A", "C"]
    unknown = one(CHOICE, offers={"/it": Offer(problem="It took too long.")})
    assert len(unknown.choices) == 3


def test_an_account_can_force_a_switch() -> None:
    whole = {"properties": {"it": SWITCH}}
    forced = form(whole, {"it": False}, offers={"/it": Offer(must=True)})
    assert read(whole, sent(drawn(forced))).values == {"it": True}
    free = form(whole, {"it": False}, offers={"/it": Offer()})
    assert read(whole, sent(drawn(free))).values == {"it": False}


def test_a_text_with_known_choices_is_chosen_and_a_value_of_ones_own_stays() -> None:
    offer = Offer((("1", "First page"), ("2", "Second page")))
    assert one(NAMED, offers={"/it": offer}).kind == "choice"
    own = one(NAMED, "7", offers={"/it": offer})
    assert own.choices[-1] == ("7", "7")
    assert own.value == "7"


@pytest.mark.parametrize(
    ("output", "rule", "offer"),
    [
        ({"a": ["X", "Y_Z"]}, {"path": "a"}, Offer((("X", "X"), ("Y_Z", "Y z")))),
        ({"a": {"b": [{"id": 1, "name": "One"}, {"name": "None"}]}}, {"path": "a.b"}, Offer((("1", "One"),))),
        ({"a": [{"urn": "u", "t": ""}]}, {"path": "a", "value": "urn", "label": "t"}, Offer((("u", "u"),))),
        ({"a": True}, {"path": "a"}, Offer(must=True)),
        ({"a": False}, {"path": "a"}, Offer()),
        ({}, {"path": "a"}, Offer()),
    ],
    ids=str,
)
def test_an_answer_becomes_choices(output: Any, rule: dict[str, Any], offer: Offer) -> None:
    assert read_offer(output, rule) == offer


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-12-24T18:00", "Europe/Berlin", "2026-12-24T18:00:00+01:00"),
        ("2026-07-24T18:00", "Europe/Berlin", "2026-07-24T18:00:00+02:00"),
        ("2026-12-24T18:00:30", "", "2026-12-24T18:00:30Z"),
        ("2026-12-24T18:00", "-05:30", "2026-12-24T18:00:00-05:30"),
        ("yesterday", "UTC", "yesterday"),
        ("2026-12-24T18:00", "Nowhere/At_all", "2026-12-24T18:00"),
    ],
)
def test_a_local_time_and_a_zone_make_a_moment(text: str, zone: str, moment: str) -> None:
    assert joined_time(text, zone) == moment


@given(
    st.datetimes(),
    st.integers(-14 * 60, 14 * 60).map(
        lambda m: f"{'+' if m >= 0 else '-'}{abs(m) // 60:02}:{abs(m) % 60:02}"
    ),
)
def test_every_moment_survives_its_controls(at: Any, offset: str) -> None:
    text = at.replace(microsecond=0).isoformat() + offset
    parted = split_time(text)
    assert parted is not None
    assert joined_time(*parted) == text.replace("+00:00", "Z").replace("-00:00", "Z")


@pytest.mark.parametrize(
    ("name", "label"),
    [("video_url", "Video URL"), ("user_ids", "User IDs"), ("geoLocations", "Geo locations"), ("q", "Q")],
)
def test_names_are_read(name: str, label: str) -> None:
    assert label_of(name) == label


@pytest.mark.parametrize(
    ("value", "text"),
    [("SELF_ONLY", "Self only"), ("mentionedUsers", "Mentioned users"), (13, "13"), ("9:16", "9:16")],
)
def test_constants_are_read(value: Any, text: str) -> None:
    assert said(value) == text


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("is required: the caption", "Title is required."),
        ("must be text", "Title must be text."),
        ("This is too long.", "This is too long."),
    ],
)
def test_mistakes_are_sentences(message: str, text: str) -> None:
    assert sentence("Title", message) == text


def test_mistakes_stand_at_their_fields_and_in_the_summary() -> None:
    schema = InputSchema(CATALOG.action("tiktok.create_video_post").input).schema
    made = form(schema, {}, {"/privacy_level": "is required: who", "/elsewhere": "must be less"})
    assert made.errors == (
        ("f-privacy_level", "Who can watch is required."),
        ("", "Elsewhere must be less."),
    )
    assert 'aria-invalid="true"' in drawn(made)


# Random schemas of the kinds that have controls, with values that fit them.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(str.strip)
NAMES = st.sampled_from(["a", "b_c", "d/e", "f~g", "h.i", "{0}x"])


def leaf() -> st.SearchStrategy[tuple[dict[str, Any], st.SearchStrategy[Any]]]:
    texts = ({"type": "string"}, TEXT)
    long = ({"type": "string", "maxLength": 500}, st.lists(TEXT, min_size=1, max_size=3).map("\n".join))
    numbers = ({"type": "integer"}, st.integers())
    floats = ({"type": "number"}, st.floats(allow_nan=False, allow_infinity=False))
    chosen = ({"enum": ["x", 2, True]}, st.sampled_from(["x", 2, True]))
    maybe = ({"type": "boolean"}, st.booleans())
    switch = ({"type": "boolean", "default": True}, st.booleans())
    files = (
        {"type": "array", "items": {"type": "string", "format": "media"}},
        st.lists(TEXT, min_size=1, max_size=3),
    )
    return st.sampled_from([texts, long, numbers, floats, chosen, maybe, switch, files])


@st.composite
def cases(draw: Any, depth: int = 2) -> tuple[dict[str, Any], Any]:
    kinds = ["leaf", "group", "list"] if depth else ["leaf"]
    kind = draw(st.sampled_from(kinds))
    if kind == "leaf":
        schema, values = draw(leaf())
        return schema, draw(values)
    if kind == "list":
        schema, value = draw(cases(depth=depth - 1).filter(lambda case: "enum" not in case[0]))
        return {"type": "array", "items": schema}, [value]
    inner = {name: draw(cases(depth=depth - 1)) for name in draw(st.sets(NAMES, min_size=1, max_size=3))}
    return (
        {"type": "object", "properties": {name: schema for name, (schema, _) in inner.items()}},
        {name: value for name, (_, value) in inner.items()},
    )


@settings(max_examples=150)
@given(st.dictionaries(NAMES, cases(), min_size=1, max_size=3))
def test_any_schema_gives_back_what_was_entered(drawn_cases: dict[str, tuple[dict[str, Any], Any]]) -> None:
    schema = {"properties": {name: each for name, (each, _) in drawn_cases.items()}}
    values = {name: value for name, (_, value) in drawn_cases.items()}
    prepared = InputSchema(schema)
    want, _ = prepared.prepare(values)
    found, _ = prepared.prepare(back(schema, values).values)
    assert plain(found) == plain(want)


def plain(value: Any) -> Any:
    """Without groups in which there is nothing but switches that stand as they always do."""
    if isinstance(value, dict):
        inner = {key: plain(each) for key, each in value.items()}
        return {key: each for key, each in inner.items() if each not in ({}, [], True)}
    return (
        [each for each in map(plain, value) if each not in ({}, [], True)]
        if isinstance(value, list)
        else value
    )
