"""Login: consent, codes, tokens, refresh, revocation."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from postwire.simulator.tiktok import Client
from postwire.simulator.tiktok.settings import check_redirect

VERIFIER = "sim-verifier-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ~._"
CHALLENGE = "328994bfa460e68bed98a6f4e8dde0321a26ac2a6af9a5423d2d398ac70f561a"
AUTHORIZE = "https://www.tiktok.com/v2/auth/authorize/"


def test_the_sheets_pkce_vector_logs_in(desk: Any) -> None:
    assert hashlib.sha256(VERIFIER.encode()).hexdigest() == CHALLENGE
    back = desk.authorize(code_challenge=CHALLENGE)
    assert back["state"] == "s-1"
    assert "*0!6410" in back["code"]
    answer = desk.exchange(back["code"], code_verifier=VERIFIER)
    body = answer.json()
    assert answer.status_code == 200
    assert body["access_token"].startswith("act.")
    assert body["refresh_token"].startswith("rft.")
    assert (body["expires_in"], body["refresh_expires_in"]) == (7_200, 15_552_000)
    assert (body["open_id"], body["token_type"]) == ("-000SimOpenId01", "Bearer")
    assert set(body["scope"].split(",")) == set(back["scopes"].split(","))
    assert desk.outcome("/v2/user/info/?fields=open_id", method="GET", token=body["access_token"]) == (
        200,
        "ok",
    )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_challenge": "MomUv6Rg5ovtmKb06N3gMhomrCpq-aVCPS05iscPVho"}, "invalid_request"),
        ({"code_challenge": CHALLENGE.upper()}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"scope": None}, "invalid_request"),
        ({"scope": "user.info.basic,video.delete"}, "invalid_scope"),
        ({"scope": "user.info.basic, video.list"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"postwire_auto": "deny"}, "access_denied"),
    ],
)
def test_what_the_callback_is_told(desk: Any, change: dict[str, str | None], error: str) -> None:
    back = desk.authorize(**change)
    assert back["error"] == error
    assert back["error_description"]
    assert "code" not in back


@pytest.mark.parametrize(
    "change",
    [
        {"client_key": "other"},
        {"client_key": None, "client_id": "sim-client-key"},
        {"redirect_uri": "http://127.0.0.1:5005/callback"},
        {"redirect_uri": "http://127.0.0.1/callback/"},
        {"redirect_uri": "http://127.0.0.1:5005/callback/?a=b"},
        {"redirect_uri": "http://127.0.0.1:x@evil.example/callback/"},
        {"redirect_uri": "http://[::1]:5005/callback/"},
        {"redirect_uri": None},
    ],
)
def test_nothing_is_sent_to_an_address_that_is_not_registered(desk: Any, change: dict[str, Any]) -> None:
    answer = desk.send("GET", AUTHORIZE, params=desk.asking(**change) | {"postwire_auto": "allow"})
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "Simulated TikTok" in answer.text


@pytest.mark.parametrize(
    ("uri", "kind", "good"),
    [
        ("http://127.0.0.1:*/callback/", "desktop", True),
        ("https://localhost:8443/cb", "desktop", True),
        ("http://127.0.0.1/callback/", "desktop", False),
        ("http://[::1]:*/callback/", "desktop", False),
        ("http://example.com:80/", "desktop", False),
        ("https://example.com/cb/", "web", True),
        ("http://example.com/cb/", "web", False),
        ("https://example.com/cb/?x=1", "web", False),
        ("https://example.com/cb/#x", "web", False),
        ("/cb/", "web", False),
        ("https://example.com/" + "a" * 492, "web", False),
    ],
)
def test_redirect_uris_that_can_be_registered(uri: str, kind: Any, good: bool) -> None:
    if good:
        check_redirect(uri, kind)
    else:
        with pytest.raises(ValueError, match="redirect URI"):
            check_redirect(uri, kind)


def test_an_app_has_at_most_ten_redirect_uris() -> None:
    with pytest.raises(ValueError, match="1 to 10"):
        Client(redirect_uris=tuple(f"http://localhost:{port}/" for port in range(1, 12)))


def test_the_page_asks_and_the_user_may_switch_scopes_off(desk: Any) -> None:
    page = desk.send("GET", AUTHORIZE, params=desk.asking())
    assert page.status_code == 200
    assert 'lang="en"' in page.text
    assert "Simulated TikTok" in page.text
    assert "sim-client-key" in page.text
    assert len(re.findall(r'type="checkbox"[^>]* checked>', page.text)) == 6
    assert len(re.findall(r'type="radio"', page.text)) == 2
    assert not re.search(r'(src|href)="', page.text)
    match = re.search(r'action="([^"]+)"', page.text)
    assert match
    action = match[1].replace("&amp;", "&")
    form = {"decision": "allow", "account": "simprivate", "scope": ["user.info.basic", "video.publish"]}
    answer = desk.send("POST", action, data=form)
    assert answer.status_code == 302
    assert "scopes=user.info.basic%2Cvideo.publish&" in answer.headers["location"]
    denied = desk.send("POST", action, data=form | {"decision": "deny"})
    assert "error=access_denied" in denied.headers["location"]
    none_left = desk.send("POST", action, data={"decision": "allow", "account": "simstudio"})
    assert "error=access_denied" in none_left.headers["location"]


def test_what_the_app_sent_is_escaped_in_the_page(desk: Any) -> None:
    page = desk.send("GET", AUTHORIZE, params=desk.asking(state='"><script>x</script>'))
    assert page.status_code == 200
    assert "<script>" not in page.text


def test_a_browser_that_logged_in_before_is_not_asked_again_unless_told_so(desk: Any) -> None:
    action = f"{AUTHORIZE}?{urlencode(desk.asking(scope='video.list,video.publish'))}"
    form = {"decision": "allow", "account": "simprivate", "scope": ["video.list", "video.publish"]}
    cookie = desk.send("POST", action, data=form).headers["set-cookie"].partition(";")[0]

    def asked(**changes: str) -> int:
        query = desk.asking(**({"scope": "video.list"} | changes))
        answer = desk.send("GET", AUTHORIZE, params=query, headers={"Cookie": cookie})
        return int(answer.status_code)

    back = desk.send("GET", action, headers={"Cookie": cookie}).headers["location"]
    token = desk.exchange(dict(parse_qsl(urlsplit(back).query))["code"]).json()
    assert token["open_id"] == "-000SimOpenId02"
    assert (asked(), asked(disable_auto_auth="0"), asked(disable_auto_auth="1")) == (302, 302, 200)
    assert asked(scope="video.list,video.upload") == 200  # not allowed before
    desk.oauth("revoke", token=token["access_token"])
    assert asked() == 200


def test_auto_consent_answers_at_once_with_partial_scopes(desk: Any) -> None:
    desk.settings.auto_consent = "allow"
    desk.settings.auto_scopes = ("video.list",)
    assert desk.authorize(postwire_auto=None)["scopes"] == "video.list"


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"code": "unknown"}, 400, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:5006/callback/"}, 400, "invalid_grant"),
        ({"redirect_uri": None}, 400, "invalid_request"),
        ({"code_verifier": "x" * 43}, 400, "invalid_grant"),
        ({"code_verifier": "short"}, 400, "invalid_request"),
        ({"code_verifier": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_key": "wrong"}, 401, "invalid_client"),
        ({"client_key": None}, 400, "invalid_request"),
    ],
)
def test_exchanges_that_are_refused(desk: Any, change: dict[str, Any], status: int, error: str) -> None:
    code = desk.authorize()["code"]
    answer = desk.exchange(change.pop("code", code), **change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert {"error", "error_description", "log_id"} == set(answer.json())
    assert desk.exchange(code).status_code == 200  # the refused attempt did not use it up


def test_a_code_works_once_and_for_five_minutes(desk: Any) -> None:
    used, late = desk.authorize()["code"], desk.authorize()["code"]
    assert desk.exchange(used).status_code == 200
    assert desk.exchange(used).json()["error"] == "invalid_grant"
    desk.simulator.clock.advance(301)
    assert desk.exchange(late).json()["error"] == "invalid_grant"


def test_a_code_that_was_encoded_twice_is_unknown(desk: Any) -> None:
    code = desk.authorize()["code"].replace("*", "%2A").replace("!", "%21")
    assert desk.exchange(code).json()["error"] == "invalid_grant"


def test_a_web_app_needs_no_pkce_and_a_verifier_without_challenge_is_ignored(desk: Any) -> None:
    desk.settings.clients.append(Client("web", "s", ("https://example.com/cb/",), "web"))
    query = {"client_key": "web", "redirect_uri": "https://example.com/cb/"}
    back = desk.authorize(**query, code_challenge=None, code_challenge_method=None)
    answer = desk.exchange(back["code"], **query, client_secret="s", code_verifier="anything")
    assert answer.status_code == 200


def test_refresh_rotates_and_the_old_token_is_dead(desk: Any) -> None:
    first = desk.exchange(desk.authorize()["code"]).json()
    desk.simulator.clock.advance(7_201)
    info = {"path": "/v2/user/info/?fields=open_id", "method": "GET"}
    assert desk.outcome(info["path"], method="GET", token=first["access_token"]) == (
        401,
        "access_token_invalid",
    )
    second = desk.oauth(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert desk.outcome(info["path"], method="GET", token=second["access_token"]) == (200, "ok")
    again = desk.oauth(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    desk.simulator.clock.advance(15_552_001)
    late = desk.oauth(grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert late.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(("shrinks", "left"), [(True, 31_535_000), (False, 31_536_000)])
def test_the_older_lifetimes_and_a_shrinking_refresh_token(desk: Any, shrinks: bool, left: int) -> None:
    desk.settings.use_lifetimes("2026-09")
    desk.settings.refresh_shrinks = shrinks
    first = desk.exchange(desk.authorize()["code"]).json()
    assert first["expires_in"] == 86_400
    desk.simulator.clock.advance(1_000)
    second = desk.oauth(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert second["refresh_expires_in"] == left


def test_app_tokens_open_nothing_of_a_user(desk: Any) -> None:
    body = desk.oauth(grant_type="client_credentials").json()
    assert body["expires_in"] == 7_200
    outcome = desk.outcome("/v2/user/info/?fields=open_id", method="GET", token=body["access_token"])
    assert outcome == (401, "access_token_invalid")


def test_an_app_without_the_grant_is_unauthorized(desk: Any) -> None:
    desk.settings.clients[0] = Client(grants=frozenset({"authorization_code"}))
    assert desk.oauth(grant_type="client_credentials").json()["error"] == "unauthorized_client"


def test_oauth_takes_forms_only_and_can_answer_errors_with_200(desk: Any) -> None:
    url = "https://open.tiktokapis.com/v2/oauth/token/"
    assert desk.send("POST", url, json={"client_key": "sim-client-key"}).json()["error"] == "invalid_request"
    basic = base64.b64encode(b"sim-client-key:sim-client-secret").decode()
    form = {"grant_type": "client_credentials"}
    answer = desk.send("POST", url, data=form, headers={"Authorization": f"Basic {basic}"})
    assert answer.json()["error"] == "invalid_request"
    desk.settings.oauth_errors_as_200 = True
    answer = desk.oauth(grant_type="password")
    assert (answer.status_code, answer.json()["error"]) == (200, "unsupported_grant_type")


def test_revoking_kills_every_token_of_the_grant(desk: Any) -> None:
    tokens = desk.exchange(desk.authorize()["code"]).json()
    started = desk.start()
    answer = desk.oauth("revoke", token=tokens["access_token"])
    assert (answer.status_code, answer.json()) == (200, {})
    path = "/v2/user/info/?fields=open_id"
    assert desk.outcome(path, method="GET", token=tokens["access_token"]) == (401, "access_token_invalid")
    desk.settings.revoke_says_nothing = True
    again = desk.oauth("revoke", token=tokens["access_token"])
    assert (again.status_code, again.content) == (200, b"")
    assert desk.oauth(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code == 400
    assert desk.tiktok.publishes[started["publish_id"]].fail_reason == "auth_removed"
