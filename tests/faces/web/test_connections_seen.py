"""The pages of connections in a browser: the whole flow in one tab, searching while typing, axe."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from tests.faces.web.browser import Seen, chromium, expect, seeing
from tests.faces.web.connected import BASE, accounts, confirm, connect

from postwire.accounts.account import SANDBOX
from postwire.accounts.records import NewAccount
from postwire.accounts.refusals import REFUSALS
from postwire.accounts.tokens import Tokens
from postwire.faces.web.here import COOKIE
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser
    from tests.faces.web.conftest import Web

    Opens = Callable[..., AbstractContextManager[Seen]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def opens(web: Web, browser: Browser) -> Opens:
    """A window in which somebody is signed in."""

    @contextmanager
    def window(**context: Any) -> Iterator[Seen]:
        with seeing(browser, web.origin, **context) as seen:
            seen.page.context.add_cookies(
                [{"name": COOKIE, "value": web.http.cookies[COOKIE], "url": web.origin}]
            )
            yield seen

    return window


def complaints(seen: Seen) -> list[str]:
    """What it complained of, but for a tab that may not be closed."""
    return [each for each in seen.complaints if "may close only the windows" not in each]


def store(web: Web, *names: str) -> None:
    for name in names:
        new = NewAccount("tiktok", Tokens(Secret("t")), subject=name, name=name, username=name.lower())
        web.site.vault.accounts.connect(SANDBOX, [new])


def test_the_whole_flow_in_one_tab(web: Web, opens: Opens) -> None:
    with opens() as seen:
        page = seen.page
        page.goto(f"{web.origin}{BASE}/connections")
        page.click('[aria-label="Add account: Facebook"]')
        page.wait_for_selector("dialog#setup[open]")
        page.click("dialog#setup >> text=Continue with Facebook")
        page.wait_for_selector("text=Simulated Facebook.")
        assert len(page.context.pages) == 1
        page.click("button[value=allow]")
        page.wait_for_selector("text=Connect Instagram too?")
        page.click("text=Confirm & Connect Instagram")
        page.wait_for_selector("h1:has-text('connected!')")
        assert "code=" not in page.url
        page.wait_for_url(re.compile(r".*/connections\?told=.*"))  # by itself
        expect(page.locator(".toast.success")).to_contain_text("accounts connected!")
        expect(page.locator("article.account")).to_have_count(3)
        assert len(accounts(web)) == 3
        assert complaints(seen) == []


def test_the_spinner_ends_when_people_come_back(web: Web, opens: Opens) -> None:
    with opens() as seen:
        page = seen.page
        page.goto(f"{web.origin}{BASE}/connections")
        button = page.locator('[aria-label="Add account: TikTok"]')
        button.click()
        page.wait_for_selector("text=Simulated TikTok.")
        page.go_back()
        page.wait_for_selector("h1:has-text('Connections')")
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        expect(button).to_have_text("Add account")


def test_searching_while_typing(web: Web, opens: Opens) -> None:
    store(web, "Ada", "Grace", "Mary")
    with opens() as seen:
        page = seen.page
        page.goto(f"{web.origin}{BASE}/connections")
        page.type("input[name=q]", "gra")
        expect(page.locator("article.account")).to_have_count(1)
        expect(page.locator(".account-name")).to_have_text("Grace")
        page.wait_for_url(re.compile(r"\?q=gra$"))
        page.reload()
        expect(page.locator("article.account")).to_have_count(1)
        page.select_option("select[name=status]", "failed")
        page.wait_for_selector("text=No account fits")
        assert complaints(seen) == []


def test_an_open_card_stays_open_when_the_list_is_renewed(web: Web, opens: Opens) -> None:
    store(web, "Ada")
    with opens() as seen:
        page = seen.page
        page.goto(f"{web.origin}{BASE}/connections")
        page.click("article.account summary")
        store(web, "Grace")
        page.evaluate("document.body.dispatchEvent(new CustomEvent('returned', {bubbles: true}))")
        expect(page.locator("article.account")).to_have_count(2)
        expect(page.locator("article.account details[open]")).to_have_count(1)
        expect(page.locator("dl.stats dd").first).to_have_text("2")


def test_the_details_slide_in_and_answer_a_comment(web: Web, opens: Opens) -> None:
    confirm(web, connect(web, "meta"))
    bakery = next(each for each in accounts(web) if each.username == "harborbakery" and each.parent)
    page_id = next(e.id for e in accounts(web) if e.integration == "meta" and e.username == bakery.username)
    with opens() as seen:
        page = seen.page
        page.goto(f"{web.origin}{BASE}/connections?account={page_id}")
        page.wait_for_selector("dialog#account-panel[open]")
        page.wait_for_selector(".post >> text=Sample 2")
        page.wait_for_selector("text=Lovely!")
        page.click(".answer summary")
        page.fill(".answer textarea", "Thank you!")
        page.click(".answer button[type=submit]")
        page.wait_for_selector("text=Your answer is published.")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog#account-panel", state="hidden")
        page.wait_for_url(f"{web.origin}{BASE}/connections")
        assert complaints(seen) == []


def test_an_account_is_reconnected(web: Web, opens: Opens) -> None:
    connect(web, "tiktok")
    (stored,) = accounts(web)
    web.site.vault.accounts.set_state(SANDBOX, stored.id, "needs_reconnect", "The access was withdrawn.")
    with opens() as seen:
        page = seen.page
        page.goto(f"{web.origin}{BASE}/connections")
        page.wait_for_selector("text=Needs reconnect")
        page.locator("article.account").get_by_role("button", name="Reconnect").first.click()
        page.wait_for_selector("text=Simulated TikTok.")
        page.click("button[value=allow]")
        page.wait_for_url(re.compile(r".*/connections\?told=.*"))
        expect(page.locator("article.account")).to_have_count(1)
        expect(page.locator("text=Needs reconnect")).to_have_count(0)
        (again,) = accounts(web)
        assert (again.id, again.state) == (stored.id, "active")
        assert complaints(seen) == []


def test_every_code_has_a_banner_that_takes_the_focus(web: Web, opens: Opens) -> None:
    with opens() as seen:
        page = seen.page
        for code, refusal in REFUSALS.items():
            page.goto(f"{web.origin}{BASE}/connections?error={code}&platform=tiktok")
            banner = page.locator("#problem")
            expect(banner).to_contain_text(refusal.cause)
            expect(banner).to_contain_text(refusal.remedy)
            expect(banner).to_be_focused()
        assert seen.findings() == []
        assert complaints(seen) == []


@pytest.mark.parametrize(
    ("path", "sign_in", "cookie"),
    [
        ("/sign-in", True, False),
        ("/sign-in", False, False),
        ("/enter?key=used", False, False),
        (f"{BASE}/connections/acc_none", False, True),
        ("/connect/done/tiktok?error=access_denied", False, True),
        ("/connect/none.default", False, False),
        (f"{BASE}/connect/meta", False, True),
    ],
)
def test_pages_without_navigation_and_refusals_are_sound(
    start: Callable[..., Web], browser: Browser, path: str, sign_in: bool, cookie: bool
) -> None:
    web = start(sign_in=sign_in)
    with seeing(browser, web.origin, width=390) as seen:
        if cookie:
            value = web.http.cookies[COOKIE]
            seen.page.context.add_cookies([{"name": COOKIE, "value": value, "url": web.origin}])
        seen.page.goto(web.origin + path)
        assert seen.too_wide() == 0
        assert seen.findings() == []
        assert seen.outside() == []


def test_disconnecting_asks_first(web: Web, opens: Opens) -> None:
    connect(web, "tiktok")
    with opens() as seen:
        page = seen.page
        page.goto(f"{web.origin}{BASE}/connections")
        page.click("article.account summary")
        page.click("article.account >> text=Disconnect")
        page.wait_for_selector("dialog#disconnect[open]")
        page.click("dialog#disconnect >> text=Cancel")
        expect(page.locator("dialog#disconnect")).to_be_hidden()
        assert len(accounts(web)) == 1
        page.click("article.account >> text=Disconnect")
        page.wait_for_selector("dialog#disconnect[open]")
        page.click("dialog#disconnect >> text=Continue")
        page.wait_for_selector("text=No accounts yet")
        assert accounts(web) == []


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing_and_nothing_is_too_wide(web: Web, opens: Opens, width: int, theme: str) -> None:
    choice = connect(web, "meta")
    done = confirm(web, connect(web, "meta"))
    connect(web, "tiktok")
    ended, *_ = accounts(web)
    web.site.vault.accounts.set_state(SANDBOX, ended.id, "needs_reconnect", "It was revoked. " * 6)
    page_id = next(each.id for each in accounts(web) if each.integration == "meta")
    paths = {
        "list": f"{BASE}/connections",
        "error": f"{BASE}/connections?error=missing_permission&platform=meta",
        "details": f"{BASE}/connections/{page_id}",
        "setup": f"{BASE}/connect/instagram",
        "disconnect": f"{BASE}/connections/{page_id}/disconnect",
        "choose": str(choice.url).removeprefix(web.origin),
        "done": str(done.url).removeprefix(web.origin),
        "refused": "/connect/done/tiktok?error=access_denied",
    }
    with opens(width=width, color_scheme=theme) as seen:
        for name, path in paths.items():
            seen.page.goto(web.origin + path)
            seen.page.wait_for_load_state("networkidle")
            assert seen.too_wide() <= 0, name
            assert seen.findings() == [], name
            assert seen.outside() == [], name
        assert complaints(seen) == []


def test_it_works_without_scripts(web: Web, opens: Opens) -> None:
    store(web, "Ada", "Grace")
    with opens(java_script_enabled=False) as seen:
        page = seen.page
        page.goto(f"{web.origin}{BASE}/connections")
        page.fill("input[name=q]", "ada")
        page.press("input[name=q]", "Enter")
        expect(page.locator("article.account")).to_have_count(1)
        page.goto(f"{web.origin}{BASE}/connections")
        page.click('[aria-label="Add account: TikTok"]')
        page.wait_for_selector("text=Simulated TikTok.")
        page.click("button[value=allow]")
        page.wait_for_url(re.compile(r".*/connections\?told=.*"))
        assert "Account connected!" in page.content()
