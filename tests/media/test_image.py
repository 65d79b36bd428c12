"""Sizes and turns of images, with Pillow as the judge; damage and bombs."""

from __future__ import annotations

import contextlib
import io
import struct
import time
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from postwire.media import image
from postwire.media.facts import Malformed, Probe
from postwire.media.probe import probe, sniff

if TYPE_CHECKING:
    from pathlib import Path


def picture(
    kind: str, size: tuple[int, int], orientation: int = 1, mode: str = "RGB", **options: Any
) -> bytes:
    target = io.BytesIO()
    if orientation != 1:
        exif = Image.Exif()
        exif[0x010F] = "A camera"  # the orientation is not the first of its table
        exif[0x0112] = orientation
        options["exif"] = exif
    Image.new(mode, size).save(target, kind, **options)
    return target.getvalue()


def read(data: bytes) -> Probe:
    return image.read(io.BytesIO(data), sniff(data[:512], ""))


FORMATS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "jpeg": ("JPEG", "RGB", {}),
    "grey jpeg": ("JPEG", "L", {}),
    "progressive jpeg": ("JPEG", "RGB", {"progressive": True}),
    "jpeg with a comment and a profile": ("JPEG", "RGB", {"comment": b"hi", "icc_profile": bytes(90_000)}),
    "png": ("PNG", "RGB", {}),
    "png with a palette": ("PNG", "P", {}),
    "png with alpha and a profile": ("PNG", "RGBA", {"icc_profile": bytes(90_000)}),
    "gif": ("GIF", "P", {}),
    "lossy webp": ("WEBP", "RGB", {}),
    "lossless webp": ("WEBP", "RGB", {"lossless": True}),
    "webp with alpha and a profile": ("WEBP", "RGBA", {"icc_profile": bytes(128)}),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (640, 480), (333, 1001), (16_383, 2)])
def test_sizes(form: str, size: tuple[int, int]) -> None:
    kind, mode, options = FORMATS[form]
    expected = Probe(kind="image", width=size[0], height=size[1], rotation=0)
    assert read(picture(kind, size, mode=mode, **options)) == expected


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]),
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    orientation=st.integers(1, 8),
)
def test_as_pillow_shows_them(kind: str, size: tuple[int, int], orientation: int) -> None:
    data = picture(kind, size, 1 if kind == "GIF" else orientation)
    shown = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    found = read(data)
    assert (found.width, found.height) == shown.size


TURNS = {1: 0, 2: 0, 3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", TURNS)
def test_turns(kind: str, orientation: int) -> None:
    assert read(picture(kind, (40, 30), orientation)).rotation == TURNS[orientation]


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_turn_that_is_none_is_passed_over(orientation: int) -> None:
    found = read(picture("JPEG", (40, 30), orientation))
    assert (found.width, found.height, found.rotation) == (40, 30, 0)


def exif(order: str, *, start: int = 8, kind: int = 3, count: int = 1) -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(f"{order}IHHHIHH", start, count, 0x0112, kind, 1, 6, 0)


def jpeg(block: bytes) -> bytes:
    app1 = b"\xff\xe1" + struct.pack(">H", len(block) + 8) + b"Exif\0\0" + block
    return b"\xff\xd8" + app1 + b"\xff\xff\xff\xc0\0\x11\x08\0\x1e\0\x28\x03"


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders(order: str) -> None:
    assert read(jpeg(exif(order))).rotation == 90


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"XX*\0" + bytes(20),
        exif("<", start=10**9),
        exif("<", start=3),
        exif("<", kind=7),
        exif("<", count=0),
        exif(">")[:14],
    ],
)
def test_a_damaged_exif_block_turns_nothing(block: bytes) -> None:
    found = read(jpeg(block))
    assert (found.width, found.height, found.rotation) == (40, 30, 0)


