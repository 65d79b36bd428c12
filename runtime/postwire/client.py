"""The Python face: `Client` and `AsyncClient`, thin, over the same flow."""

from __future__ import annotations

import asyncio
import dataclasses
import queue
import secrets
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Self

from postwire.accounts.account import Account, from_environment, variable
from postwire.decide.limits import Limiter
from postwire.decide.programs import Programs
from postwire.decide.retry import Policy
from postwire.drive import AsyncWorld, World, adrive, drive
from postwire.errors import ActionFailed, InvalidInput
from postwire.flow import run
from postwire.language.catalog import Catalog
from postwire.media.store import MediaStore
from postwire.secret import MASK
from postwire.transport import AsyncHttpTransport, HttpTransport, opener

if TYPE_CHECKING:
    from postwire.values import Event, Flow, Result
    from pathlib import Path
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
    from postwire.decide.program import Program
    from postwire.drive import Trace, Watch
    from postwire.language.catalog import Summary
    from postwire.media.fetch import FetchPolicy
    from postwire.media.inputs import Opened
    from postwire.media.source import Fetch
    from postwire.transport import AsyncTransport, Transport

_END: Final = object()


@dataclasses.dataclass(slots=True)
class _Prepared:
    """An input that may run: checked, its media open."""

    program: Program
    values: dict[str, Any]
    account: Account | None
    opened: Opened | None

    def flow(self, policy: Policy) -> Flow[Result]:
        return run(
            self.program,
            self.values,
            self.account,
            now=time.time(),
            run_id=secrets.token_hex(8),
            policy=policy,
        )

    def finish(self, result: Result) -> Result:
        """*result* with what could not be checked about the media."""
        if self.opened is None or not self.opened.notes:
            return result
        return dataclasses.replace(result, warnings=(*self.opened.notes, *result.warnings))

    def close(self) -> None:
        if self.opened is not None:
            self.opened.close()


