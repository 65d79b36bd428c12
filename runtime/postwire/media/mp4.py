"""Reads the headers of MP4 and MOV files (ISO/IEC 14496-12), never their content.

Sample tables are not read, only their counts, so a 4 GB file costs as little as a small one. Every number
comes from an untrusted file: offsets are held inside their parent box, boxes and fragments are counted
against a budget.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final

from postwire.media.facts import NO_VIDEO, TRUNCATED, Malformed, Probe

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_BOXES: Final = 50_000  # visited in one file
_MAX_FRAGMENTS: Final = 4_000  # four hours in pieces of four seconds
_MAX_ENTRIES: Final = 1_000  # of an edit list or segment index
_MAX_RUN: Final = 100_000  # samples in one run of a fragment
_MAX_FRAMES: Final = 5_000_000  # a day at 60 a second
_START_CUT: Final = 1.0  # seconds; encoders' own delays are shorter

_CODECS: Final[dict[str, str]] = {
    "avc1": "h264",
    "avc3": "h264",
    "hvc1": "hevc",
    "hev1": "hevc",
    "dvh1": "hevc",
    "dvhe": "hevc",
    "vp08": "vp8",
    "vp09": "vp9",
    "av01": "av1",
    "mp4v": "mpeg4",
    "jpeg": "mjpeg",
    "apch": "prores",
    "apcn": "prores",
    "apcs": "prores",
    "apco": "prores",
    "ap4h": "prores",
    "mp4a": "aac",
    "ac-3": "ac3",
    "ec-3": "eac3",
    "opus": "opus",
    "flac": "flac",
    "alac": "alac",
    ".mp3": "mp3",
    "sowt": "pcm",
    "twos": "pcm",
    "lpcm": "pcm",
    "in24": "pcm",
}


@dataclass(frozen=True, slots=True)
class Box:
    """A box's type and where its payload starts and ends in the file."""

    kind: bytes
    start: int
    end: int


@dataclass(slots=True)
class Track:
    """What one `trak` box says; times in units of `scale` a second."""

    handler: bytes = b""
    number: int = 0
    width: int = 0
    height: int = 0
    rotation: int = 0
    scale: int = 0
    duration: int = 0
    frames: int = 0
    frame_time: int = 0
    codec: str = ""
    default_time: int = 0
    edits: list[tuple[int, int, float]] = field(default_factory=list)


class Reader:
    """Random access to the boxes of one file, within a budget."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream = stream
        self.size = size
        self.truncated = False
        self._budget = _MAX_BOXES

    def take(self, offset: int, count: int) -> bytes:
        """Exactly *count* bytes at *offset*."""
        self.stream.seek(offset)
        data = self.stream.read(count)
        if len(data) != count:
            raise Malformed("a header ends in the middle")
        return data

    def payload(self, box: Box, count: int, skip: int = 0) -> bytes:
        """*count* bytes of a box's payload, which must have them."""
        if box.start + skip + count > box.end:
            raise Malformed(f"its {_text(box.kind)} header is too short")
        return self.take(box.start + skip, count)

    def boxes(self, start: int, end: int, *, top: bool = False) -> Iterator[Box]:
        """The boxes between two offsets; only at the *top* may the last one stick out of a truncated file."""
        while end - start >= 8:  # noqa: PLR2004 - a box header
            self._budget -= 1
            if self._budget < 0:
                raise Malformed("it has too many headers")
            box = self._box(start, end, top=top)
            yield box
            start = box.end

    def _box(self, start: int, end: int, *, top: bool) -> Box:
        size, kind = struct.unpack(">I4s", self.take(start, 8))
        if top and not (kind.isascii() and kind.decode("ascii").isprintable()) and size:
            raise Malformed("it has bytes that are no header where one belongs")
        head = 8
        if size == 1:
            size, head = int.from_bytes(self.take(start + 8, 8)), 16
        elif size == 0:
            size = end - start
        if size < head:
            raise Malformed("a header has an impossible size")
        if start + size > end:
            if not top:
                raise Malformed(f"its {_text(kind)} header is longer than what holds it")
            self.truncated = True
        return Box(kind, start + head, min(start + size, end))

    def find(self, box: Box, *path: bytes) -> Box | None:
        """The first descendant along *path*."""
        for kind in path:
            found = next((b for b in self.boxes(box.start, box.end) if b.kind == kind), None)
            if found is None:
                return None
            box = found
        return box


