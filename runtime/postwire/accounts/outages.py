"""Platforms that are out: one that fails for many accounts at once is left in peace, and none is blamed.

Else an outage of an hour would pause every account that was due in it, although nothing is wrong with any.
This process knows of it, and no other; a restart tries again.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from postwire.accounts.renewal import BACK_OFF

if TYPE_CHECKING:
    from postwire.accounts.records import StoredAccount

MANY: Final = 5  # accounts that fail, and none that succeeds


class Outages:
    """What renewals have found of the platforms; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failing: dict[tuple[str, str], set[str]] = {}
        self._until: dict[tuple[str, str], float] = {}

    def until(self, stored: StoredAccount) -> float:
        """When the account's platform is tried again, in seconds since 1970; 0 where it is not out."""
        return self._until.get(_platform(stored), 0.0)

    def failed(self, stored: StoredAccount, now: float, *, blamed: bool) -> frozenset[str]:
        """It failed for this account too, in a way that passes; *blamed*: that is written against it.

        Returns:
            The ids of the accounts that are blamed for an outage, each once; none where there is none.
        """
        platform = _platform(stored)
        with self._lock:
            failing = self._failing.setdefault(platform, set())
            failing |= {stored.id} if blamed else set()
            if platform not in self._until and len(failing) < MANY:
                return frozenset()
            self._until[platform] = now + BACK_OFF
            return frozenset(self._failing.pop(platform))

    def answered(self, stored: StoredAccount) -> None:
        """It gave an account new tokens, or refused it: it works."""
        with self._lock:
            self._failing.pop(_platform(stored), None)
            self._until.pop(_platform(stored), None)


def _platform(stored: StoredAccount) -> tuple[str, str]:
    return stored.integration, stored.flavour  # each kind of login has hosts of its own
