"""Login: consent, codes, tokens, refresh, revocation, app-only tokens."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from postwire.simulator.x import App

AUTHORIZE = "https://x.com/i/oauth2/authorize"
TOKEN_TEXT = "Value passed for the token was invalid."
CODE_TEXT = "Value passed for the authorization code was invalid."
VERIFIER_TEXT = "Value passed for the code verifier did not match the code challenge."
HEADER_TEXT = "Missing valid authorization header"
PUBLIC = "sim-x-public"


def connected(desk: Any, **asked: str) -> dict[str, Any]:
    answer = desk.exchange(desk.authorize(**asked)["code"])
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_whole_login_as_a_confidential_client(desk: Any) -> None:
    back = desk.authorize()
    assert back.keys() == {"state", "code"}
    assert back["state"] == "s-1"
    answer = desk.exchange(back["code"])
    told = answer.json()
    assert answer.status_code == 200
    assert list(told) == ["token_type", "expires_in", "access_token", "scope", "refresh_token"]
    assert (told["token_type"], told["expires_in"]) == ("bearer", 7200)
    assert set(told["scope"].split(" ")) == {"tweet.read", "tweet.write", "users.read", "offline.access"}
    assert desk.get("/2/users/me", token=told["access_token"])["data"] == {
        "id": "1524880000000000001",
        "name": "Sim Labs",
        "username": "simlabs",
    }


def test_a_public_client_sends_its_id_in_the_form_and_may_use_a_plain_challenge(desk: Any) -> None:
    back = desk.authorize(client_id=PUBLIC, code_challenge="plain-words", code_challenge_method="plain")
    form = {"client_id": PUBLIC, "code_verifier": "plain-words"}
    told = desk.exchange(back["code"], basic=None, **form).json()
    assert told["token_type"] == "bearer"
    again = desk.refresh(told["refresh_token"], basic=None, client_id=PUBLIC)
    assert again.status_code == 200


def test_client_id_beside_basic_is_tolerated_and_may_be_required(desk: Any) -> None:
    assert desk.exchange(desk.authorize()["code"], client_id="sim-x-client").status_code == 200
    desk.settings.require_client_id = True
    answer = desk.exchange(desk.authorize()["code"])
    assert (answer.status_code, answer.json()["error_description"]) == (
        400,
        "Missing required parameter [client_id].",
    )


def test_a_refresh_token_comes_only_with_offline_access(desk: Any) -> None:
    assert "refresh_token" not in connected(desk, scope="tweet.read users.read")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"state": "s" * 501}, "invalid_request"),
        ({"scope": None}, "invalid_request"),
        ({"scope": "tweet.read,users.read"}, "invalid_scope"),
        ({"scope": "tweet.read tweet.destroy"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"postwire_auto": "deny"}, "access_denied"),
    ],
)
def test_what_the_callback_is_told(desk: Any, change: dict[str, str | None], error: str) -> None:
    back = desk.authorize(**change)
    assert back["error"] == error
    assert "code" not in back


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "other"},
        {"client_id": None, "client_key": "sim-x-client"},
        {"redirect_uri": "http://127.0.0.1:5005/callback"},
        {"redirect_uri": "http://127.0.0.1:5006/callback/"},
        {"redirect_uri": "http://127.0.0.1:5005/callback/?a=b"},
        {"redirect_uri": None},
    ],
)
def test_nothing_is_sent_to_an_address_that_is_not_registered(desk: Any, change: dict[str, Any]) -> None:
    answer = desk.send("GET", AUTHORIZE, params=desk.asking(**change) | {"postwire_auto": "allow"})
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "Simulated X" in answer.text


def test_the_page_asks_for_everything_at_once(desk: Any) -> None:
    page = desk.send("GET", AUTHORIZE, params=desk.asking(state='"><script>x</script>'))
    assert page.status_code == 200
    assert 'lang="en"' in page.text
    assert "Simulated X" in page.text
    assert "<script>" not in page.text
    assert not re.search(r'(src|href)="|checkbox', page.text)
    assert len(re.findall(r'type="radio"', page.text)) == 4
    match = re.search(r'action="([^"]+)"', page.text)
    assert match
    action = match[1].replace("&amp;", "&").replace("&quot;", '"')
    form = {"decision": "allow", "account": "simpremium"}
    back = dict(parse_qsl(urlsplit(desk.send("POST", action, data=form).headers["location"]).query))
    told = desk.exchange(back["code"]).json()
    assert desk.get("/2/users/me", token=told["access_token"])["data"]["username"] == "simpremium"
    assert len(told["scope"].split()) == 4
    denied = desk.send("POST", action, data=form | {"decision": "deny"})
    assert "error=access_denied&state=" in denied.headers["location"]


def test_the_switches_of_a_scripted_consent(desk: Any) -> None:
    told = connected(desk, postwire_account="simfriend", postwire_scopes="tweet.read,users.read")
    assert told["scope"].split() == ["tweet.read", "users.read"]
    assert desk.get("/2/users/me", token=told["access_token"])["data"]["username"] == "simfriend"


@pytest.mark.parametrize(
    ("change", "status", "error", "description"),
    [
        pytest.param({"code": "wrong"}, 400, "invalid_request", CODE_TEXT, id="4: Code refused, wrong"),
        pytest.param(
            {"redirect_uri": "http://localhost:5005/callback/"},
            400,
            "invalid_request",
            CODE_TEXT,
            id="4: Code refused, another redirect_uri",
        ),
        pytest.param(
            {"code_verifier": "another"}, 400, "invalid_request", VERIFIER_TEXT, id="4: Verifier refused"
        ),
        pytest.param({"code_verifier": None}, 400, "invalid_request", None, id="4: Token params"),
        pytest.param({"grant_type": "password"}, 400, "unsupported_grant_type", None, id="4: Token"),
        pytest.param({"basic": ("nobody", "x")}, 401, "invalid_client", None, id="4: Bad client, unknown"),
        pytest.param(
            {"basic": ("sim-x-client", "wrong")},
            401,
            "unauthorized_client",
            HEADER_TEXT,
            id="4: Bad client, wrong secret",
        ),
        pytest.param(
            {"basic": None, "client_id": "sim-x-client"},
            401,
            "unauthorized_client",
            HEADER_TEXT,
            id="4: Bad client, no Basic header",
        ),
        pytest.param(
            {"basic": None, "client_id": "sim-x-client", "client_secret": "sim-x-secret"},
            401,
            "unauthorized_client",
            HEADER_TEXT,
            id="4: Bad client, the secret in the form",
        ),
        pytest.param({"basic": None}, 400, "invalid_request", None, id="4: Bad client, none at all"),
    ],
)
def test_refused_exchanges(
    desk: Any, change: dict[str, Any], status: int, error: str, description: str | None
) -> None:
    answer = desk.exchange(**({"code": desk.authorize()["code"]} | change))
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert description in {None, answer.json()["error_description"]}


def test_a_code_lives_thirty_seconds_and_serves_once(desk: Any) -> None:
    early, late = desk.authorize()["code"], desk.authorize()["code"]
    desk.simulator.clock.advance(29)
    assert desk.exchange(early).status_code == 200
    assert desk.exchange(early).json()["error_description"] == CODE_TEXT
    desk.simulator.clock.advance(1)
    assert desk.exchange(late).json()["error_description"] == CODE_TEXT


def test_a_code_is_for_the_app_that_asked(desk: Any) -> None:
    desk.settings.apps.append(App("other", "secret"))
    answer = desk.exchange(desk.authorize()["code"], basic=("other", "secret"))
    assert answer.json()["error_description"] == CODE_TEXT


@pytest.mark.parametrize("error", ["invalid_request", "invalid_grant"])
def test_a_refresh_token_rotates_and_a_replay_is_refused(desk: Any, error: str) -> None:
    desk.settings.refused_refresh = error
    first = connected(desk)
    second = desk.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == first["scope"]
    replay = desk.refresh(first["refresh_token"])
    assert (replay.status_code, replay.json()) == (400, {"error": error, "error_description": TOKEN_TEXT})
    assert desk.refresh(second["refresh_token"]).status_code == 200


def test_an_access_token_lives_two_hours(desk: Any) -> None:
    told = connected(desk)
    desk.simulator.clock.advance(7199)
    assert desk.api("GET", "/2/users/me", token=told["access_token"]).status_code == 200
    desk.simulator.clock.advance(1)
    answer = desk.api("GET", "/2/users/me", token=told["access_token"])
    assert (answer.status_code, answer.json()) == (
        401,
        {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"},
    )


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_ends_the_named_token(desk: Any, which: str) -> None:
    told = connected(desk)
    answer = desk.oauth("revoke", token=told[which], token_type_hint=which)
    assert (answer.status_code, answer.json()) == (200, {"revoked": True})
    dead = {
        "access_token": desk.api("GET", "/2/users/me", token=told["access_token"]).status_code == 401,
        "refresh_token": desk.refresh(told["refresh_token"]).status_code == 400,
    }
    assert dead[which]
    assert sum(dead.values()) == 1
    assert desk.oauth("revoke", basic=("sim-x-client", "no"), token="t").status_code == 401


def test_a_user_who_ends_the_access_ends_every_token(desk: Any) -> None:
    told = connected(desk)
    desk.x.disconnect("simlabs")
    assert desk.api("GET", "/2/users/me", token=told["access_token"]).status_code == 401
    assert desk.refresh(told["refresh_token"]).status_code == 400


def app_only(desk: Any, path: str, key: str = "sim-x-consumer", **form: str) -> Any:
    pair = (key, "sim-x-consumer-secret")
    return desk.send("POST", f"https://api.x.com/oauth2/{path}", data=form, auth=pair)


def test_the_app_only_token_is_the_same_until_it_is_invalidated(desk: Any) -> None:
    first = app_only(desk, "token", grant_type="client_credentials").json()
    assert first.keys() == {"token_type", "access_token"}
    assert app_only(desk, "token", grant_type="client_credentials").json() == first
    desk.simulator.clock.advance(10**8)
    assert desk.api("GET", "/2/users/by", token=first["access_token"], usernames="simlabs").status_code == 200
    app_only(desk, "invalidate_token", access_token=first["access_token"])
    assert desk.api("GET", "/2/users/by", token=first["access_token"]).status_code == 401
    assert app_only(desk, "token", grant_type="client_credentials").json() != first


def test_the_app_only_token_takes_the_consumer_key(desk: Any) -> None:
    answer = app_only(desk, "token", key="sim-x-client", grant_type="client_credentials")
    assert answer.status_code == 403
    assert answer.json() == {
        "errors": [
            {
                "code": 99,
                "label": "authenticity_token_error",
                "message": "Unable to verify your credentials",
            }
        ]
    }


def test_the_old_hosts_still_answer(desk: Any) -> None:
    page = desk.send("GET", AUTHORIZE.replace("x.com", "twitter.com"), params=desk.asking())
    assert page.status_code == 200
    headers = {"Authorization": f"Bearer {desk.token}"}
    answer = desk.send("GET", "https://api.twitter.com/2/users/me", headers=headers)
    assert answer.json()["data"]["username"] == "simlabs"


def test_the_greeting_has_what_a_scripted_login_needs(desk: Any) -> None:
    told = desk.send("GET", "http://127.0.0.1/").json()["platforms"]["x"]
    first = told["apps"][0]
    assert (first["client_id"], first["client_secret"]) == ("sim-x-client", "sim-x-secret")
    assert "http://127.0.0.1:5005/callback/" in first["redirect_uris"]
    assert "simlabs" in told["accounts"]
