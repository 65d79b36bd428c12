"""From our `Request` to what goes on the wire: where to connect, the head with the credential; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

import httpcore2

import postwire
from postwire.errors import ActionFailed, shown
from postwire.transport import quiet
from postwire.values import Multipart

if TYPE_CHECKING:
    from postwire.values import Credential, Request

quiet.install()  # before the first request can be logged

_PORTS: Final = {"http": 80, "https": 443}
_SPLIT: Final = re.compile(r"([^/?#]+//[^/?#]+)([^?#]*)(?:\?([^#]*))?", re.ASCII)
_TARGET: Final = re.compile(r"[!-~]+")
_NAME: Final = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_WITH_BODY: Final = {"POST", "PUT", "PATCH"}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for a connection, for the next bytes, for room to write, and for a turn in the pool."""

    connect: float = 10
    read: float = 60
    write: float = 60
    pool: float = 10


class Unsent(Exception):
    """The request certainly did not go out; the text says why, and holds no secret."""


class Address(NamedTuple):
    """Where a connection leads: the scheme, the host (a name or IP address, in ASCII) and the port."""

    scheme: str
    host: str
    port: int


class Head(NamedTuple):
    """A request without its body, ready to be written."""

    address: Address
    method: str
    url: httpcore2.URL
    headers: list[tuple[bytes, bytes]]

    def __repr__(self) -> str:
        return f"Head({self.method} {self.address.host})"  # the rest may hold secrets


class Route:
    """Finds the address of a request: its own, or a sandbox that stands for the listed hosts."""

    def __init__(self, sandbox: str | None, hosts: frozenset[str] | None) -> None:
        self._sandbox = address_of(sandbox)[0] if sandbox else None
        self._hosts = None if hosts is None else frozenset(host.lower() for host in hosts)

    def to(self, real: Address) -> Address:
        """Where to connect for *real*.

        Raises:
            Unsent: the sandbox does not stand for this host; the real one is not asked instead.
        """
        if self._sandbox is None:
            return real
        if real != self._sandbox and self._hosts is not None and real.host not in self._hosts:
            raise Unsent(f"the sandbox does not stand for {shown(real.host)}")
        return self._sandbox


def head_of(request: Request, route: Route, length: int) -> Head:
    """The head of *request*, with a body of *length* bytes.

    Raises:
        Unsent: the sandbox does not stand for its host.
        ActionFailed: the address or a header cannot be sent as it is.
    """
    parts = _SPLIT.match(request.url)
    if parts is None:
        raise _unfit("its address is not a web address")
    base, path, query = parts.groups()
    real, host = address_of(base)
    credential = request.credential
    if credential is not None and credential.place == "query":
        query = f"{query}&{_assigned(credential)}" if query else _assigned(credential)
    target = f"{path or '/'}?{query}" if query else path or "/"
    if not _TARGET.fullmatch(target):
        raise _unfit("its address holds characters that must be percent-encoded")
    address = route.to(real)
    url = httpcore2.URL(scheme=address.scheme, host=address.host, port=address.port, target=target)
    return Head(address, request.method, url, _headers(request, host, length))


@lru_cache(maxsize=256)
def address_of(base: str) -> tuple[Address, bytes]:
    """The address of *base* (`https://host:port`), and the Host header that it asks for."""
    try:
        parts = urlsplit(base)
        name, port = parts.hostname, parts.port
        host = ascii_host(name or "")
    except ValueError:  # UnicodeError among them
        raise _unfit("its address is not a web address") from None
    if parts.scheme not in _PORTS or not host or parts.username is not None:
        raise _unfit("its address is not a web address")
    usual = _PORTS[parts.scheme]
    named = bracketed(host)
    header = named if port in {None, usual} else f"{named}:{port}"
    return Address(parts.scheme, host, port or usual), header.encode()


def bracketed(host: str) -> str:
    """*host* as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def ascii_host(name: str) -> str:
    """*name* as the domain name system spells it; UnicodeError (a ValueError) when it cannot be spelled."""
    host = name if name.isascii() else name.encode("idna").decode()
    if host and not _TARGET.fullmatch(host):
        raise ValueError("not a host name")
    return host


def _headers(request: Request, host: bytes, length: int) -> list[tuple[bytes, bytes]]:
    names = {name.lower() for name in request.headers}
    lines = [(b"Host", host)]
    lines += [_line(name, value) for name, value in request.headers.items()]
    if "accept-encoding" not in names:
        lines.append((b"Accept-Encoding", b"gzip, deflate"))
    if "user-agent" not in names:
        lines.append((b"User-Agent", _AGENT))
    if isinstance(request.body, Multipart) and "content-type" not in names:
        lines.append(_line("Content-Type", f"multipart/form-data; boundary={request.body.boundary}"))
    if length or request.method in _WITH_BODY:
        lines.append((b"Content-Length", b"%d" % length))
    if request.credential is not None and request.credential.place == "header":
        lines.append(_line(request.credential.name, request.credential.value.reveal()))
    return lines


def _line(name: str, value: str) -> tuple[bytes, bytes]:
    """One header; checked here so that a refusal does not repeat the value, which may be a secret."""
    if not _NAME.fullmatch(name):
        raise _unfit(f"the header name {shown(name)!r} is not valid")
    if not _VALUE.fullmatch(value):
        raise _unfit(f"the header {name} holds a line break or another control character")
    try:
        return name.encode(), value.strip(" \t").encode("latin-1")
    except UnicodeEncodeError:
        raise _unfit(f"the header {name} holds characters outside Latin-1") from None


def _assigned(credential: Credential) -> str:
    return f"{quote(credential.name, safe='')}={quote(credential.value.reveal(), safe='')}"


def _unfit(what: str) -> ActionFailed:
    return ActionFailed("internal", f"The request was not sent: {what}.", sent="no")


def as_extensions(timeouts: Timeouts) -> dict[str, Any]:
    """*timeouts* as httpcore2 reads them."""
    given = {
        "connect": timeouts.connect,
        "read": timeouts.read,
        "write": timeouts.write,
        "pool": timeouts.pool,
    }
    return {"timeout": given}


_AGENT: Final = f"postwire/{postwire.__version__}".encode()
