"""Files that are sent to the server: written as they come, within the limits, gone when anything goes wrong.

A file costs the memory of a piece. What is written runs in threads, to its end also when the sender goes
away, so that nobody writes to a file that was just deleted.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar
from urllib.parse import unquote

from postwire.access.uploads import QuotaFull, Uploads
from postwire.errors import ActionFailed, Field, InvalidInput
from postwire.language.units import show_size
from postwire.media.jsonspool import Spilled
from postwire.media.store import CHECK_EVERY, PART, check_space, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from starlette.requests import Request

    from postwire.faces.web.site import Site
    from postwire.media.file import Media
    from postwire.media.store import MediaStore

T = TypeVar("T")
PIECE: Final = 1_000_000  # bytes that are written at once
UPLOAD: Final = "upload_"  # begins the names of uploads that come in several requests
TOO_LARGE, NO_ROOM, UNSUPPORTED = 413, 507, 415


class Refused(ActionFailed):
    """A file, or a request, that is not taken; nothing of it was kept.

    Attributes:
        status: of the answer.
    """

    def __init__(self, status: int, code: str, message: str, remedy: str | None = None) -> None:
        super().__init__(code, message, remedy=remedy, sent="no")
        self.status = status


async def receive(site: Site, workspace: str, request: Request) -> Media:
    """The body of *request* as a file of the workspace, under a handle.

    Its name is in the query (`name`), or in the header `X-Filename`; its type is told by its first bytes, and
    where they do not tell by `Content-Type`.

    Raises:
        Refused: it is too large (413), or there is no room for it (507).
        InvalidInput: it is empty.
        ClientDisconnect: the sender has gone away.
    """
    async with Room(site, workspace) as room:
        if (size := declared(request)) > room.largest:
            raise too_large(room.largest)
        await room.grow(size)
        draft = await room.draft()
        async for piece in pieces(request):
            await draft.write(piece)
        return await draft.keep(named(request), request.headers.get("content-type", ""))


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces of a size that is worth a thread's while."""
    piece = bytearray()
    async for chunk in request.stream():
        piece += chunk
        if len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def declared(request: Request) -> int:
    """The body's size as its sender says; 0 where it does not."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else 0


def named(request: Request) -> str:
    """The file's name as its sender says."""
    return request.query_params.get("name") or unquote(request.headers.get("x-filename", ""))


async def to_end(call: Callable[..., T], *args: Any) -> T:
    """*call* in a thread; it has ended when this ends, also when the task is cancelled."""
    return await finished(asyncio.to_thread(call, *args))


