"""The simulator on a real socket."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import pytest

from postwire.simulator import Served, Simulator, create, run, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as link:
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
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as link:
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
