"""From the rows of the `accounts` table to values and back; shared by all that read or write accounts."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, and_, func, select

from postwire.accounts.keyring import Place
from postwire.accounts.records import StoredAccount, dump_tokens, load_tokens
from postwire.accounts.schema import accounts, shown_status
from postwire.errors import ActionFailed, UnknownName, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Row

    from postwire.accounts.database import Database
    from postwire.accounts.keyring import KeyRing
    from postwire.accounts.tokens import Tokens

_COLUMNS = [column for column in accounts.c if column.name not in {"sealed", "refresh_hash"}]

FREE: Final[dict[str, Any]] = {  # nobody renews the account, and nothing is in the way of who does next
    "next_attempt_at": None,
    "paused_until": None,
    "fails": 0,
    "lease_owner": None,
    "lease_until": None,
    "refresh_started_at": None,
    "refresh_hash": None,
}


@dataclass(slots=True)
class Store:
    """What all parts of a vault share.

    Attributes:
        ring: a rotation puts another one in.
        query: of accounts, for `stored`; built once, because building it costs more than running it.
    """

    database: Database
    ring: KeyRing
    query: Select[Any] = field(init=False)

    def __post_init__(self) -> None:
        now = self.database.now()
        refreshing = and_(accounts.c.lease_owner.is_not(None), accounts.c.lease_until >= now)
        self.query = select(
            *_COLUMNS,
            shown_status(now).label("status"),
            func.coalesce(refreshing, False).label("refreshing"),
        )


def stored(row: Row[Any]) -> StoredAccount:
    """The account of a row of `Store.query`."""
    return StoredAccount(
        id=row.id,
        workspace=row.workspace_id,
        integration=row.integration,
        flavour=row.flavour,
        subject=row.subject or "",
        parent=row.parent_id,
        listed=row.listed,
        name=row.name,
        username=row.username,
        avatar_url=row.avatar_url,
        label=row.label,
        owner=row.owner,
        facts=row.facts,
        scopes=None if row.scopes is None else frozenset(row.scopes),
        state=row.state,
        status=row.status,
        reason=row.reason,
        version=row.version,
        created_at=row.created_at,
        connected_at=row.connected_at,
        updated_at=row.updated_at,
        disconnected_at=row.disconnected_at,
        expires_at=row.expires_at,
        refresh_expires_at=row.refresh_expires_at,
        refresh_at=row.refresh_at,
        next_attempt_at=row.next_attempt_at,
        paused_until=row.paused_until,
        fails=row.fails,
        refreshing=bool(row.refreshing),
    )


def token_values(store: Store, workspace: str, account: str, tokens: Tokens, version: int) -> dict[str, Any]:
    """The columns of a credential."""
    return {
        "sealed": store.ring.seal(dump_tokens(tokens), token_place(workspace, account, version)),
        "version": version,
        "scopes": None if tokens.scopes is None else sorted(tokens.scopes),
        "expires_at": tokens.expires_at,
        "refresh_expires_at": tokens.refresh_expires_at,
    }


def open_tokens(store: Store, row: Row[Any]) -> Tokens:
    """The credential of a row.

    Raises:
        ActionFailed: `auth_expired`, there is none.
        WrongKey, Unreadable: it does not open.
    """
    if row.sealed is None:
        raise ActionFailed("auth_expired", "The account is disconnected: no credential is stored.", sent="no")
    plain = store.ring.open(bytes(row.sealed), token_place(row.workspace_id, row.id, row.version))
    scopes = None if row.scopes is None else frozenset(row.scopes)
    return load_tokens(plain, row.expires_at, row.refresh_expires_at, scopes, row.subject or "")


def token_place(workspace: str, account: str, version: int) -> Place:
    """Where an account's credential stands."""
    return Place("accounts", workspace, account, "sealed", version)


def mine(workspace: str, account: str) -> ColumnElement[bool]:
    """The row of an account, if it is of that workspace."""
    return and_(accounts.c.id == account, accounts.c.workspace_id == workspace)


def due_at(*moments: float | None) -> float | None:
    """When a renewal is due: at *moments*' latest; the first one is `refresh_at`, and None means never."""
    return None if moments[0] is None else max(moment for moment in moments if moment is not None)


def fold(text: str) -> str:
    """A user name or label as it is looked up: without case, and without the @."""
    return unicodedata.normalize("NFKC", text).strip().removeprefix("@").casefold()


def lookup_keys(values: Mapping[str, Any]) -> dict[str, str]:
    """The columns for looking up that change with *values*."""
    keys = (("handle_key", "username"), ("label_key", "label"))
    return {key: fold(values[of]) for key, of in keys if of in values}


def new_id(kind: str) -> str:
    """A fresh id such as `acc_` and 24 hex digits."""
    return f"{kind}_{secrets.token_hex(12)}"


def unknown_account(name: str, known: str = "") -> UnknownName:
    """The error for an account that the workspace does not have."""
    return UnknownName(
        f"No account {shown(name)!r} in this workspace.{known}",
        remedy="Connect the account first, or correct its name.",
    )
