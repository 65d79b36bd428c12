"""Says what a file is and what its headers tell, in constant time and memory.

`sniff` goes by the first bytes; `probe` reads the headers of the formats that the platforms take. Neither
raises for what is in a file: damage becomes `Probe.problem`, and what cannot be found out stays None.
"""

from __future__ import annotations

import re
from mimetypes import MimeTypes
from pathlib import Path
from typing import BinaryIO, Final

from postwire.media import ebml, image, mp4
from postwire.media.facts import Kind, Malformed, Probe

__all__ = ["HEAD", "Probe", "extension", "probe", "sniff"]

HEAD: Final = 512  # bytes that `sniff` wants
UNKNOWN: Final = "application/octet-stream"

# RFC 6838, section 4.2. What callers declare becomes a header: nothing else may pass.
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_ISO: Final = {"video/mp4", "video/quicktime", "audio/mp4"}
_EBML: Final = {"video/webm", "video/x-matroska"}
_BRANDS: Final[dict[bytes, str]] = {
    b"qt  ": "video/quicktime",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"hevc": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}
_MAGIC: Final[tuple[tuple[str, str], ...]] = (
    (r"\xff\xd8\xff", "image/jpeg"),
    (r"\x89PNG\r\n\x1a\n", "image/png"),
    (r"GIF8[79]a", "image/gif"),
    (r"RIFF....WEBP", "image/webp"),
    (r"RIFF....AVI ", "video/x-msvideo"),
    (r"RIFF....WAVE", "audio/wav"),
    (r"BM.{4}\0\0\0\0", "image/bmp"),
    (r"II\*\0|MM\0\*", "image/tiff"),
    (r"\x1a\x45\xdf\xa3.{0,60}?webm", "video/webm"),
    (r"\x1a\x45\xdf\xa3", "video/x-matroska"),
    (r"....mdat|\0...(?:moov|wide|free|skip|pnot)", "video/quicktime"),  # from before files named their brand
    (r"%PDF-", "application/pdf"),
    (r"(?:\xef\xbb\xbf)?WEBVTT(?:\s|\Z)", "text/vtt"),
    (r"(?:\xef\xbb\xbf)?\s*\d+\s*\n\d\d:\d\d:\d\d,\d{3} -->", "application/x-subrip"),
    (r"(?i:(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)\b)", "text/html"),
)
_PATTERNS: Final = tuple((re.compile(p.encode("latin-1"), re.DOTALL), kind) for p, kind in _MAGIC)
_KINDS: Final[dict[str, Kind]] = {
    "video": "video",
    "image": "image",
    "text": "document",
    "application": "document",
}
# The built-in table only: the files of the system differ from machine to machine.
_NAMES: Final = MimeTypes()
_MORE: Final[dict[str, str]] = {
    ".webp": "image/webp",
    ".heic": "image/heic",
    ".avif": "image/avif",
    ".mkv": "video/x-matroska",
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


def sniff(head: bytes, name: str, declared: str = "") -> str:
    """The MIME type of a file that begins with *head* (its first 512 bytes).

    The bytes win over what people say: *declared* (a Content-Type) and the extension of *name* count only
    where the bytes tell nothing, as with Office files. `application/octet-stream` when nobody knows.
    """
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    for pattern, kind in _PATTERNS:
        if pattern.match(head):
            return kind
    said = declared.partition(";")[0].strip().lower()
    if _TYPE.fullmatch(said) and said not in {UNKNOWN, "binary/octet-stream"}:
        return said
    return _MORE.get(Path(name).suffix.lower()) or _NAMES.guess_type(f"x{Path(name).suffix}")[0] or UNKNOWN


def extension(kind: str) -> str:
    """The usual file extension of a MIME type, with its dot; empty when there is none."""
    known = next((suffix for suffix, name in _MORE.items() if name == kind), None)
    return (
        {"image/jpeg": ".jpg", "video/quicktime": ".mov"}.get(kind)
        or known
        or _NAMES.guess_extension(kind)
        or ""
    )


def probe(path: Path, kind: str | None = None) -> Probe:
    """The facts of the file at *path*, from its headers; *kind* is its MIME type where that is known already.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(0)
        kind = kind or sniff(stream.read(HEAD), path.name)
        try:
            return _read(stream, size, kind)
        except Malformed as error:
            what = _KINDS.get(kind.partition("/")[0])
            return Probe(kind=what, problem=f"The file seems to be damaged: {error}.")


def _read(stream: BinaryIO, size: int, kind: str) -> Probe:
    if kind in _ISO:
        return mp4.read(stream, size)
    if kind in _EBML:
        return ebml.read(stream, size)
    if kind.startswith("image/"):
        return image.read(stream, kind)
    return Probe(kind=None if kind == UNKNOWN else _KINDS.get(kind.partition("/")[0]))
