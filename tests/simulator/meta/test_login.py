"""Facebook Login: consent, code, long token, Page tokens, inspection, revocation."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

DIALOG = "https://www.facebook.com/v26.0/dialog/oauth"


def test_a_whole_connect_gives_page_tokens_that_never_expire(desk: Any) -> None:
    callback = desk.authorize(scope="pages_show_list,instagram_basic")
    assert callback["state"] == "s-1"
    assert urlsplit(desk.callback).fragment == "_=_"
    short = desk.exchange(code=callback["code"]).json()
    assert (short["token_type"], short["expires_in"]) == ("bearer", 3_600)
    long = desk.exchange(grant_type="fb_exchange_token", fb_exchange_token=short["access_token"]).json()
    assert long["expires_in"] == 5_184_000
    fields = "id,name,access_token,tasks,instagram_business_account{id,username}"
    pages = desk.get("me/accounts", long["access_token"], fields=fields)["data"]
    assert [page["id"] for page in pages] == ["1010", "1011"]
    assert pages[0]["instagram_business_account"] == {"id": desk.ig, "username": "harborbakery"}
    assert "instagram_business_account" not in pages[1]
    assert "CREATE_CONTENT" in pages[0]["tasks"]
    told = desk.get("debug_token", desk.app_token, input_token=pages[0]["access_token"])["data"]
    assert (told["type"], told["profile_id"], told["expires_at"], told["is_valid"]) == (
        "PAGE",
        "1010",
        0,
        True,
    )
    assert (
        desk.get("1010", long["access_token"], fields="access_token")["access_token"]
        == pages[0]["access_token"]
    )


def test_the_page_token_of_a_short_user_token_ends_with_it(desk: Any) -> None:
    short = desk.exchange(code=desk.authorize()["code"]).json()["access_token"]
    page = desk.get("me/accounts", short, fields="access_token")["data"][0]["access_token"]
    assert desk.get("me", page)["id"] == "1010"
    desk.later(3_601)
    assert desk.refused("GET", "me", page) == "190/463"


@pytest.mark.parametrize(
    ("switches", "granted", "declined"),
    [
        ({}, {"pages_show_list", "instagram_basic", "public_profile"}, set()),
        ({"postwire_scopes": "pages_show_list"}, {"pages_show_list", "public_profile"}, {"instagram_basic"}),
    ],
)
def test_permissions_tell_what_was_left_switched_on(
    desk: Any, switches: dict[str, str], granted: set[str], declined: set[str]
) -> None:
    token = desk.exchange(code=desk.authorize(**switches)["code"]).json()["access_token"]
    rows = desk.get("me/permissions", token)["data"]
    assert {row["permission"] for row in rows if row["status"] == "granted"} == granted
    assert {row["permission"] for row in rows if row["status"] == "declined"} == declined


def test_only_shared_pages_are_seen_and_told_by_granular_scopes(desk: Any) -> None:
    callback = desk.authorize(postwire_pages="1011")
    token = desk.exchange(code=callback["code"]).json()["access_token"]
    assert [page["id"] for page in desk.get("me/accounts", token)["data"]] == ["1011"]
    assert desk.refused("GET", "1010/posts", token) == "100/33"
    told = desk.get("debug_token", desk.app_token, input_token=token)["data"]
    assert {"scope": "pages_show_list", "target_ids": ["1011"]} in told["granular_scopes"]


def test_pages_behind_a_business(desk: Any) -> None:
    agency = desk.meta.connect("simagency")
    assert desk.get("me/accounts", agency)["data"] == []
    business = desk.get("me/businesses", agency)["data"][0]["id"]
    owned = desk.get(f"{business}/owned_pages", agency, fields="id,access_token")["data"]
    client = desk.get(f"{business}/client_pages", agency)["data"]
    assert ([page["id"] for page in owned], [page["id"] for page in client]) == (["1012"], ["1010"])
    assert desk.get("me", owned[0]["access_token"])["name"] == "Business Bistro"


def test_a_configuration_goes_as_a_whole(desk: Any) -> None:
    callback = desk.authorize(scope=None, config_id="7000001", postwire_scopes="email")
    token = desk.exchange(code=callback["code"]).json()["access_token"]
    assert {"permission": "pages_messaging", "status": "granted"} in desk.get("me/permissions", token)["data"]


def test_the_long_token_may_be_exchanged_again_until_it_has_expired(desk: Any) -> None:
    first = desk.exchange(grant_type="fb_exchange_token", fb_exchange_token=desk.user).json()
    assert first["access_token"] == desk.user
    desk.later(86_401)
    second = desk.exchange(grant_type="fb_exchange_token", fb_exchange_token=desk.user).json()
    assert (second["access_token"] != desk.user, second["expires_in"]) == (True, 5_184_000)
    desk.later(5_184_001)
    late = desk.exchange(grant_type="fb_exchange_token", fb_exchange_token=second["access_token"])
    assert desk.code(late) == "190/463"


def test_expires_in_may_be_absent(desk: Any) -> None:
    desk.settings.long_says_expiry = False
    answer = desk.exchange(grant_type="fb_exchange_token", fb_exchange_token=desk.user)
    assert "expires_in" not in answer.json()


def test_revoking_kills_the_user_token_and_every_page_token(desk: Any) -> None:
    page = desk.get("1010", desk.user, fields="access_token")["access_token"]
    assert desk.delete("me/permissions/pages_messaging", desk.user) == {"success": True}
    assert desk.refused("GET", "1010/conversations", page) == "200"
    assert {"permission": "pages_messaging", "status": "declined"} in desk.get("me/permissions", desk.user)[
        "data"
    ]
    assert desk.delete("me/permissions", desk.user) == {"success": True}
    assert [desk.refused("GET", "me", token) for token in (desk.user, page)] == ["190/458"] * 2
    told = desk.get("debug_token", desk.app_token, input_token=page)["data"]
    assert (told["is_valid"], told["error"]["code"], told["error"]["subcode"]) == (False, 190, 458)


def test_data_access_ends_90_days_after_the_login(desk: Any) -> None:
    assert desk.get("me", desk.page)["id"] == "1010"
    desk.later(7_776_001)
    assert desk.refused("GET", "me", desk.page) == "190"


def test_a_lost_role_ends_the_page_token(desk: Any) -> None:
    desk.settings.people[0].pages = {}
    assert desk.refused("GET", "me", desk.page) == "190/492"


def test_the_proof_is_checked_and_may_be_required(desk: Any) -> None:
    from postwire.simulator.meta import App
    from postwire.simulator.meta.oauth import proof

    vector = "ab719a78de0aad7cf357cdc9b5be2d6613f68e75b1f6b87778403290e44fb4fd"
    assert proof("metasimsecret", "EAASIMTOKEN") == vector
    good = proof("metasimsecret", desk.user)
    assert desk.get("me", desk.user, appsecret_proof=good)["id"] == "555"
    assert desk.refused("GET", "me", desk.user, appsecret_proof=vector) == "104"
    desk.settings.apps[0] = App("999000000000001", "metasimsecret", requires_proof=True)
    assert desk.refused("GET", "me", desk.user) == "100"
    assert desk.refused("GET", "1010", desk.page, appsecret_proof=good) == "104"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"client_id": "1"}, "101", id="2.2 Token endpoint: app id"),
        pytest.param({"client_secret": "x"}, "1", id="2.2 Token endpoint: secret"),
        pytest.param(
            {"redirect_uri": "http://127.0.0.1:1/callback/"}, "191", id="2.2 Token endpoint: redirect"
        ),
        pytest.param({"code": "AQBx"}, "100", id="2.2 Token endpoint: unknown code"),
        pytest.param({"grant_type": "password"}, "100", id="2.2 Token endpoint: grant type"),
        pytest.param(
            {"grant_type": "fb_exchange_token"}, "100", id="2.2 Token endpoint: nothing to exchange"
        ),
    ],
)
def test_the_token_endpoint_refuses(desk: Any, changes: dict[str, str], told: str) -> None:
    query = {"code": desk.authorize()["code"], **changes}
    answer = desk.exchange(**query)
    assert (answer.status_code, desk.code(answer)) == (400, told)


@pytest.mark.parametrize(("wait", "told"), [(0, "100/36007"), (601, "100/36009")])
def test_a_code_is_used_once_and_expires(desk: Any, wait: int, told: str) -> None:
    code = desk.authorize()["code"]
    if not wait:
        assert desk.exchange(code=code).status_code == 200
    desk.later(wait)
    assert desk.code(desk.exchange(code=code)) == told


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "1"},
        {"redirect_uri": "https://elsewhere.example/"},
        {"scope": "manage_everything"},
        {"scope": ""},
        {"response_type": "token"},
        {"client_id": "888000000000001"},
    ],
)
def test_the_dialog_says_what_is_wrong_without_a_redirect(desk: Any, changes: dict[str, str]) -> None:
    query = {
        "client_id": desk.app["client_id"],
        "redirect_uri": "http://127.0.0.1:1/callback/",
        "scope": "email",
    }
    answer = desk.send("GET", DIALOG, params=query | changes)
    assert (answer.status_code, "Something went wrong" in answer.text) == (400, True)


def test_the_consent_page_is_for_people_and_its_form_works(desk: Any) -> None:
    query = {
        "client_id": desk.app["client_id"],
        "redirect_uri": "http://127.0.0.1:1/callback/",
        "scope": "pages_show_list email",
        "state": "<s>",
    }
    page = desk.send("GET", DIALOG, params=query)
    assert page.status_code == 200
    for shown in ("Simulated Facebook", "Harbor Bakery", 'value="pages_show_list"', 'value="1010"'):
        assert shown in page.text
    form = {"decision": "allow", "account": "simowner", "scope": "pages_show_list", "page": "1010"}
    answer = desk.send("POST", DIALOG, params=query, data=form)
    assert (answer.status_code, "code=AQB" in answer.headers["location"]) == (302, True)
    assert "state=%3Cs%3E" in answer.headers["location"]


def test_a_no_is_told_with_its_reason(desk: Any) -> None:
    callback = desk.authorize(postwire_auto="deny")
    told = {"error": "access_denied", "error_code": "200", "error_reason": "user_denied", "state": "s-1"}
    assert told.items() <= callback.items()


def test_an_app_token_by_client_credentials(desk: Any) -> None:
    answer = desk.exchange(grant_type="client_credentials").json()
    assert desk.get("debug_token", answer["access_token"], input_token="x")["data"]["is_valid"] is False
    assert desk.refused("GET", "me", answer["access_token"]) == "190"
