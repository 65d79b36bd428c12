"""A home of its own for each test's journal, and a look into it from outside."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postwire.accounts.keyring import KeyRing
from postwire.accounts.vault import Vault
from postwire.publish.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INIT = "/v2/post/publish/video/init/"
RUNTIME = Path(__file__).parents[2] / "runtime"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder."""
    folder = tmp_path / "home"
    for name in ("POSTWIRE_DATABASE", "POSTWIRE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("POSTWIRE_HOME", str(folder))
    monkeypatch.setenv("POSTWIRE_KEY", KeyRing([b"k" * 32]).export())
    return folder


@pytest.fixture(scope="session")
def forks() -> Iterator[Any]:
    """Forks other processes, see `workers.py`."""
    from tests.publish.workers import Forks

    made = Forks()
    yield made
    made.close()


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Makes the stage of each kind of database, once."""
    from tests.publish.stage import Stage

    made: dict[str, Stage] = {}

    def get(kind: str) -> Stage:
        if kind not in made:
            server = request.getfixturevalue("postgres_server") if kind == "postgres" else ""
            made[kind] = Stage(tmp_path_factory.mktemp(kind), server)
        return made[kind]

    yield get
    for stage in made.values():
        stage.close()


@pytest.fixture(params=["sqlite", "postgres"])
def stage(request: pytest.FixtureRequest, stages: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database that other processes use too, on SQLite and on PostgreSQL."""
    found = stages(request.param)
    for name, value in found.environ.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def journal(home: Path) -> Iterator[Journal]:
    """The journal, as another process sees it."""
    with Vault() as vault:
        yield Journal(vault)


@pytest.fixture
def dump(home: Path) -> Callable[..., str]:
    """Everything that a database holds, as text."""

    def read(name: str = "vault.db") -> str:
        with sqlite3.connect(home / name) as connection:
            text = "\n".join(connection.iterdump())
        connection.close()
        return text

    return read


@pytest.fixture
def elsewhere(home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python code in another process, with the same home."""

    def run(code: str, *given: str) -> subprocess.CompletedProcess[str]:
        environ: dict[str, Any] = {**os.environ, "PYTHONPATH": str(RUNTIME)}
        command = [sys.executable, "-c", code, *given]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)

    return run