def read(stream: BinaryIO, size: int) -> Probe:
    """The facts of an MP4 or MOV file of *size* bytes.

    Raises:
        Malformed: the headers contradict themselves.
    """
    reader = Reader(stream, size)
    top = _Top(reader)
    if top.moov is None or (reader.truncated and top.moov.end == size):
        return Probe(kind="video", problem=TRUNCATED, truncated=True)
    scale, tracks = _movie(reader, top.moov)
    video = next((t for t in tracks if t.handler == b"vide"), None)
    sound = next((t for t in tracks if t.handler == b"soun"), None)
    audio = sound.codec or None if sound else None
    if video is None:
        return Probe(audio_codec=audio, problem=NO_VIDEO)
    if reader.find(top.moov, b"mvex"):
        _add_fragments(reader, top, video)
    seconds = _seconds(video, scale)
    return Probe(
        kind="video",
        width=(video.height if video.rotation % 180 else video.width) or None,
        height=(video.width if video.rotation % 180 else video.height) or None,
        seconds=round(seconds, 3) if seconds else None,
        fps=_fps(video),
        codec=video.codec or None,
        audio_codec=audio,
        rotation=video.rotation,
        faststart=top.faststart,
        edit_list=any(_matters(t) for t in tracks),
        frames=video.frames or None,
        problem=TRUNCATED if reader.truncated else None,
        truncated=reader.truncated,
    )


class _Top:
    """The outermost boxes: where the index is, whether it stands in front, and the fragments."""

    def __init__(self, reader: Reader) -> None:
        self.moov: Box | None = None
        self.fragments: list[Box] = []
        self.indexes: list[Box] = []
        self.faststart: bool | None = None
        try:
            for box in reader.boxes(0, reader.size, top=True):
                self._note(box)
        except Malformed:
            if self.moov is None:
                raise  # after the index it is not worth a complaint: cameras append notes of their own

    def _note(self, box: Box) -> None:
        if box.kind == b"moov" and self.moov is None:
            self.moov = box
        elif box.kind == b"moof":
            self.fragments.append(box)
        elif box.kind == b"sidx":
            self.indexes.append(box)
        if box.kind in {b"moov", b"mdat"} and self.faststart is None:
            self.faststart = box.kind == b"moov"


def _movie(reader: Reader, moov: Box) -> tuple[int, list[Track]]:
    scale = 0
    tracks: list[Track] = []
    defaults: dict[int, int] = {}
    for box in reader.boxes(moov.start, moov.end):
        if box.kind == b"mvhd":
            scale, _ = _times(reader, box)
        elif box.kind == b"trak":
            tracks.append(_track(reader, box))
        elif box.kind == b"mvex":
            trex = [b for b in reader.boxes(box.start, box.end) if b.kind == b"trex"]
            defaults.update(_pairs(reader, b) for b in trex)
    for track in tracks:
        track.default_time = defaults.get(track.number, 0)
    return scale, tracks


def _pairs(reader: Reader, trex: Box) -> tuple[int, int]:
    number, _, time = struct.unpack(">III", reader.payload(trex, 12, skip=4))
    return number, time


def _track(reader: Reader, trak: Box) -> Track:
    track = Track()
    for path, parse in _PARTS:
        box = reader.find(trak, *path)
        if box is not None:
            parse(reader, box, track)
    return track


def _times(reader: Reader, box: Box) -> tuple[int, int]:
    """(units a second, duration) of `mvhd` and `mdhd`; all ones mean an unknown duration."""
    if reader.payload(box, 1) == b"\1":
        scale, duration = struct.unpack(">IQ", reader.payload(box, 12, skip=20))
        return scale, 0 if duration == 2**64 - 1 else duration
    scale, duration = struct.unpack(">II", reader.payload(box, 8, skip=12))
    return scale, 0 if duration == 2**32 - 1 else duration


def _tkhd(reader: Reader, box: Box, track: Track) -> None:
    wide = reader.payload(box, 1) == b"\1"
    (track.number,) = struct.unpack(">I", reader.payload(box, 4, skip=20 if wide else 12))
    a, b, *_, width, height = struct.unpack(">9i2I", reader.payload(box, 44, skip=52 if wide else 40))
    track.rotation = round(math.degrees(math.atan2(b, a)) / 90) * 90 % 360 if a or b else 0
    track.width, track.height = width >> 16, height >> 16


def _elst(reader: Reader, box: Box, track: Track) -> None:
    version, count = struct.unpack(">B3xI", reader.payload(box, 8))
    form = struct.Struct(">QqI" if version == 1 else ">IiI")
    if count > _MAX_ENTRIES:
        raise Malformed("its edit list is too long")
    table = reader.payload(box, count * form.size, skip=8)
    track.edits = [(length, start, rate / 65536) for length, start, rate in form.iter_unpack(table)]


def _mdhd(reader: Reader, box: Box, track: Track) -> None:
    track.scale, track.duration = _times(reader, box)


def _hdlr(reader: Reader, box: Box, track: Track) -> None:
    track.handler = reader.payload(box, 4, skip=8)


