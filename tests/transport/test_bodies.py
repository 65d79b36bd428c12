"""What goes out: file ranges in pieces, multipart forms, and heads that cannot be tricked."""

from __future__ import annotations

import email
import email.policy
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.errors import ActionFailed
from postwire.transport.body import PIECE, Pieces
from postwire.values import Multipart, Request, Slice


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(os.urandom(3 * PIECE))
    return path


@pytest.mark.parametrize(("first", "size"), [(0, 3 * PIECE), (7, 2 * PIECE + 1), (PIECE, 5), (3 * PIECE, 0)])
def test_a_range_of_a_file_is_sent_as_it_is(send: Any, fine: Any, video: Path, first: int, size: int) -> None:
    counted: list[int] = []
    send(Request("PUT", fine.url(), body=Slice(video, first, size)), sent=counted.append)
    assert fine.seen[0][1] == video.read_bytes()[first : first + size]
    assert fine.headers()["content-length"] == str(size)
    assert sum(counted) == size
    assert all(0 < count <= PIECE for count in counted)


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [
        ("GET", b"", None),
        ("DELETE", b"", None),
        ("POST", b"", "0"),
        ("POST", b"{}", "2"),
        ("GET", b"{}", "2"),
    ],
)
def test_plain_bytes_have_their_length(send: Any, fine: Any, method: str, body: bytes, length: Any) -> None:
    counted: list[int] = []
    send(Request(method, fine.url(), body=body), sent=counted.append)
    assert (fine.headers().get("content-length"), fine.seen[0][1], counted) == (length, body, [])


def test_a_file_that_became_too_short_is_refused(send: Any, fine: Any, video: Path) -> None:
    with pytest.raises(ActionFailed, match=r"clip\.mp4.* is shorter than it was") as failed:
        send(Request("PUT", fine.url(), body=Slice(video, PIECE, 3 * PIECE)))
    assert (failed.value.code, failed.value.sent, fine.connections) == ("media_rejected", "no", 0)


def test_a_file_that_is_gone_is_refused(send: Any, fine: Any, video: Path) -> None:
    video.unlink()
    with pytest.raises(ActionFailed, match="cannot be read") as failed:
        send(Request("PUT", fine.url(), body=Slice(video, 0, 1)))
    assert (failed.value.sent, fine.connections) == ("no", 0)


def test_a_file_that_shrinks_while_it_is_sent_ends_the_request(send: Any, fine: Any, video: Path) -> None:
    """The server must not take a short body for whole: it gets no more, and the connection is closed."""
    with video.open("r+b") as file:
        file.truncate(64 * PIECE)
    with pytest.raises(ActionFailed, match="became shorter") as failed:
        send(
            Request("PUT", fine.url(), body=Slice(video, 0, 64 * PIECE)),
            sent=lambda _: os.truncate(video, PIECE),
        )
    assert failed.value.sent == "maybe"
    fine.gone.get(timeout=60)
    assert not fine.seen


def test_a_form_with_a_file_is_streamed(send: Any, fine: Any, video: Path) -> None:
    part = Slice(video, 10, PIECE + 10)
    form = Multipart(
        (("command", "APPEND"), ("text", "Grüße"), ("media", part)),
        boundary="b0undary",
        names={"media": 'my "clip".mp4'},
        types={"media": "video/mp4"},
    )
    counted: list[int] = []
    send(Request("POST", fine.url(), body=form), sent=counted.append)
    fields = _parsed(fine.headers()["content-type"], fine.seen[0][1])
    assert [(f["name"], f["body"]) for f in fields[:2]] == [
        ("command", b"APPEND"),
        ("text", "Grüße".encode()),
    ]
    assert fields[2]["body"] == video.read_bytes()[10 : PIECE + 20]
    assert (fields[2]["filename"], fields[2]["type"]) == ("my %22clip%22.mp4", "video/mp4")
    assert sum(counted) == part.size
    assert len(fine.seen[0][1]) == int(fine.headers()["content-length"])


