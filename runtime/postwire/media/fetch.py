"""Fetches media from addresses that callers name: the policy, and the download; no HTTP library.

A caller's address must not reach what only this machine can reach (other services, cloud metadata). The
transport supplies an *opener*: it resolves the name, checks every address with `allowed_address`, connects to
exactly the address it checked, so that a name cannot change its mind in between, and follows no redirect.
`download` follows those itself and checks each anew. It blocks: asynchronous callers run it in a thread.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import time
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, Protocol
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from postwire.errors import ActionFailed, Field, InvalidInput, shown
from postwire.language.units import show_duration, show_size
from postwire.media.file import Media, TooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from postwire.media.source import Fetch
    from postwire.media.store import MediaStore

_PORTS: Final = {"http": 80, "https": 443}
_FREE_PORTS: Final = range(1024, 65536)
_LONGEST: Final = 8192
_REDIRECTS: Final = {301, 302, 303, 307, 308}
_STRANGE: Final = re.compile(r"[\x00-\x20\x7f\\]")
_IPv4: Final = ipaddress.IPv4Address

# IANA IPv4 and IPv6 Special-Purpose Address Registries. Our own table: Python's differs between releases.
_CLOSED4: Final = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",  # the host's own service on Azure, at an address that looks public
    )
)
_OPEN6: Final = ipaddress.IPv6Network("2000::/3")
_CLOSED6: Final = tuple(
    ipaddress.IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments, among them Teredo, which embeds IPv4 addresses
        "2001:db8::/32",
        "2002::/16",  # 6to4: embeds IPv4 addresses, long out of use
        "3fff::/20",
    )
)
_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP: Final = {0x00005EFE, 0x02005EFE}


class Refused(ValueError):
    """An address that must not be fetched; the opener raises it too, when no resolved address is allowed."""


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """How far a fetch may go.

    Attributes:
        max_bytes: cap on a file, whatever the field allows.
        max_redirects: hops that are followed.
        allow_loopback: for tests and local development only.
        timeout: seconds that the transport waits for a connection or the next bytes.
        deadline: seconds that a whole download may take.
    """

    max_bytes: int = 4_294_967_296
    max_redirects: int = 5
    allow_loopback: bool = False
    timeout: float = 30
    deadline: float = 3600


class Answer(NamedTuple):
    """What an opener gives: the body in pieces, which are closed after use when they have a `close`."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class Opener(Protocol):
    """Sends one GET with `Accept-Encoding: identity` and follows nothing.

    Raises `Refused` for a name without an allowed address, and OSError (ConnectionError, TimeoutError) for
    the network's troubles, from the call as from the chunks.
    """

    def __call__(self, url: str, /) -> Answer: ...  # noqa: D102 - the class says it


def fetcher(opener: Opener, policy: FetchPolicy | None = None) -> Fetch:
    """A `fetch` for `open_media` that downloads through *opener*."""
    given = policy or FetchPolicy()

    def fetch(url: str, *, store: MediaStore, field: str, max_bytes: int | None) -> Media:
        return download(url, opener, store, given, field, max_bytes=max_bytes)

    return fetch


