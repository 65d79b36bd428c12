"""From what came over the wire to our `Response`: the body decoded, and capped while it is."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from postwire.errors import ActionFailed
from postwire.language.units import show_size
from postwire.values import Response

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST: Final = 32_000_000  # bytes of a decoded body; platforms answer with far less
_AUTO: Final = 32 + zlib.MAX_WBITS  # zlib reads the gzip or zlib header itself
_ENCODINGS: Final = {"gzip", "x-gzip", "deflate"}


class Answer:
    """Gathers an answer piece by piece.

    `take` and `response` raise ActionFailed, `internal`, for a body over 32 MB (decoded: a small one may be a
    bomb), and zlib.error for a body that is not compressed as its header says.
    """

    __slots__ = ("_chunks", "_headers", "_inflate", "_size", "_status")

    def __init__(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._status = status
        self._headers = _joined(headers)
        encoding = self._headers.get("content-encoding", "").lower()
        self._inflate = zlib.decompressobj(_AUTO) if encoding in _ENCODINGS else None
        self._chunks: list[bytes] = []
        self._size = 0

    def take(self, chunk: bytes) -> None:
        """Adds a piece of the body, as it came."""
        if self._inflate is not None:
            chunk = self._decoded(self._inflate, chunk)
        self._size += len(chunk)
        if self._size > LARGEST:
            text = f"The platform's answer is over {show_size(LARGEST)}; it was not read further."
            raise ActionFailed("internal", text)
        self._chunks.append(chunk)

    def response(self, elapsed: float) -> Response:
        """The whole answer, after its last piece."""
        chunks = self._chunks
        if self._inflate is not None and chunks and not self._inflate.eof:
            raise zlib.error("the compressed body is not complete")
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        return Response(self._status, self._headers, body, elapsed)

    def _decoded(self, inflate: zlib._Decompress, chunk: bytes) -> bytes:
        room = LARGEST - self._size + 1  # one more than allowed, so that too much shows
        try:
            return inflate.decompress(chunk, room)
        except zlib.error:
            if self._chunks:
                raise
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)  # some servers' "deflate" has no zlib header
        return self._inflate.decompress(chunk, room)


def _joined(lines: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw, value in lines:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers
