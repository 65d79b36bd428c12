"""A program with a key, a connected account, and a worker that can be let loose."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.faces.web.posting import performing

from postwire.accounts.account import SANDBOX
from postwire.accounts.connections import Connections
from postwire.media import sample
from postwire.sandbox import Sandbox
from postwire.transport import HttpTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faces.web.conftest import Web

    from postwire.accounts.records import StoredAccount
    from postwire.simulator import Served


class Program:
    """What calls the API: an HTTP client with a key."""

    def __init__(self, web: Web, *actions: str) -> None:
        self.web = web
        self.http = httpx2.Client(base_url=f"{web.origin}/v1", headers=web.key(*actions), timeout=60)

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return self.http.get(path, **more)

    def post(self, path: str, **more: Any) -> httpx2.Response:
        return self.http.post(path, **more)

    def run(self, action: str, given: dict[str, Any] | None = None, **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(f"/actions/{action}", json=given or {}, headers=named)


@pytest.fixture
def program_for(web: Web) -> Iterator[Callable[..., Program]]:
    """Makes programs whose keys are for some actions."""
    with ExitStack() as stack:

        def begin(*actions: str, web: Web = web) -> Program:
            made = Program(web, *actions)
            stack.enter_context(made.http)
            return made

        yield begin


@pytest.fixture
def program(program_for: Callable[..., Program]) -> Program:
    return program_for()


@pytest.fixture
def connect(web: Web, served: Served) -> Callable[..., StoredAccount]:
    """Connects simulated accounts, as a person does."""

    def begin(platform: str = "tiktok", **consent: str) -> StoredAccount:
        sandbox = Sandbox(served.origin)
        transport = HttpTransport(sandbox=served.origin)
        try:
            keys, redirect = sandbox.app(platform, transport)
            web.site.vault.apps.put(SANDBOX, platform, keys)
            connections = Connections(web.site.vault, web.site.catalog, transport, workspace=SANDBOX)
            begun = connections.begin(
                platform, redirect_uri=redirect, extra={"postwire_auto": "allow", **consent}
            )
            return connections.finish(platform, sandbox.consent(begun.url, transport)).accounts[0]
        finally:
            transport.close()

    return begin


@pytest.fixture
def tiktok(connect: Callable[..., StoredAccount]) -> StoredAccount:
    return connect()


@pytest.fixture
def working(web: Web) -> Iterator[None]:
    """A worker, without an engine: it does what is due, one after the other."""
    with performing(web):
        yield


@pytest.fixture
def video(tmp_path: Path) -> bytes:
    """Three seconds, 300 KB: as base64 it is long enough to be received into a file."""
    return sample.write(tmp_path / "sample.mp4", 300_000).read_bytes()


@pytest.fixture
def files(home: Path) -> Callable[[], set[str]]:
    """The names of what lies in the media folder, besides what a store notes of its files."""

    def listed() -> set[str]:
        folder = home / "media"
        return (
            {path.name for path in folder.iterdir() if path.suffix != ".json"} if folder.exists() else set()
        )

    return listed
