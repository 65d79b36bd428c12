"""Resources: the connected accounts, what was published, and the files that calls have taken in."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import mcp_types as types
from mcp.shared.exceptions import MCPError

from postwire.accounts.account import Account
from postwire.errors import UnknownName
from postwire.faces.mcp.settings import INLINE
from postwire.faces.runs import row, whole
from postwire.language.units import show_size

if TYPE_CHECKING:
    from postwire.accounts.records import StoredAccount
    from postwire.client import AsyncClient

ACCOUNTS: Final = "postwire://accounts"
RUNS: Final = "postwire://runs"
_MEDIA: Final = "media://"
_JSON: Final = "application/json"


class Listed:
    """Answers `resources/list`."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def __call__(self, _: Any, __: types.PaginatedRequestParams | None) -> types.ListResourcesResult:  # noqa: D102 - the class says it
        found = [
            types.Resource(uri=uri, name=title.lower(), title=title, description=about, mime_type=_JSON)
            for uri, title, about in _LISTS
        ]
        return types.ListResourcesResult(resources=found)


async def templates(_: Any, __: types.PaginatedRequestParams | None) -> types.ListResourceTemplatesResult:
    """Answers `resources/templates/list`."""
    about = f"A file by its handle; its content up to {show_size(INLINE)}."
    media = types.ResourceTemplate(uri_template="media://{handle}", name="media", description=about)
    about = "A run by its id or key: what was asked, what was sent, what came of it."
    uri = f"{RUNS}/{{id}}"
    run = types.ResourceTemplate(uri_template=uri, name="run", description=about, mime_type=_JSON)
    return types.ListResourceTemplatesResult(resource_templates=[media, run])


class Read:
    """Answers `resources/read`."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def __call__(self, _: Any, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:  # noqa: D102 - the class says it
        return await asyncio.to_thread(self._read, params.uri)

    def _read(self, uri: str) -> types.ReadResourceResult:
        if uri == ACCOUNTS:
            return _told(uri, accounts(self._client))
        if uri == RUNS:
            return _told(uri, runs(self._client))
        if uri.startswith(f"{RUNS}/"):
            return _told(uri, self._run(uri))
        if uri.startswith(_MEDIA):
            return self._media(uri)
        raise _missing(uri, "There is no such resource.")

    def _run(self, uri: str) -> dict[str, Any]:
        name = unquote(uri.removeprefix(f"{RUNS}/"))
        try:
            if self._client.has_vault:
                journal = self._client.journal
                return whole(journal, journal.get(self._client.workspace, name))
        except UnknownName:
            pass
        raise _missing(uri, "There is no run of this id or key.")

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


def _told(uri: str, value: Any) -> types.ReadResourceResult:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    content = types.TextResourceContents(uri=uri, mime_type=_JSON, text=text)
    return types.ReadResourceResult(contents=[content])


def runs(client: AsyncClient) -> list[dict[str, Any]]:
    """The newest runs of the workspace, as `postwire runs list` has them; none where nothing is kept."""
    if not client.has_vault:
        return []
    return [row(each) for each in client.journal.runs(client.workspace)]


def accounts(client: AsyncClient) -> list[dict[str, Any]]:
    """Who can act on each platform; every account where several could be meant."""
    made: list[dict[str, Any]] = []
    for name in client.catalog.folders:
        try:
            found = client.who(f"{name}.any")
        except UnknownName as error:
            several = _connected(client, name) or [{"integration": name, "problem": error.message}]
            made += several
            continue
        if found is not None:
            made.append(_account(found))
    return made


def _connected(client: AsyncClient, integration: str) -> list[dict[str, Any]]:
    if not client.has_vault:
        return []
    from postwire.accounts.listing import Filter  # noqa: PLC0415 - loads SQLAlchemy

    listing, only = client.accounts.vault.listing, Filter(integration=integration)
    page = listing.page(client.workspace, only)
    found = list(page.accounts)
    while page.after is not None:
        page = listing.page(client.workspace, only, after=page.after)
        found += page.accounts
    return [_account(each) for each in found]


def _account(found: Account | StoredAccount) -> dict[str, Any]:
    """What may be known of an account: never its credential."""
    scopes = None if found.scopes is None else sorted(found.scopes)
    about = {"integration": found.integration, "id": found.id, "name": found.name}
    if not isinstance(found, Account):
        about |= {"username": found.username, "state": found.state}
    return {**about, "scopes": scopes}


_LISTS: Final = (
    (
        ACCOUNTS,
        "Accounts",
        "Which accounts can act, on which platform, and what they granted; no credentials.",
    ),
    (RUNS, "Runs", "The newest runs that had a key or were handed to a worker, and how they ended."),
)
