"""Reading requests: multipart streams, field lists, parameters; what comes out is what went in."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.simulator import multipart
from postwire.simulator.meta import fields, versions
from postwire.simulator.meta.params import Params
from postwire.simulator.meta.refusal import GraphError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BOUNDARY = "sim-boundary"
NAMES = st.text("abcdefghij_", min_size=1, max_size=8)


def body(texts: dict[str, str], files: dict[str, bytes]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + text.encode()
        for name, text in texts.items()
    ]
    parts += [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\n\r\n'.encode() + data
        for name, data in files.items()
    ]
    return b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def read(raw: bytes, size: int) -> Any:
    async def pieces() -> AsyncIterator[bytes]:
        for first in range(0, len(raw), size):
            yield raw[first : first + size]

    return asyncio.run(multipart.read(pieces(), f"multipart/form-data; boundary={BOUNDARY}", checksums=True))


@given(
    st.dictionaries(NAMES, st.text(max_size=30), max_size=3),
    st.dictionaries(NAMES, st.binary(max_size=300), max_size=2),
    st.integers(1, 90),
)
def test_a_multipart_body_is_read_the_same_in_any_pieces(
    texts: dict[str, str], files: dict[str, bytes], size: int
) -> None:
    got, arrived = read(body(texts, files), size)
    assert got == texts
    assert {name: file.size for name, file in arrived.items()} == {n: len(data) for n, data in files.items()}
    for name, data in files.items():
        assert arrived[name].sha256 == hashlib.sha256(data).hexdigest()
        assert arrived[name].head == data[:64]


def test_a_file_may_hold_what_looks_like_a_boundary() -> None:
    data = b"a\r\n--sim-boundar\r\n--sim\r\n\r\n--"
    assert read(body({}, {"source": data}), 7)[1]["source"].sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    "raw", [b"", b"nothing", body({"a": "b"}, {})[:-9], body({"a": "b"}, {}).replace(b"name=", b"nome=")]
)
def test_a_multipart_body_that_is_none(raw: bytes) -> None:
    with pytest.raises(multipart.MultipartError):
        read(raw, 10)


@st.composite
def wanted(draw: st.DrawFn, depth: int = 2) -> fields.Field:
    args = draw(st.dictionaries(NAMES, st.text("abc123,", max_size=5), max_size=2))
    inner = draw(st.lists(wanted(depth=depth - 1), max_size=3)) if depth else []
    return fields.Field(draw(NAMES), args, inner)


def write(one: fields.Field) -> str:
    args = "".join(f".{name}({value})" for name, value in one.args.items())
    inner = "{" + ",".join(map(write, one.inner)) + "}" if one.inner else ""
    return one.name + args + inner


@given(st.lists(wanted(), min_size=1, max_size=4))
def test_a_field_list_is_read_as_it_was_written(wants: list[fields.Field]) -> None:
    assert fields.parse(",".join(map(write, wants))) == wants


@pytest.mark.parametrize("text", ["{", "a{b", "a.limit(", "a}", "a b", ",", "a.(1)"])
def test_a_field_list_that_cannot_be_read(text: str) -> None:
    with pytest.raises(GraphError) as refusal:
        fields.parse(text)
    assert refusal.value.code == 2500


@given(st.lists(st.one_of(st.text("abc", min_size=1), st.dictionaries(NAMES, st.integers()))))
def test_an_array_is_the_same_as_json_and_as_text(value: list[Any]) -> None:
    assert Params({"a": value}).array("a") == value
    assert Params({"a": json.dumps(value)}).array("a") == value


@pytest.mark.parametrize(
    ("value", "read_as"),
    [(True, True), ("true", True), ("1", True), (False, False), ("false", False), ("0", False)],
)
def test_booleans(value: Any, read_as: bool) -> None:
    assert Params({"a": value}).flag("a") is read_as
    assert Params({}).flag("a") is None


@pytest.mark.parametrize(
    ("ask", "value"),
    [("flag", "perhaps"), ("number", "1.5"), ("object", "[1]"), ("moment", "soon"), ("array", {"a": 1})],
)
def test_what_is_of_another_type_is_refused(ask: str, value: Any) -> None:
    with pytest.raises(GraphError) as refusal:
        getattr(Params({"a": value}), ask)("a")
    assert refusal.value.code == 100


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1795000000", 1_795_000_000.0),
        ("2026-11-18T11:06:40+0000", 1_795_000_000.0),
        ("2026-11-18T12:06:40+01:00", 1_795_000_000.0),
    ],
)
def test_moments(text: str, seconds: float) -> None:
    assert Params({"a": text}).moment("a") == seconds


def test_the_versions_of_the_sheet() -> None:
    assert versions.read("v26.0") == (26, 0)
    assert versions.read("26.0") is None
    assert versions.serve((21, 0), 1_795_000_000) == (21, 0)
    assert versions.serve((21, 0), 1_801_000_000) == (22, 0)
