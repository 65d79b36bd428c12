"""Faults in LinkedIn's own form, settings, seeds, and forgetting."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from postwire.simulator import Clock, ConnectionLost, create
from postwire.simulator.linkedin import Settings

FJORD = "urn:li:organization:5515715"


def test_a_lost_answer_is_proved_by_the_duplicate(desk: Any) -> None:
    desk.simulator.faults.add(method="POST", path="/rest/posts", lose_answer=True)
    with pytest.raises(ConnectionLost):
        desk.rest("POST", "/posts", desk.draft("Only once"))
    answer = desk.rest("POST", "/posts", desk.draft("Only once"))
    (urn,) = [urn for urn, post in desk.linkedin.posts.items() if post.text == "Only once"]
    assert (answer.status_code, answer.json()["message"].endswith(f"duplicate of {urn}")) == (422, True)


@pytest.mark.parametrize(
    ("fault", "status", "service"),
    [
        ({"error_code": "REVOKED_ACCESS_TOKEN"}, 401, 65601),
        ({"error_code": "TOO_MANY_REQUESTS"}, 429, 101),
        ({"error_code": "INTERNAL_SERVER_ERROR", "status": 500}, 500, None),
        ({"error_code": "CONFLICT", "status": 409}, 409, None),
    ],
)
def test_an_injected_error_has_the_envelope(desk: Any, fault: Any, status: int, service: int | None) -> None:
    desk.simulator.faults.add(platform="linkedin", **fault)
    answer = desk.v2("GET", "/userinfo")
    assert (answer.status_code, answer.json()["code"]) == (status, fault["error_code"])
    assert answer.json().get("serviceErrorCode") == service
    assert answer.headers["x-restli-error-response"] == "true"


@pytest.mark.parametrize(("code", "status"), [("invalid_request", 400), ("invalid_client", 401)])
def test_an_injected_error_of_the_token_endpoint_is_flat(desk: Any, code: str, status: int) -> None:
    desk.simulator.faults.add(path="/oauth/*", error_code=code)
    answer = desk.exchange("any")
    assert (answer.status_code, answer.json()["error"]) == (status, code)


def test_a_token_is_revoked_in_the_middle(desk: Any) -> None:
    desk.simulator.faults.add(path="/v2/userinfo", nth=2, revoke_token=True)
    assert desk.v2("GET", "/userinfo").status_code == 200
    assert desk.v2("GET", "/userinfo").json()["serviceErrorCode"] == 65601


def test_paths_that_are_not_there(desk: Any) -> None:
    assert desk.rest("GET", "/nothing").json()["code"] == "RESOURCE_NOT_FOUND"
    assert desk.v2("PUT", "/userinfo").status_code == 405
    assert desk.send("GET", "https://www.linkedin.com/feed/").status_code == 404


def test_a_seed_makes_ids_repeatable() -> None:
    first, same, other = (create(clock=Clock(lambda: 1_795_000_000.0), seed=seed) for seed in (1, 1, 2))
    assert first.linkedin.connect() == same.linkedin.connect() != other.linkedin.connect()
    assert create().linkedin.connect() != create().linkedin.connect()


def test_a_reset_forgets_everything_but_the_first_settings(desk: Any) -> None:
    desk.post("Gone")
    desk.image()
    desk.linkedin.configure({"strict_text": True})
    desk.simulator.reset()
    assert desk.linkedin.settings.strict_text is False
    assert (len(desk.linkedin.posts), desk.linkedin.media, desk.linkedin.access) == (6, {}, {})
    assert desk.v2("GET", "/userinfo").status_code == 401


def test_the_summary_shows_posts_and_no_tokens(desk: Any) -> None:
    urn = desk.post("Shown", FJORD)
    desk.rest(
        "POST",
        f"/socialActions/{quote(urn, safe='')}/comments",
        {"actor": FJORD, "message": {"text": "Below"}},
    )
    told = desk.linkedin.summary()
    assert told["posts"][-1] == {
        "id": urn,
        "author": FJORD,
        "text": "Shown",
        "lifecycle": "PUBLISHED",
        "deleted": False,
    }
    assert told["comments"][0]["text"] == "Below"
    assert desk.token not in str(told)


@pytest.mark.parametrize(
    "changes",
    [
        {"apps": []},
        {"nothing": 1},
        {"strict_text": 1},
        {"delete_again": 500},
        {"auto_consent": "maybe"},
        {"processing_seconds": "soon"},
    ],
)
def test_settings_that_are_refused(desk: Any, changes: dict[str, Any]) -> None:
    before = desk.linkedin.settings
    with pytest.raises(ValueError, match="setting"):
        desk.linkedin.configure(changes)
    assert desk.linkedin.settings is before


def test_settings_are_given_at_the_start() -> None:
    simulator = create(linkedin=Settings(samples=0))
    assert simulator.linkedin.posts == {}


def test_the_greeting_names_what_a_script_needs(desk: Any) -> None:
    told = desk.send("GET", "http://127.0.0.1:8787/").json()["platforms"]["linkedin"]
    assert [app["client_id"] for app in told["apps"]] == [
        "sim-client-id",
        "sim-share-id",
        "sim-dev-id",
        "sim-ads-id",
    ]
    assert all({"client_id", "client_secret", "redirect_uris"} <= app.keys() for app in told["apps"])
    assert told["accounts"] == ["mina", "omar"]
