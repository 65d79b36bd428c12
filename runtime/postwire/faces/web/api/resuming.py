"""Uploads that come in several requests, and go on where a connection broke off.

The header names are those of the IETF's draft of resumable uploads (draft-ietf-httpbis-resumable-upload):
`Upload-Offset` says how much has come, `Upload-Complete` whether that is all.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwire.access.uploads import Uploads
from postwire.errors import ActionFailed, Field, InvalidInput, UnknownName
from postwire.faces.web.api import told
from postwire.faces.web.api.calling import operation
from postwire.faces.web.problems import problem
from postwire.faces.web.receiving import UPLOAD, Room, no_room, pieces, to_end, too_large
from postwire.media.store import PART

if TYPE_CHECKING:
    from postwire.faces.web.api.calling import Caller
    from postwire.media.file import Media

_NAME: Final = re.compile(rf"{UPLOAD}[0-9a-f]{{32}}")
_RANGE: Final = re.compile(r"bytes (\d{1,15})-\d{1,15}/(?:\d{1,15}|\*)")
_busy: Final[set[str]] = set()  # uploads that a request of this process is bringing


@dataclass(frozen=True, slots=True)
class _About:
    """What was announced, and the handle that it has once it is complete."""

    size: int
    name: str
    type: str
    media: str | None = None


class _Upload:
    """An upload of a workspace: one file for what has come, one for what was announced."""

    def __init__(self, caller: Caller, name: str) -> None:
        self.name = name
        self.workspace = caller.workspace
        self.uploads = Uploads(caller.site.vault.store)
        folder = caller.client.media.folder
        self._about = folder / f"{PART[0]}{name}{PART[1]}"
        self.data = folder / f"{PART[0]}{name}.data{PART[1]}"

    def begin(self, room: Room, about: _About) -> None:
        """For threads, as all here.

        Raises:
            Refused: 507.
        """
        room.keep(self.name, about.size)
        for path in (self.data, self._about):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        self._about.write_text(json.dumps(asdict(about)))

    def about(self) -> _About:
        """What is known of it.

        Raises:
            UnknownName: the workspace has none of this name, or it is gone.
        """
        try:
            if _NAME.fullmatch(self.name) and self.uploads.owns(self.workspace, self.name):
                return _About(**json.loads(self._about.read_text()))
        except (OSError, ValueError):
            pass
        raise UnknownName("There is no such upload here, or no more.", remedy="Begin a new one.")

    def offset(self, about: _About) -> int:
        """Bytes that have come."""
        try:
            return about.size if about.media else self.data.stat().st_size
        except FileNotFoundError:
            raise UnknownName(
                "There is no such upload here, or no more.", remedy="Begin a new one."
            ) from None

    def write(self, offset: int, piece: bytes) -> None:
        """Append *piece*, which belongs at *offset*.

        Raises:
            ActionFailed: `conflict`, another server has written meanwhile.
        """
        with no_room(), self.data.open("r+b", buffering=0) as file:
            if file.seek(0, os.SEEK_END) != offset:
                raise ActionFailed("conflict", "Somebody else sends this upload too.", sent="no")
            view = memoryview(piece)
            while view:
                view = view[file.write(view) :]

    def complete(self, room: Room, about: _About) -> Media:
        """The whole file, under its handle; the upload stays known for who has not heard of its end."""
        with self.data.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        media = room.store.adopt(self.data, digest, about.name, about.type)
        self.uploads.keep(self.workspace, str(media.handle), media.size, sys.maxsize)
        self.uploads.keep(self.workspace, self.name, 0, sys.maxsize)  # its room is the file's now
        self._about.write_text(json.dumps({**asdict(about), "media": media.handle}))
        return media

    def drop(self) -> None:
        """Delete it; a complete file stays."""
        self.uploads.forget(self.workspace, self.name)
        self.data.unlink(missing_ok=True)
        self._about.unlink(missing_ok=True)


@operation
async def begin(caller: Caller) -> Response:
    """Announce an upload."""
    caller.query()
    wanted = await caller.body("UploadWanted")
    about = _About(wanted["size"], wanted.get("name", ""), wanted.get("type", ""))
    settings = caller.site.settings
    if about.size > settings.largest:
        raise too_large(settings.largest)
    upload = _Upload(caller, f"{UPLOAD}{secrets.token_hex(16)}")
    async with Room(caller.site, caller.workspace) as room:
        await room.grow(about.size)
        await to_end(upload.begin, room, about)
    answer = _state(upload, about, 0)
    answer.status_code = 201
    answer.headers["Location"] = f"/v1/media/uploads/{upload.name}"
    return answer


@operation
async def append(caller: Caller) -> Response:
    """Take the next bytes, up to the end of the body or of the connection."""
    caller.query()
    upload = _Upload(caller, caller.path("upload"))
    about = await to_end(upload.about)
    if upload.name in _busy:
        raise ActionFailed(
            "conflict", "Another request sends this upload.", remedy="Wait for its end.", sent="no"
        )
    _busy.add(upload.name)
    try:
        return await _appended(caller, upload, about)
    finally:
        _busy.discard(upload.name)


async def _appended(caller: Caller, upload: _Upload, about: _About) -> Response:
    offset = await to_end(upload.offset, about)
    if _given_offset(caller) != offset or about.media:
        error = ActionFailed(
            "conflict", f"{offset} bytes have come.", remedy="Go on from Upload-Offset.", sent="no"
        )
        answer = problem(error, offset=offset)
        answer.headers.update(_headers(about, offset))
        return answer
    async for piece in pieces(caller.request):
        if offset + len(piece) > about.size:
            raise InvalidInput([Field("", f"has more than the {about.size} bytes that were announced")])
        await to_end(upload.write, offset, piece)
        offset += len(piece)
    if offset < about.size:
        return _state(upload, about, offset)
    async with Room(caller.site, caller.workspace) as room:
        media = await to_end(upload.complete, room, about)
    headers = {**_headers(about, offset, whole=True), "Location": f"/v1/media/{media.handle}"}
    return JSONResponse(told.media(media), 201, headers)


@operation
async def show(caller: Caller) -> Response:
    """How much has come."""
    caller.query()
    upload = _Upload(caller, caller.path("upload"))
    about = await to_end(upload.about)
    return _state(upload, about, await to_end(upload.offset, about))


@operation
async def delete(caller: Caller) -> Response:
    """Give an upload up."""
    caller.query()
    upload = _Upload(caller, caller.path("upload"))
    await to_end(upload.about)
    await to_end(upload.drop)
    return Response(status_code=204)


def _given_offset(caller: Caller) -> int:
    headers = caller.request.headers
    said = headers.get("upload-offset", "")
    if said.isascii() and said.isdigit():
        return int(said[:16])
    if found := _RANGE.fullmatch(headers.get("content-range", "")):
        return int(found[1])
    raise InvalidInput([Field("Upload-Offset", "must be a whole number: where the body belongs")])


def _state(upload: _Upload, about: _About, offset: int) -> Response:
    known: dict[str, Any] = {"id": upload.name, "offset": offset, "size": about.size, "media": about.media}
    shown = {name: value for name, value in known.items() if value is not None}
    return JSONResponse(shown, headers=_headers(about, offset, whole=about.media is not None))


def _headers(about: _About, offset: int, *, whole: bool = False) -> dict[str, str]:
    complete = "?1" if whole or about.media else "?0"
    return {"Upload-Offset": str(offset), "Upload-Complete": complete, "Upload-Length": str(about.size)}


ROUTES = [
    Route("/media/uploads", begin, methods=["POST"]),
    Route("/media/uploads/{upload}", show),
    Route("/media/uploads/{upload}", append, methods=["PUT", "PATCH"]),
    Route("/media/uploads/{upload}", delete, methods=["DELETE"]),
]
