"""When a token is renewed, and what follows from how that went: pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from postwire.language.units import parse_duration

if TYPE_CHECKING:
    from postwire.accounts.records import State, StoredAccount
    from postwire.accounts.tokens import Tokens
    from postwire.errors import ActionFailed
    from postwire.language.manifest import Auth

SHARE: Final = 0.25  # of a token's life that is left when it is renewed, where the manifest says nothing
LEAST: Final = 600.0  # seconds
BACK_OFF: Final = 1800.0  # seconds after a failure that may pass
STRIKES: Final = 3  # such failures in a row that end in a pause
PROBE: Final = 86_400.0  # seconds after which a paused account is tried again
MARGIN: Final = 120.0  # seconds that a token must still live when an action begins
_PERMANENT: Final = frozenset(
    {"auth_expired", "permission_denied", "scope_missing", "not_found", "invalid_input"}
)


def means(auth: Auth, tokens: Tokens) -> bool:
    """Whether there is a way to renew these tokens."""
    uses = auth.refresh.uses
    return bool(auth.refresh.steps) and (
        uses == "access_token" or (uses == "refresh_token" and tokens.refresh is not None)
    )


def refresh_at(auth: Auth, tokens: Tokens, now: float) -> float | None:
    """When tokens that came at *now* should be renewed; None where they have no end or cannot be.

    By the lead that the manifest names, else a quarter of their life, at least ten minutes before their end;
    never before the platform takes them (`min_age`). Lifetimes come from the platform's answer alone.
    """
    if tokens.expires_at is None or not means(auth, tokens):
        return None
    life = tokens.expires_at - now
    lead = parse_duration(auth.refresh.lead) if auth.refresh.lead else max(LEAST, life * SHARE)
    soonest = now + (parse_duration(auth.refresh.min_age) if auth.refresh.min_age else 0.0)
    return max(soonest, tokens.expires_at - lead)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an account stands after a renewal failed; times are seconds since 1970."""

    state: State
    reason: str
    counts: bool
    next_attempt_at: float | None = None
    paused_until: float | None = None


def judge(stored: StoredAccount, error: ActionFailed, now: float, *, interrupted: bool) -> Verdict:
    """What a failed renewal means.

    A failure of the platform or the network passes: half an hour's rest, and after the third in a row a
    pause of a day. Only a refusal of the grant itself needs the user.
    """
    if error.code in _PERMANENT and error.sent == "yes":
        reason = (
            "refresh_interrupted: an earlier renewal never ended, and the platform holds its token for used."
        )
        return Verdict("needs_reconnect", reason if interrupted else error.message, counts=False)
    if error.code == "internal" and error.sent == "yes":
        return Verdict("error", error.message, counts=True, next_attempt_at=now + BACK_OFF)
    rest = max(BACK_OFF, error.retry_after or 0.0)
    if stored.fails + 1 >= STRIKES:
        return Verdict(
            "degraded", f"Paused after {STRIKES} failures: {error.message}", True, paused_until=now + PROBE
        )
    return Verdict("degraded", error.message, counts=True, next_attempt_at=now + rest)
