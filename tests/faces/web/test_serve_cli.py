"""`postwire serve` and `postwire people`, as their own processes and commands."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from click.testing import CliRunner

from postwire.access.people import People
from postwire.accounts.account import SANDBOX
from postwire.accounts.vault import Vault
from postwire.faces.cli import cli
from postwire.publish.hooks import Hooks
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.simulator import Served

RUNTIME = Path(__file__).parents[3] / "runtime"
LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/enter\?key=\S+")


@pytest.fixture
def server(home: Path, served: Served, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """(a server, the link that it printed)."""
    environ = {**os.environ, "PYTHONPATH": str(RUNTIME), "POSTWIRE_SANDBOX": served.origin}
    command = [sys.executable, "-m", "postwire", "serve", "--sandbox", "--port", "0"]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stdout is not None
    yield process, process.stdout.readline().strip()
    process.kill()
    process.communicate()


def test_the_printed_link_lets_one_browser_in(server: tuple[subprocess.Popen[str], str]) -> None:
    process, link = server
    found = LINK.fullmatch(link)
    assert found is not None
    with httpx2.Client(base_url=found[1], timeout=60, follow_redirects=True) as browser:
        assert browser.get("/", follow_redirects=False).headers["location"].startswith("/sign-in")
        page = browser.get(link)
        assert (page.status_code, page.url.path) == (200, "/w/sandbox/connections")
        assert "nothing is posted for real" in page.text
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


def test_beside_the_simulator_webhooks_reach_this_machine(server: tuple[subprocess.Popen[str], str]) -> None:
    told: queue.Queue[dict[str, Any]] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as receiver, Vault() as vault:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        hooks = Hooks(vault.store, loopback=True)
        endpoint, _ = hooks.add(SANDBOX, f"http://127.0.0.1:{receiver.server_port}/told")
        hooks.test(SANDBOX, endpoint.id)
        assert told.get(timeout=60)["type"] == "webhook.test"
        receiver.shutdown()


def test_another_link_is_printed_for_a_running_server(home: Path) -> None:
    result = CliRunner().invoke(cli, ["serve", "--link", "--port", "6001"])
    assert result.exit_code == 0
    assert result.stdout.startswith("http://127.0.0.1:6001/enter?key=")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--host", "0.0.0.0"], "--public-url"),
        (["--public-url", "http://post.example.com"], "https://"),
        (["--public-url", "https://post.example.com"], "Nobody may sign in yet"),
    ],
)
def test_it_is_reached_from_elsewhere_only_with_a_lock(home: Path, options: list[str], says: str) -> None:
    result = CliRunner().invoke(cli, ["serve", "--port", "0", *options])
    assert result.exit_code == 2
    assert says in result.output


def test_people_are_let_in_listed_and_put_out(home: Path) -> None:
    def call(*args: str, typed: str = "") -> str:
        result = CliRunner().invoke(cli, ["people", *args], input=typed)
        assert result.exit_code == 0, result.output
        return result.stdout

    assert "Nobody may sign in" in call("list")
    assert "Ada may sign in as an admin" in call("add", "Ada", "--admin", typed="correct horse battery\n")
    call("add", "Bo", "--workspace", "default", typed="correct horse battery\n")
    assert json.loads(call("list", "--json")) == [
        {"name": "Ada", "role": "admin", "workspaces": None},
        {"name": "Bo", "role": "member", "workspaces": ["default"]},
    ]
    with Vault() as vault:
        assert People(vault.store).find("Ada", Secret("correct horse battery")) is not None
    assert "no longer" in call("remove", "Ada")
    short = CliRunner().invoke(cli, ["people", "add", "Cy"], input="short\n")
    assert short.exit_code == 2
    assert "12 characters" in short.output
