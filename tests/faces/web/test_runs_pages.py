"""Runs and schedules: what is seen of them, live to their end, and what people do about them."""

from __future__ import annotations

import html
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.faces.web.posting import HERE, connect, handed, performing, runs

from postwire.accounts.account import SANDBOX
from postwire.errors import ActionFailed, OutcomeUnknown
from postwire.publish.records import Ask

if TYPE_CHECKING:
    from tests.faces.web.conftest import Web

    from postwire.publish.records import Run

LATER = 1_987_520_400  # 2032-12-24 17:00 UTC


@pytest.fixture
def x(web: Web) -> str:
    return connect(web, "x")


def ended(web: Web, run: Run, error: Exception) -> Run:
    """*run* after it ended with *error*."""
    journal = web.site.journal
    journal.fail(journal.take(run.id), error)
    return journal.find(run.id)


def page(web: Web, run: Run) -> str:
    answer = web.get(f"{HERE}/runs/{run.id}")
    assert answer.status_code == 200
    return answer.text


def test_nothing_was_sent_yet(web: Web) -> None:
    assert "Nothing was sent yet" in web.get(f"{HERE}/runs").text
    assert "Nothing is scheduled" in web.get(f"{HERE}/schedules").text


def test_runs_are_listed_by_state(web: Web, x: str) -> None:
    waits, failed = handed(web, x), handed(web, x)
    ended(web, failed, ActionFailed("policy_blocked", "Not allowed."))
    every = web.get(f"{HERE}/runs").text
    assert f"/runs/{waits.id}" in every
    assert f"/runs/{failed.id}" in every
    some = web.get(f"{HERE}/runs", params={"state": "failed"}, headers={"HX-Request": "true"}).text
    assert f"/runs/{failed.id}" in some
    assert f"/runs/{waits.id}" not in some
    assert "<html" not in some
    assert "There are none" in web.get(f"{HERE}/runs", params={"state": "done"}).text


def test_disconnecting_counts_what_is_scheduled_for_the_account(web: Web, x: str) -> None:
    other = connect(web, "tiktok")
    for _ in range(2):
        handed(web, x, "Later.", LATER)
    asked = {each: web.get(f"{HERE}/connections/{each}/disconnect").text for each in (x, other)}
    assert "2 scheduled posts for it will fail to publish" in asked[x]
    assert "Posts that are scheduled for it will fail to publish" in asked[other]


def test_many_runs_have_pages(web: Web, x: str) -> None:
    for number in range(31):
        ask = Ask(SANDBOX, f"key-{number}", "x.create_text_post", "", f"{number}", {"portable": {}})
        web.site.journal.submit(ask)
    first = web.get(f"{HERE}/runs", params={"state": "waiting"}).text
    assert first.count("/runs/run_") == 30
    handed(web, x, "Newer.", LATER)  # what comes meanwhile moves no page
    older = re.search(r'href="([^"]+after=[^"]+)"', first)
    assert older
    second = web.get(html.unescape(older[1])).text
    assert second.count("/runs/run_") == 1
    assert f'href="{HERE}/runs?state=waiting"' in second
    assert web.get(f"{HERE}/runs", params={"after": "nonsense"}).status_code == 400


def test_many_schedules_have_pages(web: Web, x: str) -> None:
    for number in range(51):
        handed(web, x, f"Number {number}.", LATER + number)
    first = web.get(f"{HERE}/schedules").text
    later = re.search(r'href="([^"]+after=[^"]+)"', first)
    assert later
    second = web.get(html.unescape(later[1])).text
    assert [page.count('class="card slot"') for page in (first, second)] == [50, 1]
    assert f'href="{HERE}/schedules"' in second


def test_a_run_is_watched_to_its_link(web: Web, x: str) -> None:
    run = handed(web, x)
    assert f'data-events="{HERE}/runs/{run.id}/events"' in page(web, run)
    with performing(web), web.http.stream("GET", f"{HERE}/runs/{run.id}/events", timeout=60) as told:
        text = told.read().decode()
    assert text.endswith("event: end\ndata: end\n\n")
    last = text.rpartition("id: ")[2]
    assert "https://x.com/i/web/status/" in last
    assert "See the post" in last
    assert "data-events" not in page(web, run)


def test_another_workspaces_run_is_not_there(web: Web, x: str) -> None:
    web.site.vault.add_workspace("other", "Other")
    ask = Ask("other", "key", "x.create_text_post", "", "f", {"portable": {}})
    run, _ = web.site.journal.submit(ask)
    assert web.get(f"{HERE}/runs/{run.id}").status_code == 404
    assert web.post(f"{HERE}/runs/{run.id}/cancel").status_code == 404
    assert web.site.journal.find(run.id).state == "waiting"


def test_a_failure_says_what_to_do_and_who(web: Web, x: str) -> None:
    error = ActionFailed(
        "scope_missing", "The account may not post.", provider={"code": "403", "message": "Forbidden"}
    )
    text = page(web, ended(web, handed(web, x), error))
    for said in ("Permission Missing", "The account may not post.", "Reconnect the account"):
        assert said in text
    assert "The owner of the account must act." in text
    assert "The platform says: 403, Forbidden." in text
    assert "Try again" in text


