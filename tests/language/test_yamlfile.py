"""Our YAML profile: no guesses, nothing hidden, and every key and value has its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.language.yamlfile import MAX_BYTES, MAX_DEPTH, Mark, YamlProblem, load, parse

SCALARS: list[tuple[str, object]] = [
    ("no", "no"),
    ("yes", "yes"),
    ("on", "on"),
    ("Off", "Off"),
    ("True", "True"),
    ("true", True),
    ("false", False),
    ("null", None),
    ("~", None),
    ("", None),
    ("2026-11-24", "2026-11-24"),
    ("2026-11-24 10:00:00", "2026-11-24 10:00:00"),
    ("12:30", "12:30"),
    ("0", 0),
    ("-7", -7),
    ("42", 42),
    ("007", "007"),
    ("0x1F", "0x1F"),
    ("0o17", "0o17"),
    ("1_000", "1_000"),
    ("+1", "+1"),
    ("1.5", 1.5),
    ("-0.25", -0.25),
    ("1.", "1."),
    (".5", ".5"),
    ("1e3", "1e3"),
    (".inf", ".inf"),
    (".nan", ".nan"),
    ("64MB", "64MB"),
    ("v2.0", "v2.0"),
    ("${{ input.video.size }}", "${{ input.video.size }}"),
    ('"no"', "no"),
    ("'42'", "42"),
    ('"true"', "true"),
    ('""', ""),
    ("=", "="),
    ("<<", "<<"),
]


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_a_plain_scalar_means_what_it_says(text: str, value: object) -> None:
    found = load(f"key: {text}\nlist:\n  - {text}\n")
    assert found == {"key": value, "list": [value]}
    assert type(found["key"]) is type(value)


@pytest.mark.parametrize("text", ["no", "true", "null", "42", "2026-11-24", "<<"])
def test_a_key_is_always_text(text: str) -> None:
    assert load(f"{text}: {{a: 1}}") == {text: {"a": 1}}


@pytest.mark.parametrize(("text", "value"), [("a: |\n  42\n", "42\n"), ("a: >-\n  true\n", "true")])
def test_a_block_is_always_text(text: str, value: str) -> None:
    assert load(text) == {"a": value}


REFUSED = {
    "a key twice": ("a: 1\nb: 2\na: 3\n", "the key 'a' stands here twice", (3, 1)),
    "a key twice inside": ("a:\n  - b: 1\n    b: 2\n", "the key 'b' stands here twice", (3, 5)),
    "a key twice, once in quotes": ("{a: 1, 'a': 2}", "stands here twice", (1, 8)),
    "a key twice by look": ("1: a\n'1': b\n", "stands here twice", (2, 1)),
    "an anchor": ("a: &x 1\n", "anchors and aliases", (1, 4)),
    "an anchor on a map": ("a: &x\n  b: 1\n", "anchors and aliases", (1, 4)),
    "an anchor on a key": ("&x a: 1\n", "anchors and aliases", (1, 1)),
    "an alias": ("a: 1\nb: *x\n", "anchors and aliases", (2, 4)),
    "an alias as a key": ("a: 1\n*x : 2\n", "anchors and aliases", (2, 1)),
    "a tag": ("a: !!str 1\n", "tags", (1, 4)),
    "a tag of Python's": ("a: !!python/object/apply:os.system [ls]\n", "tags", (1, 4)),
    "a tag of nobody's": ("a: !secret x\n", "tags", (1, 4)),
    "a tag on a list": ("a: !!set [b]\n", "tags", (1, 4)),
    "a tag on a key": ("!!int 1: a\n", "tags", (1, 1)),
    "a list as a key": ("? [a, b]\n: 1\n", "a key is text", (1, 3)),
    "a map as a key": ("{a: 1}: 2\n", "a key is text", (1, 1)),
    "two documents": ("a: 1\n---\nb: 2\n", "one document a file", (2, 1)),
    "a tab": ("a:\n\t- b\n", "not readable as YAML", (2, 1)),
    "an open bracket": ("a: [1, 2\nb: 3\n", "not readable as YAML", None),
    "an open quote": ('a: "b\n', "not readable as YAML", None),
    "a colon too many": ("a: b: c\n", "not readable as YAML", (1, 5)),
    "no text": ("a: \0b\n", "not readable as YAML", None),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_of_the_profile_is_refused_with_its_place(case: str) -> None:
    text, message, place = REFUSED[case]
    with pytest.raises(YamlProblem) as caught:
        parse(text)
    assert message in caught.value.message
    if place:
        assert caught.value.mark == Mark(*place)


@pytest.mark.parametrize("text", ["# nothing\n", "", "---\n", "\n\n"])
def test_an_empty_file_is_null(text: str) -> None:
    assert load(text) is None


@pytest.mark.parametrize("shape", ["[", "{a: ", "- "])
def test_the_depth_is_bounded(shape: str) -> None:
    closing = {"[": "]", "{a: ": "}", "- ": ""}[shape]

    def nested(levels: int) -> str:
        return shape * levels + "1" + closing * levels

    parse(nested(MAX_DEPTH))
    with pytest.raises(YamlProblem, match=f"deeper than {MAX_DEPTH}"):
        parse(nested(MAX_DEPTH + 1))
    with pytest.raises(
        YamlProblem, match=f"deeper than {MAX_DEPTH}|nesting depth"
    ):  # the parser may say it first
        parse(nested(5000))


def test_the_size_is_bounded_in_bytes() -> None:
    parse("#" * MAX_BYTES)
    for text in ("#" * (MAX_BYTES + 1), "#" + "ä" * (MAX_BYTES // 2)):
        with pytest.raises(YamlProblem, match="larger than 64 kB") as caught:
            parse(text)
        assert caught.value.mark == Mark(1, 1)


PLACES = """\
# A comment moves everything down.
title: Create post
input:
  properties:
    "quoted key": {type: string, enum: [A, B]}
