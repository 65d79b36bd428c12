"""Watching a run until it ends, from whichever process runs it: for pages and programs.

Each look is one query; what is told is the run as it is then, so that who missed some has missed nothing that
counts.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.responses import StreamingResponse

from postwire.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.responses import Response

    from postwire.faces.web.site import Site
    from postwire.publish.records import Run

LOOK: Final = 0.4  # seconds between two looks at a run
QUIET: Final = 15.0  # seconds of silence after which a proxy may give a connection up
SSE: Final = "text/event-stream"
PING: Final = ": still here\n\n"
_OPEN: Final = frozenset({"waiting", "running"})
_SOON: Final = 0.05  # seconds until the second look of somebody who waits


@dataclass(frozen=True, slots=True)
class Seen:
    """A run as it was seen.

    Attributes:
        id: changes with all that is shown of a run; the browser sends it back as `Last-Event-ID`.
        run: the run.
    """

    id: str
    run: Run

    @property
    def ended(self) -> bool:
        """Nobody works on it any more."""
        return has_ended(self.run)

    @property
    def event(self) -> str:
        """What the event is called: `progress`, and `end` for the last one."""
        return "end" if self.ended else "progress"


def has_ended(run: Run) -> bool:
    """Nobody works on it, and none is going to."""
    return run.state not in _OPEN


async def events(site: Site, workspace: str, run: str, last: str | None = None) -> AsyncIterator[Seen | None]:
    """A run each time that it has changed, up to its end; None after each 15 seconds without a change.

    Args:
        site: where it is.
        workspace: whose it is.
        run: its id or key.
        last: the id of what was seen before the connection broke off; if nothing has changed since then, it
            is not told again. The end always is.

    Raises:
        UnknownName: no such run in this workspace, at once.
    """
    found = await site.vault.run(site.journal.get, workspace, run)
    quiet = time.monotonic()
    while True:
        seen = Seen(_mark(found), found)
        if seen.ended or seen.id != last:
            yield seen
            last, quiet = seen.id, time.monotonic()
        elif time.monotonic() - quiet >= QUIET:
            yield None
            quiet = time.monotonic()
        if seen.ended:
            return
        await asyncio.sleep(LOOK)
        try:
            found = await site.vault.run(site.journal.find, found.id)
        except UnknownName:  # forgotten meanwhile
            return


async def until_ended(site: Site, run: Run, seconds: float) -> Run:
    """*run* when it has ended, or as it is after so many seconds."""
    until, nap = time.monotonic() + seconds, _SOON
    while not has_ended(run) and (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(nap, left))
        nap = min(nap * 1.5, LOOK)
        run = await site.vault.run(site.journal.find, run.id)
    return run


def stream(frames: AsyncIterator[str]) -> Response:
    """*frames* as an answer that no proxy holds back."""
    return StreamingResponse(frames, media_type=SSE, headers={"X-Accel-Buffering": "no"})


def frame(seen: Seen, data: str) -> str:
    """*seen* as an event of text/event-stream; *data* is what it says, as JSON or HTML."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"id: {seen.id}\nevent: {seen.event}\n{lines}\n"


def _mark(run: Run) -> str:
    told = [run.state, run.code, run.attempts, run.run_at, run.cancelled_at, run.updated_at, run.progress]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:16]
