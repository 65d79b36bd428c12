"""Runs over HTTP: pages, events, and what a person decides."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.faces.web.posting import performing

from postwire.accounts.account import SANDBOX
from postwire.errors import OutcomeUnknown
from postwire.faces.web import watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faces.web.api.conftest import Program

    from postwire.accounts.records import StoredAccount

POST = "x.create_text_post"


@pytest.fixture(autouse=True)
def x(connect: Callable[..., StoredAccount]) -> StoredAccount:
    return connect("x")


def events(program: Program, run: str, last: str | None = None) -> list[dict[str, Any]]:
    """The events of a run, until its end."""
    found: list[dict[str, Any]] = []
    headers = {} if last is None else {"Last-Event-ID": last}
    with program.http.stream("GET", f"/runs/{run}/events", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        current: dict[str, Any] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name:
                current[name] = json.loads(value) if name == "data" else value
            elif current:
                found.append(current)
                current = {}
    return found


def test_a_run_is_watched_to_its_end(program: Program) -> None:
    run = program.run(POST, {"text": "Watched"}).json()
    with program.http.stream("GET", f"/runs/{run['id']}/events") as answer:
        lines = answer.iter_lines()
        first = [next(lines) for _ in range(3)]
        assert first[1] == "event: progress"
        assert json.loads(first[2].removeprefix("data: ")) == run
        with performing(program.web):
            rest = list(lines)
    assert "event: end" in rest
    end = json.loads([line for line in rest if line.startswith("data: ")][-1].removeprefix("data: "))
    assert (end["state"], end) == ("done", program.get(f"/runs/{run['id']}").json())


@pytest.mark.usefixtures("working")
def test_who_comes_back_is_told_the_end(program: Program) -> None:
    run = program.run(POST, {"text": "Again"}, Prefer="wait=30").json()
    once = events(program, run["id"])
    assert [each["event"] for each in once] == ["end"]
    assert events(program, run["id"], once[0]["id"]) == once
    assert events(program, run["id"], "something else") == once


def test_what_has_not_changed_is_not_told_again(program: Program) -> None:
    run = program.run(POST, {"text": "Once"}).json()
    with program.http.stream("GET", f"/runs/{run['id']}/events") as answer:
        seen = next(answer.iter_lines()).removeprefix("id: ")
    headers = {"Last-Event-ID": seen}
    with program.http.stream("GET", f"/runs/{run['id']}/events", headers=headers) as answer:
        program.post(f"/runs/{run['id']}/cancel")
        told = [line for line in answer.iter_lines() if line.startswith(("event", "data"))]
    assert told[0] == "event: end"
    assert json.loads(told[1].removeprefix("data: "))["state"] == "cancelled"
    assert len(told) == 2


def test_silence_is_broken_for_the_proxies(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK", 0.01)
    monkeypatch.setattr(watching, "QUIET", 0.02)
    run = program.run(POST, {"text": "Quiet"}).json()["id"]

    async def look() -> list[Any]:
        seen = watching.events(program.web.site, SANDBOX, run)
        return [await anext(seen) for _ in range(3)]

    first, *rest = asyncio.run(look())
    assert (first.run.id, first.event, rest) == (run, "progress", [None, None])


def test_pages(program: Program) -> None:
    made = [program.run(POST, {"text": f"Number {n}"}).json()["id"] for n in range(5)]
    found, after = [], None
    while True:
        page = program.get("/runs", params={"limit": 2, **({"after": after} if after else {})}).json()
        found += [each["id"] for each in page["runs"]]
        if (after := page["after"]) is None:
            break
    assert found == made[::-1]
    assert program.get("/runs?state=done").json()["runs"] == []
    assert program.get("/runs?action=x.create_thread").json()["runs"] == []
    assert len(program.get(f"/runs?action={POST}&state=waiting").json()["runs"]) == 5


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "state=gone", "after=x", "nothing=1"])
def test_queries_that_are_none(program: Program, query: str) -> None:
    assert program.get(f"/runs?{query}").status_code == 400


def test_a_run_that_waits_is_cancelled_and_tried_again(program: Program) -> None:
    run = program.run(POST, {"text": "Later"}).json()["id"]
    assert program.post(f"/runs/{run}/cancel").json()["state"] == "cancelled"
    waited = program.run(POST, {"text": "Later"}, Idempotency_Key=run, Prefer="wait=1")
    assert waited.status_code == 202  # a key of its own: another run
    again = program.post(f"/runs/{run}/retry")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    assert program.post(f"/runs/{run}/retry").status_code == 409
    with performing(program.web):
        assert program.get(f"/runs/{run}", headers={"Prefer": "wait=30"}).json()["state"] == "done"


@pytest.mark.parametrize(
    ("said", "state"),
    [({"happened": True, "url": "https://x.com/1"}, "done"), ({"happened": False}, "failed")],
    ids=str,
)
def test_an_unknown_run_is_settled(program: Program, said: dict[str, Any], state: str) -> None:
    run = program.run(POST, {"text": "Perhaps"}).json()["id"]
    assert program.post(f"/runs/{run}/resolve", json=said).status_code == 409  # nobody needs to
    journal = program.web.site.journal
    journal.fail(journal.take(run), OutcomeUnknown("X did not answer: it may have happened."))
    assert program.get(f"/runs/{run}").json()["error"]["code"] == "outcome_unknown"
    settled = program.post(f"/runs/{run}/resolve", json=said).json()
    assert settled["state"] == state
    assert settled.get("output", {}).get("url") == said.get("url")


@pytest.mark.parametrize(
    "said", [{}, {"happened": "yes"}, {"happened": False, "url": "https://x.com/1"}], ids=str
)
def test_what_settles_nothing(program: Program, said: dict[str, Any]) -> None:
    run = program.run(POST, {"text": "Perhaps"}).json()["id"]
    assert program.post(f"/runs/{run}/resolve", json=said).status_code == 400


def test_an_outcome_nobody_knows_answers_so(program: Program) -> None:
    run = program.run(POST, {"text": "Perhaps"}, Idempotency_Key="k").json()["id"]
    journal = program.web.site.journal
    journal.fail(journal.take(run), OutcomeUnknown("X did not answer: it may have happened."))
    told = program.run(POST, {"text": "Perhaps"}, Idempotency_Key="k")
    assert (told.status_code, told.json()["code"], told.json()["run"]) == (502, "outcome_unknown", run)
    assert told.json()["sent"] == "maybe"
