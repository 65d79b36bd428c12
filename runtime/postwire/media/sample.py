"""A small real video of ours for demonstrations and tests: 3 s, 720 x 1280, 30 fps, H.264 and AAC, 40 KB."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import BinaryIO

VIDEO: Final = Path(__file__).with_name("sample.mp4")
_PIECE: Final = bytes(1_000_000)
_SHORT_BOX: Final = 8
_LONG_BOX: Final = 16


def write(path: Path, size: int | None = None) -> Path:
    """Copy the sample to *path*; with *size*, as a valid video of exactly that many bytes.

    The rest is an empty `free` box at the end, which every player passes over; it is written in pieces.

    Raises:
        ValueError: *size* is less than the sample and a box's header.
    """
    least = VIDEO.stat().st_size
    with path.open("wb") as target:
        with VIDEO.open("rb") as source:
            shutil.copyfileobj(source, target)
        if size is not None and size != least:
            _pad(target, size - least, least)
    return path


def _pad(target: BinaryIO, count: int, least: int) -> None:
    if count < _SHORT_BOX:
        raise ValueError(f"a sample video has {least} bytes, or at least {least + _SHORT_BOX}")
    short = count < 2**32
    header = count.to_bytes(4) + b"free" if short else (1).to_bytes(4) + b"free" + count.to_bytes(8)
    target.write(header)
    left = count - (_SHORT_BOX if short else _LONG_BOX)
    while left:
        left -= target.write(_PIECE[: min(left, len(_PIECE))])
