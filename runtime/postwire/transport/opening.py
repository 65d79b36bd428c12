"""The opener behind `postwire.media.fetch`: connects to the very address that was checked."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final, Self, cast

import httpcore2

from postwire.errors import ActionFailed
from postwire.media.fetch import Answer, Refused, allowed_address, check_url
from postwire.transport.blocking import SocketLine, connect
from postwire.transport.outgoing import Route, Timeouts, as_extensions, head_of
from postwire.values import Request

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

    from postwire.media.fetch import FetchPolicy, Opener
    from postwire.transport.outgoing import Address, Head

    Resolve = Callable[[str, int], list[str]]

_TIMEOUTS: Final = (httpcore2.ReadTimeout, httpcore2.WriteTimeout)
_TROUBLES: Final = (httpcore2.NetworkError, httpcore2.ProtocolError)


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system resolves it; OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def opener(policy: FetchPolicy, *, resolve: Resolve = resolved, tls: ssl.SSLContext | None = None) -> Opener:
    """An opener that lets only addresses through that *policy* allows.

    Args:
        policy: whether this machine may be reached, and how long to wait.
        resolve: from a name and port to addresses.
        tls: for other trust than the system's.
    """
    timeouts = Timeouts(connect=policy.timeout, read=policy.timeout, write=policy.timeout)

    def open_(url: str) -> Answer:
        check_url(url)
        head = _head(url)
        line = connected(head.address, policy, resolve, tls, timeouts)
        return _asked(line, head, timeouts)

    return open_


def _head(url: str) -> Head:
    request = Request("GET", url, {"Accept": "*/*", "Accept-Encoding": "identity"})
    try:
        return head_of(request, Route(None, None), 0)
    except ActionFailed:
        raise Refused("it holds characters that must be percent-encoded") from None


def connected(
    address: Address, policy: FetchPolicy, resolve: Resolve, tls: ssl.SSLContext | None, timeouts: Timeouts
) -> SocketLine:
    """A connection to the very address of a name that *policy* allows.

    Raises:
        Refused: it has none that is allowed.
        OSError: none answers.
    """
    allowed = [
        ip for ip in _addresses(address, resolve) if allowed_address(ip, loopback=policy.allow_loopback)
    ]
    if not allowed:
        raise Refused("it is not on the public internet")
    if address.scheme == "https":
        tls = tls or httpcore2.default_ssl_context()
    for ip in allowed[:-1]:
        try:
            return connect(address, tls, timeouts.connect, ip=ip)
        except OSError:
            continue
    return connect(address, tls, timeouts.connect, ip=allowed[-1])


def _addresses(address: Address, resolve: Resolve) -> list[str]:
    try:
        return resolve(address.host, address.port)
    except UnicodeError:
        raise Refused("its host is not a name") from None


def _asked(line: SocketLine, head: Head, timeouts: Timeouts) -> Answer:
    request = httpcore2.Request(
        head.method, head.url, headers=head.headers, extensions=as_extensions(timeouts)
    )
    try:
        got = line.handle_request(request)
    except Exception as error:  # noqa: BLE001 - raised again, in the opener's words
        line.drop()
        raise _as_oserror(error) from None
    headers: dict[str, str] = {}
    for name, value in got.headers:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return Answer(got.status, headers, _Chunks(line, cast("Iterable[bytes]", got.stream)))


class _Chunks:
    """The body as it comes; closing it, which the end does too, closes the connection."""

    def __init__(self, line: SocketLine, stream: Iterable[bytes]) -> None:
        self._line = line
        self._stream = iter(stream)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._stream)
        except StopIteration:
            self.close()
            raise
        except Exception as error:  # noqa: BLE001 - raised again, in the opener's words
            self.close()
            raise _as_oserror(error) from None

    def close(self) -> None:
        """Gives up the rest."""
        self._line.drop()


def _as_oserror(error: Exception) -> Exception:
    """What `Opener` promises, in place of the library's own errors."""
    if isinstance(error, _TIMEOUTS):
        return TimeoutError("no answer in time")
    if isinstance(error, _TROUBLES):
        return ConnectionError("the connection broke off")
    return error
