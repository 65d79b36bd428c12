"""The simulated Meta on a real socket, with files that are really fetched."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from postwire.simulator import Served, create, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = {
    "/a.jpg": b"\xff\xd8\xff\xe0" + bytes(50_000),
    "/a.png": b"\x89PNG\r\n\x1a\n" + bytes(500),
    "/a.mp4": b"\x00\x00\x00\x18ftypmp42" + bytes(900_000),
}
IG = "17841400000000001"


class Shelf(BaseHTTPRequestHandler):
    """A host of public files."""

    def do_GET(self) -> None:
        data = FILES.get(self.path)
        self.send_response(200 if data else 404)
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def shelf() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Shelf)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(create(seed=3)) as running:
        yield running


def client(served: Served, token: str) -> httpx2.Client:
    return httpx2.Client(base_url=served.origin, timeout=60, headers={"Authorization": f"Bearer {token}"})


def test_a_reel_and_an_image_from_a_real_host(served: Served, shelf: str) -> None:
    base = f"/graph.instagram.com/v26.0/{IG}"
    with client(served, served.simulator.meta.connect("harborbakery")) as http:
        film = {"media_type": "REELS", "video_url": f"{shelf}/a.mp4"}
        made = http.post(f"{base}/media", json=film).json()["id"]
        state = [
            http.get(f"/graph.instagram.com/v26.0/{made}", params={"fields": "status_code"}).json()[
                "status_code"
            ]
            for _ in range(3)
        ][-1]
        assert state == "FINISHED"
        assert http.post(f"{base}/media_publish", data={"creation_id": made}).json()["id"]
        told = {
            name: http.post(f"{base}/media", params={"image_url": f"{shelf}/{name}"})
            for name in ("a.jpg", "a.png", "b")
        }
    assert told["a.jpg"].status_code == 200
    assert told["a.png"].json()["error"]["error_subcode"] == 2_207_005
    assert told["b"].json()["error"]["error_subcode"] == 2_207_052
    upload = served.simulator.meta.objects[made].upload
    assert upload.total == len(FILES["/a.mp4"])


def test_a_page_reel_by_the_address_that_the_simulator_gives(served: Served) -> None:
    token = served.simulator.meta.connect_page()
    data = FILES["/a.mp4"] * 4
    with client(served, token) as http:
        begun = http.post("/graph.facebook.com/v26.0/1010/video_reels", json={"upload_phase": "start"}).json()
        assert begun["upload_url"].startswith(f"{served.origin}/rupload.facebook.com/video-upload/")
        head = {"Authorization": f"OAuth {token}", "offset": "0", "file_size": str(len(data))}
        assert http.post(begun["upload_url"], content=data, headers=head).json() == {"success": True}
    upload = served.simulator.meta.objects[begun["video_id"]].upload
    assert (upload.received, upload.complete) == (len(data), True)


def test_an_upload_that_breaks_goes_on_where_it_was(served: Served) -> None:
    token = served.simulator.meta.connect_page()
    data = FILES["/a.mp4"]
    with client(served, token) as http:
        begun = http.post("/graph.facebook.com/v26.0/1010/video_reels", json={"upload_phase": "start"}).json()
        head = {"Authorization": f"OAuth {token}", "offset": "0", "file_size": str(len(data))}
        served.simulator.faults.add(host="rupload.facebook.com", reset_after_bytes=400_000)
        with pytest.raises(httpx2.TransportError):
            http.post(begun["upload_url"], content=data, headers=head)
        status = http.get(
            f"/graph.facebook.com/v26.0/{begun['video_id']}", params={"fields": "status"}
        ).json()
        there = status["status"]["uploading_phase"]["bytes_transfered"]
        assert 0 < there < 400_000
        rest = http.post(begun["upload_url"], content=data[there:], headers=head | {"offset": str(there)})
    assert rest.json() == {"success": True}
    import hashlib

    assert served.simulator.meta.objects[begun["video_id"]].upload.digest.hexdigest() == (
        hashlib.sha256(data).hexdigest()
    )


def test_a_whole_video_in_a_multipart_body(served: Served) -> None:
    token = served.simulator.meta.connect_page()
    with client(served, token) as http:
        files = {"source": ("a.mp4", FILES["/a.mp4"], "video/mp4")}
        made = http.post("/graph-video.facebook.com/v26.0/1010/videos", files=files).json()["id"]
    assert served.simulator.meta.objects[made].upload.total == len(FILES["/a.mp4"])
