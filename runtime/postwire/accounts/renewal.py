"""When a token is renewed, and what follows from how that went: pure decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from postwire.errors import CATALOGUE
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
UPLOADING: Final = 900.0  # the same for an action that uploads
JITTER: Final = 0.1  # of a back-off, more or less, so that accounts that failed together part
_SERVER_FAULT: Final = 500


def means(auth: Auth, tokens: Tokens) -> bool:
    """Whether there is a way to renew these tokens."""
    uses = auth.refresh.uses
    return bool(auth.refresh.steps) and (
        uses == "access_token" or (uses == "refresh_token" and tokens.refresh is not None)
    )


def refresh_at(auth: Auth, tokens: Tokens, now: float) -> float | None:
    """When tokens that came at *now* should be renewed; None where they have no end.

    By the lead that the manifest names, else a quarter of their life, at least ten minutes before their end,
    but not in the first half of their life, nor before the platform takes them (`min_age`). Lifetimes come
    from the platform's answer alone. Tokens that cannot be renewed are due at their end: then their owner has
    to be asked.
    """
    if tokens.expires_at is None or not means(auth, tokens):
        return tokens.expires_at
    life = tokens.expires_at - now
    lead = parse_duration(auth.refresh.lead) if auth.refresh.lead else max(LEAST, life * SHARE)
    # One that lives shorter than the lead would be due again as soon as it came.
    return max(now + _min_age(auth), tokens.expires_at - min(lead, life / 2))


def too_young(auth: Auth, stored: StoredAccount, now: float) -> bool:
    """The platform may not renew the token yet, and it is not due either.

    When it came is not stored; the last change of the account is not before that.
    """
    due = stored.refresh_at is not None and stored.refresh_at <= now
    age = max(0.0, now - stored.updated_at)  # the database's clock may be ahead of ours
    return not due and age < _min_age(auth)


def _min_age(auth: Auth) -> float:
    return parse_duration(auth.refresh.min_age) if auth.refresh.min_age else 0.0


def ended(tokens: Tokens, now: float) -> bool:
    """The access token is over, by the platform's own word."""
    return tokens.expires_at is not None and tokens.expires_at <= now


def resting(stored: StoredAccount, now: float) -> bool:
    """No renewal is due yet after a failure."""
    return rests_until(stored) > now


def rests_until(stored: StoredAccount) -> float:
    """The moment before which there is no renewal after a failure; 0 without one."""
    return max(stored.next_attempt_at or 0.0, stored.paused_until or 0.0)


def standing(auth: Auth, tokens: Tokens) -> tuple[State, str]:
    """How an account stands with these tokens, and why: `limited` where less was granted than asked for."""
    lacking = sorted(set(auth.authorize.scopes) - tokens.scopes) if tokens.scopes is not None else []
    return ("limited", f"Not granted: {', '.join(lacking)}.") if lacking else ("active", "")


def carried(before: Tokens, fresh: Tokens) -> Tokens:
    """*fresh* with what it leaves open: a refresh token that stays the same keeps its end."""
    if fresh.refresh == before.refresh and fresh.refresh_expires_at is None:
        return replace(fresh, refresh_expires_at=before.refresh_expires_at)
    return fresh


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an account stands after a renewal failed; times are seconds since 1970.

    Attributes:
        counts: it is one more of the failures that end in a pause.
        unknown: the platform may have taken the request, so that the refresh token may be spent.
    """

    state: State
    reason: str
    counts: bool
    next_attempt_at: float | None = None
    paused_until: float | None = None
    unknown: bool = False


def judge(
    stored: StoredAccount, error: ActionFailed, now: float, *, interrupted: bool, chance: float = 0.5
) -> Verdict:
    """What a failed renewal means.

    Only a refusal of the grant itself needs the owner. A failure of the platform or the network passes, and
    so does a wrong setting (the app's keys, say) once the operator has put it right: half an hour's rest, and
    after the third in a row a pause of a day. Such an account works until its token ends.

    Args:
        stored: the account before the failure.
        error: what went wrong.
        now: seconds since 1970.
        interrupted: an earlier renewal with the same token never ended.
        chance: from 0 to 1; where in its ten percent of jitter the back-off lies.
    """
    if error.code == "auth_expired":
        spent = (
            "refresh_interrupted: an earlier renewal never ended, and the platform holds its token for used."
        )
        return Verdict("needs_reconnect", spent if interrupted else error.message, counts=False)
    passes = CATALOGUE[error.code].retryable
    over = stored.expires_at is not None and stored.expires_at <= now
    state: State = "degraded" if passes or not over else "error"
    reason = error.message if passes else f"{error.message} {error.remedy}"
    paused = stored.fails + 1 >= STRIKES
    rest = (PROBE if paused else BACK_OFF) * (1 - JITTER + 2 * JITTER * chance)
    again = now + max(rest, error.retry_after or 0.0)
    if paused:
        why = f"Paused after {stored.fails + 1} failures: {reason}"
        return Verdict(state, why, counts=True, paused_until=again, unknown=_maybe_taken(error))
    return Verdict(state, reason, counts=True, next_attempt_at=again, unknown=_maybe_taken(error))


def _maybe_taken(error: ActionFailed) -> bool:
    """Without an answer, or with one that holds no tokens and no refusal, nobody knows."""
    broke = isinstance(status := error.provider.get("status"), int) and status >= _SERVER_FAULT
    return error.sent == "maybe" or (error.sent == "yes" and (broke or error.code == "internal"))
