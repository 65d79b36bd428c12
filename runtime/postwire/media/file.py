"""A media file: the one kind of thing that comes out of every source."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from postwire.errors import ActionFailed, shown
from postwire.language.units import show_size

if TYPE_CHECKING:
    from postwire.media.facts import Known, Probe

_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u202a-\u202e\u2066-\u2069\ud800-\udfff]+')
_NAME_LENGTH: Final = 120


class TooLarge(ValueError):
    """A stream went over its cap; whoever knows the input's field turns it into an InvalidInput."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"it is larger than {show_size(limit)}")
        self.limit = limit


@dataclass(slots=True)
class Digest:
    """Filled on first use: hashing a caller's own 4 GB costs seconds, and most platforms want no hash."""

    value: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A readable regular file with what is known about it.

    Attributes:
        path: where it lies; a caller's own file is used in place, never copied.
        size: bytes, more than 0.
        type: MIME type, by the file's first bytes.
        name: a safe file name for multipart bodies, never a path.
        probe: what its headers tell.
        owned: we made the file and may delete it.
        handle: the `media_…` name under which its store finds it; None for a caller's own file.
        modified: nanoseconds, to notice a change between check and upload.
    """

    path: Path
    size: int
    type: str
    name: str
    probe: Probe
    owned: bool
    handle: str | None = None
    modified: int = 0
    digest: Digest = field(default_factory=Digest, repr=False, compare=False)

    @property
    def sha256(self) -> str:
        """Hexadecimal; known for our own files, a caller's is read through on first use (about 1 GB/s).

        Raises:
            OSError: the file cannot be read any more.
        """
        if not self.digest.value:
            with self.path.open("rb") as stream:
                self.digest.value = hashlib.file_digest(stream, "sha256").hexdigest()
        return self.digest.value

    def facts(self, *, sha256: bool = True) -> dict[str, Known]:
        """What expressions may read; unknown facts are absent.

        Pass `sha256=False` where no expression asks for the checksum: a caller's own file is then not read
        through.
        """
        base: dict[str, Known] = {"size": self.size, "type": self.type, "name": self.name}
        return {**base, **({"sha256": self.sha256} if sha256 else {}), **self.probe.known()}

    def check_unchanged(self) -> None:
        """Make sure that the file is still the one that was checked.

        Raises:
            ActionFailed: `conflict`, when it is gone or its size or time of change differs.
        """
        try:
            now = self.path.stat()
        except OSError:
            now = None
        if now is None or (now.st_size, now.st_mtime_ns) != (self.size, self.modified):
            raise ActionFailed(
                "conflict",
                f"The file {shown(self.name)} was changed or removed after it was checked.",
                remedy="Leave the file alone until the upload is done, and start again.",
                sent="no",
            )

    def discard(self) -> None:
        """Delete the file if it is ours; a caller's file stays, and a file already gone is no error."""
        if self.owned:
            side_of(self.path).unlink(missing_ok=True)
            self.path.unlink(missing_ok=True)


def side_of(path: Path) -> Path:
    """Where a store keeps what it knows about its file at *path*."""
    return path.with_name(f"{path.name}.json")


def clean_name(name: str, default: str = "media") -> str:
    """*name* as a bare, harmless file name of at most 120 characters that keeps its extension."""
    last = re.split(r"[/\\]", name)[-1]
    text = _UNSAFE.sub("_", last).strip(" .") or default
    if len(text) <= _NAME_LENGTH:
        return text
    suffix = Path(text).suffix[:20]
    return text[: _NAME_LENGTH - len(suffix)] + suffix
