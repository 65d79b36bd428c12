"""Files that people send before their form: received, looked at, and shown again.

A file goes by itself, as the body of a PUT, and the form carries its handle. What speaks against it in its
field is told at once.
"""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from postwire.access.uploads import Uploads
from postwire.errors import PostwireError, UnknownName
from postwire.faces.web.here import page
from postwire.faces.web.pages import takes
from postwire.faces.web.pages.forms import ANY
from postwire.faces.web.pages.hosting import WORD
from postwire.faces.web.problems import problem
from postwire.faces.web.receiving import Refused, receive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.faces.web.here import Here
    from postwire.media.file import Media

_SEEN: Final = ("image/jpeg", "image/png", "image/gif", "image/webp", "video/")


@page
async def put(here: Here) -> Response:
    """`PUT …/uploads?name=…&action=…&place=…`: the file as the body; what is known of it as JSON."""
    try:
        media = await receive(here.site, here.workspace, here.request)
        return JSONResponse(dataclasses.asdict(await asyncio.to_thread(_about, here, media)), 201)
    except Refused as error:
        return problem(error, status=error.status)
    except PostwireError as error:
        return problem(error)
    except ClientDisconnect:
        return Response(status_code=499)


def _about(here: Here, media: Media) -> takes.About:
    return takes.about(media, _rules(here))


def _rules(here: Here) -> Mapping[str, Any]:
    """The rules of the field that the file is for; none where it is for no certain one."""
    query = here.request.query_params
    action, place = query.get("action", ""), query.get("place", "")
    if not action:
        return {}
    schema: Mapping[str, Any] = here.client.programs.described(action).input.schema
    for step in place.strip("/").split("/"):
        inner = schema.get("properties", {})
        schema = schema.get("items", {}) if step == ANY else inner.get(_plain(step), {})
    rules: Mapping[str, Any] = schema.get("x-media") or schema.get(WORD, {})
    return rules


def _plain(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


@page
async def show(here: Here) -> Response:
    """A picture or video that was sent, for its preview."""
    handle = here.request.path_params["handle"]
    store = Uploads(here.site.vault.store)
    if not await here.site.vault.run(store.owns, here.workspace, handle):
        raise UnknownName("There is no such file here.")
    media = await asyncio.to_thread(_found, here, handle)
    if not media.type.startswith(_SEEN):
        raise UnknownName("This file has no preview.")
    return FileResponse(media.path, media_type=media.type, headers={"Content-Disposition": "inline"})


def _found(here: Here, handle: str) -> Media:
    try:
        return here.client.media.get(handle)
    except KeyError:
        raise UnknownName("There is no such file here.") from None


ROUTES: Final = [
    Route("/w/{workspace}/uploads", put, methods=["PUT"]),
    Route("/w/{workspace}/uploads/{handle}", show, methods=["GET"]),
]
