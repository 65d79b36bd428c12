"""Connecting an account from within a call: a link for the person, and the wait until it has been used.

The platform's page is opened in the person's browser and answers on this machine's loopback; no credential
passes through the model or the client.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from postwire.errors import PostwireError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from postwire.accounts.listen import Listener
    from postwire.client import AsyncClient

REDIRECT: Final = "http://127.0.0.1:5005/callback/"


class Links:
    """The links of a server; one at a time for each integration, used once.

    Args:
        client: whose accounts are connected.
        redirect: where the platform sends the browser, as it is registered there; on this machine.
        changed: told when an account was connected.
    """

    def __init__(
        self,
        client: AsyncClient,
        redirect: str = REDIRECT,
        changed: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._client = client
        self._redirect = urlsplit(redirect)
        self.changed = changed
        self._open: dict[str, tuple[str, asyncio.Task[bool]]] = {}

    async def link(self, integration: str, reconnect: str | None = None) -> str | None:
        """The address for the person to open; None where accounts cannot be connected from here."""
        if (known := self._open.get(integration)) is not None and not known[1].done():
            return known[0]
        try:
            listener, url = await asyncio.to_thread(self._begin, integration, reconnect)
        except (PostwireError, OSError):  # no app keys, no vault, the port is taken: the hint says what to do
            return None
        self._open[integration] = (url, asyncio.create_task(self._finish(integration, listener)))
        return url

    async def used(self, integration: str, seconds: float) -> bool:
        """Whether the link is used, and an account connected by it, within so many seconds."""
        if integration not in self._open:
            return False
        task = self._open[integration][1]
        done, _ = await asyncio.wait({task}, timeout=seconds)
        return task in done and not task.cancelled() and task.result()

    async def aclose(self) -> None:
        """Give up the links that nobody has used."""
        tasks = [task for _, task in self._open.values()]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _begin(self, integration: str, reconnect: str | None) -> tuple[Listener, str]:
        from postwire.accounts.listen import Listener  # noqa: PLC0415 - only who connects needs it

        place = self._redirect
        listener = Listener(
            80 if place.port is None else place.port, place.path or "/", place.hostname or "127.0.0.1"
        )
        try:
            if self._client.sandbox is not None:
                _take_app(self._client, integration, self._client.sandbox)
            begun = self._client.accounts.begin(
                integration, redirect_uri=listener.uri, reconnect=reconnect, owner="mcp"
            )
        except BaseException:
            listener.__exit__()
            raise
        return listener, _in_browser(begun.url, self._client.sandbox)

    async def _finish(self, integration: str, listener: Listener) -> bool:
        """Wait for the browser, and connect what it brings."""
        try:
            query = await _answer(listener)
            connected = await asyncio.to_thread(self._client.accounts.finish, integration, query)
        except PostwireError:
            return False
        finally:
            await asyncio.shield(asyncio.to_thread(listener.__exit__))
        if connected.accounts and self.changed is not None:
            await self.changed()
        return bool(connected.accounts)


def _take_app(client: AsyncClient, integration: str, origin: str) -> None:
    """Take over the simulator's app, unless the workspace has one."""
    from postwire.sandbox import Sandbox  # noqa: PLC0415 - only with the simulator
    from postwire.transport import HttpTransport  # noqa: PLC0415 - as above

    transport = HttpTransport(sandbox=origin)
    try:
        Sandbox(origin).lend(client.accounts.vault.apps, client.workspace, integration, transport)
    finally:
        transport.close()


async def _answer(listener: Listener) -> dict[str, str]:
    """What the browser brings; its thread holds nobody up who gives up waiting, or ends."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[dict[str, str]] = loop.create_future()

    def settle(value: dict[str, str] | PostwireError) -> None:
        if found.done():
            return
        if isinstance(value, PostwireError):
            found.set_exception(value)
        else:
            found.set_result(value)

    def wait() -> None:
        try:
            value: dict[str, str] | PostwireError = listener.wait()
        except PostwireError as error:
            value = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, value)

    threading.Thread(target=wait, name="postwire-connecting", daemon=True).start()
    return await found


def _in_browser(url: str, sandbox: str | None) -> str:
    """A platform's address as the person's browser reaches it; on the simulator, that is another."""
    if sandbox is None:
        return url
    parts = urlsplit(url)
    return f"{sandbox}/{parts.netloc}{parts.path}?{parts.query}"
