"""Connecting accounts from the pages: the platform's consent, the choice after it, and how it ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import httpx2
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.faces.web.conftest import serving
from tests.faces.web.connected import (
    BASE,
    accounts,
    begin,
    confirm,
    connect,
    consent,
    follow,
    headline,
)

from postwire.access.people import People
from postwire.accounts.account import SANDBOX
from postwire.accounts.plans import Plan, Plans
from postwire.accounts.vault import Vault
from postwire.faces.web.here import COOKIE
from postwire.faces.web.qr import path_of
from postwire.faces.web.sealed import fits, seal
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faces.web.conftest import Web

    from postwire.simulator import Simulator

TITLES = {"meta": "Facebook", "instagram": "Instagram", "x": "X (Twitter)", "linkedin": "LinkedIn"}


@pytest.mark.parametrize("integration", ["tiktok", "x", "linkedin", "instagram", "meta"])
def test_each_platform_is_connected_by_its_consent_page(web: Web, integration: str) -> None:
    page = connect(web, integration)
    if "/choose/" in str(page.url):
        page = confirm(web, page, "skip")
    assert TITLES.get(integration, "TikTok") in headline(page)
    assert headline(page).endswith("connected!")
    assert {each.integration for each in accounts(web)} == {integration}
    assert {each.owner for each in accounts(web)} == {"you"}


def test_the_result_says_who_and_leads_back_by_itself(web: Web) -> None:
    page = connect(web, "tiktok")
    assert "code=" not in str(page.url)
    assert "state=" not in str(page.url)
    assert "Sim Studio (@simstudio)" in page.text
    assert "Return to Postwire" in page.text
    back = re.search(r'data-back="([^"]+)" data-seconds="\d+"', page.text)
    assert back
    assert "<noscript><meta http-equiv" in page.text
    returned = web.get(back[1].replace("&amp;", "&"))
    assert "Account connected!" in returned.text
    assert "@simstudio" in returned.text


def test_a_code_is_spent_and_never_shown(web: Web) -> None:
    where = consent(web, begin(web, "tiktok"))
    first = web.http.get(where)
    assert first.status_code == 303
    assert first.headers["cache-control"] == "no-store"
    assert first.headers["referrer-policy"] == "no-referrer"
    code = dict(parse_qsl(urlsplit(where).query))["code"]
    assert code not in first.headers["location"]
    again = follow(web, where)
    assert headline(again) == "TikTok could not be connected"
    assert len(accounts(web)) == 1


@pytest.mark.parametrize(
    ("integration", "switches", "code"),
    [
        ("tiktok", {"postwire_auto": "deny"}, "access_denied"),
        ("x", {"postwire_auto": "deny"}, "access_denied"),
        ("linkedin", {"postwire_auto": "deny"}, "user_cancelled_authorize"),
        ("instagram", {"postwire_auto": "deny"}, "access_denied"),
        ("meta", {"postwire_auto": "deny"}, "access_denied"),
        ("meta", {"postwire_scopes": "pages_show_list"}, "missing_pages_manage_posts"),
        ("instagram", {"postwire_scopes": "instagram_business_basic"}, "IG_DIRECT_NOT_PUBLISHABLE"),
        ("meta", {"postwire_pages": "none"}, "no_pages_found"),
    ],
)
def test_what_was_declined_is_told_on_the_result_and_on_the_page_after(
    web: Web, integration: str, switches: dict[str, str], code: str
) -> None:
    page = follow(web, consent(web, begin(web, integration), **switches))
    assert headline(page).endswith("could not be connected")
    assert parse_qs(urlsplit(str(page.url)).query)["error"] == [code]
    back = re.search(r'data-back="([^"]+)"', page.text)
    assert back
    banner = web.get(back[1].replace("&amp;", "&"))
    assert f"<code>{code}</code>" in banner.text
    assert accounts(web) == []


def test_a_partial_grant_is_connected_and_marked(web: Web) -> None:
    granted = ("instagram_business_basic", "instagram_business_content_publish")
    connect(web, "instagram", postwire_scopes=",".join(granted))
    found = accounts(web)[0]
    assert found.state == "limited"
    page = web.get(f"{BASE}/connections").text
    assert found.reason.split(".")[0] in page
    assert "Reconnect" in page


def test_the_linked_instagram_account_is_shown_and_confirmed(web: Web) -> None:
    page = connect(web, "meta")
    assert "Connect Instagram too?" in page.text
    for told in ("Harbor Bakery", "@harborbakery", "812 followers", "Page: Harbor Bakery"):
        assert told in page.text
    for asked in ("Publish content", "Manage posts and insights", "needs an image or a video"):
        assert asked in page.text
    end = confirm(web, page)
    assert headline(end) == "Facebook and Instagram connected!"
    assert {each.integration for each in accounts(web)} == {"meta", "instagram"}


def test_the_linked_instagram_account_can_be_left_out(web: Web) -> None:
    end = confirm(web, connect(web, "meta"), "skip")
    assert headline(end) == "Facebook connected!"
    assert {each.integration for each in accounts(web)} == {"meta"}


def test_a_choice_is_made_once_and_in_the_browser_that_consented(web: Web, start: Callable[..., Web]) -> None:
    page = connect(web, "meta")
    other = start()
    stranger = other.get(urlsplit(str(page.url)).path)
    assert "expired" in stranger.headers["location"]
    confirm(web, page)
    assert "could not be connected" in confirm(web, page).text
    assert len([each for each in accounts(web) if each.integration == "instagram"]) == 1


def test_by_way_of_another_login(web: Web) -> None:
    assert "by way of Facebook" in web.get(f"{BASE}/connect/instagram").text
    page = connect(web, "instagram", {"flavour": "facebook"})
    confirm(web, page)
    assert {(each.integration, each.flavour) for each in accounts(web)} == {("instagram", "facebook")}


def test_reconnecting_keeps_the_account(web: Web) -> None:
    connect(web, "tiktok")
    before = accounts(web)[0]
    web.site.vault.accounts.set_state(SANDBOX, before.id, "needs_reconnect", "It ended.")
    assert "Needs reconnect" in web.get(f"{BASE}/connections").text
    connect(web, "tiktok", {"reconnect": before.id})
    after = accounts(web)[0]
    assert (after.id, after.state) == (before.id, "active")
    assert after.version > before.version


def test_reconnecting_with_another_account_is_refused(web: Web) -> None:
    connect(web, "tiktok")
    mine = accounts(web)[0]
    page = connect(web, "tiktok", {"reconnect": mine.id}, postwire_account="simprivate")
    assert headline(page) == "TikTok could not be connected"
    assert "error=conflict" in str(page.url)
    assert [each.id for each in accounts(web)] == [mine.id]


def test_a_page_is_reconnected_by_its_login(web: Web) -> None:
    confirm(web, connect(web, "meta"))
    linked = next(each for each in accounts(web) if each.integration == "instagram")
    url = begin(web, "instagram", reconnect=linked.id)
    assert "facebook.com" in url
    page = follow(web, consent(web, url))
    assert headline(page).endswith("connected!")
    assert linked.id in {each.id for each in accounts(web)}


def test_another_sessions_callback_is_refused(web: Web, start: Callable[..., Web]) -> None:
    where = consent(web, begin(web, "tiktok"))
    cookie = web.site.sessions.redeem(web.site.sessions.link().reveal())
    assert cookie is not None
    with httpx2.Client(base_url=web.origin, cookies={COOKIE: cookie.reveal()}, timeout=60) as other:
        answer = other.get(where)
        assert "error=" in answer.headers["location"]
    assert accounts(web) == []


def test_without_a_session_the_callback_says_so(web: Web) -> None:
    where = consent(web, begin(web, "tiktok"))
    web.http.cookies.clear()
    page = follow(web, where)
    assert "Connecting took too long, or the browser session was interrupted." in page.text
    assert accounts(web) == []


@pytest.mark.parametrize(
    "query", ["", "state=made-up&code=x", "code=x", "state=", "error=access_denied&state=made-up"]
)
def test_a_callback_that_nobody_began_ends_well(web: Web, query: str) -> None:
    page = follow(web, f"{web.origin}/callback/tiktok/?{query}")
    assert headline(page) == "TikTok could not be connected"


def test_a_callback_of_another_platform_is_refused(web: Web) -> None:
    where = consent(web, begin(web, "tiktok"))
    page = follow(web, where.replace("/callback/tiktok/", "/callback/x/"))
    assert headline(page).endswith("could not be connected")
    assert accounts(web) == []


def test_what_the_platform_says_is_escaped(web: Web) -> None:
    state = dict(parse_qsl(urlsplit(begin(web, "tiktok")).query))["state"]
    said = {"error": "<script>alert(1)</script>", "error_description": "<b>no</b>", "state": state}
    page = follow(web, f"{web.origin}/callback/tiktok/?{urlencode(said)}")
    assert headline(page) == "TikTok could not be connected"
    assert "<script>alert" not in page.text
    assert "<b>no" not in page.text


def test_words_in_an_address_that_are_not_ours_are_not_shown(web: Web) -> None:
    lie = "Call this number at once"
    for path in ("/connect/done/tiktok?error=access_denied&note=", f"{BASE}/connections?error=x&note="):
        assert lie not in web.get(path + lie).text
    told = f"{BASE}/connections?kind=success&seal=00&told={lie}"
    assert lie not in web.get(told).text


class TestPlans:
    """A workspace with a plan."""

    @pytest.fixture
    def vault(self, home: Path) -> Iterator[Vault]:
        plans = Plans({"Free": Plan(total=1), "Chosen": Plan(integrations=frozenset({"tiktok"}))})
        with Vault(plans=plans) as vault:
            vault.add_workspace(SANDBOX, "Simulated accounts", "Free")
            yield vault

    def test_a_full_plan_offers_nothing_more(self, web: Web) -> None:
        assert "Full" not in web.get(f"{BASE}/connections").text
        connect(web, "tiktok")
        page = web.get(f"{BASE}/connections").text
        assert ">Full</span>" in page
        assert "You reached the current plan limit." in page
        assert 'action="/w/sandbox/connect/' not in page.replace("reconnect", "")
        assert page.count("disabled>") >= 5

    def test_a_plan_that_fills_up_meanwhile(self, web: Web) -> None:
        url = begin(web, "x")
        connect(web, "tiktok")
        page = follow(web, consent(web, url))
        assert "error=plan_full" in str(page.url)
        assert "You reached the current plan limit" in page.text
        assert {each.integration for each in accounts(web)} == {"tiktok"}

    def test_a_login_that_brings_too_many_connects_none(self, web: Web) -> None:
        page = connect(web, "meta")
        assert "error=plan_full" in str(page.url)
        assert accounts(web) == []

    def test_platforms_outside_the_plan_lead_to_an_upgrade(
        self, start: Callable[..., Web], vault: Vault
    ) -> None:
        vault.set_plan(SANDBOX, "Chosen")
        web = start(upgrade_url="https://example.com/plans")
        page = web.get(f"{BASE}/connections").text
        assert "Your plan does not include x." in page
        assert 'href="https://example.com/plans"' in page
        assert f'action="{BASE}/connect/tiktok"' in page


@pytest.mark.parametrize("integration", ["meta", "instagram"])
def test_the_setup_sheet_tells_what_is_needed(web: Web, integration: str) -> None:
    described = web.site.catalog.integration(integration)
    assert described.setup is not None
    for headers in ({}, {"HX-Request": "true"}):
        page = web.get(f"{BASE}/connect/{integration}", headers=headers).text.replace("&#39;", "'")
        for each in described.setup.requirements:
            assert each.title in page
            assert each.link is None or each.link.url in page.replace("&amp;", "&")
        assert all(step in page for step in described.setup.guide)
        assert f'action="{BASE}/connect/{integration}"' in page
        assert ("<html" in page) == (not headers)


def test_the_instagram_sheet_has_a_code_for_phones(web: Web) -> None:
    page = web.get(f"{BASE}/connect/instagram").text
    assert 'href="instagram://user"' in page
    assert re.search(r'<svg class="qr" viewBox="0 0 \d+ \d+" role="img"[^>]*><path d="M', page)
    assert "Switch to professional" in page


@pytest.mark.parametrize("name", ["telegram", "whatsapp"])
def test_what_is_announced_is_coming_soon(web: Web, name: str) -> None:
    toast = web.get(f"{BASE}/connect/{name}", headers={"HX-Request": "true"})
    assert toast.status_code == 204
    assert "coming soon" in toast.headers["hx-trigger"]
    page = follow(web, f"{web.origin}{BASE}/connect/{name}")
    assert "is coming soon." in page.text


def test_a_platform_that_nobody_has(web: Web) -> None:
    assert web.get(f"{BASE}/connect/mastodon").status_code == 404
    assert web.post(f"{BASE}/connect/mastodon").status_code == 404
    assert web.post(f"{BASE}/connect/tiktok", {"flavour": "nope"}).status_code == 404


def test_htmx_is_sent_to_the_consent_page_too(web: Web) -> None:
    answer = web.post(f"{BASE}/connect/tiktok", headers={"HX-Request": "true"})
    assert "tiktok.com" in answer.headers["hx-redirect"]


def test_an_address_that_the_portal_refuses_is_told(web: Web, simulator: Simulator) -> None:
    for number in range(8):
        simulator.tiktok.register(f"http://127.0.0.1:{4000 + number}/")
    answer = web.post(f"{BASE}/connect/tiktok")
    assert answer.status_code == 303
    assert "An app has 1 to 10 redirect URIs." in web.get(answer.headers["location"]).text


def test_people_come_back_to_the_workspace_where_they_began(start: Callable[..., Web], vault: Vault) -> None:
    web = start()
    member = People(vault.store).add("ada", Secret("a long enough password"), workspaces=[SANDBOX])
    cookie = web.site.sessions.open(member).reveal()
    session = web.site.sessions.find(cookie)
    assert session is not None
    web.http.cookies.set(COOKIE, cookie)
    web.csrf = session.csrf
    page = connect(web, "tiktok", postwire_auto="deny")
    assert f'data-back="{BASE}/connections?error=access_denied' in page.text
    connect(web, "tiktok")
    assert accounts(web)[0].owner == "ada"


def test_a_server_without_the_apps_keys_says_so(vault: Vault) -> None:
    with serving(vault, None) as (origin, site), httpx2.Client(base_url=origin, timeout=60) as http:
        cookie = site.sessions.redeem(site.sessions.link().reveal())
        assert cookie is not None
        http.cookies.set(COOKIE, cookie.reveal())
        session = site.sessions.find(cookie.reveal())
        assert session is not None
        workspace = site.workspaces()[0].id
        headers = {"Origin": origin, "X-CSRF-Token": session.csrf}
        answer = http.post(f"/w/{workspace}/connect/tiktok", headers=headers)
        page = http.get(answer.headers["location"])
    assert "<code>missing_credentials</code>" in page.text
    assert "POSTWIRE_TIKTOK_CLIENT_KEY" in page.text


@given(st.text(max_size=200))
@settings(max_examples=25)
def test_a_qr_code_is_drawn_as_it_was_made(text: str) -> None:
    text = f"https://example.com/{quote(text)}"
    code = path_of(text)
    dark = {
        (int(x) + step - 4, int(y) - 4)
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", code.path)
        for step in range(int(length))
    }
    matrix = segno.make(text, error="m", micro=False).matrix
    assert code.side == len(matrix) + 8
    assert dark == {(x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}


@given(st.lists(st.text(), min_size=1, max_size=3), st.lists(st.text(), min_size=1, max_size=3))
def test_a_seal_fits_what_it_was_made_for(first: list[str], second: list[str]) -> None:
    made = seal("one browser", *first)
    assert fits("one browser", made, *first)
    assert fits("one browser", made, *second) == (first == second)
    assert not fits("another", made, *first)
