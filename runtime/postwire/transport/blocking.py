"""The transport for threads: plain sockets under httpcore2's HTTP/1.1."""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Self, cast

import httpcore2

from postwire.transport.answer import Answer
from postwire.transport.body import Content, Pieces, Plain
from postwire.transport.outgoing import Head, Route, Timeouts, Unsent, as_extensions, head_of
from postwire.transport.pool import REST, TROUBLES, Rest, hooks, why_lost, why_unsent
from postwire.transport.proxies import Proxies, Tunnel
from postwire.values import Lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from postwire.transport.hooked import Exchange
    from postwire.transport.outgoing import Address
    from postwire.transport.proxies import Proxy
    from postwire.values import Request, Response

_LARGE: Final = (
    65_536  # bytes: what is smaller fits a socket's buffer, and is written without looking for answers
)
_NOTHING_YET: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_HINT: Final = b"HTTP/1.1 1"  # the begin of an interim answer, which changes nothing


class HttpTransport:
    """Sends requests and waits for their answers; safe to share among threads.

    A proxy that the system's settings name (HTTPS_PROXY, NO_PROXY) is used.

    Args:
        sandbox: an origin that every request is sent to instead, with its own Host header, path and query.
        sandbox_hosts: the hosts that the sandbox stands for, others are refused; None for all.
        timeouts: how long to wait.
        connections: how many requests may be under way at once; the next waits its turn.
        tls: for other trust than the system's.

    `send` raises ActionFailed for a request that cannot be sent as it is, for a file that became shorter, and
    for an answer over 32 MB.
    """

    def __init__(
        self,
        *,
        sandbox: str | None = None,
        sandbox_hosts: frozenset[str] | None = None,
        timeouts: Timeouts | None = None,
        connections: int = 100,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._route = Route(sandbox, sandbox_hosts)
        self._timeouts = timeouts or Timeouts()
        self._extensions = as_extensions(self._timeouts)
        self._connections = connections
        self._turns = threading.BoundedSemaphore(connections)
        self._rest: Rest[SocketLine] = Rest()
        self._proxies = Proxies()
        self._tls = tls
        self._hooked: Exchange | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, request: Request, sent: Callable[[int], None] | None = None) -> Response | Lost:
        """The answer to *request*, or that none came; *sent* is told how many bytes of a file went out."""
        begin = time.perf_counter()
        try:
            if isinstance(request.body, bytes):
                head = head_of(request, self._route, len(request.body))
                return self._in_turn(head, Plain(request.body), begin)
            with Pieces(request.body) as pieces:
                head = head_of(request, self._route, pieces.length)
                return self._in_turn(head, Content(pieces, sent), begin)
        except Unsent as reason:
            return Lost("no", str(reason), time.perf_counter() - begin)

    def close(self) -> None:
        """Closes the connections at rest; a request after that connects anew."""
        self._rest.clear()
        if self._hooked is not None:
            self._hooked.close()

    def _in_turn(self, head: Head, content: Content | Plain, begin: float) -> Response | Lost:
        if not self._turns.acquire(timeout=self._timeouts.pool):
            busy = f"all {self._connections} connections were busy for {self._timeouts.pool:g} seconds"
            raise Unsent(busy)
        try:
            if hooks("HTTPTransport", "handle_request"):
                return self._through_hook(head, content, begin)
            line = self._rest.take(head.address) or self._connected(head.address)
            return self._exchanged(line, head, content, begin)
        finally:
            self._turns.release()

    def _connected(self, address: Address) -> SocketLine:
        if address.scheme == "https" and self._tls is None:
            self._tls = httpcore2.default_ssl_context()  # costs milliseconds, so not before it is needed
        proxy = self._proxies.to(address)
        try:
            return connect(address, self._tls, self._timeouts.connect, proxy=proxy)
        except (OSError, UnicodeError) as error:
            known = error if isinstance(error, OSError) else OSError(0, "not a host name")
            raise Unsent(why_unsent(known, address, self._timeouts, proxy)) from None

    def _exchanged(
        self, line: SocketLine, head: Head, content: Content | Plain, begin: float
    ) -> Response | Lost:
        answer = None
        try:
            asked = httpcore2.Request(
                head.method, head.url, headers=head.headers, content=content, extensions=self._extensions
            )
            got = line.handle_request(asked)
            answer = Answer(got.status, got.headers)
            for chunk in cast("Iterable[bytes]", got.stream):
                answer.take(chunk)
            got.close()
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

    def _through_hook(self, head: Head, content: Content | Plain, begin: float) -> Response | Lost:
        if self._hooked is None:
            from postwire.transport.hooked import Exchange  # noqa: PLC0415 - loads httpx2, rarely needed

            self._hooked = Exchange(self._tls, self._extensions, self._proxies)
        return self._hooked.send(head, content, begin)


