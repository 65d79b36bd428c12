"""Who comes in: names, origins, sessions, tokens; and what every answer tells the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postwire.faces.web.here import COOKIE

if TYPE_CHECKING:
    from tests.faces.web.conftest import Web


def test_a_foreign_host_name_is_refused(web: Web) -> None:
    assert web.get("/", headers={"Host": "evil.example"}).status_code == 421
    port = web.origin.rpartition(":")[2]
    answer = web.get("/", headers={"Host": f"localhost:{port}"})
    assert (answer.status_code, web.origin in answer.text) == (421, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-CSRF-Token": "wrong"},
    ],
    ids=str,
)
def test_a_change_comes_from_our_own_page_or_not_at_all(web: Web, headers: dict[str, str]) -> None:
    assert web.post("/sign-out", headers=headers).status_code == 403
    cookie = web.http.cookies[COOKIE]
    assert web.site.sessions.find(cookie) is not None
    assert web.post("/sign-out").status_code == 303
    assert web.site.sessions.find(cookie) is None


def test_a_link_opens_one_session_once(web: Web) -> None:
    web.http.cookies.clear()
    link = f"/enter?key={web.site.sessions.link().reveal()}"
    first = web.get(link)
    assert (first.status_code, first.headers["location"]) == (303, "/")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    web.http.cookies.clear()
    assert web.get(link).status_code == 403


def test_every_answer_is_strict(web: Web) -> None:
    for path in ("/sign-in", "/nowhere", "/static/style.css"):
        headers = web.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
