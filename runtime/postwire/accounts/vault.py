"""The vault: connected accounts and their credentials, for one user's computer or for many servers.

    vault = Vault()                                     a private SQLite file in the data folder
    vault = Vault("postgresql://postwire@db/postwire")  PostgreSQL, shared by any number of processes
    account = vault.accounts.find("default", "@acme")
    token = vault.accounts.tokens("default", account.id).tokens.access

Everything belongs to a workspace; one called `default` is there from the start. All calls block for
milliseconds at most: from async code use `await vault.run(vault.accounts.find, "default", "@acme")`.
This module loads SQLAlchemy: import it where a vault is opened.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, ParamSpec, Self, TypeVar

from sqlalchemy import delete, insert, select, update

from postwire.accounts import rows
from postwire.accounts.apps import Apps
from postwire.accounts.attempts import Attempts
from postwire.accounts.connected import ConnectedAccounts
from postwire.accounts.database import Database
from postwire.accounts.home import data_folder
from postwire.accounts.keyring import KeyRing, Place, WrongKey, load_keys, wrong_key
from postwire.accounts.listing import Listing
from postwire.accounts.plans import Plans
from postwire.accounts.records import Workspace
from postwire.accounts.refreshing import Refreshing
from postwire.accounts.reseal import keys_in_use, reseal
from postwire.accounts.schema import accounts, connecting, credential_history, sealing_keys, workspaces
from postwire.errors import ActionFailed, UnknownName, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postwire.accounts.plans import Plan

P = ParamSpec("P")
T = TypeVar("T")
REMEMBERED: Final = 30 * 86_400.0  # seconds that disconnected accounts and unsaved credentials are kept
_KNOWN: Final = b"postwire"
_THREADS: Final = 4


class Vault:
    """One open vault; safe to use from threads, and by many processes at once.

    Args:
        url: of the database; by default `POSTWIRE_DATABASE`, else `vault.db` in the data folder.
        keys: the key ring; by default the keys are looked for as `load_keys` says, and made the first time.
        plans: what a workspace's plan allows; without them only workspaces without a plan can connect.
        folder: the data folder; by default `POSTWIRE_HOME`, else the platform's.
        clock: seconds since 1970, instead of the computer's (SQLite) or the database's (PostgreSQL).

    Attributes:
        url: of the database; it may hold a password.
        accounts: the connected accounts.
        listing: the same as people browse them.
        apps: the operator's app keys.
        attempts: attempts to connect that wait.
        refreshing: renewals of credentials.
        key_source: where the keys came from, for people; "" if they were given.
        key_created: they were made just now: losing them loses every connection, so say so.

    Raises:
        WrongKey: the vault was sealed with another key; it is intact.
        DatabaseUnusable: the database cannot be opened, or a newer Postwire has written there.
        MissingExtra: PostgreSQL, and `postwire[postgres]` is not installed.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        keys: KeyRing | None = None,
        plans: Plans | None = None,
        folder: Path | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._folder = folder or data_folder()
        self._plans = plans or Plans()
        self.url = url or os.environ.get("POSTWIRE_DATABASE") or f"sqlite:///{self._folder / 'vault.db'}"
        self._database = Database(self.url, clock)
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="postwire-vault")
        self.key_source, self.key_created = "", False
        try:
            self._store = rows.Store(self._database, keys or self._load_keys())
            self._check_key()
        except BaseException:
            self.close()
            raise
        self.accounts = ConnectedAccounts(self._store, self._plans)
        self.listing = Listing(self._store)
        self.apps = Apps(self._store)
        self.attempts = Attempts(self._store)
        self.refreshing = Refreshing(self._store)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make a call to the vault in one of its few threads, so that the event loop goes on.

        When the task is cancelled the call still goes on to its end: a token on its way to the disk arrives.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, partial(call, *args, **kwargs)
        )

    def close(self) -> None:
        """Wait for calls that run, and close the database."""
        self._executor.shutdown()
        self._database.close()

    @property
    def store(self) -> rows.Store:
        """The open database and the keys, for the journal beside the accounts."""
        return self._store

    def add_workspace(self, workspace: str, name: str = "", plan: str = "") -> Workspace:
        """Make a workspace; `plan` is one of the operator's, "" for unlimited.

        Raises:
            ActionFailed: `conflict`, there is one with this id.
            UnknownName: no such plan.
        """
        self._plans.of(plan)
        with self._database.write() as connection:
            if connection.execute(select(workspaces.c.id).where(workspaces.c.id == workspace)).first():
                raise ActionFailed(
                    "conflict", f"There is a workspace {shown(workspace)!r} already.", sent="no"
                )
            values = {"id": workspace, "name": name or workspace, "plan": plan}
            connection.execute(insert(workspaces).values(**values, created_at=self._database.now()))
        return next(each for each in self.workspaces() if each.id == workspace)

    def set_plan(self, workspace: str, plan: str) -> None:
        """Put a workspace on another plan; what it has connected beyond that stays.

        Raises:
            UnknownName: no such plan, or no such workspace.
        """
        self._plans.of(plan)
        statement = update(workspaces).where(workspaces.c.id == workspace).values(plan=plan)
        with self._database.write() as connection:
            if not connection.execute(statement).rowcount:
                raise UnknownName(f"No workspace {shown(workspace)!r}.", remedy="Create it first.")

    def plan(self, workspace: str) -> Plan:
        """What a workspace's plan allows.

        Raises:
            UnknownName: no such workspace, or its plan is none of the operator's.
        """
        for each in self.workspaces():
            if each.id == workspace:
                return self._plans.of(each.plan)
        raise UnknownName(f"No workspace {shown(workspace)!r}.", remedy="Create it first.")

    def workspaces(self) -> list[Workspace]:
        """All workspaces, oldest first."""
        statement = select(workspaces).order_by(workspaces.c.created_at, workspaces.c.id)
        with self._database.read() as connection:
            return [
                Workspace(row.id, row.name, row.plan, row.created_at) for row in connection.execute(statement)
            ]

    def use_keys(self, ring: KeyRing) -> None:
        """Seal with another ring's newest key from now on; the ring must still open what is sealed already.

        Raises:
            WrongKey: it cannot.
        """
        if missing := set(keys_in_use(self._database)) - set(ring.ids):
            raise wrong_key(sorted(missing), ring.ids)
        self._store.ring = ring
        self._check_key()

    def reseal(self, limit: int = 1000) -> int:
        """Seal up to *limit* values anew that an older key has sealed; how many, 0 when none is left.

        It may run beside everything else. When it gives 0, the older keys can be dropped: see `keys_in_use`.
        """
        return reseal(self._store, limit)

    def keys_in_use(self) -> dict[str, int]:
        """How many values each key has sealed, by its id."""
        return keys_in_use(self._database)

    def sweep(self, older_than: float = REMEMBERED) -> int:
        """Delete what is over: accounts disconnected, and unsaved credentials kept, for *older_than* seconds.

        Attempts to connect that ran out go too. How many rows that were.
        """
        now = self._database.now()
        border = now - older_than
        statements = (
            delete(connecting).where(connecting.c.expires_at <= now),
            delete(credential_history).where(credential_history.c.created_at < border),
            delete(accounts).where(accounts.c.disconnected_at < border, accounts.c.state == "disconnected"),
        )
        with self._database.write() as connection:
            return sum(connection.execute(statement).rowcount for statement in statements)

    def _load_keys(self) -> KeyRing:
        known = self._known_keys()
        keys = load_keys(self._folder, create=not known)
        if keys is None:  # a new key would open nothing here
            raise WrongKey(
                f"The vault's key is missing: it was sealed with key {' or '.join(sorted(known))}.",
                remedy="Give it back by POSTWIRE_KEY or POSTWIRE_KEY_FILE; the stored accounts are intact.",
            )
        self.key_source, self.key_created = keys.source, keys.created
        return keys.ring

    def _known_keys(self) -> dict[str, bytes]:
        with self._database.read() as connection:
            return {row.id: bytes(row.known) for row in connection.execute(select(sealing_keys))}

    def _check_key(self) -> None:
        """See that our keys are those of this vault, and note a new one."""
        ring = self._store.ring
        if self._opens(ring, self._known_keys()):
            return
        with self._database.write_alone() as connection:
            known = {row.id: bytes(row.known) for row in connection.execute(select(sealing_keys))}
            if not self._opens(ring, known):
                sealed = ring.seal(_KNOWN, _known_place(ring.newest))
                values = {"id": ring.newest, "known": sealed, "created_at": self._database.now()}
                connection.execute(insert(sealing_keys).values(values))

    def _opens(self, ring: KeyRing, known: dict[str, bytes]) -> bool:
        """Our newest key is known here; it raises WrongKey where only others are."""
        ours = [key for key in known if key in ring.ids]
        if known and not ours:
            raise wrong_key(sorted(known), ring.ids, self.key_source)
        for key in ours:
            ring.open(known[key], _known_place(key))
        return ring.newest in known


def _known_place(key: str) -> Place:
    return Place("sealing_keys", "", key, "known")
