"""The upload host: parts in order, streamed, counted and hashed; never held whole."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from postwire.simulator.tiktok import plan, processing
from postwire.simulator.tiktok.state import MEDIA_HEAD, TikTok, Upload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

# TikTok sheet 6: File upload protocol (request headers)
TYPES = frozenset({"video/mp4", "video/quicktime", "video/webm"})
_RANGE = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})")


class UploadRefusalError(Exception):
    """A refusal of the upload host, which has no envelope; 416 tells the progress."""

    def __init__(self, status: int, message: str, upload: Upload | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.upload = upload


@dataclass(frozen=True, slots=True)
class Piece:
    """One part that is about to arrive."""

    upload: Upload
    first: int
    length: int


def find(state: TikTok, query: Mapping[str, str]) -> Upload | None:
    """Find the upload that an upload URL names."""
    upload = state.uploads.get(query.get("upload_id", ""))
    return upload if upload is not None and query.get("upload_token") == upload.token else None


def part(state: TikTok, query: Mapping[str, str], headers: Mapping[str, str]) -> int | None:
    """Tell which part (from 1) a request carries, as far as its headers can be read."""
    upload, match = find(state, query), _RANGE.fullmatch(headers.get("content-range", ""))
    return upload.part(int(match[1])) if upload and match else None


def begin(state: TikTok, query: Mapping[str, str], headers: Mapping[str, str]) -> Piece:
    """Check a part's headers before its bytes are taken."""
    # TikTok sheet 6: File upload protocol (HTTP answers)
    upload = find(state, query)
    if upload is None:
        raise UploadRefusalError(404, "There is no such upload.")
    if state.clock.now() > upload.expires_at:
        raise _expired()
    first, length = _range(upload, headers)
    # Sheet silent on a repeated part or a second one beside it: the range is not the server's progress.
    if first != upload.received or upload.busy:
        raise UploadRefusalError(416, "The range is not where the upload is.", upload)
    number = upload.part(first)
    if length != plan.part_length(upload.size, upload.chunk_size, upload.count, number):
        raise UploadRefusalError(400, "The part's length is not the plan's.")
    return Piece(upload, first, length)


def _expired() -> UploadRefusalError:
    return UploadRefusalError(403, "The upload URL has expired.")


def _range(upload: Upload, headers: Mapping[str, str]) -> tuple[int, int]:
    if headers.get("content-type", "").partition(";")[0].strip() not in TYPES:
        raise UploadRefusalError(400, "Content-Type must be video/mp4, video/quicktime or video/webm.")
    match = _RANGE.fullmatch(headers.get("content-range", ""))
    if match is None:
        raise UploadRefusalError(400, "Content-Range must be: bytes FIRST-LAST/TOTAL.")
    first, last, total = (int(number) for number in match.groups())
    if total != upload.size or not first <= last < total:
        raise UploadRefusalError(400, "Content-Range does not fit the declared size.")
    if headers.get("content-length") != str(last - first + 1):
        raise UploadRefusalError(400, "Content-Length is not the length of the range.")
    return first, last - first + 1


async def receive(state: TikTok, piece: Piece, stream: AsyncIterator[bytes]) -> int:
    """Take a part's bytes and tell the status; a part that does not arrive whole is forgotten."""
    # TikTok sheet 6: File upload protocol. Sheet silent on a part that broke off: nothing of it is kept.
    upload = piece.upload
    upload.busy = True
    try:
        digest, head, count = upload.digest and upload.digest.copy(), upload.head, 0
        with _keeper(state.settings.keep_uploads, upload) as kept:
            async for data in stream:
                count += len(data)
                if count > piece.length:
                    break
                head += data[: MEDIA_HEAD - len(head)]
                if digest:
                    digest.update(data)
                if kept:
                    kept.write(data)
    finally:
        upload.busy = False
    if count != piece.length:
        raise UploadRefusalError(400, "The body's length is not the range's.")
    # TikTok sheet 5.5: video/init (the upload must finish within the hour)
    if state.clock.now() > upload.expires_at:
        raise _expired()
    upload.received, upload.head, upload.digest = piece.first + count, head, digest
    return _stored(state, upload)


def _stored(state: TikTok, upload: Upload) -> int:
    publish = state.publishes[upload.publish_id]
    if upload.received < upload.size:
        return 206
    if not publish.fail_reason:  # access may have been revoked meanwhile
        processing.media_arrived(state, publish, upload.head)
    return 201


def _keeper(folder: Path | None, upload: Upload) -> Any:
    if folder is None:
        return nullcontext()
    file: IO[bytes] = (folder / upload.publish_id).open("ab")
    file.truncate(upload.received)  # forget a part that broke off
    return file


def progress(state: TikTok, upload: Upload) -> str:
    """Make the Content-Range header of an answer."""
    # TikTok sheet 6: File upload protocol; sheet 16: Open points (a count, or the last index)
    end = upload.received - 1 if state.settings.progress_as_last_index else upload.received
    return f"bytes 0-{max(end, 0)}/{upload.size}"
