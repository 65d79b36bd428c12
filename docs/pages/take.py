"""Take the pictures of this folder: a server on the simulator, seen by Chromium.

POSTWIRE_CHROMIUM=/usr/bin/chromium python docs/pages/take.py
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("POSTWIRE_CHROMIUM", "/usr/bin/chromium")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PLATFORMS = ("tiktok", "x", "linkedin")
DESKTOP, PHONE = (1280, 800), (390, 800)
COLOURS = 128  # of a picture; more only make it larger


@contextmanager
def server() -> Iterator[str]:
    """The link to a server with a data folder of its own."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "postwire", "serve", "--sandbox", "--port", "0"]
        environ = {**os.environ, "POSTWIRE_HOME": home}
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield process.stdout.readline().strip()
            finally:
                process.terminate()


class Album:
    """A page, its server, and where its pictures go."""

    def __init__(self, page: Page, link: str) -> None:
        self.page = page
        page.goto(link)
        self.base = f"{link.split('/enter', maxsplit=1)[0]}/w/sandbox"

    def connect(self, platform: str) -> None:
        """Consent, and be led back."""
        self.page.goto(f"{self.base}/connections")
        form = self.page.locator(f"form[action$='/connect/{platform}']").first
        form.locator("button").first.click()
        self.page.wait_for_load_state("networkidle")
        self.page.get_by_role("button", name=re.compile("Allow|Authorize")).first.click()
        self.page.wait_for_url(re.compile(r"/connections\?"))

    def see(self, path: str, name: str, size: tuple[int, int] = DESKTOP, theme: str = "light") -> None:
        """Take a picture of a page."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        self.page.goto(f"{self.base}/{path}")
        self.page.wait_for_load_state("networkidle")
        file = HERE / f"{name}.png"
        self.page.screenshot(path=file)
        Image.open(file).convert("RGB").quantize(COLOURS).save(file, optimize=True)

    def publish(self) -> str:
        """Post a video; the path of its run's page."""
        self.page.goto(f"{self.base}/publish/tiktok.publish_video")
        self.page.set_input_files("input[type=file]", HERE.parents[1] / "runtime/postwire/media/sample.mp4")
        self.page.wait_for_selector("text=40 KB")
        self.page.locator("textarea").first.fill("Boats on the fjord #boats")
        self.page.locator("select[name*=privacy]").select_option("SELF_ONLY")
        self.page.get_by_role("button", name="Publish").last.click()
        self.page.wait_for_url(re.compile(r"/runs/run_"))
        self.page.wait_for_selector("text=Done", timeout=60_000)
        return self.page.url.removeprefix(f"{self.base}/")


def main() -> None:
    """All of them."""
    with server() as link, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        album = Album(browser.new_page(reduced_motion="reduce"), link)
        for platform in PLATFORMS:
            album.connect(platform)
        album.see("connections", "connections")
        album.see("connections", "connections-phone-dark", PHONE, "dark")
        album.see("publish/tiktok.create_video_post", "form")
        album.see("compose", "compose")
        album.see(album.publish(), "run")
        album.see("runs", "runs-dark", DESKTOP, "dark")
        album.see("developers", "developers")
        browser.close()


if __name__ == "__main__":
    main()
