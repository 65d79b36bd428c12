"""The MP4 reader against files that a tiny writer makes here, and against damage."""

from __future__ import annotations

import contextlib
import io
import struct
import time
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postwire.media import mp4, sample
from postwire.media.facts import Malformed, Probe

MATRICES = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def box(kind: bytes, *payload: bytes, wide: bool = False) -> bytes:
    body = b"".join(payload)
    if wide:
        return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body
    return struct.pack(">I4s", len(body) + 8, kind) + body


@dataclass(frozen=True)
class Movie:
    """What to write; the defaults are one 1920x1080 H.264 track of 10 s at 25 frames a second."""

    width: int = 1920
    height: int = 1080
    rotation: int = 0
    version: int = 0
    scale: int = 12800
    frames: int = 250
    delta: int = 512
    codec: bytes = b"avc1"
    edits: tuple[tuple[int, int], ...] = ()  # (length in ms, start in the media's scale)
    handler: bytes = b"vide"
    wide: bool = False
    front: bool = True
    samples: int = 20_000  # bytes of pictures

    def moov(self, *more: bytes) -> bytes:
        duration = self.frames * self.delta
        return box(b"moov", self.times(b"mvhd", 1000, 0), self.trak(duration), *more, wide=self.wide)

    def times(self, kind: bytes, scale: int, duration: int) -> bytes:
        form = ">B3xQQIQ" if self.version else ">B3xIIII"
        return box(kind, struct.pack(form, self.version, 0, 0, scale, duration), bytes(80))

    def trak(self, duration: int) -> bytes:
        media = box(
            b"mdia",
            self.times(b"mdhd", self.scale, duration),
            box(b"hdlr", bytes(8), self.handler, bytes(13)),
            box(b"minf", self.stbl()),
        )
        return box(b"trak", self.tkhd(), self.edts(), media)

    def tkhd(self) -> bytes:
        a, b, c, d = (n * 65536 for n in MATRICES[self.rotation])
        head = struct.pack(">B3xQQIIQ" if self.version else ">B3xIIIII", self.version, 0, 0, 1, 0, 0)
        matrix = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
        return box(b"tkhd", head, bytes(16), matrix, struct.pack(">II", self.width << 16, self.height << 16))

    def edts(self) -> bytes:
        rows = [struct.pack(">QqI" if self.version else ">IiI", *edit, 65536) for edit in self.edits]
        table = struct.pack(">B3xI", self.version, len(rows))
        return box(b"edts", box(b"elst", table, *rows)) if rows else b""

    def stbl(self) -> bytes:
        entry = box(self.codec, bytes(24), struct.pack(">HH", self.width, self.height), bytes(50))
        return box(
            b"stbl",
            box(b"stsd", struct.pack(">II", 0, 1), entry),
            box(b"stts", struct.pack(">IIII", 0, 1, self.frames, self.delta) if self.frames else bytes(8)),
            box(b"stsz", struct.pack(">III", 0, 0, self.frames), bytes(4 * self.frames)),
        )

    def file(self) -> bytes:
        pictures = box(b"mdat", bytes(self.samples), wide=self.wide)
        brand = box(b"ftyp", b"isom\0\0\2\0isomavc1")
        return brand + (self.moov() + pictures if self.front else pictures + self.moov())


def read(data: bytes) -> Probe:
    return mp4.read(io.BytesIO(data), len(data))


