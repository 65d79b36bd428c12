"""The one place that speaks HTTP: sends a `Request`, gives its `Response`, or `Lost` when none came.

HTTP/1.1 over our own sockets, with httpcore2's connections doing the protocol; redirects are never followed.
Until a connection stands, a failure means that nothing was sent; from then on it may have been.
`opener` fetches addresses that callers name, and `poster` posts to them: see `postwire.media.fetch`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from postwire.transport.blocking import HttpTransport
from postwire.transport.looping import AsyncHttpTransport
from postwire.transport.opening import opener
from postwire.transport.outgoing import Timeouts
from postwire.transport.posting import Post, poster

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.values import Lost, Request, Response

__all__ = [
    "AsyncHttpTransport",
    "AsyncTransport",
    "HttpTransport",
    "Post",
    "Timeouts",
    "Transport",
    "opener",
    "poster",
]


class Transport(Protocol):
    """Whatever can send a request; it may be called from several threads at once."""

    def send(self, request: Request, sent: Callable[[int], None] | None = None) -> Response | Lost:
        """The answer to *request*, or that none came; *sent* is told how many bytes of a file went out."""
        ...

    def close(self) -> None:
        """Closes what is open; a request after that connects anew."""
        ...


class AsyncTransport(Protocol):
    """As `Transport`, for an asyncio loop."""

    async def send(self, request: Request, sent: Callable[[int], None] | None = None) -> Response | Lost:
        """The answer to *request*, or that none came; *sent* is told how many bytes of a file went out."""
        ...

    async def aclose(self) -> None:
        """Closes what is open; a request after that connects anew."""
        ...
