"""The command line on a simulator, with a scripted browser and a terminal."""

from __future__ import annotations

import os
import re
import select
import socket
import subprocess
import sys
import time
from dataclasses import replace
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

if TYPE_CHECKING:
    from postwire.simulator import Served

RUNTIME: Final = Path(__file__).parents[3] / "runtime"
SECONDS: Final = 60.0  # that a busy machine may take


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def register(served: Served) -> str:
    """A redirect address that every simulated app has, on a port that only this test uses."""
    uri = f"http://127.0.0.1:{free_port()}/callback/"
    for settings in (served.simulator.x.settings, served.simulator.linkedin.settings):
        apps: Any = settings.apps
        settings.apps = [replace(app, redirect_uris=(*app.redirect_uris, uri)) for app in apps]
    return uri


def browse(url: str, decision: str = "allow") -> str:
    """Load the consent page, leave its form as it is, press a button; the page where that leads."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    with browser.open(url) as answer:
        page = answer.read().decode()
    (action,) = re.findall(r'<form method="post" action="([^"]*)"', page)
    fields = [("decision", decision)]
    seen = set()
    for tag in re.findall(r"<input [^>]*>", page):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        checked = "checked" in tag.replace('"', " ").split() or tag.rstrip(">").endswith("checked")
        if found.get("type") == "hidden" or checked:
            fields.append((found["name"], unescape(found.get("value", "on"))))
            seen.add(found["name"])
    parts = urlsplit(url)
    target = unescape(action)
    target = target if "://" in target else f"{parts.scheme}://{parts.netloc}{target}"
    with browser.open(target, urlencode(fields).encode()) as answer:
        return str(answer.read().decode())


class Terminal:
    """`postwire` with a person in front of it; its stdout goes elsewhere."""

    def __init__(self, *args: str, **env: str) -> None:
        import pty

        self._mine, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "postwire", *args],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(RUNTIME), "PYTHONUTF8": "1", **env},
        )
        os.close(theirs)
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        os.close(self._mine)

    def see(self, text: str) -> None:
        """Wait until *text* is shown."""
        end = time.monotonic() + SECONDS
        while text not in self.shown:
            assert time.monotonic() < end, f"{text!r} is not shown, but:\n{self.shown}"
            assert self._read(0.2) or self._process.poll() is None, f"it ended:\n{self.shown}"

    def type(self, text: str) -> None:
        """Type *text* and Enter."""
        os.write(self._mine, f"{text}\n".encode())

    def end(self) -> tuple[int, str]:
        """(exit code, stdout)."""
        out, _ = self._process.communicate(timeout=SECONDS)
        while self._read(0):
            pass
        return self._process.returncode, out.decode()

    def _read(self, seconds: float) -> bool:
        if not select.select([self._mine], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self._mine, 65_536).decode("utf-8", "replace")
        except OSError:  # the other side is closed
            return False
        self.shown += piece
        return bool(piece)
