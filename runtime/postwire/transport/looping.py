"""The transport for asyncio: the loop's own sockets under httpcore2's HTTP/1.1."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Self, cast

import httpcore2

from postwire.transport.answer import Answer
from postwire.transport.blocking import ready
from postwire.transport.body import Content, Pieces, Plain
from postwire.transport.outgoing import Head, Route, Timeouts, Unsent, as_extensions, head_of
from postwire.transport.pool import REST, TROUBLES, Rest, hooks, why_lost, why_unsent
from postwire.transport.proxies import Proxies, Tunnel
from postwire.values import Lost

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterable, Callable

    from postwire.transport.hooked import App, AsyncExchange
    from postwire.transport.outgoing import Address
    from postwire.transport.proxies import Proxy
    from postwire.values import Request, Response

_HELD: Final = 262_144  # bytes that may wait to be read before the other end is slowed down
_HINT: Final = b"HTTP/1.1 1"  # the begin of an interim answer, which changes nothing


class AsyncHttpTransport:
    """Sends requests without blocking the loop it is used in; one loop at a time.

    A proxy that the system's settings name (HTTPS_PROXY, NO_PROXY) is used.

    Args:
        sandbox: an origin that every request is sent to instead, with its own Host header, path and query.
        sandbox_hosts: the hosts that the sandbox stands for, others are refused; None for all.
        timeouts: how long to wait.
        connections: how many requests may be under way at once; the next waits its turn.
        tls: for other trust than the system's.
        app: an ASGI application in this process that gets every request, with `sandbox_hosts` as above.

    `send` raises ActionFailed for a request that cannot be sent as it is, for a file that became shorter, and
    for an answer over 32 MB. Cancelling it closes its connection; the request may have been sent.
    """

    def __init__(
        self,
        *,
        sandbox: str | None = None,
        sandbox_hosts: frozenset[str] | None = None,
        timeouts: Timeouts | None = None,
        connections: int = 100,
        tls: ssl.SSLContext | None = None,
        app: App | None = None,
    ) -> None:
        self._route = Route(sandbox or ("http://asgi.invalid" if app else None), sandbox_hosts)
        self._timeouts = timeouts or Timeouts()
        self._extensions = as_extensions(self._timeouts)
        self._connections = connections
        self._turns = asyncio.BoundedSemaphore(connections)
        self._rest: Rest[LoopLine] = Rest()
        self._proxies = Proxies()
        self._tls = tls
        self._app = app
        self._hooked: AsyncExchange | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def send(self, request: Request, sent: Callable[[int], None] | None = None) -> Response | Lost:
        """The answer to *request*, or that none came; *sent* is told how many bytes of a file went out."""
        begin = time.perf_counter()
        try:
            if isinstance(request.body, bytes):
                head = head_of(request, self._route, len(request.body))
                return await self._in_turn(head, Plain(request.body), begin)
            with Pieces(request.body) as pieces:
                head = head_of(request, self._route, pieces.length)
                return await self._in_turn(head, Content(pieces, sent), begin)
        except Unsent as reason:
            return Lost("no", str(reason), time.perf_counter() - begin)

    async def aclose(self) -> None:
        """Closes the connections at rest; a request after that connects anew."""
        self._rest.clear()
        if self._hooked is not None:
            await self._hooked.aclose()
        await asyncio.sleep(0)  # the loop closes the sockets in its next turn

    async def _in_turn(self, head: Head, content: Content | Plain, begin: float) -> Response | Lost:
        if self._turns.locked():
            await self._turn()
        else:
            await self._turns.acquire()
        try:
            if self._app is not None or hooks("AsyncHTTPTransport", "handle_async_request"):
                return await self._through_hook(head, content, begin)
            line = self._rest.take(head.address) or await self._connected(head.address)
            return await self._exchanged(line, head, content, begin)
        finally:
            self._turns.release()

    async def _turn(self) -> None:
        try:
            async with asyncio.timeout(self._timeouts.pool):
                await self._turns.acquire()
        except TimeoutError:
            busy = f"all {self._connections} connections were busy for {self._timeouts.pool:g} seconds"
            raise Unsent(busy) from None

    async def _connected(self, address: Address) -> LoopLine:
        if address.scheme == "https" and self._tls is None:
            self._tls = httpcore2.default_ssl_context()  # costs milliseconds, so not before it is needed
        proxy = self._proxies.to(address)
        try:
            return await _connect(address, self._tls, self._timeouts.connect, proxy)
        except (OSError, UnicodeError) as error:
            known = error if isinstance(error, OSError) else OSError(0, "not a host name")
            raise Unsent(why_unsent(known, address, self._timeouts, proxy)) from None

    async def _exchanged(
        self, line: LoopLine, head: Head, content: Content | Plain, begin: float
    ) -> Response | Lost:
        answer = None
        try:
            asked = httpcore2.Request(
                head.method, head.url, headers=head.headers, content=content, extensions=self._extensions
            )
            got = await line.handle_async_request(asked)
            answer = Answer(got.status, got.headers)
            async for chunk in cast("AsyncIterable[bytes]", got.stream):
                answer.take(chunk)
            await got.aclose()
            if line.is_idle():
                self._rest.put(head.address, line)
            return answer.response(time.perf_counter() - begin)
        except TROUBLES as error:
            line.drop()
            reason = why_lost(error, self._timeouts, answering=answer is not None)
            return Lost("maybe", reason, time.perf_counter() - begin)
        except BaseException:
            line.drop()
            raise

    async def _through_hook(self, head: Head, content: Content | Plain, begin: float) -> Response | Lost:
        if self._hooked is None:
            from postwire.transport.hooked import AsyncExchange  # noqa: PLC0415 - loads httpx2, rarely needed

            self._hooked = AsyncExchange(self._tls, self._extensions, self._proxies, self._app)
        return await self._hooked.send(head, content, begin)


async def _connect(
    address: Address, tls: ssl.SSLContext | None, seconds: float, proxy: Proxy | None
) -> LoopLine:
    loop = asyncio.get_running_loop()
    first = (proxy.host, proxy.port) if proxy else (address.host, address.port)
    secure: dict[str, Any] = {"ssl": tls or True, "server_hostname": address.host}
    more = secure if address.scheme == "https" and proxy is None else {}
    async with asyncio.timeout(seconds):
        _, wire = await loop.create_connection(lambda: _Wire(loop), *first, happy_eyeballs_delay=0.25, **more)
        if proxy is not None:
            try:
                await _through(Tunnel(proxy, address), wire)
                await wire.secure(tls or httpcore2.default_ssl_context(), address.host)
            except BaseException:
                wire.end()
                raise
    return LoopLine(address, wire)


async def _through(tunnel: Tunnel, wire: _Wire) -> None:
    stream = LoopStream(wire)
    try:
        await stream.write(tunnel.ask)
        while not tunnel.take(await stream.read(1)):
            pass
    except httpcore2.NetworkError:
        raise ConnectionResetError(0, "it broke off") from None


class LoopLine(httpcore2.AsyncHTTP11Connection):
    """A connection over a loop's socket."""

    def __init__(self, address: Address, wire: _Wire) -> None:
        origin = httpcore2.Origin(address.scheme.encode(), address.host.encode(), address.port)
        super().__init__(origin, LoopStream(wire), keepalive_expiry=REST)
        self._wire = wire

    def drop(self) -> None:
        """Closes it at once."""
        self._wire.end()


