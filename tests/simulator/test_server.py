"""The simulator on a real socket."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import closing
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import pytest
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from postwire.simulator import Served, Simulator, create, run, serve
from postwire.simulator.tiktok import upload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from postwire.simulator.tiktok import TikTok

CREATOR = "/open.tiktokapis.com/v2/post/publish/creator_info/query/"
INIT = "/open.tiktokapis.com/v2/post/publish/video/init/"


@pytest.fixture(scope="module")
def running() -> Iterator[Served]:
    with serve(create()) as served:
        yield served


@pytest.fixture
def served(running: Served) -> Served:
    running.simulator.reset()
    return running


def raw(origin: str, request: bytes) -> bytes:
    """Send bytes as they are and read until the server closes."""
    parts = urlsplit(origin)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as link:
        link.sendall(request)
        answer = b""
        try:
            while piece := link.recv(65_536):
                answer += piece
        except ConnectionResetError:
            pass
        return answer


def http(
    simulator: Simulator, path: str, host: str = "127.0.0.1", body: bytes = b"{}", length: int = 0
) -> bytes:
    token = simulator.tiktok.connect()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length or len(body)}\r\n\r\n"
    )
    return head.encode() + body


def test_both_addressing_styles(served: Served) -> None:
    for path, host in ((CREATOR, "127.0.0.1"), (CREATOR.partition(".com")[2], "open.tiktokapis.com")):
        answer = raw(served.origin, http(served.simulator, path, host))
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"x-postwire-simulator: tiktok" in answer
        assert b"simstudio" in answer


@pytest.mark.parametrize(
    ("fault", "made"),
    [({"refuse": True}, 0), ({"lose_answer": True}, 1), ({"reset_after_bytes": 10}, 0)],
)
def test_a_cut_connection_closes_without_a_byte(
    served: Served, caplog: pytest.LogCaptureFixture, fault: dict[str, Any], made: int
) -> None:
    served.simulator.faults.add(path="/v2/post/*", **fault)
    body = (
        b'{"post_info":{"privacy_level":"SELF_ONLY"},"source_info":{"source":"FILE_UPLOAD",'
        b'"video_size":1,"chunk_size":1,"total_chunk_count":1}}'
    )
    assert raw(served.origin, http(served.simulator, INIT, body=body)) == b""
    assert len(served.simulator.tiktok.publishes) == made
    assert not caplog.records
    assert raw(served.origin, http(served.simulator, CREATOR)).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_goes_away_is_no_noise(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    parts = urlsplit(served.origin)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as link:
        link.sendall(http(served.simulator, CREATOR, length=5_000))
    assert raw(served.origin, http(served.simulator, CREATOR)).startswith(b"HTTP/1.1 200 ")
    assert not caplog.records


def test_a_whole_publish_over_the_port(served: Served) -> None:
    token = served.simulator.tiktok.connect()
    size = 12_000_000
    source = {"source": "FILE_UPLOAD", "video_size": size, "chunk_size": 6_000_000, "total_chunk_count": 2}
    body = {"post_info": {"privacy_level": "SELF_ONLY"}, "source_info": source}
    data = b"\x00\x00\x00\x18ftypmp42" + bytes(size - 12)
    with httpx2.Client(headers={"Authorization": f"Bearer {token}"}) as client:
        started = client.post(served.origin + INIT, json=body).json()["data"]
        assert started["upload_url"].startswith(f"{served.origin}/open-upload.tiktokapis.com/video/?")
        for first in (0, 6_000_000):
            span = {"Content-Type": "video/mp4", "Content-Range": f"bytes {first}-{first + 5_999_999}/{size}"}
            answer = client.put(started["upload_url"], content=data[first : first + 6_000_000], headers=span)
            assert answer.status_code == (206 if first == 0 else 201)
        client.post(f"{served.origin}/_simulator/clock", json={"advance": 60})
        path = "/open.tiktokapis.com/v2/post/publish/status/fetch/"
        status = client.post(served.origin + path, json={"publish_id": started["publish_id"]}).json()
    assert status["data"]["status"] == "PUBLISH_COMPLETE"


class Link:
    """One connection, kept alive, in host style: real hosts in the Host header, loopback underneath."""

    def __init__(self, served: Served) -> None:
        parts = urlsplit(served.origin)
        self.http = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self.http.connect()
        self.socket = self.http.sock
        self.token = served.simulator.tiktok.connect()

    def send(
        self, method: str, url: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self.http.request(method, target, body, {"Host": parts.netloc} | headers)
        answer = self.http.getresponse()
        assert answer.version == 11
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()

    def api(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json; charset=UTF-8"}
        url = f"https://open.tiktokapis.com/v2/post/publish/{path}"
        answer: dict[str, Any] = json.loads(self.send("POST", url, json.dumps(body).encode(), headers)[2])
        return answer

    def start(self, size: int, chunk: int) -> dict[str, str]:
        numbers = {"video_size": size, "chunk_size": chunk, "total_chunk_count": size // chunk}
        source = {"source": "FILE_UPLOAD"} | numbers
        body = {"post_info": {"privacy_level": "SELF_ONLY"}, "source_info": source}
        answer: dict[str, str] = self.api("video/init/", body)["data"]
        return answer

    def put(self, url: str, first: int, data: bytes, size: int) -> tuple[int, str | None]:
        span = f"bytes {first}-{first + len(data) - 1}/{size}"
        status, headers, _ = self.send("PUT", url, data, {"Content-Type": "video/mp4", "Content-Range": span})
        return status, headers.get("content-range")


SIZE, CHUNK = 15_000_123, 5_000_000
DATA = b"\x00\x00\x00\x18ftypmp42" + bytes(SIZE - 12)
FIRST, SECOND, LAST = (DATA[:CHUNK], DATA[CHUNK : 2 * CHUNK], DATA[2 * CHUNK :])


def test_a_whole_publish_in_host_style_on_one_connection(served: Served) -> None:
    with closing((link := Link(served)).http):
        started = link.start(SIZE, CHUNK)
        url = started["upload_url"]
        assert url.startswith("https://open-upload.tiktokapis.com/video/?upload_id=")
        # Refusals take the body and keep the connection too.
        assert link.put(url, CHUNK, SECOND, SIZE) == (416, f"bytes 0-0/{SIZE}")
        assert link.put(url + "x", 0, FIRST, SIZE) == (404, None)
        assert link.put(url, 0, FIRST, SIZE) == (206, f"bytes 0-{CHUNK}/{SIZE}")
        assert link.put(url, CHUNK, SECOND, SIZE) == (206, f"bytes 0-{2 * CHUNK}/{SIZE}")
        assert link.put(url, 2 * CHUNK, LAST, SIZE) == (201, f"bytes 0-{SIZE}/{SIZE}")
        status = [link.api("status/fetch/", {"publish_id": started["publish_id"]}) for _ in range(3)][-1]
        assert status["data"]["status"] == "PUBLISH_COMPLETE"
        assert link.http.sock is link.socket
    sizes = [record.size for record in served.simulator.requests if record.method == "PUT"]
    assert sizes == [CHUNK] * 4 + [len(LAST)]


def test_a_part_cut_in_its_middle_is_sent_again_on_a_new_connection(served: Served) -> None:
    with closing((link := Link(served)).http):
        url = link.start(SIZE, CHUNK)["upload_url"]
        assert link.put(url, 0, FIRST, SIZE)[0] == 206
        served.simulator.faults.add(method="PUT", part=2, reset_after_bytes=2_000_000)
        with pytest.raises(ConnectionError):
            link.put(url, CHUNK, SECOND, SIZE)
        link.http.close()
        assert link.put(url, CHUNK, SECOND, SIZE) == (206, f"bytes 0-{2 * CHUNK}/{SIZE}")
    cut = next(record for record in served.simulator.requests if record.fault)
    assert (cut.status, 1_800_000 < cut.size < CHUNK) == (None, True)


def test_large_bodies_come_in_pieces_that_do_not_stop_the_reading(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    receive = upload.receive

    async def noted(state: TikTok, piece: upload.Piece, stream: AsyncIterator[bytes]) -> int:
        async def watched() -> AsyncIterator[bytes]:
            async for data in stream:
                sizes.append(len(data))
                yield data

        return await receive(state, piece, watched())

    monkeypatch.setattr(upload, "receive", noted)
    with closing((link := Link(served)).http):
        assert link.put(link.start(SIZE, CHUNK)["upload_url"], 0, FIRST, SIZE)[0] == 206
    assert sum(sizes) == CHUNK
    assert max(sizes) <= 2 * HIGH_WATER_LIMIT


def test_an_answer_on_a_kept_connection_does_not_wait_for_the_last_one_to_be_acknowledged(
    served: Served,
) -> None:
    took = []
    with httpx2.Client() as client:
        for _ in range(20):
            began = time.perf_counter()
            assert client.get(served.origin).status_code == 200
            took.append(time.perf_counter() - began)
    assert min(took[1:]) < 0.03  # the kernel waits 0.04 s


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "example.com", "::"])
def test_only_loopback_is_listened_on(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"), serve(host=host):
        pass
    with pytest.raises(ValueError, match="loopback"):
        run(host, 0)


def test_a_taken_port_is_an_os_error(served: Served) -> None:
    port = urlsplit(served.origin).port or 0
    with pytest.raises(OSError, match="in use"), serve(port=port):
        pass


def test_the_port_is_free_again_and_the_thread_gone() -> None:
    before = threading.active_count()
    with serve(host="localhost") as served:
        port = urlsplit(served.origin).port or 0
        assert served.origin == f"http://localhost:{port}"
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
