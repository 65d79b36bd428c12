"""Bytes on their way in: one-shot and in segments, streamed, counted and hashed; never held whole."""

from __future__ import annotations

import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pybase64

from postwire.simulator import multipart
from postwire.simulator.x import face, media
from postwire.simulator.x.operation import Answer, Operation
from postwire.simulator.x.params import Choice, Many, Word
from postwire.simulator.x.records import Segment
from postwire.simulator.x.refusal import InvalidError, ProblemError
from postwire.simulator.x.shapes import (
    ID,
    an_id,
    choice,
    flag,
    many,
    shape,
    text,
    whole,
    wrong,
)

if TYPE_CHECKING:
    from postwire.simulator.exchange import Call
    from postwire.simulator.x.operation import Ask
    from postwire.simulator.x.records import Media

MAX_TOTAL = 17_179_869_184  # bytes
# X sheet 7.3: media_type enum
TYPES = (
    "video/mp4",
    "video/webm",
    "video/mp2t",
    "video/quicktime",
    "text/srt",
    "text/vtt",
    "image/jpeg",
    "image/gif",
    "image/bmp",
    "image/png",
    "image/webp",
    "image/pjpeg",
    "image/tiff",
    "model/gltf-binary",
    "model/vnd.usdz+zip",
)
# X sheet 7.2: media_category (no amplify_video in one-shot)
CATEGORIES = ("tweet_image", "tweet_video", "tweet_gif", "dm_image", "dm_video", "dm_gif", "subtitles")
SEGMENTS = 1000


@dataclass(frozen=True, slots=True)
class Arrived:
    """A body: what came beside the file, and the file's size, first bytes and checksum."""

    fields: dict[str, Any]
    size: int
    head: bytes
    sha256: str


async def _receive(ask: Ask, call: Call) -> Arrived:
    # X sheet 7.2: One-shot, sheet 7.3: append (multipart with raw bytes, or JSON with base64)
    kind = call.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        return _decoded(ask, face.json_object(call, await call.body()))
    try:
        fields, files = await multipart.read(call.stream(), kind, ask.x.settings.checksums)
    except multipart.MultipartError as error:
        raise InvalidError(str(error)) from None
    file = files.pop("media", None)
    for name in files:
        raise _unknown(name)
    if file is None:
        raise wrong("$.media", "is missing but it is required")
    return Arrived(dict(fields), file.size, file.head, file.sha256)


def _decoded(ask: Ask, body: dict[str, Any]) -> Arrived:
    encoded = body.pop("media", None)
    text(1)("$.media", encoded)
    try:
        data = pybase64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise wrong("$.media", "is not base64") from None
    digest = hashlib.sha256(data).hexdigest() if ask.x.settings.checksums else ""
    return Arrived(body, len(data), data[: multipart.HEAD], digest)


def _unknown(name: str) -> InvalidError:
    why = "is not defined in the schema and the schema does not allow additional properties"
    return wrong(f"$.{name[:80]}", why)


def initialize(ask: Ask) -> Answer:
    """Begin an upload in segments."""
    # X sheet 7.3: init (the schema requires no key; without a type or a size it is refused here)
    body = ask.body
    mime = body["media_type"]
    category = body.get("media_category", media.inferred(mime))
    file = media.begin(ask, category, mime, body["total_bytes"], body.get("additional_owners", []))
    data = {"id": file.id, "media_key": file.key, "expires_after_secs": media.OPEN_SECONDS}
    return Answer(data)


async def append(ask: Ask, call: Call) -> Answer:
    """Take a segment; a segment that does not arrive whole is forgotten."""
    # X sheet 7.3: append. Segments may come in any order, and again.
    file = media.mine(ask, ask.params["id"])
    arrived = await _receive(ask, call)
    index = _index(arrived.fields)
    if arrived.size > ask.x.settings.segment_limit:
        raise ProblemError(413, "Payload Too Large", "The segment is too large.")
    # Sheet silent on a session that is over or finalized, and on an empty segment.
    if file.state != "open" or file.expires_at <= ask.now or not arrived.size:
        raise InvalidError("The upload does not take this segment.", {"id": [file.id]})
    file.segments[index] = Segment(arrived.size, arrived.sha256)
    if index == 0:
        file.head = arrived.head
    if ask.x.settings.append_says_nothing:
        return Answer()
    return Answer({"expires_at": round(file.expires_at)})


