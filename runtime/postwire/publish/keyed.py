"""Runs under a key, in the caller's own process: the same key and the same request happen once."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any, Final, cast

from postwire.drive import adrive, drive
from postwire.errors import ActionFailed
from postwire.flow.state import Absent
from postwire.publish.fingerprint import fingerprint, plain
from postwire.publish.ledger import Ledger
from postwire.publish.limits import SharedLimiter
from postwire.publish.records import Ask

if TYPE_CHECKING:
    from postwire.decide.retry import Policy
    from postwire.drive import AsyncWorld, World
    from postwire.preparing import Prepared
    from postwire.publish.journal import Journal
    from postwire.transport import AsyncTransport, Transport
    from postwire.values import Flow, Result

ROUNDS: Final = 4  # how often something is begun that is lost and has not happened


def asked(
    prepared: Prepared, workspace: str, key: str, place: str, *, at: float | None = None, **more: Any
) -> Ask:
    """The run of a prepared input under *key*; *place* is where it goes if not to the platform."""
    account = prepared.account.key if prepared.account else ""
    action = prepared.program.id
    found = fingerprint(action, account, prepared.values, place)
    stored = f"{place} {key}" if place else key  # the simulator's runs take no key from the real ones
    document = {"input": plain(prepared.values), **({"place": place} if place else {}), **more}
    return Ask(workspace, stored, action, account, found, document, at)


def run_keyed(
    journal: Journal, ask: Ask, prepared: Prepared, policy: Policy, transport: Transport, world: World
) -> Result:
    """Run it, unless it is done already; what it gave.

    After a lost answer it looks whether it happened, where the platform can be asked.

    Raises:
        PostwireError: as `Client.run`; `conflict` when the key stands for something else.
    """
    claim = journal.claim(ask)
    if not isinstance(claim, Ledger):
        return claim
    try:
        limiter = SharedLimiter(journal.store.database)
        own = dataclasses.replace(world, around=claim.around, sleep=claim.quick(world.sleep), limiter=limiter)
        result = prepared.finish(driven(claim, prepared, policy, transport, own))
    except BaseException as error:
        journal.fail(claim, error)
        raise
    journal.finish(claim, result)
    return result


def driven(ledger: Ledger, prepared: Prepared, policy: Policy, transport: Transport, world: World) -> Result:
    """Drive the flow of a run to its end; again from before what turned out not to have happened."""
    for _ in range(ROUNDS):
        try:
            return cast("Result", drive(_flow(ledger, prepared, policy), transport, world))
        except Absent as error:
            ledger.rewind(error.step)
    raise gave_up()


async def arun_keyed(
    journal: Journal,
    ask: Ask,
    prepared: Prepared,
    policy: Policy,
    transport: AsyncTransport,
    world: AsyncWorld,
) -> Result:
    """As `run_keyed`, in the running event loop; the disk is written by threads."""
    claim = await asyncio.to_thread(journal.claim, ask)
    if not isinstance(claim, Ledger):
        return claim
    try:
        own = dataclasses.replace(world, around=claim.aaround, sleep=claim.aquick(world.sleep))
        result = prepared.finish(await adriven(claim, prepared, policy, transport, own))
    except BaseException as error:
        await asyncio.shield(asyncio.to_thread(journal.fail, claim, error))
        raise
    await asyncio.to_thread(journal.finish, claim, result)
    return result


async def adriven(
    ledger: Ledger, prepared: Prepared, policy: Policy, transport: AsyncTransport, world: AsyncWorld
) -> Result:
    """As `driven`, in the running event loop."""
    for _ in range(ROUNDS):
        try:
            return cast("Result", await adrive(_flow(ledger, prepared, policy), transport, world))
        except Absent as error:
            await asyncio.to_thread(ledger.rewind, error.step)
    raise gave_up()


def _flow(ledger: Ledger, prepared: Prepared, policy: Policy) -> Flow[Result]:
    return prepared.flow(policy, now=ledger.begun_at, run_id=ledger.nonce, verify=True)


def gave_up() -> ActionFailed:
    """The error after answers that were lost again and again, without anything having happened."""
    return ActionFailed("transient", "The platform's answers are lost again and again; nothing was done.")
