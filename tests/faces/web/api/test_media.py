"""Files: taken within the limits in every way, gone when anything goes wrong."""

from __future__ import annotations

import hashlib
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.faces.web.api.conftest import Program

from postwire.access.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx2
    from tests.faces.web.conftest import Web


def chunks(content: bytes) -> Iterator[bytes]:
    """A body whose length is not announced."""
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


def put(program: Program, content: Any) -> httpx2.Response:
    return program.http.put("/media", content=content)


def form(program: Program, content: Any) -> httpx2.Response:
    whole = content if isinstance(content, bytes) else b"".join(content)
    return program.post("/media", files={"file": ("x.bin", whole)})


def resumed(program: Program, content: Any) -> httpx2.Response:
    whole = content if isinstance(content, bytes) else b"".join(content)
    begun = program.post("/media/uploads", json={"size": len(whole), "name": "x.bin"})
    if begun.status_code != 201:
        return begun
    headers = {"Upload-Offset": "0"}
    return program.http.put(begun.headers["location"].removeprefix("/v1"), content=whole, headers=headers)


WAYS = pytest.mark.parametrize("send", [put, form, resumed])


@WAYS
def test_a_file_comes_whole(program: Program, video: bytes, send: Callable[..., Any]) -> None:
    answer = send(program, video)
    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/media/{told['media']}"
    assert (told["size"], told["type"], told["width"]) == (len(video), "video/mp4", 720)
    assert told["sha256"] == hashlib.sha256(video).hexdigest()
    assert program.get(f"/media/{told['media']}").json() == told


def test_its_name(program: Program) -> None:
    named = program.http.put("/media?name=Ferien%20am%20Meer.txt", content=b"x").json()["name"]
    header = program.http.put("/media", content=b"x", headers={"X-Filename": "..%2Fa%C3%A4.txt"}).json()[
        "name"
    ]
    assert (named, header) == ("Ferien am Meer.txt", "aä.txt")


def test_a_file_goes(program: Program, files: Callable[[], set[str]]) -> None:
    handle = put(program, b"12345").json()["media"]
    assert program.http.delete(f"/media/{handle}").status_code == 204
    assert files() == set()
    assert Uploads(program.web.site.vault.store).used("sandbox") == 0
    assert program.http.delete(f"/media/{handle}").status_code == 404


@WAYS
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "not announced"])
def test_what_is_too_large(
    start: Callable[..., Web], files: Callable[[], set[str]], send: Callable[..., Any], announced: bool
) -> None:
    program = Program(start(largest=10_000))
    with program.http:
        for size, status in ((9_000, 201), (10_001, 413), (50_000, 413)):
            answer = send(program, bytes(size) if announced else chunks(bytes(size)))
            assert answer.status_code == status, answer.text
    assert len(files()) == (2 if send is resumed else 1)


@WAYS
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "not announced"])
def test_a_workspace_has_so_much_room(
    start: Callable[..., Web], files: Callable[[], set[str]], send: Callable[..., Any], announced: bool
) -> None:
    web = start(quota=20_000)
    program = Program(web)
    with program.http:
        kept = send(program, bytes(15_000)).json()["media"]
        refused = send(program, bytes(6_000) if announced else chunks(bytes(6_000)))
        assert (refused.status_code, refused.json()["code"]) == (507, "quota_exceeded")
        assert Uploads(web.site.vault.store).used("sandbox") == 15_000
        assert kept in files()
        program.http.delete(f"/media/{kept}")
        assert send(program, bytes(16_000)).status_code == 201


def test_files_that_somebody_else_deleted_take_no_room(start: Callable[..., Web]) -> None:
    web = start(quota=10_000)
    program = Program(web)
    with program.http:
        handle = put(program, bytes(9_000)).json()["media"]
        web.site.client("sandbox").media.discard(handle)
        assert put(program, bytes(9_000)).status_code == 201


@WAYS
def test_an_empty_file_is_none(
    program: Program, send: Callable[..., Any], files: Callable[[], set[str]]
) -> None:
    assert send(program, b"").status_code == 400
    assert files() == set()


@pytest.mark.parametrize(
    "more",
    [
        {"files": [("a", ("a", b"1")), ("b", ("b", b"2"))]},
        {"files": [("a", (None, "no file"))]},
        {"content": b"no form", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"no form", "headers": {"Content-Type": "text/plain"}},
    ],
    ids=["two files", "no file", "no form", "another type"],
)
def test_forms_that_hold_no_single_file(
    program: Program, more: dict[str, Any], files: Callable[[], set[str]]
) -> None:
    answer = program.post("/media", **more)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert files() == set()


