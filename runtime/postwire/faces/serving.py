"""An ASGI application on a port, until a signal comes."""

from __future__ import annotations

import socket
from typing import Any

import uvicorn


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises:
        OSError: the port is taken, or the address is none of this machine.
    """
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


async def serve_http(app: Any, listener: socket.socket, **options: Any) -> None:
    """Serve *app* on *listener* until a signal comes; *options* are uvicorn's."""
    given = {"log_level": "warning", "access_log": False, "lifespan": "on", "server_header": False, **options}
    await uvicorn.Server(uvicorn.Config(app, **given)).serve([listener])
