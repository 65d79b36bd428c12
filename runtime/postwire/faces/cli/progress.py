"""Shows how far a run is, on stderr: bars on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from postwire.faces.cli import output
from postwire.language.units import show_duration, show_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import TaskID

    from postwire.values import Event

_TENTHS: Final = 10
_EVERY: Final = 5.0  # seconds between two lines about one thing


@contextmanager
def watching() -> Iterator[Callable[[Event], None]]:
    """What to call with every event of a run, for as long as the block runs."""
    if not _is_terminal():
        yield Lines(output.tell)
        return
    bars = Bars()
    try:
        yield bars
    finally:
        bars.close()


def _is_terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


class Lines:
    """Plain lines: of an upload one for every tenth, of a wait one in five seconds. Safe among threads."""

    def __init__(self, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._clock = clock
        self._lock = threading.Lock()
        self._tenths: dict[str, int] = {}
        self._told: dict[tuple[str, str], float] = {}

    def __call__(self, event: Event) -> None:
        """Tell of *event*, unless that was done just now."""
        with self._lock:
            if event.kind == "upload":
                self._upload(event)
            elif event.kind != "wait" or self._is_time(event):
                self._tell(_line(event))

    def _upload(self, event: Event) -> None:
        done, total = event.done or 0, event.total or 1
        tenth = done * _TENTHS // total
        before = self._tenths.get(event.step, 0)
        if tenth > before or (done < total and self._is_time(event)):
            self._told["upload", event.step] = self._clock()
            self._tell(f"{event.step}: {100 * done // total} % of {show_size(total)}")
        self._tenths[event.step] = max(tenth, before)

    def _is_time(self, event: Event) -> bool:
        key, now = (event.kind, event.step), self._clock()
        if event.kind == "upload":
            self._told.setdefault(key, now)  # its first line comes with the first tenth
        if now - self._told.get(key, now - _EVERY) < _EVERY:
            return False
        self._told[key] = now
        return True


def _line(event: Event) -> str:
    parts = [f"{event.step}: {event.message or 'begun'}"]
    if event.kind == "retry":
        parts.append(f" Trying again in {show_duration(event.seconds or 0)}.")
    elif event.seconds:
        parts.append(f" Waiting {show_duration(event.seconds)}.")
    return "".join(parts)


class Bars:
    """Progress bars, one for each upload; waits and retries are lines above them. Safe among threads."""

    def __init__(self, console: Any = None) -> None:
        from rich.console import Console  # noqa: PLC0415 - costs 60 ms, and only terminals need it
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn  # noqa: PLC0415

        self._lock = threading.Lock()
        self._uploads: dict[str, tuple[TaskID, int]] = {}
        text = TextColumn("{task.description}", markup=False)
        self._bars = Progress(
            text,
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=console or Console(stderr=True, highlight=False),
        )
        self._bars.start()

    def __call__(self, event: Event) -> None:
        """Show *event*."""
        with self._lock:
            if event.kind == "upload":
                self._upload(event)
            else:
                self._bars.console.print(output.masked(output.plain(_line(event))), markup=False)

    def close(self) -> None:
        """Leave the bars as they stand."""
        self._bars.stop()

    def _upload(self, event: Event) -> None:
        task, most = self._uploads.get(event.step) or (self._bars.add_task(event.step, total=event.total), 0)
        most = max(most, event.done or 0)
        self._uploads[event.step] = task, most
        self._bars.update(task, completed=most)
