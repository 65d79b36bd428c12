"""Types by magic bytes, images, WebM, and files that are not what they say."""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from postwire.media import ebml, image, sample
from postwire.media.facts import Malformed
from postwire.media.probe import extension, probe, sniff

SNIFFED = [
    (b"\0\0\0\x20ftypisom", "x.bin", "video/mp4"),
    (b"\0\0\0\x14ftypqt  ", "x.mp4", "video/quicktime"),
    (b"\0\0\0\x08wide\0\0\0\0mdat", "x", "video/quicktime"),
    (b"\0\0\0\x18ftypheic", "x.jpg", "image/heic"),
    (b"\0\0\0\x18ftypavif", "x.jpg", "image/avif"),
    (b"\0\0\0\x18ftypM4A ", "x.mp4", "audio/mp4"),
    (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "x.mkv", "video/webm"),
    (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "x.webm", "video/x-matroska"),
    (b"RIFF\0\0\0\0AVI LIST", "x", "video/x-msvideo"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "x", "image/webp"),
    (b"\xff\xd8\xff\xe0", "x.png", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "x.jpg", "image/png"),
    (b"GIF89a", "x", "image/gif"),
    (b"%PDF-1.7", "x", "application/pdf"),
    (b"WEBVTT\n\n", "x.txt", "text/vtt"),
    (b"\xef\xbb\xbfWEBVTT", "x", "text/vtt"),
    (b"1\r\n00:00:01,000 --> 00:00:02,000\r\nHi", "x.txt", "application/x-subrip"),
    (b"<!DOCTYPE html><html>", "clip.mp4", "text/html"),
    (b"The free lunch", "x.txt", "text/plain"),
    (b"????", "clip.MP4", "video/mp4"),
    (b"????", "subtitles.srt", "application/x-subrip"),
    (b"????", "clip", "application/octet-stream"),
    (b"", "", "application/octet-stream"),
]


@pytest.mark.parametrize(("head", "name", "kind"), SNIFFED)
def test_the_first_bytes_win_over_the_name(head: bytes, name: str, kind: str) -> None:
    assert sniff(head, name) == kind


def test_a_declared_type_counts_only_where_the_bytes_tell_nothing() -> None:
    assert sniff(b"PK\3\4", "x.zip", "application/vnd.ms-powerpoint; charset=x") == "application/vnd.ms-powerpoint"
    assert sniff(b"\xff\xd8\xff", "x", "video/mp4") == "image/jpeg"
    assert sniff(b"????", "a.png", "application/octet-stream") == "image/png"


@pytest.mark.parametrize("kind", ["image/jpeg", "video/mp4", "video/quicktime", "image/webp", "application/pdf"])
def test_an_extension_leads_back_to_its_type(kind: str) -> None:
    assert sniff(b"", f"x{extension(kind)}") == kind


def picture(kind: str, size: tuple[int, int], orientation: int = 1, **options: object) -> bytes:
    target = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    extra = {"exif": exif} if orientation != 1 else {}
    Image.new("RGB", size, (9, 99, 199)).save(target, kind, **extra, **options)  # type: ignore[arg-type]
    return target.getvalue()


FORMATS = {
    "jpeg": ("JPEG", {}),
    "progressive jpeg": ("JPEG", {"progressive": True}),
    "png": ("PNG", {}),
    "gif": ("GIF", {}),
    "lossy webp": ("WEBP", {}),
    "lossless webp": ("WEBP", {"lossless": True}),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (640, 480), (333, 1001)])
def test_image_sizes(tmp_path: Path, form: str, size: tuple[int, int]) -> None:
    kind, options = FORMATS[form]
    path = tmp_path / "x"
    path.write_bytes(picture(kind, size, **options))
    found = probe(path)
    assert (found.kind, found.width, found.height, found.rotation) == ("image", *size, 0)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("orientation", "size", "turn"), [(3, (40, 30), 180), (6, (30, 40), 90), (8, (30, 40), 270)])
