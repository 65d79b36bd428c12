"""The journal's rows: from values to columns and back."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from postwire.accounts.keyring import Place
from postwire.accounts.outbox import announce
from postwire.accounts.rows import Store, new_id
from postwire.accounts.schema import effects, runs
from postwire.errors import UnknownName, shown
from postwire.publish.ledger import answer_place, within
from postwire.publish.outcome import load_answer, read_result
from postwire.publish.records import Run, Sent
from postwire.publish.shown import ending
from postwire.values import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

    from postwire.accounts.records import RunState
    from postwire.publish.records import Ask

_SUCCESS: Final = range(200, 400)


class Rows:
    """Reads and writes rows within the caller's transaction."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._database = store.database

    def named(self, connection: Connection, workspace: str, key: str) -> Row[Any] | None:
        """The row of a key, locked; None if there is none."""
        mine = and_(runs.c.workspace_id == workspace, runs.c.key == key)
        return connection.execute(select(runs).where(mine).with_for_update()).one_or_none()

    def by_id(self, connection: Connection, run: str, *, lock: bool = False) -> Row[Any]:
        """The row of a run.

        Raises:
            UnknownName: no such run.
        """
        statement = select(runs).where(runs.c.id == run)
        row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
        if row is None:
            raise unknown_run(run)
        return row

    def insert(self, connection: Connection, ask: Ask) -> Row[Any]:
        """The new row, or that of somebody who was quicker."""
        number, now = new_id("run"), self._database.now()
        sealed = self.seal(ask.workspace, number, {"request": dict(ask.document)})
        values = {
            "id": number,
            "workspace_id": ask.workspace,
            "key": ask.key,
            "action": ask.action,
            "account": ask.account,
            "fingerprint": ask.fingerprint,
            "state": "waiting",
            "code": "",
            "attempts": 0,
            "nonce": secrets.token_hex(8),
            "created_at": now,
            "updated_at": now,
            "run_at": ask.run_at,
            "sealed": sealed,
        }
        dialect = sqlite if self._database.is_sqlite else postgresql
        once = (
            dialect.insert(runs).values(values).on_conflict_do_nothing(index_elements=["workspace_id", "key"])
        )
        connection.execute(once)
        row = self.named(connection, ask.workspace, ask.key)
        assert row is not None
        return row

    def prune(self, connection: Connection, row: Row[Any]) -> None:
        """Forget what failed, so that it is sent again; what was done stays done."""
        step = (self.document(row).get("error") or {}).get("step", "")
        failed = [
            each.key for each in self.sent(connection, row.id) if _failed(each) or within(each.key, step)
        ]
        mine = and_(effects.c.run_id == row.id, effects.c.key.in_(failed))
        connection.execute(delete(effects).where(mine))

    def forget(self, connection: Connection, row: Row[Any], step: str) -> None:
        """Forget the requests of which it is known now that they did nothing."""
        gone = [each.key for each in self.sent(connection, row.id) if each.answer is None]
        gone += [each.key for each in self.sent(connection, row.id) if within(each.key, step)]
        connection.execute(delete(effects).where(effects.c.run_id == row.id, effects.c.key.in_(gone)))

    def sent(self, connection: Connection, run: str) -> list[Sent]:
        """What a run has sent, in its order."""
        statement = select(effects).where(effects.c.run_id == run).order_by(effects.c.sent_at, effects.c.id)
        return [self.effect(row) for row in connection.execute(statement)]

    def effect(self, row: Row[Any]) -> Sent:
        """The request of a row."""
        answer = None
        if row.sealed is not None:
            place = answer_place(row.workspace_id, row.id)
            answer = load_answer(self.store.ring.open(bytes(row.sealed), place))
        return Sent(row.key, row.request, row.state, row.sent_at, answer)

    def store_end(
        self, connection: Connection, row: Row[Any], state: RunState, code: str, more: Mapping[str, Any]
    ) -> None:
        """Write how a run ended, and that it is to be told; a look that found nothing out is no news."""
        document = {"request": self.document(row)["request"], **more}
        values = {
            "state": state,
            "code": code,
            "owner": None,
            "updated_at": self._database.now(),
            "sealed": self.seal(row.workspace_id, row.id, document),
        }
        connection.execute(update(runs).where(runs.c.id == row.id).values(**values))
        if not (state == "pending" and "result" in self.document(row)):
            self.tell(connection, row.id)

    def tell(self, connection: Connection, run: str) -> None:
        """Put on its way to the caller's own system how a run has ended."""
        found = self.by_id(connection, run)
        announce(
            self.store,
            connection,
            found.workspace_id,
            f"run.{found.state}",
            run,
            lambda: ending(self.run(found)),
        )

    def seal(self, workspace: str, run: str, document: Mapping[str, Any]) -> bytes:
        """*document* as it is stored."""
        return self.store.ring.seal(json.dumps(document).encode(), run_place(workspace, run))

    def document(self, row: Row[Any]) -> dict[str, Any]:
        """The request of a run, and its outcome."""
        plain = self.store.ring.open(bytes(row.sealed), run_place(row.workspace_id, row.id))
        return dict(json.loads(plain))

    def run(self, row: Row[Any]) -> Run:
        """The run of a row."""
        document = self.document(row)
        result = document.get("result")
        return Run(
            id=row.id,
            workspace=row.workspace_id,
            key=row.key,
            action=row.action,
            account=row.account,
            state=row.state,
            code=row.code,
            attempts=row.attempts,
            created_at=row.created_at,
            updated_at=row.updated_at,
            run_at=row.run_at,
            cancelled_at=row.cancelled_at,
            document=document["request"],
            result=None if result is None else read_result(result),
            error=document.get("error"),
            progress=row.progress,
        )


def unknown_run(run: str) -> UnknownName:
    """The error for a run that there is none of."""
    return UnknownName(f"No run {shown(run)!r} here.", remedy="`postwire runs list` shows the runs.")


def run_place(workspace: str, run: str) -> Place:
    """Where a run's request and outcome stand."""
    return Place("runs", workspace, run, "sealed")


def _failed(sent: Sent) -> bool:
    return not isinstance(sent.answer, Response) or sent.answer.status not in _SUCCESS
