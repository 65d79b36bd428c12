"""The journal: which runs were asked for, which go on, how each ended. It lies beside the accounts' vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, and_, delete, exists, func, or_, select, update

from postwire.accounts.process import is_gone, lease_owner
from postwire.accounts.schema import effects, runs
from postwire.errors import ActionFailed, OutcomeUnknown, shown
from postwire.publish.ear import Ear
from postwire.publish.ledger import Ledger
from postwire.publish.outcome import plain_error, plain_result, read_result
from postwire.publish.rows import Rows, unknown_run
from postwire.publish.waits import Waits, is_blind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row

    from postwire.accounts.records import RunState
    from postwire.accounts.vault import Vault
    from postwire.publish.records import Ask, Run, Sent
    from postwire.values import Result

SILENT: Final = 3600.0  # seconds without a sign of life after which a run elsewhere counts as dead
LONGEST_KEY: Final = 200  # characters
_SAME: Final = 1.0  # seconds by which two looks at one clock may differ
_BEHIND: Final = 0.001  # seconds
_ENDED: Final = ("done", "pending")


class Journal:
    """The runs of all workspaces of a vault; calls block for milliseconds.

    Args:
        vault: where they lie.
        owns: close it with the journal.
    """

    def __init__(self, vault: Vault, *, owns: bool = False) -> None:
        self.vault = vault
        self._owns = owns
        self.store = vault.store
        self._database = vault.store.database
        self._rows = Rows(vault.store)
        self.waits = Waits(vault.store.database)

    def close(self) -> None:
        """Close the vault, if it is ours."""
        if self._owns:
            self.vault.close()

    def claim(self, ask: Ask) -> Ledger | Result:
        """Begin a run, or go on with one that broke off; the result when it was done before.

        A run that failed is tried again from where it failed; one whose outcome is unknown is looked after.

        Raises:
            ActionFailed: `conflict`, when the key belongs to another request, or the run is under way or
                waits for its time.
        """
        if not 0 < len(ask.key) <= LONGEST_KEY or ask.key.endswith(" "):
            raise ActionFailed("invalid_input", f"A key has 1 to {LONGEST_KEY} characters.", sent="no")
        owner = lease_owner()
        # What is sent is on the disk before it is sent, and this with it.
        with self._database.write() as connection:
            row = self._rows.named(connection, ask.workspace, ask.key) or self._rows.insert(connection, ask)
            self._check(row, ask.fingerprint)
            if row.state in _ENDED:
                return read_result(self._rows.document(row)["result"])
            return self._take(connection, row, owner)

    def take(self, run: str) -> Ledger:
        """Run a run that waits, or go on with one, whoever ran it before.

        It is for workers, whose engine gives a run to one of them at a time.

        Raises:
            ActionFailed: `conflict`, it has ended.
            UnknownName: no such run.
        """
        with self._database.write() as connection:
            row = self._rows.by_id(connection, run)
            if row.state == "pending":
                self.waits.forget_looks(connection, run)
            elif row.state not in {"waiting", "running"}:
                raise ActionFailed("conflict", f"The run {run} has ended: it is {row.state}.", sent="no")
            return self._take(connection, row, lease_owner(), forced=True)

    def submit(self, ask: Ask) -> tuple[Run, bool]:
        """Write down a run for a worker; (the run, whether it is a new one).

        Raises:
            ActionFailed: `conflict`, when the key belongs to another request.
        """
        with self._database.write(durable=True) as connection:
            row = self._rows.named(connection, ask.workspace, ask.key)
            new = row is None
            row = row or self._rows.insert(connection, ask)
            self._check(row, ask.fingerprint)
            return self._rows.run(row), new

    def finish(self, ledger: Ledger, result: Result) -> bool:
        """Write down what a run gave, if it is still ours; a look that saw nothing leaves what was before."""
        if result.state == "pending" and ledger.before is not None and ledger.saw_nothing:
            before = {"result": plain_result(ledger.before)}
            return self._end(ledger, "pending", "", before, blind=True)
        return self._end(ledger, result.state, "", {"result": plain_result(result)})

    def fail(self, ledger: Ledger, error: BaseException) -> RunState:
        """Write down why a run ended; the state that it is in now. An unknown end says how to settle it.

        One that was pending is so still when the look at it could not look.
        """
        if ledger.before is not None and is_blind(ledger, error):
            self._end(ledger, "pending", "", {"result": plain_result(ledger.before)}, blind=True)
            return "pending"
        if isinstance(error, OutcomeUnknown):
            settle = f"`postwire runs resolve {ledger.run} --posted LINK` or `--not-posted`"
            error.remedy = f"{error.remedy} Then settle it: {settle}."
        plain = plain_error(error)
        state: RunState = "failed"
        if isinstance(error, OutcomeUnknown) or ledger.unknown or self._on_its_way(ledger):
            state = "unknown"
        elif plain["code"] == "cancelled":
            state = "cancelled"
        if state == "unknown" and not isinstance(error, OutcomeUnknown):
            plain = plain_error(OutcomeUnknown(f"It broke off while a request was on its way: {error!r}."))
        self._end(ledger, state, plain["code"], {"error": plain})
        return state

    def get(self, workspace: str, run: str) -> Run:
        """One run, by its id or its key.

        Raises:
            UnknownName: no such run.
        """
        # The simulator's keys have its address before them.
        fits = or_(runs.c.id == run, runs.c.key == run, runs.c.key.endswith(f" {run}", autoescape=True))
        best = (runs.c.key.endswith(f" {run}", autoescape=True), runs.c.created_at.desc())
        statement = select(runs).where(runs.c.workspace_id == workspace, fits).order_by(*best)
        with self._database.read() as connection:
            row = connection.execute(statement.limit(1)).one_or_none()
        if row is None:
            raise unknown_run(run)
        return self._rows.run(row)

    def find(self, run: str) -> Run:
        """One run of any workspace, by its id: for workers.

        Raises:
            UnknownName: no such run.
        """
        with self._database.read() as connection:
            return self._rows.run(self._rows.by_id(connection, run))

    def runs(self, workspace: str, *, states: Sequence[RunState] = (), limit: int | None = 50) -> list[Run]:
        """Runs, newest first; all of them when *limit* is None."""
        wanted = [runs.c.workspace_id == workspace, *([runs.c.state.in_(states)] if states else [])]
        newest = (runs.c.created_at.desc(), runs.c.id.desc())
        with self._database.read() as connection:
            found = connection.execute(select(runs).where(*wanted).order_by(*newest).limit(limit)).all()
        return [self._rows.run(row) for row in found]

    def sent(self, run: Run) -> list[Sent]:
        """What a run has sent, in its order."""
        with self._database.read() as connection:
            return self._rows.sent(connection, run.id)

    def resolve(self, run: Run, *, result: Result | None) -> Run:
        """Settle an unknown run: with *result* it is done; without, it did not happen and may be run again.

        Raises:
            ActionFailed: `conflict`, its outcome is not unknown.
        """
        with self._database.write(durable=True) as connection:
            row = self._rows.by_id(connection, run.id, lock=True)
            if row.state != "unknown":
                raise ActionFailed(
                    "conflict", f"The outcome of {run.id} is known: it is {row.state}.", sent="no"
                )
            if result is not None:
                self._rows.store_end(connection, row, "done", "", {"result": plain_result(result)})
            else:
                error = dict(self._rows.document(row)["error"])
                self._rows.forget(connection, row, error.get("step", ""))
                error |= {
                    "code": "transient",
                    "sent": "no",
                    "message": f"It did not happen. {error['message']}",
                }
                self._rows.store_end(connection, row, "failed", "transient", {"error": error})
        return self.find(run.id)

    def cancel(self, run: Run) -> Run:
        """Ask for the end of a run: one that waits ends at once, one under way before its next request."""
        now = self._database.now()
        mine = runs.c.id == run.id
        with self._database.write(durable=True) as connection:
            under_way = and_(mine, runs.c.state == "running")
            connection.execute(update(runs).where(under_way).values(cancelled_at=now))
            waits = and_(mine, runs.c.state == "waiting")
            ended = {"state": "cancelled", "code": "cancelled", "cancelled_at": now, "updated_at": now}
            if connection.execute(update(runs).where(waits).values(**ended)).rowcount:
                self._rows.tell(connection, run.id)
        return self.find(run.id)

    def revive(self, run: Run, run_at: float | None = None) -> Run:
        """Let a run that failed or was cancelled wait for a worker again; it goes on from where it failed.

        Raises:
            ActionFailed: `conflict`, it has not ended so.
        """
        with self._database.write(durable=True) as connection:
            row = self._rows.by_id(connection, run.id, lock=True)
            if row.state not in {"failed", "cancelled"}:
                raise ActionFailed("conflict", f"The run {run.id} is {row.state}.", sent="no")
            self._rows.prune(connection, row)
            values = {
                "state": "waiting",
                "code": "",
                "cancelled_at": None,
                "run_at": run_at,
                "owner": None,
                "queued_at": None,
            }
            connection.execute(update(runs).where(runs.c.id == row.id).values(**values))
        return self.find(run.id)

    def move(self, run: Run, run_at: float) -> bool:
        """Give a run that waits another time; False when it waits no longer."""
        waits = and_(runs.c.id == run.id, runs.c.state == "waiting")
        with self._database.write(durable=True) as connection:
            return bool(
                connection.execute(update(runs).where(waits).values(run_at=run_at, queued_at=None)).rowcount
            )

    def postpone(self, ledger: Ledger, until: float) -> None:
        """Let a run of ours wait until then, because it may not call the platform before.

        It stays behind those of its account that wait for the same moment already.
        """
        with self._database.write(durable=True) as connection:
            row = self._rows.by_id(connection, ledger.run, lock=True)
            if row.owner != ledger.owner:
                return
            mine = and_(runs.c.workspace_id == row.workspace_id, runs.c.account == row.account)
            put_off = and_(mine, runs.c.state == "waiting", runs.c.attempts > 0)
            ahead = select(func.max(runs.c.run_at)).where(put_off, runs.c.run_at < until + _SAME)
            last = connection.execute(ahead).scalar_one_or_none()
            at = until if last is None else max(until, last + _BEHIND)
            values = {"state": "waiting", "owner": None, "run_at": at, "queued_at": None}
            connection.execute(update(runs).where(runs.c.id == row.id).values(**values))
            self._rows.prune(connection, row)

    def tell(self, ledger: Ledger, progress: Mapping[str, Any]) -> bool:
        """Show other processes how far it is; whether it may go on (nobody has cancelled it or taken it)."""
        mine = and_(runs.c.id == ledger.run, runs.c.owner == ledger.owner)
        values = {"progress": dict(progress), "updated_at": self._database.now()}
        statement = update(runs).where(mine).values(**values).returning(runs.c.cancelled_at)
        with self._database.write() as connection:
            row = connection.execute(statement).one_or_none()
        ledger.cancelled = ledger.cancelled or (row is not None and row.cancelled_at is not None)
        return row is not None and not ledger.cancelled

    def due(self, limit: int = 100) -> list[Run]:
        """The next run of each account whose time has come, unless an engine has one of that account.

        So those of one account come in the order of their times, whatever the engine's queue makes of them.
        """
        other = runs.alias()
        busy = exists().where(
            other.c.workspace_id == runs.c.workspace_id,
            other.c.account == runs.c.account,
            other.c.queued_at.is_not(None),
            other.c.state.in_(("waiting", "running")),
        )
        waits = and_(runs.c.state == "waiting", runs.c.queued_at.is_(None), ~busy)
        come = or_(runs.c.run_at.is_(None), runs.c.run_at <= self._database.now())
        first = (func.coalesce(runs.c.run_at, runs.c.created_at), runs.c.created_at, runs.c.id)
        place = func.row_number().over(partition_by=(runs.c.workspace_id, runs.c.account), order_by=first)
        ranked = select(runs.c.id, place.label("place")).where(waits, come).subquery()
        heads = select(runs).join(ranked, ranked.c.id == runs.c.id).where(ranked.c.place == 1)
        with self._database.read() as connection:
            found = connection.execute(heads.order_by(*first).limit(limit)).all()
        return [self._rows.run(row) for row in found]

    def is_open(self, run: str) -> bool:
        """Whether an engine has a run that has not ended."""
        there = and_(
            runs.c.id == run, runs.c.queued_at.is_not(None), runs.c.state.in_(("waiting", "running"))
        )
        with self._database.read() as connection:
            return connection.execute(select(runs.c.id).where(there)).first() is not None

    def handed(self, run: Run) -> None:
        """Note that an engine has it."""
        waits = and_(runs.c.id == run.id, runs.c.state == "waiting")
        with self._database.write() as connection:
            connection.execute(update(runs).where(waits).values(queued_at=self._database.now()))

    def sweep(self, older_than: float) -> int:
        """Forget runs that ended more than *older_than* seconds ago, with their keys; unknown ones stay."""
        border = self._database.now() - older_than
        over = runs.c.state.in_(("done", "pending", "failed", "cancelled"))
        with self._database.write() as connection:
            return connection.execute(delete(runs).where(over, runs.c.updated_at < border)).rowcount

    def _check(self, row: Row[Any], fingerprint: str) -> None:
        if row.fingerprint != fingerprint:
            raise ActionFailed(
                "conflict",
                f"The key {shown(row.key)!r} was used for another request ({row.action}, {row.id}).",
                remedy="Give each request a key of its own.",
                sent="no",
            )

    def _take(self, connection: Connection, row: Row[Any], owner: str, *, forced: bool = False) -> Ledger:
        """Make a row ours, if nobody else is at it."""
        # Within the transaction the clock of the database gives one moment.
        now = self._database.moment(connection)
        alive = row.state == "running" and not forced
        if alive and not is_gone(row.owner or "") and row.updated_at > now - SILENT:
            raise ActionFailed(
                "conflict",
                f"This run is under way in another process ({row.id}).",
                remedy="Wait for it, and ask again with the same key.",
                sent="no",
            )
        if row.state in {"failed", "cancelled"}:
            self._rows.prune(connection, row)
        begun = row.begun_at if row.begun_at is not None else now
        values = {
            "state": "running",
            "code": "",
            "owner": owner,
            "attempts": runs.c.attempts + 1,
            "begun_at": begun,
            "updated_at": now,
            "cancelled_at": row.cancelled_at if row.state == "running" else None,
        }
        connection.execute(update(runs).where(runs.c.id == row.id).values(**values))
        known = self._rows.sent(connection, row.id)
        before = self._rows.document(row).get("result")
        heard = self.waits.heard(connection, row.id)
        return Ledger(
            self.store,
            row.workspace_id,
            row.id,
            owner,
            nonce=row.nonce,
            begun_at=begun,
            ear=Ear(self._database, row.workspace_id, begun, heard),
            before=None if before is None else read_result(before),
            known=known,
            unknown=row.state == "unknown",
        )

    def _on_its_way(self, ledger: Ledger) -> bool:
        sending = and_(effects.c.run_id == ledger.run, effects.c.state == "sending")
        with self._database.read() as connection:
            return connection.execute(select(effects.c.id).where(sending)).first() is not None

    def _end(
        self,
        ledger: Ledger,
        state: RunState,
        code: str,
        more: Mapping[str, Any],
        *,
        blind: bool = False,
    ) -> bool:
        # Were this lost, the run would go on from its answers, to the same end.
        with self._database.write() as connection:
            row = self._rows.by_id(connection, ledger.run, lock=True)
            if row.owner != ledger.owner:
                return False
            self._rows.store_end(connection, row, state, code, more)
            if blind:
                self.waits.put_off(connection, row)
            else:
                # Only a worker can look again.
                again = state == "pending" and "portable" in self._rows.document(row)["request"]
                self.waits.keep(connection, row, ledger if again else None)
        return True
