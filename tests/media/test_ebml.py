"""WebM and Matroska headers from a tiny writer, and damage."""

from __future__ import annotations

import contextlib
import io
import struct
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postwire.media import ebml
from postwire.media.facts import TRUNCATED, Malformed, Probe

SEGMENT, INFO, TRACKS, CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
ENTRY, VIDEO, TYPE, CODEC, FRAME_TIME, WIDTH, HEIGHT = 0xAE, 0xE0, 0x83, 0x86, 0x23E383, 0xB0, 0xBA
SCALE, DURATION = 0x2AD7B1, 0x4489


def element(ident: int, *payload: bytes, length: int = 8, live: bool = False) -> bytes:
    """An element whose size takes *length* bytes; *live* leaves the size open."""
    body = b"".join(payload)
    bits = 7 * length
    size = (1 << bits) - 1 if live else len(body)
    return ident.to_bytes((ident.bit_length() + 7) // 8) + (size | 1 << bits).to_bytes(length) + body


def number(ident: int, value: int) -> bytes:
    return element(ident, value.to_bytes((value.bit_length() + 7) // 8), length=1)


def webm(
    *,
    info: bytes = element(INFO, number(SCALE, 1_000_000), element(DURATION, struct.pack(">d", 4500.0))),
    codec: bytes = b"V_VP9",
    sound: bytes = b"A_OPUS",
    more: bytes = number(FRAME_TIME, 33_333_333),
    picture: bytes = number(WIDTH, 720) + number(HEIGHT, 1280),
    cluster: int = 500,
    live: bool = False,
) -> bytes:
    heard = element(ENTRY, number(TYPE, 2), element(CODEC, sound)) if sound else b""
    seen = element(ENTRY, number(TYPE, 1), element(CODEC, codec), more, element(VIDEO, picture))
    body = (
        info
        + element(0xEC, bytes(40))
        + element(TRACKS, heard, seen)
        + element(CLUSTER, bytes(cluster), live=live)
    )
    return element(0x1A45DFA3, element(0x4282, b"webm", length=1)) + element(SEGMENT, body, live=live)


def read(data: bytes) -> Probe:
    return ebml.read(io.BytesIO(data), len(data))


PLAIN = Probe(kind="video", width=720, height=1280, seconds=4.5, fps=30.0, codec="vp9", audio_codec="opus")
HALF = element(INFO, number(SCALE, 500_000), element(DURATION, struct.pack(">f", 4500.0)))
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}),
    "live": ({"live": True}, {}),
    "a float and another scale": ({"info": HALF}, {"seconds": 2.25}),
    "the usual scale unsaid": (
        {"info": element(INFO, element(DURATION, struct.pack(">d", 999.0)))},
        {"seconds": 0.999},
    ),
    "no duration": ({"info": element(INFO, number(SCALE, 1_000_000))}, {"seconds": None}),
    "no info": ({"info": b""}, {"seconds": None}),
    "a duration of nothing": ({"info": element(INFO, element(DURATION, bytes(8)))}, {"seconds": None}),
    "a duration that is no number": (
        {"info": element(INFO, element(DURATION, b"\x7f\xf8" + bytes(6)))},
        {"seconds": None},
    ),
    "an endless duration": (
        {"info": element(INFO, element(DURATION, b"\x7f\xf0" + bytes(6)))},
        {"seconds": None},
    ),
    "av1": ({"codec": b"V_AV1\0\0"}, {"codec": "av1"}),
    "h264": ({"codec": b"V_MPEG4/ISO/AVC"}, {"codec": "h264"}),
    "an unknown codec": ({"codec": b"V_ODD"}, {"codec": "V_ODD"}),
    "no sound": ({"sound": b""}, {"audio_codec": None}),
    "vorbis": ({"sound": b"A_VORBIS"}, {"audio_codec": "vorbis"}),
    "no frame time": ({"more": b""}, {"fps": None}),
    "a frame time of nothing": ({"more": number(FRAME_TIME, 0)}, {"fps": None}),
    "29.97": ({"more": number(FRAME_TIME, 33_366_667)}, {"fps": 29.97}),
    "no size": ({"picture": b""}, {"width": None, "height": None}),
}


