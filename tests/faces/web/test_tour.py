"""The tour for who comes for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.faces.web.browser import chromium, expect, seeing

from postwire.accounts.account import SANDBOX
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.faces.web.here import COOKIE
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser
    from tests.faces.web.conftest import Web

PAGE = f"/w/{SANDBOX}/connections"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def test_it_shows_what_there_is_once(web: Web, browser: Browser) -> None:
    with seeing(browser, web.origin) as seen:
        value = web.http.cookies[COOKIE]
        seen.page.context.add_cookies([{"name": COOKIE, "value": value, "url": web.origin}])
        page = seen.page
        page.goto(web.origin + PAGE)
        tour = page.locator(".tour")
        marked = []
        for _ in range(4):
            expect(tour.locator("li:visible")).to_have_count(1)
            expect(page.locator(".spotted")).to_have_count(1)
            assert seen.findings() == []
            marked.append(page.locator(".spotted").evaluate("part => part.id || part.className"))
            tour.get_by_role("button", name="Done" if len(marked) == 4 else "Next").click()
        assert len(set(marked)) == 4
        expect(tour).to_have_count(0)
        expect(page.locator(".spotted")).to_have_count(0)
        page.reload()
        page.wait_for_load_state("networkidle")
        assert not tour.is_visible()
        assert seen.complaints == []


def test_who_has_accounts_is_not_shown_around(web: Web) -> None:
    assert "data-tour" in web.get(PAGE).text
    new = NewAccount("tiktok", Tokens(Secret("t")), subject="1", name="Ada")
    web.site.vault.accounts.connect(SANDBOX, [new])
    assert "data-tour" not in web.get(PAGE).text