PLAIN = Probe(
    kind="video",
    width=1920,
    height=1080,
    seconds=10.0,
    fps=25.0,
    codec="h264",
    rotation=0,
    faststart=True,
    edit_list=False,
    frames=250,
)
CASES = {
    "plain": (Movie(), PLAIN),
    "version 1 headers": (Movie(version=1), PLAIN),
    "64-bit sizes": (Movie(wide=True), PLAIN),
    "index at the end": (Movie(front=False), replace(PLAIN, faststart=False)),
    "turned by 90": (Movie(rotation=90), replace(PLAIN, width=1080, height=1920, rotation=90)),
    "turned by 180": (Movie(rotation=180), replace(PLAIN, rotation=180)),
    "turned by 270": (Movie(rotation=270), replace(PLAIN, width=1080, height=1920, rotation=270)),
    "hevc": (Movie(codec=b"hvc1"), replace(PLAIN, codec="hevc")),
    "unknown codec": (Movie(codec=b"zzz1"), replace(PLAIN, codec="zzz1")),
    "29.97": (
        Movie(scale=30000, delta=1001, frames=300),
        replace(PLAIN, fps=29.97, seconds=10.01, frames=300),
    ),
    "encoder delay": (Movie(edits=((10_000, 1024),)), PLAIN),
    "cut at the end": (Movie(edits=((4_000, 0),)), replace(PLAIN, seconds=4.0)),
    "cut at the start": (Movie(edits=((6_000, 12800 * 4),)), replace(PLAIN, seconds=6.0, edit_list=True)),
    "pause first": (Movie(edits=((500, -1), (10_000, 0))), replace(PLAIN, seconds=10.5, edit_list=True)),
    "wide edits": (
        Movie(version=1, edits=((500, -1), (10_000, 0))),
        replace(PLAIN, seconds=10.5, edit_list=True),
    ),
    "track without size": (Movie(width=0, height=0), replace(PLAIN, width=None, height=None)),
}


@pytest.mark.parametrize("case", CASES)
def test_reads(case: str) -> None:
    movie, expected = CASES[case]
    assert read(movie.file()) == expected


def fragmented(*, own_times: bool = False, pieces: int = 4) -> bytes:
    """Fragments of 60 frames each; a sound track's fragments stand between and must not count."""
    trex = box(b"trex", struct.pack(">IIIIII", 0, 1, 1, 512, 0, 0))
    parts = [box(b"ftyp", b"iso6\0\0\0\0"), Movie(frames=0).moov(box(b"mvex", trex))]
    for _ in range(pieces):
        rows = b"".join(struct.pack(">II", 256, 9) for _ in range(60)) if own_times else b""
        trun = box(b"trun", struct.pack(">III", 0x301 if own_times else 0x1, 60, 0), rows)
        video = box(b"traf", box(b"tfhd", struct.pack(">II", 0x20000, 1)), trun)
        sound = box(
            b"traf", box(b"tfhd", struct.pack(">III", 0x8, 2, 999)), box(b"trun", struct.pack(">II", 0, 77))
        )
        parts += [box(b"moof", box(b"mfhd", bytes(8)), sound, video), box(b"mdat", bytes(100))]
    return b"".join(parts)


@pytest.mark.parametrize(("own_times", "seconds", "fps"), [(False, 9.6, 25.0), (True, 4.8, 50.0)])
def test_a_fragmented_file_is_summed(own_times: bool, seconds: float, fps: float) -> None:
    found = read(fragmented(own_times=own_times))
    assert (found.seconds, found.fps, found.frames, found.faststart) == (seconds, fps, 240, True)


def test_too_many_fragments_leave_the_length_to_the_index_or_unknown() -> None:
    many = box(b"moof", bytes(8)) * 4_001
    head = fragmented(pieces=0)
    sidx = box(b"sidx", struct.pack(">IIIIIHH", 0, 1, 1000, 0, 0, 0, 2), struct.pack(">III", 1, 4500, 0) * 2)
    assert read(head + many).seconds is None
    assert read(head + sidx + many).seconds == 9.0


def test_a_truncated_file_says_so_and_keeps_its_facts() -> None:
    found = read(Movie().file()[:-5000])
    assert found.truncated
    assert "truncated" in str(found.problem)
    assert found.width == 1920


@pytest.mark.parametrize("keep", [40, 3000, 20_500])
def test_a_file_cut_before_the_end_of_its_index_has_no_facts(keep: int) -> None:
    found = read(Movie(front=False).file()[:keep])
    assert (found.truncated, found.width, found.seconds) == (True, None, None)


def test_what_follows_the_index_is_no_reason_to_complain() -> None:
    for tail in (b"\0" * 64, b"abc", b"\0\0\0\3junkjunk", bytes(range(128, 200))):
        assert read(Movie().file() + tail) == PLAIN


