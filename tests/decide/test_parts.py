"""The plan of an upload: every byte once, and where to go on."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.decide import parts as planning
from postwire.decide.parts import MAX_PARTS, Part, plan, resume
from postwire.errors import ActionFailed

MB = 1_000_000
Remainder = Literal["own", "last"]


@st.composite
def figures(draw: st.DrawFn) -> tuple[int, int]:
    """(total, part size) with at most some hundred parts."""
    size = draw(st.integers(1, 70 * MB))
    return draw(st.integers(1, size * 300)), size


def tile(parts: tuple[Part, ...], total: int) -> bool:
    """Whether the parts cover 0 to total - 1 without gap or overlap, in order."""
    return (
        parts[0].first == 0
        and parts[-1].last == total - 1
        and all(one.last + 1 == other.first for one, other in pairwise(parts))
        and all(part.size == part.last - part.first + 1 >= 1 for part in parts)
        and [part.index for part in parts] == list(range(len(parts)))
    )


@given(figures(), st.sampled_from(["own", "last"]))
def test_parts_tile_the_file_exactly(given_figures: tuple[int, int], remainder: Remainder) -> None:
    total, size = given_figures
    parts = plan(total, size, remainder)
    assert tile(parts, total)
    assert all(part.size == size for part in parts[:-1])


@given(figures())
def test_with_the_remainder_last_the_count_is_rounded_down(given_figures: tuple[int, int]) -> None:
    total, size = given_figures
    parts = plan(total, size, "last")
    assert len(parts) == max(1, total // size)
    assert parts[-1].size < 2 * size


@given(figures())
def test_with_a_remainder_of_its_own_the_count_is_rounded_up(given_figures: tuple[int, int]) -> None:
    total, size = given_figures
    parts = plan(total, size, "own")
    assert len(parts) == (total + size - 1) // size
    assert parts[-1].size <= size


# Page "Media Transfer Guide" of TikTok, read 2026-11-21: floor(size / chunk) parts, the rest joins the last.
PLANS = [
    (4_999_999, 4_999_999, 1, 4_999_999),
    (5_242_880, 5_242_880, 1, 5_242_880),
    (64_000_000, 64_000_000, 1, 64_000_000),
    (64_000_001, 10_000_000, 6, 14_000_001),
    (67_108_865, 10_000_000, 6, 17_108_865),
    (50_000_123, 10_000_000, 5, 10_000_123),
    (287_000_000, 10_000_000, 28, 17_000_000),
    (4_294_967_296, 10_000_000, 429, 14_967_296),
    (158_008_374, 5_242_880, 30, 158_008_374 - 29 * 5_242_880),
]


@pytest.mark.parametrize(("total", "size", "count", "last"), PLANS)
def test_plans_that_tiktok_takes(total: int, size: int, count: int, last: int) -> None:
    parts = plan(total, size, "last")
    assert (len(parts), parts[-1].size) == (count, last)
    assert tile(parts, total)


@pytest.mark.parametrize(
    ("total", "size", "remainder", "sizes"),
    [
        (10, 4, "own", [4, 4, 2]),
        (10, 4, "last", [4, 6]),
        (10, 5, "own", [5, 5]),
        (10, 5, "last", [5, 5]),
        (3, 5, "own", [3]),
        (3, 5, "last", [3]),
        (1, 1, "own", [1]),
    ],
)
def test_small_plans(total: int, size: int, remainder: Remainder, sizes: list[int]) -> None:
    assert [part.size for part in plan(total, size, remainder)] == sizes


@pytest.mark.parametrize(
    ("total", "size"),
    [(0, 5), (5, 0), (5, -1), (-1, 5), (MAX_PARTS + 1, 1), (10**18, 1), (2 * MAX_PARTS + 1, 2)],
)
@pytest.mark.parametrize("remainder", ["own"])
def test_figures_that_make_no_plan(total: int, size: int, remainder: Remainder) -> None:
    with pytest.raises(ActionFailed, match="cannot be planned") as caught:
        plan(total, size, remainder)
    assert (caught.value.code, caught.value.sent) == ("internal", "no")


def test_as_many_parts_as_are_taken() -> None:
    assert len(plan(MAX_PARTS, 1)) == MAX_PARTS


def test_ranges_that_a_server_gives() -> None:
    found = planning.given([(0, 3), (4, 9), (2, 2)], 10)
    assert found == (Part(0, 0, 3), Part(1, 4, 9), Part(2, 2, 2))


@pytest.mark.parametrize(
    "ranges",
    [
        [(0, 10)],
        [(-1, 3)],
        [(5, 4)],
        [(0, 3), (4, 99)],
        [("0", 3)],
        [(0, None)],
        [(0, 3.0)],
        [(False, True)],
        [(0, "x" * 10_000)],
        [(0, 1)] * (MAX_PARTS + 1),
    ],
)
def test_ranges_that_are_none_of_the_file(ranges: list[tuple[Any, Any]]) -> None:
    with pytest.raises(ActionFailed, match="cannot be planned") as caught:
        planning.given(ranges, 10)
    assert len(caught.value.message) < 300


PARTS = plan(25, 10, "last")  # 0-9, 10-24


@pytest.mark.parametrize(
    ("headers", "index"),
    [
        ({"content-range": "bytes 0-10/25"}, 1),  # a count
        ({"content-range": "bytes 0-9/25"}, 1),  # the last byte
        ({"content-range": "bytes 0-25/25"}, 2),
        ({"content-range": "bytes 0-24/25"}, 2),
        ({"content-range": "bytes 0-0/25"}, 0),
        ({"content-range": "bytes=0-9"}, 1),
        ({"content-range": "0-9/*"}, 1),
        ({"range": "bytes=0-9"}, 1),
        ({"range": "0-9"}, 1),
        ({"content-range": "bytes 0-5/25"}, None),
        ({"content-range": "bytes 0-11/25"}, None),
        ({"content-range": "bytes */25"}, None),
        ({"content-range": "bytes 10-9/25"}, None),
        ({"content-range": "bytes 10-10/25"}, None),
        ({"content-range": "bytes 0-" + "9" * 5000}, None),
        ({"content-range": ""}, None),
        ({}, None),
    ],
)
def test_where_to_go_on(headers: dict[str, str], index: int | None) -> None:
    assert resume(PARTS, headers, 25) == index


@given(figures(), st.data())
def test_going_on_repeats_and_leaves_out_nothing(given_figures: tuple[int, int], data: st.DataObject) -> None:
    # A first part of one byte cannot be told from none: "0-0" is a count of 0 or the last byte's index.
    total, size = (max(figure, 2) for figure in given_figures)
    parts = plan(total, size, "last")
    done = data.draw(st.integers(0, len(parts)))
    received = parts[done].first if done < len(parts) else total
    said = [received] if received == 0 else [received, received - 1]
    for number in said:
        assert resume(parts, {"content-range": f"bytes 0-{number}/{total}"}, total) == done


@given(st.text(max_size=30))
def test_no_header_breaks_the_going_on(text: str) -> None:
    found = resume(PARTS, {"content-range": text}, 25)
    assert found is None or 0 <= found <= len(PARTS)
