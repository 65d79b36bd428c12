"""What a token endpoint gives, as a value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import ActionFailed
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

_SEPARATORS: Final = re.compile(r"[,\s]+")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token endpoint gave.

    Attributes:
        access: the access token.
        refresh: the refresh token, where there is one; a new one replaces it at each refresh.
        expires_at: seconds since 1970 at which the access token ends; None when nobody said.
        refresh_expires_at: the same for the refresh token.
        scopes: what was granted; None when nobody said.
        subject: the platform's id of the account, where the answer names it.
    """

    access: Secret
    refresh: Secret | None = None
    expires_at: float | None = None
    refresh_expires_at: float | None = None
    scopes: frozenset[str] | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Child:
    """An account that a login brings besides itself.

    Attributes:
        integration: the platform's folder name; empty for the login's own.
        flavour: its kind of login there.
        tokens: its own; None where it acts with the login's.
        confirm: a person chooses whether it is connected.
        about: `id`, `username`, `name`, `avatar_url`, and facts under the manifest's names.
    """

    integration: str
    flavour: str
    tokens: Tokens | None
    confirm: bool
    about: Mapping[str, Any]


def read_tokens(taken: Mapping[str, Any], now: float, title: str) -> Tokens:
    """The tokens that a manifest's `take` found; *now* is when they came.

    Raises:
        ActionFailed: `internal`, there is no access token.
    """
    if not isinstance(taken.get("access_token"), str):
        raise ActionFailed("internal", f"{title}'s token endpoint gave no access token.")
    refresh = taken.get("refresh_token")
    return Tokens(
        Secret(taken["access_token"]),
        Secret(refresh) if isinstance(refresh, str) else None,
        _end(taken.get("expires_in"), now),
        _end(taken.get("refresh_expires_in"), now),
        _granted(taken.get("scope")),
        str(taken.get("subject") or ""),
    )


def _granted(scope: Any) -> frozenset[str] | None:
    """A list, or a text with commas or spaces between: the platforms write either."""
    if isinstance(scope, str):
        scope = _SEPARATORS.split(scope)
    return frozenset(filter(None, map(str, scope))) if isinstance(scope, list) else None


def _end(seconds: Any, now: float) -> float | None:
    try:
        return now + float(seconds) if seconds is not None else None
    except (TypeError, ValueError):
        return None


def plain_tokens(tokens: Tokens) -> dict[str, Any]:
    """What expressions of an `auth` section read as `credential`."""
    known = {
        "access_token": tokens.access.reveal(),
        "refresh_token": tokens.refresh.reveal() if tokens.refresh else None,
        "scope": sorted(tokens.scopes) if tokens.scopes is not None else None,
        "subject": tokens.subject or None,
    }
    return {name: value for name, value in known.items() if value is not None}


def lasting(before: dict[str, Any]) -> dict[str, Any]:
    """What of the old tokens a refresh may leave out: not the access token."""
    return {name: value for name, value in before.items() if name != "access_token"}
