"""Posts to addresses that callers name: lost when nobody answers as a web server does, and never for long."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from postwire.media.fetch import FetchPolicy
from postwire.transport import poster
from postwire.values import Lost, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOPBACK = FetchPolicy(allow_loopback=True, timeout=30.0, deadline=60.0)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "https://127.0.0.1:1/x", "http://[::1]:1/", "gopher://x/"]
)
def test_who_cannot_be_reached_is_lost(url: str) -> None:
    answer = poster(LOOPBACK)(url, {}, b"{}")
    assert isinstance(answer, Lost)
    assert answer.sent == "no"
    assert answer.reason


@contextmanager
def talking(say: Callable[[socket.socket], object]) -> Iterator[str]:
    """A server that says what it is told to, to one caller."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        line, _ = listener.accept()
        with line:
            line.recv(65_536)
            say(line)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    listener.close()
    thread.join(10)


def test_one_that_never_answers_is_not_waited_for_long() -> None:
    over = threading.Event()
    policy = FetchPolicy(allow_loopback=True, timeout=0.05, deadline=5.0)
    with talking(lambda _: over.wait(10)) as url:
        answer = poster(policy)(url, {}, b"{}")
        over.set()
    assert isinstance(answer, Lost)
    assert answer.sent == "maybe"


def test_one_that_drips_its_answer_is_cut_off() -> None:
    """Each byte comes in time, the whole never does."""
    over = threading.Event()

    def drip(line: socket.socket) -> None:
        try:
            line.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            for _ in range(1_000):
                over.wait(0.01)
                line.sendall(b"x")
        except OSError:
            over.set()

    policy = FetchPolicy(allow_loopback=True, timeout=5.0, deadline=0.3)
    with talking(drip) as url:
        answer = poster(policy)(url, {}, b"{}")
    assert isinstance(answer, Lost)
    assert over.wait(60)


@pytest.mark.parametrize(
    "said", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200"], ids=["nothing", "other", "half"]
)
def test_one_that_speaks_no_http_is_lost(said: bytes) -> None:
    with talking(lambda line: line.sendall(said)) as url:
        assert isinstance(poster(LOOPBACK)(url, {}, b"{}"), Lost)


def test_the_status_and_the_headers_count_and_the_rest_is_not_waited_for() -> None:
    gone = threading.Event()

    def say(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 99999\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            while line.recv(65_536):
                pass
        gone.set()

    with talking(say) as url:
        answer = poster(LOOPBACK)(url, {"webhook-id": "msg_1"}, b"{}")
        assert gone.wait(60)
    assert isinstance(answer, Response)
    assert (answer.status, answer.headers["retry-after"], answer.body) == (503, "7", b"")
