"""People whom an application sends here to connect accounts: they are asked to, and go on afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from tests.faces.web.connected import BASE, connect

from postwire.faces.web.onboarding import COOKIE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faces.web.conftest import Web

APP = "https://app.example.com"
PAGE = f"{BASE}/connections"
ASK, GO_ON = "Connect at least one account to continue.", "Continue onboarding"


@pytest.fixture
def web(start: Callable[..., Web]) -> Web:
    return start(app_urls=(APP,))


def test_they_connect_and_go_on(web: Web) -> None:
    first = web.get(PAGE, params={"continue": f"{APP}/onboarding/3?plan=free"}).text
    assert ASK in first
    assert GO_ON not in first
    connect(web, "tiktok")  # leaves this site, and comes back by another address
    back = web.get(PAGE).text
    assert ASK not in back
    assert GO_ON in back
    part = web.get(PAGE, headers={"HX-Request": "true"}).text
    assert GO_ON in part
    gone = web.get(f"{PAGE}/continue")
    assert (gone.status_code, gone.headers["location"]) == (303, f"{APP}/onboarding/3?plan=free")
    assert GO_ON not in web.get(PAGE).text


def test_nobody_else_is_asked(web: Web) -> None:
    assert ASK not in web.get(PAGE).text
    connect(web, "tiktok")
    assert GO_ON not in web.get(PAGE).text
    assert web.get(f"{PAGE}/continue").headers["location"] == PAGE


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "https://app.example.com.evil.example/",
        "https://app.example.com@evil.example/",
        "http://app.example.com/",
        "https://app.example.com:8443/",
        "//app.example.com/",
        "javascript:alert(1)",
        "https://app.example.com\\@evil.example/",
        "https://app.example.com/a b",
        "https://app.example.com/\n",
        "https://[",
        "https://app.example.com/" + "a" * 2_000,
    ],
)
@pytest.mark.parametrize("way", ["query", "cookie"])
def test_it_leads_nowhere_else(web: Web, address: str, way: str) -> None:
    if way == "cookie":
        web.http.cookies.set(COOKIE, quote(address, safe=""))
    asked = {"continue": address} if way == "query" else {}
    assert ASK not in web.get(PAGE, params=asked).text
    assert web.get(f"{PAGE}/continue", params=asked).headers["location"] == PAGE
