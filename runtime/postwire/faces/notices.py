"""The addresses that platforms post their notices to: an ASGI application, to be mounted at /webhooks.

`POST /{integration}` takes a notice: 200 once it is remembered, also when it came before or speaks of nothing
that anybody waits for, since platforms repeat what is answered otherwise. `GET /{integration}` answers the
challenge by which a platform makes sure of the address.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from postwire.errors import ActionFailed, PostwireError, UnknownName
from postwire.publish.notices import LARGEST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from postwire.publish.noticed import Notices

_PATH: Final = re.compile(r"/([a-z][a-z0-9_-]*)/?")
_PATIENCE: Final = 10.0  # seconds for the whole body; platforms want their answer sooner
_STATUS: Final = {"not_found": 404, "invalid_input": 400}


class NoticesApp:
    """The application.

    Args:
        notices: what is done with them.
    """

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """As ASGI wants it."""
        if scope["type"] != "http":
            return
        try:
            status, text = await self._answered(scope, receive)
        except UnknownName:
            status, text = 404, _told("not_found", "There is nothing here.")
        except ActionFailed as error:
            refused = 403 if scope["method"] == "GET" else 401
            status, text = _STATUS.get(error.code, refused), _told(error.code, error.message)
        except (PostwireError, TimeoutError):  # a vault's trouble is none of the platform's: it tries again
            status, text = 503, _told("transient", "Try again later.")
        kind = b"application/json" if text.startswith("{") else b"text/plain; charset=utf-8"
        headers = [(b"content-type", kind), (b"x-content-type-options", b"nosniff")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})

    async def _answered(self, scope: Any, receive: Any) -> tuple[int, str]:
        # Whatever is answered, the body is read first: else the connection breaks off under the sender.
        body = await asyncio.wait_for(_body(receive), _PATIENCE)
        found = _PATH.fullmatch(scope["path"].removeprefix(scope.get("root_path", "")))
        if found is None:
            return 404, _told("not_found", "There is nothing here.")
        if scope["method"] == "GET":
            query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
            return 200, await asyncio.to_thread(self._notices.answer, found[1], query)
        if scope["method"] != "POST":
            return 405, _told("invalid_input", "Notices are posted.")
        if body is None:
            return 413, _told("invalid_input", f"A notice has {LARGEST} bytes at most.")
        await asyncio.to_thread(self._notices.take, found[1], _headers(scope), body)
        return 200, ""


def _headers(scope: Any) -> dict[str, str]:
    """Each header by its name; one that comes twice is none, so that nobody can say which counts."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        found[key] = "" if key in found else value.decode("latin-1")
    return found


async def _body(receive: Any) -> bytes | None:
    """The whole body; None when it is too large, or broke off."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


def _told(code: str, message: str) -> str:
    return json.dumps({"code": code, "message": message})
