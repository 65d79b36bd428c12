"""X's count of a text, by the rule of its page "Counting characters"."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.language.weighted import weighted_length


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a" * 280, 280),
        ("ñ" * 280, 280),
        ("e\u0301" * 280, 280),  # composed first
        ("я" * 280, 280),
        ("\u10ff", 1),
        ("\u1100", 2),
        ("\u1fff", 2),
        ("\u2000\u200d", 2),
        ("\u200e\u200f", 4),
        ("\u2010\u201f", 2),
        ("\u2020\u2031", 4),
        ("\u2032\u2037", 2),
        ("\u2038", 2),
        ("日" * 140, 280),
        ("한" * 140, 280),
    ],
)
def test_characters(text: str, wanted: int) -> None:
    assert weighted_length(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("😀", 2),
        ("😀😀", 4),
        ("👍🏽", 2),  # with a skin tone
        ("👨‍👩‍👧‍👦", 2),  # joined to one
        ("👩🏽‍🚀", 2),
        ("🏳️‍🌈", 2),
        ("🇩🇪", 2),
        ("🇩🇪🇫🇷", 4),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),  # with tags
        ("☀️", 2),
        ("1️⃣", 2),
        ("1", 1),
        ("©", 1),  # a letter unless it is told to be a picture
        ("©️", 2),
        ("Ship day 🚀", 11),
        ("😷" * 140, 280),
    ],
)
def test_an_emoji_counts_two_whatever_it_is_made_of(text: str, wanted: int) -> None:
    assert weighted_length(text) == wanted


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com",
        "http://example.com/",
        "https://example.com/" + "a" * 300,
        "https://example.com/a?b=c&d=e#f",
        "https://sub.example.co.uk:8080/x_(y)z",
        "HTTPS://EXAMPLE.COM/A",
        "https://t.co/AbCdEfGhIj",
        "https://bücher.de/straße",
        "example.com",
        "example.de/path",
        "www.example.org",
    ],
)
def test_a_link_counts_23(link: str) -> None:
    assert weighted_length(link) == 23
    assert weighted_length(f"See {link}, then go.") == len("See , then go.") + 23
    assert weighted_length(f"({link})") == 25
    assert weighted_length(f"見{link}。") == 4 + 23


@pytest.mark.parametrize(
    "text",
    [
        "a.b",
        "ann@example.com",
        "end.Next sentence",
        "3.14",
        "@user and #tag",
        "http://localhost",
        "v1.2.3",
        "...",
        "example.notatld",
    ],
)
def test_what_is_no_link_counts_as_it_is(text: str) -> None:
    assert weighted_length(text) == len(text)


@given(st.text(max_size=60))
def test_the_form_of_the_text_changes_nothing(text: str) -> None:
    assert weighted_length(unicodedata.normalize("NFD", text)) == weighted_length(text)


@given(st.text(st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF), max_size=60))
def test_wide_characters_count_twice(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert weighted_length(text) == 2 * len(composed)


def test_a_long_text_takes_time_in_proportion() -> None:
    """No pattern goes back and forth over such texts; if one did, this would not end."""
    for piece in ("a.", "http://a", "a-", "😀\u200d", "aa/", "?a=b&"):
        assert weighted_length(piece * 20_000) > 0
