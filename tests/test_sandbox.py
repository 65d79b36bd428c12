"""The simulator in the platforms' place."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from postwire import ActionFailed, Client
from postwire.language.catalog import Catalog
from postwire.sandbox import VARIABLE, Sandbox, open_sandbox

if TYPE_CHECKING:
    from postwire.simulator import Served


@pytest.fixture
def nowhere() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize(
    ("who", "name"), [({}, "simstudio"), ({"postwire_account": "simprivate"}, "simprivate")]
)
def test_an_account_is_connected_through_consent(served: Served, who: dict[str, str], name: str) -> None:
    sandbox = Sandbox(served.origin)
    account = sandbox.account("tiktok", **who)
    assert (account.integration, account.name) == ("tiktok", name)
    assert account.id.startswith("-000SimOpenId")
    assert account.scopes is not None
    assert "video.publish" in account.scopes
    assert account.facts["sandbox"] is True
    assert sandbox.consent_url.startswith("https://www.tiktok.com/v2/auth/authorize/?")
    assert account.token.reveal() not in repr(account)
    with Client(account, sandbox=served.origin) as client:
        assert client.run("tiktok.get_user_info")["username"] == name


def test_a_platform_that_is_not_simulated_is_refused(served: Served, tok: Any) -> None:
    sandbox = Sandbox(served.origin, Catalog([tok.folder.parent]))
    tok.describe(AUTH)
    with pytest.raises(ActionFailed, match="does not stand for tok") as caught:
        sandbox.account("tok")
    assert (caught.value.code, caught.value.sent) == ("not_found", "no")


AUTH = """
name: Tok
description: Nobody simulates it.
docs: {url: https://acme.example/docs, read: 2026-11-21}
api: {base: https://api.acme.example}
auth:
  app: [id]
  authorize: {url: https://acme.example/auth, params: {}, scopes: [all]}
  connect: [{request: {post: /token}, take: {access_token: '${{ body.token }}'}}]
  refresh: {uses: none}
  identity: {request: {get: /me}, take: {id: '${{ body.id }}'}}
"""


def test_a_running_simulator_is_used(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_sandbox(f"{served.origin}/") as sandbox:
        assert sandbox.origin == served.origin
    monkeypatch.setenv(VARIABLE, served.origin)
    with open_sandbox() as sandbox:
        assert sandbox.origin == served.origin


def test_one_that_was_named_must_be_there(nowhere: str) -> None:
    with pytest.raises(ActionFailed, match="No simulator answers") as caught, open_sandbox(nowhere):
        pass
    assert (caught.value.code, caught.value.sent) == ("transient", "no")


def test_one_is_started_where_none_runs(nowhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr("postwire.sandbox.PORT", int(nowhere.rpartition(":")[2]))
    with open_sandbox() as sandbox:
        assert sandbox.origin != nowhere
        assert sandbox.account("tiktok").name == "simstudio"


def test_something_else_that_listens_is_no_simulator(served: Served, nowhere: str) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        Thread(target=other.handle_request, daemon=True).start()
        with (
            pytest.raises(ActionFailed, match="No simulator answers"),
            open_sandbox(f"http://127.0.0.1:{other.server_address[1]}"),
        ):
            pass