@pytest.mark.parametrize("case", CASES)
def test_reads(case: str) -> None:
    given, changes = CASES[case]
    assert read(webm(**given)) == replace(PLAIN, **changes)


def test_info_after_the_tracks_counts_and_what_follows_a_cluster_does_not() -> None:
    info = element(INFO, element(DURATION, struct.pack(">d", 1000.0)))
    tracks = element(TRACKS, element(ENTRY, number(TYPE, 1), element(CODEC, b"V_VP8")))
    assert read(element(SEGMENT, tracks + info)).seconds == 1.0
    assert read(element(SEGMENT, tracks + element(CLUSTER) + info)).seconds is None


@pytest.mark.parametrize("length", range(1, 9))
def test_a_size_may_take_one_to_eight_bytes(length: int) -> None:
    tracks = element(TRACKS, element(ENTRY, number(TYPE, 1), element(CODEC, b"V_VP8", length=length)))
    assert read(element(SEGMENT, tracks)).codec == "vp8"


def test_a_truncated_file_says_so_and_keeps_its_facts() -> None:
    assert read(webm()[:-200]) == replace(PLAIN, problem=TRUNCATED, truncated=True)


def test_a_live_recording_that_stops_anywhere_is_not_truncated() -> None:
    assert read(webm(live=True)[:-200]) == PLAIN


def test_sound_alone_is_no_video() -> None:
    sound = element(TRACKS, element(ENTRY, number(TYPE, 2), element(CODEC, b"A_OPUS")))
    assert read(element(SEGMENT, sound)) == Probe(audio_codec="opus", problem="The file has no video in it.")


def test_only_the_headers_are_read() -> None:
    class Counting(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.taken += len(data)
            return data

    data = webm(cluster=2_000_000)
    stream = Counting(data)
    assert ebml.read(stream, len(data)) == PLAIN
    assert stream.taken < 1_000


DAMAGED = {
    "nothing": b"",
    "only the head": element(0x1A45DFA3, b"webm"),
    "an impossible id": b"\0\0\0\0\0\0\0\0\0\0",
    "an impossible size": b"\xae\0\0\0\0\0\0\0\0\0",
    "the end of a header": b"\x18\x53\x80\x67\x08",
    "an endless row of headers": element(SEGMENT, element(0xEC) * 20_000),
    "a number of four kilobytes": webm(more=element(FRAME_TIME, b"\xff" * 4000)),
    "a number of nine bytes": webm(more=element(FRAME_TIME, b"\1" + bytes(8))),
    "a scale of four kilobytes": webm(
        info=element(INFO, element(SCALE, b"\xff" * 4000), element(DURATION, struct.pack(">d", 1.0)))
    ),
    "a name of five kilobytes": webm(codec=b"V" * 5000),
    "a duration of three bytes": webm(info=element(INFO, element(DURATION, b"abc"))),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damage_is_malformed_and_costs_no_time(case: str) -> None:
    start = time.process_time()
    with pytest.raises(Malformed):
        read(DAMAGED[case])
    assert time.process_time() - start < 1


SEEDS = [webm(cluster=20), webm(cluster=20, live=True), webm(info=HALF, cluster=0)]
ODD = [
    b"\xff" * 8,
    bytes(8),
    b"\1" + b"\xff" * 7,
    b"\x01" + bytes(6) + b"\x10",
    b"\x08",
    b"\x2a\xd7\xb1\x88",
    b"\xbf",
]


@settings(max_examples=500)
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(
        st.tuples(st.integers(0, 330), st.binary(min_size=1, max_size=4) | st.sampled_from(ODD)), max_size=6
    ),
    keep=st.integers(0, 500),
)
def test_any_damage_is_only_ever_malformed(seed: bytes, changes: list[tuple[int, bytes]], keep: int) -> None:
    data = bytearray(seed)
    for at, new in changes:
        data[at : at + len(new)] = new
    start = time.process_time()
    with contextlib.suppress(Malformed):
        found = read(bytes(data[:keep]))
        assert found.seconds is None or found.seconds >= 0
    assert time.process_time() - start < 0.5


@given(st.binary(max_size=300))
def test_any_bytes_are_only_ever_malformed(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        read(b"\x18\x53\x80\x67\xff" + data)
