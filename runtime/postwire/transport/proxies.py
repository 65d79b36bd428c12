"""Proxies: the way out that the system's settings name (HTTPS_PROXY, NO_PROXY), as other programs take it.

A proxy is asked for a tunnel (CONNECT), and TLS is spoken through it with the platform itself: it learns the
host's name, no more. This machine is never reached by one. Nor is what callers name (`opener`, `poster`):
there the very address that was checked is connected to.
"""

from __future__ import annotations

import base64
import ipaddress
import os
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote, urlsplit

import h11

from postwire.secret import Secret
from postwire.transport.outgoing import Unsent, bracketed

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.transport.outgoing import Address

_USUAL: Final = 80  # of `http://proxy` without a port
_GRANTED: Final = range(200, 300)
_WHO: Final = 407


class Proxy(NamedTuple):
    """Where a proxy is, and what its Proxy-Authorization header says."""

    host: str
    port: int
    says: Secret | None = None


class Proxies:
    """Which proxy leads to an address, as the settings were when this was made."""

    def __init__(self) -> None:
        self._named, self._passed = _settings()

    def to(self, address: Address) -> Proxy | None:
        """The proxy to *address*; None where the way is direct.

        Raises:
            Unsent: the settings name one that cannot be spoken with.
        """
        url = self._named.get(address.scheme) or self._named.get("all")
        # What is not encrypted would need another way of asking; no platform is reached so.
        if not url or address.scheme != "https" or _is_here(address.host):
            return None
        return None if self._passed(f"{address.host}:{address.port}") else _read(url)


def _settings() -> tuple[dict[str, str], Callable[[str], bool]]:
    """(the proxies by scheme, whether a host is reached without one)."""
    if sys.platform == "linux" and not any(name.lower().endswith("_proxy") for name in os.environ):
        return {}, lambda _: False  # the usual case does without the import
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - as above

    return getproxies(), lambda host: bool(proxy_bypass(host))


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=8)
def _read(url: str) -> Proxy:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        raise Unsent("the setting HTTPS_PROXY is not an address such as http://proxy.example:3128")
    if parts.scheme != "http":
        raise Unsent(f"the setting HTTPS_PROXY begins with {parts.scheme}://, where only http:// is known")
    if parts.username is None:
        return Proxy(host, port or _USUAL)
    who = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return Proxy(host, port or _USUAL, Secret(f"Basic {base64.b64encode(who).decode()}"))


class Tunnel:
    """Asks a proxy for a way to *address*; the caller carries the bytes.

    Attributes:
        ask: what is sent first.
    """

    def __init__(self, proxy: Proxy, address: Address) -> None:
        self._proxy, self._address = proxy, address
        target = f"{bracketed(address.host)}:{address.port}"
        headers = [("Host", target)]
        if proxy.says is not None:
            headers.append(("Proxy-Authorization", proxy.says.reveal()))
        self._http = h11.Connection(h11.CLIENT)
        asked = self._http.send(h11.Request(method="CONNECT", target=target, headers=headers))
        self.ask = (asked or b"") + (self._http.send(h11.EndOfMessage()) or b"")

    def take(self, data: bytes) -> bool:
        """Whether the way is open, after *data* came; none of it is the end.

        Raises:
            Unsent: the proxy refuses, or speaks no HTTP.
        """
        try:
            self._http.receive_data(data)
            event = self._http.next_event()
            while isinstance(event, h11.InformationalResponse):
                event = self._http.next_event()
        except h11.RemoteProtocolError:
            raise Unsent(f"the proxy {self._proxy.host} did not answer in HTTP") from None
        if event is h11.NEED_DATA:
            return False
        status = event.status_code if isinstance(event, h11.Response) else 0
        if status == _WHO:
            raise Unsent(
                f"the proxy {self._proxy.host} wants a name and a password: HTTPS_PROXY=http://NAME:PASSWORD@…"
            )
        if status not in _GRANTED:
            raise Unsent(f"the proxy {self._proxy.host} refused the way to {self._address.host} ({status})")
        return True
