"""How often, and for how much: windows, headers, credits, usage."""

from __future__ import annotations

from typing import Any

import pytest

from postwire.simulator.x import App, limits

LABS, PREMIUM, FRIEND, LOCKED = (f"152488000000000000{n}" for n in range(1, 5))


def test_limits_in_the_sheets_words() -> None:
    words = "U 50; U 1,000/24h; A 1/s; 75"
    assert limits.read(words) == (
        limits.Limit("U", 50, 900),
        limits.Limit("U", 1000, 86_400),
        limits.Limit("A", 1, 1),
        limits.Limit("U", 75, 900),
        limits.Limit("A", 75, 900),
    )
    with pytest.raises(ValueError, match="Not a limit"):
        limits.read("often")


def test_every_answer_tells_its_windows_failures_too(desk: Any) -> None:
    good = desk.api("POST", "/2/tweets", {"text": "One"})
    bad = desk.api("POST", "/2/tweets", {})
    assert good.headers["x-rate-limit-limit"] == "100"
    assert [answer.headers["x-rate-limit-remaining"] for answer in (good, bad)] == ["99", "98"]
    assert good.headers["x-rate-limit-reset"] == str(round(desk.now) + 900)
    assert good.headers["x-app-limit-24hour-limit"] == "10000"
    assert bad.headers["x-app-limit-24hour-remaining"] == "9998"
    assert good.headers["x-transaction-id"] != bad.headers["x-transaction-id"]
    assert good.headers["x-access-level"] == "read-write"
    assert "x-rate-limit-limit" not in desk.api("GET", "/2/users/me", token="no").headers