def _parsed(kind: str, body: bytes) -> list[dict[str, Any]]:
    whole = email.message_from_bytes(
        b"Content-Type: %s\r\n\r\n%s" % (kind.encode(), body), policy=email.policy.HTTP.clone(utf8=True)
    )
    fields: list[dict[str, Any]] = []
    for part in whole.iter_parts():
        given = part["content-disposition"].params
        content = part.get_payload(decode=True)
        fields.append({**given, "body": content, "type": part.get_content_type(), "headers": part.keys()})
    return fields


@given(st.text(), st.text())
def test_no_name_breaks_out_of_its_quotes(tmp_path_factory: Any, name: str, file: str) -> None:
    path = tmp_path_factory.getbasetemp() / "one"
    path.write_bytes(b"1")
    name, file = (text.encode(errors="ignore").decode() for text in (name, file))  # no lone surrogates
    with Pieces(Multipart(((name, Slice(path, 0, 1)),), "b", names={name: file})) as pieces:
        head = next(iter(pieces))[0].decode()
    first, disposition, kind, *rest = head.split("\r\n")
    assert (first, kind, rest) == ("--b", "Content-Type: application/octet-stream", ["", ""])
    assert "\n" not in disposition
    assert disposition.count('"') == 4


@pytest.mark.parametrize(
    "form",
    [
        Multipart((("a", "b"),), boundary="b\r\nX: y"),
        Multipart((("a", "b"),), boundary=""),
        Multipart((("a", Slice(Path(__file__), 0, 1)),), boundary="b", types={"a": "video/mp4\r\nX-Evil: 1"}),
        Multipart((("a", Slice(Path(__file__), 0, 1)),), boundary="b", types={"a": "video"}),
    ],
)
def test_a_form_that_would_inject_is_refused(send: Any, fine: Any, form: Multipart) -> None:
    with pytest.raises(ActionFailed) as failed:
        send(Request("POST", fine.url(), body=form))
    assert (failed.value.sent, fine.connections) == ("no", 0)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "a\x7fb", "日本"])
@pytest.mark.parametrize("name", ["X-Planted", "X Bad", "X:", "", "X\r\nY"])
def test_a_header_that_would_inject_is_refused(send: Any, fine: Any, name: str, value: str) -> None:
    with pytest.raises(ActionFailed) as failed:
        send(Request("GET", fine.url(), {name: value}))
    assert (failed.value.code, failed.value.sent, fine.connections) == ("internal", "no", 0)
    assert value not in str(failed.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://{at}/a b",
        "http://{at}/a\r\nX-Evil: 1",
        "http://{at}/ü",
        "http://user@{at}/",
        "http://{at}x/",
        "ftp://{at}/",
        "//{at}/",
        "http:///a",
        "nothing",
        "http://a b/",
    ],
)
def test_an_address_that_cannot_be_sent_is_refused(send: Any, fine: Any, url: str) -> None:
    with pytest.raises(ActionFailed) as failed:
        send(Request("GET", url.format(at=f"127.0.0.1:{fine.port}")))
    assert (failed.value.code, failed.value.sent, fine.connections) == ("internal", "no", 0)


@pytest.mark.parametrize(
    ("tail", "target"),
    [("", "/"), ("?a=b", "/?a=b"), ("/x?", "/x"), ("/x%2Fy?a=%26#part", "/x%2Fy?a=%26"), ("#part", "/")],
)
def test_the_path_and_query_go_out_as_given(send: Any, fine: Any, tail: str, target: str) -> None:
    send(Request("GET", fine.url(tail)))
    assert fine.seen[0][0].split(b"\r\n")[0] == f"GET {target} HTTP/1.1".encode()
    assert fine.headers()["host"] == f"127.0.0.1:{fine.port}"


def test_given_headers_take_the_place_of_ours(send: Any, fine: Any) -> None:
    send(Request("GET", fine.url(), {"user-agent": "mine", "Accept-Encoding": "identity", "X-Latin": "ü"}))
    names = [line.split(b":")[0].lower() for line in fine.seen[0][0].split(b"\r\n")[1:]]
    assert sorted(names) == [b"accept-encoding", b"host", b"user-agent", b"x-latin"]
    assert b"user-agent: mine" in fine.seen[0][0]
    assert b"X-Latin: \xfc" in fine.seen[0][0]
