"""The HTTP API against bare Starlette: requests a second, and what large files cost in memory and time."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx2

from postwire.media import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = 287 * 2**20  # bytes: 401 MB as base64
PIECE = 3 * 2**18
CONNECTIONS = 8
SECONDS = 2.0
ROUNDS = 5
ALLOWED = 150  # MB over what the server had after a small file
POST = "x.create_text_post"
VIDEO = "tiktok.create_video_post"

# Run in a process of its own, so that its peak memory is its own.
OURS = """
import json, uvicorn
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.accounts.vault import Vault
from postwire.faces.serving import listen
from postwire.faces.web.app import application
from postwire.faces.web.settings import Settings
from postwire.faces.web.site import Site
from postwire.secret import Secret
with Vault() as vault, listen("127.0.0.1", 0) as listener:
    known = [NewAccount(each, Tokens(Secret("t")), subject="1", name="Somebody") for each in ("tiktok", "x")]
    account = vault.accounts.connect("default", known)[1]
    site = Site(vault, Settings(f"http://127.0.0.1:{listener.getsockname()[1]}"))
    _, key = site.keys.add("default", "benchmark")
    told = {"port": listener.getsockname()[1], "key": key.reveal(), "account": account.id}
    print(json.dumps(told), flush=True)
    uvicorn.Server(uvicorn.Config(application(site), log_level="warning", lifespan="on")).run([listener])
"""
BARE = """
import base64, json, tempfile, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from postwire.faces.serving import listen
async def show(request):
    return JSONResponse({"id": request.path_params["id"], "name": "Somebody"})
async def post(request):
    return JSONResponse({"requests": [await request.json()], "checks": []})
async def media(request):
    given = await request.json()
    with tempfile.NamedTemporaryFile() as file:
        file.write(base64.b64decode(given["video"]["content"]))
    return JSONResponse({}, 202)
routes = [Route("/v1/accounts/{id}", show), Route("/v1/actions/x.create_text_post", post, methods=["POST"]),
          Route("/v1/actions/tiktok.create_video_post", media, methods=["POST"])]
with listen("127.0.0.1", 0) as listener:
    print(json.dumps({"port": listener.getsockname()[1], "key": "none", "account": "1"}), flush=True)
    uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="warning")).run([listener])
