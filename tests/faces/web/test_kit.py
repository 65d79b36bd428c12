"""The parts of our pages, seen in a browser: axe, small windows, right to left, the security policy."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from tests.faces.web.browser import Seen, chromium, expect, seeing

from postwire.faces.web import brands
from postwire.faces.web.brands import Brands
from postwire.faces.web.door import CSP
from postwire.faces.web.templating import FOLDER, NAVIGATION, environment
from postwire.language.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser
    from starlette.requests import Request

HEAVIEST = 45_000  # bytes of a page without content and of all that it fetches, compressed one by one
BRANDS = Brands(Catalog())
NAMED = r"""icon\('([a-z-]+)'[,)]|icon='([a-z-]+)'"""  # in a template
DRESSES = [(theme, direction) for theme in ("light", "dark") for direction in ("ltr", "rtl")]


def around(request: Request) -> dict[str, Any]:
    """What the frame shows, as the server gives it."""
    asked = request.query_params
    first = SimpleNamespace(id="a", name="North Light Studio")
    return {
        "nav": [("#" + path, label, icon, path == "/connections") for path, label, icon in NAVIGATION],
        "workspace": first,
        "workspaces": [first, SimpleNamespace(id="b", name="Second")],
        "brands": BRANDS,
        "csrf": "secret",
        "person": SimpleNamespace(name="Isabella Morgan", role="admin"),
        "flash": [("success", "Account connected!"), ("danger", "The access has expired.")],
        "sandbox": True,
        "dir": asked.get("dir", "ltr"),
        "lang": "ar" if asked.get("dir") == "rtl" else "en",
        "theme": asked.get("theme", ""),
        "title": "Postwire",
    }


def kit(request: Request) -> HTMLResponse:
    return dressed(request, "kit.html")


def bare(request: Request) -> HTMLResponse:
    return dressed(request, "base.html")


def alone(request: Request) -> HTMLResponse:
    return dressed(request, "base.html", nav=[], flash=[])


def dressed(request: Request, template: str, **more: Any) -> HTMLResponse:
    text = environment().get_template(template).render({**around(request), **more})
    return HTMLResponse(text, headers={"Content-Security-Policy": CSP})


async def echo(request: Request) -> HTMLResponse:
    return HTMLResponse(request.headers.get("x-csrf-token", "none"))


@contextmanager
def serving() -> Iterator[str]:
    pages = [
        Route("/", kit),
        Route("/bare", bare),
        Route("/alone", alone),
        Route("/echo", echo, methods=["POST"]),
        *brands.ROUTES,
    ]
    app = Starlette(routes=[*pages, Mount("/static", StaticFiles(directory=FOLDER / "static"))])
    app.state.site = SimpleNamespace(brands=BRANDS)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with serving() as found:
        yield found


@pytest.fixture
def see(browser: Browser, origin: str) -> Iterator[Callable[..., Seen]]:
    """Opens a page in a window of its own."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def look(path: str = "/", **window: Any) -> Seen:
            seen = stack.enter_context(seeing(browser, origin, **window))
            seen.page.goto(origin + path, wait_until="networkidle")
            return seen

        yield look


@pytest.mark.parametrize(("theme", "direction"), DRESSES)
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(see: Callable[..., Seen], theme: str, direction: str, width: int) -> None:
    seen = see(f"/?theme={theme}&dir={direction}", width=width)
    assert seen.findings() == []


@pytest.mark.parametrize(("theme", "direction"), DRESSES)
@pytest.mark.parametrize("opener", ["[data-open=kit-dialog]", "[data-open=kit-sheet]", "[data-confirm]"])
def test_axe_finds_nothing_in_what_opens(
    see: Callable[..., Seen], theme: str, direction: str, opener: str
) -> None:
    seen = see(f"/?theme={theme}&dir={direction}")
    seen.page.click(opener)
    assert seen.findings("dialog[open]") == []


@pytest.mark.parametrize("path", ["/bare", "/alone"])
def test_axe_finds_nothing_in_the_frame_but_that_it_is_empty(see: Callable[..., Seen], path: str) -> None:
    assert [each for each in see(path).findings() if "page-has-heading-one" not in each] == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [320, 390, 768, 800, 1280, 1920])
