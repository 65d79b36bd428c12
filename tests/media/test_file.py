"""What a media file says of itself, and names that do no harm."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.errors import ActionFailed
from postwire.media.facts import Probe
from postwire.media.file import Media, TooLarge, clean_name, side_of

if TYPE_CHECKING:
    from pathlib import Path


def media(path: Path, *, owned: bool = True, probe: Probe | None = None) -> Media:
    found = path.stat()
    return Media(
        path,
        found.st_size,
        "video/mp4",
        "clip.mp4",
        probe or Probe(),
        owned,
        modified=found.st_mtime_ns,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "clip.mp4"
    made.write_bytes(b"content")
    return made


def test_the_checksum_is_read_once_and_only_when_asked_for(path: Path) -> None:
    found = media(path)
    assert found.digest.value == ""
    assert found.facts(sha256=False) == {"size": 7, "type": "video/mp4", "name": "clip.mp4"}
    assert found.digest.value == ""
    assert found.sha256 == hashlib.sha256(b"content").hexdigest()
    path.unlink()
    assert found.sha256 == hashlib.sha256(b"content").hexdigest()


def test_unknown_facts_are_absent_and_known_ones_are_there(path: Path) -> None:
    found = media(path, probe=Probe(kind="video", width=720, faststart=False, rotation=0)).facts()
    assert found == {
        "size": 7,
        "type": "video/mp4",
        "name": "clip.mp4",
        "sha256": hashlib.sha256(b"content").hexdigest(),
        "width": 720,
        "rotation": 0,
        "faststart": False,
    }


def test_an_unchanged_file_passes(path: Path) -> None:
    media(path).check_unchanged()


@pytest.mark.parametrize("change", ["grown", "touched", "gone", "replaced"])
def test_a_changed_file_is_noticed(path: Path, change: str) -> None:
    found = media(path)
    if change == "grown":
        path.write_bytes(b"content and more")
        os.utime(path, ns=(found.modified, found.modified))
    elif change == "touched":
        os.utime(path, ns=(0, found.modified + 1))
    else:
        path.unlink()
        if change == "replaced":
            path.mkdir()
    with pytest.raises(ActionFailed, match="was changed or removed") as caught:
        found.check_unchanged()
    assert (caught.value.code, caught.value.sent) == ("conflict", "no")


def test_discard_deletes_only_what_is_ours(path: Path) -> None:
    side_of(path).write_text("{}")
    media(path, owned=False).discard()
    assert path.exists()
    mine = media(path)
    mine.discard()
    mine.discard()
    assert not path.exists()
    assert not side_of(path).exists()


def test_too_large_says_the_limit() -> None:
    assert str(TooLarge(64_000_000)) == "it is larger than 64 MB"


NAMES = [
    ("clip.mp4", "clip.mp4"),
    ("../../etc/passwd", "passwd"),
    (r"C:\Users\me\clip.mp4", "clip.mp4"),
    ("/tmp/", "media"),
    ("", "media"),
    (" . ", "media"),
    ("..", "media"),
    (".htaccess", "htaccess"),
    ('a"b<c>.mp4', "a_b_c_.mp4"),
    ("a\r\nX-Evil: 1.mp4", "a_X-Evil_ 1.mp4"),
    ("a\0.mp4", "a_.mp4"),
    ("fdp\u202e4pm.exe", "fdp_4pm.exe"),
    ("Grüße 日本.mov", "Grüße 日本.mov"),
    ("bad\udcff.mp4", "bad_.mp4"),
    ("x" * 300 + ".mp4", "x" * 116 + ".mp4"),
    ("x." + "y" * 300, "x." + "y" * 98 + "." + "y" * 19),
]


@pytest.mark.parametrize(("name", "clean"), NAMES)
def test_names_are_made_harmless(name: str, clean: str) -> None:
    assert clean_name(name) == clean


@given(st.text(st.characters(), max_size=300))
def test_any_name_becomes_one_that_fits_a_header_and_a_folder(name: str) -> None:
    clean = clean_name(name)
    clean.encode()
    assert 0 < len(clean) <= 120
    assert not set(clean) & set('/\\:"<>|?*\r\n\0\x7f')
    assert clean not in {".", ".."}
    assert clean_name(clean) == clean
