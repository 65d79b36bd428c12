"""The upload plan as a rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.simulator.tiktok import plan
from postwire.simulator.tiktok.refusal import RefusalError

SIZES = st.integers(1, plan.MAX_SIZE)


@given(SIZES)
def test_the_safe_plan_is_taken_and_its_parts_are_the_file(size: int) -> None:
    chunk = size if size <= 64_000_000 else 10_000_000
    count = size // chunk
    assert plan.check(size, chunk, count, strict=True) == (size, chunk, count)
    parts = [plan.part_length(size, chunk, count, number) for number in range(1, count + 1)]
    assert sum(parts) == size
    assert set(parts[:-1]) <= {chunk}
    assert chunk <= parts[-1] < 2 * chunk


@given(SIZES.filter(lambda size: size % 10_000_000 and size > 10_000_000))
def test_rounding_the_count_up_is_refused(size: int) -> None:
    with pytest.raises(RefusalError, match="total chunk count"):
        plan.check(size, 10_000_000, size // 10_000_000 + 1)


@given(SIZES, st.integers(1, plan.MAX_SIZE), st.integers(0, 1000))
def test_a_plan_is_taken_when_it_keeps_every_rule(size: int, chunk: int, count: int) -> None:
    rules = (
        1 <= count == size // chunk,
        chunk <= 67_108_864,
        chunk >= 5_000_000 or chunk == size,
        count > 1 or chunk == size,
    )
    if all(rules):
        plan.check(size, chunk, count)
        return
    with pytest.raises(RefusalError, match=r"The (chunk size|total chunk count) is invalid"):
        plan.check(size, chunk, count)
