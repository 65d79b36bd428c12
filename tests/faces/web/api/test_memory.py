"""Large files cost the memory of a piece, in whichever way they come."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pytest

from postwire.media import sample

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE: Final = 64_000_000  # bytes; benchmarks/http_api.py sends 287 MB
ALLOWED: Final = 40_000  # kB over what the server had after a small file; read whole, it would be 300,000
PIECE: Final = 3 * 2**18
RUNTIME: Final = Path(__file__).parents[4] / "runtime"
VIDEO: Final = "/v1/actions/tiktok.create_video_post"
SERVER: Final = """
import json, socket, sys, uvicorn
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.accounts.vault import Vault
from postwire.faces.web.app import application
from postwire.faces.web.settings import Settings
from postwire.faces.web.site import Site
from postwire.secret import Secret
with Vault() as vault, socket.create_server(("127.0.0.1", 0)) as listener:
    vault.accounts.connect("default", [NewAccount("tiktok", Tokens(Secret("t")), subject="1")])
    site = Site(vault, Settings(f"http://127.0.0.1:{listener.getsockname()[1]}"))
    _, key = site.keys.add("default", "test")
    print(json.dumps({"origin": site.settings.public_url, "key": key.reveal()}), flush=True)
    uvicorn.Server(uvicorn.Config(application(site), log_level="warning", lifespan="on")).run([listener])
"""


@pytest.fixture
def server(home: Path) -> Iterator[tuple[int, httpx2.Client]]:
    """(the process of a server of its own, a program that calls it)."""
    environ = {**os.environ, "PYTHONPATH": str(RUNTIME), "POSTWIRE_HOME": str(home)}
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told: dict[str, Any] = json.loads(process.stdout.readline())
            headers = {"Authorization": f"Bearer {told['key']}"}
            with httpx2.Client(base_url=told["origin"], headers=headers, timeout=120) as http:
                yield process.pid, http
        finally:
            process.kill()


def peak(process: int) -> int:
    """The most memory that a process has had, in kB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])


def parts(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece


def raw(http: httpx2.Client, file: Path) -> httpx2.Response:
    return http.put("/v1/media", content=parts(file), headers={"Content-Length": str(file.stat().st_size)})


def form(http: httpx2.Client, file: Path) -> httpx2.Response:
    with file.open("rb") as stream:
        return http.post(VIDEO, files={"video": ("clip.mp4", stream)}, data={"privacy_level": "SELF_ONLY"})


def text(http: httpx2.Client, file: Path) -> httpx2.Response:
    def body() -> Iterator[bytes]:
        yield b'{"privacy_level": "SELF_ONLY", "video": {"name": "clip.mp4", "content": "'
        yield from map(base64.b64encode, parts(file))
        yield b'"}}'

    return http.post(VIDEO, content=body(), headers={"Content-Type": "application/json"})


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
@pytest.mark.parametrize("send", [raw, form, text])
def test_a_large_file_takes_little_memory(
    server: tuple[int, httpx2.Client], tmp_path: Path, send: Any
) -> None:
    process, http = server
    send(http, sample.write(tmp_path / "small.mp4", 300_000))
    before = peak(process)
    answer = send(http, sample.write(tmp_path / "large.mp4", SIZE))
    assert answer.status_code in {201, 202}, answer.text
    assert peak(process) - before < ALLOWED
