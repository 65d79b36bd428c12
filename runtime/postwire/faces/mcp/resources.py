"""Resources: the connected accounts, and the files that calls have taken in."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.shared.exceptions import MCPError

from postwire.errors import UnknownName
from postwire.faces.mcp.settings import INLINE
from postwire.language.units import show_size

if TYPE_CHECKING:
    from postwire.client import AsyncClient

ACCOUNTS: Final = "postwire://accounts"
_MEDIA: Final = "media://"


class Listed:
    """Answers `resources/list`."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def __call__(self, _: Any, __: types.PaginatedRequestParams | None) -> types.ListResourcesResult:  # noqa: D102 - the class says it
        about = "Which accounts can act, on which platform, and what they granted; no credentials."
        found = types.Resource(
            uri=ACCOUNTS, name="accounts", title="Accounts", description=about, mime_type="application/json"
        )
        return types.ListResourcesResult(resources=[found])


async def templates(_: Any, __: types.PaginatedRequestParams | None) -> types.ListResourceTemplatesResult:
    """Answers `resources/templates/list`."""
    about = f"A file by its handle; its content up to {show_size(INLINE)}."
    found = types.ResourceTemplate(uri_template="media://{handle}", name="media", description=about)
    return types.ListResourceTemplatesResult(resource_templates=[found])


class Read:
    """Answers `resources/read`."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def __call__(self, _: Any, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:  # noqa: D102 - the class says it
        if params.uri == ACCOUNTS:
            text = json.dumps(await asyncio.to_thread(accounts, self._client), indent=2)
            content = types.TextResourceContents(uri=ACCOUNTS, mime_type="application/json", text=text)
            return types.ReadResourceResult(contents=[content])
        if not params.uri.startswith(_MEDIA):
            raise _missing(params.uri, "There is no such resource.")
        return await asyncio.to_thread(self._media, params.uri)

    def _media(self, uri: str) -> types.ReadResourceResult:
        try:
            media = self._client.media.get(uri.removeprefix(_MEDIA))
        except KeyError:
            raise _missing(uri, "There is no file of this handle, or not any more.") from None
        if media.size > INLINE:
            size = f"{show_size(media.size)}, more than {show_size(INLINE)}"
            raise MCPError(types.INVALID_PARAMS, f"This file is too large to read ({size}); use its handle.")
        blob = base64.b64encode(media.path.read_bytes()).decode()
        content = types.BlobResourceContents(uri=uri, mime_type=media.type, blob=blob)
        return types.ReadResourceResult(contents=[content])


def _missing(uri: str, message: str) -> MCPError:
    return MCPError(types.INVALID_PARAMS, message, {"uri": uri})


def accounts(client: AsyncClient) -> list[dict[str, Any]]:
    """Who can act on each platform; several that could be meant are said in words."""
    made: list[dict[str, Any]] = []
    for name in client.catalog.folders:
        try:
            found = client.who(f"{name}.any")
        except UnknownName as error:
            made.append({"integration": name, "several": error.message})
            continue
        if found is not None:
            scopes = None if found.scopes is None else sorted(found.scopes)
            made.append({"integration": name, "name": found.name, "id": found.id, "scopes": scopes})
    return made
