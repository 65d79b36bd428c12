"""Whether a request may be sent again, and when. A create is never repeated blindly.

| what happened                           | safe request          | create (POST, PATCH)         |
|-----------------------------------------|-----------------------|------------------------------|
| not sent (no connection)                | again                 | again: nothing happened      |
| sent, no answer                         | again                 | unknown: never again         |
| 429                                     | again, when told to   | again: it was refused        |
| 500, 502, 504 and the like              | again                 | unknown: it may have gone on |
| 503                                     | again                 | again: it was not taken up   |
| a success that nobody described         | never                 | unknown: something went on   |
| any other refusal                       | never                 | never                        |
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final, Literal

from postwire.errors import ActionFailed
from postwire.values import Lost

_SAFE_METHODS: Final = frozenset({"GET", "PUT", "DELETE"})
_NOT_TAKEN_UP: Final = frozenset({429, 503})
_SUCCESS: Final = range(200, 300)
_DOUBLINGS: Final = 30


@dataclass(frozen=True, slots=True)
class Policy:
    """How persistent a run is.

    Attributes:
        attempts: how often one request is sent at most.
        first: seconds before the second attempt; each further wait doubles, half of it by chance.
        longest: seconds that one wait may take; when a platform asks for more, the action fails and says so.
    """

    attempts: int = 4
    first: float = 1.0
    longest: float = 120.0


def is_safe(method: str, word: Literal["safe", "never", "default"]) -> bool:
    """Whether a repeat cannot do harm: by the manifest's word, else by the method (RFC 9110, 9.2.2)."""
    return word == "safe" or (word == "default" and method in _SAFE_METHODS)


def is_unknown(outcome: Lost | ActionFailed, *, safe: bool) -> bool:
    """Whether the platform may have done what was asked although nobody said so."""
    if safe:
        return False
    if isinstance(outcome, Lost):
        return outcome.sent == "maybe"
    status = outcome.provider.get("status")
    fault = outcome.code == "transient" and status not in _NOT_TAKEN_UP
    return fault or (outcome.code == "internal" and status in _SUCCESS)


def delay(outcome: Lost | ActionFailed, attempt: int, policy: Policy, seed: str) -> float | None:
    """Seconds to wait before attempt number *attempt* + 1, or None: give up.

    Only for outcomes that are not unknown. *seed* spreads the waits of different runs, the same each time.
    """
    if attempt >= policy.attempts:
        return None
    if isinstance(outcome, ActionFailed):
        if outcome.code not in ("transient", "rate_limited"):
            return None
        if outcome.retry_after is not None:
            return outcome.retry_after if outcome.retry_after <= policy.longest else None
    whole = policy.first * float(2 ** min(attempt - 1, _DOUBLINGS))
    chance = zlib.crc32(f"{seed}:{attempt}".encode()) / 2**32
    return min(policy.longest, whole * (0.5 + chance / 2))
