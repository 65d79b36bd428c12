"""Sizes and durations as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.language.units import parse_duration, parse_size, show_duration, show_size

SIZES: list[tuple[int | str, int]] = [
    ("64MB", 64_000_000),
    ("10MiB", 10_485_760),
    ("4GB", 4_000_000_000),
    ("1GiB", 1_073_741_824),
    ("1KB", 1000),
    ("1KiB", 1024),
    ("500B", 500),
    ("1.5MB", 1_500_000),
    ("10 mb", 10_000_000),
    ("1000", 1000),
    (5, 5),
    (0, 0),
]
BAD_SIZES: list[tuple[object, str]] = [
    ("64 megabytes", "no unit of size"),
    ("10m", "no unit of size"),
    ("MB", "a size such as"),
    ("", "a size such as"),
    ("-1MB", "a size such as"),
    ("1e9", "a size such as"),
    ("0.3B", "whole number"),
    (-1, "zero or more"),
    (True, "a size such as"),
    (None, "a size such as"),
    ("9" * 5000 + "MB", "a size such as"),
]
DURATIONS: list[tuple[float | str, float]] = [
    ("500ms", 0.5),
    ("5s", 5),
    ("10m", 600),
    ("1h", 3600),
    ("7d", 604_800),
    ("1.5h", 5400),
    (3, 3),
    (0.25, 0.25),
]


@pytest.mark.parametrize(("text", "size"), SIZES)
def test_sizes(text: int | str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(("text", "message"), BAD_SIZES)
def test_a_wrong_size_says_what_is_wanted(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_size(text)


@pytest.mark.parametrize(("text", "seconds"), DURATIONS)
def test_durations(text: float | str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["5", "5 fortnights", "5S", "", "-5s", -1, float("nan"), float("inf"), True])
def test_a_duration_without_its_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"unit of time|a duration such as|zero or more"):
        parse_duration(text)


@given(st.integers(0, 10**12), st.sampled_from(["B", "KB", "MB", "GB", "KiB", "MiB", "GiB"]))
def test_a_size_is_its_number_times_its_unit(number: int, unit: str) -> None:
    base = 1024 if "i" in unit else 1000
    assert parse_size(f"{number}{unit}") == number * base ** ("BKMG".index(unit[0]))


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 KB"), (2_000_000, "2 MB"), (4_294_967_296, "4.3 GB")],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert show_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (2.5, "2.5 s"),
        (60, "1 min"),
        (725, "12 min 5 s"),
        (7200, "2 h"),
        (3661, "1 h 1 min 1 s"),
        (59.97, "1 min"),
    ],
)
def test_durations_for_people(seconds: float, text: str) -> None:
    assert show_duration(seconds) == text
