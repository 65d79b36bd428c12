"""The decoder against the standard library, whatever the text looks like and wherever it is cut."""

from __future__ import annotations

import base64
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.media.base64stream import Base64Decoder, decoded
from postwire.media.file import TooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def wrapped(text: bytes, end: bytes) -> bytes:
    return end.join(text[i : i + 76] for i in range(0, len(text), 76))


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": base64.b64encode,
    "url-safe": base64.urlsafe_b64encode,
    "without padding": lambda data: base64.b64encode(data).rstrip(b"="),
    "lines": lambda data: wrapped(base64.b64encode(data), b"\n"),
    "CRLF lines and an end": lambda data: wrapped(base64.b64encode(data), b"\r\n") + b"\r\n",
    "data URI": lambda data: b"data:video/mp4;base64," + base64.b64encode(data),
    "data URI with parameters": lambda data: (
        b"DATA:text/plain;charset=utf-8;x=1;Base64," + base64.b64encode(data)
    ),
    "blanks": lambda data: base64.b64encode(data).replace(b"A", b" A\t"),
}


def cuts(text: bytes, places: list[int]) -> Iterator[bytes]:
    edges = sorted(place % (len(text) + 1) for place in places)
    for start, end in zip([0, *edges], [*edges, len(text)], strict=True):
        yield text[start:end]


@given(
    st.binary(max_size=700), st.sampled_from(sorted(ENCODINGS)), st.lists(st.integers(0, 2000), max_size=12)
)
def test_any_bytes_in_any_encoding_cut_anywhere(data: bytes, form: str, places: list[int]) -> None:
    assert b"".join(decoded(cuts(ENCODINGS[form](data), places))) == data


@pytest.mark.parametrize("form", ENCODINGS)
def test_one_character_at_a_time(form: str) -> None:
    data = bytes(range(256)) * 2 + b"x"
    text = ENCODINGS[form](data)
    assert b"".join(decoded(text[i : i + 1] for i in range(len(text)))) == data


def test_the_type_of_a_data_uri_is_kept() -> None:
    decoder = Base64Decoder()
    for piece in (b"da", b"ta:Video/MP4", b";codecs=avc1;bas", b"e64,AAEC", b"Aw=="):
        decoder.feed(piece)
    decoder.finish()
    assert (decoder.type, decoder.size) == ("video/mp4", 4)


def test_text_is_taken_as_well_as_bytes() -> None:
    assert b"".join(decoded(["AAE", "CAw", "=="])) == b"\0\1\2\3"


BROKEN = {
    "AAAA!AAA": "position 4 does not belong",
    "AAAAAAA ä": "position 8 does not belong",
    "data:video/mp4;base64,AA$A": "position 24 does not belong",
    "data:video/mp4,AAAA": "position 4 does not belong",
    "AAAA\\nAAAA": "position 4 does not belong",
    "A": "ends in the middle",
    "AAAAA": "ends in the middle",
    "AAA==": "ends in the middle",
    "AAAA=": "ends in the middle",
    "AA=": "ends in the middle",
    "AA====": "ends in the middle",
    "====": "ends in the middle",
    "AA==AAAA": "goes on after its padding",
    "AA==\nAA==": "goes on after its padding",
    "A=AA": "goes on after its padding",
    "data:": "does not belong",
}


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_what_is_not_base64_is_refused_with_its_position(text: str, step: int) -> None:
    with pytest.raises(ValueError, match=BROKEN[text]) as caught:
        list(decoded(text[i : i + step] for i in range(0, len(text), step)))
    assert not isinstance(caught.value, TooLarge)


def test_an_error_never_repeats_the_content() -> None:
    with pytest.raises(ValueError, match="position 12") as caught:
        list(decoded(["c2VjcmV0c2Vj?cmV0"]))
    assert "c2VjcmV0" not in str(caught.value)


@given(st.binary(max_size=200) | st.text("AB=/-+ \n,;:data", max_size=40).map(str.encode))
def test_any_text_gives_bytes_or_a_value_error(text: bytes) -> None:
    try:
        data = b"".join(decoded([text[:7], text[7:]]))
    except ValueError:
        return
    assert data == base64.urlsafe_b64decode(plain(text))


def plain(text: bytes) -> bytes:
    if text[:5].lower() == b"data:":
        text = text.partition(b",")[2]
    clean = bytes(c for c in text if c not in b" \t\r\n=").replace(b"+", b"-").replace(b"/", b"_")
    return clean + b"=" * (-len(clean) % 4)


@pytest.mark.parametrize("size", [0, 1, 10, 1000])
def test_the_limit_counts_decoded_bytes(size: int) -> None:
    text = base64.b64encode(bytes(size))
    assert sum(map(len, decoded([text], size))) == size
    if size:
        with pytest.raises(TooLarge):
            list(decoded([text], size - 1))


def test_decoding_stops_at_the_limit() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"AAAA" * 1000

    with pytest.raises(TooLarge):
        for _ in decoded(endless(), 30_000):
            pass
    assert taken == 11


def test_memory_is_that_of_a_piece() -> None:
    piece = base64.b64encode(bytes(150_000))
    tracemalloc.start()
    try:
        total = sum(len(data) for data in decoded(piece for _ in range(400)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == 60_000_000
    assert peak < 2_000_000
