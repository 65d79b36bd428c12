"""The sample video, alone and padded."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from postwire.media import sample
from postwire.media.probe import Probe, probe, sniff

if TYPE_CHECKING:
    from pathlib import Path

# As PyAV 18.1 (FFmpeg 8.1) reads the same file: h264, 30 frames a second, 90 frames, 3 s; aac.
FACTS = Probe(
    kind="video",
    width=720,
    height=1280,
    seconds=3.0,
    fps=30.0,
    codec="h264",
    audio_codec="aac",
    rotation=0,
    faststart=True,
    edit_list=False,
    frames=90,
)


def test_the_sample_is_small_and_read_right(tmp_path: Path) -> None:
    path = sample.write(tmp_path / "clip.mp4")
    assert path.stat().st_size < 60_000
    assert sniff(path.read_bytes()[:512], "x") == "video/mp4"
    assert probe(path) == FACTS


@pytest.mark.parametrize("more", [8, 9, 15, 16, 17, 1_000_008, 5_000_000])
def test_a_padded_sample_has_exactly_its_size_and_the_same_facts(tmp_path: Path, more: int) -> None:
    size = sample.VIDEO.stat().st_size + more
    path = sample.write(tmp_path / "clip.mp4", size)
    assert path.stat().st_size == size
    assert probe(path) == FACTS


def test_a_padding_over_4_gb_gets_a_wide_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Sparse:
        """Counts what is written, keeps the start."""

        size = 0
        start = b""

        def write(self, data: bytes) -> int:
            self.start = self.start or bytes(data)
            self.size += len(data)
            return len(data)

    target = Sparse()
    sample._pad(target, 2**32 + 5, 0)  # type: ignore[arg-type]  # only its write is used
    assert target.size == 2**32 + 5
    assert target.start == b"\0\0\0\1free" + (2**32 + 5).to_bytes(8)


@pytest.mark.parametrize("off", [-1, 1, 7])
def test_a_size_that_cannot_be_made_is_refused(tmp_path: Path, off: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        sample.write(tmp_path / "clip.mp4", sample.VIDEO.stat().st_size + off)


def test_the_file_is_the_one_that_was_made() -> None:
    digest = hashlib.sha256(sample.VIDEO.read_bytes()).hexdigest()
    assert digest == "f875e45cd1560a92e16dbc4217194d3336f05508fa58d247f58dc8a18fc035e5"
