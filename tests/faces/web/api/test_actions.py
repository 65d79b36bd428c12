"""Actions over HTTP: reads, runs, keys, waiting, schedules, rehearsals, and inputs in every form."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.faces.web.posting import performing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faces.web.api.conftest import Program
    from tests.faces.web.conftest import Web

    from postwire.accounts.records import StoredAccount
    from postwire.simulator import Served

POST = "x.create_text_post"
VIDEO = "tiktok.create_video_post"
PRIVATE = {"privacy_level": "SELF_ONLY"}


@pytest.fixture
def x(connect: Callable[..., StoredAccount]) -> StoredAccount:
    return connect("x")


def test_what_reads_answers_at_once(program: Program, tiktok: StoredAccount) -> None:
    answer = program.run("tiktok.get_user_info", X_Request_Id="mine-7")
    assert answer.status_code == 200
    assert answer.headers["x-request-id"] == "mine-7"
    told = answer.json()
    assert told["state"] == "done"
    assert told["output"]["username"] == tiktok.username
    assert program.post("/actions/tiktok.get_user_info").json()["output"] == told["output"]  # no body at all


@pytest.mark.usefixtures("working")
def test_a_create_is_a_run_that_can_be_waited_for(program: Program, x: StoredAccount) -> None:
    answer = program.run(POST, {"text": "Hello"}, Prefer="respond-async, wait=30")
    assert (answer.status_code, answer.headers["preference-applied"]) == (200, "wait=30")
    run = answer.json()
    assert (run["state"], run["action"], run["account"]) == ("done", POST, x.id)
    assert run["output"]["id"]
    assert answer.headers["location"] == f"/v1/runs/{run['id']}"
    assert program.get(f"/runs/{run['id']}").json() == run


def test_without_waiting_it_is_on_its_way(program: Program, x: StoredAccount) -> None:
    answer = program.run(POST, {"text": "Hello"})
    run = answer.json()
    assert (answer.status_code, run["state"]) == (202, "waiting")
    assert run["key"] == answer.headers["idempotency-key"]
    assert "preference-applied" not in answer.headers


@pytest.mark.usefixtures("working", "x")
def test_a_key_stands_for_one_request(program: Program, served: Served) -> None:
    first = program.run(POST, {"text": "Once"}, Idempotency_Key='"my key"', Prefer="wait=30")
    again = program.run(POST, {"text": "Once"}, Idempotency_Key="my key")
    assert again.status_code == 200  # it has ended, so the result is there
    assert again.json() == first.json()
    other = program.run(POST, {"text": "Twice"}, Idempotency_Key="my key")
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert [each["id"] for each in program.get("/runs").json()["runs"]] == [first.json()["id"]]


@pytest.mark.usefixtures("working", "x")
def test_a_run_that_fails_answers_as_its_error(program: Program) -> None:
    answer = program.run("x.delete_post", {"post_id": "1"}, Prefer="wait=30")
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, told["code"]) == (404, "not_found")
    run = program.get(f"/runs/{told['run']}").json()
    assert (run["state"], run["error"]["message"]) == ("failed", told["detail"])


def test_a_schedule(program: Program, x: StoredAccount) -> None:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    text = due.isoformat().replace("+00:00", "+01:00")
    answer = program.post(f"/actions/{POST}?at={text}", json={"text": "Later"})  # the + as a space, as it is
    run = answer.json()
    assert answer.status_code == 202
    assert run["due"] == (due - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert [each["id"] for each in program.get("/schedules").json()["runs"]] == [run["id"]]
    moved = program.http.patch(f"/schedules/{run['id']}", json={"at": due.isoformat()})
    assert moved.json()["due"] == due.isoformat().replace("+00:00", "Z")
    assert program.http.delete(f"/schedules/{run['id']}").json()["state"] == "cancelled"
    assert program.get("/schedules").json()["runs"] == []
    assert program.http.delete(f"/schedules/{run['id']}").status_code == 409


@pytest.mark.usefixtures("x")
def test_a_rehearsal_sends_nothing(program: Program) -> None:
    answer = program.post(f"/actions/{POST}?dry_run=true", json={"text": "Hello"})
    told = answer.json()
    assert answer.status_code == 200
    assert told["requests"][0]["json"] == {"text": "Hello"}
    assert program.get("/runs").json()["runs"] == []


@pytest.mark.parametrize(
    ("query", "headers", "path"),
    [
        ("acount=a", {}, "?acount"),
        ("account=a&account=b", {}, "?account"),
        ("account=a", {"Postwire-Account": "b"}, "?account"),
        ("dry_run=maybe", {}, "?dry_run"),
        ("at=tomorrow", {}, "?at"),
        ("at=2031-01-01T00:00:00", {}, "?at"),
        ("at=2001-01-01T00:00:00Z", {}, "?at"),
        ("", {"Idempotency-Key": ""}, "Idempotency-Key"),
        ("", {"Idempotency-Key": "k" * 201}, "Idempotency-Key"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("x")
def test_what_is_asked_wrongly(program: Program, query: str, headers: dict[str, str], path: str) -> None:
    answer = program.post(f"/actions/{POST}?{query}", json={"text": "Hello"}, headers=headers)
    assert (answer.status_code, answer.json()["fields"][0]["path"]) == (400, path)
    assert program.get("/runs").json()["runs"] == []


def test_who_acts(program: Program, connect: Callable[..., StoredAccount]) -> None:
    none = program.run("tiktok.get_user_info")
    assert (none.status_code, none.json()["code"]) == (404, "not_found")
    accounts = [connect(postwire_account=name) for name in ("simstudio", "simprivate")]
    assert program.run("tiktok.get_user_info").status_code == 404  # several could be meant
    for account in accounts:
        for name in (account.id, f"@{account.username}"):
            by_query = program.post("/actions/tiktok.get_user_info", params={"account": name})
            by_header = program.run("tiktok.get_user_info", Postwire_Account=name)
            assert by_query.json() == by_header.json()
            assert by_query.json()["output"]["username"] == account.username


def test_the_operators_own_token_acts_for_nobody(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_ACCESS_TOKEN", "the-operators-own")
    monkeypatch.setenv("POSTWIRE_TIKTOK_TOKEN", "the-operators-own")
    answer = program.run("tiktok.get_user_info")
    assert answer.json()["detail"] == "No tiktok account is connected."


@pytest.mark.parametrize("form", ["base64", "alias", "data", "multipart", "handle"])
@pytest.mark.usefixtures("working", "tiktok")
def test_a_file_in_every_form(
    program: Program, served: Served, video: bytes, form: str, files: Callable[[], set[str]]
) -> None:
    text = base64.b64encode(video).decode()
    kept = set()
    more: dict[str, Any] = {}
    if form == "multipart":
        more = {
            "files": {"video": ("clip.mp4", video, "video/mp4")},
            "data": {**PRIVATE, "disable_duet": "true"},
        }
    elif form == "handle":
        kept = {program.http.put("/media", content=video).json()["media"]}
        more = {"json": {**PRIVATE, "video": next(iter(kept))}}
    elif form == "alias":
        more = {"json": {**PRIVATE, "video_content_base64": text}}
    else:
        value: Any = (
            f"data:video/mp4;base64,{text}" if form == "data" else {"content": text, "name": "clip.mp4"}
        )
        more = {"json": {**PRIVATE, "video": value}}
    answer = program.post(f"/actions/{VIDEO}", headers={"Prefer": "wait=30"}, **more)
    assert answer.status_code == 200, answer.text
    assert answer.json()["output"]["publish_id"]
    assert files() == kept  # what came with the run has gone with it


@pytest.mark.parametrize("form", ["base64", "multipart", "address"])
@pytest.mark.usefixtures("tiktok")
def test_files_of_runs_that_wait_take_room(
    start: Callable[..., Web],
    program_for: Callable[..., Program],
    tiktok: StoredAccount,
    video: bytes,
    form: str,
) -> None:
    program = program_for(web=start(quota=400_000))
    given: dict[str, Any] = {"json": {**PRIVATE, "video": {"content": base64.b64encode(video).decode()}}}
    first = program.post(f"/actions/{VIDEO}", **given)
    assert first.status_code == 202
    if form == "multipart":
        given = {"files": {"video": ("clip.mp4", video, "video/mp4")}, "data": PRIVATE}
    elif form == "address":
        program.http.put("/media", content=bytes(100_000))
        given = {"json": {**PRIVATE, "video": "https://example.com/clip.mp4"}}
    refused = program.post(f"/actions/{VIDEO}", **given)
    assert (refused.status_code, refused.json()["code"]) == (507, "quota_exceeded")
    with performing(program.web):
        program.get(f"/runs/{first.json()['id']}", headers={"Prefer": "wait=30"})
    assert program.http.put("/media", content=video).status_code == 201  # its file has gone with it


@pytest.mark.usefixtures("working", "tiktok")
def test_the_same_file_in_another_form_is_the_same_request(program: Program, video: bytes) -> None:
    text = {**PRIVATE, "video": {"content": base64.b64encode(video).decode()}}
    first = program.run(VIDEO, text, Idempotency_Key="clip", Prefer="wait=30")
    handle = program.http.put("/media", content=video).json()["media"]
    again = program.run(VIDEO, {**PRIVATE, "video": handle}, Idempotency_Key="clip")
    assert again.json() == first.json()
    other = program.http.put("/media", content=video[:-1] + b"x").json()["media"]
    assert program.run(VIDEO, {**PRIVATE, "video": other}, Idempotency_Key="clip").status_code == 409


@pytest.mark.usefixtures("tiktok")
def test_a_handle_is_deleted_or_never_was(program: Program, files: Callable[[], set[str]]) -> None:
    handle = program.http.put("/media", content=b"12345").json()["media"]
    program.http.delete(f"/media/{handle}")
    answer = program.run(VIDEO, {**PRIVATE, "video": handle})
    assert (answer.status_code, answer.json()["fields"][0]["path"]) == (400, "/video")
    assert files() == set()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"title": "QUJD" * 20_000, **PRIVATE}, "/title"),
        ({"video": {"content": "QUJD" * 20_000, "more": "QUJD" * 20_000}, **PRIVATE}, "/video/more"),
        ({"strange": ["QUJD" * 20_000], **PRIVATE}, "/strange/0"),
    ],
    ids=["a text", "beside a file", "an unknown field"],
)
@pytest.mark.usefixtures("tiktok")
def test_files_are_taken_where_media_go(
    program: Program, body: dict[str, Any], path: str, files: Callable[[], set[str]]
) -> None:
    answer = program.run(VIDEO, body)
    assert answer.status_code == 400
    assert path in [field["path"] for field in answer.json()["fields"]]
    assert files() == set()


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"text": 1e999}', "application/json", 400),
        (b'{"a": ' + b'"x" ' * 400_000 + b"}", "application/json", 400),
        (b"text=Hello", "application/x-www-form-urlencoded", 415),
        (b"Hello", "text/plain", 415),
        (b"", "multipart/form-data", 400),
        (
            b"--b\r\nContent-Disposition: form-data; name=text\r\n\r\nHel",
            "multipart/form-data; boundary=b",
            400,
        ),
    ],
    ids=str,
)
@pytest.mark.usefixtures("x")
def test_bodies_that_are_none(program: Program, content: bytes, kind: str, status: int) -> None:
    answer = program.post(f"/actions/{POST}", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["status"]) == (status, status)


@pytest.mark.parametrize("options", [["Tea", "Coffee"], ['["Tea", "Coffee"]']], ids=["repeated", "as JSON"])
@pytest.mark.usefixtures("x")
def test_a_form_gives_values_of_the_schemas_types(program: Program, options: list[str]) -> None:
    fields = [("text", "7"), ("duration_minutes", "60"), ("made_with_ai", "true"), ("reply_settings", "")]
    form = [(name, (None, value)) for name, value in [*fields, *(("poll_options", each) for each in options)]]
    answer = program.post("/actions/x.create_poll_post?dry_run=true", files=form)
    assert answer.json()["requests"][0]["json"] == {
        "text": "7",
        "made_with_ai": True,
        "poll": {"options": ["Tea", "Coffee"], "duration_minutes": 60},
    }
    twice = program.post("/actions/x.create_text_post", files=[("text", (None, "a")), ("text", (None, "b"))])
    assert (twice.status_code, twice.json()["fields"][0]["path"]) == (400, "/text")


@pytest.mark.parametrize("name", ["x.nothing", "x._create_post", "nothing.get_post", "nothing"])
def test_actions_that_there_are_not(program: Program, name: str) -> None:
    assert program.run(name).status_code == 404
    assert program.get(f"/actions/{name}").status_code == 404


def test_every_mistake_at_once(program: Program, x: StoredAccount) -> None:
    told = program.run(POST, {"reply_settings": "nobody", "made_with_ai": "x"}).json()
    assert {each["path"] for each in told["fields"]} >= {"/text", "/reply_settings", "/made_with_ai"}
    assert told["sent"] == "no"
    assert json.dumps(told).count("nobody") <= 2
