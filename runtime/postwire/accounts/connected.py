"""The connected accounts of the vault: stored by consent, found by name, changed, let go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Connection, select, union_all, update

from postwire.accounts import rows
from postwire.accounts.consent import Consent, forget, forget_idle_login
from postwire.accounts.outbox import announce_account, state_of
from postwire.accounts.records import StoredTokens
from postwire.accounts.schema import accounts, living
from postwire.errors import UnknownName, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from postwire.accounts.plans import Plans
    from postwire.accounts.records import NewAccount, State, StoredAccount

_CANDIDATES: Final = 10  # that an error lists


class ConnectedAccounts:
    """Accounts by workspace; what belongs to another workspace is as if it were not there."""

    def __init__(self, store: rows.Store, plans: Plans) -> None:
        self._store = store
        self._plans = plans

    def connect(
        self, workspace: str, found: Sequence[NewAccount], *, into: str | None = None, owner: str = ""
    ) -> list[StoredAccount]:
        """Store what a consent brought: all of it, or nothing.

        An account that the workspace has already, by the platform's id of it, is renewed: it keeps its id, so
        that whatever is scheduled for it goes on. So does one that was disconnected.

        Args:
            workspace: its id.
            found: the accounts, each with its children.
            into: the account that was to be reconnected.
            owner: who connects, by the caller's own name for people.

        Returns:
            Each account followed by its children.

        Raises:
            PlanFull: more accounts than the workspace's plan allows.
            ActionFailed: `conflict`, the consent was given for another account than *into*.
            UnknownName: no such workspace, or no account *into* in it.
        """
        with self._store.database.write(durable=True) as connection:
            consent = Consent(self._store, connection, workspace, owner)
            ids = consent.keep(self._plans, found, into)
            return [self._get(connection, workspace, each) for each in ids]

    def get(self, workspace: str, account: str) -> StoredAccount:
        """The account with this id; a disconnected one too, as long as it is remembered.

        Raises:
            UnknownName: the workspace has none.
        """
        with self._store.database.read() as connection:
            return self._get(connection, workspace, account)

    def find(self, workspace: str, name: str, integration: str | None = None) -> StoredAccount:
        """The one account that *name* fits: our id, the platform's, a user name or a label, in any case.

        Raises:
            UnknownName: none fits, or several do; the message lists them.
        """
        key = rows.fold(name)
        found = self._some(accounts.c.id.in_(_called(workspace, name, key)), integration) if key else []
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownName(
                f"{shown(name)!r} fits {_several(found)}: {_listed(found)}.",
                remedy="Use one of the ids, or name the integration too.",
            )
        others = self._some(accounts.c.workspace_id == workspace, integration)
        raise rows.unknown_account(name, f" It has: {_listed(others)}." if others else "")

    def tokens(self, workspace: str, account: str) -> StoredTokens:
        """The credential of an account, and its version.

        Raises:
            UnknownName: no such account.
            ActionFailed: `auth_expired`, the account is disconnected.
            WrongKey, Unreadable: the credential does not open.
        """
        with self._store.database.read() as connection:
            row = connection.execute(select(accounts).where(rows.mine(workspace, account))).one_or_none()
        if row is None:
            raise rows.unknown_account(account)
        return StoredTokens(rows.open_tokens(self._store, row), row.version)

    def update(
        self,
        workspace: str,
        account: str,
        *,
        name: str | None = None,
        username: str | None = None,
        avatar_url: str | None = None,
        label: str | None = None,
        owner: str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> StoredAccount:
        """Change what is given, and leave the rest.

        Raises:
            UnknownName: no such account.
        """
        given = {
            "name": name,
            "username": username,
            "avatar_url": avatar_url,
            "label": label,
            "owner": owner,
            "facts": facts if facts is None else dict(facts),
        }
        values = {key: value for key, value in given.items() if value is not None}
        return self._change(workspace, account, {**values, **rows.lookup_keys(values)})

    def set_state(
        self, workspace: str, account: str, state: State, reason: str = "", *, version: int | None = None
    ) -> bool:
        """Say how an account is.

        Args:
            workspace: its workspace's id.
            account: its id.
            state: all but `disconnected`.
            reason: why, for people.
            version: do nothing if the credential is of another version by now.

        Returns:
            False when nothing was changed: no such account, or another version, or it is disconnected.
        """
        if state == "disconnected":
            raise ValueError("an account is disconnected by disconnect()")
        statement = update(accounts).where(rows.mine(workspace, account), living())
        if version is not None:
            statement = statement.where(accounts.c.version == version)
        with self._store.database.write() as connection:
            now = self._store.database.now()
            before = state_of(connection, workspace, account)
            changed = connection.execute(
                statement.values(state=state, reason=reason, updated_at=now)
            ).rowcount
            if changed:
                announce_account(self._store, connection, workspace, account, before)
            return bool(changed)

    def disconnect(self, workspace: str, account: str) -> StoredAccount:
        """Forget an account's credential, and every older one, for good; the row stays a while, without it.

        The same account can be connected again, under the same id. A login that carried nothing else goes
        with it.

        Raises:
            UnknownName: no such account.
        """
        with self._store.database.write(durable=True) as connection:
            row = self._get(connection, workspace, account)
            forget(connection, account, self._store.database.now())
            if row.parent:
                forget_idle_login(connection, row.parent, self._store.database.now())
            return self._get(connection, workspace, account)

    def _change(self, workspace: str, account: str, values: dict[str, Any]) -> StoredAccount:
        with self._store.database.write() as connection:
            now = self._store.database.now()
            connection.execute(
                update(accounts).where(rows.mine(workspace, account)).values(**values, updated_at=now)
            )
            return self._get(connection, workspace, account)

    def _get(self, connection: Connection, workspace: str, account: str) -> StoredAccount:
        statement = self._store.query.where(rows.mine(workspace, account))
        row = connection.execute(statement).one_or_none()
        if row is None:
            raise rows.unknown_account(account)
        return rows.stored(row)

    def _some(self, fits: ColumnElement[bool], integration: str | None) -> list[StoredAccount]:
        # Nothing here may tempt a database to read the whole workspace.
        statement = self._store.query.where(fits, living(), accounts.c.listed).limit(_CANDIDATES + 1)
        if integration is not None:
            statement = statement.where(accounts.c.integration == integration)
        with self._store.database.read() as connection:
            return [rows.stored(row) for row in connection.execute(statement)]


def _called(workspace: str, name: str, key: str) -> CompoundSelect[str]:
    """The ids of the accounts with this name; each way by its own index, as an OR would read all accounts."""
    ways = (
        accounts.c.id == name,
        accounts.c.handle_key == key,
        accounts.c.label_key == key,
        accounts.c.subject == name,
    )
    mine = select(accounts.c.id).where(accounts.c.workspace_id == workspace)
    return union_all(*(mine.where(way) for way in ways))


def _listed(found: Sequence[StoredAccount]) -> str:
    more = ", …" if len(found) > _CANDIDATES else ""
    return ", ".join(map(str, found[:_CANDIDATES])) + more


def _several(found: Sequence[StoredAccount]) -> str:
    return f"more than {_CANDIDATES} accounts" if len(found) > _CANDIDATES else f"{len(found)} accounts"
