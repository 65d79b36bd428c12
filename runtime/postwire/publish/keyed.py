"""Runs under a key, in the caller's own process: the same key and the same request happen once."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

from postwire.drive import adrive, drive
from postwire.publish.fingerprint import fingerprint, plain
from postwire.publish.ledger import Ledger
from postwire.publish.records import Ask

if TYPE_CHECKING:
    from postwire.decide.retry import Policy
    from postwire.drive import AsyncWorld, World
    from postwire.preparing import Prepared
    from postwire.publish.journal import Journal
    from postwire.transport import AsyncTransport, Transport
    from postwire.values import Result


def asked(prepared: Prepared, workspace: str, key: str, place: str, **more: Any) -> Ask:
    """The run of a prepared input under *key*; *place* is where it goes if not to the platform."""
    account = prepared.account.key if prepared.account else ""
    action = prepared.program.id
    found = fingerprint(action, account, prepared.values, place)
    stored = f"{place} {key}" if place else key  # the simulator's runs take no key from the real ones
    document = {"input": plain(prepared.values), **({"place": place} if place else {}), **more}
    return Ask(workspace, stored, action, account, found, document)


def run_keyed(
    journal: Journal, ask: Ask, prepared: Prepared, policy: Policy, transport: Transport, world: World
) -> Result:
    """Run it, unless it is done already; what it gave.

    Raises:
        PostwireError: as `Client.run`; `conflict` when the key stands for something else.
    """
    claim = journal.claim(ask)
    if not isinstance(claim, Ledger):
        return claim
    try:
        flow = prepared.flow(policy, now=claim.begun_at, run_id=claim.nonce)
        own = dataclasses.replace(world, around=claim.around, sleep=claim.quick(world.sleep))
        result = prepared.finish(drive(flow, transport, own))
    except BaseException as error:
        journal.fail(claim, error)
        raise
    journal.finish(claim, result)
    return result


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
        flow = prepared.flow(policy, now=claim.begun_at, run_id=claim.nonce)
        own = dataclasses.replace(world, around=claim.aaround, sleep=claim.aquick(world.sleep))
        result = prepared.finish(await adrive(flow, transport, own))
    except BaseException as error:
        await asyncio.shield(asyncio.to_thread(journal.fail, claim, error))
        raise
    await asyncio.to_thread(journal.finish, claim, result)
    return result