def test_sound_is_named_and_a_file_without_pictures_says_so() -> None:
    movie = Movie()
    sound = replace(movie, handler=b"soun", codec=b"mp4a").trak(1)
    assert read(movie.moov(sound)).audio_codec == "aac"
    alone = read(replace(movie, handler=b"soun", codec=b"mp4a").file())
    assert (alone.kind, alone.audio_codec, alone.problem) == (None, "aac", "The file has no video in it.")


def test_nothing_but_headers_is_read_of_a_large_file() -> None:
    class Counting(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.taken += len(data)
            return data

    data = Movie(samples=3_000_000, frames=100_000).file()
    stream = Counting(data)
    assert mp4.read(stream, len(data)).frames == 100_000
    assert stream.taken < 2_000


def test_a_box_that_sticks_out_of_its_parent_is_damage() -> None:
    data = bytearray(Movie().file())
    at = data.index(b"mdia") - 4
    data[at : at + 4] = b"\x7f\xff\xff\xff"
    with pytest.raises(Malformed, match="mdia"):
        read(bytes(data))


def test_boxes_in_boxes_do_not_cost_time() -> None:
    with pytest.raises(Malformed, match="too many"):
        read(box(b"moov", box(b"free") * 60_000))


SEEDS = [
    Movie(samples=64, frames=3).file(),
    Movie(samples=64, frames=3, version=1, wide=True, rotation=90, edits=((1000, 0),)).file(),
    fragmented(pieces=1),
    fragmented(own_times=True, pieces=1),
    sample.VIDEO.read_bytes()[:4096],
]


@settings(max_examples=400)
@given(st.data())
def test_mutated_headers_are_only_ever_malformed_and_cost_no_time(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(SEEDS)))
    odd = st.sampled_from([b"\xff" * 8, bytes(8), b"\0\0\0\1", b"\0\1\x86\x9f"])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        new = data.draw(st.binary(min_size=1, max_size=4) | odd)
        raw[at : at + len(new)] = new
    cut = data.draw(st.integers(0, len(raw)))
    start = time.process_time()
    with contextlib.suppress(Malformed):
        found = read(bytes(raw[:cut] if data.draw(st.booleans()) else raw))
        assert found.seconds is None or found.seconds >= 0
    assert time.process_time() - start < 0.5


@given(st.binary(max_size=200), st.sampled_from([b"", b"\0\0\0\0moov", b"\0\0\1\0moov\0\0\0\x80trak"]))
def test_any_bytes_are_only_ever_malformed(data: bytes, head: bytes) -> None:
    with contextlib.suppress(Malformed):
        read(head + data)


def hostile(*runs: bytes) -> bytes:
    trex = box(b"trex", struct.pack(">IIIIII", 0, 1, 1, 512, 0, 0))
    head = box(b"ftyp", b"iso6\0\0\0\0") + Movie(frames=0).moov(box(b"mvex", trex))
    track = box(b"tfhd", struct.pack(">II", 0x20000, 1))
    return head + box(b"moof", box(b"traf", track, *runs))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (hostile(box(b"trun", struct.pack(">II", 0, 100_001))), "a fragment claims too many frames"),
        (hostile(*[box(b"trun", struct.pack(">II", 0, 100_000))] * 51), "it claims too many frames"),
        (hostile(box(b"trun", struct.pack(">II", 0x100, 100_000))), "too short"),
        (Movie(edits=((1, 0),) * 1001).file(), "edit list is too long"),
        (box(b"moov", b"\0\0\0\4free"), "impossible size"),
        (box(b"moov", b"\0\0\0\1free" + bytes(7) + b"\1"), "impossible size"),
        (box(b"moov", b"\0\0\0\1free"), "ends in the middle|longer"),
        (b"\0\0\0\x20\xff\xfe\xfd\xfc" + bytes(24), "no header"),
    ],
)
def test_hostile_counts_and_sizes_are_damage(data: bytes, message: str) -> None:
    start = time.process_time()
    with pytest.raises(Malformed, match=message):
        read(data)
    assert time.process_time() - start < 1
