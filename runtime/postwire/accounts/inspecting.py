"""What the platform says of a token, put together for people: permissions, accounts, times; never a token."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from postwire.accounts.records import StoredAccount
    from postwire.accounts.tokens import Child

_SEPARATORS: Final = re.compile(r"[,\s]+")


def inspected(
    stored: StoredAccount,
    login: StoredAccount,
    connected: Iterable[StoredAccount],
    wanted: Sequence[str],
    told: Mapping[str, Any],
    children: Sequence[Child] | None,
) -> dict[str, Any]:
    """The state of the token behind an account.

    Args:
        stored: the account that is asked about.
        login: the one whose token it is.
        connected: the accounts that came by that login.
        wanted: the permissions that the integration asks for.
        told: what the manifest's `inspect` took; empty where the platform has no such call.
        children: the accounts that the token brings now; None when the platform did not say.

    Returns:
        `valid` (None when nobody says) and `problem`; `complete`, whether nothing is missing; `scopes`, each
        with `granted` and `here` (False where it was granted, but not for this account); `accounts`, each
        with `has_token` and `connected`; and the times `connected_at`, `issued_at`, `expires_at` and
        `data_access_expires_at` in seconds since 1970, None for never or unknown.
    """
    accounts = list(_accounts(login, tuple(connected), children))
    scopes = list(_scopes(stored, login, wanted, told, accounts))
    fine = all(scope["granted"] and scope["here"] for scope in scopes)
    return {
        "account": stored.id,
        "login": login.id,
        "integration": login.integration,
        "valid": told.get("valid", told.get("active")),
        "problem": told.get("problem"),
        "app": told.get("app"),
        "complete": fine and all(account["has_token"] for account in accounts),
        "scopes": scopes,
        "accounts": accounts,
        "connected_at": login.connected_at,
        "issued_at": told.get("issued_at") or None,
        "expires_at": told.get("expires_at", login.expires_at) or None,
        "data_access_expires_at": told.get("data_access_expires_at") or None,
    }


def _scopes(
    stored: StoredAccount,
    login: StoredAccount,
    wanted: Sequence[str],
    told: Mapping[str, Any],
    accounts: Iterable[Mapping[str, Any]],
) -> Iterator[dict[str, Any]]:
    granted = _granted(told.get("scope")) if "scope" in told else login.scopes
    targets = {each["scope"]: each.get("target_ids") for each in told.get("granular_scopes") or ()}
    page = str(stored.facts.get("page_id", ""))
    own = {stored.subject, page} - {""}
    kind = {each["id"] for each in accounts if page or each["integration"] == stored.integration}
    for scope in wanted:
        # What was granted for accounts of another kind alone says nothing of this one.
        only = {str(target) for target in targets.get(scope) or ()} & (kind | own) if stored.parent else set()
        yield {
            "name": scope,
            "granted": granted is None or scope in granted,
            "here": not only or bool(only & own),
        }


def _granted(scope: Any) -> frozenset[str]:
    found = _SEPARATORS.split(scope) if isinstance(scope, str) else scope or ()
    return frozenset(map(str, found))


def _accounts(
    login: StoredAccount, connected: Iterable[StoredAccount], children: Sequence[Child] | None
) -> Iterator[dict[str, Any]]:
    have = {(one.integration, one.subject): one for one in connected}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for child in children or ():
        key = (child.integration or login.integration, str(child.about.get("id", "")))
        name = child.about.get("name") or child.about.get("username") or key[1]
        has_token = login.listed or child.tokens is not None  # else it acts with the login's
        found.setdefault(key, _account(key, str(name), has_token=has_token, connected=key in have))
    if children is None:
        for key, one in have.items():
            found[key] = _account(key, one.name or one.username, has_token=False, connected=True)
    yield from found.values()


def _account(key: tuple[str, str], name: str, *, has_token: bool, connected: bool) -> dict[str, Any]:
    return {
        "integration": key[0],
        "id": key[1],
        "name": name,
        "has_token": has_token,
        "connected": connected,
    }