async def finished(work: Awaitable[T]) -> T:
    """*work*, which goes on to its end also when the task is cancelled; only then that is told."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


class Room:
    """What one request may bring to a workspace; it deletes what was not kept.

    Attributes:
        store: where the files lie.
        largest: bytes of one file.
    """

    def __init__(self, site: Site, workspace: str) -> None:
        self.workspace = workspace
        self.store: MediaStore = site.client(workspace).media
        self.largest = site.settings.largest
        self._quota = site.settings.quota
        self._uploads = Uploads(site.vault.store)
        self._name = secrets.token_hex(16)
        self._held = self._come = 0
        self._drafts: list[Draft] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._drafts or self._held:
            await to_end(self._close)

    async def need(self, size: int) -> None:
        """Hold room for *size* bytes in all.

        Raises:
            Refused: 507.
        """
        await self.grow(size - self._held)

    async def grow(self, more: int) -> None:
        """Hold room for *more* bytes.

        Raises:
            Refused: 507.
        """
        if more > 0:
            await to_end(self._take, more)

    async def draft(self) -> Draft:
        """A new file."""
        made = await to_end(Draft, self)
        self._drafts.append(made)
        return made

    def came(self, more: int) -> None:
        """Note that *more* bytes have come, for threads; what nobody announced needs room now.

        Raises:
            Refused: 507.
        """
        self._come += more
        if self._come // CHECK_EVERY != (self._come - more) // CHECK_EVERY:
            with no_room():
                check_space(self.store.folder, more)
        if (missing := self._come - self._held) > 0:
            try:
                self._take(max(missing, CHECK_EVERY))
            except Refused:
                self._take(missing)

    def _take(self, more: int) -> None:
        size = self._held + more
        with no_room():
            check_space(self.store.folder, more)
            self._within(lambda: self._uploads.hold(self.workspace, self._name, size, self._quota))
        self._held = size

    def keep(self, handle: str, size: int) -> None:
        """Note a file of the workspace, for threads.

        Raises:
            Refused: 507.
        """
        with no_room():
            self._within(lambda: self._uploads.keep(self.workspace, handle, size, self._quota, self._name))
        self._held = 0

    def _within(self, put: Callable[[], None]) -> None:
        """Do it; where there is no room, once more when files that are gone are no longer counted."""
        try:
            put()
        except QuotaFull:
            self._uploads.sweep(self.workspace, present(self.store.folder))
            put()

    def _close(self) -> None:
        for draft in self._drafts:
            draft.drop()
        if self._held:
            self._uploads.release(self._name)


class Draft:
    """A file that is being received. Made by `Room.draft`, in a thread, as it touches the disk."""

    def __init__(self, room: Room) -> None:
        self._room = room
        with no_room():
            folder = room.store.folder
            check_space(folder, 0)
            number, name = tempfile.mkstemp(prefix=PART[0], suffix=PART[1], dir=folder)  # mode 0600
        self.path = Path(name)
        self._file = os.fdopen(number, "wb", buffering=0)
        self._hash = hashlib.sha256()
        self._size = 0

    async def write(self, piece: bytes) -> None:
        """Append *piece*.

        Raises:
            Refused: 413 or 507.
        """
        if self._size + len(piece) > self._room.largest:
            raise too_large(self._room.largest)
        await to_end(self._write, piece)

    async def keep(self, name: str, kind: str) -> Media:
        """The file, which stays as one of the workspace.

        Raises:
            InvalidInput: it is empty.
            Refused: 507.
        """
        if not self._size:
            raise InvalidInput([Field("", "is empty: it has 0 bytes")])
        return await to_end(self._keep, name, kind)

    def spilled(self, kind: str) -> Spilled:
        """The file, which its taker must delete."""
        self._file.close()
        return Spilled(self.path, self._size, self._hash.hexdigest(), kind)

    def drop(self) -> None:
        """Delete it, unless it is kept."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _write(self, piece: bytes) -> None:
        self._room.came(len(piece))
        view = memoryview(piece)
        with no_room():
            while view:
                view = view[self._file.write(view) :]
        self._hash.update(piece)
        self._size += len(piece)

    def _keep(self, name: str, kind: str) -> Media:
        self._file.close()
        return kept(self._room, self.path, self._hash.hexdigest(), name, kind)


def kept(room: Room, path: Path, sha256: str, name: str, kind: str) -> Media:
    """The file at *path* as one of the room's workspace; for threads.

    Raises:
        Refused: 507; the file is gone then.
    """
    with no_room():
        media = room.store.adopt(path, sha256, name, kind)
    try:
        room.keep(str(media.handle), media.size)
    except BaseException:
        media.discard()
        raise
    return media


def present(folder: Path) -> set[str]:
    """The handles of all files, and the names of all uploads, that lie in *folder*."""
    begun = (path.name for path in folder.glob(f"{PART[0]}{UPLOAD}*{PART[1]}"))
    return {path.name for path in folder.glob("media_*")} | {
        name.removeprefix(PART[0]).removesuffix(PART[1]) for name in begun
    }


def too_large(largest: int) -> Refused:
    """The refusal of a file that is too large."""
    return Refused(
        TOO_LARGE, "media_rejected", f"The file is too large: at most {show_size(largest)} are taken."
    )


@contextmanager
def no_room() -> Iterator[None]:
    """A quota or a disk that is full, as an answer says it."""
    try:
        yield
    except QuotaFull as error:
        raise Refused(NO_ROOM, error.code, error.message, error.remedy) from None
    except OSError as error:
        failed = refused(error)
        raise Refused(NO_ROOM, failed.code, failed.message, failed.remedy) from error
    except ActionFailed as error:
        if error.code != "internal":
            raise
        raise Refused(NO_ROOM, error.code, error.message, error.remedy) from None
