"""What one run sent: on the disk before it goes out, and its answer as soon as it is there.

A run that is begun again is given the recorded answers, and goes on from the first request without one.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import and_, delete, insert, update
from sqlalchemy.exc import OperationalError

from postwire.accounts.keyring import Place
from postwire.accounts.schema import effects, runs
from postwire.errors import ActionFailed, OutcomeUnknown
from postwire.flow.verify import LOOKING
from postwire.publish.fingerprint import request_digest
from postwire.publish.outcome import dump_answer
from postwire.publish.records import Sent
from postwire.values import Lost, Send, Sleep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from sqlalchemy import Connection

    from postwire.accounts.rows import Store
    from postwire.publish.ear import Ear
    from postwire.values import Effect, Response, Result

_REFUSED: Final = 400  # statuses from here on

_PAUSES: Final = (0.05, 0.1, 0.5, 1.0, 2.0, *[5.0] * 12)  # seconds, together a minute


class Ledger:
    """The requests of one run, while this process runs it.

    Attributes:
        run: its id.
        nonce: makes the boundaries of its bodies.
        begun_at: what the action takes for now.
        ear: listens for what it waits to be told of.
        before: what it gave when it was pending, if a look is taken at it again.
        changed: this process has sent something that changes things.
        cancelled: somebody has asked for its end.
        unknown: its outcome is not known, until it goes on.
    """

    def __init__(
        self,
        store: Store,
        workspace: str,
        run: str,
        owner: str,
        *,
        nonce: str,
        begun_at: float,
        ear: Ear,
        before: Result | None = None,
        known: Iterable[Sent] = (),
        unknown: bool = False,
    ) -> None:
        self._store = store
        self.workspace = workspace
        self.run = run
        self.owner = owner
        self.nonce = nonce
        self.begun_at = begun_at
        self.ear = ear
        self.before = before
        self.changed = False
        self._last: Response | Lost | None = None
        self.cancelled = False
        self.unknown = unknown
        self._known = {each.key: each for each in known}
        self._since = 0.0  # when the last request was sent whose answer was recalled
        self._replay()

    def around(self, effect: Effect, go: Callable[..., Any]) -> Any:
        """For `World.around`."""
        if isinstance(effect, Sleep):
            with self.ear.on(effect):
                return go()
        if not isinstance(effect, Send) or LOOKING in effect.key:
            return go()
        if (answer := self.recall(effect)) is not None:
            return answer
        answer = go(partial(self.begin, effect))
        self.end(effect, answer)
        return answer

    async def aaround(self, effect: Effect, go: Callable[..., Awaitable[Any]]) -> Any:
        """For `AsyncWorld.around`: the disk is written by a thread."""
        if not isinstance(effect, Send) or LOOKING in effect.key:
            return await go()
        if (answer := self.recall(effect)) is not None:
            return answer
        answer = await go(partial(asyncio.to_thread, self.begin, effect))
        # Whoever cancels the task must not part the answer from its request.
        await asyncio.shield(asyncio.to_thread(self.end, effect, answer))
        return answer

    @property
    def replaying(self) -> bool:
        """Recorded answers are still to come, so that there is nothing to wait for."""
        return bool(self._left)

    def quick(self, sleep: Callable[[float], None]) -> Callable[[float], None]:
        """*sleep*, but the time that has passed since the recorded answers counts."""
        return lambda seconds: sleep(left) if (left := self._still(seconds)) > 0 else None

    def aquick(self, sleep: Callable[[float], Awaitable[None]]) -> Callable[[float], Awaitable[None]]:
        """As `quick`, for asyncio."""

        async def wait(seconds: float) -> None:
            if (left := self._still(seconds)) > 0:
                await sleep(left)

        return wait

    @property
    def saw_nothing(self) -> bool:
        """The last answer that came was none: nobody knows more than before it."""
        last = self._last
        return last is not None and (isinstance(last, Lost) or last.status >= _REFUSED)

    def rewind(self, step: str) -> None:
        """Forget what was sent in *step*: it is known that it did nothing, so it may be sent again."""
        gone = [key for key in self._known if within(key, step)]
        with self._store.database.write(durable=True) as connection:
            mine = and_(effects.c.run_id == self.run, effects.c.key.in_(gone))
            connection.execute(delete(effects).where(mine))
        for key in gone:
            del self._known[key]
        self.unknown = False
        self._replay()

    def _replay(self) -> None:
        self._left = {each.key for each in self._known.values() if each.answer is not None}

    def _still(self, seconds: float) -> float:
        """How much is left of a wait."""
        if self.replaying:
            return 0.0
        return seconds - max(0.0, time.time() - self._since) if self._since else seconds

    def recall(self, effect: Send) -> Response | Lost | None:
        """The recorded answer, or None: then it is to be sent.

        Raises:
            OutcomeUnknown: it was about to be sent when the process ended, and must not be sent twice.
            ActionFailed: `conflict`, it is another request than the one that was sent.
        """
        known = self._known.get(effect.key)
        if known is None:
            return None
        if known.request != request_digest(effect.request):
            raise ActionFailed(
                "conflict",
                "The action has changed since this run began, and cannot go on where it was.",
                remedy="Look at what it has done (`postwire runs show`), then begin a new run.",
                step=effect.key,
            )
        self._since = known.sent_at
        if not effect.repeatable:
            self.ear.waits.clear()  # what came before is over
        if known.answer is None:
            raise OutcomeUnknown(
                "The process ended while this request was on its way: it may have happened.", step=effect.key
            )
        self._left.discard(effect.key)
        return known.answer

    def begin(self, effect: Send) -> None:
        """Put on the disk that *effect* is about to be sent; nothing for what may be sent twice.

        Raises:
            ActionFailed: `cancelled`, or `conflict` when another process has taken this run over.
        """
        if not self.cancelled and not effect.repeatable:
            self._note(effect)
        if self.cancelled:
            raise ActionFailed("cancelled", "The run was cancelled.", sent="no", step=effect.key)

    def _note(self, effect: Send) -> None:
        with self._store.database.write(durable=True) as connection:
            if not self._touch(connection):
                raise _displaced(effect)
            if not self.cancelled:
                connection.execute(insert(effects).values(self._row(effect, "sending")))
        self.changed = True
        self.ear.waits.clear()  # what came before is over
        self._keep(effect, None)

    def end(self, effect: Send, answer: Response | Lost) -> None:
        """Put the answer on the disk, also when another process has taken over: it is the true one.

        Raises:
            ActionFailed: `conflict`, another process has taken this run over.
        """
        mine = self._answered(effect, answer)
        self._keep(effect, answer)
        if not mine:
            raise _displaced(effect)

    def _answered(self, effect: Send, answer: Response | Lost) -> bool:
        """Write *answer* down, also when the database is away for a moment; whether the run is still ours."""
        for pause in _PAUSES:
            try:
                return self._write_answer(effect, answer)
            except OperationalError:
                time.sleep(pause)
        return self._write_answer(effect, answer)

    def _write_answer(self, effect: Send, answer: Response | Lost) -> bool:
        with self._store.database.write(durable=not effect.repeatable) as connection:
            mine = self._touch(connection)
            row = self._row(effect, "answered")
            sealed = self._store.ring.seal(dump_answer(answer), answer_place(self.workspace, row["id"]))
            values = {"state": "answered", "sealed": sealed, "answered_at": self._store.database.now()}
            there = update(effects).where(effects.c.id == row["id"]).values(**values)
            if not connection.execute(there).rowcount and mine:
                connection.execute(insert(effects).values({**row, **values}))
        return mine

    def _keep(self, effect: Send, answer: Response | Lost | None) -> None:
        state: Literal["sending", "answered"] = "sending" if answer is None else "answered"
        self._known[effect.key] = Sent(effect.key, request_digest(effect.request), state, time.time(), answer)
        self._since, self.unknown = 0.0, False
        self._last = answer

    def _touch(self, connection: Connection) -> bool:
        """Show that the run goes on; whether it is still ours."""
        statement = (
            update(runs)
            .where(runs.c.id == self.run, runs.c.owner == self.owner)
            .values(updated_at=self._store.database.now())
            .returning(runs.c.cancelled_at)
        )
        row = connection.execute(statement).one_or_none()
        self.cancelled = self.cancelled or (row is not None and row.cancelled_at is not None)
        return row is not None

    def _row(self, effect: Send, state: str) -> dict[str, Any]:
        return {
            "id": effect_id(self.run, effect.key),
            "workspace_id": self.workspace,
            "run_id": self.run,
            "key": effect.key,
            "request": request_digest(effect.request),
            "state": state,
            "sent_at": self._store.database.now(),
        }


def effect_id(run: str, key: str) -> str:
    """The id of a run's effect."""
    return f"{run}:{key}"


def within(key: str, step: str) -> bool:
    """Whether an effect belongs to a step: `upload[3]~2` to `upload`."""
    return bool(step) and key.startswith(step) and not key[len(step) : len(step) + 1].isidentifier()


def answer_place(workspace: str, effect: str) -> Place:
    """Where the answer to an effect stands."""
    return Place("effects", workspace, effect, "sealed")


def _displaced(effect: Send) -> ActionFailed:
    return ActionFailed(
        "conflict",
        "Another process has taken this run over.",
        remedy="Look at it with `postwire runs show`.",
        sent="no",
        step=effect.key,
    )
