"""Hands on how far an upload is: the latest figure, never faster than the client takes them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from postwire.values import Event


class Report(Protocol):
    """Tells the client: how much is done, of how much, and in words."""

    async def __call__(self, done: float, total: float | None, message: str | None) -> None: ...  # noqa: D102 - the class says it


class Meter:
    """Watches a run; figures only grow, as the protocol wants it. A context manager around the run."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._latest: tuple[float, float | None, str | None] | None = None
        self._far = 0.0
        self.bytes = 0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._tell()

    def watch(self, event: Event) -> None:
        """Take in an event of the run; bytes as they are, and waits so that the client sees it lives."""
        if event.done is not None and event.done > self._far:
            self.bytes = event.done
            self._far = float(event.done)
            self._latest = (self._far, event.total and float(event.total), event.message or None)
        elif event.kind in {"wait", "retry"} and event.message:
            self._far += 0.001
            self._latest = (self._far, None, event.message)
        self._wake.set()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._tell()

    async def _tell(self) -> None:
        latest, self._latest = self._latest, None
        if latest is not None:
            # A client that has gone away must not make a failure of what was published.
            with contextlib.suppress(Exception):
                await self._report(*latest)
