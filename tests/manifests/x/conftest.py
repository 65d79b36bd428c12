"""Small files of every kind that X's actions take."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from postwire.media.sample import VIDEO
from postwire.media.source import open_media
from postwire.media.store import MediaStore
from postwire.media.value import MediaValue

if TYPE_CHECKING:
    from pathlib import Path

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, MediaValue]:
    """A file of each type, by its type."""
    folder: Path = tmp_path_factory.mktemp("x")
    (folder / "a.png").write_bytes(base64.b64decode(PNG))
    (folder / "a.gif").write_bytes(base64.b64decode(GIF))
    (folder / "a.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:02.000\nBoats\n")
    store = MediaStore(folder / "store")
    paths = [folder / "a.png", folder / "a.gif", folder / "a.vtt", VIDEO]
    opened = [MediaValue(open_media(str(path), store=store, fetch=None, field="/file")) for path in paths]
    return {media.type: media for media in opened}


@pytest.fixture(scope="session")
def files(kinds: dict[str, MediaValue]) -> Any:
    """The files that a list of types takes."""

    def fitting(types: list[str]) -> list[MediaValue]:
        return [media for kind, media in kinds.items() if kind in types] or list(kinds.values())

    return fitting
