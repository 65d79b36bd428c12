"""The operator's apps on the platforms: their keys, sealed, by workspace."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, delete, insert, select, update

from postwire.accounts.keyring import Place
from postwire.accounts.records import App
from postwire.accounts.schema import apps
from postwire.errors import UnknownName, shown
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

    from postwire.accounts.rows import Store


class Apps:
    """One app for each integration of a workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, workspace: str, integration: str, keys: Mapping[str, str | Secret]) -> None:
        """Keep the keys of an app, in the place of earlier ones."""
        plain = {name: key.reveal() if isinstance(key, Secret) else key for name, key in keys.items()}
        with self._store.database.write(durable=True) as connection:
            mine = _mine(workspace, integration)
            before = connection.execute(
                select(apps.c.version).where(mine).with_for_update()
            ).scalar_one_or_none()
            version = (before or 0) + 1
            now = self._store.database.now()
            sealed = self._store.ring.seal(
                json.dumps(plain).encode(), _place(workspace, integration, version)
            )
            values = {"key_names": sorted(plain), "sealed": sealed, "version": version, "updated_at": now}
            if before is not None:
                connection.execute(update(apps).where(mine).values(values))
            else:
                values |= {"workspace_id": workspace, "integration": integration, "created_at": now}
                connection.execute(insert(apps).values(values))

    def get(self, workspace: str, integration: str) -> dict[str, Secret]:
        """The keys of an app, by name.

        Raises:
            UnknownName: the workspace has no app for this integration.
            WrongKey, Unreadable: they do not open.
        """
        with self._store.database.read() as connection:
            row = connection.execute(select(apps).where(_mine(workspace, integration))).one_or_none()
        if row is None:
            raise UnknownName(
                f"This workspace has no app for {shown(integration)}.",
                remedy="Enter the keys of your app from the platform's developer portal.",
            )
        plain = self._store.ring.open(bytes(row.sealed), _place(workspace, integration, row.version))
        return {name: Secret(key) for name, key in json.loads(plain).items()}

    def list(self, workspace: str) -> list[App]:
        """The workspace's apps, without their keys."""
        statement = select(apps).where(apps.c.workspace_id == workspace).order_by(apps.c.integration)
        with self._store.database.read() as connection:
            return [_app(row) for row in connection.execute(statement)]

    def remove(self, workspace: str, integration: str) -> bool:
        """Forget an app; False if there was none. Its accounts work on until their tokens end."""
        with self._store.database.write() as connection:
            return bool(connection.execute(delete(apps).where(_mine(workspace, integration))).rowcount)


def _mine(workspace: str, integration: str) -> ColumnElement[bool]:
    return and_(apps.c.workspace_id == workspace, apps.c.integration == integration)


def _place(workspace: str, integration: str, version: int) -> Place:
    return Place("apps", workspace, integration, "sealed", version)


def _app(row: Row[Any]) -> App:
    return App(row.workspace_id, row.integration, tuple(row.key_names), row.updated_at)
