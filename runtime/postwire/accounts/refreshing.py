"""Renewing credentials: by one caller among all processes, and without losing a token that the platform gave.

A renewal goes `claim` → send → `keep_answer` (the raw answer, before it is read) → `save`, or `release` where
there is nothing to save. Nothing is locked while the platform is asked: the claim is a lease in the row.
"""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, insert, or_, select, update

from postwire.accounts import rows
from postwire.accounts.keyring import Place
from postwire.accounts.outbox import announce_account, state_of
from postwire.accounts.process import is_gone, lease_owner
from postwire.accounts.records import Lease, Rescued, dump_tokens
from postwire.accounts.schema import accounts, credential_history, living
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Row

    from postwire.accounts.records import State, StoredAccount
    from postwire.accounts.tokens import Tokens

LEASE_SECONDS: Final = 60.0  # longer than the 20 seconds after which the call to the platform is given up
_FREE: Final[dict[str, Any]] = {"lease_owner": None, "lease_until": None}
_ENDED: Final[dict[str, Any]] = {"refresh_started_at": None, "refresh_hash": None}
_log = logging.getLogger(__name__)


class Refreshing:
    """The renewals of all accounts."""

    def __init__(self, store: rows.Store) -> None:
        self._store = store

    def claim(
        self, workspace: str, account: str, version: int, seconds: float = LEASE_SECONDS
    ) -> Lease | None:
        """The right to renew the credential of this version, and the note that it may be spent from now on.

        None means: read the account again. Either somebody else is renewing it, or the credential has
        changed, or the account is gone. A lease whose time is over, or whose process has died on this
        machine, does not count.

        Raises:
            WrongKey, Unreadable: the credential does not open.
        """
        with self._store.database.write(durable=True) as connection:
            now = self._store.database.now()
            row = self._claimable(connection, workspace, account, version)
            if row is None or row.sealed is None:
                return None
            tokens = rows.open_tokens(self._store, row)
            digest = _spent(tokens)
            owner = lease_owner()
            values = {
                "lease_owner": owner,
                "lease_until": now + seconds,
                "refresh_started_at": now,
                "refresh_hash": digest,
            }
            free = or_(accounts.c.lease_owner.is_(None), accounts.c.lease_until < now)
            if row.lease_owner is not None and is_gone(row.lease_owner):
                free = or_(free, accounts.c.lease_owner == row.lease_owner)
            statement = update(accounts).where(
                rows.mine(workspace, account), accounts.c.version == version, free
            )
            until = connection.execute(
                statement.values(values).returning(accounts.c.lease_until)
            ).scalar_one_or_none()
        if until is None:
            return None
        interrupted = row.refresh_started_at is not None and row.refresh_hash == digest
        return Lease(workspace, account, version, owner, until, tokens, interrupted)

    def keep_answer(self, lease: Lease, answer: Secret) -> None:
        """Put the platform's answer, as it came, on the disk: then nothing that goes wrong later loses it.

        It goes when the credential in it is saved, or the account is disconnected.
        """
        with self._store.database.write(durable=True) as connection:
            self._remember(connection, lease, "answer", answer.reveal().encode())

    def save(
        self,
        lease: Lease,
        tokens: Tokens,
        *,
        refresh_at: float | None,
        state: State = "active",
        reason: str = "",
    ) -> Literal["saved", "refused", "gone"]:
        """Put new tokens in the place of those that the lease was for.

        Args:
            lease: as it was claimed; it ends.
            tokens: the new ones.
            refresh_at: when to renew them; None for never.
            state: `limited` where less is granted than the actions need.
            reason: why it is not plainly active.

        Returns:
            `refused` when the credential changed meanwhile (the lease had run out): the tokens are kept in
            the history, for `rescued`. `gone` when the account was disconnected: they are not kept, so
            revoke them.
        """
        values = {
            **rows.FREE,
            **rows.token_values(self._store, lease.workspace, lease.account, tokens, lease.version + 1),
            "state": state,
            "reason": reason,
            "refresh_at": refresh_at,
            "due_at": refresh_at,
        }
        with self._store.database.write(durable=True) as connection:
            if self._finish(connection, lease, values):
                connection.execute(delete(credential_history).where(_answers(lease)))
                return "saved"
            if not self._remember(connection, lease, "refused", dump_tokens(tokens)):
                return "gone"
        _log.error(
            "New tokens of %s came too late and are kept in its history: the lease had run out.",
            lease.account,
        )
        return "refused"

    def release(
        self,
        lease: Lease,
        *,
        state: State | None = None,
        reason: str = "",
        failed: bool = False,
        unknown: bool = False,
        next_attempt_at: float | None = None,
        paused_until: float | None = None,
    ) -> bool:
        """Give the lease back without new tokens.

        Args:
            lease: as it was claimed.
            state: how the account is now; None leaves it.
            reason: why, for people.
            failed: count one more failure in a row.
            unknown: the request was sent and not answered, so the refresh token may be spent: the next lease
                says `interrupted`.
            next_attempt_at: no renewal before then.
            paused_until: the same, after too many failures.

        Returns:
            False when the lease had run out and the credential changed meanwhile: nothing was written,
            somebody else's outcome counts.
        """
        values: dict[str, Any] = {
            **_FREE,
            **({} if unknown else _ENDED),
            **({} if state is None else {"state": state, "reason": reason}),
            "next_attempt_at": next_attempt_at,
            "paused_until": paused_until,
        }
        if failed:
            values["fails"] = accounts.c.fails + 1
        with self._store.database.write() as connection:
            mine = rows.mine(lease.workspace, lease.account)
            refresh_at = connection.execute(select(accounts.c.refresh_at).where(mine)).scalar_one_or_none()
            values["due_at"] = rows.due_at(refresh_at, next_attempt_at, paused_until)
            before = state_of(connection, lease.workspace, lease.account)
            still_ours = self._finish(connection, lease, values)
            if still_ours:
                announce_account(self._store, connection, lease.workspace, lease.account, before)
            return still_ours

    def forgive(self, blamed: Collection[str], until: float, reason: str) -> None:
        """Take one failure from each, and a pause that it brought: it was the platform's, not theirs."""
        mine = accounts.c.id.in_(blamed), accounts.c.fails > 0
        never, later = accounts.c.refresh_at.is_(None), accounts.c.refresh_at > until
        fresh = {
            "fails": accounts.c.fails - 1,
            "reason": reason,
            "paused_until": None,
            "next_attempt_at": until,
            "due_at": case((or_(never, later), accounts.c.refresh_at), else_=until),
        }
        with self._store.database.write() as connection:
            connection.execute(update(accounts).where(*mine).values(fresh))

    def schedule(self, workspace: str, account: str, refresh_at: float | None) -> bool:
        """Renew the account then (in seconds since 1970; None for never), whatever failures there were.

        This is also how a pause ends: by hand, or by a restart. False if there is no such account.
        """
        fresh = {"next_attempt_at": None, "paused_until": None, "fails": 0}
        statement = update(accounts).where(rows.mine(workspace, account), living())
        with self._store.database.write() as connection:
            values = {**fresh, "refresh_at": refresh_at, "due_at": refresh_at}
            return bool(connection.execute(statement.values(values)).rowcount)

    def due(self, limit: int = 100) -> list[StoredAccount]:
        """The accounts of all workspaces that should be renewed now and are not yet, longest due first.

        One that needs to be reconnected is not among them.
        """
        now = self._store.database.now()
        free = or_(accounts.c.lease_owner.is_(None), accounts.c.lease_until < now)
        statement = (
            self._store.query.where(accounts.c.due_at <= now, free, _renewable())
            .order_by(accounts.c.due_at)
            .limit(limit)
        )
        with self._store.database.read() as connection:
            return [rows.stored(row) for row in connection.execute(statement)]

    def next_due(self) -> float | None:
        """When the next renewal is due, in seconds since 1970; None when none ever is."""
        with self._store.database.read() as connection:
            moment = connection.execute(select(func.min(accounts.c.due_at)).where(_renewable())).scalar()
            return None if moment is None else float(moment)

    def rescued(self, workspace: str, account: str) -> list[Rescued]:
        """What was kept of an account's credentials outside its row, newest first.

        Raises:
            WrongKey, Unreadable: it does not open.
        """
        table = credential_history
        statement = (
            select(table)
            .where(table.c.workspace_id == workspace, table.c.account_id == account)
            .order_by(table.c.created_at.desc())
        )
        with self._store.database.read() as connection:
            found = connection.execute(statement).all()
        return [
            Rescued(row.id, account, row.version, row.kind, row.created_at, Secret(self._open(row)))
            for row in found
        ]

    def _open(self, row: Row[Any]) -> str:
        place = Place("credential_history", row.workspace_id, row.id, "sealed", row.version)
        return self._store.ring.open(bytes(row.sealed), place).decode()

    def _claimable(
        self, connection: Connection, workspace: str, account: str, version: int
    ) -> Row[Any] | None:
        return connection.execute(
            select(accounts).where(rows.mine(workspace, account), accounts.c.version == version)
        ).one_or_none()

    def _finish(self, connection: Connection, lease: Lease, values: dict[str, Any]) -> bool:
        """Write, if the lease is still the one that counts."""
        fence = and_(
            rows.mine(lease.workspace, lease.account),
            accounts.c.version == lease.version,
            accounts.c.lease_owner == lease.owner,
        )
        now = self._store.database.now()
        return bool(
            connection.execute(update(accounts).where(fence).values(**values, updated_at=now)).rowcount
        )

    def _remember(
        self, connection: Connection, lease: Lease, kind: Literal["answer", "refused"], content: bytes
    ) -> bool:
        """Keep *content* in the history; False if the account is gone, whose tokens are to be forgotten."""
        there = select(accounts.c.id).where(rows.mine(lease.workspace, lease.account), living())
        if connection.execute(there.with_for_update(key_share=True)).one_or_none() is None:
            return False
        number = rows.new_id("hist")
        place = Place("credential_history", lease.workspace, number, "sealed", lease.version)
        values = {
            "id": number,
            "workspace_id": lease.workspace,
            "account_id": lease.account,
            "version": lease.version,
            "kind": kind,
            "sealed": self._store.ring.seal(content, place),
            "created_at": self._store.database.now(),
        }
        connection.execute(insert(credential_history).values(values))
        return True


def _renewable() -> ColumnElement[bool]:
    return accounts.c.state.in_(("active", "degraded", "limited"))


def _answers(lease: Lease) -> ColumnElement[bool]:
    """The answers of this lease's version: once its tokens are saved, they have served."""
    table = credential_history
    return and_(
        table.c.account_id == lease.account, table.c.version == lease.version, table.c.kind == "answer"
    )


def _spent(tokens: Tokens) -> bytes:
    """By what a renewal is known that never ended: the token that it sent."""
    return hashlib.sha256((tokens.refresh or tokens.access).reveal().encode()).digest()