def test_nothing_is_wider_than_the_window(see: Callable[..., Seen], width: int, direction: str) -> None:
    assert see(f"/?dir={direction}", width=width).too_wide() <= 0


def test_what_others_wrote_is_unchanged() -> None:
    named = json.loads((FOLDER / "static" / "VENDORED.json").read_text("utf-8"))["files"]
    found = {name: hashlib.sha256((FOLDER / "static" / name).read_bytes()).hexdigest() for name in named}
    assert found == {name: file["sha256"] for name, file in named.items()}


def test_every_icon_that_a_template_names_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (FOLDER / "static" / "icons.svg").read_text("utf-8")))
    texts = [path.read_text("utf-8") for path in (FOLDER / "templates").glob("*.html")]
    named = {name for text in texts for pair in re.findall(NAMED, text) for name in pair if name}
    assert {icon for _, _, icon in NAVIGATION} | named <= drawn


def test_nothing_is_placed_by_left_or_right() -> None:
    style = (FOLDER / "static" / "style.css").read_text("utf-8")
    physical = re.findall(
        r"(?<![-\w])(?:(?:margin|padding|border)-)?(?:left|right|top|bottom|width|height)\s*:", style
    )
    assert physical == []


def test_nothing_breaks_the_policy_or_asks_others(see: Callable[..., Seen]) -> None:
    seen = see()
    assert [each for each in seen.complaints if "404" not in each] == []  # the kit has one missing picture
    assert seen.outside() == []


def test_the_frame_with_all_that_it_fetches_is_light(see: Callable[..., Seen]) -> None:
    weights = see("/bare").weights()
    assert len(weights) >= 5, weights
    assert sum(weights.values()) < HEAVIEST, weights


@pytest.mark.parametrize("width", [320, 1280])
def test_what_is_touched_is_large_enough(see: Callable[..., Seen], width: int) -> None:
    small = see("/", width=width).page.evaluate(
        """() => [...document.querySelectorAll('button, summary, .nav a, a.button, select, [role=switch]')]
            .filter(part => part.checkVisibility() && part.getBoundingClientRect().height > 0)
            .filter(part => Math.min(part.offsetWidth, part.offsetHeight) < 24).map(part => part.outerHTML)"""
    )
    assert small == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_side_sheet_comes_from_the_inline_end(see: Callable[..., Seen], direction: str) -> None:
    seen = see(f"/?dir={direction}")
    seen.page.click("[data-open=kit-sheet]")
    # It slides in; it is narrower than the window, so it cannot be at both ends.
    seen.page.wait_for_function(
        """end => {
          const box = document.querySelector('#kit-sheet').getBoundingClientRect();
          return box.width > 0 && box.width < 1280 && (end === 'ltr' ? box.right === 1280 : box.left === 0);
        }""",
        arg=direction,
    )


def test_focus_goes_back_to_what_opened_a_dialog(see: Callable[..., Seen]) -> None:
    page = see().page
    page.click("[data-open=kit-dialog]")
    page.keyboard.press("Escape")
    expect(page.locator("[data-open=kit-dialog]")).to_be_focused()


def test_what_cannot_be_undone_is_asked_first(see: Callable[..., Seen]) -> None:
    page = see().page
    page.evaluate(
        "document.querySelector('[data-confirm]').addEventListener('click', () => { window.did = 1 })"
    )
    page.click("[data-confirm]")
    expect(page.locator("#confirm")).to_contain_text("will be disconnected")
    page.click("#confirm [data-close]")
    expect(page.locator("#confirm")).to_be_hidden()
    assert page.evaluate("window.did") is None
    page.click("[data-confirm]")
    page.click("#confirm [data-yes]")
    page.wait_for_function("() => window.did === 1")


def test_htmx_asks_in_our_dialog_and_sends_the_token(see: Callable[..., Seen]) -> None:
    seen = see()
    page = seen.page
    page.evaluate(
        """() => { const button = document.createElement('button'); button.id = 'try';
            button.setAttribute('hx-post', '/echo'); button.setAttribute('hx-confirm', 'Really?');
            document.querySelector('main').prepend(button); htmx.process(button); }"""
    )
    page.click("#try")
    page.click("#confirm [data-close]")
    expect(page.locator("#confirm")).to_be_hidden()
    page.click("#try")
    page.click("#confirm [data-yes]")
    expect(page.locator("#try")).to_have_text("secret")
    assert len([each for each in seen.fetched if each.endswith("/echo")]) == 1  # not when they said no