class _Wire(asyncio.Protocol):
    """What a loop reports of a socket, kept for a reader and a writer that wait in turn, never both."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.received: deque[bytes] = deque()
        self.ended = False  # nothing more will come
        self.broken = False  # and not in good order
        self.full = False  # writing should wait
        self._held = 0
        self._waiter: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.received.append(data)
        self._held += len(data)
        if self._held > _HELD and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self.ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.broken = self.broken or exc is not None
        self.full = False
        self._wake()

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False
        self._wake()

    def take(self) -> bytes:
        """The oldest bytes that came."""
        data = self.received.popleft()
        if self._held > _HELD >= self._held - len(data) and self._transport is not None:
            self._transport.resume_reading()
        self._held -= len(data)
        return data

    async def secure(self, tls: ssl.SSLContext, host: str) -> None:
        """Speaks TLS from now on."""
        plain = cast("asyncio.Transport", self._transport)
        self._transport = await self.loop.start_tls(plain, self, tls, server_hostname=host)

    def write(self, data: bytes) -> None:
        """Hands bytes to the loop."""
        if self._transport is None or self._transport.is_closing():
            raise httpcore2.WriteError
        self._transport.write(data)

    async def change(self, seconds: float | None, late: type[Exception]) -> None:
        """Waits until something is reported, or raises *late*."""
        self._waiter = waiter = self.loop.create_future()
        timer = self.loop.call_later(seconds, _expire, waiter, late) if seconds is not None else None
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def spent(self) -> bool:
        """Whether something, the end included, came while at rest, also what the loop has not seen yet."""
        if self.received or self.ended or self.loop is not _running() or self._transport is None:
            return True
        return ready(self._transport.get_extra_info("socket"), 0)[0]

    def end(self) -> None:
        """Closes the socket without waiting; what is still unsent is of no use any more."""
        with contextlib.suppress(RuntimeError):  # the loop itself has been closed
            if self._transport is not None:
                self._transport.abort()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class LoopStream(httpcore2.AsyncNetworkStream):
    """A loop's socket, which also notices when the other end answers before it has heard everything.

    A server that refuses an upload answers early and may stop reading. `write` then raises WriteError, after
    which httpcore2 reads the answer.
    """

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - httpcore2's
        """The next bytes, as many as came at once; none at the end."""
        wire = self._wire
        while not wire.received:
            if wire.ended:
                if wire.broken:
                    raise httpcore2.ReadError
                return b""
            await wire.change(timeout, httpcore2.ReadTimeout)
        return wire.take()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore2's
        """Writes everything, unless an answer comes first."""
        if not buffer:
            return
        wire = self._wire
        self._check(wire)
        wire.write(buffer)
        while wire.full:
            await wire.change(timeout, httpcore2.WriteTimeout)
            self._check(wire)

    async def aclose(self) -> None:
        """Closes the socket."""
        self._wire.end()

    def get_extra_info(self, info: str) -> Any:
        """Only what httpcore2 asks of a connection at rest: whether it can still be used."""
        return info == "is_readable" and self._wire.spent()

    @staticmethod
    def _check(wire: _Wire) -> None:
        if wire.ended or (wire.received and not wire.received[0].startswith(_HINT)):
            raise httpcore2.WriteError


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _expire(waiter: asyncio.Future[None], late: type[Exception]) -> None:
    if not waiter.done():
        waiter.set_exception(late())
