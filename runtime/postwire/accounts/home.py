"""The data folder and the private files in it: the vault, its key, and the locks that guard their making."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600


def data_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where our data lies: `POSTWIRE_HOME`, else the platform's usual folder for data; not made here."""
    found = os.environ if environ is None else environ
    if given := found.get("POSTWIRE_HOME"):
        return Path(given).expanduser()
    return _usual(found) / "postwire"


def _usual(environ: Mapping[str, str]) -> Path:
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    # The XDG rules say to pass over a relative path.
    given = Path(environ.get("XDG_DATA_HOME") or "")
    return given if given.is_absolute() else Path.home() / ".local" / "share"


def private_folder(path: Path) -> Path:
    """Make the folder *path* for its user alone (0700), and so it is if it was there before."""
    path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(FOLDER_MODE)
    return path


def create_private(path: Path, content: bytes = b"") -> bool:
    """Make a file (0600) with *content*; False, and nothing done, if it is there already.

    The file appears whole or not at all, so no other process reads half of it.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    write_private(draft, content)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def write_private(path: Path, content: bytes) -> None:
    """Write a new file (0600) that reaches the disk before this returns.

    Raises:
        FileExistsError: it is there already.
    """
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(number, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(number)


def make_private(path: Path) -> None:
    """Take everybody else's rights to a file of ours away; no error where it does not exist."""
    if path.exists() and path.stat().st_mode & 0o077:
        path.chmod(FILE_MODE)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file *path*: one process on this machine at a time; the lock ends with its process."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE), "r+b") as file:
        _lock(file)
        yield  # closing the file gives the lock back


if sys.platform == "win32":  # pragma: no cover - not the platform of the tests
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        while True:
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            except OSError:  # it gives up after ten seconds
                continue
            return
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)
