"""The door: which requests come in at all, and what every answer says to the browser.

Names of hosts are checked against DNS rebinding. What changes something must come from our own pages: a page
on another port of this machine is given our cookies by the browser, and only `Origin` and `Sec-Fetch-Site`
tell it from ours. Programs show a key instead, and are given no cookie's rights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from postwire.faces.web.settings import Settings

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer browsers send our own forms with `Origin: null`
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS: Final = frozenset({"same-origin", "none"})
# Programs come here, with keys and signatures of their own instead of cookies.
MACHINES: Final = ("/v1/", "/webhooks/")
HEALTH: Final = "/healthz"  # probes name a machine by its address, and learn nothing here


class Door:
    """Lets in who names this host, and whose changes come from our own pages."""

    def __init__(self, inner: ASGIApp, settings: Settings) -> None:
        self._inner = inner
        self._host = settings.host
        self._origin = settings.public_url
        self._secure = settings.secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI wants it."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        refused = self._refused(scope)
        inner = self._inner if refused is None else PlainTextResponse(refused[1], refused[0])
        await inner(scope, receive, self._told(send))

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        if headers.get("host", "") != self._host and scope["path"] != HEALTH:
            return 421, f"This host name is not served here; the address is {self._origin}."
        if scope["method"] in _SAFE or scope["path"].startswith(MACHINES):
            return None
        ours = headers.get("origin") == self._origin and headers.get("sec-fetch-site", "none") in _OURS
        return None if ours else (403, "This did not come from one of our own pages.")

    def _told(self, send: Send) -> Send:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers().items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return told

    def _headers(self) -> dict[str, Any]:
        strict = {"Strict-Transport-Security": "max-age=31536000"} if self._secure else {}
        return {**_HEADERS, **strict}
