"""A clock that tests can turn."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Real time plus an offset that only grows."""

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self._offset = 0.0

    def now(self) -> float:
        """Tell the simulated time, in seconds since 1970."""
        return self._real() + self._offset

    def advance(self, seconds: float) -> float:
        """Go forward by seconds and tell the new time; a negative number is a ValueError."""
        if seconds < 0:
            raise ValueError(
                "The simulator's clock only goes forward: give a number of seconds of 0 or more."
            )
        self._offset += seconds
        return self.now()

    def reset(self) -> None:
        """Go back to real time."""
        self._offset = 0.0
