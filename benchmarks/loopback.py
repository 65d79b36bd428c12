"""Servers for the benchmarks, each in a process of its own on loopback, as fast as plain asyncio gets."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = {
    "data": {
        "user": {
            "open_id": "-000SimOpenId01",
            "union_id": "u-77",
            "display_name": "Sim Studio",
            "username": "simstudio",
            "avatar_url": "https://p16-sim.invalid/simstudio.jpeg",
            "bio_description": "A studio.",
            "profile_deep_link": "https://vm.tiktok.com/sim",
            "is_verified": False,
            "follower_count": 1204,
            "following_count": 17,
            "likes_count": 5821,
            "video_count": 42,
        }
    },
    "error": {"code": "ok", "message": "", "log_id": "202611210900SIMLOG"},
}
_BODY = json.dumps(USER).encode()
_ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(_BODY)
) + _BODY
_CREATED = b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n"


class Json(asyncio.Protocol):
    """Answers every GET with the same user."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while (end := self.rest.find(b"\r\n\r\n")) >= 0:
            self.rest = self.rest[end + 4 :]
            self.transport.write(_ANSWER)


class Sink(asyncio.BufferedProtocol):
    """Takes PUT bodies and forgets them."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.buffer = bytearray(1 << 20)
        self.left = 0
        self.head = b""

    def get_buffer(self, _: int) -> bytearray:
        return self.buffer

    def buffer_updated(self, count: int) -> None:
        data = memoryview(self.buffer)[:count]
        if not self.left:
            self.head += bytes(data)
            if (end := self.head.find(b"\r\n\r\n")) < 0:
                return
            head, rest = self.head[:end].lower(), len(self.head) - end - 4
            self.head = b""
            self.left = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            if b"100-continue" in head:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            count = rest
        self.left -= count
        if not self.left:
            self.transport.write(_CREATED)


def _run(kind: type[asyncio.BaseProtocol], listener: socket.socket) -> None:
    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(kind, sock=listener)
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def serving(kind: type[asyncio.BaseProtocol]) -> Iterator[str]:
    """The origin of a server of *kind* while the block runs."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    process = multiprocessing.get_context("fork").Process(target=_run, args=(kind, listener), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        process.terminate()
        process.join()
        listener.close()