"""


class Server(NamedTuple):
    """A server's process, its port, a key and an account's id."""

    process: int
    port: int
    key: str
    account: str

    @property
    def peak(self) -> float:
        """The most memory that it has had, in MB."""
        lines = Path(f"/proc/{self.process}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1000


@contextmanager
def serving(code: str) -> Iterator[Server]:
    """A server while the block runs."""
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "POSTWIRE_HOME": home}
        with subprocess.Popen([sys.executable, "-c", code], env=environ, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            try:
                yield Server(process.pid, **json.loads(process.stdout.readline()))
            finally:
                process.kill()


class Caller(asyncio.Protocol):
    """Sends the same request again and again, and counts the answers."""

    def __init__(self, request: bytes, status: bytes) -> None:
        self.request = request
        self.status = status
        self.count = 0
        self.missing = -1
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.rest += data
        if self.missing < 0 and (end := self.rest.find(b"\r\n\r\n")) >= 0:
            head = self.rest[:end].lower()
            assert head[9:12] == self.status, self.rest
            self.missing = end + 4 + int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
        if 0 <= self.missing <= len(self.rest):
            self.rest, self.missing = b"", -1
            self.count += 1
            self.transport.write(self.request)


async def rate(port: int, request: bytes, status: bytes) -> float:
    """Answers a second."""
    loop = asyncio.get_running_loop()
    callers = [
        (await loop.create_connection(lambda: Caller(request, status), "127.0.0.1", port))[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.sleep(0.3)
    before, begin = sum(each.count for each in callers), time.perf_counter()
    await asyncio.sleep(SECONDS)
    done, seconds = sum(each.count for each in callers) - before, time.perf_counter() - begin
    for each in callers:
        each.transport.abort()
    return done / seconds


def request(server: Server, method: str, path: str, body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {server.key}\r\n"
    )
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{head}{kind}\r\n".encode() + body


def rates() -> None:
    """Print how many requests are answered, beside bare Starlette that does nothing but answer."""
    body = json.dumps({"text": "Paper boats"}).encode()
    wrong = json.dumps({"text": "Paper boats", "reply_settings": "none"}).encode()
    post = f"/v1/actions/{POST}?dry_run=true"
    kinds: dict[str, tuple[Callable[[Server], bytes], bytes]] = {
        "GET an account": (lambda server: request(server, "GET", f"/v1/accounts/{server.account}"), b"200"),
        "POST, refused": (lambda server: request(server, "POST", post, wrong), b"400"),
        "POST, dry run": (lambda server: request(server, "POST", post, body), b"200"),
    }
    with serving(OURS) as ours, serving(BARE) as bare:
        for name, (made, status) in kinds.items():
            found = [
                (
                    asyncio.run(rate(ours.port, made(ours), status)),
                    asyncio.run(rate(bare.port, made(bare), b"200")),
                )
                for _ in range(ROUNDS)
            ]
            mine, theirs = (statistics.median(each) for each in zip(*found, strict=True))
            ratios = sorted(a / b for a, b in found)
            spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
            median = statistics.median(ratios)
            print(f"{name:16} {mine:6.0f}/s   bare {theirs:6.0f}/s   {median:.2f} x ({spread})")


def pieces(file: Path) -> Iterator[bytes]:
    """The content of a file."""
    with file.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece


def raw(http: httpx2.Client, file: Path) -> httpx2.Response:
    """The file as the body."""
    return http.put("/media", content=pieces(file), headers={"Content-Length": str(file.stat().st_size)})


def form(http: httpx2.Client, file: Path) -> httpx2.Response:
    """An action with the file in a form."""
    with file.open("rb") as stream:
        fields = {"privacy_level": "SELF_ONLY"}
        return http.post(f"/actions/{VIDEO}", files={"video": ("clip.mp4", stream)}, data=fields)


def text(http: httpx2.Client, file: Path) -> httpx2.Response:
    """An action with the file as base64 in JSON."""

    def body() -> Iterator[bytes]:
        yield b'{"privacy_level": "SELF_ONLY", "video": {"name": "clip.mp4", "content": "'
        yield from map(base64.b64encode, pieces(file))
        yield b'"}}'

    return http.post(f"/actions/{VIDEO}", content=body(), headers={"Content-Type": "application/json"})


def memory(
    name: str, code: str, send: Callable[[httpx2.Client, Path], httpx2.Response], folder: Path
) -> float:
    """Print what a large file costs a server; MB over what it had after a small one."""
    with serving(code) as server:
        origin, headers = f"http://127.0.0.1:{server.port}/v1", {"Authorization": f"Bearer {server.key}"}
        with httpx2.Client(base_url=origin, headers=headers, timeout=300) as http:
            send(http, folder / "small.mp4")
            before, begin = server.peak, time.perf_counter()
            answer = send(http, folder / "large.mp4")
            seconds, grown = time.perf_counter() - begin, server.peak - before
            assert answer.status_code in {201, 202}, answer.text
    print(f"{name:28} {seconds:5.2f} s   memory +{grown:6.1f} MB over {before:3.0f} MB")
    return grown


def main() -> None:
    """All of it."""
    rates()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample.write(folder / "small.mp4", 300_000)
        sample.write(folder / "large.mp4", SIZE)
        ways = {"PUT /media": raw, "form with a file": form, "base64 in JSON": text}
        most = max(memory(way, OURS, send, folder) for way, send in ways.items())
        memory("base64, await request.json()", BARE, text, folder)
    if most > ALLOWED:
        sys.exit(f"{most:.1f} MB are more than {ALLOWED} MB.")


if __name__ == "__main__":
    main()
