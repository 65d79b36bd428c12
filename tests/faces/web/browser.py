"""A browser on our pages: what it fetched, what it complained of, what axe finds.

The system's Chromium (POSTWIRE_CHROMIUM, or where Debian has it) and axe-core's file (POSTWIRE_AXE) are asked
for; tests that want one which is not there are skipped.
"""

from __future__ import annotations

import gzip
import json
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response

CHROMIUM: Final = os.environ.get("POSTWIRE_CHROMIUM", "/usr/bin/chromium")
AXE: Final = os.environ.get("POSTWIRE_AXE", "")
PATIENCE: Final = 60_000  # milliseconds; a busy machine is no finding
SWITCHES: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# A function, as for everything that is waited for: the policy lets no text be evaluated later. What spins
# does so for ever.
_STILL: Final = """() => document.getAnimations().every(
  each => each.playState !== 'running' || each.effect.getTiming().iterations === Infinity)"""
_OVER: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; the test is skipped where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; POSTWIRE_CHROMIUM names one")
    api.expect.set_options(timeout=PATIENCE)
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        try:
            yield found
        finally:
            found.close()


@dataclass
class Seen:
    """A page, and what happened on it.

    Attributes:
        complaints: errors of its scripts and of the content security policy, in words.
        fetched: what it asked for.
        answered: the answers to that.
    """

    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    answered: list[Response] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def weights(self) -> dict[str, int]:
        """Of each answer, the bytes that are sent where a server compresses."""
        return {each.url: len(gzip.compress(each.body())) for each in self.answered if each.ok}

    def outside(self) -> list[str]:
        """Addresses of others that it asked for."""
        own = (self.origin + "/", "data:", "blob:")
        return [address for address in self.fetched if not address.startswith(own)]

    def too_wide(self) -> int:
        """By how many CSS pixels the page is wider than its window."""
        found: int = self.page.evaluate(_OVER)
        return found

    def findings(self, within: str = "html") -> list[str]:
        """What axe finds, by its rules of WCAG 2.2 AA and of good practice: rule, and where.

        It waits until the page is still: what fades in has no contrast yet.
        """
        if not AXE:
            pytest.skip("POSTWIRE_AXE names no axe.min.js of axe-core")
        self.page.wait_for_function(_STILL)
        self.page.evaluate(Path(AXE).read_text("utf-8"))
        found = self.page.evaluate(f"axe.run({json.dumps(within)}, {{resultTypes: ['violations']}})")
        return [_told(violation, node) for violation in found["violations"] for node in violation["nodes"]]


def _told(violation: dict[str, Any], node: dict[str, Any]) -> str:
    return f"{violation['id']}: {node['html'][:120]} ({node['failureSummary'][:200]})"


@contextmanager
def seeing(browser: Browser, origin: str, *, width: int = 1280, **context: Any) -> Iterator[Seen]:
    """A new, empty window of *browser* for pages of *origin*; nothing moves in it."""
    window = browser.new_context(
        viewport={"width": width, "height": 800}, reduced_motion="reduce", bypass_csp=False, **context
    )
    window.set_default_timeout(PATIENCE)
    page = window.new_page()
    try:
        seen = Seen(page, origin)
        seen.page.on("console", seen.heard)
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("request", lambda request: seen.fetched.append(request.url))
        seen.page.on("response", lambda response: seen.answered.append(response))  # noqa: PLW0108 (no builtins)
        yield seen
    finally:
        _leave(page)
        window.close()


def expect(part: Locator) -> Any:
    """What is waited for of a part of the page.

    A page answers in its own time, so what it shows after a click is never asked for just once.
    """
    from playwright.sync_api import expect

    return expect(part)


def _leave(page: Page) -> None:
    """Lead a page away: Chromium now and then never closes a window whose page is just going elsewhere."""
    from playwright.sync_api import Error

    for _ in range(5):
        with suppress(Error):  # it was on its way elsewhere
            page.goto("about:blank")
            return
