"""From one database to another, such as from a SQLite file to PostgreSQL: accounts, keys' marks, runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, func, insert, select, update

from postwire.accounts.schema import accounts, metadata, runs, sealing_keys, workspaces
from postwire.accounts.vault import Vault
from postwire.errors import ActionFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Table

_BATCH: Final = 500
# What was on its way goes on from its answers, with a worker on the other side.
_FREED: Final = {"state": "waiting", "owner": None, "queued_at": None}


def move(source: Vault, url: str) -> dict[str, int]:
    """Copy everything into the database at *url*; how many rows of each table.

    The source stays as it is: stop all that uses it before, and use only the other one from then on.

    Raises:
        ActionFailed: `conflict`, something is there already.
        DatabaseUnusable: it cannot be opened.
    """
    with (
        Vault(url, keys=source.store.ring) as target,
        source.store.database.read() as read,
        target.store.database.write(durable=True) as write,
    ):
        _refuse_full(write)
        for table in (sealing_keys, workspaces):  # what a new database has by itself
            write.execute(delete(table))
        counts = {table.name: _copy(table, read, write) for table in metadata.sorted_tables}
        handed = and_(runs.c.state.in_(("waiting", "running")), runs.c.queued_at.is_not(None))
        write.execute(update(runs).where(handed).values(**_FREED))
    return counts


def _refuse_full(connection: Connection) -> None:
    for table in (accounts, runs):
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            raise ActionFailed(
                "conflict",
                "There are accounts or runs in that database already.",
                remedy="Give an empty one: two vaults cannot become one.",
                sent="no",
            )


def _copy(table: Table, read: Connection, write: Connection) -> int:
    count = 0
    for batch in _batches(table, read):
        write.execute(insert(table), batch)
        count += len(batch)
    return count


def _batches(table: Table, read: Connection) -> Iterator[list[dict[str, Any]]]:
    statement = select(table)
    if table is accounts:  # logins before what they carry
        statement = statement.order_by(accounts.c.parent_id.is_not(None), accounts.c.created_at)
    for part in read.execute(statement).mappings().partitions(_BATCH):
        yield [dict(row) for row in part]