def check_url(url: str) -> SplitResult:
    """The parts of an address that may be asked for, before its name is resolved.

    Raises:
        Refused: not http or https, with a user name, without a host, or with a port of another service.
    """
    if len(url) > _LONGEST or _STRANGE.search(url):
        raise Refused("it is too long or has spaces or control characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("it is not a valid address") from None
    if parts.scheme not in _PORTS:
        raise Refused("only http and https are fetched")
    if parts.username is not None or parts.password is not None:
        raise Refused("it must not hold a user name or password")
    if not parts.hostname:
        raise Refused("it names no host")
    if port is not None and port not in _PORTS.values() and port not in _FREE_PORTS:
        raise Refused("its port belongs to another kind of service")
    return parts


def allowed_address(ip: str, *, loopback: bool = False) -> bool:
    """Whether a resolved address is one of the public internet.

    False for private, loopback, link-local, shared, multicast, documentation and reserved ranges, cloud
    metadata, any IPv6 address that carries such an IPv4 address, and for text that is no address. *loopback*
    lets 127.0.0.0/8 and ::1 through.
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return _allowed6(address, loopback=loopback)
    return _allowed4(address, loopback=loopback)


def _allowed4(address: ipaddress.IPv4Address, *, loopback: bool) -> bool:
    if address.is_loopback:
        return loopback
    return not any(address in net for net in _CLOSED4)


def _allowed6(address: ipaddress.IPv6Address, *, loopback: bool) -> bool:
    low = _IPv4(int(address) & 0xFFFFFFFF)
    if address in _MAPPED:
        return _allowed4(low, loopback=loopback)
    if address in _NAT64:
        return _allowed4(low, loopback=False)
    if address == ipaddress.IPv6Address("::1"):
        return loopback
    if int(address) >> 32 & 0xFFFFFFFF in _ISATAP and not _allowed4(low, loopback=False):
        return False
    return address in _OPEN6 and not any(address in net for net in _CLOSED6)


def shown_url(url: str) -> str:
    """*url* as an error may name it: without user, query and fragment, which may carry signatures."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "the address"
    return shown(f"{parts.scheme}://{host}{parts.path}")


def download(
    url: str,
    opener: Opener,
    store: MediaStore,
    policy: FetchPolicy,
    field: str,
    *,
    max_bytes: int | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Media:
    """The file at *url*, complete and on disk.

    Raises:
        InvalidInput: with *field*: an address that is not fetched, or an empty or too large file.
        ActionFailed: with `sent` "no", as nothing went to a platform: `not_found`, `permission_denied`,
            `media_rejected` (a web page, a strange answer) or `transient` (the network, a short body).
    """
    limit = min(policy.max_bytes, max_bytes or policy.max_bytes)
    end = clock() + policy.deadline
    try:
        address, answer = _open(url, opener, policy)
        with _closing(answer.chunks):
            return _store(address, answer, store, limit, lambda: clock() > end)
    except Refused as error:
        raise InvalidInput([Field(field, f"This address is not fetched: {error}.", shown_url(url))]) from None
    except TooLarge as error:
        message = f"The file at this address is too large: at most {show_size(error.limit)} are taken."
        raise InvalidInput([Field(field, message, shown_url(url))]) from None
    except _Late:
        _fail("transient", url, f"took longer than {show_duration(policy.deadline)}")
    except OSError as error:
        _fail("transient", url, f"could not be reached or broke off ({type(error).__name__})")


class _Late(Exception):
    """The deadline has passed."""


def _open(url: str, opener: Opener, policy: FetchPolicy) -> tuple[str, Answer]:
    """The first answer that is no redirect, and the address that gave it."""
    secure = False
    for _ in range(policy.max_redirects + 1):
        parts = check_url(url)
        _check_literal(parts.hostname or "", policy)
        if secure and parts.scheme != "https":
            raise Refused("it leads from https to http")
        secure = parts.scheme == "https"
        answer = opener(url)
        if answer.status not in _REDIRECTS:
            return url, answer
        with _closing(answer.chunks):
            target = _lower(answer.headers).get("location")
        if not target:
            _fail("media_rejected", url, "redirects to nowhere")
        url = _join(url, target)
    raise Refused(f"it redirects more than {policy.max_redirects} times")


def _join(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError:
        raise Refused("it redirects to something that is no address") from None


def _check_literal(host: str, policy: FetchPolicy) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return  # a name: the opener checks what it resolves to
    if not allowed_address(host, loopback=policy.allow_loopback):
        raise Refused("it is not on the public internet")


def _store(url: str, answer: Answer, store: MediaStore, limit: int, late: Callable[[], bool]) -> Media:
    headers = _lower(answer.headers)
    _check_status(url, answer.status)
    kind = headers.get("content-type", "")
    if kind.lower().startswith("text/html"):
        _fail("media_rejected", url, "gives a web page, not a file; use the file's own address")
    if headers.get("content-encoding", "identity").lower() not in {"identity", ""}:
        _fail("media_rejected", url, "gives the file compressed, though asked not to")
    expected = _length(headers)
    media = store.put(_timed(answer.chunks, late), _name(headers, url), kind, expected=expected, limit=limit)
    try:
        _check_body(url, media, expected)
    except (ActionFailed, Refused):
        media.discard()
        raise
    return media


def _check_status(url: str, status: int) -> None:
    if status == 200:  # noqa: PLR2004 - the one answer with a whole file
        return
    if status in {404, 410}:
        _fail("not_found", url, f"does not exist (status {status})")
    if status in {401, 403}:
        _fail(
            "permission_denied", url, f"is not public (status {status}); use an address that needs no login"
        )
    if status in {408, 425, 429} or status >= 500:  # noqa: PLR2004 - the server's own trouble
        _fail("transient", url, f"answered with status {status}")
    _fail("media_rejected", url, f"answered with status {status}")


def _check_body(url: str, media: Media, expected: int | None) -> None:
    if expected is not None and media.size != expected:
        _fail("transient", url, f"broke off: {media.size} of {expected} bytes came")
    if not media.size:
        raise Refused("it gives an empty file")
    if media.type == "text/html":
        _fail("media_rejected", url, "gives a web page, not a file; use the file's own address")


def _timed(chunks: Iterator[bytes], late: Callable[[], bool]) -> Iterator[bytes]:
    for chunk in chunks:
        if late():
            raise _Late
        yield chunk


def _length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length", "").strip()
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _name(headers: Mapping[str, str], url: str) -> str:
    """The file's name by Content-Disposition (RFC 6266), else by the path; the store makes it safe."""
    message = Message()
    message["Content-Disposition"] = re.sub(r"[\r\n]", " ", headers.get("content-disposition", ""))
    return message.get_filename() or unquote(urlsplit(url).path.rpartition("/")[2])


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {key.lower(): value for key, value in headers.items()}


def _closing(chunks: Iterator[bytes]) -> contextlib.AbstractContextManager[object]:
    close = getattr(chunks, "close", None)
    stack = contextlib.ExitStack()
    if close is not None:
        stack.callback(close)
    return stack


def _fail(code: str, url: str, what: str) -> NoReturn:
    raise ActionFailed(code, f"{shown_url(url)} {what}.", remedy=_REMEDIES.get(code), sent="no")


_REMEDIES: Final = {
    "not_found": "Check the address: open it in a private browser window.",
    "permission_denied": "Give an address that everyone can open, or the file itself.",
    "media_rejected": "Give the address of the file itself, or the file.",
    "transient": "Try again in a few minutes, or give the file itself.",
}
