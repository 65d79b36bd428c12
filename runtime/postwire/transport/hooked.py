"""The way through httpx2's own transports: for whoever hooks in there (vcrpy, tracing), and for ASGI apps.

Slower than our own connections, the same to the caller. Only loaded when it is taken.
"""

from __future__ import annotations

import contextlib
import time
import zlib
from typing import TYPE_CHECKING, Any, Final

import httpx2

from postwire.transport.answer import Answer
from postwire.transport.outgoing import Unsent, bracketed
from postwire.values import Lost

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping

    from postwire.transport.body import Content, Plain
    from postwire.transport.outgoing import Head
    from postwire.transport.proxies import Proxies, Proxy
    from postwire.values import Response

    Message = MutableMapping[str, Any]
    App = Callable[
        [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
    ]

_UNSENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)


class Exchange:
    """Sends through `httpx2.HTTPTransport`."""

    def __init__(self, tls: ssl.SSLContext | None, extensions: Mapping[str, Any], proxies: Proxies) -> None:
        self._tls, self._extensions, self._proxies = tls, extensions, proxies
        self._transports: dict[Proxy | None, httpx2.HTTPTransport] = {}

    def send(self, head: Head, content: Content | Plain, begin: float) -> Response | Lost:
        """The answer, or that none came."""
        try:
            with (
                _translated(head),
                contextlib.closing(
                    self._to(head).handle_request(_request(head, content, self._extensions))
                ) as got,
            ):
                answer = Answer(got.status_code, got.headers.raw)
                for chunk in _blocking(got):
                    answer.take(chunk)
                return answer.response(time.perf_counter() - begin)
        except _Broken as error:
            return Lost("maybe", str(error), time.perf_counter() - begin)

    def close(self) -> None:
        """Closes the connections at rest."""
        for each in self._transports.values():
            each.close()
        self._transports.clear()

    def _to(self, head: Head) -> httpx2.HTTPTransport:
        proxy = self._proxies.to(head.address)
        if proxy not in self._transports:
            self._transports[proxy] = httpx2.HTTPTransport(verify=self._tls or True, proxy=_proxy(proxy))
        return self._transports[proxy]


class AsyncExchange:
    """Sends through `httpx2.AsyncHTTPTransport`, or to an ASGI application in this process."""

    def __init__(
        self,
        tls: ssl.SSLContext | None,
        extensions: Mapping[str, Any],
        proxies: Proxies,
        app: App | None = None,
    ) -> None:
        self._tls, self._extensions, self._proxies = tls, extensions, proxies
        self._app = None if app is None else httpx2.ASGITransport(app)
        self._transports: dict[Proxy | None, httpx2.AsyncHTTPTransport] = {}

    async def send(self, head: Head, content: Content | Plain, begin: float) -> Response | Lost:
        """The answer, or that none came."""
        try:
            with _translated(head):
                request = _request(head, content, self._extensions)
                async with contextlib.aclosing(await self._to(head).handle_async_request(request)) as got:
                    answer = Answer(got.status_code, got.headers.raw)
                    async for chunk in _waiting(got):
                        answer.take(chunk)
                    return answer.response(time.perf_counter() - begin)
        except _Broken as error:
            return Lost("maybe", str(error), time.perf_counter() - begin)

    async def aclose(self) -> None:
        """Closes the connections at rest."""
        for each in self._transports.values():
            await each.aclose()
        self._transports.clear()

    def _to(self, head: Head) -> httpx2.AsyncBaseTransport:
        if self._app is not None:
            return self._app
        proxy = self._proxies.to(head.address)
        if proxy not in self._transports:
            verify = self._tls or True
            self._transports[proxy] = httpx2.AsyncHTTPTransport(verify=verify, proxy=_proxy(proxy))
        return self._transports[proxy]


def _proxy(proxy: Proxy | None) -> httpx2.Proxy | None:
    if proxy is None:
        return None
    headers = {"Proxy-Authorization": proxy.says.reveal()} if proxy.says else {}
    return httpx2.Proxy(f"http://{bracketed(proxy.host)}:{proxy.port}", headers=headers)


class _Broken(Exception):
    """The exchange broke after it began."""


class _Body(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    def __init__(self, content: Content | Plain) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._content)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._content.__aiter__()


def _request(head: Head, content: Content | Plain, extensions: Mapping[str, Any]) -> httpx2.Request:
    url = bytes(head.url).decode("ascii")
    return httpx2.Request(
        head.method, url, headers=head.headers, stream=_Body(content), extensions=extensions
    )


def _blocking(got: httpx2.Response) -> httpx2.SyncByteStream:
    assert isinstance(got.stream, httpx2.SyncByteStream)
    return got.stream


def _waiting(got: httpx2.Response) -> httpx2.AsyncByteStream:
    assert isinstance(got.stream, httpx2.AsyncByteStream)
    return got.stream


@contextlib.contextmanager
def _translated(head: Head) -> Iterator[None]:
    try:
        yield
    except _UNSENT:
        raise Unsent(f"no connection to {head.address.host}") from None
    except (httpx2.TransportError, zlib.error) as error:
        raise _Broken(f"the exchange broke off ({type(error).__name__})") from None
