"""Base64 as a stream: a strict decoder that takes the text in pieces, cut anywhere."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final

import pybase64

from postwire.media.file import TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SPACE: Final = b" \t\r\n"
_IRREGULAR: Final = (b"\n", b"\r", b" ", b"\t", b"-", b"_")
_URLSAFE: Final = bytes.maketrans(b"-_", b"+/")
_ALIEN: Final = re.compile(rb"[^A-Za-z0-9+/_\-= \t\r\n]")
_DATA_URI: Final = re.compile(rb'data:([\w.+/-]*)(?:;[\w.+/=" -]+)*?;base64,', re.IGNORECASE)
_LONGEST_PREFIX: Final = 256


class Base64Decoder:
    """Decodes base64 text piece by piece, cut anywhere.

    Taken are a `data:…;base64,` prefix, spaces and line breaks, the URL-safe alphabet, and a missing final
    padding. Anything else is refused, with its position and without its content.

    Attributes:
        size: bytes decoded until now.
        type: the MIME type that a data URI named, else empty.
    """

    def __init__(self, limit: int | None = None) -> None:
        self.size = 0
        self.type = ""
        self._limit = limit
        self._position = 0
        self._start: bytes | None = b""  # what may be a prefix; None once that is settled
        self._carry = b""
        self._padding = 0

    def feed(self, text: bytes) -> bytes:
        """The bytes that *text* adds.

        Raises:
            TooLarge: more than `limit` bytes came out.
            ValueError: not base64.
        """
        if self._start is None:
            return self._decode(text)
        self._start += text
        if _may_be_prefix(self._start):
            return b""
        text, self._start = self._start, None
        if match := _DATA_URI.match(text):
            self.type = match[1].decode("ascii").lower()
            self._position = match.end()
            text = text[match.end() :]
        return self._decode(text)

    def finish(self) -> bytes:
        """The last bytes; call it once, at the end of the text."""
        start, self._start = self._start or b"", None
        done = self._decode(start)
        rest = len(self._carry)
        if rest == 1 or self._padding not in {0, -rest % 4}:
            raise ValueError(f"the base64 text ends in the middle, after {self._position} characters")
        return done + self._count(self._quads(self._carry + b"=" * (-rest % 4)))

    def _decode(self, text: bytes) -> bytes:
        try:
            data = self._quads(self._whole(text))
        except ValueError as error:
            raise ValueError(self._complaint(text, error)) from None
        self._position += len(text)
        return self._count(data)

    def _whole(self, text: bytes) -> bytes:
        """As many groups of four characters as *text* completes; the rest is carried over."""
        if any(mark in text for mark in _IRREGULAR):
            text = text.translate(_URLSAFE, _SPACE)
        text = self._carry + self._without_padding(text)
        cut = len(text) - len(text) % 4
        self._carry = text[cut:]
        if _ALIEN.search(self._carry):
            raise ValueError("the base64 text is damaged")
        return text[:cut]

    def _complaint(self, text: bytes, error: ValueError) -> str:
        alien = _ALIEN.search(text)
        if alien is None:
            return f"{error} near position {self._position}"
        return f"the character at position {self._position + alien.start()} does not belong to base64"

    def _without_padding(self, clean: bytes) -> bytes:
        body = clean.rstrip(b"=")
        if b"=" in body or (self._padding and body):
            raise ValueError("the base64 text goes on after its padding,")
        self._padding += len(clean) - len(body)
        return body

    def _quads(self, text: bytes) -> bytes:
        try:
            return pybase64.b64decode(text, validate=True)
        except binascii.Error:
            raise ValueError("the base64 text is damaged") from None

    def _count(self, data: bytes) -> bytes:
        self.size += len(data)
        if self._limit is not None and self.size > self._limit:
            raise TooLarge(self._limit)
        return data


def _may_be_prefix(start: bytes) -> bool:
    """Whether more text is needed to tell if *start* begins with a data URI's prefix."""
    head = start[:5].lower()
    return len(start) < _LONGEST_PREFIX and b"data:".startswith(head) and b"," not in start


def decoded(source: Iterable[str | bytes], limit: int | None = None) -> Iterator[bytes]:
    """The bytes of base64 text that comes in pieces; see `Base64Decoder` for what is taken.

    Raises:
        TooLarge: more than *limit* bytes came out.
        ValueError: not base64; with the position, never the content.
    """
    decoder = Base64Decoder(limit)
    for piece in source:
        yield decoder.feed(piece.encode("utf-8", "replace") if isinstance(piece, str) else piece)
    yield decoder.finish()
