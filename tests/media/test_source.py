"""Whatever a caller names as media becomes one file with facts, or a mistake at its field."""

from __future__ import annotations

import base64
import io
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postwire.errors import InvalidInput
from postwire.media import sample, source
from postwire.media.jsonspool import read_json
from postwire.media.source import looks_like, open_media
from postwire.media.store import MediaStore

if TYPE_CHECKING:
    from postwire.media.file import Media

VIDEO = sample.VIDEO.read_bytes()
TEXT = base64.b64encode(VIDEO).decode()
FIELD = "/video"


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def opened(value: object, store: MediaStore, **options: Any) -> Media:
    return open_media(value, store=store, fetch=options.pop("fetch", None), field=FIELD, **options)


def refused(value: object, store: MediaStore, **options: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        opened(value, store, **options)
    (field,) = caught.value.fields
    assert field.path.startswith(FIELD)
    assert not list(store.folder.iterdir())
    return f"{field.message} [{field.got}]"


def spilled(folder: Path, value: str) -> Any:
    raw = json.dumps({"video": value + "\n" * 70_000}).encode()
    return read_json(io.BytesIO(raw), folder)["video"]


def named(data: bytes, name: str) -> io.BytesIO:
    stream = io.BytesIO(data)
    stream.name = f"/home/me/{name}"
    return stream


KINDS: list[tuple[str, object, str]] = [
    ("a URL", "https://cdn.test/clip.mp4", "url"),
    ("a URL in capitals", "HTTP://cdn.test/clip.mp4", "url"),
    ("another scheme", "ftp://cdn.test/clip.mp4", "scheme"),
    ("a file URL", "file:///etc/passwd", "scheme"),
    ("a path", "clips/clip.mp4", "path"),
    ("a Windows path", r"C:\clips\clip.mp4", "path"),
    ("a path without a dot", "a" * 511, "path"),
    ("a Path", Path("clip.mp4"), "path"),
    ("a handle", "media_" + "0a" * 16, "handle"),
    ("nearly a handle", "media_0A", "path"),
    ("a data URI", "data:video/mp4;base64,AAAA", "data"),
    ("a data URI in capitals", "DATA:,x", "data"),
    ("base64 of an MP4", TEXT[:100], "base64"),
    ("base64 of a PNG", "iVBORw0KGgoAAAANSUhEUg==", "base64"),
    ("base64 of a JPEG", "/9j/4AAQSkZJRg==", "base64"),
    ("long base64", "QUJD" * 128, "base64"),
    ("long base64 with lines", ("QUJD" * 19 + "\r\n") * 20, "base64"),
    ("long text", "Hello, you. " * 100, "path"),
    ("bytes", b"x", "bytes"),
    ("a bytearray", bytearray(b"x"), "bytes"),
    ("a memoryview", memoryview(b"x"), "bytes"),
    ("a file", io.BytesIO(b"x"), "file"),
    ("a file object", {"content": "AAAA", "name": "x"}, "object"),
    ("another object", {"url": "x"}, "unknown"),
    ("a number", 42, "unknown"),
    ("nothing", None, "unknown"),
    ("a list", ["clip.mp4"], "unknown"),
]


@pytest.mark.parametrize(("value", "kind"), [row[1:] for row in KINDS], ids=[row[0] for row in KINDS])
def test_the_shape_of_a_value_tells_its_kind(value: object, kind: str) -> None:
    assert looks_like(value) == kind


COPIED = {
    "bytes": lambda _: VIDEO,
    "bytearray": lambda _: bytearray(VIDEO),
    "memoryview of numbers": lambda _: memoryview(VIDEO[: len(VIDEO) // 4 * 4]).cast("I"),
    "stream": lambda _: io.BytesIO(VIDEO),
    "named stream": lambda _: named(VIDEO, "clip.mp4"),
    "open file": lambda _: sample.VIDEO.open("rb"),
    "temporary file": lambda _: temporary(),
    "data URI": lambda _: "data:video/mp4;base64," + TEXT,
    "data URI without type": lambda _: "data:;base64," + TEXT,
    "data URI with parameters": lambda _: "data:video/mp4;codecs=avc1;base64," + TEXT,
    "data URI with a quoted base64": lambda _: "data:video/mp4;base64," + quote(TEXT, safe=""),
    "data URI with quoted bytes": lambda _: "data:video/mp4," + quote(VIDEO),
    "file object": lambda _: {"content": TEXT, "name": "clip.mp4", "contentType": "video/mp4"},
    "file object with lines": lambda _: {"content": base64.encodebytes(VIDEO).decode()},
    "file object with a data URI": lambda _: {"content": "data:video/mp4;base64," + TEXT, "name": "clip.mp4"},
    "file object with bytes": lambda _: {"content": VIDEO, "name": "clip.mp4"},
    "file object with nulls": lambda _: {"content": TEXT, "name": None, "contentType": None},
    "spilled": lambda folder: spilled(folder, TEXT),
    "spilled data URI": lambda folder: spilled(folder, "data:video/mp4;base64," + TEXT),
    "file object with spilled": lambda folder: {"content": spilled(folder, TEXT), "name": "clip.mp4"},
    "base64": lambda _: TEXT,
    "base64 url-safe": lambda _: base64.urlsafe_b64encode(VIDEO).decode().rstrip("="),
}


def temporary() -> Any:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the test reads it to its end
    file.write(VIDEO)
    file.seek(0)
    return file


@pytest.mark.parametrize("case", COPIED)
def test_every_form_becomes_the_same_private_file(case: str, store: MediaStore, tmp_path: Path) -> None:
    value = COPIED[case](tmp_path)  # type: ignore[no-untyped-call]
    media = opened(value, store, base64=True)
    if hasattr(value, "close"):
        value.close()
    assert media.path.read_bytes() == VIDEO[: media.size]
    assert len(VIDEO) - media.size < 4
    assert media.path.parent == store.folder
    assert media.path.stat().st_mode & 0o777 == 0o600
    assert (media.type, media.probe.width, media.owned) == ("video/mp4", 720, True)
    assert media.name == ("sample.mp4" if case == "open file" else Path(media.name).stem + ".mp4")
    media.discard()
    assert not list(store.folder.iterdir())
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("value", [sample.VIDEO, str(sample.VIDEO)])
def test_a_caller_s_own_file_is_used_in_place_and_stays(value: object, store: MediaStore) -> None:
    media = opened(value, store)
    assert (media.path, media.owned, media.name) == (sample.VIDEO, False, "sample.mp4")
    media.discard()
    assert sample.VIDEO.exists()


def test_a_path_may_be_relative_or_begin_at_home(
    store: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.write(tmp_path / "clip.mp4")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert opened("clip.mp4", store).path == opened("~/clip.mp4", store).path == tmp_path / "clip.mp4"


def test_a_handle_s_file_is_used_in_place_and_serves_again(store: MediaStore) -> None:
    handle = store.put([VIDEO], "clip.mp4").handle
    for _ in range(2):
        media = opened(handle, store)
        assert (media.size, media.name) == (len(VIDEO), "clip.mp4")
        media.discard()
    assert opened(handle, store, name="other.mp4").name == "other.mp4"


def test_fetching_is_for_whom_it_is_given_to(store: MediaStore) -> None:
    asked = []

    def fetch(url: str, *, store: MediaStore, field: str, max_bytes: int | None) -> Media:
        asked.append((url, field, max_bytes))
        return store.put([VIDEO], "x")

    media = opened("https://a.test/v", store, fetch=fetch, max_bytes=50_000, name="clip.mp4")
    assert asked == [("https://a.test/v", FIELD, 50_000)]
    assert media.name == "clip.mp4"
    media.discard()
    assert "not fetched here" in refused("https://a.test/v", store)


@pytest.mark.parametrize("case", ["bytes", "stream", "data URI", "file object", "spilled", "base64"])
def test_the_caller_s_name_wins(case: str, store: MediaStore, tmp_path: Path) -> None:
    media = opened(COPIED[case](tmp_path), store, base64=True, name="../mine.mov")  # type: ignore[no-untyped-call]
    assert media.name == "mine.mov"


def test_a_declared_type_is_taken_only_where_the_bytes_say_nothing(store: MediaStore) -> None:
    assert opened({"content": TEXT, "contentType": "image/png"}, store).type == "video/mp4"
    assert opened("data:application/x-odd;base64,AAAA", store).type == "application/x-odd"
    assert opened("data:,hello", store).type == "text/plain"


@pytest.mark.parametrize("kind", ["a/b\r\nX-Evil: 1", "a/b c", "é/b", "/", "a/", "a/" + "b" * 200])
def test_a_declared_type_that_is_none_never_passes(kind: str, store: MediaStore) -> None:
    assert opened({"content": "AAAA", "contentType": kind}, store).type == "application/octet-stream"


REFUSED: dict[str, tuple[object, str]] = {
    "no such file": ("nowhere.mp4", "no such file"),
    "an empty text": ("", "folder"),
    "a folder": (os.curdir, "a folder"),
    "a device": ("/dev/null", "not a regular file"),
    "a name with a zero": ("a\0b", "no such file"),
    "a name too long": ("x." * 5000, "no such file"),
    "a user that is none": ("~nobody-of-that-name/x", "no such file"),
    "a text": ("Hello, this is my video", "no such file"),
    "a file URL": ("file:///etc/passwd", "file:// is not taken: write the path without it"),
    "an ftp URL": ("ftp://a.test/x", "only http and https"),
    "an unknown handle": ("media_" + "0" * 32, "unknown or has expired"),
    "bare base64": (TEXT, "looks like base64: pass it as"),
    "no comma": ("data:video/mp4;base64", "no comma"),
    "an empty data URI": ("data:,", "empty"),
    "a broken data URI": ("data:video/mp4;base64,AA!A", "not valid base64: the character at position 2"),
    "an empty file object": ({"content": ""}, "empty"),
    "a URL as content": ({"content": "https://a.test/x"}, "not valid base64"),
    "a number as content": ({"content": 7}, "as base64 text or a data: URI"),
    "a file as content": ({"content": io.BytesIO(b"x")}, "as base64 text or a data: URI"),
    "no bytes": (b"", "empty"),
    "an empty stream": (io.BytesIO(), "empty"),
    "a stream of text": (io.StringIO("x"), 'open it with mode "rb"'),
    "an object": ({"url": "x"}, "an object without content"),
    "a number": (42, "[int]"),
    "nothing": (None, "[NoneType]"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_media_is_a_mistake_of_the_field(case: str, store: MediaStore) -> None:
    value, message = REFUSED[case]
    assert message in refused(value, store)


def test_an_error_never_repeats_much_of_the_value(store: MediaStore) -> None:
    for value in ("x" * 300 + "." + "y" * 300, {"content": "?" * 5000}, "data:" + "x" * 5000, TEXT):
        assert len(refused(value, store)) < 300


def test_an_empty_file_and_one_that_cannot_be_read(
    store: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    assert "empty" in refused(empty, store)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(source, "probe", refuse)
    assert "cannot be read: Permission denied" in refused(sample.VIDEO, store)


@pytest.mark.parametrize("value", [str(sample.VIDEO), "/etc/passwd", "~/x", "../x", "clip.mp4"])
def test_a_server_opens_no_files_of_its_own(value: str, store: MediaStore) -> None:
    assert "Give a URL, a media_… handle" in refused(value, store, local=False)


def test_a_path_in_a_base64_field_of_a_server_is_only_text(store: MediaStore) -> None:
    media = opened("/etc/passwd/", store, local=False, base64=True)
    assert media.path.read_bytes() == base64.b64decode("/etc/passwd/")


def test_base64_is_taken_only_where_the_action_asks_for_it(store: MediaStore) -> None:
    assert opened("AAAA", store, base64=True).size == 3
    assert "no such file" in refused("AAAA", MediaStore(store.folder / "other"))


def test_junk_far_behind_in_base64_is_told_as_such(store: MediaStore) -> None:
    assert "position 8000 does not belong to base64" in refused("AAAA" * 2000 + "!", store, base64=True)


def test_a_file_whose_name_looks_like_base64_is_still_a_file(
    store: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("AAAA", "R0lGODlh"):
        Path(name).write_bytes(VIDEO)
        assert opened(name, store).path == tmp_path / name
        assert opened(name, store, base64=name != "R0lGODlh").path == tmp_path / name
    assert opened("AAAA", store, base64=True, local=False).size == 3


LIMITED = [case for case in COPIED if case != "memoryview of numbers"]


@pytest.mark.parametrize("case", LIMITED)
def test_the_limit_is_of_the_file_not_of_its_text(case: str, store: MediaStore, tmp_path: Path) -> None:
    value = COPIED[case](tmp_path)  # type: ignore[no-untyped-call]
    opened(value, store, base64=True, max_bytes=len(VIDEO)).discard()
    again = COPIED[case](tmp_path)  # type: ignore[no-untyped-call]
    assert "too large: at most" in refused(again, store, base64=True, max_bytes=len(VIDEO) - 1)
    assert not list(tmp_path.glob("*.part"))
    for stream in (value, again):
        if hasattr(stream, "close"):
            stream.close()


def test_the_limit_holds_for_paths_and_handles(store: MediaStore) -> None:
    other = MediaStore(store.folder / "other")
    handle = other.put([VIDEO]).handle
    for value, keep in ((sample.VIDEO, store), (handle, other)):
        assert opened(value, keep, max_bytes=len(VIDEO)).size == len(VIDEO)
        with pytest.raises(InvalidInput, match="too large"):
            opened(value, keep, max_bytes=len(VIDEO) - 1)


@pytest.mark.parametrize(
    "value", [" " * 3_000_000 + "!", "A" * 3_000_000 + "!", "A" * 600 + " " * 3_000_000 + "."]
)
def test_a_hostile_text_costs_no_time(value: str, store: MediaStore) -> None:
    start = time.process_time()
    looks_like(value)
    refused(value, store, base64=True)
    assert time.process_time() - start < 2


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(max_size=40) | st.text("data:;base64,A/=+%. ~\\", max_size=30), alias=st.booleans())
def test_any_text_is_a_file_or_a_mistake(value: str, alias: bool, tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    try:
        media = opened(value, store, base64=alias, local=False)
    except InvalidInput:
        pass
    else:
        assert media.size == media.path.stat().st_size > 0
        media.discard()
    assert not list(tmp_path.iterdir())
