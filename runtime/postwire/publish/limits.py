"""The platforms' limits over all processes: every call is a row, counted by the key of its limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from postwire.accounts.rows import new_id
from postwire.accounts.schema import calls
from postwire.decide.limits import QUOTA, Limiter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from postwire.accounts.database import Database
    from postwire.values import Limit

_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"


class SharedLimiter(Limiter):
    """As `Limiter`, for all processes of a database; it counts by the database's clock."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    def take(self, limits: Sequence[Limit], _: float) -> float:
        """0 when a call may go out now, which is then counted; else the seconds until asking again."""
        with self._database.write() as connection:
            now = self._database.moment(connection)
            wait = max((self._left(connection, limit, now) for limit in limits), default=0.0)
            if wait <= 0:
                rows = [{"id": new_id("call"), "key": limit.key, "at": now} for limit in limits]
                connection.execute(insert(calls), rows)
            return wait

    def give_back(self, limits: Sequence[Limit]) -> None:
        """As `Limiter`."""
        for limit in limits:
            if limit.per >= QUOTA:
                newest = (
                    select(calls.c.id).where(calls.c.key == limit.key).order_by(calls.c.at.desc()).limit(1)
                )
                with self._database.write() as connection:
                    connection.execute(delete(calls).where(calls.c.id == newest.scalar_subquery()))

    def _left(self, connection: Connection, limit: Limit, now: float) -> float:
        if not self._database.is_sqlite:  # there all writes are one after another anyway
            connection.exec_driver_sql(_LOCK, (limit.key,))
        mine = calls.c.key == limit.key
        connection.execute(delete(calls).where(mine, calls.c.at <= now - limit.per))
        count, first = connection.execute(select(func.count(), func.min(calls.c.at)).where(mine)).one()
        return float(first) + limit.per - now if count >= limit.calls else 0.0
