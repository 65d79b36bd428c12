"""The simulator: one ASGI app for all platforms, with a clock, faults and a record of requests."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response

from postwire.simulator import control, platforms
from postwire.simulator.clock import Clock
from postwire.simulator.exchange import BodyTooLargeError, Call, State
from postwire.simulator.faults import ConnectionLost, Faults
from postwire.simulator.outside import Outside, is_loopback, wait_for
from postwire.simulator.passage import Passage
from postwire.simulator.record import Record
from postwire.simulator.router import Found, Router

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from starlette.types import Receive, Scope, Send

TICK = 0.2  # seconds of real time between turns when served
POLL_PATIENCE = 2.0  # seconds that a status poll waits for a pull


class Simulator(platforms.Named):
    """Every platform, simulated in one process; `app` is the ASGI application.

    The clock, the faults and each platform's settings may be changed at any time.
    `requests` holds the last `keep_requests` requests. With a `seed` ids and tokens repeat.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        seed: int | None = None,
        keep_requests: int = 1000,
        **settings: Unpack[platforms.Given],
    ) -> None:
        self.clock = clock or Clock()
        self.faults = Faults()
        self.requests: deque[Record] = deque(maxlen=keep_requests)
        self.faces = platforms.make(self.clock, seed, settings)
        self._router = Router(self.faces.values())
        self._outside = Outside()

    @property
    def platforms(self) -> Mapping[str, State]:
        """Each platform's state, by its name."""
        return {name: face.state for name, face in self.faces.items()}

    @property
    def hosts(self) -> frozenset[str]:
        """The real hosts that this simulator stands for."""
        return self._router.hosts

    def reset(self) -> None:
        """Forget everything that happened; settings go back to what they were at the start."""
        self.clock.reset()
        self.faults.clear()
        self.requests.clear()
        for face in self.faces.values():
            face.state.reset()

    def turn(self) -> None:
        """Let what is due by the clock happen, and start the outside work that follows from it."""
        self._outside.collect()
        for face in self.faces.values():
            for job in face.due():
                self._outside.start(job)

    async def settle(self, patience: float = 5.0, *, awaited_only: bool = False) -> None:
        """Turn until due pulls and webhooks have ended, or so many seconds of real time have passed."""
        end = time.monotonic() + patience
        self.turn()
        while waiting := self._outside.waiting(awaited_only=awaited_only):
            if not await asyncio.to_thread(wait_for, waiting, max(0.0, end - time.monotonic())):
                return
            self.turn()

    def close(self) -> None:
        """Let the threads go that served outside work."""
        self._outside.close()

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        ticker = asyncio.create_task(self._tick())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        ticker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticker
        await send({"type": "lifespan.shutdown.complete"})

    async def _tick(self) -> None:
        while True:
            self.turn()
            await asyncio.sleep(TICK)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = self._read(scope, receive)
        found = self._router.find(call.host, call.method, call.path)
        if found is not None:
            await self._platform(found, call, scope, send)
            return
        response = await control.answer(self, call)
        response.headers["x-postwire-simulator"] = ", ".join(self.faces)
        await response(scope, receive, send)

    def _read(self, scope: Scope, receive: Receive) -> Call:
        headers, path = Headers(scope=scope), str(scope["path"])
        address = headers.get("host", "")
        host, prefix = _name(address), ""
        if host not in self.hosts and is_loopback(host):
            first, slash, rest = path.removeprefix("/").partition("/")
            if first in self.hosts:
                host, path, prefix = first, slash + rest, f"http://{address}"
        raw = scope.get("query_string", b"").decode("latin-1")
        return Call(
            host=host,
            method=scope["method"],
            path=path,
            query=dict(parse_qsl(raw, keep_blank_values=True)),
            raw_query=raw,
            headers=headers,
            receive=receive,
            prefix=prefix,
            raw_path=scope.get("raw_path", b"").decode("latin-1"),
            settle=self._settle_for_poll,
        )

    async def _settle_for_poll(self) -> None:
        await self.settle(POLL_PATIENCE, awaited_only=True)

    async def _platform(self, found: Found, call: Call, scope: Scope, send: Send) -> None:
        self.turn()
        face, now = found.platform, self.clock.now()
        call.params = found.params
        fault = self.faults.strike(face.name, call, face.part(call))
        passage = Passage(face, call, fault, now)
        record = Record.of(face.name, call, now, fault)
        self.requests.append(record)
        try:
            response = await passage.through(partial(_handle, found))
        except ConnectionLost:
            record.size = call.size
            raise
        record.size, record.status = call.size, response.status_code
        response.headers["x-postwire-simulator"] = face.name
        await passage.send(response, scope, send)
        self.turn()


async def _handle(found: Found, call: Call) -> Response:
    try:
        if found.route is None:
            response = found.platform.missing(call, found.methods)
        else:
            response = await found.route.handler(call)
    except BodyTooLargeError:
        response = PlainTextResponse("The body is too large.", 413)
    await call.drain()
    return response


def _name(address: str) -> str:
    """Take the port off a Host header."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0].lower()
