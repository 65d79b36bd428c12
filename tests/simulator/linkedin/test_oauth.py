"""Login: consent, codes, tokens, refresh, introspection, revocation."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest

from postwire.simulator.linkedin import App

WEB = "https://www.linkedin.com"
AUTHORIZE = f"{WEB}/oauth/v2/authorization"
SHARE = {"client_id": "sim-share-id", "client_secret": "sim-share-secret"}
COMMUNITY = "r_basicprofile rw_organization_admin w_organization_social"


def connected(desk: Any, **changes: str | None) -> dict[str, Any]:
    body: dict[str, Any] = desk.exchange(desk.authorize(**changes)["code"]).json()
    return body


def test_a_member_connects_and_is_known(desk: Any) -> None:
    back = desk.authorize(scope="openid profile email w_member_social")
    assert back.keys() == {"code", "state"}
    assert back["state"] == "s-1"
    body = desk.exchange(back["code"]).json()
    assert (body["expires_in"], body["token_type"]) == (5_184_000, "Bearer")
    assert body["scope"] == "email,openid,profile,w_member_social"  # commas here, spaces in the request
    assert body["id_token"].count(".") == 2
    assert 400 < len(body["access_token"]) < 1_000
    who = desk.v2("GET", "/userinfo", token=body["access_token"]).json()
    assert (who["sub"], who["email"]) == ("782bbtaQ", "mina@example.com")
    assert who["locale"] == {"country": "US", "language": "en"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"postwire_auto": "deny"}, "user_cancelled_authorize"),
        ({"postwire_auto": "close"}, "user_cancelled_login"),
        ({"scope": "openid r_member_social"}, "unauthorized_scope_error"),
        ({"scope": "openid,profile"}, "unauthorized_scope_error"),
        ({"client_id": "sim-share-id", "scope": COMMUNITY}, "unauthorized_scope_error"),
        ({"client_id": "sim-dev-id", "scope": "openid"}, "unauthorized_scope_error"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": None}, "invalid_request"),
        ({"postwire_scopes": "email"}, "user_cancelled_authorize"),
    ],
)
def test_what_the_callback_is_told(desk: Any, change: dict[str, str | None], error: str) -> None:
    back = desk.authorize(**change)
    assert back["error"] == error
    assert back["error_description"]
    assert back["state"] == "s-1"
    assert "code" not in back


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "other"},
        {"redirect_uri": "http://localhost:5005/callback"},
        {"redirect_uri": "http://localhost:5006/callback/"},
        {"redirect_uri": "http://localhost:5005/callback/?a=b"},
        {"redirect_uri": None},
    ],
)
def test_nothing_is_sent_to_an_address_that_is_not_registered(desk: Any, change: dict[str, Any]) -> None:
    answer = desk.send("GET", AUTHORIZE, params=desk.asking(**change) | {"postwire_auto": "allow"})
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "Simulated LinkedIn" in answer.text


@pytest.mark.parametrize(
    "uri", ["http://example.com/cb", "https://example.com/cb#a", "/cb", "ftp://localhost/"]
)
def test_what_cannot_be_registered(uri: str) -> None:
    with pytest.raises(ValueError, match="redirect URI"):
        App(redirect_uris=(uri,))


def test_the_page_asks_and_its_form_answers(desk: Any) -> None:
    page = desk.send("GET", AUTHORIZE, params=desk.asking())
    assert page.status_code == 200
    assert "Mina Park" in page.text
    assert "w_member_social" in page.text
    action = re.search(r'action="([^"]+)"', page.text)
    assert action is not None
    address = action[1].replace("&amp;", "&")
    form = {"decision": "allow", "account": "omar"}
    answer = desk.send("POST", address, data=form)
    assert answer.status_code == 302
    code = re.search(r"code=([^&]+)", answer.headers["location"])
    assert code is not None
    token = desk.exchange(code[1]).json()["access_token"]
    assert desk.v2("GET", "/userinfo", token=token).json()["sub"] == "AbC4dEfG"


def test_a_browser_that_is_signed_in_skips_the_page_while_the_token_lives(desk: Any) -> None:
    allowed = desk.send("GET", AUTHORIZE, params=desk.asking(postwire_auto="allow"))
    cookie = {"Cookie": allowed.headers["set-cookie"].partition(";")[0]}
    again = desk.send("GET", AUTHORIZE, params=desk.asking(), headers=cookie)
    assert again.status_code == 200  # the code was not exchanged: nothing is granted yet
    code = re.search(r"code=([^&]+)", allowed.headers["location"])
    assert code is not None
    desk.exchange(code[1])
    assert desk.send("GET", AUTHORIZE, params=desk.asking(), headers=cookie).status_code == 302
    other = desk.asking(scope="openid profile email")
    assert desk.send("GET", AUTHORIZE, params=other, headers=cookie).status_code == 200
    desk.simulator.clock.advance(5_184_000)
    assert desk.send("GET", AUTHORIZE, params=desk.asking(), headers=cookie).status_code == 200


def test_a_script_may_grant_less(desk: Any) -> None:
    body = connected(desk, postwire_scopes="openid,profile")
    assert body["scope"] == "openid,profile"


@pytest.mark.parametrize(
    ("wait", "change"),
    [
        (1_800, {}),
        (0, {"redirect_uri": "https://app.example.com/callback"}),
        (0, SHARE),
        (0, {"code": "AQTnothing"}),
    ],
)
def test_codes_that_are_refused(desk: Any, wait: int, change: dict[str, str]) -> None:
    code = desk.authorize()["code"]
    desk.simulator.clock.advance(wait)
    answer = desk.exchange(**({"code": code} | change))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_code_is_good_once_and_for_half_an_hour(desk: Any) -> None:
    code = desk.authorize()["code"]
    desk.simulator.clock.advance(1_799)
    assert desk.exchange(code).status_code == 200
    assert desk.exchange(code).status_code == 400


def test_pkce_is_tolerated_and_then_checked(desk: Any) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    assert desk.exchange(desk.authorize(**asked)["code"], code_verifier="w" * 43).status_code == 400
    assert desk.exchange(desk.authorize(**asked)["code"], code_verifier=verifier).status_code == 200


@pytest.mark.parametrize("change", [{"client_secret": "wrong"}, {"client_id": "other"}])
def test_a_bad_client_is_401(desk: Any, change: dict[str, str]) -> None:
    answer = desk.exchange(desk.authorize()["code"], **change)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_the_token_endpoint_takes_forms_only(desk: Any) -> None:
    answer = desk.send("POST", f"{WEB}/oauth/v2/accessToken", json={"grant_type": "authorization_code"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_partners_refresh_token_stays_the_same_and_does_not_slide(desk: Any) -> None:
    first = connected(desk)
    assert first["refresh_token_expires_in"] == 31_536_000
    desk.simulator.clock.advance(1_000_000)
    second = desk.oauth(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert second["refresh_token"] == first["refresh_token"]
    assert second["refresh_token_expires_in"] == 30_536_000
    assert second["access_token"] != first["access_token"]
    assert second["expires_in"] == 5_184_000
    desk.simulator.clock.advance(30_536_000)
    answer = desk.oauth(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "invalid, expired or revoked" in answer.json()["error_description"]


def test_a_refresh_token_is_its_apps(desk: Any) -> None:
    refresh = connected(desk)["refresh_token"]
    answer = desk.oauth(grant_type="refresh_token", refresh_token=refresh, **SHARE)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_an_ordinary_app_gets_no_refresh_token(desk: Any) -> None:
    body = desk.exchange(desk.authorize(client_id="sim-share-id")["code"], **SHARE).json()
    assert "refresh_token" not in body
    assert "access_token" in body


def test_another_scope_set_ends_every_earlier_token(desk: Any) -> None:
    first = connected(desk)
    same = connected(desk)
    assert desk.v2("GET", "/userinfo", token=first["access_token"]).status_code == 200
    connected(desk, scope="openid profile")
    for old in (first, same):
        answer = desk.v2("GET", "/userinfo", token=old["access_token"])
        assert (answer.status_code, answer.json()["serviceErrorCode"]) == (401, 65601)
        assert desk.oauth(grant_type="refresh_token", refresh_token=old["refresh_token"]).status_code == 400


def test_another_members_tokens_live_on(desk: Any) -> None:
    omar = connected(desk, postwire_account="omar")
    connected(desk, scope="openid")
    assert desk.v2("GET", "/userinfo", token=omar["access_token"]).status_code == 200


def test_introspection(desk: Any) -> None:
    token = connected(desk)["access_token"]
    told = desk.oauth("introspectToken", token=token).json()
    assert told["active"] is True
    assert told["scope"] == "openid,profile,w_member_social"
    assert told["expires_at"] - told["created_at"] == 5_184_000
    assert (told["status"], told["auth_type"], told["client_id"]) == ("active", "3L", "sim-client-id")
    assert desk.oauth("introspectToken", token=token, **SHARE).json() == {"active": False}
    assert desk.oauth("introspectToken", token="AQXnothing").status_code == 400
    assert desk.oauth("introspectToken", token=token, client_id="other").status_code == 400
    assert desk.oauth("introspectToken", token=token, client_secret="wrong").status_code == 401
    desk.simulator.clock.advance(5_184_000)
    assert desk.oauth("introspectToken", token=token).json()["status"] == "expired"


def test_revocation(desk: Any) -> None:
    token = connected(desk)["access_token"]
    desk.oauth("revoke", token=token, **SHARE)
    assert desk.v2("GET", "/userinfo", token=token).status_code == 200  # another app's
    assert desk.oauth("revoke", token=token).status_code == 200
    answer = desk.v2("GET", "/userinfo", token=token)
    assert (answer.status_code, answer.json()["code"]) == (401, "REVOKED_ACCESS_TOKEN")
    assert desk.oauth("introspectToken", token=token).json()["status"] == "revoked"


def test_a_fresh_token_may_answer_revoked_for_a_moment(desk: Any) -> None:
    desk.settings.fresh_token_seconds = 5.0
    token = connected(desk)["access_token"]
    assert desk.v2("GET", "/userinfo", token=token).json()["serviceErrorCode"] == 65601
    desk.simulator.clock.advance(5)
    assert desk.v2("GET", "/userinfo", token=token).status_code == 200
