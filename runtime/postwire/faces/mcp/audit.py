"""One line for each call: who did what through which account, and what came of it. No values, no secrets."""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from postwire.errors import ActionFailed

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = 3600.0  # seconds


@dataclass(slots=True)
class Entry:
    """What is written of a call.

    Attributes:
        tool: as it was called.
        client: the program that called, and how it said who it is.
        action: the action's id; "" for the tools of the server itself.
        effect: what the action does.
        account: who acted.
        fields: the names of the arguments, never their values.
        outcome: `done`, `cancelled`, `declined`, `asked`, or an error's code.
        sent: bytes that were uploaded.
    """

    tool: str
    client: str
    action: str = ""
    effect: str = ""
    account: str = ""
    fields: list[str] = field(default_factory=list)
    outcome: str = "done"
    sent: int = 0
    begun: float = field(default_factory=time.monotonic)

    def line(self) -> str:
        """As JSON on one line, with the time and how long it took."""
        said: dict[str, Any] = asdict(self)
        took = time.monotonic() - said.pop("begun")
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        return json.dumps({"at": at, **said, "seconds": round(took, 3)}, ensure_ascii=False)


class Changes:
    """Counts what each client changes, against a limit for an hour.

    Args:
        limit: calls an hour; None for any number.
        clock: seconds that only grow.
    """

    def __init__(self, limit: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._calls: dict[str, deque[float]] = {}

    def count(self, client: str) -> None:
        """Count a call that changes something.

        Raises:
            ActionFailed: `quota_exceeded`, the limit is reached; says when it may go on.
        """
        if self._limit is None:
            return
        now = self._clock()
        calls = self._calls.setdefault(client, deque())
        while calls and calls[0] <= now - HOUR:
            calls.popleft()
        if len(calls) >= self._limit:
            raise ActionFailed(
                "quota_exceeded",
                f"This server lets a client change {self._limit} things an hour; nothing was sent.",
                remedy="Wait, or have the server's operator raise --changes.",
                sent="no",
                retry_after=calls[0] + HOUR - now,
            )
        calls.append(now)