@pytest.mark.parametrize("do", ["cancel", "retry", "resolve", "move"])
def test_what_changes_a_run_needs_our_own_page(web: Web, x: str, do: str) -> None:
    run = handed(web, x, at=LATER)
    answer = web.post(f"{HERE}/runs/{run.id}/{do}", headers={"X-CSRF-Token": "wrong"})
    assert answer.status_code == 403
    assert web.site.journal.find(run.id) == run


def test_a_run_is_cancelled_and_tried_again(web: Web, x: str) -> None:
    run = handed(web, x)
    assert "data-confirm" in page(web, run)
    assert web.post(f"{HERE}/runs/{run.id}/cancel").headers["location"] == f"{HERE}/runs/{run.id}"
    assert web.site.journal.find(run.id).state == "cancelled"
    assert web.post(f"{HERE}/runs/{run.id}/retry").status_code == 303
    assert web.site.journal.find(run.id).state == "waiting"
    assert web.post(f"{HERE}/runs/{run.id}/retry").status_code == 409


def unknown(web: Web, x: str) -> Run:
    return ended(web, handed(web, x), OutcomeUnknown("No answer came."))


def test_an_unknown_outcome_is_not_offered_again_but_settled(web: Web, x: str) -> None:
    run = unknown(web, x)
    text = page(web, run)
    assert "Look on the platform whether it is there" in text
    assert f"/runs/{run.id}/retry" not in text
    where = f"{HERE}/runs/{run.id}/resolve"
    assert web.post(where, {"found": "yes", "posted": "https://x.com/i/web/status/7"}).status_code == 303
    settled = web.site.journal.find(run.id)
    assert settled.state == "done"
    assert 'href="https://x.com/i/web/status/7"' in page(web, settled)


def test_what_did_not_happen_may_be_sent_again(web: Web, x: str) -> None:
    run = unknown(web, x)
    web.post(f"{HERE}/runs/{run.id}/resolve", {"found": "no"})
    assert web.site.journal.find(run.id).state == "failed"
    assert f"/runs/{run.id}/retry" in page(web, run)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Say what you found on the platform."),
        ({"found": "yes", "posted": "javascript:alert(1)"}, "Give the address of the post"),
    ],
    ids=str,
)
def test_it_is_settled_by_a_word_or_an_address(web: Web, x: str, given: dict[str, str], said: str) -> None:
    run = unknown(web, x)
    answer = web.post(f"{HERE}/runs/{run.id}/resolve", given)
    assert answer.status_code == 422
    assert said in answer.text
    assert web.site.journal.find(run.id).state == "unknown"


def test_what_waits_stands_under_its_day(web: Web, x: str) -> None:
    evening = LATER + 6.5 * 3600  # 23:30 UTC, in Berlin the next day
    first, second = handed(web, x, "One.", evening), handed(web, x, "Two.", LATER)
    text = web.get(f"{HERE}/schedules").text
    assert re.findall(r"(\w+day, \d+ \w+ 2032)</h2>", text) == ["Friday, 24 December 2032"]
    assert text.index(second.id) < text.index(first.id)
    web.http.cookies.set("postwire_zone", "Europe%2FBerlin")
    days = re.findall(r"(\w+day, \d+ \w+ 2032)</h2>", web.get(f"{HERE}/schedules").text)
    assert days == ["Friday, 24 December 2032", "Saturday, 25 December 2032"]


def test_it_can_be_moved_and_taken_out(web: Web, x: str) -> None:
    run = handed(web, x, at=LATER)
    at = {"when": "at", "at": "2032-12-25T09:00", "zone": "Asia/Tokyo"}
    answer = web.post(f"{HERE}/runs/{run.id}/move?back=schedules", at)
    assert answer.headers["location"] == f"{HERE}/schedules"
    assert web.site.journal.find(run.id).run_at == 1_987_545_600
    assert web.post(f"{HERE}/runs/{run.id}/move", at | {"at": "2001-01-01T00:00"}).status_code == 422
    web.post(f"{HERE}/runs/{run.id}/cancel?back=schedules")
    assert web.site.journal.find(run.id).state == "cancelled"
    assert "Nothing is scheduled" in web.get(f"{HERE}/schedules").text
    assert web.post(f"{HERE}/runs/{run.id}/move", at).status_code == 409


def test_bytes_on_their_way_are_a_bar(web: Web, x: str) -> None:
    run = handed(web, x)
    ledger = web.site.journal.take(run.id)
    progress: dict[str, Any] = {"kind": "upload", "step": "upload", "done": 30, "total": 120}
    web.site.journal.tell(ledger, progress)
    text = page(web, run)
    assert re.search(r'<progress[^>]*value="25"', text)
    assert "Sending the file." in text


def test_a_run_is_over_when_nobody_waits_any_more(web: Web, x: str) -> None:
    run = handed(web, x)
    with performing(web):
        until = time.monotonic() + 60
        while runs(web)[0].state in {"waiting", "running"} and time.monotonic() < until:
            time.sleep(0.05)
    assert web.site.journal.find(run.id).state == "done"
    assert "What it gave" in page(web, run)
