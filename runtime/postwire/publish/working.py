"""What a worker does with one run: prepare it again, go on where it was, write down how it ended."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import OperationalError

from postwire.accounts.account import from_environment
from postwire.errors import ActionFailed, OutcomeUnknown
from postwire.publish.keyed import driven
from postwire.publish.portable import handles, restored
from postwire.publish.waits import is_blind

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.accounts.records import RunState
    from postwire.client import Client
    from postwire.drive import World
    from postwire.media.store import MediaStore
    from postwire.preparing import Prepared
    from postwire.publish.ledger import Ledger
    from postwire.publish.records import Run
    from postwire.transport import Transport
    from postwire.values import Event, Result

    Ready = Callable[[Prepared, str, World], World]

NAP: Final = 1.0  # seconds between two looks whether somebody has cancelled
_LATER: Final = ("rate_limited", "quota_exceeded", "transient")
_ATTEMPTS: Final = 8  # of a run that cannot reach the platform
_FIRST: Final = 30.0  # seconds until the second of them; each further wait doubles


def perform(client: Client, number: str, transport: Transport, world: World, ready: Ready) -> RunState:
    """Run it; the state that it is in then.

    What cannot be done now for a while waits again; what was cancelled, or is done, is left as it is.
    """
    journal = client.journal
    try:
        ledger = journal.take(number)
    except ActionFailed:
        return journal.find(number).state
    run = journal.find(number)
    try:
        result = _performed(client, run, ledger, transport, world, ready)
    except OperationalError:
        raise  # a database that is away for a while says nothing about the run
    except Exception as error:  # noqa: BLE001 - whatever it is, it is how the run ended
        until = None if is_blind(ledger, error) else _again_at(error, run, ledger)
        if until is not None:
            journal.postpone(ledger, until)
            return "waiting"
        return journal.fail(ledger, error)
    if not journal.finish(ledger, result):
        return journal.find(number).state  # another worker has taken it, and needs its media
    if result.state == "done" or not ledger.ear.waits:
        discard_media(run, client.media)
    return result.state


def discard_media(run: Run, store: MediaStore) -> None:
    """Delete our own files that a run was given: they have served."""
    for handle in handles(run.document["portable"]):
        store.discard(handle)


def _performed(
    client: Client, run: Run, ledger: Ledger, transport: Transport, world: World, ready: Ready
) -> Result:
    if run.document.get("place", "") != (client.sandbox or ""):
        raise ActionFailed("conflict", "The run belongs to a simulator, or to another one.", sent="no")
    account = run.document.get("account")
    who = client.who(run.action, account) if account else from_environment(run.action.partition(".")[0])
    given = restored(run.document["portable"], client.media)
    prepared = client.prepare(run.action, given, {}, who)
    try:
        if prepared.stored is not None:
            world = ready(prepared, prepared.stored.id, world)
        own = _world(client, ledger, world)
        return prepared.finish(driven(ledger, prepared, client.policy, transport, own))
    finally:
        prepared.close()


def _world(client: Client, ledger: Ledger, world: World) -> World:
    """The world of a run that others watch, and may cancel."""
    seen: dict[str, Any] = {"at": 0.0}

    def watch(event: Event) -> None:
        now = time.monotonic()
        if event.kind == "upload" and now - seen["at"] < NAP:
            return
        seen["at"] = now
        plain = {name: value for name, value in dataclasses.asdict(event).items() if value not in (None, "")}
        with contextlib.suppress(Exception):  # nobody's post fails because nobody could watch it
            client.journal.tell(ledger, plain)

    def sleep(seconds: float) -> None:
        while seconds > 0 and client.journal.tell(ledger, {"kind": "wait", "seconds": round(seconds, 1)}):
            if ledger.ear.is_told():
                return  # the platform's own answer says what there is to be told
            world.sleep(min(seconds, NAP))
            seconds -= NAP  # the next request says why, if it may not go on

    return dataclasses.replace(world, around=ledger.around, watch=watch, sleep=ledger.quick(sleep))


def _again_at(error: Exception, run: Run, ledger: Ledger) -> float | None:
    """When a run that failed for now is tried again; None: it has failed for good."""
    if not isinstance(error, ActionFailed) or isinstance(error, OutcomeUnknown) or ledger.unknown:
        return None
    ours = error.code == "rate_limited" and not error.provider  # a limit that we keep: it was not even asked
    if error.code not in _LATER or (run.attempts > _ATTEMPTS and not ours):
        return None
    if error.retry_after is not None:
        return time.time() + error.retry_after
    if error.code != "transient" or error.sent != "no":
        return None
    return time.time() + _FIRST * float(2 ** (run.attempts - 1))
