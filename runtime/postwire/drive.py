"""The two short drivers: they do what a flow asks for, one waiting and one awaiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from postwire.decide.limits import Limiter, is_refused
from postwire.errors import ActionFailed, OutcomeUnknown
from postwire.flow.state import Pending
from postwire.values import Event, Progress, Renew, Report, Send, Sleep, Together

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postwire.secret import Secret
    from postwire.transport import AsyncTransport, Transport
    from postwire.values import Effect, Flow, Lost, Response

Watch = Callable[[Event], None]
Trace = Callable[[Send, "Response | Lost"], None]
Around = Callable[["Effect", Callable[..., Any]], Any]
AsyncAround = Callable[["Effect", Callable[..., Awaitable[Any]]], Awaitable[Any]]


def _no_renewal() -> Secret | None:
    return None


async def _no_async_renewal() -> Secret | None:
    return None


@dataclass(frozen=True, slots=True)
class World:
    """What a synchronous run has besides its transport.

    Attributes:
        watch: told of every event, also from threads of a parallel upload.
        trace: told of every request and its answer.
        limiter: shared by all runs of a process.
        renew: gets a fresh token after the platform refused the old one; None when it cannot.
        patience: seconds that one wait for a rate limit may take; a longer one fails as `rate_limited`.
        lanes: how many parts of a run go on at once, whatever its manifest allows.
        around: given every effect and what does it; gives the answer. A Send takes `before`, which is called
            after the waiting for limits, right before the request goes out.
    """

    watch: Watch | None = None
    trace: Trace | None = None
    limiter: Limiter = field(default_factory=Limiter)
    renew: Callable[[], Secret | None] = _no_renewal
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    patience: float = 120.0
    lanes: int = 100
    around: Around | None = None


@dataclass(frozen=True, slots=True)
class AsyncWorld:
    """As World, for `adrive`."""

    watch: Watch | None = None
    trace: Trace | None = None
    limiter: Limiter = field(default_factory=Limiter)
    renew: Callable[[], Awaitable[Secret | None]] = _no_async_renewal
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    patience: float = 120.0
    lanes: int = 100
    around: AsyncAround | None = None


def drive(flow: Flow[Any], transport: Transport, world: World) -> Any:
    """Run *flow* to its end in this thread; what it returns.

    What goes wrong with an effect is raised inside the flow, where it asked for it.

    Raises:
        PostwireError: what the flow raises.
    """
    step = partial(flow.send, None)
    while True:
        try:
            effect = step()
        except StopIteration as done:
            return done.value
        try:
            step = partial(flow.send, _answer(effect, transport, world))
        except Exception as error:  # noqa: BLE001 - the flow knows what it means
            step = partial(flow.throw, error)


def _answer(effect: Effect, transport: Transport, world: World) -> Any:
    if world.around is not None:
        return world.around(effect, partial(_do, effect, transport, world))
    return _do(effect, transport, world)


def _do(effect: Effect, transport: Transport, world: World, before: Callable[[], None] | None = None) -> Any:
    if type(effect) is Send:
        return _send(effect, transport, world, before)
    if type(effect) is Report and world.watch:
        world.watch(effect.event)
    elif type(effect) is Sleep:
        world.sleep(effect.seconds)
    elif type(effect) is Together:
        return _together(effect, transport, world)
    elif type(effect) is Renew:
        return world.renew()
    return None


def _send(
    effect: Send, transport: Transport, world: World, before: Callable[[], None] | None
) -> Response | Lost:
    while effect.limits and (seconds := world.limiter.take(effect.limits, world.clock())) > 0:
        _announce(effect, seconds, world)
        world.sleep(seconds)
    if before is not None:
        before()
    answer = transport.send(effect.request, _meter(effect.progress, world.watch))
    if effect.limits and is_refused(answer):
        world.limiter.give_back(effect.limits)
    if world.trace:
        world.trace(effect, answer)
    return answer


def _together(effect: Together, transport: Transport, world: World) -> list[Any]:
    failed = threading.Event()

    def one(flow: Flow[Any]) -> Any:
        if failed.is_set():
            return None
        try:
            return drive(flow, transport, world)
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(min(effect.limit, world.lanes), thread_name_prefix="postwire") as pool:
        runs = [pool.submit(one, flow) for flow in effect.flows]
        try:
            wait(runs)
        except BaseException:
            failed.set()
            raise
    _raise_gravest(run.exception() for run in runs)
    return [run.result() for run in runs]


async def adrive(flow: Flow[Any], transport: AsyncTransport, world: AsyncWorld) -> Any:
    """As `drive`, in the running event loop."""
    step = partial(flow.send, None)
    while True:
        try:
            effect = step()
        except StopIteration as done:
            return done.value
        try:
            step = partial(flow.send, await _aanswer(effect, transport, world))
        except Exception as error:  # noqa: BLE001 - as above
            step = partial(flow.throw, error)


async def _aanswer(effect: Effect, transport: AsyncTransport, world: AsyncWorld) -> Any:
    if world.around is not None:
        return await world.around(effect, partial(_ado, effect, transport, world))
    return await _ado(effect, transport, world)


async def _ado(
    effect: Effect,
    transport: AsyncTransport,
    world: AsyncWorld,
    before: Callable[[], Awaitable[None]] | None = None,
) -> Any:
    if type(effect) is Send:
        return await _asend(effect, transport, world, before)
    if type(effect) is Report and world.watch:
        world.watch(effect.event)
    elif type(effect) is Sleep:
        await world.sleep(effect.seconds)
    elif type(effect) is Together:
        return await _atogether(effect, transport, world)
    elif type(effect) is Renew:
        return await world.renew()
    return None


async def _asend(
    effect: Send,
    transport: AsyncTransport,
    world: AsyncWorld,
    before: Callable[[], Awaitable[None]] | None,
) -> Response | Lost:
    while effect.limits and (seconds := world.limiter.take(effect.limits, world.clock())) > 0:
        _announce(effect, seconds, world)
        await world.sleep(seconds)
    if before is not None:
        await before()
    answer = await transport.send(effect.request, _meter(effect.progress, world.watch))
    if effect.limits and is_refused(answer):
        world.limiter.give_back(effect.limits)
    if world.trace:
        world.trace(effect, answer)
    return answer


async def _atogether(effect: Together, transport: AsyncTransport, world: AsyncWorld) -> list[Any]:
    gate = asyncio.Semaphore(min(effect.limit, world.lanes))
    failed = asyncio.Event()

    async def one(flow: Flow[Any]) -> Any:
        async with gate:
            if failed.is_set():
                return None
            try:
                return await adrive(flow, transport, world)
            except BaseException:
                failed.set()
                raise

    found = await asyncio.gather(*(one(flow) for flow in effect.flows), return_exceptions=True)
    _raise_gravest(result if isinstance(result, BaseException) else None for result in found)
    return found


def _raise_gravest(outcomes: Iterable[BaseException | None]) -> None:
    """Raise what must be said first: that something may have happened, then a failure, then a mere delay."""
    failures = [outcome for outcome in outcomes if outcome is not None]
    if failures:
        raise min(failures, key=_mildness)


def _mildness(failure: BaseException) -> int:
    return 0 if isinstance(failure, OutcomeUnknown) else 2 if isinstance(failure, Pending) else 1


def _announce(effect: Send, seconds: float, world: World | AsyncWorld) -> None:
    """Tell of a wait for a limit.

    Raises:
        ActionFailed: `rate_limited`, when it would take too long.
    """
    if seconds > world.patience:
        raise ActionFailed(
            "rate_limited",
            f"This account has used up what the platform allows; the next call is free in {seconds:.0f} s.",
            sent="no",
            retry_after=seconds,
        )
    if world.watch:
        world.watch(Event("wait", effect.key, "Waiting for the platform's rate limit.", seconds=seconds))


def _meter(progress: Progress | None, watch: Watch | None) -> Callable[[int], None] | None:
    """A counter of a body's bytes that tells how far the whole upload is."""
    if progress is None or watch is None:
        return None
    return partial(_count, progress, watch, [progress.before])


def _count(progress: Progress, watch: Watch, done: list[int], more: int) -> None:
    done[0] += more
    watch(Event("upload", progress.step, done=done[0], total=progress.total))