def connect(
    address: Address,
    tls: ssl.SSLContext | None,
    timeout: float,
    *,
    ip: str | None = None,
    proxy: Proxy | None = None,
) -> SocketLine:
    """A connection to *address*, by *proxy* or to that very *ip* under its name.

    Raises:
        OSError: there is none.
        Unsent: the proxy does not lead there.
    """
    first = (proxy.host, proxy.port) if proxy else (ip or address.host, address.port)
    sock = socket.create_connection(first, timeout)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if proxy is not None:
            tunnel = Tunnel(proxy, address)
            sock.sendall(tunnel.ask)
            while not tunnel.take(sock.recv(_LARGE)):
                pass
        if address.scheme == "https":
            sock = (tls or httpcore2.default_ssl_context()).wrap_socket(sock, server_hostname=address.host)
    except BaseException:
        sock.close()
        raise
    return SocketLine(address, SocketStream(sock))


class SocketLine(httpcore2.HTTP11Connection):
    """A connection over a socket."""

    def __init__(self, address: Address, stream: SocketStream) -> None:
        origin = httpcore2.Origin(address.scheme.encode(), address.host.encode(), address.port)
        super().__init__(origin, stream, keepalive_expiry=REST)

    def drop(self) -> None:
        """Closes it at once."""
        self.close()


class SocketStream(httpcore2.NetworkStream):
    """A socket, which also notices when the other end answers before it has heard everything.

    A server that refuses an upload answers early and may stop reading. `write` then raises WriteError, after
    which httpcore2 reads the answer.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._early = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes, none at the end."""
        if self._early:
            early, self._early = self._early, b""
            return early
        try:
            self._wait(timeout)
            return self._sock.recv(max_bytes)
        except TimeoutError:
            raise httpcore2.ReadTimeout from None
        except OSError:
            raise httpcore2.ReadError from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Writes everything, unless an answer comes first."""
        try:
            if len(buffer) < _LARGE:
                self._wait(timeout)
                self._sock.sendall(buffer)
            else:
                self._write_watching(memoryview(buffer), timeout)
        except TimeoutError:
            raise httpcore2.WriteTimeout from None
        except OSError:
            raise httpcore2.WriteError from None

    def close(self) -> None:
        """Closes the socket."""
        self._sock.close()

    def get_extra_info(self, info: str) -> Any:
        """Only what httpcore2 asks of a connection at rest: whether it can be read, its end included."""
        return info == "is_readable" and bool(self._early or ready(self._sock, 0)[0])

    def _wait(self, timeout: float | None) -> None:
        if self._sock.gettimeout() != timeout:
            self._sock.settimeout(timeout)

    def _write_watching(self, view: memoryview, timeout: float | None) -> None:
        while view:
            readable, writable = ready(self._sock, timeout, write=True)
            if not readable and not writable:
                raise TimeoutError
            if readable and self._answered():
                raise httpcore2.WriteError
            if writable:
                self._wait(timeout)
                view = view[self._sock.send(view) :]

    def _answered(self) -> bool:
        """Whether an answer, or the end, has come; TLS has things of its own to say, which are none."""
        self._sock.settimeout(0)
        try:
            self._early += (got := self._sock.recv(_LARGE))
        except _NOTHING_YET:
            return False
        return not got or not self._early.startswith(_HINT)


def ready(sock: socket.socket, timeout: float | None, *, write: bool = False) -> tuple[bool, bool]:
    """Whether *sock* can be read, the end and errors included, and whether written, once either is true."""
    if sock.fileno() < 0:
        return True, False
    if not hasattr(select, "poll"):  # Windows
        readable, writable, _ = select.select([sock], [sock] if write else [], [], timeout)
        return bool(readable), bool(writable)
    poll = select.poll()
    poll.register(sock, select.POLLIN | (select.POLLOUT if write else 0))
    events = sum(event for _, event in poll.poll(None if timeout is None else timeout * 1000))
    return bool(events & ~select.POLLOUT), bool(events & select.POLLOUT)
