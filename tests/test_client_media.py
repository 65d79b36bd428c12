"""Every way to name a file publishes the same bytes, and leaves nothing behind."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from postwire import (
    Account,
    ActionFailed,
    Client,
    InvalidInput,
)
from postwire.media import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postwire.simulator import Served, Simulator

VIDEO = sample.VIDEO.read_bytes()
SUM = hashlib.sha256(VIDEO).hexdigest()
INIT = "/v2/post/publish/video/init/"


def uploaded(simulator: Simulator) -> list[str | None]:
    publishes = simulator.tiktok.publishes.values()
    return [publish.upload.sha256 for publish in publishes if publish.upload]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


@contextmanager
def web(body: bytes) -> Iterator[tuple[str, list[str]]]:
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "video/mp4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/clip.mp4", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


ENCODED = base64.b64encode(VIDEO).decode()
SOURCES: dict[str, dict[str, Any]] = {
    "text of a path": {"video": str(sample.VIDEO)},
    "path": {"video": sample.VIDEO},
    "data URI": {"video": f"data:video/mp4;base64,{ENCODED}"},
    "base64 alias": {"video_base64": ENCODED},
    "bytes": {"video": VIDEO},
    "file object": {"video": {"content": ENCODED, "name": "clip.mp4", "contentType": "video/mp4"}},
}


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_every_source_publishes_the_same_bytes(
    caller: Any, simulator: Simulator, tmp_path: Path, source: str
) -> None:
    assert caller.run("tok.post", SOURCES[source])["bytes"] == len(VIDEO)
    assert uploaded(simulator) == [SUM]
    assert files(tmp_path / "media") == []
    assert sample.VIDEO.read_bytes() == VIDEO


@pytest.mark.parametrize(
    "stream", [lambda: io.BytesIO(VIDEO), lambda: sample.VIDEO.open("rb")], ids=["memory", "disk"]
)
def test_an_open_file_is_published(
    caller: Any, simulator: Simulator, tmp_path: Path, stream: Callable[[], Any]
) -> None:
    with stream() as opened:
        caller.run("tok.post", video=opened)
    assert uploaded(simulator) == [SUM]
    assert files(tmp_path / "media") == []


def test_an_address_is_published(caller: Any, simulator: Simulator, tmp_path: Path) -> None:
    with web(VIDEO) as (url, seen):
        caller.run("tok.post", video=url)
        assert seen == ["/clip.mp4"]
    assert uploaded(simulator) == [SUM]
    assert files(tmp_path / "media") == []


def test_an_address_is_not_fetched_for_an_input_with_mistakes(caller: Any) -> None:
    with web(VIDEO) as (url, seen):
        with pytest.raises(InvalidInput):
            caller.run("tok.post", video=url, parts=10)
        assert seen == []


def test_an_address_on_this_machine_is_refused_by_default(served: Served, tok: Any) -> None:
    with web(VIDEO) as (url, seen):
        account = Account("tok", "planted-token")
        with (
            Client(account, integrations=[tok.folder], sandbox=served.origin) as client,
            pytest.raises(InvalidInput, match="not on the public internet"),
        ):
            client.run("tok.post", video=url)
        assert seen == []


def test_a_handle_is_published_and_stays(caller: Any, simulator: Simulator, tmp_path: Path) -> None:
    media = caller.client.media.put([VIDEO], "clip.mp4", "video/mp4")
    for _ in range(2):
        caller.run("tok.post", video=media.handle)
    assert uploaded(simulator) == [SUM, SUM]
    assert media.path.is_file()


@pytest.mark.parametrize("failure", ["input", "platform"])
def test_temporary_files_are_gone_after_a_failure_too(
    caller: Any, simulator: Simulator, tmp_path: Path, failure: str
) -> None:
    simulator.faults.add(path=INIT, status=400)
    given = {"video": VIDEO, **({"parts": 10} if failure == "input" else {})}
    with pytest.raises((InvalidInput, ActionFailed)):
        caller.run("tok.post", given)
    assert files(tmp_path / "media") == []


def test_what_could_not_be_checked_is_a_warning(caller: Any, tok: Any) -> None:
    tok.write(
        "look",
        """
        effect: read
        input: {properties: {file: {type: string, format: media, x-media: {types: [video/mp4]}}}}
        request: {get: /v2/user/info/, query: {fields: open_id}}
        """,
    )
    (warning,) = caller.run("tok.look", file=b"of no known kind").warnings
    assert warning == "Could not check the type of media.bin; the platform decides."
