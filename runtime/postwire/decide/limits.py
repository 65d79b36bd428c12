"""How often the platforms let us call, kept over all runs of a process: sliding windows, one per key."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postwire.values import Limit


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

    def _wait(self, limit: Limit, now: float) -> float:
        calls = self._calls[limit.key]
        while calls and calls[0] <= now - limit.per:
            calls.popleft()
        return calls[0] + limit.per - now if len(calls) >= limit.calls else 0.0
