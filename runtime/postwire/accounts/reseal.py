"""Giving the vault another key: every sealed value is opened with its old key and sealed with the newest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import LargeBinary, Table, func, literal, select, update

from postwire.accounts.keyring import FORMAT, ID_SIZE, Place
from postwire.accounts.schema import (
    accounts,
    apps,
    connecting,
    credential_history,
    deliveries,
    effects,
    endpoints,
    runs,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

    from postwire.accounts.database import Database
    from postwire.accounts.rows import Store


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A table with a column `sealed`, and by which columns its rows are bound to it."""

    table: Table
    row: str
    version: str | None

    @property
    def key(self) -> ColumnElement[bytes]:
        """The id of the key that sealed a row."""
        return func.substr(self.table.c.sealed, len(FORMAT) + 1, ID_SIZE, type_=LargeBinary)

    def place(self, row: Row[Any]) -> Place:
        version = getattr(row, self.version) if self.version else 0
        return Place(self.table.name, row.workspace_id, getattr(row, self.row), "sealed", version)


_SEALED: Final = (
    _Sealed(accounts, "id", "version"),
    _Sealed(apps, "integration", "version"),
    _Sealed(credential_history, "id", "version"),
    _Sealed(connecting, "id", None),
    _Sealed(runs, "id", None),
    _Sealed(effects, "id", None),
    _Sealed(endpoints, "id", None),
    _Sealed(deliveries, "id", None),
)


def keys_in_use(database: Database) -> dict[str, int]:
    """How many values each key has sealed, by its id."""
    counts: Counter[str] = Counter()
    with database.read() as connection:
        for each in _SEALED:
            key = each.key.label("sealing_key")
            sealed = each.table.c.sealed.is_not(None)
            statement = select(key, func.count()).where(sealed).group_by("sealing_key")
            for number, count in connection.execute(statement):
                counts[bytes(number).hex()] += count
    return dict(counts)


def reseal(store: Store, limit: int) -> int:
    """Seal up to *limit* values anew whose key is not the ring's newest; how many.

    Raises:
        WrongKey, Unreadable: one does not open.
    """
    done = 0
    for each in _SEALED:
        with store.database.write() as connection:
            for row in _old(connection, each, store.ring.newest, limit - done):
                place = each.place(row)
                sealed = store.ring.seal(store.ring.open(bytes(row.sealed), place), place)
                same = each.table.c.sealed == row.sealed  # else it was written anew meanwhile
                mine = [each.table.c[name] == getattr(row, name) for name in ("workspace_id", each.row)]
                connection.execute(update(each.table).where(*mine, same).values(sealed=sealed))
                done += 1
    return done


def _old(connection: Connection, each: _Sealed, newest: str, limit: int) -> list[Row[Any]]:
    statement = (
        select(each.table)
        .where(each.table.c.sealed.is_not(None), each.key != literal(bytes.fromhex(newest), LargeBinary))
        .limit(limit)
    )
    return list(connection.execute(statement)) if limit > 0 else []
