"""What is said when no answer comes: `no` when it was certainly not sent, else `maybe`; odd answers."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import tracemalloc
import zlib
from typing import Any

import pytest

from postwire.errors import ActionFailed
from postwire.transport import AsyncHttpTransport, HttpTransport, Timeouts
from postwire.transport.answer import Answer
from postwire.values import Lost, Request, Slice

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
QUICK = Timeouts(connect=0.3, read=0.3, write=0.3, pool=0.1)
REFUSAL = b"HTTP/1.1 %s No\r\nContent-Length: 4\r\n\r\nstop"


def told(answer: Any) -> tuple[str, str]:
    assert isinstance(answer, Lost), answer
    return answer.sent, answer.reason


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (["request"], "the connection broke off before an answer"),
        (["request", OK[:20]], "the connection broke off before an answer"),
        (["request", OK[:-1]], "the connection broke off within the answer"),
        (["request", b"SSH-2.0-OpenSSH\r\n\r\n"], "the connection broke off before an answer"),
        (["hold"], "no answer within 0.3 seconds"),
        (["request", OK[:-1], "hold"], "no more of the answer within 0.3 seconds"),
        (
            ["request", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot a zip"],
            "the answer's compressed body is damaged",
        ),
        (
            ["request", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"whole")[:-9]],
            "the answer's compressed body is damaged",
        ),
    ],
    ids=["closed", "half a head", "half a body", "not HTTP", "silent", "stalled", "not gzip", "half a gzip"],
)
def test_it_may_have_arrived(send: Any, serve: Any, script: list[Any], reason: str) -> None:
    server = serve(*script)
    answer = send(Request("GET", server.url("/?code=planted")), timeouts=QUICK)[0]
    assert told(answer) == ("maybe", reason)
    assert answer.elapsed > 0


def test_an_upload_that_nobody_reads_may_have_arrived(send: Any, serve: Any, big: Slice) -> None:
    answer = send(Request("PUT", serve("deaf").url(), body=big), timeouts=QUICK)[0]
    assert told(answer) == ("maybe", "the request could not go on for 0.3 seconds")


def test_a_refused_connection_sent_nothing(send: Any, serve: Any) -> None:
    server = serve("hold")
    server.close()
    assert told(send(Request("GET", server.url()))[0]) == ("no", "127.0.0.1 refused the connection")


def test_an_unknown_name_sent_nothing(send: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    answer = send(Request("GET", "http://api.example/?access_token=planted"))[0]
    assert told(answer) == ("no", "the name api.example could not be resolved")


def test_a_stalled_tls_handshake_sent_nothing(send: Any, serve: Any) -> None:
    answer = send(Request("GET", serve("hold").url(scheme="https")), timeouts=QUICK)[0]
    assert told(answer) == ("no", "no connection to 127.0.0.1 within 0.3 seconds")


def test_an_unknown_certificate_sent_nothing(send: Any, serve: Any, tls: Any) -> None:
    server = serve("request", OK, tls=tls[0])
    answer = send(Request("GET", server.url(scheme="https")))[0]
    assert told(answer) == ("no", "TLS with 127.0.0.1 failed: self-signed certificate")
    assert not server.seen


def test_waiting_in_vain_for_a_turn_sent_nothing(serve: Any) -> None:
    async def main(server: Any) -> Any:
        async with AsyncHttpTransport(connections=1, timeouts=Timeouts(pool=0.1)) as transport:
            first = asyncio.create_task(transport.send(Request("GET", server.url())))
            await asyncio.to_thread(server.asked.get, timeout=60)
            second = await transport.send(Request("GET", server.url()))
            first.cancel()
            await asyncio.wait({first})
            return second

    assert told(asyncio.run(main(serve("request", "hold")))) == (
        "no",
        "all 1 connections were busy for 0.1 seconds",
    )


def test_waiting_in_vain_in_a_thread_sent_nothing(serve: Any) -> None:
    server = serve("request", "hold")
    transport = HttpTransport(connections=1, timeouts=Timeouts(pool=0.1))
    thread = threading.Thread(target=transport.send, args=(Request("GET", server.url()),))
    thread.start()
    server.asked.get(timeout=60)
    second = transport.send(Request("GET", server.url()))
    server.close()
    thread.join()
    assert told(second) == ("no", "all 1 connections were busy for 0.1 seconds")


@pytest.mark.parametrize("after", [[], ["deaf"]], ids=["then closes", "then stops reading"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_early_answer_is_read(
    *, send: Any, serve: Any, tls: Any, big: Slice, after: list[str], scheme: str
) -> None:
    """Before the end of the body: a wrong range is refused so, or a file that is too large."""
    server = serve("head", REFUSAL % b"416", *after, tls=tls[0] if scheme == "https" else None)
    counted: list[int] = []
    request = Request("PUT", server.url(scheme=scheme), body=big)
    answer = send(request, sent=counted.append, timeouts=Timeouts(read=5, write=5), tls=tls[1])[0]
    assert (answer.status, answer.body) == (416, b"stop")
    assert answer.elapsed < 10  # at once, not when the server gave up
    assert sum(counted) < big.size


def test_an_interim_answer_does_not_stop_the_body(send: Any, serve: Any, big: Slice) -> None:
    server = serve("head", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "hold")
    counted: list[int] = []
    answer = send(Request("PUT", server.url(), body=big), sent=counted.append, timeouts=QUICK)[0]
    assert told(answer) == ("maybe", "no answer within 0.3 seconds")
    assert sum(counted) == big.size


def test_an_answer_in_single_bytes_is_read(send: Any, serve: Any) -> None:
    server = serve("request", *[OK[i : i + 1] for i in range(len(OK))])
    assert send(Request("GET", server.url()))[0].body == b"ok"


def _deflated(data: bytes, wbits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "wbits"), [(b"gzip", 31), (b"deflate", 15), (b"deflate", -15), (b"GZip", 31)], ids=str
)
def test_a_compressed_answer_is_decoded(send: Any, serve: Any, encoding: bytes, wbits: int) -> None:
    data = b'{"ok": true}' * 1000
    packed = _deflated(data, wbits)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (encoding, len(packed))
    server = serve("request", head, packed[:50], packed[50:])
    assert send(Request("GET", server.url()))[0].body == data
    assert server.headers()["accept-encoding"] == "gzip, deflate"


def test_an_empty_answer_that_calls_itself_compressed_is_empty(send: Any, serve: Any) -> None:
    server = serve("request", b"HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n")
    answer = send(Request("DELETE", server.url()))[0]
    assert (answer.status, answer.body) == (204, b"")


def test_a_bomb_is_never_unpacked_whole() -> None:
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    block = packer.compress(bytes(10_000_000)) + packer.flush(
        zlib.Z_FULL_FLUSH
    )  # such blocks may be repeated
    answer = Answer(200, [(b"Content-Encoding", b"deflate")])
    tracemalloc.start()
    try:
        with pytest.raises(ActionFailed, match="over 32 MB"):
            answer.take(block * 20)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("packed", [True, False], ids=["gzip bomb", "plain"])
def test_an_answer_over_32_mb_is_given_up(send: Any, serve: Any, packed: bool) -> None:
    data = bytes(33_000_000)
    extra, body = (b"Content-Encoding: gzip\r\n", gzip.compress(data, 1)) if packed else (b"", data)
    head = b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (extra, len(body))
    with pytest.raises(ActionFailed, match="over 32 MB") as failed:
        send(Request("GET", serve("request", head, body).url()))
    assert (failed.value.code, failed.value.sent) == ("internal", "yes")
