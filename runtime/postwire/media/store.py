"""Where our own media files lie: private, watched against a full disk, found by an unguessable handle."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from postwire.errors import ActionFailed
from postwire.language.units import show_size
from postwire.media.file import Digest, Media, TooLarge, clean_name, side_of
from postwire.media.probe import HEAD, extension, probe, sniff

if TYPE_CHECKING:
    from collections.abc import Iterable

HANDLE: Final = re.compile(r"media_[0-9a-f]{32}")
PART: Final = ("postwire-", ".part")  # how the names of files begin and end that are still being received
RESERVE: Final = 64_000_000  # bytes that stay free on the disk
CHECK_EVERY: Final = 64_000_000  # bytes written between two looks at the disk


class MediaStore:
    """Keeps media in one folder (mode 0700), each file (0600) under its handle; safe to use from threads.

    Without a folder it makes a private temporary one that goes at `close()`, or when the program ends. A
    given folder stays, and its handles are good in other processes and after a restart; use `sweep` against
    its growing.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder
        self._made: Path | None = None
        self._lock = threading.Lock()
        self._end: weakref.finalize[..., MediaStore] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """Where the files lie; made on first use."""
        with self._lock:
            if self._made is None:
                self._made = self._given or Path(tempfile.mkdtemp(prefix="postwire-media-"))
                self._made.mkdir(mode=0o700, parents=True, exist_ok=True)
                if self._given is None:
                    self._end = weakref.finalize(self, _remove, self._made, os.getpid())
            return self._made

    def put(
        self,
        chunks: Iterable[bytes | bytearray | memoryview],
        name: str = "",
        type: str = "",  # noqa: A002 - everyone's word for it
        *,
        expected: int | None = None,
        limit: int | None = None,
    ) -> Media:
        """Write *chunks* to a new file.

        Args:
            chunks: the content.
            name: as people call the file; made safe, and given an extension if it has none.
            type: MIME type as declared; the content's first bytes win over it.
            expected: size in bytes if known, to find out early that the disk is too full.
            limit: cap in bytes.

        Raises:
            TooLarge: over *limit*; nothing is left behind.
            ActionFailed: `internal`, when the disk is full or refuses.
        """
        if limit is not None and (expected or 0) > limit:
            raise TooLarge(limit)
        handle = f"media_{secrets.token_hex(16)}"
        path = self.folder / handle
        try:
            check_space(self.folder, expected or 0)
            size, digest = self._write(path, chunks, limit)
            return self._register(path, size, digest, name, type)
        except BaseException:
            _clear(path)
            raise

    def adopt(self, path: Path, sha256: str, name: str = "", type: str = "") -> Media:  # noqa: A002 - as in put
        """Take over a file that we made elsewhere (a spilled value), by moving it.

        Raises:
            ActionFailed: `internal`, when the disk is full or refuses; the file is gone then.
        """
        target = self.folder / f"media_{secrets.token_hex(16)}"
        try:
            shutil.move(path, target)
            target.chmod(0o600)
            return self._register(target, target.stat().st_size, sha256, name, type)
        except BaseException as error:
            _clear(path, target)
            if isinstance(error, OSError):
                raise refused(error) from error
            raise

    def get(self, handle: str) -> Media:
        """The media of a handle.

        Raises:
            KeyError: there is none; the handle is not repeated, as it is a key to the file.
        """
        path = self._path(handle)
        try:
            about = json.loads(side_of(path).read_bytes())
            name, kind, sha256 = about["name"], about["type"], about["sha256"]
            now = path.stat()
            found = probe(path, kind)
        except (OSError, ValueError, TypeError, KeyError):
            raise KeyError("unknown media handle") from None
        return Media(path, now.st_size, kind, name, found, True, handle, now.st_mtime_ns, Digest(sha256))

    def discard(self, media: Media | str) -> None:
        """Delete a media of ours, by itself or by its handle; no error if it is gone.

        Raises:
            KeyError: the text is no handle.
        """
        if isinstance(media, Media):
            media.discard()
        else:
            _clear(self._path(media))

    def sweep(self, older_than: float) -> int:
        """Delete what was written more than *older_than* seconds ago; how many files that were.

        What a reader left here when its process was killed goes too.
        """
        border = time.time() - older_than
        ours = [*self.folder.glob("media_*"), *self.folder.glob("*".join(PART))]
        old = [path for path in ours if _written(path) < border]
        for path in old:
            path.unlink(missing_ok=True)
        return sum(path.suffix != ".json" for path in old)

    def close(self) -> None:
        """Delete the temporary folder; a given folder stays as it is."""
        with self._lock:
            if self._end is not None:
                self._end()
            self._made = self._end = None

    def _path(self, handle: str) -> Path:
        if not HANDLE.fullmatch(handle):
            raise KeyError("not a media handle")
        return self.folder / handle

    def _write(
        self, path: Path, chunks: Iterable[bytes | bytearray | memoryview], limit: int | None
    ) -> tuple[int, str]:
        digest = hashlib.sha256()
        size = unchecked = 0
        with _NewFile(path) as file:
            for chunk in chunks:
                view = memoryview(chunk).cast("B")
                size += len(view)
                unchecked += len(view)
                if limit is not None and size > limit:
                    raise TooLarge(limit)
                if unchecked > CHECK_EVERY:
                    check_space(self.folder, len(view))
                    unchecked = 0
                digest.update(view)
                file.write(view)
        return size, digest.hexdigest()

    def _register(self, path: Path, size: int, sha256: str, name: str, declared: str) -> Media:
        with path.open("rb") as stream:
            kind = sniff(stream.read(HEAD), name, declared)
        name = clean_name(name)
        name += "" if Path(name).suffix else extension(kind)
        about = {"name": name, "type": kind, "sha256": sha256}
        with _NewFile(side_of(path)) as side:
            side.write(memoryview(json.dumps(about).encode()))
        modified = path.stat().st_mtime_ns
        return Media(path, size, kind, name, probe(path, kind), True, path.name, modified, Digest(sha256))


class _NewFile:
    """A new file that only we can read, open for writing; never one that somebody put there before."""

    def __init__(self, path: Path) -> None:
        try:
            self._number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise refused(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._number)

    def write(self, view: memoryview) -> None:
        """Write all of *view*; the disk's trouble becomes an ActionFailed, unlike the source's."""
        try:
            while view:
                view = view[os.write(self._number, view) :]
        except OSError as error:
            raise refused(error) from error


def _clear(*paths: Path) -> None:
    for path in paths:
        side_of(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def _written(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return math.inf  # somebody else removed it meanwhile


def check_space(folder: Path, needed: int) -> None:
    """Make sure that *needed* bytes fit on the disk of *folder*, with the reserve left free.

    Raises:
        ActionFailed: `internal`, when they do not.
    """
    free = shutil.disk_usage(folder).free
    if free < needed + RESERVE:
        raise _disk(
            f"The disk is too full: the media needs {show_size(needed + RESERVE)} in {folder}, "
            f"{show_size(free)} are free."
        )


def refused(error: OSError) -> ActionFailed:
    """The error to raise when the disk refused a write."""
    return _disk(f"A media file could not be written: {error.strerror}.")


def _disk(message: str) -> ActionFailed:
    return ActionFailed(
        "internal", message, remedy="Free space on the disk, or give the media another folder.", sent="no"
    )


def _remove(folder: Path, pid: int) -> None:
    if os.getpid() == pid:  # a forked child must not delete its parent's files
        shutil.rmtree(folder, ignore_errors=True)
