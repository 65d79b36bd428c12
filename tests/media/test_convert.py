"""Pictures made into ones that are taken."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import ExifTags, Image

from postwire.language.inputs import InputSchema
from postwire.media.inputs import Opened
from postwire.media.store import MediaStore

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = {"types": ["image/jpeg", "image/png"], "convert": "image/jpeg", "max_bytes": "1MB"}
PHONE = (
    Path(__file__).parent / "turned.heic"
).read_bytes()  # 64 x 48, blue left and red right, turned by EXIF
SCHEMA = {"properties": {"photo": {"format": "media", "x-media": RULES}}}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MediaStore]:
    with MediaStore(tmp_path / "store") as made:
        yield made


def opened(store: MediaStore, given: Any) -> tuple[Any, Opened]:
    values, places = InputSchema(SCHEMA).prepare({"photo": given})
    made = Opened()
    made.open(places, store=store, fetch=None, local=True, download=True)
    return values["photo"], made


def picture(kind: str, mode: str = "RGB", colour: Any = (200, 30, 30), **options: Any) -> bytes:
    made = io.BytesIO()
    Image.new(mode, (60, 40), colour).save(made, kind, **options)
    return made.getvalue()


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "BMP", "TIFF"])
def test_a_type_that_is_not_taken_becomes_one_that_is(store: MediaStore, kind: str) -> None:
    photo, made = opened(store, picture(kind))
    assert (photo["type"], photo["width"], photo["height"], made.mistakes) == ("image/jpeg", 60, 40, [])
    assert photo["name"].endswith(".jpg")
    (note,) = made.notes
    assert f"is sent as {photo['name']}" in note
    made.close()
    assert list(store.folder.iterdir()) == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_is_taken_stays_as_it_is(store: MediaStore, kind: str) -> None:
    content = picture(kind)
    photo, made = opened(store, content)
    assert photo.path.read_bytes() == content
    assert made.notes == []


def test_it_stands_upright_and_tells_nothing_of_the_place(store: MediaStore) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Model] = "Telltale"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    photo, _ = opened(store, picture("WEBP", exif=exif))
    assert (photo["width"], photo["height"]) == (40, 60)
    with Image.open(photo.path) as image:
        assert dict(image.getexif()) == {}
    assert b"Telltale" not in photo.path.read_bytes()


def test_a_photo_of_an_iphone_becomes_a_jpeg(store: MediaStore) -> None:
    pytest.importorskip("pi_heif", reason="postwire[media] is not installed")
    photo, made = opened(store, PHONE)
    assert (photo["type"], photo["width"], photo["height"], made.mistakes) == ("image/jpeg", 48, 64, [])
    with Image.open(photo.path) as image:
        (top, _, _), (below, _, _) = (image.getpixel((24, y)) for y in (8, 56))  # type: ignore[misc]
        assert dict(image.getexif()) == {}
    assert top < 100 < below  # blue stood left, red right
    assert b"Telltale" not in photo.path.read_bytes()


def test_without_the_extra_it_is_told_what_to_install(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    _, made = opened(store, PHONE)
    told = [each.message for each in made.mistakes]
    assert told[0].startswith("The type of this file is HEIC; JPEG or PNG is taken.")
    assert "pip install 'postwire[media]'" in told[1]


def test_a_damaged_photo_of_an_iphone_is_told_what_is_taken(store: MediaStore) -> None:
    _, made = opened(store, PHONE[:200] + bytes(len(PHONE) - 200))
    assert "JPEG or PNG is taken" in made.mistakes[0].message


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_can_be_seen_through_lies_on_white(store: MediaStore, mode: str) -> None:
    clear = (0, 0, 0, 0) if mode == "RGBA" else (0, 0)
    photo, _ = opened(store, picture("TIFF", mode, clear))
    with Image.open(photo.path) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


def test_colours_keep_their_profile(store: MediaStore) -> None:
    photo, _ = opened(store, picture("WEBP", icc_profile=b"profile of a wide screen"))
    with Image.open(photo.path) as image:
        assert image.info["icc_profile"] == b"profile of a wide screen"


def test_the_rules_are_about_what_is_sent(store: MediaStore) -> None:
    noise = Image.effect_noise((1500, 1500), 200).convert("RGB")
    made = io.BytesIO()
    noise.save(made, "WEBP", quality=5)
    assert len(made.getvalue()) < 1_000_000
    _, found = opened(store, made.getvalue())
    assert "at most 1 MB are taken" in found.mistakes[0].message


@pytest.mark.parametrize("content", [b"RIFF\x10\0\0\0WEBPVP8 damaged", b"no picture", b"%PDF-1.7 text"])
def test_what_cannot_be_read_is_told_what_is_taken(store: MediaStore, content: bytes) -> None:
    photo, made = opened(store, content)
    assert photo.path.read_bytes() == content
    assert made.mistakes or made.notes


def test_a_picture_that_would_fill_the_memory_is_not_decoded(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    _, made = opened(store, picture("WEBP"))
    assert "JPEG or PNG is taken" in made.mistakes[0].message
