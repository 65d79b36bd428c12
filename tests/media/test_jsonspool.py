"""JSON with media in it: the document comes out as json.loads would give it, with files for long strings."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postwire.errors import ActionFailed, InvalidInput
from postwire.media import jsonspool, store
from postwire.media.jsonspool import DEPTH, REMAINDER, SPILL, JsonSpool, Spilled, discard, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DATA = random.Random(7).randbytes(90_001)
TEXT = base64.b64encode(DATA).decode()


def lines(text: str, end: str) -> str:
    return end.join(text[i : i + 76] for i in range(0, len(text), 76))


# What callers' JSON libraries make of base64: PHP escapes the slash, .NET the plus.
WRITTEN: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "slashes escaped": lambda text: text.replace("/", r"\/"),
    "plus as unicode": lambda text: text.replace("+", r"\u002B").replace("=", r"\u003d"),
    "every kind as unicode": lambda text: "".join(rf"\u{ord(c):04x}" if c in "+/=Aa0" else c for c in text),
    "data URI": lambda text: "data:video/mp4;base64," + text,
    "data URI with slashes escaped": lambda text: r"data:video\/mp4;base64," + text.replace("/", r"\/"),
    "LF lines": lambda text: lines(text, r"\n"),
    "CRLF lines": lambda text: lines(text, r"\r\n"),
    "url-safe without padding": lambda text: text.replace("+", "-").replace("/", "_").rstrip("="),
}


def spool(raw: bytes, folder: Path, cuts: list[int] | None = None, **options: Any) -> Any:
    edges = sorted(cut % (len(raw) + 1) for cut in cuts or [])
    with JsonSpool(folder, **options) as reader:
        for start, end in zip([0, *edges], [*edges, len(raw)], strict=True):
            reader.feed(raw[start:end])
        return reader.close()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("form", WRITTEN)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 200_000), max_size=8), near=st.integers(-9, 9))
def test_every_way_to_write_it_cut_anywhere(form: str, cuts: list[int], near: int, tmp_path: Path) -> None:
    raw = f'{{"a": "\\"x\\\\", "video": "{WRITTEN[form](TEXT)}", "n": [1, "é"]}}'.encode()
    places = [*cuts, raw.index(b"video") + 10 + near, SPILL + near]
    document = spool(raw, tmp_path, places)
    video = document.pop("video")
    assert document == {"a": '"x\\', "n": [1, "é"]}
    assert (video.size, video.sha256) == (len(DATA), hashlib.sha256(DATA).hexdigest())
    assert video.path.read_bytes() == DATA
    assert video.type == ("video/mp4" if "data" in form else "")
    assert video.path.stat().st_mode & 0o777 == 0o600
    video.discard()
    assert files(tmp_path) == []


def test_one_byte_at_a_time(tmp_path: Path) -> None:
    raw = f'{{"video": "{WRITTEN["every kind as unicode"](TEXT[:80_000])}"}}'.encode()
    document = spool(raw, tmp_path, list(range(len(raw))))
    assert document["video"].path.read_bytes() == base64.b64decode(TEXT[:80_000])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text('\\"/ab{}[]:,', max_size=6), inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON, cuts=st.lists(st.integers(0, 500), max_size=6), escape=st.booleans())
def test_ordinary_json_is_as_json_loads_has_it(
    value: Any, cuts: list[int], escape: bool, tmp_path: Path
) -> None:
    raw = json.dumps(value, ensure_ascii=escape).encode()
    assert spool(raw, tmp_path, cuts) == value
    assert files(tmp_path) == []


def test_strings_spill_only_above_the_border(tmp_path: Path) -> None:
    assert spool(json.dumps(["A" * SPILL]).encode(), tmp_path) == ["A" * SPILL]
    (spilled,) = spool(json.dumps(["A" * (SPILL + 4)]).encode(), tmp_path)
    assert spilled.size == (SPILL + 4) // 4 * 3


def test_several_values_keep_their_places(tmp_path: Path) -> None:
    values = [bytes([n]) * 60_000 for n in range(5)]
    raw = json.dumps({"items": [{"media": base64.b64encode(v).decode()} for v in values]}).encode()
    document = spool(raw, tmp_path, [99_999, 200_001])
    assert [item["media"].path.read_bytes() for item in document["items"]] == values


def test_a_marker_cannot_be_forged(tmp_path: Path) -> None:
    first, second = JsonSpool(tmp_path), JsonSpool(tmp_path)
    assert first._key != second._key
    assert len(first._key) == 32
    # Even who knew the key of another request gets only text.
    raw = json.dumps({"a": TEXT, "b": f"{first._key}:0"}).encode()
    second.feed(raw)
    document = second.close()
    assert isinstance(document["a"], Spilled)
    assert document["b"] == f"{first._key}:0"


BROKEN: dict[str, tuple[str, str, str]] = {
    "not base64": (f'{{"a": {{"b": [1, "{TEXT}!"]}}}}', "/a/b/1", "not base64 media"),
    "a long text": (json.dumps({"caption": "Hello there. " * 8_000}), "/caption", "not base64 media"),
    "a backslash": (json.dumps({"a/b": TEXT + "\\"}), "/a~1b", "backslash"),
    "a quote": (json.dumps({"v": TEXT + '"'}), "/v", "not base64 media"),
    "cut base64": (json.dumps({"v": TEXT[:-7]}), "/v", "ends in the middle"),
    "cut escape": (f'{{"v": "{TEXT[:80_000]}\\u00"}}', "/v", "escape sequence"),
    "at the top": (json.dumps("?" * 70_000), "", "not base64 media"),
    "after media": (json.dumps({"v": TEXT, "w": [TEXT, "?" * 70_000]}), "/w/1", "not base64 media"),
    "ends in a string": (f'{{"v": "{TEXT}', "", "cut off"),
    "ends early": (f'{{"v": "{TEXT}", "w": ', "/w", "not valid JSON"),
    "a long key": (json.dumps({TEXT: 1}), "", "a key is longer"),
    "no JSON": ('{"a": nope}', "/a", "not valid JSON"),
    "empty": ("", "", "not valid JSON"),
    "two documents": ("{} {}", "", "not valid JSON"),
    "NaN": ('{"a": NaN}', "", "NaN is not JSON"),
    "infinite": ('{"a": 1e999}', "", "too large"),
    "a giant number": ('{"a": ' + "9" * 5000 + "}", "", "too large"),
    "a key twice": ('{"a": 1, "a": 2}', "", "the key a appears twice"),
    "too deep": ("[" * (DEPTH + 1) + "]" * (DEPTH + 1), "", "deeper than 64"),
    "far too deep": ("[" * 200_000, "", "deeper than 64"),
    "too much besides": (
        json.dumps({"v": TEXT, "w": ["x" * 1000] * (REMAINDER // 1000)}),
        "",
        "larger than 1 MB",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("cuts", [[], [9, 66_000, 100_000]])
def test_an_error_names_the_path_and_leaves_no_file(case: str, cuts: list[int], tmp_path: Path) -> None:
    text, path, message = BROKEN[case]
    with pytest.raises(InvalidInput) as caught:
        spool(text.encode(), tmp_path, cuts)
    (field,) = caught.value.fields
    assert (field.path, message in field.message) == (path, True), field
    assert len(field.message) < 300
    assert files(tmp_path) == []


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    assert spool(b"\xef\xbb\xbf[1]", tmp_path) == [1]
    for raw in (b'"\xff"', '["a"]'.encode("utf-16")):
        with pytest.raises(InvalidInput, match=r"UTF-8|valid JSON"):
            spool(raw, tmp_path)


def test_the_cap_is_for_all_media_together(tmp_path: Path) -> None:
    raw = json.dumps({"a": TEXT, "b": TEXT}).encode()
    discard(spool(raw, tmp_path, max_bytes=2 * len(DATA)))
    with pytest.raises(InvalidInput, match="/b is too large"):
        spool(raw, tmp_path, max_bytes=2 * len(DATA) - 1)
    with pytest.raises(InvalidInput, match="/a is too large"):
        spool(raw, tmp_path, max_bytes=len(DATA) - 1)
    assert files(tmp_path) == []


def test_the_cap_stops_an_endless_sender(tmp_path: Path) -> None:
    reader = JsonSpool(tmp_path, max_bytes=1_000_000)
    reader.feed(b'{"a": "')
    for _ in range(13):
        reader.feed(b"AAAA" * 25_000)
    with pytest.raises(InvalidInput, match="at /a is too large"):
        reader.feed(b"AAAA" * 25_000)
    assert files(tmp_path) == []


def test_a_sender_that_goes_away_leaves_nothing(tmp_path: Path) -> None:
    def receive() -> None:
        with JsonSpool(tmp_path) as reader:
            reader.feed(json.dumps({"a": TEXT}).encode()[:-1] + b', "b": "' + TEXT.encode())
            assert len(files(tmp_path)) == 2
            raise ConnectionError

    with pytest.raises(ConnectionError):
        receive()
    assert files(tmp_path) == []


def test_abort_takes_away_what_was_made(tmp_path: Path) -> None:
    reader = JsonSpool(tmp_path)
    reader.feed(b'["' + TEXT.encode())
    assert len(files(tmp_path)) == 1
    reader.abort()
    reader.abort()
    assert files(tmp_path) == []


def test_a_document_that_is_not_wanted_is_discarded_with_its_files(tmp_path: Path) -> None:
    document = read_json(io.BytesIO(json.dumps({"a": [{"b": TEXT}, 1], "c": TEXT}).encode()), tmp_path)
    assert len(files(tmp_path)) == 2
    discard(document)
    assert files(tmp_path) == []


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RESERVE", 1 << 62)
    with pytest.raises(ActionFailed, match="too full") as caught:
        spool(json.dumps([TEXT]).encode(), tmp_path)
    assert (caught.value.code, caught.value.sent) == ("internal", "no")
    assert files(tmp_path) == []


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(ActionFailed, match="could not be written"):
        spool(json.dumps([TEXT]).encode(), tmp_path / "nowhere")


class Body(io.RawIOBase):
    """A file of 80 MB of base64 inside JSON that is never there as a whole."""

    def __init__(self, pieces: int) -> None:
        self._parts = self._all(pieces)

    def _all(self, pieces: int) -> Iterator[bytes]:
        yield b'{"title": "Hi", "video": "'
        for _ in range(pieces):
            yield TEXT[:100_000].encode()
        yield b'"}'

    def read(self, _size: int = -1) -> bytes:
        return next(self._parts, b"")


def test_sixty_megabytes_cost_the_memory_of_a_piece(tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        document = read_json(Body(800), tmp_path)  # type: ignore[arg-type]  # it has the read that is used
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert document["video"].size == 60_000_000
    assert peak < 4_000_000


def test_hostile_backslashes_cost_no_time(tmp_path: Path) -> None:
    import time

    start = time.process_time()
    for piece in (b"\\\\", b'\\"', b'\\\\\\"'):
        with pytest.raises(InvalidInput):
            spool(b'["' + piece * 400_000, tmp_path)
    assert time.process_time() - start < 2
    assert jsonspool.PIECE < 1_000_000
