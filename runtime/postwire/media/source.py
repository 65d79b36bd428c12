"""Turns whatever a caller names as media into one kind of thing: a file on disk.

Taken are a path, an http(s) address, a `media_…` handle, a data: URI, bytes, a binary file object, a value
spilled by `JsonSpool`, a file object `{"content": …, "name": …, "contentType": …}`, and, only where asked
for, bare base64 text.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, NoReturn, Protocol
from urllib.parse import unquote, unquote_to_bytes

from postwire.errors import Field, InvalidInput, shown
from postwire.language.units import show_size
from postwire.media.base64stream import decoded
from postwire.media.file import Media, TooLarge, clean_name
from postwire.media.jsonspool import Spilled
from postwire.media.probe import HEAD, probe, sniff
from postwire.media.store import HANDLE, MediaStore

Kind = Literal[
    "url", "scheme", "path", "handle", "data", "object", "bytes", "file", "spilled", "base64", "unknown"
]

_PIECE: Final = 1_000_000
_SCHEME: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_\-\s]++={0,2}\s*")
_BASE64_LONG: Final = 512  # no path without a dot is longer
_BASE64_SEEN: Final = 4096  # characters that are looked at; no system takes a longer path
# How base64 of the usual formats begins: JPEG, PNG, GIF, WebP and AVI, WebM, PDF, MP4 and MOV.
_BASE64_MAGIC: Final = re.compile(r"/9j/|iVBORw0KGgo|R0lGOD|UklGR|GkXfo|JVBERi0|AAAA[A-Za-z0-9+/]{2}Z0eX")
_FILE_OBJECT: Final = '{"content": "<base64>", "name": "clip.mp4"}'


class Fetch(Protocol):
    """Brings the file at an address; `postwire.media.fetch.fetcher` makes one."""

    def __call__(self, url: str, *, store: MediaStore, field: str, max_bytes: int | None) -> Media: ...  # noqa: D102 - the class says it


def looks_like(value: object) -> Kind:
    """What kind of source *value* is, by its shape alone; nothing is opened."""
    if isinstance(value, str):
        return _text_kind(value)
    for types, kind in _TYPES:
        if isinstance(value, types):
            return kind
    if isinstance(value, Mapping):
        return "object" if "content" in value else "unknown"
    return "file" if callable(getattr(value, "read", None)) else "unknown"


_TYPES: Final[tuple[tuple[tuple[type, ...], Kind], ...]] = (
    ((os.PathLike,), "path"),
    ((bytes, bytearray, memoryview), "bytes"),
    ((Spilled,), "spilled"),
)


def _text_kind(text: str) -> Kind:
    scheme = _SCHEME.match(text)
    if scheme:
        return "url" if scheme[1].lower() in {"http", "https"} else "scheme"
    if text[:5].lower() == "data:":
        return "data"
    if HANDLE.fullmatch(text):
        return "handle"
    long = len(text) >= _BASE64_LONG
    return "base64" if (long or _BASE64_MAGIC.match(text)) and _may_be_base64(text) else "path"


def _may_be_base64(text: str) -> bool:
    return _BASE64.fullmatch(text[:_BASE64_SEEN]) is not None


def open_media(
    value: object,
    *,
    store: MediaStore,
    fetch: Fetch | None,
    field: str,
    name: str | None = None,
    max_bytes: int | None = None,
    base64: bool = False,
    local: bool = True,
) -> Media:
    """The file that *value* means.

    A caller's own file is used in place, and so is the file of a handle, which stays for further use until
    the store discards or sweeps it; everything else becomes a new file of *store*, which the caller of this
    function discards. Reading stops as soon as *max_bytes* is passed.

    Args:
        value: see the module's first lines.
        store: where files are made.
        fetch: brings http(s) addresses; None where those are not taken.
        field: JSON pointer of the value in the input, for errors.
        name: file name to use instead of the value's own.
        max_bytes: cap on the file's size.
        base64: take text that is nothing else as bare base64.
        local: whether a text may name a file of this machine. Servers must say False, or their callers could
            publish any file that the server can read.

    Raises:
        InvalidInput: with *field*, when the value is no media, or is empty or too large.
        ActionFailed: from fetching, or because the disk is full.
    """
    source = _Source(store, fetch, field, name, max_bytes, base64, local)
    kind = looks_like(value)
    if base64 and kind == "path" and isinstance(value, str) and _may_be_base64(value):
        kind = "path" if local and _exists(value) else "base64"
    try:
        return _OPENERS[kind](source, value)
    except TooLarge as error:
        _refuse(field, f"This media is too large: at most {show_size(error.limit)} are taken.")


@dataclass(frozen=True, slots=True)
class _Source:
    store: MediaStore
    fetch: Fetch | None
    field: str
    name: str | None
    max_bytes: int | None
    base64: bool
    local: bool

    def put(
        self, chunks: Iterable[bytes | memoryview], name: str = "", kind: str = "", size: int | None = None
    ) -> Media:
        """Store *chunks*; whatever does not fit is told with the field."""
        media = self.store.put(chunks, self.name or name, kind, expected=size, limit=self.max_bytes)
        if not media.size:
            media.discard()
            _refuse(self.field, "This media is empty: it has 0 bytes.")
        return media


def _refuse(field: str, message: str, got: object = None) -> NoReturn:
    raise InvalidInput([Field(field, message, None if got is None else shown(got))])


def _from_path(source: _Source, value: Any) -> Media:
    if isinstance(value, str) and not source.local:
        _refuse(
            source.field, f"Give a URL, a media_… handle, a data: URI or a file object {_FILE_OBJECT}.", value
        )
    try:
        path = Path(value).expanduser()
        found = path.stat()
    except (OSError, ValueError, RuntimeError):  # not there; a name no system takes; no such user after ~
        _refuse(
            source.field,
            "There is no such file. Give a path, a URL, a media_… handle or a data: URI.",
            str(value),
        )
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "not a regular file"
        _refuse(source.field, f"This is {what}; name one file.", str(value))
    if not found.st_size:
        _refuse(source.field, "This file is empty: it has 0 bytes.", str(value))
    if source.max_bytes is not None and found.st_size > source.max_bytes:
        raise TooLarge(source.max_bytes)
    return _in_place(source, path, found)


def _in_place(source: _Source, path: Path, found: os.stat_result) -> Media:
    name = clean_name(source.name or path.name)
    try:
        with path.open("rb") as stream:
            kind = sniff(stream.read(HEAD), path.name)
        facts = probe(path, kind)
    except OSError as error:
        _refuse(source.field, f"This file cannot be read: {error.strerror}.", str(path))
    return Media(path.absolute(), found.st_size, kind, name, facts, owned=False, modified=found.st_mtime_ns)


def _from_url(source: _Source, value: Any) -> Media:
    if source.fetch is None:
        _refuse(source.field, "Addresses are not fetched here: give the file itself.")
    media = source.fetch(value, store=source.store, field=source.field, max_bytes=source.max_bytes)
    return _renamed(source, media)


def _from_scheme(source: _Source, value: Any) -> Media:
    scheme = value.partition(":")[0]
    hint = "write the path without it" if scheme.lower() == "file" else "only http and https are fetched"
    _refuse(source.field, f"{shown(scheme)}:// is not taken: {hint}.")


def _from_handle(source: _Source, value: Any) -> Media:
    try:
        media = source.store.get(value)
    except KeyError:
        _refuse(source.field, "This media handle is unknown or has expired: upload the file again.")
    if source.max_bytes is not None and media.size > source.max_bytes:
        raise TooLarge(source.max_bytes)
    return _renamed(source, replace(media, owned=False))


def _renamed(source: _Source, media: Media) -> Media:
    return replace(media, name=clean_name(source.name)) if source.name else media


def _from_data(source: _Source, value: Any) -> Media:
    head, comma, body = value.partition(",")
    if not comma:
        _refuse(source.field, "This data: URI has no comma before its content.")
    kind, *options = head[5:].split(";")
    if options and options[-1].strip().lower() == "base64":
        return _from_base64(source, unquote(body) if "%" in body else body, kind=kind)
    return source.put([unquote_to_bytes(body)], "", kind or "text/plain")


def _from_base64(source: _Source, value: Any, *, name: str = "", kind: str = "") -> Media:
    pieces = (value[i : i + _PIECE] for i in range(0, len(value), _PIECE))
    most = len(value) // 4 * 3  # less, when it has line breaks: the cap is for the decoder to find
    size = most if source.max_bytes is None else min(most, source.max_bytes)
    try:
        return source.put(decoded(pieces, source.max_bytes), name, kind, size=size)
    except TooLarge:
        raise
    except ValueError as error:
        _refuse(source.field, f"This is not valid base64: {error}.")


def _from_bare_base64(source: _Source, value: Any) -> Media:
    if source.base64:
        return _from_base64(source, value)
    if source.local and _exists(value):
        return _from_path(source, value)
    _refuse(
        source.field, f"This looks like base64: pass it as {_FILE_OBJECT}, or as data:video/mp4;base64,… ."
    )


def _from_bytes(source: _Source, value: Any) -> Media:
    view = memoryview(value).cast("B")
    return source.put((view[i : i + _PIECE] for i in range(0, len(view), _PIECE)), size=len(view))


def _from_file(source: _Source, value: Any) -> Media:
    name = getattr(value, "name", "")
    return source.put(_read(source, value), name if isinstance(name, str) else "")


def _read(source: _Source, stream: Any) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        if isinstance(piece, str):
            _refuse(source.field, 'This file was opened as text: open it with mode "rb".')
        yield piece


def _from_spilled(source: _Source, value: Any, *, name: str = "", kind: str = "") -> Media:
    if not value.size:
        value.discard()
        _refuse(source.field, "This media is empty: it has 0 bytes.")
    if source.max_bytes is not None and value.size > source.max_bytes:
        value.discard()
        raise TooLarge(source.max_bytes)
    return source.store.adopt(value.path, value.sha256, source.name or name, kind or value.type)


def _from_object(source: _Source, value: Any) -> Media:
    content = value["content"]
    name, kind = (str(value.get(key) or "") for key in ("name", "contentType"))
    inner = looks_like(content)
    if inner == "spilled":
        return _from_spilled(source, content, name=name, kind=kind)
    if inner == "data":
        return _from_data(_named(source, name), content)
    if isinstance(content, str):
        return _from_base64(source, content, name=name, kind=kind)
    if inner == "bytes":
        return _from_bytes(_named(source, name), content)
    _refuse(f"{source.field}/content", "This must be the file's content as base64 text or a data: URI.")


def _named(source: _Source, name: str) -> _Source:
    return replace(source, name=source.name or name or None)


def _from_unknown(source: _Source, value: Any) -> Media:
    got = "an object without content" if isinstance(value, Mapping) else type(value).__name__
    message = f"Give a URL, a path, a media_… handle, a data: URI or a file object {_FILE_OBJECT}."
    raise InvalidInput([Field(source.field, message, got)])


def _exists(text: str) -> bool:
    try:
        return Path(text).expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False


_OPENERS: Final[dict[Kind, Callable[[_Source, Any], Media]]] = {
    "path": _from_path,
    "url": _from_url,
    "scheme": _from_scheme,
    "handle": _from_handle,
    "data": _from_data,
    "object": _from_object,
    "bytes": _from_bytes,
    "file": _from_file,
    "spilled": _from_spilled,
    "base64": _from_bare_base64,
    "unknown": _from_unknown,
}
