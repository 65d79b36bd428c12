"""Forms with files (multipart/form-data), received as they come: files to the disk, the rest in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from multipart import (  # type: ignore[import-untyped, unused-ignore]
    MultipartError,
    PushMultipartParser,
    parse_options_header,
)

from postwire.errors import Field, InvalidInput
from postwire.faces.web.receiving import TOO_LARGE, Refused, declared, pieces, to_end
from postwire.media.jsonspool import Spilled, discard

if TYPE_CHECKING:
    from multipart import MultipartSegment
    from starlette.requests import Request

    from postwire.faces.web.receiving import Draft, Room

MOST: Final = 200  # fields
TEXT: Final = 1_000_000  # bytes of all fields that are no files


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form, which its taker must delete."""

    content: Spilled
    name: str
    type: str

    def plain(self) -> dict[str, Any]:
        """As an action takes it."""
        return {"content": self.content, "name": self.name, "contentType": self.type}


async def received(request: Request, room: Room) -> list[tuple[str, str | File]]:
    """The fields of a form in their order; empty places for files are left out.

    Raises:
        InvalidInput: it is no form, or is cut off.
        Refused: 413 or 507.
    """
    _, options = parse_options_header(request.headers.get("content-type", ""))
    await room.grow(declared(request))
    sorting = _Sorting(room)
    try:
        parser = PushMultipartParser(options.get("boundary", ""), max_segment_count=MOST)
        async for piece in pieces(request):
            for event in parser.parse(piece):
                await sorting.take(event)
        parser.close()
    except MultipartError as error:
        await sorting.drop()
        raise InvalidInput([Field("", f"is not readable as multipart/form-data: {error}")]) from None
    except BaseException:
        await sorting.drop()
        raise
    return sorting.fields


class _Sorting:
    """The parts of a form as the parser tells of them."""

    def __init__(self, room: Room) -> None:
        self.fields: list[tuple[str, str | File]] = []
        self._room = room
        self._segment: MultipartSegment | None = None
        self._draft: Draft | None = None
        self._text = bytearray()
        self._left = TEXT

    async def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if event is None:
            self._end()
        elif not isinstance(event, bytes | bytearray):
            self._segment, self._text = event, bytearray()
            self._draft = await self._room.draft() if event.filename else None
        elif self._draft is not None:
            await self._draft.write(bytes(event))
        else:
            self._left -= len(event)
            if self._left < 0:
                raise Refused(TOO_LARGE, "invalid_input", "The form is larger than 1 MB besides its files.")
            self._text += event

    async def drop(self) -> None:
        await to_end(discard, [value.content for _, value in self.fields if isinstance(value, File)])

    def _end(self) -> None:
        segment, draft = self._segment, self._draft
        assert segment is not None
        if draft is not None:
            kind = segment.content_type or ""
            self.fields.append((segment.name, File(draft.spilled(kind), segment.filename or "", kind)))
        elif segment.filename is None:
            try:
                self.fields.append((segment.name, self._text.decode()))
            except UnicodeDecodeError:
                raise InvalidInput([Field(f"/{segment.name}", "is not encoded as UTF-8")]) from None
