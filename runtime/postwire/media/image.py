"""Reads the size and orientation of JPEG, PNG, GIF and WebP images from their headers.

Nothing is decoded, so a decompression bomb costs nothing here; it is named as a problem for whoever would
decode it. (An imaging library would cost 34 ms to import, and reads a whole WebP or PNG to find the
orientation.)
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, Final

from postwire.media.facts import Malformed, Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAX_PIXELS: Final = 268_435_456  # 16384 x 16384; 800 MB once decoded
_MAX_CHUNKS: Final = 10_000
_MAX_EXIF: Final = 65_536
_NOT_FRAMES: Final = {0xC4, 0xC8, 0xCC}  # tables that stand among the frame markers of JPEG
_STANDALONE: Final = {0x01, *range(0xD0, 0xD8)}
_START_OF_SCAN: Final = 0xDA
_APP1: Final = 0xE1
_ORIENTATION: Final = 0x0112
_TURNED: Final = {1: 0, 2: 0, 3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}

_Found = tuple[int, int, int]  # width, height, EXIF orientation


def read(stream: BinaryIO, kind: str) -> Probe:
    """The facts of an image of MIME type *kind*; only the kind where this reader does not know the format.

    Raises:
        Malformed: the header contradicts the format, or ends in the middle.
    """
    reader = _READERS.get(kind)
    if reader is None:
        return Probe(kind="image")
    width, height, orientation = reader(stream)
    rotation = _TURNED.get(orientation, 0)
    if rotation % 180:
        width, height = height, width
    problem = None
    if not width or not height:
        raise Malformed("it has no size")
    if width * height > _MAX_PIXELS:
        problem = f"The image claims to have {width} x {height} pixels, which is too much to work with."
    return Probe(kind="image", width=width, height=height, rotation=rotation, problem=problem)


def _take(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise Malformed("its header ends in the middle")
    return data


def _jpeg(stream: BinaryIO) -> _Found:
    stream.seek(2)
    orientation = 1
    for marker, length in _segments(stream):
        if 0xC0 <= marker <= 0xCF and marker not in _NOT_FRAMES:  # noqa: PLR2004 - the frame markers
            height, width = struct.unpack(">xHH", _take(stream, 5))
            return width, height, orientation
        if marker == _APP1 and (body := _take(stream, length)).startswith(b"Exif\0\0"):
            orientation = _orientation(body[6:])
    raise Malformed("it has no picture")


def _segments(stream: BinaryIO) -> Iterator[tuple[int, int]]:
    """Each marker of a JPEG before its picture, with the length of its payload, which may be read."""
    for _ in range(_MAX_CHUNKS):
        if _take(stream, 1) != b"\xff":
            raise Malformed("its header is not understood")
        while (marker := _take(stream, 1)[0]) == 0xFF:  # noqa: PLR2004 - fill bytes
            pass
        if marker == _START_OF_SCAN:
            return
        if marker in _STANDALONE:
            continue
        (length,) = struct.unpack(">H", _take(stream, 2))
        if length < 2:  # noqa: PLR2004 - the length counts itself
            raise Malformed("its header has an impossible size")
        after = stream.tell() + length - 2
        yield marker, length - 2
        stream.seek(after)


def _png(stream: BinaryIO) -> _Found:
    stream.seek(8)
    width = height = 0
    orientation = 1
    for _ in range(_MAX_CHUNKS):
        length, kind = struct.unpack(">I4s", _take(stream, 8))
        after = stream.tell() + length + 4
        if kind == b"IHDR":
            width, height = struct.unpack(">II", _take(stream, 8))
        elif kind == b"eXIf" and length <= _MAX_EXIF:
            orientation = _orientation(_take(stream, length))
        elif kind in {b"IDAT", b"IEND"}:
            break
        stream.seek(after)
    return width, height, orientation


def _gif(stream: BinaryIO) -> _Found:
    stream.seek(6)
    width, height = struct.unpack("<HH", _take(stream, 4))
    return width, height, 1


def _webp(stream: BinaryIO) -> _Found:
    stream.seek(12)
    width = height = 0
    orientation = 1
    for _ in range(_MAX_CHUNKS):
        head = stream.read(8)
        if len(head) < 8 and width:  # noqa: PLR2004 - a chunk header
            break
        if len(head) < 8:  # noqa: PLR2004 - a chunk header
            raise Malformed("its header ends in the middle")
        kind, length = struct.unpack("<4sI", head)
        after = stream.tell() + length + length % 2
        if kind in _WEBP_SIZES and not width:
            width, height = _WEBP_SIZES[kind](_take(stream, 10))
            if kind != b"VP8X":
                break
        elif kind == b"EXIF" and length <= _MAX_EXIF:
            orientation = _orientation(_take(stream, length).removeprefix(b"Exif\0\0"))
            break
        stream.seek(after)
    return width, height, orientation


def _webp_lossy(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<6xHH", head)
    return width & 0x3FFF, height & 0x3FFF


def _webp_lossless(head: bytes) -> tuple[int, int]:
    bits = int.from_bytes(head[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _webp_extended(head: bytes) -> tuple[int, int]:
    return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1


def _orientation(tiff: bytes) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or the block is damaged, as viewers do."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for row in range(count):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + row * 12)
            if tag == _ORIENTATION and kind == 3:  # noqa: PLR2004 - a short number
                return int(value)
    except struct.error:
        pass
    return 1


_WEBP_SIZES: Final[dict[bytes, Callable[[bytes], tuple[int, int]]]] = {
    b"VP8 ": _webp_lossy,
    b"VP8L": _webp_lossless,
    b"VP8X": _webp_extended,
}
_READERS: Final[dict[str, Callable[[BinaryIO], _Found]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/gif": _gif,
    "image/webp": _webp,
}