steps:
  - id: init
    request:
      post: /v2/x
  -
    id: last
    when: >-
      folded
      text
ünïcode: ä
"""
VALUES = {
    (): (2, 1),
    ("title",): (2, 8),
    ("input",): (4, 3),
    ("input", "properties", "quoted key"): (5, 19),
    ("input", "properties", "quoted key", "enum", 1): (5, 44),
    ("steps",): (7, 3),
    ("steps", 0): (7, 5),
    ("steps", 0, "id"): (7, 9),
    ("steps", 0, "request", "post"): (9, 13),
    ("steps", 1): (11, 5),
    ("steps", 1, "when"): (12, 11),
    ("ünïcode",): (15, 10),
}
KEYS = {
    ("title",): (2, 1),
    ("input", "properties"): (4, 3),
    ("input", "properties", "quoted key"): (5, 5),
    ("input", "properties", "quoted key", "enum"): (5, 34),
    ("steps", 0, "request"): (8, 5),
    ("steps", 1, "when"): (12, 5),
    ("ünïcode",): (15, 1),
}


@pytest.mark.parametrize("path", VALUES)
def test_the_place_of_a_value(path: tuple[str | int, ...]) -> None:
    assert parse(PLACES).mark(path) == Mark(*VALUES[path])


@pytest.mark.parametrize("path", KEYS)
def test_the_place_of_a_key(path: tuple[str | int, ...]) -> None:
    assert parse(PLACES).mark(path, key=True) == Mark(*KEYS[path])


def test_what_the_file_does_not_have_is_told_at_its_nearest_ancestor() -> None:
    file = parse(PLACES)
    assert file.mark(("steps", 0, "request", "json", "a")) == Mark(9, 7)
    assert file.mark(("steps", 7)) == Mark(7, 3)
    assert file.mark(("nowhere",)) == Mark(2, 1)
    assert file.mark(("input", "properties", "missing"), key=True) == Mark(4, 3)
    assert file.mark(("nowhere",), key=True) == Mark(2, 1)
    assert parse("").mark(("a",)) == Mark(1, 1)


PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=12)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | PRINTABLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PRINTABLE, inner, max_size=4),
    max_leaves=12,
)


def as_yaml(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)


@given(DATA)
def test_plain_data_comes_back_as_it_was(data: Any) -> None:
    assert load(as_yaml({"data": data})) == {"data": data}


@given(DATA)
def test_every_node_of_a_file_has_a_place_inside_it(data: Any) -> None:
    text = as_yaml({"data": data})
    file = parse(text)
    lines = text.splitlines()
    for path, mark in file.values.items():
        node = {"data": data}
        for step in path:
            node = node[step]  # type: ignore[index]  # a path of the data
        rest = lines[mark.line - 1][mark.column - 1 :]
        assert rest.startswith(as_yaml(node)[:1])
    for path, mark in file.keys.items():
        assert lines[mark.line - 1][mark.column - 1 :].startswith(as_yaml(path[-1]))


@given(st.text(max_size=60) | st.text(" \n-:{}[]&*!|>'\"#%@a1?,", max_size=40))
def test_any_text_is_data_or_a_problem_with_a_place(text: str) -> None:
    try:
        file = parse(text)
    except YamlProblem as problem:
        place = problem.mark
    else:
        json.dumps(file.data)
        place = file.mark(())
    assert place.line >= 1
    assert place.column >= 1


@pytest.mark.parametrize("text", ["9" * 5000, "-" + "9" * 5000, "9" * 400 + ".0"])
def test_a_number_that_no_machine_holds_is_a_problem(text: str) -> None:
    with pytest.raises(YamlProblem):
        parse(f"a: {text}")