FORM = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="video"; filename="f"\r\n\r\n'
VIDEO = "POST /v1/actions/tiktok.create_video_post"
PATHS = {
    "raw": ("PUT /v1/media", "video/mp4", b"", b"\0"),
    "form": ("POST /v1/media", FORM, PART, b"\0"),
    "input": (VIDEO, "application/json", b'{"video": {"content": "', b"QUJD"),
    "form with input": (VIDEO, FORM, PART, b"\0"),
}


@pytest.mark.parametrize("path", PATHS)
def test_a_sender_who_goes_away_leaves_nothing(
    web: Web, home: Any, files: Callable[[], set[str]], path: str
) -> None:
    place, kind, begins, goes_on = PATHS[path]
    host, _, port = web.origin.removeprefix("http://").rpartition(":")
    key = web.key()["Authorization"]
    head = (
        f"{place} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: {key}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: 5000000\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + begins + goes_on * (2_000_000 // len(goes_on)))
        wait_for(lambda: bool(files()))
    wait_for(lambda: not files())
    wait_for(lambda: Uploads(web.site.vault.store).used("sandbox") == 0)


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_an_upload_goes_on_where_it_broke_off(program: Program, video: bytes) -> None:
    begun = program.post("/media/uploads", json={"size": len(video), "name": "clip.mp4"})
    place = begun.headers["location"].removeprefix("/v1")
    assert (begun.status_code, begun.headers["upload-offset"]) == (201, "0")

    def send(first: int, last: int, **headers: str) -> httpx2.Response:
        named = headers or {"Upload-Offset": str(first)}
        return program.http.put(place, content=video[first:last], headers=named)

    assert send(0, 100_000).json() == {**begun.json(), "offset": 100_000}
    wrong = send(0, 100_000)
    assert (wrong.status_code, wrong.headers["upload-offset"]) == (409, "100000")
    assert program.http.head(place).headers["upload-offset"] == "100000"
    too_much = program.http.put(place, content=video[100_000:] + b"x", headers={"Upload-Offset": "100000"})
    assert too_much.status_code == 400
    offset = int(program.http.head(place).headers["upload-offset"])
    ranged = {"Content-Range": f"bytes {offset}-{len(video) - 1}/{len(video)}"}
    done = program.http.patch(place, content=video[offset:], headers=ranged)
    assert (done.status_code, done.headers["upload-complete"]) == (201, "?1")
    assert done.json()["sha256"] == hashlib.sha256(video).hexdigest()
    # Who did not hear of it finds the file by the upload.
    known = program.get(place)
    assert known.json()["media"] == done.json()["media"]
    assert known.headers["upload-complete"] == "?1"
    assert send(0, 5).status_code == 409


def test_a_broken_connection_keeps_what_came(web: Web, program: Program) -> None:
    begun = program.post("/media/uploads", json={"size": 5_000_000})
    place = begun.headers["location"]
    host, _, port = web.origin.removeprefix("http://").rpartition(":")
    head = (
        f"PUT {place} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: {web.key()['Authorization']}\r\n"
        "Upload-Offset: 0\r\nContent-Length: 5000000\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + b"x" * 2_500_000)
        wait_for(lambda: program.get(place.removeprefix("/v1")).json()["offset"] >= 2_000_000)
    came = program.get(place.removeprefix("/v1")).json()["offset"]
    wait_for(lambda: _continues(program, place.removeprefix("/v1"), came))


def _continues(program: Program, place: str, came: int) -> bool:
    answer = program.http.put(place, content=b"x" * (5_000_000 - came), headers={"Upload-Offset": str(came)})
    assert answer.status_code in {201, 409}, answer.text  # 409 while the server has not heard of the break
    return answer.status_code == 201


def test_an_upload_is_given_up(program: Program, files: Callable[[], set[str]]) -> None:
    begun = program.post("/media/uploads", json={"size": 10})
    place = begun.headers["location"].removeprefix("/v1")
    assert program.http.delete(place).status_code == 204
    assert program.get(place).status_code == 404
    assert files() == set()
    assert Uploads(program.web.site.vault.store).used("sandbox") == 0


@pytest.mark.parametrize("headers", [{}, {"Upload-Offset": "-1"}, {"Content-Range": "bytes */10"}], ids=str)
def test_an_upload_without_its_place(program: Program, headers: dict[str, str]) -> None:
    place = program.post("/media/uploads", json={"size": 10}).headers["location"].removeprefix("/v1")
    answer = program.http.put(place, content=b"x", headers=headers)
    assert (answer.status_code, answer.json()["fields"][0]["path"]) == (400, "Upload-Offset")
