"""The Connections page: what a card says, search and filters, pages, notices, the banner of every code."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.faces.web.connected import BASE, accounts, confirm, connect

from postwire.access.people import People
from postwire.accounts.account import SANDBOX
from postwire.accounts.records import NewAccount
from postwire.accounts.refusals import REFUSALS
from postwire.accounts.tokens import Tokens
from postwire.faces.web.here import COOKIE
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faces.web.conftest import Web

    from postwire.accounts.records import StoredAccount

HOSTILE = '<img src=x onerror="alert(1)">\'"&'
HTMX = {"HX-Request": "true"}


def store(web: Web, integration: str = "tiktok", owner: str = "", **given: Any) -> StoredAccount:
    """An account as a consent would leave it; its token is planted to be looked for."""
    values = {"subject": given.get("username", "1"), "tokens": Tokens(Secret("planted-token")), **given}
    new = NewAccount(integration, **values)
    return web.site.vault.accounts.connect(SANDBOX, [new], owner=owner)[0]


def names(page: str) -> list[str]:
    return [
        html.unescape(name) for name in re.findall(r'class="account-name"[^>]*>(?:<[^>]+>)*([^<]*)', page)
    ]


def test_without_accounts_it_says_how_to_begin(web: Web) -> None:
    page = web.get(f"{BASE}/connections").text
    assert "No accounts yet" in page
    for title in ("Facebook", "Instagram", "X (Twitter)", "LinkedIn", "TikTok"):
        assert f"Add account: {title}" in page
    assert page.count("Coming soon") == 2


def test_a_card_says_what_people_need(web: Web) -> None:
    stored = store(
        web,
        "tiktok",
        owner="ada",
        name="Sim Studio",
        username="simstudio",
        avatar_url="https://p16.example/a.png",
        facts={"followers": 12480},
    )
    page = web.get(f"{BASE}/connections").text
    for told in ("Sim Studio", "@simstudio", "12,480", "Active", "Publish-capable", "ada"):
        assert told in page
    assert f'href="{BASE}/publish?account={stored.id}"' in page
    assert f'src="{BASE}/avatars/{stored.id}?v=' in page
    day = datetime.fromtimestamp(stored.connected_at, UTC).strftime("%Y-%m-%d")
    assert f'<time datetime="{day}' in page
    assert "p16.example" not in page


@pytest.mark.parametrize(
    ("state", "reason", "colour", "label"),
    [
        ("active", "", "green", "Active"),
        ("needs_reconnect", "The access was revoked.", "amber", "Needs reconnect"),
        ("limited", "Not granted: video.list.", "amber", "Active"),
        ("error", "The app's secret is wrong.", "red", "Failed"),
    ],
)
def test_the_dot_and_the_reason(web: Web, state: Any, reason: str, colour: str, label: str) -> None:
    stored = store(web, name="One")
    web.site.vault.accounts.set_state(SANDBOX, stored.id, state, reason)
    page = html.unescape(web.get(f"{BASE}/connections").text)
    assert f'class="status status-{colour}"' in page
    assert f"<span>{label}</span>" in page
    assert reason in page
    assert ("Reconnect</span>" in page) == (state in {"needs_reconnect", "limited"})


def test_an_account_that_may_not_publish_says_what_is_missing(web: Web) -> None:
    tokens = Tokens(Secret("t"), scopes=frozenset({"user.info.basic"}))
    store(web, name="Reader", tokens=tokens)
    page = web.get(f"{BASE}/connections").text
    assert "Not publish-capable" in page
    assert "video.publish" in page


def test_the_summary_counts(web: Web) -> None:
    for number in range(3):
        stored = store(web, username=f"user{number}")
    web.site.vault.accounts.set_state(SANDBOX, stored.id, "needs_reconnect", "It ended.")
    page = web.get(f"{BASE}/connections").text
    counts = re.findall(r"<dt>(\w+) accounts</dt><dd>(\d+)</dd>", page)
    assert counts == [("Total", "3"), ("Active", "2"), ("Inactive", "1")]


@pytest.fixture
def many(web: Web) -> Web:
    for integration, name, owner in (
        ("meta", "Mason Carter", "ann"),
        ("instagram", "Isabella Morgan", "bob"),
        ("x", "Carter X", "bob"),
        ("linkedin", "Old Page", "ann"),
    ):
        stored = store(web, integration, owner, name=name, username=name.replace(" ", "").lower())
    web.site.vault.accounts.set_state(SANDBOX, stored.id, "needs_reconnect", "It ended.")
    return web


TODAY = datetime.now(UTC).date().isoformat()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Old Page", "Carter X", "Isabella Morgan", "Mason Carter"]),
        ("q=carter", ["Carter X", "Mason Carter"]),
        ("q=CARTER+mason", ["Mason Carter"]),
        ("q=instagram", ["Isabella Morgan"]),
        (f"q={TODAY}", ["Old Page", "Carter X", "Isabella Morgan", "Mason Carter"]),
        ("integration=x", ["Carter X"]),
        ("status=inactive", ["Old Page"]),
        ("status=active&owner=bob", ["Carter X", "Isabella Morgan"]),
        ("owner=ann", ["Old Page", "Mason Carter"]),
        (f"since={TODAY}&until={TODAY}", ["Old Page", "Carter X", "Isabella Morgan", "Mason Carter"]),
        ("until=2020-01-01", []),
        ("since=2999-01-01", []),
        ("status=nonsense&since=tomorrow", ["Old Page", "Carter X", "Isabella Morgan", "Mason Carter"]),
        ("q=nobody", []),
    ],
)
def test_search_and_filters(many: Web, query: str, found: list[str]) -> None:
    whole, part = (many.get(f"{BASE}/connections?{query}", headers=each).text for each in ({}, HTMX))
    assert names(whole) == names(part) == found
    assert ("No account fits" in whole) == (not found)
    assert "<html" not in part
    assert 'id="summary" hx-swap-oob="true"' in part


def test_the_form_keeps_what_was_asked(many: Web) -> None:
    page = many.get(
        f"{BASE}/connections?q=carter&integration=x&status=active&owner=bob&since=2020-02-03"
    ).text
    assert 'value="carter"' in page
    assert 'value="2020-02-03"' in page
    for chosen in ("x", "active", "bob"):
        assert f'<option value="{chosen}" selected>' in page


def test_many_accounts_come_page_by_page(web: Web) -> None:
    for number in range(30):
        store(web, username=f"user{number:02}")
    seen: list[str] = []
    address = f"{BASE}/connections?status=active"
    while address:
        page = web.get(address).text
        seen += names(page)
        older = re.search(r'href="([^"]+after=[^"]+)"', page)
        address = html.unescape(older[1]) if older else ""
        assert not address or "status=active" in address
    assert seen == [f"user{number:02}" for number in reversed(range(30))]
    assert web.get(f"{BASE}/connections?after=nonsense").status_code == 400


def test_names_cannot_break_the_page(web: Web) -> None:
    store(web, name=HOSTILE, username="a<b>", label=HOSTILE, owner=HOSTILE, facts={"page_name": HOSTILE})
    stored = accounts(web)[0]
    web.site.vault.accounts.set_state(SANDBOX, stored.id, "needs_reconnect", HOSTILE)
    one = f"{BASE}/connections/{stored.id}"
    for path in (f"{BASE}/connections", f"{BASE}/connections?q={HOSTILE}", one, f"{one}/disconnect"):
        page = web.get(path).text
        assert "<img src=x" not in page
        assert "a<b>" not in page


@pytest.mark.parametrize("code", REFUSALS)
def test_every_code_has_its_banner(web: Web, code: str) -> None:
    page = html.unescape(web.get(f"{BASE}/connections?error={code}&platform=tiktok").text)
    assert 'class="banner danger"' in page
    assert "TikTok could not be connected" in page
    assert f"<code>{code}</code>" in page
    assert REFUSALS[code].cause in page
    assert REFUSALS[code].remedy in page


def test_a_code_that_only_the_platform_knows_passes_through(web: Web) -> None:
    page = web.get(f"{BASE}/connections", params={"error": HOSTILE, "platform": HOSTILE}).text
    assert f"<code>{html.escape(HOSTILE)}</code>" in page.replace("&#34;", "&quot;").replace(
        "&#39;", "&#x27;"
    )
    assert "The account could not be connected" in page
    assert "<img src=x" not in page


def test_the_banner_leads_to_support(start: Callable[..., Web]) -> None:
    web = start(support_url="https://help.example.com/?code={code}&on={platform}")
    page = web.get(f"{BASE}/connections?error=no_code&platform=meta").text
    assert 'href="https://help.example.com/?code=no_code&amp;on=meta"' in page
    assert "support" not in web.get(f"{BASE}/connections").text


def test_an_ended_account_is_announced_once_in_a_session(web: Web, start: Callable[..., Web]) -> None:
    stored = store(web, name="Ended")
    web.site.vault.accounts.set_state(SANDBOX, stored.id, "needs_reconnect", "It ended.")
    said = "Ended on TikTok needs to be reconnected."
    assert said in web.get(f"{BASE}/connections").text
    assert said not in web.get(f"{BASE}/connections").text
    assert said in start().get(f"{BASE}/connections").text


def test_a_deep_link_opens_the_details(web: Web) -> None:
    stored = store(web, name="One")
    page = web.get(f"{BASE}/connections?account={stored.id}").text
    assert 'id="account-panel"' in page
    assert "data-show" in page
    assert 'id="account-panel"' not in web.get(f"{BASE}/connections?account=acc_made_up").text


def test_it_renews_itself_when_people_come_back(web: Web) -> None:
    page = web.get(f"{BASE}/connections").text
    assert "returned from:body" in page
    assert web.get(f"{BASE}/connections").headers["cache-control"] == "no-store"


def test_no_page_holds_a_secret(web: Web) -> None:
    confirm(web, connect(web, "meta"))
    connect(web, "tiktok")
    secrets = [
        web.site.vault.accounts.tokens(SANDBOX, each.id).tokens.access.reveal() for each in accounts(web)
    ]
    assert all(secrets)
    paths = [f"{BASE}/connections"]
    for each in accounts(web):
        one = f"{BASE}/connections/{each.id}"
        paths += [one, f"{one}?posts=1", f"{one}/token", f"{one}/figures", f"{one}/disconnect"]
    for path in paths:
        page = web.get(path)
        assert page.status_code == 200
        assert not [each for each in secrets if each in page.text]


def test_another_workspace_is_entered_only_by_who_may_see_it(web: Web) -> None:
    web.site.vault.add_workspace("other")
    assert web.post("/workspace", {"workspace": SANDBOX}).headers["location"] == f"{BASE}/connections"
    assert (
        web.post("/workspace", {"workspace": "other"}).status_code == 404
    )  # real accounts, simulated server
    member = People(web.site.vault.store).add("ada", Secret("a long enough password"), workspaces=["other"])
    web.http.cookies.set(COOKIE, web.site.sessions.open(member).reveal())
    assert web.get(f"{BASE}/connections").status_code == 404
