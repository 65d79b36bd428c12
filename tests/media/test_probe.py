"""Types by the first bytes, and files that are not what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.media import sample
from postwire.media.probe import UNKNOWN, Probe, extension, probe, sniff

if TYPE_CHECKING:
    from pathlib import Path

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
    assert (
        sniff(b"PK\3\4", "x.zip", "application/vnd.ms-powerpoint; charset=x")
        == "application/vnd.ms-powerpoint"
    )
    assert sniff(b"\xff\xd8\xff", "x", "video/mp4") == "image/jpeg"
    assert sniff(b"????", "a.png", "application/octet-stream") == "image/png"


@pytest.mark.parametrize(
    "kind", ["image/jpeg", "video/mp4", "video/quicktime", "image/webp", "application/pdf"]
)
def test_an_extension_leads_back_to_its_type(kind: str) -> None:
    assert sniff(b"", f"x{extension(kind)}") == kind


def test_a_text_file_called_mp4_is_a_problem_not_an_error(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_text("This is not a video, whatever its name may say.")
    found = probe(path)
    assert (found.kind, found.width) == ("video", None)
    assert found.problem


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"%PDF-1.7", "x", "document"),
        (b"????", "clip.avi", "video"),
        (b"????", "clip", None),
        (b"", "x.mp3", None),
    ],
)
def test_what_is_not_read_has_at_most_a_kind(
    data: bytes, name: str, kind: str | None, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert probe(path) == Probe(kind=kind)  # type: ignore[arg-type]  # a row of the table


def test_known_facts_leave_out_the_unknown() -> None:
    assert Probe(kind="image", width=4, height=3, rotation=0).known() == {
        "width": 4,
        "height": 3,
        "rotation": 0,
    }
    assert probe(sample.VIDEO).known()["edit_list"] is False
    assert "problem" not in Probe(problem="x").known()


@pytest.mark.parametrize("said", ["a/b\r\nX: 1", "a/b\nc", "text", "a/é", "binary/octet-stream", "/", ""])
def test_a_declared_type_that_is_none_is_passed_over(said: str) -> None:
    assert sniff(b"????", "x", said) == UNKNOWN


@given(st.binary(max_size=600), st.text(max_size=20), st.text(max_size=40))
def test_any_bytes_have_a_type_that_fits_a_header(head: bytes, name: str, declared: str) -> None:
    kind = sniff(head, name, declared)
    assert kind.count("/") == 1
    assert kind.isascii()
    assert kind.isprintable()


HEADS = st.sampled_from([head for head, _, _ in SNIFFED])


@given(HEADS, st.binary(max_size=300))
def test_a_file_with_any_head_is_probed_without_an_error(head: bytes, rest: bytes) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(head + rest)
        assert isinstance(probe(path), Probe)