def _stsd(reader: Reader, box: Box, track: Track) -> None:
    entry = next(reader.boxes(box.start + 8, box.end), None)
    if entry is None:
        return
    name = _text(entry.kind)
    track.codec = _CODECS.get(name.lower(), name)
    if track.handler == b"vide" and not (track.width and track.height):
        track.width, track.height = struct.unpack(">HH", reader.payload(entry, 4, skip=24))


def _stts(reader: Reader, box: Box, track: Track) -> None:
    (count,) = struct.unpack(">I", reader.payload(box, 4, skip=4))
    if count == 1:  # a constant rate is exact here; in other tables only the average matters
        _, track.frame_time = struct.unpack(">II", reader.payload(box, 8, skip=8))


def _stsz(reader: Reader, box: Box, track: Track) -> None:
    (track.frames,) = struct.unpack(">I", reader.payload(box, 4, skip=8))


_STBL: Final = (b"mdia", b"minf", b"stbl")
_PARTS: Final = (
    ((b"tkhd",), _tkhd),
    ((b"edts", b"elst"), _elst),
    ((b"mdia", b"mdhd"), _mdhd),
    ((b"mdia", b"hdlr"), _hdlr),
    ((*_STBL, b"stsd"), _stsd),
    ((*_STBL, b"stts"), _stts),
    ((*_STBL, b"stsz"), _stsz),
    ((*_STBL, b"stz2"), _stsz),  # its count stands at the same place
)


def _fps(track: Track) -> float | None:
    if not track.scale:
        return None
    if track.frame_time:
        return round(track.scale / track.frame_time, 3)
    if track.frames and track.duration:
        return round(track.frames * track.scale / track.duration, 3)
    return None


def _seconds(track: Track, movie_scale: int) -> float | None:
    edited = sum(length for length, _, _ in track.edits)
    if edited and movie_scale:
        return edited / movie_scale
    return track.duration / track.scale if track.scale else None


def _matters(track: Track) -> bool:
    if not track.edits:
        return False
    _, start, rate = track.edits[0]
    late = track.scale > 0 and start / track.scale > _START_CUT
    return len(track.edits) > 1 or start < 0 or rate != 1 or late


def _add_fragments(reader: Reader, top: _Top, track: Track) -> None:
    """A fragmented file's index is empty: its fragments are summed, else its segment index."""
    if len(top.fragments) <= _MAX_FRAGMENTS:
        for moof in top.fragments:
            for traf in reader.boxes(moof.start, moof.end):
                if traf.kind == b"traf":
                    _add_traf(reader, traf, track)
    elif len(top.indexes) == 1 and track.scale:
        track.duration = round(_indexed(reader, top.indexes[0]) * track.scale)


def _add_traf(reader: Reader, traf: Box, track: Track) -> None:
    each = track.default_time
    for box in reader.boxes(traf.start, traf.end):
        if box.kind == b"tfhd":
            flags, number = struct.unpack(">II", reader.payload(box, 8))
            if number != track.number:
                return
            if flags & 0x8:
                skip = 8 + (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
                (each,) = struct.unpack(">I", reader.payload(box, 4, skip=skip))
        elif box.kind == b"trun":
            count, duration = _run(reader, box, each)
            track.frames += count
            track.duration += duration
            if track.frames > _MAX_FRAMES:
                raise Malformed("it claims too many frames")


def _run(reader: Reader, trun: Box, each: int) -> tuple[int, int]:
    """(samples, their duration) of one run: every sample's own time where given, else the default."""
    flags, count = struct.unpack(">II", reader.payload(trun, 8))
    if count > _MAX_RUN:
        raise Malformed("a fragment claims too many frames")
    if not flags & 0x100:
        return count, count * each
    row = sum(4 for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit)
    skip = 8 + (4 if flags & 0x1 else 0) + (4 if flags & 0x4 else 0)
    table = reader.payload(trun, count * row, skip=skip)
    return count, sum(int.from_bytes(table[i : i + 4]) for i in range(0, len(table), row))


def _indexed(reader: Reader, sidx: Box) -> float:
    version, scale = struct.unpack(">B7xI", reader.payload(sidx, 12))
    skip = 28 if version else 20
    (count,) = struct.unpack(">2xH", reader.payload(sidx, 4, skip=skip))
    rows = reader.payload(sidx, min(count, _MAX_ENTRIES) * 12, skip=skip + 4)
    if not scale or count > _MAX_ENTRIES:
        return 0
    return float(sum(duration for _, duration, _ in struct.iter_unpack(">III", rows)) / scale)


def _text(kind: bytes) -> str:
    text = kind.decode("latin-1").strip()
    return text if text.isascii() and text.isprintable() and text else kind.hex()
