"""How often the platforms let us call, kept over all runs of a process: sliding windows, one per key."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Final

from postwire.values import Lost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postwire.values import Limit, Response

QUOTA: Final = 3600.0  # seconds from which on a limit counts what was done, not the calls
_REFUSALS: Final = range(400, 500)


def is_refused(answer: Response | Lost) -> bool:
    """Whether a call did nothing, so that it uses up no quota of a day."""
    return answer.sent == "no" if isinstance(answer, Lost) else answer.status in _REFUSALS


class Limiter:
    """Counts calls under the keys of their limits; safe to use from threads. Pure: the clock is handed in."""

    def __init__(self) -> None:
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def take(self, limits: Sequence[Limit], now: float) -> float:
        """0 when a call may go out at *now*, which is then counted; else the seconds until asking again."""
        with self._lock:
            wait = 0.0
            for limit in limits:
                wait = max(wait, self._wait(limit, now))
            if wait <= 0:
                for limit in limits:
                    self._calls[limit.key].append(now)
            return wait

    def give_back(self, limits: Sequence[Limit]) -> None:
        """Count the last call less where the limit is a quota: the platform refused it."""
        with self._lock:
            for limit in limits:
                if limit.per >= QUOTA and self._calls[limit.key]:
                    self._calls[limit.key].pop()

    def _wait(self, limit: Limit, now: float) -> float:
        calls = self._calls[limit.key]
        while calls and calls[0] <= now - limit.per:
            calls.popleft()
        return calls[0] + limit.per - now if len(calls) >= limit.calls else 0.0
