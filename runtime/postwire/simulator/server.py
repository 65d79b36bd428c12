"""The simulator on a loopback port."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from postwire.simulator.app import Simulator
from postwire.simulator.faults import ConnectionLost
from postwire.simulator.outside import is_loopback

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    from starlette.types import Receive, Scope, Send

START_SECONDS = 10.0
STOP_SECONDS = 1  # for requests under way
IDLE_SECONDS = 75  # that a connection may rest between two polls
PIECE = 65_536  # bytes; with more at a time the server stops reading after each piece, which halves the speed


@dataclass(frozen=True, slots=True)
class Served:
    """A simulator that listens: `origin` is its address, without a slash at the end."""

    origin: str
    simulator: Simulator


class _Protocol(H11Protocol):
    """Closes the socket where a fault says so, which plain ASGI cannot, and takes uploads at full speed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._inner = self.app
        self.app = self._cutting

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if hasattr(transport, "max_size"):  # what asyncio's selector transport reads at a time
            transport.max_size = PIECE
        super().connection_made(transport)

    async def _cutting(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._inner(scope, receive, send)
        except ConnectionLost:
            self.transport.abort()
            # Wait until the server knows, or it would try to answer 500.
            while (await receive())["type"] != "http.disconnect":
                pass


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def serve(simulator: Simulator | None = None, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[Served]:
    """Serve a simulator from a thread while the block runs; port 0 takes a free one.

    Raises ValueError for a host that is not loopback, and OSError when the port is taken.
    """
    served = simulator or Simulator()
    listener = _listen(host, port)
    server = _Server(_config(served))
    thread = threading.Thread(target=server.run, args=([listener],), name="postwire-simulator", daemon=True)
    thread.start()
    try:
        if not server.ready.wait(START_SECONDS):
            raise RuntimeError("The simulator's server did not start.")
        yield Served(_origin(listener, host), served)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        served.close()


def run(
    host: str = "127.0.0.1",
    port: int = 8787,
    announce: Callable[[str], None] | None = None,
    simulator: Simulator | None = None,
) -> None:
    """Serve until interrupted; `announce` is told the origin once it listens.

    Raises ValueError for a host that is not loopback, and OSError when the port is taken.
    """
    served = simulator or Simulator()
    listener = _listen(host, port)
    if announce is not None:
        announce(_origin(listener, host))
    try:
        _Server(_config(served)).run([listener])
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()
        served.close()


def _listen(host: str, port: int) -> socket.socket:
    if not is_loopback(host):
        raise ValueError("The simulator listens on loopback only: use 127.0.0.1, ::1 or localhost.")
    address = "127.0.0.1" if host == "localhost" else host.strip("[]")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # Named, or asyncio does not take its connections for TCP, and each answer waits 40 ms for Nagle.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _origin(listener: socket.socket, host: str) -> str:
    shown = f"[{host.strip('[]')}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"


def _config(simulator: Simulator) -> uvicorn.Config:
    return uvicorn.Config(
        simulator.app,
        interface="asgi3",
        http=_Protocol,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        log_level=logging.CRITICAL,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
