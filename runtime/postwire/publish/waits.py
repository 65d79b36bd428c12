"""Pending runs whose end a platform will tell: they are looked at again when it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, exists, insert, or_, select, update

from postwire.accounts.schema import effects, notices, runs, waits
from postwire.errors import ActionFailed, OutcomeUnknown
from postwire.publish.ledger import within

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from postwire.accounts.database import Database
    from postwire.publish.ledger import Ledger

WAITED: Final = 3 * 86_400.0  # seconds that a pending run is looked at again; no platform tells later
_FIRST: Final = 30.0  # seconds until the next look after one that could not look; each further doubles
_LONGEST: Final = 3_600.0
# How a look ends that did not find out anything: what was pending is pending still.
_BLIND: Final = frozenset(
    {
        "auth_expired",
        "scope_missing",
        "permission_denied",
        "account_not_eligible",
        "rate_limited",
        "quota_exceeded",
        "credits_depleted",
        "version_retired",
        "not_found",
        "transient",
        "cancelled",
        "internal",
    }
)


class Waits:
    """The waits of all workspaces of a vault."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, connection: Connection, row: Row[Any], ledger: Ledger | None) -> None:
        """Write down what a run waits for that has ended pending; nothing for any other end."""
        former = {each.step: each.since for each in self._of(connection, row.id)}
        connection.execute(delete(waits).where(waits.c.run_id == row.id))
        if ledger is None:
            return
        now = self._database.now()
        for step, about in ledger.ear.waits.items():
            # What was heard right before a look that saw nothing has not been looked after.
            heard = ledger.begun_at if ledger.saw_nothing else ledger.ear.heard(step)
            values = {
                "id": f"{row.id}:{step}",
                "workspace_id": row.workspace_id,
                "run_id": row.id,
                "step": step,
                "integration": about.integration,
                "reference": about.reference,
                "heard_at": heard,
                "since": former.get(step, now),
                "tries": 0,
            }
            connection.execute(insert(waits).values(values))

    def put_off(self, connection: Connection, row: Row[Any]) -> None:
        """Look again later at a run of which nothing could be found out."""
        tries = max((each.tries for each in self._of(connection, row.id)), default=0)
        pause = min(_FIRST * 2**tries, _LONGEST)
        values = {"tries": tries + 1, "not_before": self._database.now() + pause}
        connection.execute(update(waits).where(waits.c.run_id == row.id).values(**values))

    def due(self, limit: int = 100) -> list[str]:
        """The ids of pending runs of which a platform has spoken since."""
        told = exists().where(
            notices.c.integration == waits.c.integration,
            notices.c.reference == waits.c.reference,
            notices.c.at > waits.c.heard_at,
            notices.c.workspace.in_(("", waits.c.workspace_id)),
        )
        come = or_(waits.c.not_before.is_(None), waits.c.not_before <= self._database.now())
        pending = and_(runs.c.id == waits.c.run_id, runs.c.state == "pending")
        statement = select(waits.c.run_id).distinct().where(exists().where(pending), told, come)
        with self._database.read() as connection:
            return list(connection.execute(statement.limit(limit)).scalars())

    def heard(self, connection: Connection, run: str) -> dict[str, float]:
        """By the key of a poll, until when its notices have been looked after."""
        return {each.step: each.heard_at for each in self._of(connection, run)}

    def forget_looks(self, connection: Connection, run: str) -> None:
        """Let the polls that ran out of time ask anew: they are reads.

        Raises:
            ActionFailed: `conflict`, the run waits for nothing.
        """
        steps = [each.step for each in self._of(connection, run)]
        if not steps:
            raise ActionFailed("conflict", f"The run {run} waits for nothing.", sent="no")
        keys = connection.execute(select(effects.c.key).where(effects.c.run_id == run)).scalars()
        looks = [key for key in keys if any(within(key, step) for step in steps)]
        mine = and_(effects.c.run_id == run, effects.c.key.in_(looks))
        connection.execute(delete(effects).where(mine))

    def sweep(self, older_than: float = WAITED) -> list[str]:
        """Wait no longer for what no platform will tell any more; the ids of those runs."""
        old = waits.c.since < self._database.now() - older_than
        with self._database.write() as connection:
            gone = connection.execute(delete(waits).where(old).returning(waits.c.run_id)).scalars()
            return sorted(set(gone))

    def _of(self, connection: Connection, run: str) -> list[Row[Any]]:
        return list(connection.execute(select(waits).where(waits.c.run_id == run)))


def is_blind(ledger: Ledger, error: BaseException) -> bool:
    """Whether a look at a pending run ended without finding out anything.

    That is so when it broke off before it looked, or the look itself was refused; what the platform said to
    it, and whatever came after, is how the run ended.
    """
    if ledger.before is None or ledger.changed or isinstance(error, OutcomeUnknown):
        return False
    if not isinstance(error, ActionFailed) or not error.step or ledger.replaying:
        return True
    looked = any(within(error.step, step) for step in ledger.ear.steps)
    return looked and error.code in _BLIND
