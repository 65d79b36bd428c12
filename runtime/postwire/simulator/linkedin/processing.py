"""What becomes of media once its bytes are there: by time, or by so many looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postwire.simulator.linkedin.records import Media
    from postwire.simulator.linkedin.state import LinkedIn

# LinkedIn sheet 7.1: Limits
PIXELS = 36_152_320  # must be fewer
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
DOCUMENTS = (b"%PDF", _ZIP, _OLE)  # PDF; PPTX and DOCX; PPT and DOC
IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_FTYP = slice(4, 8)


def begin(state: LinkedIn, media: Media) -> None:
    """Start processing; bytes that came anew are processed anew."""
    failures = state.settings.fail_media
    media.status, media.polls, media.processing_since = "PROCESSING", 0, state.clock.now()
    media.planned_failure = failures.pop(0) if failures else _problem(state, media)


def move(state: LinkedIn, media: Media, *, looked: bool = False) -> None:
    """Let processing end where it is due; a look at the media counts."""
    # LinkedIn sheet 13: Simulator notes (N polls PROCESSING before AVAILABLE)
    if media.status != "PROCESSING":
        return
    settings = state.settings
    late = state.clock.now() >= media.processing_since + settings.processing_seconds
    if late or media.polls >= settings.processing_polls:
        media.failure = media.planned_failure
        media.status = "PROCESSING_FAILED" if media.failure else "AVAILABLE"
    elif looked:
        media.polls += 1


def _problem(state: LinkedIn, media: Media) -> str:
    # LinkedIn sheet 7.1: Limits. Sheet silent on where they bite: here, so the media fails to be processed.
    settings = state.settings
    if media.kind == "video":
        # LinkedIn sheet 7.4: Videos (a part of the wrong length gives a broken video)
        broken = not all(part.whole for part in media.parts.values())
        size_fits = settings.video_least_bytes <= media.received <= settings.video_most_bytes
        if broken or not size_fits:
            return "The parts do not make a playable file" if broken else "The size is not allowed"
    if media.kind == "document" and media.received > settings.document_most_bytes:
        return "The document is too large"
    return "" if not settings.check_format or _fits(media) else "The format is not supported"


def _fits(media: Media) -> bool:
    if media.kind == "video":
        return media.head[_FTYP] == b"ftyp"
    if media.kind == "document":
        return media.head.startswith(DOCUMENTS)
    return media.head.startswith(IMAGES) and pixels(media.head) < PIXELS


def pixels(head: bytes) -> int:
    """Count an image's pixels as far as its first bytes tell: PNG and GIF; 0 for a JPEG."""
    if head.startswith(IMAGES[0]):
        return int.from_bytes(head[16:20], "big") * int.from_bytes(head[20:24], "big")
    if head.startswith(IMAGES[2:]):
        return int.from_bytes(head[6:8], "little") * int.from_bytes(head[8:10], "little")
    return 0
