"""Connecting in a browser that follows every redirect, meta refreshes too, and consents at the simulator."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

from postwire.accounts.account import SANDBOX

if TYPE_CHECKING:
    import httpx2
    from tests.faces.web.conftest import Web

    from postwire.accounts.records import StoredAccount

BASE: Final = f"/w/{SANDBOX}"
_GOING: Final = re.compile(r'<meta http-equiv="refresh" content="0;url=([^"]+)">')


def going(answer: httpx2.Response) -> str:
    """The consent page to which our answer sends the browser."""
    found = _GOING.search(answer.text)
    assert found, answer.text
    return unescape(found[1])


def begin(web: Web, integration: str, **form: str) -> str:
    """Press the button; the address of the consent page."""
    answer = web.post(f"{BASE}/connect/{integration}", form)
    assert answer.status_code == 200, answer.text
    return going(answer)


def consent(web: Web, url: str, **switches: str) -> str:
    """Answer the consent page as the simulator's switches say; where it sends the browser."""
    answer = web.http.get(f"{url}&{urlencode({'postwire_auto': 'allow', **switches})}")
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def follow(web: Web, url: str) -> httpx2.Response:
    """The first answer that is no redirect; all of them are kept out of caches."""
    for _ in range(6):
        answer = web.http.get(url)
        assert answer.headers["cache-control"] == "no-store"
        if answer.status_code not in {302, 303}:
            return answer
        url = urljoin(str(answer.url), answer.headers["location"])
    raise AssertionError(f"it never ends: {url}")


def connect(
    web: Web, integration: str, form: dict[str, str] | None = None, **switches: Any
) -> httpx2.Response:
    """From the button to the page that says how it ended, or that asks which accounts are meant."""
    return follow(web, consent(web, begin(web, integration, **(form or {})), **switches))


def confirm(web: Web, page: httpx2.Response, do: str = "connect", **more: Any) -> httpx2.Response:
    """Press a button of the page that asks which accounts are meant."""
    values = re.findall(r'name="account" value="([^"]+)"', page.text)
    parts = urlsplit(str(page.url))
    answer = web.post(f"{parts.path}?{parts.query}", {"do": do, "account": values, **more})
    assert answer.status_code == 303, answer.text
    return follow(web, urljoin(str(page.url), answer.headers["location"]))


def accounts(web: Web) -> list[StoredAccount]:
    """Those that are connected, newest first."""
    return list(web.site.vault.listing.page(SANDBOX).accounts)


def headline(page: httpx2.Response) -> str:
    """What a page says first."""
    found = re.search(r"<h1>([^<]+)</h1>", page.text)
    assert found, page.text
    return found[1]
