"""Whose the files are that were sent to the server, and how much room each workspace's take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select

from postwire.access.sessions import digest
from postwire.accounts.schema import uploads, workspaces
from postwire.errors import ActionFailed
from postwire.language.units import show_size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from postwire.accounts.rows import Store

LONGEST: Final = 86_400.0  # seconds that a request can go on bringing files
_HELD: Final = "held "  # begins the id of room that is held for a request


class QuotaFull(ActionFailed):
    """A workspace's files take all the room that they may take; nothing was kept."""

    def __init__(self, quota: int) -> None:
        super().__init__(
            "quota_exceeded",
            f"The files of this workspace may take {show_size(quota)}, and these would take more.",
            remedy="Delete files that are no longer needed, or ask the operator for more room.",
            sent="no",
        )


class Uploads:
    """The files of a vault's workspaces; only the SHA-256 of each handle is kept."""

    def __init__(self, store: Store) -> None:
        self._database = store.database

    def used(self, workspace: str) -> int:
        """Bytes of all files of a workspace, and of what is being received."""
        with self._database.read() as connection:
            return self._sum(connection, workspace, "")

    def owns(self, workspace: str, handle: str) -> bool:
        """Whether a file is the workspace's."""
        mine = and_(uploads.c.id == digest(handle), uploads.c.workspace_id == workspace)
        with self._database.read() as connection:
            return connection.execute(select(uploads.c.id).where(mine)).first() is not None

    def hold(self, workspace: str, name: str, size: int, quota: int) -> None:
        """Hold room for a request under a name of its own; again with another size to change it.

        Raises:
            QuotaFull: there is not so much.
            UnknownName: no such workspace.
        """
        self._put(workspace, _HELD + name, size, quota)

    def keep(self, workspace: str, handle: str, size: int, quota: int, name: str = "") -> None:
        """Note a file, in the place of the room that was held under *name*.

        Raises:
            QuotaFull: more would be taken than the workspace may take.
            UnknownName: no such workspace.
        """
        self._put(workspace, digest(handle), size, quota, _HELD + name)

    def release(self, name: str) -> None:
        """Give back what was held under *name*."""
        self._delete(uploads.c.id == _HELD + name)

    def forget(self, workspace: str, handle: str) -> None:
        """Note that a file is gone."""
        self._delete(and_(uploads.c.id == digest(handle), uploads.c.workspace_id == workspace))

    def sweep(self, workspace: str, present: Iterable[str]) -> int:
        """Forget files that are gone, by the handles that are *present*; how many.

        Files of runs go with their runs, and old ones when somebody sweeps the store, without word to us.
        """
        kept = {digest(handle) for handle in present}
        held = uploads.c.id.startswith(_HELD)
        over = and_(held, uploads.c.created_at < self._database.now() - LONGEST)
        mine = uploads.c.workspace_id == workspace
        with self._database.read() as connection:
            found = connection.execute(select(uploads.c.id).where(mine, or_(~held, over))).scalars()
            gone = [each for each in found if each not in kept]
        for each in gone:
            self._delete(uploads.c.id == each)
        return len(gone)

    def _put(self, workspace: str, number: str, size: int, quota: int, instead: str = "") -> None:
        values = {"id": number, "workspace_id": workspace, "size": float(size)}
        alone = select(workspaces.c.id).where(workspaces.c.id == workspace).with_for_update()
        with self._database.write() as connection:
            connection.execute(alone)  # or two could take the last room together
            connection.execute(delete(uploads).where(uploads.c.id.in_((number, instead))))
            if self._sum(connection, workspace, number) + size > quota:
                raise QuotaFull(quota)
            connection.execute(insert(uploads).values(**values, created_at=self._database.now()))

    def _sum(self, connection: Connection, workspace: str, but: str) -> int:
        others = and_(uploads.c.workspace_id == workspace, uploads.c.id != but)
        return int(
            connection.execute(select(func.coalesce(func.sum(uploads.c.size), 0)).where(others)).scalar_one()
        )

    def _delete(self, which: ColumnElement[bool]) -> None:
        with self._database.write() as connection:
            connection.execute(delete(uploads).where(which))
