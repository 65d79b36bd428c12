"""Connections: reuse, closing, cancelling, TLS, the sandbox, and those who hook into httpx2."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpcore2
import pytest
import vcr

from postwire.secret import Secret
from postwire.transport import AsyncHttpTransport, HttpTransport
from postwire.values import Credential, Lost, Request, Response, Slice

if TYPE_CHECKING:
    from collections.abc import Callable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"


def echo(head: bytes) -> bytes:
    path = head.split()[1]
    return b"HTTP/1.1 200 OK\r\nX-Kind: a\r\nX-KIND: b\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path)


def test_one_connection_serves_many_requests(send: Any, serve: Any) -> None:
    server = serve("request", echo, repeat=True)
    answers = send(*[Request("GET", server.url(f"/{n}?q=%20")) for n in range(3)])
    assert [a.body for a in answers] == [b"/0?q=%20", b"/1?q=%20", b"/2?q=%20"]
    assert answers[0].headers["x-kind"] == "a, b"
    assert server.connections == 1


def test_connection_close_is_obeyed(send: Any, serve: Any) -> None:
    server = serve("request", OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), repeat=True)
    assert [a.status for a in send(*[Request("GET", server.url())] * 2)] == [200, 200]
    assert server.connections == 2


def test_a_redirect_is_an_answer(send: Any, serve: Any) -> None:
    server = serve("request", MOVED, repeat=True)
    answer = send(Request("GET", server.url()))[0]
    assert (answer.status, answer.headers["location"], len(server.seen)) == (302, "/other", 1)


def test_a_connection_closed_at_rest_is_not_used(serve: Any) -> None:
    server = serve("request", OK)
    with HttpTransport() as transport:
        for _ in range(2):
            assert isinstance(transport.send(Request("GET", server.url())), Response)
            server.gone.get(timeout=60)


def test_a_connection_closed_at_rest_is_not_used_in_a_loop(serve: Any) -> None:
    async def main(server: Any) -> None:
        async with AsyncHttpTransport() as transport:
            for _ in range(2):
                assert isinstance(await transport.send(Request("GET", server.url())), Response)
                server.gone.get(timeout=60)  # blocks the loop, so that it cannot have seen the end

    asyncio.run(main(serve("request", OK)))


def test_a_connection_of_another_loop_is_not_used(fine: Any) -> None:
    transport = AsyncHttpTransport()
    with asyncio.Runner() as first, asyncio.Runner() as second:
        for runner in (first, second):
            assert isinstance(runner.run(transport.send(Request("GET", fine.url()))), Response)
        assert fine.connections == 2
        second.run(transport.aclose())
        first.run(asyncio.sleep(0))


def test_cancelling_closes_and_gives_the_turn_back(serve: Any) -> None:
    async def main(server: Any, other: Any) -> Any:
        async with AsyncHttpTransport(connections=1) as transport:
            task = asyncio.create_task(transport.send(Request("GET", server.url())))
            await asyncio.to_thread(server.asked.get, timeout=60)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await transport.send(Request("GET", other.url()))

    server = serve("request", "hold")
    assert isinstance(asyncio.run(main(server, serve("request", OK))), Response)
    server.gone.get(timeout=60)


def test_cancelling_an_upload_stops_it(serve: Any, big: Slice) -> None:
    async def main(server: Any) -> None:
        async with AsyncHttpTransport() as transport:
            task = asyncio.create_task(transport.send(Request("PUT", server.url(), body=big)))
            await asyncio.to_thread(server.asked.get, timeout=60)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    server = serve("head", "hold")
    asyncio.run(main(server))
    server.gone.get(timeout=60)


def test_fifty_at_once_each_get_their_own(serve: Any) -> None:
    server = serve("request", echo, repeat=True)
    requests = [Request("GET", server.url(f"/{n}")) for n in range(50)]

    async def main() -> list[Any]:
        async with AsyncHttpTransport(connections=20) as transport:
            return await asyncio.gather(*[transport.send(request) for request in requests])

    expected = [b"/%d" % n for n in range(50)]
    assert [a.body for a in asyncio.run(main())] == expected
    with HttpTransport(connections=20) as transport, ThreadPoolExecutor(50) as threads:
        assert [a.body for a in threads.map(transport.send, requests) if isinstance(a, Response)] == expected
    assert server.connections <= 40


def test_tls_is_made_ready_once_and_only_for_https(
    send: Any, serve: Any, fine: Any, tls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[None] = []

    def make() -> Any:
        made.append(None)
        return tls[1]

    monkeypatch.setattr(httpcore2, "default_ssl_context", make)
    send(Request("GET", fine.url()))
    assert not made
    server = serve("request", OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), tls=tls[0])
    answers = send(*[Request("GET", server.url(scheme="https"))] * 2)
    assert ([a.status for a in answers], len(made), server.connections) == ([200, 200], 1, 2)


@pytest.mark.parametrize("hosts", [frozenset({"Api.Example"}), None], ids=["listed", "all"])
def test_the_sandbox_gets_the_real_host_and_path(send: Any, fine: Any, hosts: Any) -> None:
    url = "https://api.example/v2/me?fields=a%2Cb"
    answer = send(Request("GET", url), sandbox=fine.url(""), sandbox_hosts=hosts)[0]
    assert answer.status == 200
    assert fine.seen[0][0].startswith(b"GET /v2/me?fields=a%2Cb HTTP/1.1\r\nHost: api.example\r\n")


def test_the_sandbox_may_be_named_itself(send: Any, fine: Any) -> None:
    """As in the upload addresses that it hands out."""
    answer = send(
        Request("GET", fine.url("/up")), sandbox=fine.url(""), sandbox_hosts=frozenset({"api.example"})
    )
    assert answer[0].status == 200


def test_an_unlisted_host_is_refused_in_the_sandbox(send: Any, fine: Any) -> None:
    request = Request("GET", "https://other.example/?code=planted")
    answer = send(request, sandbox=fine.url(""), sandbox_hosts=frozenset({"api.example"}))[0]
    assert isinstance(answer, Lost)
    assert (answer.sent, answer.reason) == ("no", "the sandbox does not stand for other.example")
    assert fine.connections == 0


async def _app(scope: Any, receive: Callable[[], Any], answer: Callable[[Any], Any]) -> None:
    body = b""
    while (message := await receive())["more_body"]:
        body += message["body"]
    said = dict(scope["headers"])[b"host"] + scope["raw_path"] + b" %d" % len(body)
    await answer({"type": "http.response.start", "status": 201, "headers": [(b"x-a", b"b")]})
    await answer({"type": "http.response.body", "body": said})


def test_an_application_in_this_process_can_answer(big: Slice) -> None:
    async def main() -> Any:
        async with AsyncHttpTransport(app=_app) as transport:
            return await transport.send(Request("PUT", "https://api.example/a%20b", body=big))

    answer = asyncio.run(main())
    assert (answer.status, answer.headers) == (201, {"x-a": "b"})
    assert answer.body == b"api.example/a%%20b %d" % big.size


def test_cassettes_are_recorded_and_played(send: Any, fine: Any, tmp_path: Path, big: Slice) -> None:
    tape = str(tmp_path / "tape.yaml")
    part = Slice(big.path, 0, 2_000_000)
    credential = Credential(Secret("Bearer planted"))
    requests = [
        Request("GET", fine.url("/me?fields=a%2Cb"), credential=credential),
        Request("PUT", fine.url("/up"), body=part),
    ]
    rules: dict[str, Any] = {"filter_headers": ["authorization"], "match_on": ["method", "uri", "body"]}
    with vcr.VCR(**rules).use_cassette(tape):
        send(*requests)
    fine.close()
    with vcr.VCR(**rules).use_cassette(tape, record_mode="none") as played:
        answers = send(*requests)
    assert [a.body for a in answers] == [b"ok", b"ok"]
    assert (played.play_count, len(fine.seen)) == (2, 2)
    assert "planted" not in Path(tape).read_text()
    assert isinstance(send(requests[0])[0], Lost)  # after the cassette, real connections again


def test_a_lost_connection_under_a_hook_is_told_the_same(send: Any, serve: Any, tmp_path: Path) -> None:
    server = serve("request")
    with vcr.use_cassette(str(tmp_path / "tape.yaml")):
        broken = send(Request("GET", server.url()))[0]
        server.close()
        refused = send(Request("GET", server.url()))[0]
    assert (broken.sent, refused.sent) == ("maybe", "no")
