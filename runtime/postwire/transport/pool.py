"""Connections at rest, and what their failures mean; shared by both transports."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
import zlib
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import httpcore2

from postwire.errors import ActionFailed

if TYPE_CHECKING:
    from postwire.transport.outgoing import Address, Timeouts
    from postwire.transport.proxies import Proxy

REST: Final = 5.0  # seconds; servers close idle connections, and a request that meets the closing is lost
KEPT: Final = 20  # connections at rest for one address
TROUBLES: Final = (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, zlib.error)


class Line(Protocol):
    """A connection that can be asked, and dropped, without waiting."""

    def has_expired(self) -> bool:
        """Whether it rested too long, or the other end has closed it."""
        ...

    def drop(self) -> None:
        """Closes it at once."""
        ...


L = TypeVar("L", bound=Line)


class Rest(Generic[L]):
    """Connections that wait for the next request, by address; the last used is taken first."""

    def __init__(self) -> None:
        self._lines: dict[Address, list[L]] = {}
        self._lock = threading.Lock()

    def take(self, address: Address) -> L | None:
        """A connection that still stands, or None; those that do not are dropped, whatever their address."""
        with self._lock:
            lines = self._lines.get(address)
            while lines:
                line = lines.pop()
                if not line.has_expired():
                    return line
                line.drop()
            self._sweep()
        return None

    def put(self, address: Address, line: L) -> None:
        """Lets *line* rest; when too many do, the oldest is dropped."""
        with self._lock:
            lines = self._lines.setdefault(address, [])
            lines.append(line)
            if len(lines) > KEPT:
                lines.pop(0).drop()

    def clear(self) -> None:
        """Drops all."""
        with self._lock:
            lines = [line for some in self._lines.values() for line in some]
            self._lines.clear()
        for line in lines:
            line.drop()

    def _sweep(self) -> None:
        """Forgets what has expired; done before a connection is made, as only then their number grows."""
        for address, lines in list(self._lines.items()):
            gone = [line for line in lines if line.has_expired()]
            for line in gone:
                lines.remove(line)
                line.drop()
            if not lines:
                del self._lines[address]


def hooks(transport: str, method: str) -> bool:
    """Whether someone (vcrpy, tracing) has wrapped httpx2's *transport*: then requests go through it."""
    httpx2 = sys.modules.get("httpx2")  # not loaded by us: whoever hooks in has loaded it
    return httpx2 is not None and hasattr(getattr(getattr(httpx2, transport), method), "__wrapped__")


def why_unsent(error: OSError, address: Address, timeouts: Timeouts, proxy: Proxy | None = None) -> str:
    """Why no connection came to be. The system's own message is left out where it may hold more than that."""
    if isinstance(error, ssl.SSLError):
        reason = (
            getattr(error, "verify_message", "")
            or (error.reason or "handshake failed").replace("_", " ").lower()
        )
        return f"TLS with {address.host} failed: {reason}"
    name = f"the proxy {proxy.host}" if proxy else address.host
    if isinstance(error, socket.gaierror):
        return f"the name {'of ' if proxy else ''}{name} could not be resolved"
    if isinstance(error, TimeoutError):
        return f"no connection to {name} within {timeouts.connect:g} seconds"
    if isinstance(error, ConnectionRefusedError):
        return f"{name} refused the connection"
    return f"no connection to {name}: {error.strerror or type(error).__name__}"


def why_lost(error: Exception, timeouts: Timeouts, *, answering: bool) -> str:
    """What broke an exchange that had begun.

    Raises:
        ActionFailed: the HTTP library refused the request before it wrote anything.
    """
    if isinstance(error, httpcore2.LocalProtocolError):
        raise ActionFailed("internal", "The request was not sent: it is not valid HTTP.", sent="no") from None
    if isinstance(error, zlib.error):
        return "the answer's compressed body is damaged"
    if isinstance(error, httpcore2.ReadTimeout):
        return f"no {'more of the ' if answering else ''}answer within {timeouts.read:g} seconds"
    if isinstance(error, httpcore2.WriteTimeout):
        return f"the request could not go on for {timeouts.write:g} seconds"
    if answering:
        return "the connection broke off within the answer"
    return "the connection broke off before an answer"
