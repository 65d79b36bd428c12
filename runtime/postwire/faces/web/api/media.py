"""Files: sent as they are or in a form, then used by their handles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwire.access.uploads import Uploads
from postwire.errors import Field, InvalidInput, UnknownName
from postwire.faces.web.api import told
from postwire.faces.web.api.calling import operation
from postwire.faces.web.forms import File, received
from postwire.faces.web.receiving import Room, kept, receive, to_end
from postwire.media.jsonspool import discard

if TYPE_CHECKING:
    from postwire.faces.web.api.calling import Caller
    from postwire.media.file import Media


@operation
async def put(caller: Caller) -> Response:
    """Take the body as a file."""
    caller.query("name")
    return made(await receive(caller.site, caller.workspace, caller.request))


@operation
async def post(caller: Caller) -> Response:
    """Take the one file of a form."""
    caller.query()
    async with Room(caller.site, caller.workspace) as room:
        fields = await received(caller.request, room)
        files = [value for _, value in fields if isinstance(value, File)]
        try:
            if len(files) != 1:
                raise InvalidInput([Field("", f"must hold one file, and holds {len(files)}")])
            return made(await to_end(_kept, room, files[0]))
        finally:
            await to_end(discard, [each.content for each in files])


@operation
async def show(caller: Caller) -> Response:
    """What is known of a file."""
    caller.query()
    return JSONResponse(told.media(await to_end(_found, caller)))


@operation
async def delete(caller: Caller) -> Response:
    """Delete a file."""
    caller.query()
    await to_end(_deleted, caller)
    return Response(status_code=204)


def made(media: Media) -> Response:
    """The answer to a file that has come."""
    return JSONResponse(told.media(media), 201, {"Location": f"/v1/media/{media.handle}"})


def _kept(room: Room, file: File) -> Media:
    if not file.content.size:
        raise InvalidInput([Field("", "is empty: it has 0 bytes")])
    return kept(room, file.content.path, file.content.sha256, file.name, file.type)


def _found(caller: Caller) -> Media:
    """The file of the address.

    Raises:
        UnknownName: the workspace has none of this name, or it is gone.
    """
    handle = caller.path("media")
    try:
        if Uploads(caller.site.vault.store).owns(caller.workspace, handle):
            return caller.client.media.get(handle)
    except KeyError:
        pass
    raise UnknownName("There is no such file here, or no more.", remedy="Upload it again.")


def _deleted(caller: Caller) -> None:
    media = _found(caller)
    media.discard()
    Uploads(caller.site.vault.store).forget(caller.workspace, str(media.handle))


ROUTES = [
    Route("/media", put, methods=["PUT"]),
    Route("/media", post, methods=["POST"]),
    Route("/media/{media}", show),
    Route("/media/{media}", delete, methods=["DELETE"]),
]
