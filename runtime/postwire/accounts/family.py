"""A login with the accounts that it brings: from what the platform told, and kept while a person chooses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from postwire.accounts.records import NewAccount
from postwire.accounts.renewal import refresh_at, standing
from postwire.accounts.tokens import Tokens
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from postwire.accounts.tokens import Child
    from postwire.language.manifest import Auth, Integration

_PLAIN: Final = ("id", "username", "name", "avatar_url")
CONFIRM: Final = "confirm"  # among the facts of an account that waits for a person's choice


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that the consent brought and that a person still has to choose."""

    integration: str
    subject: str
    name: str
    username: str
    avatar_url: str
    facts: Mapping[str, Any]


def family_of(
    integration: str,
    flavour: str,
    described: Integration,
    who: Mapping[str, Any],
    tokens: Tokens,
    children: Iterable[Child],
    now: float,
    sibling: Callable[[str, str], Auth | None],
) -> NewAccount:
    """The login with everything that it brings.

    Args:
        integration: the login's.
        flavour: which of its logins.
        described: the integration as that flavour sees it.
        who: the identity.
        tokens: the login's.
        children: what the platform listed; what comes twice counts once, as it came first.
        now: when the tokens came.
        sibling: the `auth` section of an integration and flavour, for the children's.
    """
    auth = described.auth
    assert auth is not None
    below: dict[tuple[str, str], NewAccount] = {}
    for child in children:
        new = _account_of(child, integration, auth, tokens, now, sibling)
        if new.subject:  # what has no id could never be found again
            below.setdefault((new.integration, new.subject), new)
    return NewAccount(
        integration,
        tokens,
        subject=str(who.get("id") or tokens.subject),
        flavour=flavour,
        **_profile(who),
        listed=auth.acts,
        children=tuple(below.values()),
        refresh_at=refresh_at(auth, tokens, now),
        **_standing(auth, tokens),
    )


def _account_of(
    child: Child,
    integration: str,
    login: Auth,
    tokens: Tokens,
    now: float,
    sibling: Callable[[str, str], Auth | None],
) -> NewAccount:
    auth = sibling(child.integration or integration, child.flavour)
    # Without a token of its own a child acts with the login's: an empty one says so.
    own = child.tokens or Tokens(Secret(""), scopes=tokens.scopes)
    standing = _standing(auth, own)
    if child.tokens is None and not login.acts:
        reason = "The platform gave no access token for it: your role there may not suffice."
        standing = {"state": "needs_reconnect", "reason": reason}
    profile = _profile(child.about)
    facts = {**profile.pop("facts"), **({CONFIRM: True} if child.confirm else {})}
    return NewAccount(
        child.integration or integration,
        own,
        subject=str(child.about.get("id", "")),
        flavour=child.flavour,
        **profile,
        facts=facts,
        refresh_at=refresh_at(auth, own, now) if auth and child.tokens else None,
        **standing,
    )


def _standing(auth: Auth | None, tokens: Tokens) -> dict[str, Any]:
    """How it stands, as a new account's fields; what nobody told is taken for granted."""
    state, reason = standing(auth, tokens) if auth else ("active", "")
    return {"state": state, "reason": reason}


def _profile(about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": str(about.get("name") or ""),
        "username": str(about.get("username") or ""),
        "avatar_url": str(about.get("avatar_url") or ""),
        "facts": {name: value for name, value in about.items() if name not in _PLAIN},
    }


def settled(account: NewAccount) -> NewAccount:
    """*account* without the mark of those that wait for a choice."""
    facts = {name: value for name, value in account.facts.items() if name != CONFIRM}
    return replace(account, facts=facts, children=tuple(map(settled, account.children)))


def candidate(account: NewAccount) -> Candidate:
    """What a person sees of an account that waits for a choice."""
    facts = settled(account).facts
    return Candidate(
        account.integration, account.subject, account.name, account.username, account.avatar_url, facts
    )


def plain_account(account: NewAccount) -> dict[str, Any]:
    """*account* as JSON, tokens included: only ever to be sealed."""
    plain = {
        name: getattr(account, name)
        for name in ("integration", "subject", "flavour", "listed", "refresh_at", "state", "reason")
    }
    tokens = {
        "expires_at": account.tokens.expires_at,
        "refresh_expires_at": account.tokens.refresh_expires_at,
        "subject": account.tokens.subject,
        "access": account.tokens.access.reveal(),
        "refresh": account.tokens.refresh.reveal() if account.tokens.refresh else None,
        "scopes": sorted(account.tokens.scopes) if account.tokens.scopes is not None else None,
    }
    profile = {name: getattr(account, name) for name in ("name", "username", "avatar_url", "label")}
    children = [plain_account(child) for child in account.children]
    return {**plain, **profile, "facts": dict(account.facts), "tokens": tokens, "children": children}


def read_account(plain: dict[str, Any]) -> NewAccount:
    """The inverse of `plain_account`."""
    given = dict(plain)
    raw = given.pop("tokens")
    tokens = Tokens(
        Secret(raw["access"]),
        Secret(raw["refresh"]) if raw["refresh"] else None,
        raw["expires_at"],
        raw["refresh_expires_at"],
        frozenset(raw["scopes"]) if raw["scopes"] is not None else None,
        raw["subject"],
    )
    children = tuple(read_account(child) for child in given.pop("children"))
    return NewAccount(tokens=tokens, children=children, **given)
