"""Pictures of accounts and posts, from the platforms' hosts by way of us."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from postwire.faces.web import pictures
from postwire.faces.web.here import page
from postwire.faces.web.sealed import fits
from postwire.faces.web.shelf import shelf

if TYPE_CHECKING:
    from postwire.faces.web.here import Here

_MISSING = 300.0  # seconds until it is looked for again


@page
async def avatar(here: Here) -> Response:
    """The picture of an account; nothing where there is none, and the page shows a letter."""
    account = here.request.path_params["account"]
    stored = await here.site.vault.run(here.site.vault.accounts.get, here.workspace, account)
    return await _shown(here, stored.avatar_url, pictures.AVATAR)


@page
async def picture(here: Here) -> Response:
    """A picture whose address one of our pages has sealed."""
    query = here.request.query_params
    url = query.get("of", "")
    if not fits(here.session.id, query.get("seal", ""), "picture", url):
        return Response(status_code=404)
    return await _shown(here, url, pictures.PREVIEW)


async def _shown(here: Here, url: str, largest: int) -> Response:
    found = await _found(here, url, largest) if url else pictures.NONE
    if not found.content:
        return Response(status_code=204)  # a 404 would stand in the browser's log as a fault
    return Response(found.content, 200, {"Cache-Control": "private, max-age=86400"}, found.type)


async def _found(here: Here, url: str, largest: int) -> pictures.Picture:
    kept = shelf(here.site)
    if (known := kept.pictures.get((url, largest))) is not None:
        return known
    site = here.site
    async with kept.fetching:
        found = await asyncio.to_thread(
            pictures.fetched,
            url,
            here.client.media,
            site.fetch,
            largest,
            here=site.settings.sandbox is not None,
        )
    return kept.pictures.put((url, largest), found, None if found.content else _MISSING)


ROUTES = [
    Route("/w/{workspace}/avatars/{account}", avatar),
    Route("/w/{workspace}/pictures", picture),
]
