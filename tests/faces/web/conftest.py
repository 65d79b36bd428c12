"""A server over a vault of its own and the simulator, on a real port, and a browser's session on it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import uvicorn

from postwire.accounts.account import SANDBOX
from postwire.accounts.vault import Vault
from postwire.faces.serving import listen
from postwire.faces.web.app import application
from postwire.faces.web.here import COOKIE
from postwire.faces.web.settings import Settings
from postwire.faces.web.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postwire.simulator import Served


@dataclass
class Web:
    """A server that listens at `origin`, what it stands on, and a client with an admin's session."""

    origin: str
    site: Site
    http: httpx2.Client
    csrf: str

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return self.http.get(path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> httpx2.Response:
        """As a form of our own page sends it."""
        headers = {"Origin": self.origin, "X-CSRF-Token": self.csrf, **more.pop("headers", {})}
        return self.http.post(path, data=data or {}, headers=headers, **more)

    def key(self, *actions: str) -> dict[str, str]:
        """The headers of a program with a new API key."""
        _, secret = self.site.keys.add(SANDBOX, "test", actions or ("*",))
        return {"Authorization": f"Bearer {secret.reveal()}"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("POSTWIRE_HOME", str(folder))
    for name in ("POSTWIRE_DATABASE", "POSTWIRE_KEY", "POSTWIRE_SANDBOX"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def vault(home: Path) -> Iterator[Vault]:
    with Vault() as vault:
        vault.add_workspace(SANDBOX, "Simulated accounts")
        yield vault


@contextmanager
def serving(vault: Vault, simulator: str | None, **settings: Any) -> Iterator[tuple[str, Site]]:
    """A server in a thread; (its origin, its site)."""
    with listen("127.0.0.1", 0) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        site = Site(vault, Settings(origin, sandbox=simulator, **settings))
        server = uvicorn.Server(uvicorn.Config(application(site), log_level="warning", lifespan="on"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield origin, site
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def start(vault: Vault, served: Served) -> Iterator[Callable[..., Web]]:
    """Starts servers with settings of the test's own."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def begin(**settings: Any) -> Web:
            origin, site = stack.enter_context(serving(vault, served.origin, **settings))
            http = stack.enter_context(httpx2.Client(base_url=origin, timeout=60))
            link = site.sessions.link().reveal()
            cookie = site.sessions.redeem(link)
            assert cookie is not None
            http.cookies.set(COOKIE, cookie.reveal())
            session = site.sessions.find(cookie.reveal())
            assert session is not None
            return Web(origin, site, http, session.csrf)

        yield begin


@pytest.fixture
def web(start: Callable[..., Web]) -> Web:
    return start()
