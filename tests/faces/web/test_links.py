"""One-use links by which people connect an account without signing in."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.faces.web.connected import accounts, confirm, connect, consent, follow, going, headline

from postwire.accounts.account import SANDBOX
from postwire.faces.web import links

if TYPE_CHECKING:
    from tests.faces.web.conftest import Web


def made(web: Web, integration: str = "tiktok", **more: Any) -> str:
    """The path of a link, for a browser that knows nobody."""
    address, _ = links.make(web.site, SANDBOX, integration, **more)
    web.http.cookies.clear()
    return address.removeprefix(web.origin)


def test_somebody_without_a_session_connects(web: Web) -> None:
    path = made(web)
    for _ in range(2):  # looking uses nothing up
        assert "Continue with TikTok" in web.get(path).text
    page = follow(web, consent(web, going(web.post(path))))
    assert headline(page) == "TikTok connected!"
    assert "You can close this page." in page.text
    assert "/connections" not in page.text
    assert [each.username for each in accounts(web)] == ["simstudio"]


def test_a_link_works_once(web: Web) -> None:
    path = made(web)
    web.post(path)
    assert web.post(path).status_code == 410
    assert web.get(path).status_code == 410
    assert web.get("/connect/made-up.sandbox").status_code == 410


def test_it_is_bound_to_the_browser(web: Web) -> None:
    path = made(web)
    where = consent(web, going(web.post(path)))
    web.http.cookies.clear()
    assert "could not be connected" in follow(web, where).text
    assert accounts(web) == []


def test_a_choice_is_theirs_too(web: Web) -> None:
    path = made(web, "meta")
    assert "You manage a Facebook Page" in web.get(path).text
    page = follow(web, consent(web, going(web.post(path))))
    assert headline(confirm(web, page)) == "Facebook and Instagram connected!"


def test_it_reconnects(web: Web) -> None:
    connect(web, "tiktok")
    mine = accounts(web)[0]
    path = made(web, reconnect=mine.id)
    follow(web, consent(web, going(web.post(path))))
    assert [(each.id, each.version > mine.version) for each in accounts(web)] == [(mine.id, True)]


@pytest.mark.parametrize(
    "address", ["https://app.example.com/done", "https://app.example.com/done?user=7#here"]
)
def test_it_leads_on_to_where_its_maker_says(web: Web, address: str) -> None:
    path = made(web, back=address)
    page = follow(web, consent(web, going(web.post(path))))
    back = re.search(r'data-back="([^"]+)"', page.text)
    assert back
    led, asked = urlsplit(html.unescape(back[1])), urlsplit(address)
    assert (led.scheme, led.netloc, led.path, led.fragment) == (*asked[:3], asked.fragment)
    query = {"platform": ["tiktok"], "account": [accounts(web)[0].id]}
    assert parse_qs(led.query) == {**parse_qs(asked.query), **query}


def test_it_leads_on_with_the_code_of_a_refusal(web: Web) -> None:
    path = made(web, back="https://app.example.com/done")
    page = follow(web, consent(web, going(web.post(path)), postwire_auto="deny"))
    assert 'href="https://app.example.com/done?error=access_denied&amp;platform=tiktok"' in page.text
