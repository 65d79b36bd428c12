"""Reads JSON that holds media: long base64 strings go to files, the rest is an ordinary document.

A video in a JSON body costs the memory of a chunk: outside strings the reader copies bytes; a string that
grows past 64 KB is decoded into a private file and leaves a short marker, whose key is random so that nobody
can forge one. What remains is ordinary JSON of at most 1 MB.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn, Self

from postwire.errors import Field, InvalidInput, shown
from postwire.media.base64stream import Base64Decoder
from postwire.media.file import TooLarge
from postwire.media.store import CHECK_EVERY, PART, check_space, refused

SPILL: Final = 65_536  # characters from which a string goes to a file
REMAINDER: Final = 1_000_000  # bytes of JSON besides the media
DEPTH: Final = 64
PIECE: Final = 262_144
_DIGITS: Final = 400  # more than any number of ours has, and quick to read


@dataclass(frozen=True, slots=True)
class Spilled:
    """A base64 value of a JSON document, decoded into a private file that whoever takes it must delete."""

    path: Path
    size: int
    sha256: str
    type: str = ""  # as a data URI named it

    def discard(self) -> None:
        """Delete the file; no error if it is gone."""
        self.path.unlink(missing_ok=True)


class _Spill:
    """A private file that base64 text is decoded into."""

    def __init__(self, folder: Path | None, limit: int | None) -> None:
        try:
            descriptor, name = tempfile.mkstemp(prefix=PART[0], suffix=PART[1], dir=folder)  # mode 0600
        except OSError as error:
            raise refused(error) from error
        self.path = Path(name)
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self._decoder = Base64Decoder(limit)
        self._hash = hashlib.sha256()
        self._escape = b""
        self._unchecked = CHECK_EVERY  # bytes written since we looked at the disk

    def feed(self, raw: bytes) -> None:
        text, self._escape = _unescape(self._escape + raw)
        self._write(self._decoder.feed(text))

    def finish(self) -> Spilled:
        if self._escape:
            raise ValueError("an escape sequence ends in the middle")
        self._write(self._decoder.finish())
        self._file.close()
        return Spilled(self.path, self._decoder.size, self._hash.hexdigest(), self._decoder.type)

    def drop(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _write(self, data: bytes) -> None:
        self._unchecked += len(data)
        if self._unchecked >= CHECK_EVERY:
            check_space(self.path.parent, len(data))
            self._unchecked = 0
        self._hash.update(data)
        view = memoryview(data)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise refused(error) from error


_UNFINISHED: Final = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_UNICODE: Final = re.compile(rb"\\u00([0-7][0-9a-fA-F])")
# What PHP (\/) and .NET (+, /, =) write, and line breaks: replaced in bulk, as there are millions.
_COMMON: Final = (
    (rb"\/", b"/"),
    (rb"\n", b"\n"),
    (rb"\r", b"\r"),
    (rb"\t", b"\t"),
    *((rb"\u00" + code, bytes([int(code, 16)])) for code in (b"2B", b"2b", b"2F", b"2f", b"3D", b"3d")),
)


def _unescape(raw: bytes) -> tuple[bytes, bytes]:
    """(the text of a JSON string's *raw* part, an escape at its end that is not complete yet).

    Two backslashes side by side mean an escaped backslash, which base64 does not have; without those each
    backslash begins an escape, and replacing one kind after the other is safe.
    """
    if b"\\" not in raw:
        return raw, b""
    if b"\\\\" in raw:
        raise ValueError("it contains a backslash")
    tail = b""
    if match := _UNFINISHED.search(raw, max(0, len(raw) - 5)):
        raw, tail = raw[: match.start()], match[0]
    for escape, plain in _COMMON:
        raw = raw.replace(escape, plain)
    if b"\\" in raw:
        raw = _UNICODE.sub(lambda m: bytes([int(m[1], 16)]), raw)
    return raw, tail


class JsonSpool:
    """A JSON document received in pieces, whose long base64 strings go to files.

    Feed it bytes, then `close()` gives the document, with a `Spilled` in place of each such string. Use it as
    a context manager, or call `abort()` when the sender goes away: on any error all files are deleted.

    Args:
        folder: where the files are made, mode 0600; the system's temporary folder by default.
        max_bytes: cap on all decoded media together; None for no cap.

    Errors are `InvalidInput`, with the path of the value at fault, or `ActionFailed` when the disk is full.
    """

    def __init__(self, folder: Path | None = None, *, max_bytes: int | None = None) -> None:
        self._folder = folder
        self._left = max_bytes
        self._key = secrets.token_hex(16)
        self._rest = bytearray()
        self._in_string = False
        self._odd = False  # the string's bytes so far end with an unfinished escape
        self._length = 0
        self._start = 0  # where the current string begins in the rest
        self._spill: _Spill | None = None
        self._spilled: dict[str, Spilled] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self.abort()

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take the next bytes of the document."""
        view = memoryview(data)
        try:
            for start in range(0, len(view), PIECE):
                self._scan(bytes(view[start : start + PIECE]))
        except BaseException:
            self.abort()
            raise

    def close(self) -> Any:
        """The document, once all of it was fed."""
        try:
            if self._in_string:
                self._refuse("the JSON ends inside a string: it was cut off")
            return self._document()
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """Delete every file made so far."""
        if self._spill is not None:
            self._spill.drop()
        for spilled in self._spilled.values():
            spilled.discard()
        self._spill = None
        self._spilled.clear()

    def _scan(self, data: bytes) -> None:
        position = 0
        while position < len(data):
            if not self._in_string:
                quote = data.find(b'"', position)
                self._in_string = quote >= 0
                end = quote + 1 or len(data)
                self._keep(data[position:end])
                self._start, self._length = len(self._rest), 0
                position = end
                continue
            quote = self._closing(data, position)
            self._take(data[position : quote if quote >= 0 else len(data)])
            if quote < 0:
                return
            self._end_string()
            position = quote + 1

    def _closing(self, data: bytes, start: int) -> int:
        """Where the string that goes on at *start* has its closing quote; -1 if not in this piece."""
        quote = data.find(b'"', start)
        while quote >= 0 and self._escaped(data, start, quote):
            quote = data.find(b'"', quote + 1)
        if quote < 0:
            self._odd = self._escaped(data, start, len(data))
        return quote

    def _escaped(self, data: bytes, start: int, end: int) -> bool:
        first = end
        while first > start and data[first - 1] == 0x5C:  # noqa: PLR2004 - a backslash
            first -= 1
        return ((end - first) % 2 == 1) != (first == start and self._odd)

    def _take(self, raw: bytes) -> None:
        self._length += len(raw)
        if self._spill is None and self._length <= SPILL:
            self._keep(raw)
            return
        if self._spill is None:
            raw = bytes(self._rest[self._start :]) + raw
            del self._rest[self._start :]
            self._spill = _Spill(self._folder, self._left)
        try:
            self._spill.feed(raw)
        except ValueError as error:
            self._refuse_string(error)

    def _end_string(self) -> None:
        self._in_string = self._odd = False
        if self._spill is not None:
            try:
                spilled = self._spill.finish()
            except ValueError as error:
                self._refuse_string(error)
            marker = f"{self._key}:{len(self._spilled)}"
            self._spilled[marker] = spilled
            self._spill = None
            if self._left is not None:
                self._left -= spilled.size
            self._keep(marker.encode())
        self._keep(b'"')

    def _keep(self, raw: bytes) -> None:
        self._rest += raw
        if len(self._rest) > REMAINDER:
            self._refuse("the JSON is larger than 1 MB besides its media")

    def _refuse(self, message: str) -> NoReturn:
        raise InvalidInput([Field("", message)])

    def _refuse_string(self, error: ValueError) -> NoReturn:
        path = _path_at_end(bytes(self._rest))
        value = f"the value at {path}" if path else "the value"
        if isinstance(error, TooLarge):
            message = f"{value} is too large: {error}"
        else:
            message = f"{value} is over {SPILL} characters long and is not base64 media: {error}"
        raise InvalidInput([Field(path, message)]) from None

    def _document(self) -> Any:
        try:
            text = self._rest.decode("utf-8-sig")
            _check_depth(text)
            value = json.loads(
                text,
                object_pairs_hook=_unique,
                parse_constant=_no_constant,
                parse_float=_finite,
                parse_int=_whole,
            )
        except UnicodeDecodeError:
            self._refuse("the JSON is not encoded as UTF-8")
        except json.JSONDecodeError as error:
            path = _path_at_end(text[: error.pos].encode())
            raise InvalidInput(
                [Field(path, f"this is not valid JSON: {error.msg} near {path or 'the start'}")]
            ) from None
        except ValueError as error:
            self._refuse(str(error))
        return self._restore(value)

    def _restore(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._spilled.get(value, value)
        if isinstance(value, list):
            return [self._restore(item) for item in value]
        if isinstance(value, dict):
            if not self._spilled.keys().isdisjoint(value):
                self._refuse("a key is longer than 65536 characters")
            return {key: self._restore(item) for key, item in value.items()}
        return value


def read_json(stream: BinaryIO, folder: Path | None = None, *, max_bytes: int | None = None) -> Any:
    """The JSON document in a file or on stdin, read in pieces of 256 KB; values and errors as `JsonSpool`.

    Whoever gets it opens each spilled value with `open_media`, which takes the file over, or calls `discard`.
    """
    with JsonSpool(folder, max_bytes=max_bytes) as spool:
        while piece := stream.read(PIECE):
            spool.feed(piece)
        return spool.close()


def discard(document: Any) -> None:
    """Delete the files of every spilled value in *document*, for a document that is not wanted after all."""
    if isinstance(document, Spilled):
        document.discard()
    elif isinstance(document, (dict, list)):
        for item in document.values() if isinstance(document, dict) else document:
            discard(item)


_TOKEN: Final = re.compile(r'"((?:[^"\\]|\\.)*+)("?)|[{}\[\],:]', re.DOTALL)


def _check_depth(text: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += (token[0] in "{[") - (token[0] in "}]")
        if depth > DEPTH:
            raise ValueError(f"the JSON is nested deeper than {DEPTH} levels")


def _path_at_end(text: bytes) -> str:
    """The JSON pointer of the value that *text*, the beginning of a document, breaks off in."""
    places: list[str | int] = []
    last = ""
    for token in _TOKEN.finditer(text.decode("utf-8", "replace")):
        mark = token[0]
        if mark in "{[":
            places.append(0 if mark == "[" else "")
        elif mark in "}]":
            del places[-1:]
        elif mark == ":" and places:
            places[-1] = last
        elif mark == "," and places and isinstance(places[-1], int):
            places[-1] += 1
        elif token[2]:
            last = token[1]
    return "".join(f"/{shown(str(place)).replace('~', '~0').replace('/', '~1')}" for place in places)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i]))
        raise ValueError(f"the key {shown(twice)} appears twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {shown(text)} is too large")
    return number


def _whole(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError(f"the number {shown(text)} is too large")
    return int(text)
