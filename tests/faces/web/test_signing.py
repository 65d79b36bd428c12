"""Signing in by name and password, where the pages are reached from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postwire.accounts.account import SANDBOX
from postwire.faces.web.here import COOKIE
from postwire.faces.web.pages import signing
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2
    from tests.faces.web.conftest import Web

PASSWORD = "correct horse battery"


@pytest.fixture
def door(start: Callable[..., Web], monkeypatch: pytest.MonkeyPatch) -> Web:
    """A server with Ada, an admin, and a browser without a session."""
    monkeypatch.setattr(signing, "_patience", signing.Patience())
    web = start(sign_in=True)
    web.site.people.add("Ada", Secret(PASSWORD), "admin")
    web.http.cookies.clear()
    return web


def sign_in(web: Web, name: str, password: str, to: str = "/") -> httpx2.Response:
    headers = {"Origin": web.origin}
    given = {"name": name, "password": password}
    return web.http.post("/sign-in", params={"next": to}, data=given, headers=headers)


def test_the_password_opens_the_page_that_was_asked_for(door: Web) -> None:
    wanted = f"/w/{SANDBOX}/runs"
    sent = door.get(wanted)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/sign-in?next={wanted}")
    assert 'name="password"' in door.get(sent.headers["location"]).text
    answer = sign_in(door, "Ada", PASSWORD, wanted)
    assert (answer.status_code, answer.headers["location"]) == (303, wanted)
    assert door.get(wanted).status_code == 200


@pytest.mark.parametrize("name", ["Ada", "Eve", "<script>"])
def test_a_wrong_password_does_not_say_what_was_wrong(door: Web, name: str) -> None:
    answer = sign_in(door, name, "wrong horse battery")
    assert answer.status_code == 401
    assert "No one has this name and password." in answer.text
    assert "<script>" not in answer.text.replace("<script src=", "").replace("<script defer", "")
    assert "wrong horse" not in answer.text
    assert COOKIE not in answer.headers.get("set-cookie", "")


def test_after_five_wrong_passwords_the_right_one_waits_too(door: Web) -> None:
    for _ in range(signing.TRIES):
        assert sign_in(door, "Ada", "wrong horse battery").status_code == 401
    answer = sign_in(door, "Ada", PASSWORD)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "Too many wrong passwords" in answer.text


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(door: Web, to: str) -> None:
    assert sign_in(door, "Ada", PASSWORD, to).headers["location"] == "/"


def test_another_sites_form_signs_nobody_in(door: Web) -> None:
    headers = {"Origin": "https://evil.example"}
    given = {"name": "Ada", "password": PASSWORD}
    assert door.http.post("/sign-in", data=given, headers=headers).status_code == 403


def test_a_member_sees_their_workspaces_only(door: Web) -> None:
    door.site.people.add("Bo", Secret(PASSWORD), "member", ["elsewhere"])
    sign_in(door, "Bo", PASSWORD)
    assert door.get(f"/w/{SANDBOX}/connections").status_code == 404


def test_an_address_that_speaks_https_has_a_cookie_that_only_it_can_set(start: Callable[..., Web]) -> None:
    web = start()
    object.__setattr__(web.site.settings, "public_url", "https://post.example.com")
    answer = web.http.get(f"/enter?key={web.site.sessions.link().reveal()}")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
