"""Bodies in pieces: a range of a file, or a multipart form, read as they are sent and never whole."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from functools import partial
from typing import IO, TYPE_CHECKING, Final, NamedTuple, Self

from postwire.errors import ActionFailed, shown
from postwire.values import Multipart, Slice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from postwire.values import Body

PIECE: Final = 1_048_576  # bytes: smaller ones cost throughput, larger ones memory

_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=?-]{1,70}")
_TYPE: Final = re.compile(r"[!-~]+/[ -~]+")
_ESCAPES: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A", "\0": "%00"})  # as browsers do


class _Range(NamedTuple):
    file: IO[bytes]
    first: int
    size: int


class Pieces:
    """An open body; `length` in bytes, framing included. Closed after use, with its files.

    Iterating gives each piece with how many bytes of a file it holds (none for framing and plain bytes).
    """

    def __init__(self, body: Body) -> None:
        self._files = contextlib.ExitStack()
        with contextlib.ExitStack() as undo:
            undo.callback(self._files.close)
            self._parts = list(self._opened(body))
            undo.pop_all()
        self.length = sum(part.size if isinstance(part, _Range) else len(part) for part in self._parts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        for part in self._parts:
            if isinstance(part, _Range):
                yield from ((piece, len(piece)) for piece in _read(part))
            elif part:
                yield part, 0

    def _opened(self, body: Body) -> Iterator[bytes | _Range]:
        if isinstance(body, Slice):
            yield self._open(body)
        elif isinstance(body, Multipart):
            yield from self._form(body)
        else:
            yield body

    def _form(self, form: Multipart) -> Iterator[bytes | _Range]:
        if not _BOUNDARY.fullmatch(form.boundary):
            raise _unfit("the boundary of its form is not valid")
        for name, value in form.fields:
            yield f"--{form.boundary}\r\n{_label(name, value, form)}\r\n\r\n".encode()
            yield self._open(value) if isinstance(value, Slice) else value.encode()
            yield b"\r\n"
        yield f"--{form.boundary}--\r\n".encode()

    def _open(self, part: Slice) -> _Range:
        try:
            file = self._files.enter_context(part.path.open("rb", buffering=0))
            size = os.fstat(file.fileno()).st_size
        except OSError as error:
            raise _unfit(
                f"the file {shown(part.path.name)} cannot be read ({type(error).__name__})"
            ) from None
        if part.first + part.size > size:
            raise _unfit(f"the file {shown(part.path.name)} is shorter than it was")
        return _Range(file, part.first, part.size)


class Content:
    """Pieces as httpcore2 takes them, blocking or in a loop; *sent* hears of each after it has gone out.

    In a loop a thread reads the next piece while one is being sent, so that a slow disk stops nobody else.
    """

    def __init__(self, pieces: Pieces, sent: Callable[[int], None] | None) -> None:
        self._pieces = pieces
        self._sent = sent

    def __iter__(self) -> Iterator[bytes]:
        for piece, count in self._pieces:
            yield piece
            self._tell(count)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        ahead = partial(asyncio.get_running_loop().run_in_executor, None, next, iter(self._pieces), None)
        reading = ahead()
        try:
            while (item := await _result(reading)) is not None:
                reading = ahead()
                piece, count = item
                yield piece
                del piece, item  # else one more piece stays in memory while the next is read
                self._tell(count)
        finally:
            await asyncio.wait({reading})  # the file must not be closed under the thread that reads it
            reading.exception()  # is of no interest any more, and known by now if it was

    def _tell(self, count: int) -> None:
        if count and self._sent is not None:
            self._sent(count)


class Plain:
    """A body of bytes, whole, as httpcore2 takes it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        if self._body:
            yield self._body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._body:
            yield self._body


async def _result(reading: asyncio.Future[tuple[bytes, int] | None]) -> tuple[bytes, int] | None:
    """As awaiting it, but a cancelled waiter leaves the reading itself be."""
    await asyncio.wait({reading})
    return reading.result()


def _read(part: _Range) -> Iterator[bytes]:
    part.file.seek(part.first)
    left = part.size
    while left:
        piece = part.file.read(min(PIECE, left))
        if not piece:
            raise ActionFailed(
                "media_rejected", "The file became shorter while it was being sent.", sent="maybe"
            )
        left -= len(piece)
        yield piece


def _label(name: str, value: str | Slice, form: Multipart) -> str:
    text = f'Content-Disposition: form-data; name="{name.translate(_ESCAPES)}"'
    if isinstance(value, str):
        return text
    kind = form.types.get(name, "application/octet-stream")
    if not _TYPE.fullmatch(kind):
        raise _unfit(f"{shown(kind)!r} is not a media type")
    file = form.names.get(name, value.path.name).translate(_ESCAPES)
    return f'{text}; filename="{file}"\r\nContent-Type: {kind}'


def _unfit(what: str) -> ActionFailed:
    return ActionFailed("media_rejected", f"The request was not sent: {what}.", sent="no")
