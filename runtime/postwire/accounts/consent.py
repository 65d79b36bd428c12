"""Storing what one consent brought, in one transaction; and forgetting a credential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, func, insert, select, update

from postwire.accounts import rows
from postwire.accounts.schema import accounts, connecting, credential_history, living, workspaces
from postwire.errors import ActionFailed, UnknownName, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from postwire.accounts.plans import Plans
    from postwire.accounts.records import NewAccount


class Consent:
    """One consent that is being stored for a workspace, by *owner*."""

    def __init__(self, store: rows.Store, connection: Connection, workspace: str, owner: str) -> None:
        self._store = store
        self._connection = connection
        self._workspace = workspace
        self._owner = owner
        self._now = store.database.now()

    def keep(self, plans: Plans, found: Sequence[NewAccount], into: str | None) -> list[str]:
        """Store *found* if the plan allows all of it; their ids, each before its children's."""
        plan = plans.of(self._lock_workspace())
        adopted = self._reconnected(found, into)
        members = list(_each_once(found))
        known = [self._known(member, adopted) for member, _ in members]
        coming = [new.integration for (new, _), row in zip(members, known, strict=True) if _counts(new, row)]
        if coming and not plan.unlimited:
            plan.check(self._count(), coming)
        ids: dict[int, str] = {}
        for (new, parent), row in zip(members, known, strict=True):
            ids[id(new)] = self._write(new, ids[id(parent)] if parent else None, row)
        for row in known:
            if row is not None and row.parent_id is not None:
                forget_idle_login(self._connection, row.parent_id, self._now)
        return list(ids.values())

    def _lock_workspace(self) -> str:
        """The plan's name; nobody else counts the workspace's accounts until our transaction ends."""
        mine = select(workspaces.c.plan).where(workspaces.c.id == self._workspace)
        plan = self._connection.execute(mine.with_for_update(key_share=True)).scalar_one_or_none()
        if plan is None:
            raise UnknownName(f"No workspace {shown(self._workspace)!r}.", remedy="Create it first.")
        return str(plan)

    def _reconnected(self, found: Sequence[NewAccount], into: str | None) -> tuple[str, NewAccount] | None:
        """The row to reconnect, and which of *found* it is, where the platform's id cannot tell."""
        if into is None:
            return None
        row = self._row(rows.mine(self._workspace, into))
        if row is None:
            raise rows.unknown_account(into)
        same = [new for new, _ in _each_once(found) if new.integration == row.integration]
        if row.subject is None and len(same) == 1:
            return into, same[0]
        if any(new.subject == row.subject for new in same):
            return None
        raise _other_account(row, same)

    def _known(self, new: NewAccount, adopted: tuple[str, NewAccount] | None) -> Row[Any] | None:
        """The row that an account has already."""
        if new.subject:
            row = self._row(
                accounts.c.workspace_id == self._workspace,
                accounts.c.subject == new.subject,
                accounts.c.integration == new.integration,
            )
            if row is not None:
                return row
        return self._row(accounts.c.id == adopted[0]) if adopted and new is adopted[1] else None

    def _row(self, *where: ColumnElement[bool]) -> Row[Any] | None:
        # Locked: its version must not move on before we have written the next.
        return self._connection.execute(select(accounts).where(*where).with_for_update()).one_or_none()

    def _count(self) -> dict[str, int]:
        statement = (
            select(accounts.c.integration, func.count())
            .where(accounts.c.workspace_id == self._workspace, living(), accounts.c.listed)
            .group_by(accounts.c.integration)
        )
        return {row[0]: row[1] for row in self._connection.execute(statement)}

    def _write(self, new: NewAccount, parent: str | None, row: Row[Any] | None) -> str:
        account = str(row.id) if row is not None else rows.new_id("acc")
        version = int(row.version) + 1 if row is not None else 1
        profile = _profile(new, self._owner)
        if row is not None:  # what the platform did not tell this time stays as it was
            profile = {key: value for key, value in profile.items() if value}
        values = {
            **rows.FREE,
            **self._standing(new, parent),
            **profile,
            **rows.lookup_keys(profile),
            **rows.token_values(self._store, self._workspace, account, new.tokens, version),
        }
        if row is not None:
            self._connection.execute(update(accounts).where(accounts.c.id == account).values(values))
        else:
            values |= {"id": account, "created_at": self._now}
            self._connection.execute(insert(accounts).values(values))
        return account

    def _standing(self, new: NewAccount, parent: str | None) -> dict[str, Any]:
        return {
            "workspace_id": self._workspace,
            "integration": new.integration,
            "flavour": new.flavour,
            "subject": new.subject or None,
            "parent_id": parent,
            "listed": new.listed,
            "state": new.state,
            "reason": new.reason,
            "connected_at": self._now,
            "updated_at": self._now,
            "disconnected_at": None,
            "refresh_at": new.refresh_at,
            "due_at": new.refresh_at,
        }


def _each_once(
    found: Iterable[NewAccount], parent: NewAccount | None = None, seen: set[tuple[str, str]] | None = None
) -> Iterable[tuple[NewAccount, NewAccount | None]]:
    """Every account with its parent; one that a platform names twice only the first time."""
    seen = set() if seen is None else seen
    for new in found:
        key = (new.integration, new.subject)
        if not new.subject or key not in seen:
            seen.add(key)
            yield new, parent
            yield from _each_once(new.children, new, seen)


def _counts(new: NewAccount, row: Row[Any] | None) -> bool:
    """It takes one more of the plan's places."""
    return new.listed and (row is None or row.state == "disconnected" or not row.listed)


def _profile(new: NewAccount, owner: str) -> dict[str, Any]:
    return {
        "name": new.name,
        "username": new.username,
        "avatar_url": new.avatar_url,
        "label": new.label,
        "owner": owner,
        "facts": dict(new.facts),
    }


def _other_account(row: Row[Any], same: Sequence[NewAccount]) -> ActionFailed:
    wanted = f"@{row.username}" if row.username else row.name or row.label or row.id
    given = ", ".join(f"@{new.username}" if new.username else new.name or new.subject for new in same)
    return ActionFailed(
        "conflict",
        f"The consent was given for {shown(given or 'another platform')}, "
        f"but the account to reconnect is {shown(wanted)}.",
        remedy="Sign in on the platform as the account to reconnect, or connect the other as a new account.",
        sent="no",
    )


def forget(connection: Connection, account: str, now: ColumnElement[float]) -> None:
    """Destroy an account's credential and all that was kept of older ones; the row stays, disconnected."""
    statement = update(accounts).where(accounts.c.id == account, living())
    gone = {"state": "disconnected", "reason": "", "sealed": None, "version": accounts.c.version + 1}
    times = {"refresh_at": None, "due_at": None, "disconnected_at": now, "updated_at": now}
    connection.execute(statement.values({**rows.FREE, **gone, **times}))
    connection.execute(delete(credential_history).where(credential_history.c.account_id == account))
    connection.execute(delete(connecting).where(connecting.c.account_id == account))


def forget_idle_login(connection: Connection, login: str, now: ColumnElement[float]) -> None:
    """Forget a login that is not an account of its own, once it carries none."""
    child = accounts.alias()
    carries = exists().where(child.c.parent_id == login, child.c.state != "disconnected")
    statement = select(accounts.c.id).where(accounts.c.id == login, ~accounts.c.listed, ~carries)
    if connection.execute(statement).one_or_none() is not None:
        forget(connection, login, now)
