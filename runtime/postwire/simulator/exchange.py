"""What the frame and a platform say to each other: a request on its way in, a route, a platform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from starlette.responses import Response

from postwire.simulator.faults import ConnectionLost

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import Receive

BODY_LIMIT = 10_000_000  # bytes; larger than any JSON or form that a platform takes


class BodyTooLargeError(ValueError):
    """A body that should be small is not."""


@dataclass(slots=True)
class Call:
    """One request as a platform sees it: the host and path that the client meant, however it came."""

    host: str
    method: str
    path: str
    query: dict[str, str]
    raw_query: str
    headers: Headers
    receive: Receive
    prefix: str  # "" when it came by its Host header, else "http://127.0.0.1:PORT"
    settle: Callable[[], Awaitable[None]]  # waits a little for outside work such as pulls
    raw_path: str = ""  # as it came, with its percent-encoding and the host of the prefix style
    params: dict[str, str] = field(default_factory=dict)  # what the route's pattern took from the path
    size: int = 0  # body bytes received so far
    ended: bool = False  # the body was read to its end

    def url(self, host: str, path: str) -> str:
        """Address another host of the platform in the style that this client used."""
        return f"{self.prefix}/{host}{path}" if self.prefix else f"https://{host}{path}"

    @property
    def bearer(self) -> str | None:
        """The token of the Authorization header, or None."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None

    @property
    def credential(self) -> str | None:
        """The token, wherever the client put it: in the header under any scheme, or in the query."""
        token = self.headers.get("authorization", "").partition(" ")[2].strip()
        return token or self.query.get("access_token") or None

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield the body piece by piece; raises ConnectionLost when the client goes away before its end."""
        while not self.ended:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ConnectionLost("the client went away in the middle of its request")
            piece: bytes = message.get("body", b"")
            self.size += len(piece)
            self.ended = not message.get("more_body", False)
            if piece:
                yield piece

    async def body(self) -> bytes:
        """Read a small body whole; raises BodyTooLargeError above 10 MB."""
        pieces = bytearray()
        async for piece in self.stream():
            pieces += piece
            if len(pieces) > BODY_LIMIT:
                raise BodyTooLargeError
        return bytes(pieces)

    async def drain(self) -> None:
        """Read what is left of the body and forget it, so that the client gets to read its answer."""
        async for _ in self.stream():
            pass


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """Which host, method and path go to which function; `{name}` in the path stands for one segment."""

    host: str
    method: str
    path: str
    handler: Handler


@dataclass(frozen=True, slots=True)
class Job:
    """Work that leaves the simulator (always to loopback): run in a thread, finished in the simulator."""

    run: Callable[[], Any]
    finish: Callable[[Any], None]
    awaited: bool = False  # a status poll waits a little for it


class State(Protocol):
    """What a platform remembers; tests may look at it and change its settings."""

    def reset(self) -> None:
        """Forget everything that happened."""

    def summary(self) -> dict[str, Any]:
        """Describe the state as JSON, without tokens."""

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Change plain settings by name; raises ValueError for an unknown name or a wrong type."""

    def register(self, redirect_uri: str) -> None:
        """Add a redirect URI to every app, as in the developer portal; ValueError where that refuses it."""


class Platform(Protocol):
    """One simulated platform."""

    @property
    def name(self) -> str:
        """Its name, as in `x-postwire-simulator`."""

    @property
    def hosts(self) -> frozenset[str]:
        """The real hosts that it stands for."""

    @property
    def routes(self) -> Sequence[Route]:
        """What it answers."""

    @property
    def state(self) -> State:
        """What it remembers."""

    def due(self) -> list[Job]:
        """Let time pass and hand out the outside work that is due."""

    def greeting(self) -> dict[str, Any]:
        """Tell people how to use it: app keys and accounts."""

    def missing(self, call: Call, methods: tuple[str, ...]) -> Response:
        """Answer a path that it does not have, or only with other methods."""

    def part(self, call: Call) -> int | None:
        """Tell which part of an upload (from 1) a request is, or None."""

    def refusal(self, call: Call, status: int, code: str, message: str) -> Response:
        """Make a refusal in the platform's own form, for a fault."""

    def revoke(self, token: str) -> None:
        """Make an access token invalid from now on."""
