"""A vault whose clock can be turned, and a courier whose messages the test takes."""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.accounts.conftest import _at_once, postgres_server  # noqa: F401 - a fixture

from postwire.accounts.vault import Vault
from postwire.publish.courier import Courier
from postwire.publish.hooks import Hooks
from postwire.publish.journal import Journal
from postwire.publish.records import Ask
from postwire.values import Lost, Response, Result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postwire.publish.ledger import Ledger

URL = "https://example.com/hook"


class Clock:
    """A clock to turn."""

    def __init__(self) -> None:
        self.at = time.time()

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str | None:
    """As `database_of`."""
    return database_of(request)


def database_of(request: pytest.FixtureRequest) -> str | None:
    """The address of a new database: by default a file, or with the parameter `postgres` of a server."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return None
    server, name = request.getfixturevalue("postgres_server"), f"test_{secrets.token_hex(6)}"
    _at_once(server, f"CREATE DATABASE {name}")
    return str(server.replace("/postgres?", f"/{name}?"))


@pytest.fixture
def vault(home: Path, database: str | None, clock: Clock) -> Iterator[Vault]:
    with Vault(database, clock=clock) as vault:
        vault.add_workspace("other")
        yield vault


@pytest.fixture
def journal(vault: Vault) -> Journal:
    return Journal(vault)


@pytest.fixture
def hooks(vault: Vault) -> Hooks:
    return Hooks(vault.store, loopback=True)


class Post:
    """Takes what a courier sends, and answers as told."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[Response | Lost] = []

    def __call__(self, url: str, headers: Any, body: bytes) -> Response | Lost:
        self.sent.append((url, dict(headers), body))
        return self.answers.pop(0) if self.answers else Response(204, {})

    @property
    def told(self) -> list[Any]:
        return [json.loads(body) for _, _, body in self.sent]


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def courier(vault: Vault, post: Post, clock: Clock) -> Courier:
    return Courier(vault.store, post, chance=lambda: 0.5, clock=clock)


def begin(journal: Journal, workspace: str = "default", key: str = "k") -> Ledger:
    run, _ = journal.submit(Ask(workspace, key, "acme.post", "acme/1", "print", {"input": {"text": "Boats"}}))
    return journal.take(run.id)


def done(journal: Journal, workspace: str = "default", key: str = "k", **output: Any) -> str:
    ledger = begin(journal, workspace, key)
    journal.finish(ledger, Result({"id": "p-1", **output}))
    return ledger.run
