"""The Python face: `Client` and `AsyncClient`, thin, over the same flow."""

from __future__ import annotations

import asyncio
import dataclasses
import queue
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self

from postwire.drive import AsyncWorld, World, adrive, drive
from postwire.preparing import Core, Prepared, following_page, pages_of
from postwire.transport import AsyncHttpTransport, HttpTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from postwire.accounts.account import Account
    from postwire.accounts.records import RunState, StoredAccount
    from postwire.accounts.vault import Vault
    from postwire.decide.retry import Policy
    from postwire.drive import Trace, Watch
    from postwire.media.fetch import FetchPolicy
    from postwire.publish.records import Run
    from postwire.transport import AsyncTransport, Transport
    from postwire.values import Event, Result

_END: Final = object()


class Client(Core):
    """Runs actions and waits for them; safe to share among threads. Use it as a context manager, or close it.

    Args:
        account: acts where a call names no other: one with its token, or the id, user name (`@acme`) or
            label of a connected one.
        vault: where connected accounts are looked for: an open vault, or the address of one; by default this
            computer's, if there is one. It is not opened before an account of it is asked for.
        workspace: whose connected accounts.
        integrations: folders with integrations of your own.
        override: let those take the place of shipped ones.
        sandbox: origin of a running simulator; every request goes there instead of to the platform.
        media: folder for media that arrive as content; a private temporary one by default.
        local_files: whether a text in an input may name a file of this machine; servers must say False.
        policy: how persistent to be.
        fetch: how far the fetching of media addresses may go.
        transport: sends the requests; our own by default.
    """

    def __init__(
        self,
        account: Account | str | None = None,
        *,
        vault: Vault | str | None = None,
        workspace: str = "default",
        integrations: Iterable[Path | str] = (),
        override: bool = False,
        sandbox: str | None = None,
        media: Path | None = None,
        local_files: bool = True,
        policy: Policy | None = None,
        fetch: FetchPolicy | None = None,
        transport: Transport | None = None,
    ) -> None:
        super().__init__(
            integrations,
            account,
            media,
            policy,
            fetch,
            local_files=local_files,
            override=override,
            vault=vault,
            workspace=workspace,
            renewals=lambda: self._transport,
            sandbox=sandbox,
        )
        self._transport: Transport = transport or HttpTransport(sandbox=sandbox)
        self._world = World(limiter=self.limiter, patience=self.policy.longest)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections and temporary files; a renewal that runs is waited for."""
        self._connected.close()
        self._transport.close()
        self.media.close()
        self._close_journal()

    def run(
        self,
        action: str,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - everyone's word for it
        /,
        *,
        account: Account | str | None = None,
        key: str | None = None,
        on_event: Watch | None = None,
        trace: Trace | None = None,
        **more: Any,
    ) -> Result:
        """Run an action, such as `client.run("tiktok.get_user_info")`, and wait for its result.

        Args:
            action: its id.
            input: its input; single values may be given by keyword instead.
            account: who acts: an account with its token, or the id, user name or label of a connected one.
                Else it is the client's own, the environment's, or the only one that is connected.
            key: names this run, also for other processes and after a restart: with the same key and the same
                request it happens once, and gives its first result. What broke off goes on where it was.
            on_event: told of steps, uploaded bytes, waits and retries as they happen.
            trace: told of every request and its answer.
            more: single values of the input.

        Raises:
            InvalidInput: the input does not fit; nothing was sent.
            UnknownName: no such action or account, or several accounts could be meant.
            ActionFailed: it ended without success; `code` says how. `conflict` where the key stands for
                another request, or the run is under way elsewhere.
            OutcomeUnknown: a create was sent and not answered. Look before you repeat it.
        """
        prepared = self.prepare(action, input, more, self.who(action, account))
        world = self._world
        if on_event or trace:
            world = dataclasses.replace(world, watch=on_event, trace=trace)
        try:
            if prepared.stored is not None:
                world = self._ready(prepared, prepared.stored.id, world)
            if key is not None:
                from postwire.publish.keyed import asked, run_keyed  # noqa: PLC0415 - loads SQLAlchemy

                ask = asked(prepared, self.workspace, key, self.sandbox or "")
                return run_keyed(self.journal, ask, prepared, self.policy, self._transport, world)
            return prepared.finish(drive(prepared.flow(self.policy), self._transport, world))
        finally:
            prepared.close()

    def _ready(self, prepared: Prepared, account: str, world: World) -> World:
        """Give the connected account its token, and the world the way to another."""
        renewing = self._connected.renewing
        prepared.account = acting = renewing.fresh(account, prepared.need)
        # Always the first token: of parts side by side that are refused with it, only one renews.
        return dataclasses.replace(world, renew=partial(renewing.renew, account, acting.token))

    def submit(
        self,
        action: str,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - as in run
        /,
        *,
        account: str | None = None,
        key: str | None = None,
        at: float | None = None,
        **more: Any,
    ) -> Run:
        """Check an input and hand its run to the workers (`postwire worker`); `journal` tells how it ends.

        Args:
            action: as in `run`.
            input: as in `run`.
            account: the id, user name or label of a connected account.
            key: as in `run`; every run has one, ours if none is given.
            at: seconds since 1970 at which it is due; now if none is given.
            more: single values of the input.

        Raises:
            InvalidInput: the input does not fit.
            UnknownName: no such action or account.
            ActionFailed: `conflict`, the key stands for another request.
        """
        from postwire.publish.submit import submit  # noqa: PLC0415 - loads SQLAlchemy

        given = {**(input or {}), **more}
        return submit(self, action, given, account=account, key=key, at=at)

    def perform(self, run: str, world: Callable[[World], World]) -> RunState:
        """Do what waits in the journal, for workers; the state that it is in then.

        Args:
            run: its id.
            world: makes the world that it runs in out of the client's.
        """
        from postwire.publish.working import perform  # noqa: PLC0415 - as above

        return perform(self, run, self._transport, world(self._world), self._ready)

    def stream(
        self,
        action: str,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - as in run
        /,
        *,
        account: Account | str | None = None,
        **more: Any,
    ) -> Iterator[Event | Result]:
        """As `run`, but the events come as they happen and the Result comes last."""
        events: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def work() -> None:
            try:
                events.put(self.run(action, input, account=account, on_event=events.put, **more))
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                events.put(error)
            events.put(_END)

        threading.Thread(target=work, name="postwire-stream", daemon=True).start()
        while (event := events.get()) is not _END:
            if isinstance(event, BaseException):
                raise event
            yield event

    def iterate(
        self,
        action: str,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - as in run
        /,
        *,
        account: Account | str | None = None,
        **more: Any,
    ) -> Iterator[Any]:
        """Every item of a listing action, page after page, as they are asked for."""
        items, cursor = pages_of(self, action)
        given = {**(input or {}), **more}
        while True:
            output = self.run(action, given, account=account).output
            yield from output.get(items, ())
            if not (following := following_page(output, given.get(cursor))):
                return
            given[cursor] = following


class AsyncClient(Core):
    """As `Client`, for asyncio: one per event loop."""

    def __init__(
        self,
        account: Account | str | None = None,
        *,
        vault: Vault | str | None = None,
        workspace: str = "default",
        integrations: Iterable[Path | str] = (),
        override: bool = False,
        sandbox: str | None = None,
        media: Path | None = None,
        local_files: bool = True,
        policy: Policy | None = None,
        fetch: FetchPolicy | None = None,
        transport: AsyncTransport | None = None,
    ) -> None:
        super().__init__(
            integrations,
            account,
            media,
            policy,
            fetch,
            local_files=local_files,
            override=override,
            vault=vault,
            workspace=workspace,
            renewals=lambda: self._blocking,
            sandbox=sandbox,
        )
        self._blocking = HttpTransport(sandbox=sandbox)  # for renewals: they outlive a task that is cancelled
        self._transport: AsyncTransport = transport or AsyncHttpTransport(sandbox=sandbox)
        self._world = AsyncWorld(limiter=self.limiter, patience=self.policy.longest)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Let go of connections and temporary files; a renewal that runs is waited for."""
        await asyncio.to_thread(self._connected.close)
        self._blocking.close()
        await self._transport.aclose()
        await asyncio.to_thread(self.media.close)
        await asyncio.to_thread(self._close_journal)

    async def run(
        self,
        action: str,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - as in Client
        /,
        *,
        account: Account | str | None = None,
        key: str | None = None,
        on_event: Watch | None = None,
        trace: Trace | None = None,
        **more: Any,
    ) -> Result:
        """As `Client.run`; `on_event` is called in the event loop and must not block."""
        who: Account | StoredAccount | None = self._at_hand(action, account)
        if who is None:
            who = await asyncio.to_thread(self._from_vault, action, account)
        prepare: Callable[[], Prepared] = lambda: self.prepare(action, input, more, who)  # noqa: E731
        has_media = bool(self.programs.get(action, who.flavour if who else "").input.slots)
        prepared = await asyncio.to_thread(prepare) if has_media else prepare()
        world = self._world
        if on_event or trace:
            world = dataclasses.replace(world, watch=on_event, trace=trace)
        try:
            if prepared.stored is not None:
                world = await self._ready(prepared, prepared.stored.id, world)
            if key is not None:
                from postwire.publish.keyed import arun_keyed, asked  # noqa: PLC0415 - loads SQLAlchemy

                ask = await asyncio.to_thread(asked, prepared, self.workspace, key, self.sandbox or "")
                journal = await asyncio.to_thread(lambda: self.journal)
                return await arun_keyed(journal, ask, prepared, self.policy, self._transport, world)
            return prepared.finish(await adrive(prepared.flow(self.policy), self._transport, world))
        finally:
            prepared.close()

    async def submit(
        self,
        action: str,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - as in Client
        /,
        *,
        account: str | None = None,
        key: str | None = None,
        at: float | None = None,
        **more: Any,
    ) -> Run:
        """As `Client.submit`."""
        from postwire.publish.submit import submit  # noqa: PLC0415 - loads SQLAlchemy

        given = {**(input or {}), **more}
        return await asyncio.to_thread(submit, self, action, given, account=account, key=key, at=at)

    async def _ready(self, prepared: Prepared, account: str, world: AsyncWorld) -> AsyncWorld:
        """As in Client."""
        renewing = self._connected.renewing
        prepared.account = acting = await renewing.afresh(account, prepared.need)
        return dataclasses.replace(world, renew=partial(renewing.arenew, account, acting.token))

    async def stream(
        self,
        action: str,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - as in run
        /,
        *,
        account: Account | str | None = None,
        **more: Any,
    ) -> AsyncIterator[Event | Result]:
        """As `run`, but the events come as they happen, the Result last; leaving early cancels it."""
        events: asyncio.Queue[Any] = asyncio.Queue()

        async def work() -> None:
            try:
                events.put_nowait(
                    await self.run(action, input, account=account, on_event=events.put_nowait, **more)
                )
            finally:
                events.put_nowait(_END)

        task = asyncio.create_task(work())
        try:
            while (event := await events.get()) is not _END:
                yield event
            await task
        finally:
            task.cancel()

    async def iterate(
        self,
        action: str,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - as in run
        /,
        *,
        account: Account | str | None = None,
        **more: Any,
    ) -> AsyncIterator[Any]:
        """As `Client.iterate`."""
        items, cursor = pages_of(self, action)
        given = {**(input or {}), **more}
        while True:
            output = (await self.run(action, given, account=account)).output
            for item in output.get(items, ()):
                yield item
            if not (following := following_page(output, given.get(cursor))):
                return
            given[cursor] = following
