"""Publishing in a real browser: files dropped and refused, counts, choices of the account, live progress."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.faces.web.browser import chromium, expect, seeing
from tests.faces.web.posting import HERE, connect, handed, performing, runs

from postwire.accounts.account import SANDBOX
from postwire.errors import ActionFailed, OutcomeUnknown
from postwire.faces.web.here import COOKIE
from postwire.media import sample
from postwire.publish.hooks import Hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser
    from tests.faces.web.browser import Seen
    from tests.faces.web.conftest import Web

    from postwire.publish.records import Run
    from postwire.simulator import Simulator

_DROP = """async ([id, url, name, type]) => {
  const content = await (await fetch(url)).arrayBuffer();
  const transfer = new DataTransfer();
  transfer.items.add(new File([content], name, { type }));
  const target = document.getElementById(id);
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def see(browser: Browser, web: Web) -> Iterator[Callable[..., Seen]]:
    """Opens pages as the session's browser."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def opened(path: str, **options: Any) -> Seen:
            seen = stack.enter_context(seeing(browser, web.origin, **options))
            value = web.http.cookies[COOKIE]
            seen.page.context.add_cookies([{"name": COOKIE, "value": value, "url": web.origin}])
            seen.page.goto(f"{web.origin}{HERE}{path}")
            return seen

        yield opened


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return sample.write(tmp_path / "clip.mp4", 3_000_000)


def drop(seen: Seen, field: str, name: str, kind: str) -> None:
    """Drop a small file onto an upload."""
    seen.page.evaluate(_DROP, [field, "/static/mark.svg", name, kind])


def test_a_video_is_published_from_the_form_to_its_link(
    web: Web, see: Callable[..., Seen], video: Path, simulator: Simulator
) -> None:
    connect(web, "tiktok")
    seen = see("/publish/tiktok.publish_video")
    page = seen.page
    privacy = page.locator("#f-privacy_level")
    expect(page.locator("[value=FOLLOWER_OF_CREATOR]")).to_have_count(0)
    expect(privacy).to_have_value("")

    drop(seen, "f-video", "notes.txt", "text/plain")
    expect(page.locator(".upload-refusal")).to_contain_text("notes.txt is not taken: MP4, MOV or WebM")
    expect(page.locator(".file")).to_have_count(0)

    page.set_input_files("#f-video-file", str(video))
    page.wait_for_selector("[data-handle][name='/video']", state="attached")
    expect(page.locator(".file-facts")).to_contain_text("3 MB")
    expect(page.locator(".file video")).to_have_attribute("src", re.compile("."))

    page.fill("#f-title", "Two paper boats 🚀")
    expect(page.locator("#f-title-count")).to_have_text(re.compile(r"^\s*18\b"))

    page.get_by_role("button", name="Publish").click()
    page.wait_for_selector(".errors a")
    expect(page.locator(".banner:has(.errors)")).to_be_focused()
    page.locator(".errors a").click()
    expect(privacy).to_be_focused()
    privacy.select_option("PUBLIC_TO_EVERYONE")
    expect(privacy).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator(".file-name")).to_contain_text("clip.mp4")

    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/runs/run_*")
    with performing(web, simulator):
        link = page.get_by_role("link", name="See the post")
        expect(link).to_have_attribute("href", re.compile(r"tiktok\.com"))
    assert [each for each in seen.complaints if "422" not in each] == []
    assert seen.outside() == []


def test_an_upload_shows_how_far_it_is_and_can_be_stopped(
    web: Web, see: Callable[..., Seen], video: Path
) -> None:
    connect(web, "tiktok")
    page = see("/publish/tiktok.publish_video").page
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 60_000},
    )  # 3 MB last for most of a minute
    page.set_input_files("#f-video-file", str(video))
    page.wait_for_function("() => document.querySelector('.file progress')?.value > 5")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".upload-refusal")).to_contain_text("Wait until the file has arrived")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".file")).to_have_count(0)
    expect(page.locator(".drop")).to_be_visible()
    expect(page.locator("#f-video-file")).to_be_focused()


def test_files_are_put_in_order_with_the_keyboard(web: Web, see: Callable[..., Seen], tmp_path: Path) -> None:
    from PIL import Image

    connect(web, "x")
    files = [tmp_path / f"{name}.png" for name in "abc"]
    for file in files:
        Image.new("RGB", (64, 64)).save(file)
    page = see("/publish/x.create_photo_post").page
    page.set_input_files("#f-images-file", [str(file) for file in files])
    page.wait_for_selector("[data-handle][name='/images/2']", state="attached")
    page.locator(".file").nth(2).get_by_role("button", name="Move up").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".file-name")).to_have_text(["a.png", "c.png", "b.png"])
    handles = page.eval_on_selector_all("[data-handle][name]", "all => all.map(each => each.name)")
    assert handles == ["/images/0", "/images/1", "/images/2"]
    drop_more = [str(file) for file in files]
    page.set_input_files("#f-images-file", drop_more)
    expect(page.locator(".upload-refusal")).to_contain_text("At most 4 files")
    page.wait_for_selector("[data-handle][name='/images/3']", state="attached")
    expect(page.locator(".drop")).to_be_hidden()


def test_rows_are_added_moved_and_taken_out(web: Web, see: Callable[..., Seen]) -> None:
    connect(web, "x")
    page = see("/publish/x.create_poll_post").page
    rows = page.locator("#f-poll_options > .rows > li")
    texts = rows.locator("input")
    expect(rows).to_have_count(2)
    page.fill("#f-text", "Which?")
    page.get_by_role("button", name="Add poll option").click()
    for number, text in enumerate(["Paper", "Tin", "Wood"]):
        texts.nth(number).fill(text)
    rows.nth(2).get_by_role("button", name="Move up").click()
    expect(texts.nth(1)).to_have_value("Wood")
    rows.nth(0).get_by_role("button", name="Remove").click()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/runs/run_*")
    assert runs(web)[0].document["portable"]["poll_options"] == ["Wood", "Tin"]


def test_one_post_goes_to_several_accounts(
    web: Web, see: Callable[..., Seen], video: Path, simulator: Simulator
) -> None:
    for name in ("tiktok", "x"):
        connect(web, name)
    seen = see("/compose")
    page = seen.page
    for box in page.locator("[name=to]").all():
        box.check()
    page.fill("#f-text", "Two paper boats")
    expect(page.locator("#counts")).to_contain_text("280")
    page.set_input_files("#f-files-file", str(video))
    privacy = page.locator("select[name$='/privacy_level']")
    privacy.select_option("PUBLIC_TO_EVERYONE")
    expect(page.locator(".post video")).to_have_count(2)
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/compose/sent*")
    with performing(web, simulator):
        expect(page.locator("a.run-link")).to_have_count(2)
    assert seen.complaints == []


def test_a_post_is_scheduled_moved_and_cancelled(web: Web, see: Callable[..., Seen]) -> None:
    connect(web, "x")
    seen = see("/publish/x.create_text_post")
    page = seen.page
    page.fill("#f-text", "Two paper boats")
    page.get_by_text("At a time").click()
    page.fill("#f-at", "2032-12-24T18:00")
    page.fill("#f-zone", "Europe/Berlin")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/runs/run_*")
    page.get_by_text("Scheduled").first.wait_for()
    (run,) = runs(web)
    assert (run.state, run.run_at) == ("waiting", LATER)

    page.goto(f"{web.origin}{HERE}/schedules")
    page.get_by_role("button", name="Move Create text post").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("input[type=datetime-local]").fill("2032-12-24T19:00")
    dialog.locator("[name=zone]").fill("Europe/Berlin")
    dialog.get_by_role("button", name="Move").click()
    expect(page.locator("time[datetime='2032-12-24T18:00:00Z']")).to_be_visible()
    assert web.site.journal.find(run.id).run_at == LATER + 3600

    page.get_by_role("button", name="Cancel").first.click()
    page.locator("dialog#confirm[open]").get_by_role("button", name="Continue").click()
    page.get_by_text("Nothing is scheduled").wait_for()
    assert web.site.journal.find(run.id).state == "cancelled"
    assert seen.complaints == []


def failed(web: Web, account: str, error: Exception | None = None) -> Run:
    run = handed(web, account)
    said = ActionFailed("scope_missing", "The account may not post.", provider={"code": "403"})
    web.site.journal.fail(web.site.journal.take(run.id), error or said)
    return run


def unknown(web: Web, account: str) -> Run:
    return failed(web, account, OutcomeUnknown("No answer came."))


LATER = 1_987_520_400  # 2032-12-24 17:00 UTC
PAGES = (
    "/publish",
    "/publish?q=story",
    "/publish/tiktok.create_video_post",
    "/publish/instagram.create_carousel_post",
    "/publish/meta.create_text_post",
    "/compose",
    "/runs",
    "/schedules",
    "/developers",
)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_sound(web: Web, see: Callable[..., Seen], width: int, scheme: str) -> None:
    ids = {name: connect(web, name) for name in ("tiktok", "x", "instagram", "meta")}
    shown = [handed(web, ids["x"], "Later.", LATER), failed(web, ids["x"]), unknown(web, ids["x"])]
    web.site.keys.add(SANDBOX, "Newsletter")
    Hooks(web.site.vault.store).add(SANDBOX, "https://example.com/told")
    seen = see("/runs", width=width, color_scheme=scheme)
    for path in (*PAGES, *(f"/runs/{run.id}" for run in shown)):
        seen.page.goto(f"{web.origin}{HERE}{path}")
        seen.page.wait_for_load_state("load" if path.startswith("/runs/") else "networkidle")
        assert seen.too_wide() == 0, path
        assert seen.findings() == [], path
    assert seen.complaints == []


@pytest.mark.parametrize("width", [1280, 390])
def test_forms_with_mistakes_are_sound(web: Web, see: Callable[..., Seen], width: int) -> None:
    for name in ("tiktok", "x"):
        connect(web, name)
    seen = see("/publish/tiktok.create_video_post", width=width)
    seen.page.get_by_role("button", name="Publish").click()
    seen.page.wait_for_selector(".errors")
    seen.page.wait_for_load_state("networkidle")
    assert seen.too_wide() == 0
    assert seen.findings() == []
    seen.page.goto(f"{web.origin}{HERE}/compose")
    seen.page.get_by_role("button", name="Publish").click()
    seen.page.wait_for_selector(".errors")
    assert seen.findings() == []
