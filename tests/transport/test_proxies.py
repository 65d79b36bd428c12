"""The way out by a proxy that the system's settings name."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
import vcr

from postwire.transport import HttpTransport
from postwire.transport.outgoing import Address
from postwire.transport.proxies import Proxies
from postwire.values import Lost, Request, Slice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
OPEN = b"HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n"
URL = "https://media.example/v2/me?token=planted"


class Proxy:
    """Answers CONNECT with *says*; then *target* (a port of this machine) is at the other end, if any."""

    def __init__(self, says: bytes = OPEN, target: int | None = None) -> None:
        self.says, self.target = says, target
        self.asked: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # it is closed already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=self._listener.accept()[:1], daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with sock, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += sock.recv(65_536)
            self.asked.append(head.decode())
            for part in self.says.splitlines(keepends=True):  # as if each line came in its own time
                sock.sendall(part)
            if self.target is None:
                return
            with socket.create_connection(("127.0.0.1", self.target)) as far:
                back = threading.Thread(target=relay, args=(far, sock), daemon=True)
                back.start()
                relay(sock, far)
                back.join()


def relay(here: socket.socket, there: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := here.recv(65_536):
            there.sendall(data)
    with contextlib.suppress(OSError):
        there.shutdown(socket.SHUT_WR)


@pytest.fixture
def through(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Proxy]]:
    """Starts a proxy and lets the settings name it."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with contextlib.ExitStack() as stack:

        def start(
            says: bytes = OPEN, target: int | None = None, who: str = "", name: str = "HTTPS_PROXY"
        ) -> Proxy:
            proxy = stack.enter_context(contextlib.closing(Proxy(says, target)))
            monkeypatch.setenv(name, f"http://{who}127.0.0.1:{proxy.port}")
            return proxy

        yield start


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_platform_is_reached_through_it(
    through: Callable[..., Proxy], send: Any, serve: Any, tls: Any, big: Slice, name: str
) -> None:
    server = serve("request", OK, repeat=True, tls=tls[0])
    proxy = through(target=server.port, name=name)
    sent: list[int] = []
    part = Slice(big.path, 0, 2_000_000)
    requests = Request("GET", URL), Request("PUT", URL, body=part)
    answers = send(*requests, tls=tls[1], sent=sent.append)
    assert [answer.body for answer in answers] == [b"ok", b"ok"]
    assert sum(sent) == part.size
    assert server.seen[0][0].startswith(b"GET /v2/me?token=planted HTTP/1.1\r\nHost: media.example\r\n")
    (asked,) = proxy.asked  # one tunnel for both; it learns the name only
    assert asked == "CONNECT media.example:443 HTTP/1.1\r\nHost: media.example:443\r\n\r\n"


def test_it_is_told_who_asks(through: Callable[..., Proxy], send: Any, serve: Any, tls: Any) -> None:
    proxy = through(target=serve("request", OK, tls=tls[0]).port, who="ada:p%40ss@")
    assert send(Request("GET", URL), tls=tls[1])[0].status == 200
    told = base64.b64encode(b"ada:p@ss").decode()
    assert f"\r\nProxy-Authorization: Basic {told}\r\n" in proxy.asked[0]


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        (b"HTTP/1.1 407 Who?\r\nContent-Length: 0\r\n\r\n", "wants a name and a password: HTTPS_PROXY="),
        (b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", "refused the way to media.example (403)"),
        (b"SSH-2.0-OpenSSH\r\n", "did not answer in HTTP"),
        (b"", "did not answer in HTTP"),
        (b"HTTP/1.1 200 O", "did not answer in HTTP"),
    ],
    ids=["unknown", "refused", "other", "nothing", "half"],
)
def test_its_refusal_is_told_and_nothing_was_sent(
    through: Callable[..., Proxy], send: Any, says: bytes, reason: str
) -> None:
    through(says, who="ada:planted@")
    answer = send(Request("POST", URL, body=b"{}"))[0]
    assert isinstance(answer, Lost)
    assert answer.sent == "no"
    assert reason in answer.reason
    assert "planted" not in answer.reason


def test_one_that_is_not_there(through: Callable[..., Proxy], send: Any) -> None:
    through().close()
    answer = send(Request("GET", URL))[0]
    assert (answer.sent, answer.reason) == ("no", "the proxy 127.0.0.1 refused the connection")


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("socks5://127.0.0.1:1080", "begins with socks5://"),
        ("http://", "is not an address"),
        ("http://a:b", "is not an"),
    ],
)
def test_one_that_cannot_be_spoken_with(
    monkeypatch: pytest.MonkeyPatch, send: Any, setting: str, reason: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", setting)
    answer = send(Request("GET", URL))[0]
    assert answer.sent == "no"
    assert reason in answer.reason


def test_this_machine_is_reached_without_it(
    through: Callable[..., Proxy], send: Any, serve: Any, tls: Any
) -> None:
    proxy = through()
    server = serve("request", OK, tls=tls[0])
    assert send(Request("GET", server.url(scheme="https")), tls=tls[1])[0].status == 200
    assert not proxy.asked


@pytest.mark.parametrize(
    ("passed", "host", "by"),
    [
        ("", "api.example", True),
        ("example.com", "api.example", True),
        ("api.example", "api.example", False),
        (".example, other.com", "api.example", False),
        ("*", "api.example", False),
        ("", "localhost", False),
        ("", "127.8.0.1", False),
        ("", "::1", False),
    ],
)
def test_some_hosts_are_reached_without_it(
    through: Callable[..., Proxy], monkeypatch: pytest.MonkeyPatch, passed: str, host: str, by: bool
) -> None:
    through()
    monkeypatch.setenv("NO_PROXY", passed)
    assert (Proxies().to(Address("https", host, 443)) is not None) is by


def test_those_who_hook_into_httpx2_go_through_it_too(
    through: Callable[..., Proxy], send: Any, serve: Any, tls: Any, tmp_path: Path
) -> None:
    proxy = through(target=serve("request", OK, repeat=True, tls=tls[0]).port, who="ada:p%40ss@")
    with vcr.use_cassette(str(tmp_path / "tape.yaml"), record_mode="all"):
        answers = send(*[Request("GET", URL)] * 2, tls=tls[1])
    assert [answer.status for answer in answers] == [200, 200]
    assert len(proxy.asked) == 1
    assert "Proxy-Authorization: Basic" in proxy.asked[0]


def test_the_settings_are_read_once(through: Callable[..., Proxy], serve: Any, tls: Any) -> None:
    proxy = through(target=serve("request", OK, repeat=True, tls=tls[0]).port)
    with HttpTransport(tls=tls[1]) as transport:
        through()
        assert getattr(transport.send(Request("GET", URL)), "status", None) == 200
    assert len(proxy.asked) == 1