class _Core:
    """What both clients share; nothing here waits for a network but the fetching of media."""

    def __init__(
        self,
        integrations: Iterable[Path | str],
        account: Account | None,
        sandbox: str | None,
        media: Path | None,
        policy: Policy | None,
        fetch: FetchPolicy | None,
        *,
        local_files: bool,
        override: bool,
    ) -> None:
        self.catalog = Catalog(integrations, override=override)
        self.programs = Programs(self.catalog)
        self.media = MediaStore(media)
        self._account = account
        self._sandbox = sandbox
        self._policy = policy or Policy()
        self._fetch_policy = fetch
        self._local_files = local_files
        self._limiter = Limiter()

    def actions(self, integration: str | None = None) -> list[Summary]:
        """Every action, or those of one integration: id, title, description, effect, scopes.

        Raises:
            UnknownName: there is no such integration.
        """
        return self.catalog.actions(integration)

    def describe(self, action: str) -> dict[str, Any]:
        """An action's title, description, effect, scopes, schemas, limits, errors and examples, as JSON.

        Raises:
            UnknownName: there is no such action.
        """
        from postwire.decide.describe import describe  # noqa: PLC0415 - only who asks needs it

        return describe(self.programs.get(action))

    def dry_run(self, action: str, input: Mapping[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:  # noqa: A002 - everyone's word for it
        """The requests that a run would send, with nothing sent and tokens masked.

        Requests after the first are built from the answers of the action's example, and say so.

        Raises:
            InvalidInput: the input does not fit.
        """
        from postwire.dryrun import rehearse  # noqa: PLC0415 - as above

        account = Account(action.partition(".")[0], MASK)
        prepared = self._prepare(action, input, more, account)
        try:
            flow = prepared.flow(dataclasses.replace(self._policy, attempts=1))
            checks = prepared.opened.notes if prepared.opened else []
            return rehearse(prepared.program, flow, self.catalog, checks)
        finally:
            prepared.close()

    def _prepare(
        self, action: str, given: Mapping[str, Any] | None, more: Mapping[str, Any], account: Account | None
    ) -> _Prepared:
        """The run of *action*; every mistake of its input at once."""
        program = self.programs.get(action)
        values, places = program.input.prepare({**given, **more} if given and more else given or more)
        mistakes = program.input.mistakes(values, places)
        opened = None
        if places:
            from postwire.media.inputs import Opened  # noqa: PLC0415 - only media need it

            opened = Opened()
            try:
                opened.open(
                    places,
                    store=self.media,
                    fetch=self._fetch(),
                    local=self._local_files,
                    download=not mistakes,
                )
            except BaseException:
                opened.close()
                raise
            mistakes = [*mistakes, *opened.mistakes]
        if mistakes:
            if opened:
                opened.close()
            raise InvalidInput(mistakes, action=action)
        return _Prepared(program, values, self._acting(program, account), opened)

    def _acting(self, program: Program, account: Account | None) -> Account | None:
        """The account that acts: the one given here, the client's own, or the environment's."""
        name = program.api.name
        if account is not None:
            return account
        if self._account is not None and self._account.integration == name:
            return self._account
        found = from_environment(name)
        if found is None and program.api.auth != "none":
            raise ActionFailed(
                "auth_expired",
                f"No {program.api.title} account is connected.",
                remedy=f"Give an account, or set {variable(name)} to an access token.",
                sent="no",
            )
        return found

    def _fetch(self) -> Fetch:
        from postwire.media.fetch import FetchPolicy, fetcher  # noqa: PLC0415 - only addresses need it

        policy = self._fetch_policy or FetchPolicy()
        return fetcher(opener(policy), policy)


def _pages(core: _Core, action: str) -> tuple[str, str]:
    """(the output's list, the input's cursor) of a listing action."""
    schema = core.programs.get(action).action
    lists = [
        name for name, inner in schema.output.get("properties", {}).items() if inner.get("type") == "array"
    ]
    if "cursor" not in schema.input.get("properties", {}) or not lists:
        raise ActionFailed("invalid_input", f"{action} does not give pages.", sent="no")
    return lists[0], "cursor"


class Client(_Core):
    """Runs actions and waits for them; safe to share among threads. Use it as a context manager, or close it.

    Args:
        account: acts where a call names no other.
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
        account: Account | None = None,
        *,
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
            integrations, account, sandbox, media, policy, fetch, local_files=local_files, override=override
        )
        self._transport: Transport = transport or HttpTransport(sandbox=sandbox)
        self._world = World(limiter=self._limiter, patience=self._policy.longest)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections and temporary files."""
        self._transport.close()
        self.media.close()

    def run(
        self,
        action: str,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - everyone's word for it
        /,
        *,
        account: Account | None = None,
        on_event: Watch | None = None,
        trace: Trace | None = None,
        **more: Any,
    ) -> Result:
        """Run an action, such as `client.run("tiktok.get_user_info")`, and wait for its result.

        Args:
            action: its id.
            input: its input; single values may be given by keyword instead.
            account: who acts.
            on_event: told of steps, uploaded bytes, waits and retries as they happen.
            trace: told of every request and its answer.
            more: single values of the input.

        Raises:
            InvalidInput: the input does not fit; nothing was sent.
            ActionFailed: it ended without success; `code` says how.
            OutcomeUnknown: a create was sent and not answered. Look before you repeat it.
        """
        prepared = self._prepare(action, input, more, account)
        world = self._world
        if on_event or trace:
            world = dataclasses.replace(world, watch=on_event, trace=trace)
        try:
            return prepared.finish(drive(prepared.flow(self._policy), self._transport, world))
        finally:
            prepared.close()

    def stream(
        self,
        action: str,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - as in run
        /,
        *,
        account: Account | None = None,
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
        account: Account | None = None,
        **more: Any,
    ) -> Iterator[Any]:
        """Every item of a listing action, page after page, as they are asked for."""
        items, cursor = _pages(self, action)
        given = {**(input or {}), **more}
        while True:
            output = self.run(action, given, account=account).output
            yield from output.get(items, ())
            if not (following := _following(output)):
                return
            given[cursor] = following


def _following(output: Mapping[str, Any]) -> Any:
    """Where the next page begins; None on the last one."""
    return output.get("next_cursor")


class AsyncClient(_Core):
    """As `Client`, for asyncio: one per event loop."""

    def __init__(
        self,
        account: Account | None = None,
        *,
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
            integrations, account, sandbox, media, policy, fetch, local_files=local_files, override=override
        )
        self._transport: AsyncTransport = transport or AsyncHttpTransport(sandbox=sandbox)
        self._world = AsyncWorld(limiter=self._limiter, patience=self._policy.longest)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Let go of connections and temporary files."""
        await self._transport.aclose()
        await asyncio.to_thread(self.media.close)

    async def run(
        self,
        action: str,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - as in Client
        /,
        *,
        account: Account | None = None,
        on_event: Watch | None = None,
        trace: Trace | None = None,
        **more: Any,
    ) -> Result:
        """As `Client.run`; `on_event` is called in the event loop and must not block."""
        prepare: Callable[[], _Prepared] = lambda: self._prepare(action, input, more, account)  # noqa: E731
        has_media = bool(self.programs.get(action).input.slots)
        prepared = await asyncio.to_thread(prepare) if has_media else prepare()
        world = self._world
        if on_event or trace:
            world = dataclasses.replace(world, watch=on_event, trace=trace)
        try:
            return prepared.finish(await adrive(prepared.flow(self._policy), self._transport, world))
        finally:
            prepared.close()

    async def stream(
        self,
        action: str,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - as in run
        /,
        *,
        account: Account | None = None,
        **more: Any,
    ) -> AsyncIterator[Event | Result]:
        """As `run`, but the events come as they happen and the Result comes last; leaving early cancels it."""
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
        account: Account | None = None,
        **more: Any,
    ) -> AsyncIterator[Any]:
        """As `Client.iterate`."""
        items, cursor = _pages(self, action)
        given = {**(input or {}), **more}
        while True:
            output = (await self.run(action, given, account=account)).output
            for item in output.get(items, ()):
                yield item
            if not (following := _following(output)):
                return
            given[cursor] = following
