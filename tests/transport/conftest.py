"""Servers on loopback that do what a script says, and both transports behind one function."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from postwire.transport import AsyncHttpTransport, HttpTransport
from postwire.values import Request, Slice

if TYPE_CHECKING:
    from pathlib import Path

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Step = str | bytes | Callable[[bytes], bytes]


class Server:
    """Runs *script* on each connection, in a thread: once, or until the other end closes.

    Steps: `request` and `head` read a request, whole or up to its body; bytes are sent as they are; `hold`
    reads until the other end closes; `deaf` reads nothing until the test ends; a function turns a head into
    an answer.
    """

    def __init__(self, *script: Step, repeat: bool = False, tls: ssl.SSLContext | None = None) -> None:
        self._script, self._repeat, self._tls = script, repeat, tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._end = threading.Event()
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self.seen: list[tuple[bytes, bytes]] = []
        self.asked: queue.Queue[None] = queue.Queue()  # an entry for each request that was read
        self.gone: queue.Queue[None] = queue.Queue()  # an entry for each connection that is over
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "/", scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def headers(self, index: int = -1) -> dict[str, str]:
        return dict(headers_of(self.seen[index][0]))

    def close(self) -> None:
        self._end.set()
        for sock in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self._open.append(sock)
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError), self._secured(sock) as plain:
            self._run(plain)
            while self._repeat:
                self._run(plain)
        sock.close()
        self.gone.put(None)

    def _secured(self, sock: socket.socket) -> socket.socket:
        return sock if self._tls is None else self._tls.wrap_socket(sock, server_side=True)

    def _run(self, sock: socket.socket) -> None:
        for step in self._script:
            if step in {"request", "head"}:
                self.seen.append(received(sock, body=step == "request"))
                self.asked.put(None)
            elif step == "hold":
                while sock.recv(1 << 20):
                    pass
            elif step == "deaf":
                self._end.wait(30)
            elif callable(step):
                sock.sendall(step(self.seen[-1][0]))
            elif isinstance(step, bytes):
                sock.sendall(step)


def received(sock: socket.socket, *, body: bool) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(sock)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = int(dict(headers_of(head)).get("content-length", "0")) if body else 0
    while len(rest) < length:
        rest += _more(sock)
    return head, rest


def _more(sock: socket.socket) -> bytes:
    if not (data := sock.recv(1 << 20)):
        raise EOFError
    return data


def headers_of(head: bytes) -> list[tuple[str, str]]:
    return [
        (n.lower(), v) for n, _, v in (x.partition(": ") for x in head.decode("latin-1").split("\r\n")[1:])
    ]


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    with contextlib.ExitStack() as stack:

        def start(*script: Step, **options: Any) -> Server:
            return stack.enter_context(contextlib.closing(Server(*script, **options)))

        yield start


@pytest.fixture
def fine(serve: Callable[..., Server]) -> Server:
    """A server that answers everything with 200 and keeps its connections."""
    return serve("request", OK, repeat=True)


def go(kind: str, *requests: Request, sent: Callable[[int], None] | None = None, **options: Any) -> list[Any]:
    if kind == "blocking":
        with HttpTransport(**options) as transport:
            return [transport.send(request, sent) for request in requests]

    async def main() -> list[Any]:
        async with AsyncHttpTransport(**options) as transport:
            return [await transport.send(request, sent) for request in requests]

    return asyncio.run(main())


@pytest.fixture(params=["blocking", "looping"])
def send(request: pytest.FixtureRequest) -> Callable[..., list[Any]]:
    """Sends requests one after the other through one transport of either kind, and gives what each gave."""
    return partial(go, request.param)


@pytest.fixture
def big(tmp_path: Path) -> Slice:
    """A sparse file, larger than any socket's buffers."""
    path = tmp_path / "big.mp4"
    with path.open("wb") as file:
        file.truncate(32 << 20)
    return Slice(path, 0, 32 << 20)


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for 127.0.0.1 and media.example, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem, name = serialization.Encoding.PEM, x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    names = [x509.DNSName("media.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    build = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - day, now + day
    )
    build = build.add_extension(x509.SubjectAlternativeName(names), critical=False)
    cert = build.sign(key, hashes.SHA256()).public_bytes(pem)
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    plain = serialization.NoEncryption()
    file.write_bytes(cert + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=cert.decode())
