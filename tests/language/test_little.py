"""LinkedIn's little text: nothing of a text is lost, and only what is meant becomes an element."""

from __future__ import annotations

import doctest
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.language import little
from postwire.language.little import from_little_text, little_text, mention_spans
from postwire.language.missing import ExpressionProblem

RESERVED = "\\|{}@[]()<>#*_~"
ADA = {"name": "Ada", "urn": "urn:li:person:a_B-1"}
ACME = {"name": "Acme (UK)", "urn": "urn:li:organization:7"}


def test_the_examples_in_the_docstrings_are_true() -> None:
    result = doctest.testmod(little)
    assert result.attempted == 3
    assert result.failed == 0


@pytest.mark.parametrize("mark", RESERVED)
def test_every_reserved_character_is_escaped(mark: str) -> None:
    assert little_text(f"a {mark} b") == f"a \\{mark} b"


@given(st.text())
def test_people_read_what_was_written(text: str) -> None:
    assert from_little_text(little_text(text)) == text


@given(st.text(alphabet=RESERVED + "ab1 #", max_size=30))
def test_nothing_reserved_stands_alone_but_a_hashtag(text: str) -> None:
    made = little_text(text)
    plain = made.replace("\\\\", "").split("\\")
    alone = plain[0] + "".join(part[1:] for part in plain[1:])
    assert not set(alone) & set(RESERVED) - {"#"}


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("#launch", "#launch"),
        ("a #Größe2 b", "a #Größe2 b"),
        ("(#launch)", "\\(#launch\\)"),
        ("#launch, #now!", "#launch, #now!"),
        ("#1", "\\#1"),
        ("# 1", "\\# 1"),
        ("C# is", "C\\# is"),
        ("##a", "\\#\\#a"),
        ("#two_words", "\\#two\\_words"),
        ("https://a.example/#top", "https://a.example/\\#top"),
        ("&#39;", "&\\#39;"),
    ],
)
def test_hashtags_stay_as_they_are(text: str, made: str) -> None:
    assert little_text(text) == made


@pytest.mark.parametrize(
    ("text", "mentions", "made"),
    [
        ("Hi @Ada!", [ADA], "Hi @[Ada](urn:li:person:a_B-1)!"),
        ("Hi Ada (x)", [ADA], "Hi @[Ada](urn:li:person:a_B-1) \\(x\\)"),
        ("Adam and Ada", [ADA], "Adam and @[Ada](urn:li:person:a_B-1)"),
        ("Ada, then @Ada", [ADA], "Ada, then @[Ada](urn:li:person:a_B-1)"),
        ("Ada Ada Ada", [ADA, ADA], "@[Ada](urn:li:person:a_B-1) @[Ada](urn:li:person:a_B-1) Ada"),
        (
            "@Ada of Acme (UK)",
            [ACME, ADA],
            "@[Ada](urn:li:person:a_B-1) of @[Acme (UK)](urn:li:organization:7)",
        ),
        ("x@Ada @@Ada", [ADA], "x\\@Ada \\@\\@Ada"),
        ("nobody", [ADA], "nobody"),
    ],
)
def test_a_mention_stands_where_its_name_stands(text: str, mentions: list[Any], made: str) -> None:
    assert little_text(text, mentions) == made


def test_spans_count_in_utf16_and_in_the_order_of_the_text() -> None:
    found = mention_spans("😀 @Ada, Acme (UK)", [ACME, ADA])
    assert [(span["name"], span["start"], span["length"]) for span in found] == [
        ("Ada", 4, 3),
        ("Acme (UK)", 9, 9),
    ]
    assert mention_spans("nobody", [ADA]) == []


@pytest.mark.parametrize(
    "mention",
    [
        "Ada",
        {"name": "Ada"},
        {"urn": ADA["urn"]},
        {"name": "A](urn:li:person:b) @[c", "urn": ADA["urn"]},
        {"name": "Ada", "urn": "urn:li:person:a) @[x](urn:li:person:b"},
        {"name": "", "urn": ADA["urn"]},
    ],
)
def test_a_mention_cannot_break_out(mention: Any) -> None:
    for function in (little_text, mention_spans):
        with pytest.raises(ExpressionProblem, match="of a mention"):
            function("Ada", [mention])


@pytest.mark.parametrize(
    ("little", "read"),
    [
        ("Hello {hashtag|\\#|MyTag}.", "Hello #MyTag."),
        ("{hashtag|#|MyTag}", "#MyTag"),
        ("@[Dev Team](urn:li:organization:1) \\@home", "Dev Team @home"),
        ("a\\\\(b", "a\\(b"),
        ("{other|x|y} @[a]", "{other|x|y} @[a]"),
        ("end\\", "end\\"),
    ],
)
def test_what_linkedin_sends_is_read(little: str, read: str) -> None:
    assert from_little_text(little) == read