def _index(fields: dict[str, Any]) -> int:
    for name in fields.keys() - {"segment_index"}:
        raise _unknown(name)
    if "segment_index" not in fields:
        raise wrong("$.segment_index", "is missing but it is required")
    value = fields["segment_index"]
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    whole(0, SEGMENTS - 1)("$.segment_index", value)
    return int(value)


ONE_SHOT = shape({"media_category": choice(*CATEGORIES), "additional_owners": text()}, "media_category")


async def one_shot(ask: Ask, call: Call) -> Answer:
    """Take a whole file at once."""
    # X sheet 7.2: One-shot
    arrived = await _receive(ask, call)
    ONE_SHOT("$", arrived.fields)
    owners = arrived.fields.get("additional_owners", "")
    category = arrived.fields["media_category"]
    file = media.begin(ask, category, "", arrived.size, owners.split(",") if owners else [])
    file.size, file.head = arrived.size, arrived.head
    file.segments[0] = Segment(arrived.size, arrived.sha256)
    media.close(ask.x, file, ask)
    return Answer(media.status_data(ask.x, file))


def part(media_file: Media | None) -> int | None:
    """Tell which part comes next, from 1, as the number of the segment is inside the body."""
    return len(media_file.segments) + 1 if media_file else None


INITIALIZE = shape(
    {
        "media_type": choice(*TYPES),
        "media_category": choice(*CATEGORIES, "amplify_video"),
        "total_bytes": whole(0, MAX_TOTAL),
        "additional_owners": many(an_id),
        "shared": flag,
    },
    "media_type total_bytes",
)
# X sheet 7.4: Alt text (unknown keys are taken here and in subtitles)
METADATA = shape(
    {
        "id": an_id,
        "metadata": shape({"alt_text": shape({"text": text(0, 1000)}, "text", closed=False)}, closed=False),
    },
    "id",
    closed=False,
)
_CATEGORY = choice("TweetVideo", "AmplifyVideo")
_LANGUAGE = text(pattern=r"^[A-Z]{2}$")
_TRACK = shape(
    {"id": an_id, "language_code": _LANGUAGE, "display_name": text()},
    "id language_code display_name",
    closed=False,
)
# X sheet 7.4: Subtitles (the schema requires none of the keys; without them it is refused here)
SUBTITLES = shape(
    {"id": an_id, "media_category": _CATEGORY, "subtitles": _TRACK},
    "id media_category subtitles",
    closed=False,
)
DROP_SUBTITLES = shape(
    {"id": an_id, "media_category": _CATEGORY, "language_code": _LANGUAGE},
    "id media_category language_code",
    closed=False,
)
_STEP = "U 1,875; A 180,000/24h"
KEY = r"[0-9]+_[0-9]+"
OPERATIONS = (
    Operation(
        "POST",
        "/2/media/upload",
        None,
        "media.write",
        limits="U 500; A 50,000/24h",
        stream=one_shot,
    ),
    Operation(
        "POST",
        "/2/media/upload/initialize",
        initialize,
        "media.write",
        limits=_STEP,
        body=INITIALIZE,
    ),
    Operation("POST", "/2/media/upload/{id}/append", None, "media.write", limits=_STEP, stream=append),
    Operation("POST", "/2/media/upload/{id}/finalize", media.finalize, "media.write", limits=_STEP),
    Operation(
        "GET",
        "/2/media/upload",
        media.status,
        "media.write",
        limits="U 1,000; A 100,000/24h",
        query={"media_id": Word(ID.strip("^$"), required=True), "command": Choice(("STATUS",))},
    ),
    Operation(
        "GET",
        "/2/media",
        media.by_keys,
        "tweet.read",
        who="both",
        family="media",
        query={"media_keys": Many(KEY, required=True)},
    ),
    Operation(
        "GET",
        "/2/media/{media_key}",
        media.by_key,
        "tweet.read",
        who="both",
        family="media",
        patterns={"media_key": KEY},
    ),
    Operation(
        "POST",
        "/2/media/metadata",
        media.describe,
        "media.write",
        limits="U 500; A 50,000/24h",
        price="metadata",
        body=METADATA,
    ),
    Operation(
        "POST",
        "/2/media/subtitles",
        media.add_subtitles,
        "media.write",
        limits="U 100; A 10,000/24h",
        price="metadata",
        body=SUBTITLES,
    ),
    Operation(
        "DELETE",
        "/2/media/subtitles",
        media.drop_subtitles,
        "media.write",
        limits="U 100; A 10,000/24h",
        price="metadata",
        body=DROP_SUBTITLES,
    ),
)