def test_a_mistake_is_no_longer_shown_once_it_is_mended(see: Callable[..., Seen]) -> None:
    page = see().page
    caption = page.locator("#f-title")
    caption.fill("Hi 👍")
    expect(page.locator("#f-title-error")).to_have_count(0)
    expect(caption).not_to_have_attribute("aria-invalid", "true")
    expect(caption).to_have_attribute("aria-describedby", "f-title-help f-title-count")
    expect(page.locator("#f-title-count [data-counter]")).to_have_text("5")  # UTF-16 units
    expect(page.locator("#f-email")).to_have_attribute("aria-invalid", "true")
    page.check("[name=privacy][value=PUBLIC]")
    expect(page.locator("#f-privacy [aria-invalid]")).to_have_count(0)
    expect(page.locator("#f-privacy-error")).to_have_count(0)


def test_the_summary_of_mistakes_leads_to_the_fields(see: Callable[..., Seen]) -> None:
    page = see().page
    expect(page.locator(".banner:has(.errors)")).to_be_focused()
    for link, name in enumerate(("title", "privacy")):
        page.locator(".errors a").nth(link).click()
        page.wait_for_function("name => document.activeElement.name === name", arg=name)


def test_work_stops_spinning_when_the_person_is_back(see: Callable[..., Seen]) -> None:
    page = see().page
    page.evaluate(
        """() => { document.body.addEventListener('returned', () => { window.back = 1 });
            const link = document.createElement('a'); link.href = '#away'; link.dataset.busy = 'Opening…';
            link.className = 'button'; link.id = 'away'; link.innerHTML = '<span>Connect</span>';
            document.querySelector('main').prepend(link); }"""
    )
    link = page.locator("#away")
    link.click()
    expect(link).to_have_attribute("aria-busy", "true")
    expect(link).to_have_text("Opening…")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(link).not_to_have_attribute("aria-busy", "true")
    expect(link).to_have_text("Connect")
    page.wait_for_function("() => window.back === 1")


def test_a_chosen_look_is_kept_for_the_next_page(see: Callable[..., Seen]) -> None:
    page = see().page
    page.click(".person > summary")
    page.check(".themes [value=dark]", force=True)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert "postwire_theme=dark" in page.evaluate("document.cookie")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_a_toast_from_the_server_is_said_and_good_news_goes_away(see: Callable[..., Seen]) -> None:
    page = see().page
    page.clock.install()
    told = {"bubbles": True, "detail": {"kind": "success", "text": "Sent!"}}
    page.evaluate("told => document.body.dispatchEvent(new CustomEvent('toast', told))", told)
    expect(page.locator("#toasts .toast", has_text="Sent!")).to_have_count(1)
    page.clock.run_for(7000)
    expect(page.locator("#toasts .toast", has_text="Sent!")).to_have_count(0)
    expect(page.locator("#toasts .toast.danger")).to_have_count(1)


def test_times_are_shown_in_the_persons_own_clock(see: Callable[..., Seen]) -> None:
    page = see("/", timezone_id="Asia/Tokyo", locale="en-GB").page
    expect(page.locator("time[datetime='2025-08-25T09:16:00Z']")).to_have_text("Aug 25, 2025, 6:16 PM")


def test_a_picture_that_does_not_load_leaves_the_first_letter(see: Callable[..., Seen]) -> None:
    page = see().page
    page.locator("#account-2").scroll_into_view_if_needed()
    expect(page.locator("#account-2 .avatar-face img")).to_have_count(0)
    expect(page.locator("#account-2 .avatar-face")).to_have_text("I")


def test_the_skip_link_is_the_first_stop(see: Callable[..., Seen]) -> None:
    page = see("/bare").page
    page.keyboard.press("Tab")
    expect(page.locator("a[href='#main']")).to_be_focused()
