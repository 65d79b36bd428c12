"""Instagram Business Login: consent, the three token calls, identity."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

DAY = 86_400


def long(desk: Any) -> str:
    short = desk.insta_exchange(code=desk.authorize("instagram")["code"]).json()
    token = (short.get("data") or [short])[0]["access_token"]
    secret = desk.insta_app["client_secret"]
    answer = desk.insta_tokens(
        "access_token", grant_type="ig_exchange_token", client_secret=secret, access_token=token
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["expires_in"] == 5_184_000
    return str(answer.json()["access_token"])


def test_a_whole_connect_and_who_it_is(desk: Any) -> None:
    token = long(desk)
    assert token.startswith("IGAA")
    me = desk.get("me", token, fields="id,user_id,username,account_type")
    assert me == {
        "id": "9100000000000001",
        "user_id": desk.ig,
        "username": "harborbakery",
        "account_type": "Business",
    }
    assert desk.get(me["id"], token, fields="username") == {"username": "harborbakery", "id": me["id"]}


def test_the_code_exchange_has_two_shapes(desk: Any) -> None:
    desk.settings.instagram_exchange = "flat"
    flat = desk.insta_exchange(code=desk.authorize("instagram")["code"])
    assert f'"user_id":{desk.ig}' in flat.text
    assert flat.json()["permissions"] == ["instagram_business_basic"]
    desk.settings.instagram_exchange = "wrapped"
    wrapped = desk.insta_exchange(code=desk.authorize("instagram")["code"]).json()["data"][0]
    assert (wrapped["user_id"], wrapped["permissions"]) == (desk.ig, "instagram_business_basic")
    desk.settings.instagram_exchange = "random"
    shapes = {
        "data" in desk.insta_exchange(code=desk.authorize("instagram")["code"]).json() for _ in range(12)
    }
    assert shapes == {True, False}


@pytest.mark.parametrize(
    ("suffix", "fragment", "in_code"), [("fragment", "_", ""), ("code", "", "#_"), ("", "", "")]
)
def test_the_suffix_of_the_code(desk: Any, suffix: str, fragment: str, in_code: str) -> None:
    desk.settings.instagram_suffix = suffix
    callback = desk.authorize("instagram")
    assert urlsplit(desk.callback).fragment == fragment
    assert callback["code"].endswith("#_") == bool(in_code)
    assert callback["state"] == "s-1"
    if in_code:
        assert desk.insta_exchange(code=callback["code"]).status_code == 400
    assert desk.insta_exchange(code=callback["code"].removesuffix("#_")).status_code == 200


def test_the_code_exchange_takes_multipart_too(desk: Any) -> None:
    form = {
        **desk.insta_app,
        "redirect_uri": "http://127.0.0.1:5005/callback/",
        "grant_type": "authorization_code",
        "code": desk.authorize("instagram")["code"],
    }
    files = {name: (None, value) for name, value in form.items()}
    answer = desk.send("POST", "https://api.instagram.com/oauth/access_token", files=files)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"client_secret": "x"}, id="3.2 Three token calls: secret"),
        pytest.param({"client_id": "999000000000001"}, id="3.2 Three token calls: the Facebook app's id"),
        pytest.param({"redirect_uri": "http://127.0.0.1:1/callback/"}, id="3.2 Three token calls: redirect"),
        pytest.param({"code": "AQBx"}, id="3.2 Three token calls: unknown code"),
        pytest.param({"grant_type": "x"}, id="3.2 Three token calls: grant type"),
    ],
)
def test_step_one_refuses_in_its_own_envelope(desk: Any, changes: dict[str, str]) -> None:
    answer = desk.insta_exchange(**{"code": desk.authorize("instagram")["code"], **changes})
    assert answer.status_code == 400
    assert set(answer.json()) == {"error_type", "code", "error_message"}


def test_a_code_is_used_once_within_an_hour(desk: Any) -> None:
    code = desk.authorize("instagram")["code"]
    assert [desk.insta_exchange(code=code).status_code for _ in range(2)] == [200, 400]
    code = desk.authorize("instagram")["code"]
    desk.later(3_601)
    assert desk.insta_exchange(code=code).status_code == 400


@pytest.mark.parametrize(("age", "told"), [(3_600, "100"), (DAY + 1, "none"), (61 * DAY, "190/463")])
def test_a_refresh_needs_a_token_of_a_day_that_has_not_expired(desk: Any, age: int, told: str) -> None:
    token = long(desk)
    desk.later(age)
    answer = desk.insta_tokens("refresh_access_token", grant_type="ig_refresh_token", access_token=token)
    assert desk.code(answer) == told
    if told == "none":
        fresh = answer.json()
        assert (fresh["access_token"] != token, fresh["expires_in"]) == (True, 5_184_000)
        assert [desk.ask("GET", "me", one).status_code for one in (token, fresh["access_token"])] == [
            200,
            200,
        ]


def test_a_short_token_cannot_be_refreshed_and_a_long_one_not_lengthened(desk: Any) -> None:
    short = desk.meta.connect("harborbakery", long=False)
    assert (
        desk.code(
            desk.insta_tokens("refresh_access_token", grant_type="ig_refresh_token", access_token=short)
        )
        == "190"
    )
    query = {"grant_type": "ig_exchange_token", "client_secret": "instasimsecret", "access_token": desk.insta}
    assert desk.code(desk.insta_tokens("access_token", **query)) == "190"
    wrong = query | {"client_secret": "metasimsecret", "access_token": short}
    assert desk.code(desk.insta_tokens("access_token", **wrong)) == "1"


def test_the_basic_permission_is_always_asked_for(desk: Any) -> None:
    query = {
        "client_id": desk.insta_app["client_id"],
        "redirect_uri": "http://127.0.0.1:1/callback/",
        "response_type": "code",
        "scope": "instagram_business_content_publish",
    }
    where = "https://www.instagram.com/oauth/authorize"
    answer = desk.send("GET", where, params=query)
    assert (answer.status_code, "instagram_business_basic" in answer.text) == (400, True)
    query["scope"] += ",instagram_business_basic"
    page = desk.send("GET", where, params=query)
    assert (page.status_code, "Simulated Instagram" in page.text) == (200, True)


def test_personal_accounts_are_not_reachable(desk: Any) -> None:
    query = {
        "client_id": desk.insta_app["client_id"],
        "redirect_uri": "http://127.0.0.1:1/callback/",
        "response_type": "code",
        "scope": "instagram_business_basic",
        "postwire_auto": "allow",
        "postwire_account": "simpersonal",
    }
    answer = desk.send("GET", "https://www.instagram.com/oauth/authorize", params=query)
    assert (answer.status_code, "professional" in answer.text) == (400, True)


def test_each_host_wants_its_own_tokens(desk: Any) -> None:
    for url, token in (("https://graph.instagram.com/v26.0/me", desk.user), (f"{desk.graph}/me", desk.insta)):
        answer = desk.send("GET", url, params={"access_token": token})
        assert desk.code(answer) == "190"


def test_what_the_greeting_gives_a_scripted_connect(desk: Any) -> None:
    told = desk.send("GET", "http://127.0.0.1/").json()["platforms"]
    assert told["instagram"]["apps"][0]["client_id"] == desk.insta_app["client_id"]
    assert told["meta"]["apps"][0]["client_id"] == desk.app["client_id"]
    assert told["instagram"]["apps"][0]["redirect_uris"][0] == "http://127.0.0.1:*/callback/"
