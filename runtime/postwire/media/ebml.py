"""Reads the headers of WebM and Matroska files (RFC 8794, RFC 9559), up to the first cluster of pictures."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from postwire.media.facts import NO_VIDEO, TRUNCATED, Malformed, Probe

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEGMENT: Final = 0x18538067
_INFO: Final = 0x1549A966
_TRACKS: Final = 0x1654AE6B
_CLUSTER: Final = 0x1F43B675
_ENTRY: Final = 0xAE
_VIDEO: Final = 0xE0
_TIME_SCALE: Final = 0x2AD7B1
_DURATION: Final = 0x4489
_TRACK_TYPE: Final = 0x83
_CODEC_ID: Final = 0x86
_FRAME_TIME: Final = 0x23E383
_WIDTH: Final = 0xB0
_HEIGHT: Final = 0xBA

_VIDEO_TRACK: Final = 1
_SOUND_TRACK: Final = 2
_MAX_ELEMENTS: Final = 10_000
_MAX_VALUE: Final = 4096  # bytes of a name
_MAX_NUMBER: Final = 8  # bytes, by RFC 8794

_CODECS: Final[dict[str, str]] = {
    "V_VP8": "vp8",
    "V_VP9": "vp9",
    "V_AV1": "av1",
    "V_MPEG4/ISO/AVC": "h264",
    "V_MPEGH/ISO/HEVC": "hevc",
    "A_OPUS": "opus",
    "A_VORBIS": "vorbis",
    "A_AAC": "aac",
    "A_MPEG/L3": "mp3",
    "A_FLAC": "flac",
}


@dataclass(frozen=True, slots=True)
class Element:
    """An element's id, and where its payload starts and ends."""

    id: int
    start: int
    end: int


class _Reader:
    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.left = _MAX_ELEMENTS
        self.truncated = False

    def elements(self, start: int, end: int) -> Iterator[Element]:
        while start < end:
            self.left -= 1
            if self.left < 0:
                raise Malformed("it has too many headers")
            ident, size, body = self._header(start)
            stop = (
                end if size is None else body + size
            )  # a live recording goes on to the end of what holds it
            self.truncated |= stop > end
            yield Element(ident, body, min(stop, end))
            start = stop

    def _header(self, start: int) -> tuple[int, int | None, int]:
        self.stream.seek(start)
        head = self.stream.read(12)
        id_length = _length(head[:1], 4)
        size_length = _length(head[id_length : id_length + 1], 8)
        raw = head[id_length : id_length + size_length]
        if len(raw) != size_length:
            raise Malformed("a header ends in the middle")
        bits = 7 * size_length
        size = int.from_bytes(raw) & ((1 << bits) - 1)
        known = None if size == (1 << bits) - 1 else size
        return int.from_bytes(head[:id_length]), known, start + id_length + size_length

    def value(self, element: Element) -> bytes:
        if element.end - element.start > _MAX_VALUE:
            raise Malformed("a value is too long")
        self.stream.seek(element.start)
        return self.stream.read(element.end - element.start)

    def values(self, parent: Element) -> dict[int, Element]:
        return {child.id: child for child in self.elements(parent.start, parent.end)}

    def number(self, found: dict[int, Element], ident: int, default: int = 0) -> int:
        if ident not in found:
            return default
        raw = self.value(found[ident])
        if len(raw) > _MAX_NUMBER:
            raise Malformed("a number is too long")
        return int.from_bytes(raw)


def read(stream: BinaryIO, size: int) -> Probe:
    """The facts of a WebM or Matroska file of *size* bytes; a live recording has no duration.

    Raises:
        Malformed: the headers contradict themselves.
    """
    reader = _Reader(stream)
    segment = next((e for e in reader.elements(0, size) if e.id == _SEGMENT), None)
    if segment is None:
        raise Malformed("it has no content")
    cut = reader.truncated
    facts: dict[str, int | float | str | None] = {}
    for element in reader.elements(segment.start, segment.end):
        if element.id == _INFO:
            facts["seconds"] = _seconds(reader, element)
        elif element.id == _TRACKS:
            for entry in reader.elements(element.start, element.end):
                facts = {**_track(reader, entry), **facts}
        elif element.id == _CLUSTER:
            break
    if cut:
        facts["problem"] = TRUNCATED
    elif "audio_codec" in facts and "codec" not in facts:
        return Probe(problem=NO_VIDEO, **facts)  # type: ignore[arg-type]  # the keys are Probe's fields
    return Probe(kind="video", truncated=cut, **facts)  # type: ignore[arg-type]  # the keys are Probe's fields


def _length(first: bytes, most: int) -> int:
    """How many bytes a variable-length number has: one more than the zeros it begins with."""
    length = 9 - first[0].bit_length() if first else most + 1
    if length > most:
        raise Malformed("a header has an impossible size")
    return length


def _seconds(reader: _Reader, info: Element) -> float | None:
    found = reader.values(info)
    if _DURATION not in found:
        return None
    raw = reader.value(found[_DURATION])
    if len(raw) not in {4, 8}:
        raise Malformed("its duration is not a number")
    (ticks,) = struct.unpack(">f" if len(raw) == 4 else ">d", raw)  # noqa: PLR2004 - a float or a double
    seconds = float(ticks) * reader.number(found, _TIME_SCALE, 1_000_000) / 1e9
    return round(seconds, 3) if 0 < seconds < float("inf") else None


def _track(reader: _Reader, entry: Element) -> dict[str, int | float | str | None]:
    if entry.id != _ENTRY:
        return {}
    found = reader.values(entry)
    kind = reader.number(found, _TRACK_TYPE)
    name = reader.value(found[_CODEC_ID]).rstrip(b"\0").decode("latin-1") if _CODEC_ID in found else ""
    codec = _CODECS.get(name, name) or None
    if kind == _SOUND_TRACK:
        return {"audio_codec": codec}
    if kind != _VIDEO_TRACK:
        return {}
    frame_time = reader.number(found, _FRAME_TIME)
    size = reader.values(found[_VIDEO]) if _VIDEO in found else {}
    return {
        "codec": codec,
        "fps": round(1e9 / frame_time, 3) if frame_time else None,
        "width": reader.number(size, _WIDTH) or None,
        "height": reader.number(size, _HEIGHT) or None,
    }
