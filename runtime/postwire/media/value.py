"""A media file as expressions and request bodies see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

    from postwire.media.file import Media

_SUM: Final = "sha256"


class MediaValue(Mapping[str, Any]):
    """The facts of a file by name (`input.video.size`); `sha256` is computed when it is asked for.

    It is also the range that a body sends: the whole file.
    """

    __slots__ = ("_facts", "media")

    first = 0

    def __init__(self, media: Media) -> None:
        self.media = media
        self._facts = media.facts(sha256=False)

    def __getitem__(self, name: str) -> Any:
        return self.media.sha256 if name == _SUM else self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._facts, _SUM))

    def __len__(self) -> int:
        return len(self._facts) + 1

    def __repr__(self) -> str:
        return f"MediaValue({self.name})"

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self.media.path

    @property
    def size(self) -> int:
        """Bytes."""
        return self.media.size

    @property
    def name(self) -> str:
        """A safe file name."""
        return self.media.name

    @property
    def type(self) -> str:
        """MIME type."""
        return self.media.type


class MediaPart:
    """A range of a media file, for a body."""

    __slots__ = ("first", "name", "path", "size", "type")

    def __init__(self, whole: MediaValue, first: int, size: int) -> None:
        self.path = whole.path
        self.name = whole.name
        self.type = whole.type
        self.first = first
        self.size = size