class Counting(io.BytesIO):
    """Counts the bytes that are read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


ENDLESS = {
    "image/jpeg": b"\xff\xd8" + b"\xff\xe2\0\2" * 50_000,
    "image/png": b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0tEXt\0\0\0\0" * 50_000,
    "image/webp": b"RIFF\0\0\0\0WEBP" + b"ICCP\0\0\0\0" * 50_000,
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_endless_row_of_small_pieces_is_given_up(kind: str) -> None:
    stream = Counting(ENDLESS[kind])
    with pytest.raises(Malformed):
        image.read(stream, kind)
    assert stream.taken < 100_000


def test_an_odd_piece_is_followed_by_a_filling_byte() -> None:
    found = read(picture("WEBP", (40, 30), 6, "RGBA", icc_profile=bytes(127)))
    assert (found.width, found.rotation) == (30, 90)


def test_only_the_header_is_read() -> None:
    for kind, mode, options in FORMATS.values():
        stream = Counting(picture(kind, (2000, 2000), mode=mode, **options))
        image.read(stream, f"image/{kind.lower()}")
        assert stream.taken < 200


def test_a_decompression_bomb_is_named_and_costs_nothing(tmp_path: Path) -> None:
    head = struct.pack(">II", 60_000, 60_000) + b"\x08\x02\0\0\0"
    chunk = struct.pack(">I4s", len(head), b"IHDR") + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I4s", 4, b"IDAT") + bytes(8))
    found = probe(path)
    assert found.width == 60_000
    assert "60000 x 60000 pixels, which is too much" in str(found.problem)
    assert not found.truncated


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("keep", [8, 9])
def test_an_image_cut_in_its_header_is_a_problem(tmp_path: Path, kind: str, keep: int) -> None:
    path = tmp_path / "x"
    path.write_bytes(picture(kind, (40, 30))[: keep + 4 * (kind == "WEBP")])
    found = probe(path)
    assert (found.kind, found.width) == ("image", None)
    assert "damaged" in str(found.problem)


NOT_UNDERSTOOD = {
    "no picture": b"\xff\xd8\xff\xda",
    "a jpeg without markers": b"\xff\xd8\xff\xe0\0\x02junk",
    "a jpeg segment without room for its length": b"\xff\xd8\xff\xe0\0\1",
    "a jpeg of fill bytes": b"\xff\xd8" + b"\xff" * 5000,
    "a size of nothing": b"GIF89a" + bytes(8),
    "a height of nothing": b"GIF89a\x05\0" + bytes(6),
    "a width of nothing": b"GIF89a\0\0\x05\0" + bytes(4),
    "a png without header": b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\0\0\0\0",
    "a webp without picture": b"RIFF\0\0\0\0WEBPICCP\0\0\0\0",
}


@pytest.mark.parametrize("case", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_malformed(case: str) -> None:
    start = time.process_time()
    with pytest.raises(Malformed):
        read(NOT_UNDERSTOOD[case])
    assert time.process_time() - start < 1


@pytest.mark.parametrize("kind", ["image/heic", "image/avif", "image/tiff", "image/bmp", "image/svg+xml"])
def test_other_formats_are_images_of_unknown_size(kind: str) -> None:
    assert image.read(io.BytesIO(b"whatever"), kind) == Probe(kind="image")


SEEDS = [picture(kind, (9, 7), 6 if kind != "GIF" else 1) for kind in ("JPEG", "PNG", "GIF", "WEBP")]
SEEDS += [picture("WEBP", (9, 7), lossless=True), picture("WEBP", (9, 7), 6, "RGBA")]


@settings(max_examples=400)
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(8, 150), st.binary(min_size=1, max_size=4)), max_size=6),
    keep=st.integers(8, 400),
)
def test_damage_is_only_ever_malformed(seed: bytes, changes: list[tuple[int, bytes]], keep: int) -> None:
    kind, data = sniff(seed[:512], ""), bytearray(seed)
    for at, new in changes:
        data[at : at + len(new)] = new
    with contextlib.suppress(Malformed):
        found = image.read(io.BytesIO(bytes(data[:keep])), kind)
        assert found.width
        assert found.height


@settings(max_examples=200)
@given(
    data=st.binary(max_size=200), kind=st.sampled_from(["image/jpeg", "image/png", "image/gif", "image/webp"])
)
def test_any_bytes_are_only_ever_malformed(data: bytes, kind: str) -> None:
    with contextlib.suppress(Malformed):
        image.read(io.BytesIO(data), kind)
