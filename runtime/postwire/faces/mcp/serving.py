"""A server on stdio, or on loopback HTTP behind a bearer token, until it is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import signal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings

from postwire.faces.mcp.side import Side

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from postwire.faces.mcp.server import Face

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH: Final = "/mcp"
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_PATIENCE: Final = 5.0  # seconds that calls get to end after a signal
_REFUSALS: Final = {
    401: (b"A bearer token is needed.", [(b"www-authenticate", b"Bearer")]),
    403: (b"This origin is not allowed.", []),
    421: (b"This host name is not served here.", []),
}


async def serve_stdio(face: Face) -> None:
    """Serve one client on stdin and stdout until it closes them or a signal comes, which stops its calls."""
    async with stdio_server() as (reading, writing):
        options = face.server.create_initialization_options()
        serving = asyncio.ensure_future(face.server.run(reading, writing, options))
        stopped = _signalled()
        both: set[asyncio.Future[Any]] = {serving, stopped}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            # The thread that reads stdin cannot be stopped: end the calls in order, then the process.
            serving.cancel()
            await asyncio.wait({serving}, timeout=_PATIENCE)
            await face.aclose()
            await face.client.aclose()
            os._exit(128 + stopped.result())
        stopped.cancel()
        await serving


def _signalled() -> asyncio.Future[int]:
    """The first of SIGINT and SIGTERM that comes."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[int] = loop.create_future()

    def come(number: int) -> None:
        if not found.done():
            found.set_result(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows ends by itself
            loop.add_signal_handler(number, come, number)
    return found


def application(
    face: Face, *, token: str | None, hosts: tuple[str, ...] = (), origins: tuple[str, ...] = ()
) -> Any:
    """The ASGI application: the protocol at /mcp, files at POST /media, both behind the same door.

    Args:
        face: the server.
        token: what a client has to show; None for none, on loopback only.
        hosts: names besides loopback that it is reached by, as they stand in Host.
        origins: web pages that may call it, as they stand in Origin.
    """
    # The door below checks host and origin, for files too.
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    inner = face.server.streamable_http_app(streamable_http_path=PATH, transport_security=security)
    return Door(Side(inner, face.client), token, hosts, origins)


class Door:
    """Lets in who names this host, comes from no strange page, and shows the token."""

    def __init__(
        self, inner: Any, token: str | None, hosts: tuple[str, ...], origins: tuple[str, ...]
    ) -> None:
        self._inner = inner
        self._token = token
        self._hosts = frozenset((*LOOPBACK, *hosts))
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI wants it."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._inner(scope, receive, send)
            return
        text, headers = _REFUSALS[refusal]
        plain = (b"content-type", b"text/plain")
        await send({"type": "http.response.start", "status": refusal, "headers": [*headers, plain]})
        await send({"type": "http.response.body", "body": text})

    def _refusal(self, scope: Scope) -> int | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not self._is_here(headers.get("host", "")):
            return 421
        if (origin := headers.get("origin")) is not None and not self._is_known(origin):
            return 403
        return None if self._is_shown(headers.get("authorization", "")) else 401

    def _is_here(self, host: str) -> bool:
        return host in self._hosts or host.rpartition(":")[0] in self._hosts

    def _is_known(self, origin: str) -> bool:
        parts = urlsplit(origin)
        return origin in self._origins or (
            parts.scheme == "http" and parts.netloc.rpartition(":")[0] in LOOPBACK
        )

    def _is_shown(self, header: str) -> bool:
        scheme, _, shown = header.partition(" ")
        return self._token is None or (
            scheme.lower() == "bearer" and hmac.compare_digest(shown.encode(), self._token.encode())
        )