@pytest.mark.parametrize(
    ("form", "body"),
    [
        pytest.param("code", {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, id="11: guide"),
        pytest.param(
            "problem",
            {
                "title": "Rate Limit Exceeded",
                "type": "https://api.x.com/2/problems/rate-limit-exceeded",
                "status": 429,
                "detail": "Rate limit exceeded",
                "errors": [{"code": 88, "message": "Rate limit exceeded"}],
            },
            id="11: PLAY",
        ),
        pytest.param(
            "blank",
            {
                "title": "Too Many Requests",
                "type": "about:blank",
                "status": 429,
                "detail": "Too Many Requests",
            },
            id="11: production",
        ),
    ],
)
def test_a_full_window_is_refused_until_it_ends(desk: Any, form: str, body: dict[str, Any]) -> None:
    desk.settings.rate_refusal = form
    desk.settings.limits["GET /2/users/me"] = "U 2"
    for _ in range(2):
        desk.get("/2/users/me")
    answer = desk.api("GET", "/2/users/me")
    assert (answer.status_code, answer.json()) == (429, body)
    assert answer.headers["x-rate-limit-remaining"] == "0"
    assert desk.get("/2/users/me", token=desk.x.connect("simfriend"))
    desk.simulator.clock.advance(900)
    assert desk.get("/2/users/me")


def test_the_day_has_a_window_of_its_own(desk: Any) -> None:
    desk.settings.limits["POST /2/tweets"] = "U 5; U 3/24h"
    for number in range(3):
        desk.post(f"{number}")
    desk.simulator.clock.advance(3600)
    answer = desk.api("POST", "/2/tweets", {"text": "x"})
    assert answer.status_code == 429
    assert answer.headers["x-rate-limit-remaining"] == "5"
    assert answer.headers["x-user-limit-24hour-remaining"] == "0"


def test_an_apps_own_window(desk: Any) -> None:
    token = desk.x.app_token()
    answer = desk.api("GET", "/2/tweets", token=token, ids="1")
    assert answer.headers["x-rate-limit-limit"] == "3500"
    first = desk.api("GET", "/2/tweets/search/all", token=token, query="a")
    assert first.headers["x-rate-limit-limit"] == "300"
    again = desk.api("GET", "/2/tweets/search/all", token=token, query="a")
    assert again.status_code == 429  # one a second
    desk.simulator.clock.advance(1)
    assert desk.get("/2/tweets/search/all", token=token, query="a")


@pytest.mark.parametrize(
    ("ask", "price"),
    [
        pytest.param(lambda d: d.post("x"), 0.015, id="11: post"),
        pytest.param(lambda d: d.post("x example.com"), 0.200, id="11: post with URL"),
        pytest.param(
            lambda d: d.post("x", reply={"in_reply_to_tweet_id": d.x.add_post(FRIEND, "@simlabs").id}),
            0.010,
            id="11: summoned reply",
        ),
        pytest.param(
            lambda d: d.post("x", reply={"in_reply_to_tweet_id": d.x.add_post(LABS, "y").id}),
            0.015,
            id="11: thread",
        ),
        pytest.param(lambda d: d.get("/2/users/me"), 0.001, id="11: owned read"),
        pytest.param(lambda d: d.get(f"/2/users/{FRIEND}"), 0.010, id="11: user"),
        pytest.param(lambda d: d.get("/2/tweets/19"), 0.0, id="11: nothing read"),
        pytest.param(lambda d: d.api("POST", "/2/tweets", {}), 0.0, id="11: failed calls are not billed"),
        pytest.param(lambda d: d.get("/2/users/me") and d.get("/2/users/me"), 0.001, id="11: deduplicated"),
        pytest.param(
            lambda d: d.get(
                f"/2/tweets/{d.x.add_post(FRIEND, 'y').id}",
                expansions="author_id",
            ),
            0.015,
            id="3: expansions are billed",
        ),
    ],
)
def test_what_a_call_costs(desk: Any, ask: Any, price: float) -> None:
    before = desk.app.credits
    ask(desk)
    assert round(before - desk.app.credits, 6) == price


def test_a_new_day_is_billed_again(desk: Any) -> None:
    before = desk.app.credits
    desk.get("/2/users/me")
    desk.simulator.clock.advance(86_400)
    desk.token = desk.x.connect()
    desk.get("/2/users/me")
    assert round(before - desk.app.credits, 6) == 0.002


def test_credits_end_while_the_window_has_room(desk: Any) -> None:
    desk.app.credits = 0.01
    desk.post("The last one")
    answer = desk.api("POST", "/2/tweets", {"text": "One too many"})
    assert answer.status_code == 402
    assert answer.headers["x-rate-limit-remaining"] == "98"
    assert desk.get("/2/usage/credits", token=desk.x.app_token())["data"]["total_balance"] < 0


def test_usage_counts_posts_and_has_a_cap(desk: Any) -> None:
    desk.get("/2/users/me")
    desk.get(f"/2/users/{LABS}/tweets")
    fields = "project_usage,daily_project_usage"
    told = desk.get("/2/usage/tweets", token=desk.x.app_token(), usage__fields=fields)["data"]
    assert told["project_usage"] == "3"
    assert told["daily_project_usage"]["usage"][0]["usage"] == "3"
    desk.settings.post_cap = 3
    answer = desk.api("GET", f"/2/users/{LABS}/tweets")
    assert answer.status_code == 429
    assert answer.json()["type"].endswith("/usage-capped")
    assert (answer.json()["period"], answer.json()["scope"]) == ("Monthly", "Product")


def test_faults_in_the_platforms_own_forms(desk: Any) -> None:
    faults = desk.simulator.faults
    faults.add(platform="x", path="/2/users/me", status=429, error_code="88", message="Rate limit exceeded")
    faults.add(platform="x", path="/2/users/me", nth=2, status=403, error_code="client-forbidden")
    faults.add(platform="x", path="/2/users/me", nth=3, revoke_token=True)
    faults.add(platform="x", path="/2/oauth2/token", error_code="invalid_request")
    assert desk.api("GET", "/2/users/me").json() == {
        "errors": [{"code": 88, "message": "Rate limit exceeded"}]
    }
    assert desk.api("GET", "/2/users/me").json()["type"].endswith("/client-forbidden")
    assert desk.api("GET", "/2/users/me").status_code == 401
    refused = desk.refresh("x")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


def test_settings_change_over_http_and_reset_brings_them_back(desk: Any) -> None:
    url = "http://127.0.0.1/_simulator/settings"
    assert desk.send("POST", url, json={"x": {"cashtag_limit": False}}).status_code == 200
    assert desk.post("$AAA and $BBB")
    refused: list[dict[str, Any]] = [
        {"cashtag_limit": 1},
        {"rate_refusal": "loud"},
        {"apps": []},
        {"nothing": 1},
    ]
    for wrong in refused:
        assert desk.send("POST", url, json={"x": wrong}).status_code == 400
    desk.simulator.reset()
    assert desk.x.settings.cashtag_limit
    assert len(desk.x.posts) == 4


def test_a_seed_repeats_ids_and_tokens_and_the_summary_has_no_token(desk: Any) -> None:
    first, post_id = desk.x.connect(), desk.post("x")
    desk.simulator.reset()
    assert desk.x.connect() == desk.token
    assert desk.x.connect() == first
    assert desk.post("x") == post_id
    assert first not in str(desk.x.summary())
    assert App().client_secret not in repr(App())
