"""How long a text is, by each platform's count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.language.lengths import UNITS, check_length, length


@pytest.mark.parametrize(
    ("text", "utf16", "utf8", "codepoints", "weighted"),
    [
        ("", 0, 0, 0, 0),
        ("abc", 3, 3, 3, 3),
        ("ü", 1, 2, 1, 1),
        ("€", 1, 3, 1, 2),
        ("😀", 2, 4, 1, 2),
        ("👨‍👩‍👧", 8, 18, 5, 2),
        ("e\u0301", 2, 3, 2, 1),
        ("\ud83d", 1, 3, 1, 2),
        ("x.com", 5, 5, 5, 23),
    ],
)
def test_each_unit_counts_its_own_way(
    text: str, utf16: int, utf8: int, codepoints: int, weighted: int
) -> None:
    assert {unit: length(text, unit) for unit in UNITS} == {
        "utf16": utf16,
        "utf8": utf8,
        "codepoints": codepoints,
        "weighted": weighted,
    }


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("a" * 2200, {"unit": "utf16", "max": 2200}, None),
        ("😀" * 1100, {"unit": "utf16", "max": 2200}, None),
        (
            "😀" * 1100 + "a",
            {"unit": "utf16", "max": 2200},
            ["2201", "UTF-16", "at most 2200", "Shorten it by 1."],
        ),
        ("ü" * 6, {"unit": "utf8", "max": 10}, ["12 bytes", "at most 10", "by 2"]),
        ("😀" * 10, {"unit": "codepoints", "max": 10}, None),
        ("ab", {"unit": "codepoints", "min": 3}, ["2 characters", "at least 3"]),
        ("abc", {"unit": "codepoints", "min": 3, "max": 3}, None),
        ("", {"unit": "codepoints"}, None),
    ],
)
def test_a_text_of_the_wrong_length_is_told_by_how_much(
    text: str, rule: dict[str, object], words: list[str] | None
) -> None:
    message = check_length(text, rule)
    if words is None:
        assert message is None
    else:
        assert message is not None
        assert all(word in message for word in words)
        assert text not in message


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(["codepoints", "utf16", "utf8"]))
def test_lengths_add_up(one: str, other: str, unit: str) -> None:
    joined = length(one + other, unit)
    # Two halves of a character may meet in the middle; then the whole counts, not the halves.
    assert joined == length(one, unit) + length(other, unit) or "\ud800" <= one[-1:] <= "\udbff"
