"""How a connected account is, as people are shown it: in words, with a colour, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from postwire.accounts.renewal import rests_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.accounts.records import StoredAccount
    from postwire.language.catalog import Catalog

Colour = Literal["green", "amber", "red"]
NOTICE: Final = 7 * 86_400.0  # seconds before the end of an access that cannot be renewed
_LABELS: Final = {"active": "Active", "inactive": "Inactive", "failed": "Failed"}
_RECONNECT: Final = "Connect the account again; what is scheduled for it goes on then."


@dataclass(frozen=True, slots=True)
class Health:
    """What people are shown.

    Attributes:
        status: by which lists are filtered and counted.
        label: in words.
        works: an action may be tried.
        reason: why it is not plainly active; "" if it is.
        remedy: what to do about it; "" for nothing.
        tasks: what the platform lets the owner do with this account (a Page, say), in its own words; None
            where it does not tell.
    """

    status: Literal["active", "inactive", "failed"]
    label: str
    colour: Colour
    works: bool
    reason: str = ""
    remedy: str = ""
    tasks: tuple[str, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        plain = {"status": self.status, "label": self.label, "colour": self.colour, "works": self.works}
        told = {"reason": self.reason, "remedy": self.remedy, "tasks": self.tasks and list(self.tasks)}
        return {**plain, **{name: value for name, value in told.items() if value}}


def health(stored: StoredAccount, now: float) -> Health:
    """How *stored* is at *now* (seconds since 1970), from its state and its times alone."""
    if stored.state == "error":
        remedy = "The operator corrects what the message says; then renew the account."
        return _shown(stored, "failed", "red", reason=stored.reason, remedy=remedy)
    if stored.state == "disconnected":
        return _shown(
            stored, "inactive", "amber", "Disconnected", remedy="Connect the account to use it again."
        )
    if stored.state == "needs_reconnect" or (_over(stored, now) and not _renewable(stored)):
        reason = stored.reason or "The access has ended."
        return _shown(stored, "inactive", "amber", "Needs reconnect", reason, _RECONNECT)
    if stored.state == "degraded":
        return _degraded(stored, now)
    if stored.state == "limited":
        remedy = "Connect the account again and approve every permission."
        return _shown(stored, "active", "amber", reason=stored.reason, remedy=remedy)
    return _active(stored, now)


def capable(catalog: Catalog, stored: StoredAccount) -> dict[str, tuple[str, ...]]:
    """Each action that accounts of this kind have, and the permissions that this one lacks for it.

    A permission such as `a or b` is lacking when neither was granted. Where nobody knows what was granted,
    nothing is lacking: the platform decides.

    Raises:
        UnknownName: the integration is gone.
        ManifestInvalid: an action of it cannot be used.
    """
    found = {}
    for action in catalog.actions(stored.integration):
        flavours = catalog.action(action.id).flavours
        if not flavours or stored.flavour in flavours:
            found[action.id] = tuple(scope for scope in action.scopes if not _granted(scope, stored.scopes))
    return found


def _granted(scope: str, scopes: frozenset[str] | None) -> bool:
    return scopes is None or not scopes.isdisjoint(scope.split(" or "))


def _degraded(stored: StoredAccount, now: float) -> Health:
    again = rests_until(stored)
    remedy = f"It is tried again {_moment(again)}. To try now, renew the account." if again > now else ""
    if _over(stored, now):
        return _shown(stored, "inactive", "amber", reason=stored.reason, remedy=remedy or _RECONNECT)
    until = f" It works until {_moment(stored.expires_at)}." if stored.expires_at is not None else ""
    return _shown(stored, "active", "green", reason=f"{stored.reason}{until}", remedy=remedy)


def _active(stored: StoredAccount, now: float) -> Health:
    ends = _last_end(stored)
    if ends is not None and ends - now < NOTICE:
        reason = f"The access ends {_moment(ends)}, and cannot be renewed by itself after that."
        return _shown(
            stored, "active", "green", reason=reason, remedy="Connect the account again before then."
        )
    return _shown(stored, "active", "green")


def _last_end(stored: StoredAccount) -> float | None:
    """When an account ends that nobody renews by hand; None for never, as far as is known."""
    return stored.refresh_expires_at if _renewable(stored) else stored.expires_at


def _renewable(stored: StoredAccount) -> bool:
    """A token that cannot be renewed is due at its very end."""
    return stored.refresh_at is not None and stored.refresh_at != stored.expires_at


def _over(stored: StoredAccount, now: float) -> bool:
    return stored.expires_at is not None and stored.expires_at <= now


def _moment(seconds: float | None) -> str:
    return f"{datetime.fromtimestamp(seconds or 0.0, UTC):%Y-%m-%d %H:%M} UTC"


def _shown(
    stored: StoredAccount,
    status: Literal["active", "inactive", "failed"],
    colour: Colour,
    label: str = "",
    reason: str = "",
    remedy: str = "",
) -> Health:
    # A token that has just ended is renewed by the next action.
    works = status == "active"
    return Health(status, label or _LABELS[status], colour, works, reason, remedy, _tasks(stored.facts))


def _tasks(facts: Mapping[str, Any]) -> tuple[str, ...] | None:
    tasks = facts.get("tasks")
    return tuple(map(str, tasks)) if isinstance(tasks, list) else None
