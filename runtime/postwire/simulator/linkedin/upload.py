"""The upload host: one PUT for an image or document, one for each part of a video; never held whole."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from postwire.simulator.linkedin import face, processing
from postwire.simulator.linkedin.ask import Answer
from postwire.simulator.linkedin.refusal import RestError, denied

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.responses import Response

    from postwire.simulator.exchange import Call, Handler
    from postwire.simulator.linkedin.records import Media, Part
    from postwire.simulator.linkedin.state import LinkedIn

PATH = "/dms-uploads/sp/{media}/{what}/{number}"
HEAD = 64  # bytes kept to tell the format
VIDEO = "uploadedVideo"


@dataclass(frozen=True, slots=True)
class Target:
    """Where the bytes of an address go; `number` is 0 for captions and thumbnails."""

    media: Media
    part: Part
    number: int


def find(state: LinkedIn, call: Call) -> Target | None:
    """Find what an upload address names; None where it is not signed by this simulator."""
    pieces = call.path.removeprefix("/dms-uploads/sp/").split("/")
    if len(pieces) != PATH.count("{") or not pieces[-1].isdigit():
        return None
    name, what, number = pieces[0], pieces[1], int(pieces[-1])
    media = next((m for m in state.media.values() if m.urn.endswith(f":{name}")), None)
    if media is None:
        return None
    part = media.parts.get(number) if number else media.extras.get(what.removeprefix("uploaded-"))
    if part is None or call.query.get("ut") != part.token:
        return None
    return Target(media, part, number)


def put(state: LinkedIn) -> Handler:
    """Make the handler of the upload host."""

    async def handle(call: Call) -> Response:
        try:
            target = _begin(state, call)
            await _receive(state, target, call)
        except RestError as refusal:
            return face.refused(state, refusal)
        return _answer(state, target)

    return handle


def _begin(state: LinkedIn, call: Call) -> Target:
    target = find(state, call)
    if target is None:
        # Sheet silent on an address that is not signed.
        raise denied("The upload address is not valid")
    # LinkedIn sheet 2.1: Hosts and headers (the bearer is required for images and documents, not for videos)
    if target.media.kind != "video":
        grant = state.token(call.bearer).grant
        if grant.sub != target.media.by:
            raise denied("Viewer did not start this upload")
    # LinkedIn sheet 12: Errors (EXPIRED_UPLOAD_URL: 400 or 410)
    if state.clock.now() > target.media.expires_at:
        raise RestError(400, "EXPIRED_UPLOAD_URL", "The upload address has expired")
    return target


async def _receive(state: LinkedIn, target: Target, call: Call) -> None:
    digest = hashlib.sha256() if state.settings.checksums else None
    head, count = b"", 0
    with _keeper(state.settings.keep_uploads, target) as kept:
        async for data in call.stream():
            count += len(data)
            head += data[: HEAD - len(head)]
            if digest:
                digest.update(data)
            if kept:
                kept.write(data)
    if not count:
        raise RestError(400, "", "The body is empty")
    # Sheet silent on a part that broke off: nothing of it is kept, and the next PUT begins anew.
    part, media = target.part, target.media
    part.received, part.sha256 = count, digest.hexdigest() if digest else None
    part.etag = _etag(state)
    if target.number == 1:
        media.head = head
    if target.number and media.kind != "video":
        processing.begin(state, media)


def _etag(state: LinkedIn) -> str:
    # LinkedIn sheet 7.4: Videos (an unquoted signed path on the wire, a quoted digest in the documents)
    if state.settings.quoted_etags:
        return f'"{hashlib.sha256(state.name("").encode()).hexdigest()[:32]}"'
    return f"/ambry-video/signedId/{state.name('', 40)}.bin"


def _answer(state: LinkedIn, target: Target) -> Response:
    # LinkedIn sheet 2.4: Success statuses (201 for images and documents, 200 with ETag for video parts).
    # Sheet silent on captions and thumbnails: as a part of a video.
    if target.media.kind != "video":
        return face.respond(state, Answer(201))
    return face.respond(state, Answer(200, headers={"ETag": target.part.etag}))


def _keeper(folder: Path | None, target: Target) -> Any:
    if folder is None or not target.number:
        return nullcontext()
    path = folder / target.media.urn.rpartition(":")[2]
    if target.media.kind != "video":
        return path.open("wb")
    path.touch()
    file: IO[bytes] = path.open("r+b")
    file.seek(target.part.first)
    return file
