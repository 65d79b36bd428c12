"""API keys: for programs that call the server, each of one workspace and for some actions."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, and_, insert, or_, select, update

from postwire.access.sessions import digest
from postwire.accounts.rows import new_id
from postwire.accounts.schema import api_keys
from postwire.errors import UnknownName, shown
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from postwire.accounts.rows import Store

PREFIX: Final = "pw_"
_SHOWN: Final = 11  # characters of a key that stay visible
_USED_EVERY: Final = 60.0  # seconds between two notes that a key was used


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret; times are seconds since 1970.

    Attributes:
        prefix: its first characters, by which people know it again.
        actions: patterns such as `tiktok.*` or `*.get_*` of the actions that it may run; all by default.
    """

    id: str
    workspace: str
    name: str
    prefix: str
    actions: tuple[str, ...]
    created_at: float
    expires_at: float | None
    used_at: float | None
    revoked_at: float | None

    def may_run(self, action: str) -> bool:
        """Whether one of its patterns fits."""
        return any(fnmatchcase(action, pattern) for pattern in self.actions)


class ApiKeys:
    """The keys of a vault; only their SHA-256 is kept."""

    def __init__(self, store: Store) -> None:
        self._database = store.database

    def add(
        self, workspace: str, name: str, actions: Sequence[str] = ("*",), *, seconds: float | None = None
    ) -> tuple[ApiKey, Secret]:
        """A new key, and its secret, which is shown this once; with *seconds* it ends then."""
        secret = PREFIX + secrets.token_urlsafe(32)
        now = self._database.now()
        values = {
            "id": new_id("key"),
            "workspace_id": workspace,
            "name": name,
            "prefix": secret[:_SHOWN],
            "digest": digest(secret),
            "actions": list(actions),
            "created_at": now,
            "expires_at": None if seconds is None else now + seconds,
        }
        with self._database.write() as connection:
            connection.execute(insert(api_keys).values(values))
            row = connection.execute(select(api_keys).where(api_keys.c.id == values["id"])).one()
        return _key(row), Secret(secret)

    def find(self, secret: str) -> ApiKey | None:
        """The key that is good for this secret."""
        now = self._database.now()
        good = and_(
            api_keys.c.digest == digest(secret),
            api_keys.c.revoked_at.is_(None),
            or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now),
        )
        with self._database.read() as connection:
            row = connection.execute(select(api_keys, now.label("now")).where(good)).one_or_none()
        if row is None:
            return None
        if row.used_at is None or row.now - row.used_at > _USED_EVERY:
            with self._database.write() as connection:
                connection.execute(update(api_keys).where(api_keys.c.id == row.id).values(used_at=now))
        return _key(row)

    def list(self, workspace: str) -> list[ApiKey]:
        """Those that were not revoked, newest first."""
        mine = and_(api_keys.c.workspace_id == workspace, api_keys.c.revoked_at.is_(None))
        newest = (api_keys.c.created_at.desc(), api_keys.c.id)
        with self._database.read() as connection:
            return [_key(row) for row in connection.execute(select(api_keys).where(mine).order_by(*newest))]

    def revoke(self, workspace: str, key: str) -> None:
        """Let a key open nothing more.

        Raises:
            UnknownName: the workspace has no such key.
        """
        mine = _living(workspace, key)
        with self._database.write(durable=True) as connection:
            done = connection.execute(update(api_keys).where(mine).values(revoked_at=self._database.now()))
            if not done.rowcount:
                raise UnknownName(f"No API key {shown(key)!r} in this workspace.")


def _living(workspace: str, key: str) -> ColumnElement[bool]:
    mine = and_(api_keys.c.workspace_id == workspace, api_keys.c.id == key)
    return and_(mine, api_keys.c.revoked_at.is_(None))


def _key(row: Row[object]) -> ApiKey:
    return ApiKey(
        row.id,
        row.workspace_id,
        row.name,
        row.prefix,
        tuple(row.actions),
        row.created_at,
        row.expires_at,
        row.used_at,
        row.revoked_at,
    )
