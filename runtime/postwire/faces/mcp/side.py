"""The side door for files: `POST /media` takes the content as it is, and gives its handle."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from postwire.errors import ActionFailed, Field, InvalidInput, PostwireError
from postwire.faces.mcp.media import about
from postwire.media.store import PART, check_space

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping

    from postwire.client import AsyncClient
    from postwire.media.file import Media

PATH: Final = "/media"
LARGEST: Final = 10_000_000_000  # bytes
_CHECK: Final = 64_000_000  # bytes between two looks at the disk


class Side:
    """Files at /media, everything else to *inner*."""

    def __init__(self, inner: Any, client: AsyncClient) -> None:
        self._inner = inner
        self._client = client

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """As ASGI wants it."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._inner(scope, receive, send)
            return
        status, value = await self._answered(scope, receive)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(value).encode()})

    async def _answered(self, scope: Any, receive: Any) -> tuple[int, dict[str, Any]]:
        if scope["method"] != "POST":
            return 405, {
                "code": "invalid_input",
                "message": "Files are taken by POST, the content as the body.",
            }
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        name = parse_qs(scope["query_string"].decode("latin-1")).get("name", [""])[0]
        try:
            media = await self._taken(_body(receive), name, headers.get(b"content-type", ""))
        except PostwireError as error:
            return 400 if isinstance(error, InvalidInput) else 507, error.to_dict()
        return 201, about(media)

    async def _taken(self, body: AsyncIterator[bytes], name: str, kind: str) -> Media:
        """Written as it comes, in bounded memory, without holding up the loop."""
        folder = self._client.media.folder
        draft = tempfile.NamedTemporaryFile(dir=folder, prefix=PART[0], suffix=PART[1], delete=False)  # noqa: SIM115 - closed below
        path = Path(draft.name)
        try:
            with draft:
                digest = await _written(draft, body, folder)
            return await asyncio.to_thread(self._client.media.adopt, path, digest, name, kind)
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)


async def _written(draft: Any, body: AsyncIterator[bytes], folder: Path) -> str:
    """Write *body* to *draft*; its SHA-256."""
    size, digest = 0, hashlib.sha256()
    async for chunk in body:
        size += len(chunk)
        _checked(size, len(chunk), folder)
        digest.update(chunk)
        await asyncio.to_thread(draft.write, chunk)
    if not size:
        raise InvalidInput([Field("", "is empty: it has 0 bytes")])
    return digest.hexdigest()


def _checked(size: int, more: int, folder: Path) -> None:
    if size > LARGEST:
        raise InvalidInput([Field("", "is too large: at most 10 GB are taken")])
    if size // _CHECK != (size - more) // _CHECK:
        check_space(folder, more)


async def _body(receive: Any) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ActionFailed("cancelled", "The connection broke off.", sent="no")
        if chunk := message.get("body"):
            yield chunk
        if not message.get("more_body"):
            return
