"""Takes one callback of a consent page on this machine's loopback: for the command line, which has no server.

Only 127.0.0.1 and [::1] are bound, one callback is taken, and the wait ends after five minutes.
"""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

from postwire.accounts import refusals

if TYPE_CHECKING:
    from collections.abc import Callable

PATH: Final = "/callback/"
PORT: Final = 5005
SECONDS: Final = 300.0
_PATIENCE: Final = 5  # seconds for one request
_TURN: Final = 0.05  # seconds between two looks whether to stop
_LOOPBACK: Final = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}
_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Postwire</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 4rem auto; padding: 0 1rem; }
@media (prefers-color-scheme: dark) { body { background: #14161a; color: #eee; } }
</style></head><body><h1>Back to Postwire</h1>
<p>The answer has arrived. Return to your terminal to see whether the account is connected; you can close this
page.</p></body></html>"""
_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


class Listener:
    """Waits for one callback; a context manager.

    Args:
        port: to listen on; 0 takes a free one, where the platform allows any.
        path: of the redirect address.
        host: of the redirect address; for `localhost` both addresses must be ours.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, port: int = PORT, path: str = PATH, host: str = "127.0.0.1") -> None:
        self._path = path
        self._host = host
        self._found: dict[str, str] | None = None
        self._done = threading.Event()
        self._one = threading.Lock()
        self._servers: list[HTTPServer] = []
        try:
            self._listen(port)
        except BaseException:
            self._close()
            raise
        self.port = int(self._servers[0].server_address[1])
        self._allowed = {f"{name}:{self.port}" for name in _HOSTS}
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(_TURN,), daemon=True).start()

    def _listen(self, port: int) -> None:
        for address in _LOOPBACK:
            try:
                self._servers.append(_server(address, port, self._take))
            except OSError as error:
                # Without IPv6 the other address is enough; one that somebody else has could get the answer.
                if not self._servers or (self._host == "localhost" and error.errno == errno.EADDRINUSE):
                    raise
            port = int(self._servers[0].server_address[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
        self._close()

    def _close(self) -> None:
        for server in self._servers:
            server.server_close()

    @property
    def uri(self) -> str:
        """The redirect address to register and to send."""
        return f"http://{self._host}:{self.port}{self._path}"

    def wait(self, seconds: float = SECONDS) -> dict[str, str]:
        """The callback's query.

        Raises:
            ConnectFailed: `session_expired`, nobody came.
        """
        end = time.monotonic() + seconds
        while not self._done.wait(0.2):  # short waits, so that Ctrl-C is heard
            if time.monotonic() > end:
                raise refusals.at("nobody", {})
        assert self._found is not None
        return self._found

    def _take(self, target: str, host: str) -> HTTPStatus:
        parts = urlsplit(target)
        if parts.path != self._path or host not in self._allowed:
            return HTTPStatus.NOT_FOUND
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if not query.keys() & {"code", "error", "state"}:
            return HTTPStatus.BAD_REQUEST
        with self._one:
            if self._done.is_set():
                return HTTPStatus.GONE
            self._found = query
            self._done.set()
        return HTTPStatus.OK


def read_pasted(address: str) -> dict[str, str]:
    """The query of an address that a person pasted, from a browser that could not reach this machine.

    Raises:
        ConnectFailed: `missing_code`, it holds none.
    """
    query = dict(parse_qsl(urlsplit(address.strip()).query, keep_blank_values=True))
    if not query.keys() & {"code", "error"}:
        raise refusals.at("pasted", {})
    return query


def _server(host: str, port: int, take: Callable[[str, str], HTTPStatus]) -> HTTPServer:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE

        def do_GET(self) -> None:
            status = take(self.path, self.headers.get("Host", ""))
            body = _PAGE.encode() if status == HTTPStatus.OK else status.phrase.encode()
            self.send_response(status)
            for name, value in _HEADERS.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """The query holds a code: nothing is logged."""

        def version_string(self) -> str:
            return "postwire"

    class Server(HTTPServer):
        address_family = _LOOPBACK[host]
        allow_reuse_address = os.name != "nt"  # there it would let others listen too

    return Server((host, port), Handler)
