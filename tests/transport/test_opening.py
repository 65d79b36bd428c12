"""The opener connects to the very address it checked, and hands the answer over as it comes."""

from __future__ import annotations

import ssl
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from postwire.media.fetch import Answer, FetchPolicy, Refused, download
from postwire.media.store import MediaStore
from postwire.transport import opener

if TYPE_CHECKING:
    from collections.abc import Callable

OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 6\r\n\r\n"
LOCAL = FetchPolicy(allow_loopback=True, timeout=0.3)


def names(*addresses: str) -> Callable[[str, int], list[str]]:
    return lambda *_: list(addresses)


def read(answer: Answer) -> bytes:
    return b"".join(answer.chunks)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_checked_address_gets_the_real_name(serve: Any, tls: Any, scheme: str) -> None:
    shown: list[str] = []
    tls[0].sni_callback = lambda _, name, __: shown.append(name)
    server = serve("request", OK, b"abc", b"def", tls=tls[0] if scheme == "https" else None)
    open_ = opener(LOCAL, resolve=names("127.0.0.1"), tls=tls[1])
    answer = open_(server.url("/a%20b.png?x=1", scheme, "media.example"))
    assert (answer.status, answer.headers["content-type"], read(answer)) == (200, "image/png", b"abcdef")
    assert server.seen[0][0].startswith(b"GET /a%20b.png?x=1 HTTP/1.1\r\n")
    assert server.headers()["host"] == f"media.example:{server.port}"
    assert server.headers()["accept-encoding"] == "identity"
    assert shown == (["media.example"] if scheme == "https" else [])
    tls[0].sni_callback = None


def test_a_certificate_for_another_name_is_an_oserror(serve: Any, tls: Any) -> None:
    server = serve("request", OK, b"abcdef", tls=tls[0])
    with pytest.raises(ssl.SSLCertVerificationError):
        opener(LOCAL, resolve=names("127.0.0.1"), tls=tls[1])(server.url("/", "https", "other.example"))
    assert not server.seen


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["::1"], ["10.0.0.1", "169.254.169.254"], ["::ffff:127.0.0.1"], [], ["none"]],
    ids=str,
)
def test_a_name_that_leads_inside_is_refused(fine: Any, addresses: list[str]) -> None:
    with pytest.raises(Refused, match="not on the public internet"):
        opener(FetchPolicy(), resolve=names(*addresses))(fine.url(host="media.example"))
    assert fine.connections == 0


def test_a_name_that_changes_its_mind_is_resolved_once(serve: Any) -> None:
    server = serve("request", OK, b"abcdef")
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    open_ = opener(LOCAL, resolve=lambda *_: answers.pop(0))
    assert read(open_(server.url(host="media.example"))) == b"abcdef"
    with pytest.raises(Refused):
        open_(server.url(host="media.example"))


@pytest.mark.parametrize("local", [["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"]])
def test_each_allowed_address_is_tried(serve: Any, local: list[str]) -> None:
    server = serve("request", OK, b"abcdef")  # listens on the one that ends in 1
    open_ = opener(LOCAL, resolve=names("10.0.0.1", *local))
    assert read(open_(server.url(host="media.example"))) == b"abcdef"


@pytest.mark.parametrize(
    "url", ["ftp://media.example/", "http://media.example:22/", "http://a..b/", "http:///a"]
)
def test_a_strange_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        opener(FetchPolicy())(url)


def test_a_redirect_is_handed_over(serve: Any, fine: Any) -> None:
    moved = f"HTTP/1.1 302 Found\r\nLocation: {fine.url()}\r\nContent-Length: 0\r\n\r\n".encode()
    answer = opener(LOCAL)(serve("request", moved).url())
    assert (answer.status, answer.headers["location"], read(answer)) == (302, fine.url(), b"")
    assert fine.connections == 0


def test_the_body_is_read_as_it_comes_and_may_be_given_up(serve: Any) -> None:
    server = serve("request", OK, b"abc", "hold")
    answer = opener(LOCAL)(server.url())
    with closing(answer.chunks):  # type: ignore[type-var]
        assert next(answer.chunks) == b"abc"
    server.gone.get(timeout=60)


def test_giving_up_before_the_first_piece_closes_too(serve: Any) -> None:
    server = serve("request", OK, "hold")
    opener(LOCAL)(server.url()).chunks.close()  # type: ignore[attr-defined]
    server.gone.get(timeout=60)


def test_a_compressed_body_is_not_decoded(serve: Any) -> None:
    server = serve("request", OK.replace(b"OK\r\n", b"OK\r\nContent-Encoding: gzip\r\n"), b"abcdef")
    assert read(opener(LOCAL)(server.url())) == b"abcdef"


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (["request"], ConnectionError),
        (["request", b"nonsense\r\n\r\n"], ConnectionError),
        (["request", OK, b"abc"], ConnectionError),
        (["hold"], TimeoutError),
        (["request", OK, b"abc", "hold"], TimeoutError),
    ],
    ids=["closed", "not HTTP", "broken", "silent", "stalled"],
)
def test_the_networks_troubles_are_oserrors(serve: Any, script: list[Any], error: type[OSError]) -> None:
    with pytest.raises(error):
        read(opener(LOCAL)(serve(*script).url()))


def test_a_refused_connection_is_an_oserror(serve: Any) -> None:
    server = serve("hold")
    server.close()
    with pytest.raises(ConnectionRefusedError):
        opener(LOCAL)(server.url())


def test_download_stores_what_it_opens(serve: Any) -> None:
    server = serve("request", OK, b"abc", b"def")
    with MediaStore() as store:
        media = download(server.url("/photo.png"), opener(LOCAL), store, LOCAL, "/photo")
        assert media.path.read_bytes() == b"abcdef"
    server.gone.get(timeout=60)
