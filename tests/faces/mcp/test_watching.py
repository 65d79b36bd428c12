"""What a client is told while a run goes on, and what is counted of it."""

from __future__ import annotations

import asyncio

import pytest

from postwire import ActionFailed
from postwire.faces.mcp.audit import HOUR, Changes
from postwire.faces.mcp.meter import Meter
from postwire.values import Event

Told = list[tuple[float, float | None, str | None]]


def uploaded(done: int) -> Event:
    return Event("upload", "upload", done=done, total=100)


def test_the_last_figure_is_always_told() -> None:
    told: Told = []

    async def report(done: float, total: float | None, message: str | None) -> None:
        told.append((done, total, message))

    async def go() -> None:
        async with Meter(report) as meter:
            meter.watch(uploaded(40))
            meter.watch(uploaded(100))

    asyncio.run(go())
    assert told == [(100.0, 100.0, None)]


def test_a_slow_client_gets_the_latest_figure_and_holds_nobody_up() -> None:
    told: Told = []

    async def go() -> None:
        free = asyncio.Event()

        async def report(done: float, total: float | None, message: str | None) -> None:
            await free.wait()
            told.append((done, total, message))

        async with Meter(report) as meter:
            for done in range(1, 90):
                meter.watch(uploaded(done))
                await asyncio.sleep(0)
            free.set()
            for _ in range(5):
                await asyncio.sleep(0)

    asyncio.run(go())
    assert len(told) <= 3
    assert told[-1][0] == 89.0


def test_a_client_that_has_gone_does_not_make_a_failure_of_it() -> None:
    async def report(done: float, total: float | None, message: str | None) -> None:
        raise ConnectionError("gone")

    async def go() -> str:
        async with Meter(report) as meter:
            meter.watch(uploaded(40))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            meter.watch(uploaded(100))
        return "published"

    assert asyncio.run(go()) == "published"


def test_figures_only_grow_and_waits_show_that_it_lives() -> None:
    told: Told = []

    async def report(done: float, total: float | None, message: str | None) -> None:
        told.append((done, total, message))

    async def go() -> None:
        async with Meter(report) as meter:
            for event in (
                uploaded(50),
                uploaded(30),
                Event("wait", "poll", message="processing"),
                Event("step", "next"),
                Event("wait", "poll", message="processing"),
            ):
                meter.watch(event)
                for _ in range(3):
                    await asyncio.sleep(0)
            assert meter.bytes == 50

    asyncio.run(go())
    figures = [each[0] for each in told]
    assert figures == sorted(set(figures))
    assert [each[2] for each in told] == [None, "processing", "processing"]


def test_the_limit_is_for_any_hour_and_for_each_client() -> None:
    now = [0.0]
    changes = Changes(2, lambda: now[0])
    changes.count("a")
    now[0] = 600.0
    changes.count("a")
    changes.count("b")
    with pytest.raises(ActionFailed) as raised:
        changes.count("a")
    assert raised.value.retry_after == HOUR - 600
    assert raised.value.sent == "no"
    now[0] = HOUR
    changes.count("a")
    with pytest.raises(ActionFailed):
        changes.count("a")


def test_no_limit_is_no_limit() -> None:
    changes = Changes(None)
    for _ in range(1000):
        changes.count("a")
