"""Sliding windows: never more calls than allowed in any window, and no longer a wait than needed."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.decide.limits import Limiter, is_refused
from postwire.values import Limit, Lost, Response

FEW = Limit("few", 2, 10)
MANY = Limit("many", 3, 60)


def test_so_many_calls_go_at_once_and_the_next_waits() -> None:
    limiter = Limiter()
    assert [limiter.take([FEW], now) for now in (0, 1, 2, 5)] == [0, 0, 8, 5]
    assert limiter.take([FEW], 10) == 0


def test_every_limit_must_allow_it_and_a_refusal_counts_for_none() -> None:
    limiter = Limiter()
    assert [limiter.take([FEW, MANY], now) for now in (0, 0, 10, 20)] == [0, 0, 0, 40]
    assert limiter.take([FEW], 20) == 0


def test_keys_are_counted_apart() -> None:
    limiter = Limiter()
    assert [limiter.take([Limit(key, 1, 10)], 0) for key in ("a", "b", "a")] == [0, 0, 10]


def test_what_the_platform_refused_uses_up_no_quota_of_a_day_but_the_minute() -> None:
    minute, day = Limit("minute", 2, 60), Limit("day", 2, 86_400)
    limiter = Limiter()
    for now in (0, 60, 120, 180):
        assert limiter.take([minute, day], now) == 0
        limiter.give_back([minute, day])
    assert limiter.take([minute, day], 240) == 0
    assert limiter.take([minute], 241) == 0
    assert limiter.take([minute], 242) == 58
    assert limiter.take([day], 300) == 0
    assert limiter.take([day], 301) == 240 + 86_400 - 301


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (Response(200, {}, b""), False),
        (Response(403, {}, b""), True),
        (Response(429, {}, b""), True),
        (Response(500, {}, b""), False),
        (Lost("no", "nobody listens"), True),
        (Lost("maybe", "the connection broke"), False),
    ],
)
def test_what_counts_as_refused(answer: Response | Lost, refused: bool) -> None:
    assert is_refused(answer) is refused


def test_without_limits_nothing_waits() -> None:
    assert Limiter().take([], 0) == 0


@given(
    calls=st.integers(1, 5),
    per=st.integers(1, 30),
    pauses=st.lists(st.integers(0, 10), min_size=1, max_size=60),
)
def test_no_window_holds_more_than_allowed(calls: int, per: int, pauses: list[int]) -> None:
    limiter, now, sent = Limiter(), 0.0, []
    for pause in pauses:
        now += pause
        while wait := limiter.take([Limit("k", calls, per)], now):
            assert 0 < wait <= per
            now += wait
        sent.append(now)
    for first in sent:
        assert sum(first <= moment < first + per for moment in sent) <= calls


@pytest.mark.parametrize("threads", [8])
def test_threads_share_one_count(threads: int) -> None:
    limiter, taken = Limiter(), list[bool]()
    begin = threading.Barrier(threads)

    def work() -> None:
        begin.wait()
        taken.extend(limiter.take([Limit("k", 10, 60)], 0) == 0 for _ in range(10))

    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert sum(taken) == 10
