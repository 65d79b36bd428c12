"""A multipart body read as a stream: fields are kept, files are counted and hashed, never held whole."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FIELD_LIMIT = 1_000_000  # bytes
HEAD = 64  # bytes kept to tell the format
_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_NAME = re.compile(r'[ ;]name="([^"]*)"', re.IGNORECASE)
_FILENAME = re.compile(r'filename="([^"]*)"', re.IGNORECASE)


class MultipartError(ValueError):
    """The body is no multipart form."""


@dataclass(slots=True)
class Arrived:
    """A file part that came in."""

    filename: str
    size: int = 0
    head: bytes = b""
    sha256: str = ""


class _Source:
    """A stream that is read up to marks."""

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        self._held = b"\r\n"  # so that the first boundary looks like the others

    async def until(self, mark: bytes) -> AsyncIterator[bytes]:
        """Yield what comes before a mark, and step over the mark."""
        while (at := self._held.find(mark)) < 0:
            # Only what may be a mark's beginning is held back; mostly nothing, and then nothing is copied.
            begun = self._held.find(mark[:1], max(0, len(self._held) - len(mark) + 1))
            safe, self._held = (self._held, b"") if begun < 0 else (self._held[:begun], self._held[begun:])
            if safe:
                yield safe
            await self._more()
        found, self._held = self._held[:at], self._held[at + len(mark) :]
        if found:
            yield found

    async def take(self, count: int) -> bytes:
        while len(self._held) < count:
            await self._more()
        taken, self._held = self._held[:count], self._held[count:]
        return taken

    async def _more(self) -> None:
        try:
            self._held += await anext(self._stream)
        except StopAsyncIteration:
            raise MultipartError("The multipart body ends too early.") from None


async def read(
    stream: AsyncIterator[bytes], content_type: str, checksums: bool
) -> tuple[dict[str, str], dict[str, Arrived]]:
    """Read fields and files; raises MultipartError."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise MultipartError("The multipart content type has no boundary.")
    source, mark = _Source(stream), b"\r\n--" + boundary[1].encode()
    fields: dict[str, str] = {}
    files: dict[str, Arrived] = {}
    async for _ in source.until(mark):
        pass
    while await source.take(2) != b"--":
        head = b"".join([piece async for piece in source.until(b"\r\n\r\n")]).decode("utf-8", "replace")
        name, filename = _NAME.search(f" {head}"), _FILENAME.search(head)
        if name is None:
            raise MultipartError("A part has no name.")
        if filename is None:
            fields[name[1]] = await _field(source.until(mark))
        else:
            files[name[1]] = await _file(source.until(mark), filename[1], checksums)
    return fields, files


async def _field(pieces: AsyncIterator[bytes]) -> str:
    held = bytearray()
    async for piece in pieces:
        held += piece
        if len(held) > FIELD_LIMIT:
            raise MultipartError("A field is too long.")
    return held.decode("utf-8", "replace")


async def _file(pieces: AsyncIterator[bytes], filename: str, checksums: bool) -> Arrived:
    arrived, digest = Arrived(filename), hashlib.sha256()
    async for piece in pieces:
        arrived.size += len(piece)
        arrived.head += piece[: HEAD - len(arrived.head)]
        if checksums:
            digest.update(piece)
    arrived.sha256 = digest.hexdigest() if checksums else ""
    return arrived