def test_image_orientation(tmp_path: Path, kind: str, orientation: int, size: tuple[int, int], turn: int) -> None:
    path = tmp_path / "x"
    path.write_bytes(picture(kind, (40, 30), orientation))
    found = probe(path)
    assert (found.width, found.height, found.rotation) == (*size, turn)


def test_a_decompression_bomb_is_a_problem_and_costs_nothing(tmp_path: Path) -> None:
    head = struct.pack(">II", 60_000, 60_000) + b"\x08\x02\0\0\0"
    chunk = struct.pack(">I4s", len(head), b"IHDR") + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I4s", 4, b"IDAT") + bytes(8))
    found = probe(path)
    assert found.width == 60_000
    assert "too much" in str(found.problem)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_an_image_cut_in_its_header_is_a_problem(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(picture(kind, (40, 30))[:14])
    found = probe(path)
    assert found.width is None
    assert "damaged" in str(found.problem)


IMAGES = [(picture(k, (9, 7), 6 if k != "GIF" else 1), f"image/{k.lower()}") for k in ("JPEG", "PNG", "GIF", "WEBP")]


@settings(max_examples=200)
@given(st.sampled_from(IMAGES), st.integers(0, 2**32), st.integers(1, 8))
def test_mutated_images_never_raise_anything_but_malformed(seed: tuple[bytes, str], key: int, times: int) -> None:
    data, kind = bytearray(seed[0]), seed[1]
    rng = random.Random(key)
    for _ in range(times):
        data[rng.randrange(min(len(data), 200))] = rng.randrange(256)
    try:
        image.read(io.BytesIO(bytes(data)), kind)
    except Malformed:
        pass


def element(ident: int, *payload: bytes) -> bytes:
    body = b"".join(payload)
    return ident.to_bytes((ident.bit_length() + 7) // 8) + (len(body) | 1 << 56).to_bytes(8) + body


def webm(*, duration: bool = True, live: bool = False) -> bytes:
    info = element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40"), element(0x4489, struct.pack(">d", 4500.0)) if duration else b"")
    video = element(0xE0, element(0xB0, b"\x02\xd0"), element(0xBA, b"\x05\x00"))
    tracks = element(
        0x1654AE6B,
        element(0xAE, element(0x83, b"\x02"), element(0x86, b"A_OPUS")),
        element(0xAE, element(0x83, b"\x01"), element(0x86, b"V_VP9"), element(0x23E383, (33_333_333).to_bytes(4)), video),
    )
    body = info + tracks + element(0x1F43B675, bytes(500))
    head = element(0x1A45DFA3, element(0x4282, b"webm"))
    return head + (b"\x18\x53\x80\x67" + b"\x01" + b"\xff" * 7 + body if live else element(0x18538067, body))


def test_webm(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(webm())
    found = probe(path)
    assert (found.kind, found.width, found.height, found.seconds, found.fps) == ("video", 720, 1280, 4.5, 30.0)
    assert (found.codec, found.audio_codec, found.problem) == ("vp9", "opus", None)


def test_a_live_webm_has_no_duration_and_is_not_truncated(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(webm(duration=False, live=True))
    found = probe(path)
    assert (found.width, found.seconds, found.truncated) == (720, None, False)


def test_a_truncated_webm_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(webm()[:-200])
    found = probe(path)
    assert (found.truncated, found.width) == (True, 720)


@settings(max_examples=200)
@given(st.integers(0, 2**32), st.integers(1, 8))
def test_mutated_webm_never_raises_anything_but_malformed(key: int, times: int) -> None:
    data = bytearray(webm())
    rng = random.Random(key)
    for _ in range(times):
        data[rng.randrange(200)] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
    try:
        ebml.read(io.BytesIO(bytes(data)), len(data))
    except Malformed:
        pass


def test_a_text_file_called_mp4_is_a_problem_not_an_error(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_text("This is not a video, whatever its name may say.")
    found = probe(path)
    assert (found.kind, found.width) == ("video", None)
    assert found.problem


def test_known_facts_leave_out_the_unknown(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(picture("PNG", (4, 3)))
    assert probe(path).known() == {"width": 4, "height": 3, "rotation": 0}
    assert probe(sample.VIDEO).known()["edit_list"] is False
