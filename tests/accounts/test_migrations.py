"""The tables: made once however many start together, brought up to date, never used by older code."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from postwire.accounts import vault as vault_module
from postwire.accounts.database import Database, DatabaseUnusable
from postwire.accounts.keyring import KeyRing, WrongKey
from postwire.accounts.schema import REVISION, VERSION_TABLE, metadata
from postwire.accounts.vault import Vault
from postwire.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from tests.accounts.conftest import Made

    Race = Callable[..., list[str]]
    Look = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture
def url(empty_url: str) -> str:
    """Here every test begins without tables."""
    return empty_url


MIGRATIONS = Path(vault_module.__file__).with_name("migrations")


def test_four_processes_that_start_at_once(race: Race) -> None:
    assert race("start", 4) == ["default"] * 4


def test_the_migrations_make_the_tables_that_the_code_uses(vault: Vault, engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # which shows the statements that made it
def test_every_constraint_has_the_name_that_the_code_gives_it(vault: Vault, look: Look) -> None:
    by_hand = create_engine("sqlite://")
    metadata.create_all(by_hand)
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
    with by_hand.connect() as connection:
        wanted = {row.name: _words(row.sql) for row in connection.exec_driver_sql(query)}
    by_hand.dispose()
    found = {str(name): _words(str(sql)) for name, sql in look(query) if name != VERSION_TABLE}
    assert found == wanted


def _words(sql: str) -> list[str]:
    """The parts of a statement, in any order: constraints may stand in another."""
    return sorted(sql.replace(",", " ").replace("(", " ").replace(")", " ").split())


def test_the_newest_step_is_the_one_that_the_code_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [REVISION]
    steps = [step.revision for step in scripts.walk_revisions()]
    assert steps == sorted(steps, reverse=True)  # the check for a newer schema compares them


def test_an_older_program_leaves_a_newer_vault_alone(made: Made, vault: Vault, look: Look) -> None:
    look(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(DatabaseUnusable, match=f"newer Postwire .tables 9999, this one knows {REVISION}"):
        made.open()
    assert look(f"SELECT version_num FROM {VERSION_TABLE}") == [("9999",)]


def test_a_step_that_fails_leaves_nothing_behind(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", broken)
        with pytest.raises(RuntimeError, match="the power went"):
            Database(empty_url)
    with Vault(
        empty_url, keys=KeyRing([b"k" * 32]), folder=tmp_path
    ) as vault:  # it begins from nothing again
        assert [each.id for each in vault.workspaces()] == ["default"]


def test_alembic_is_loaded_only_when_the_tables_differ(vault: Vault, made: Made) -> None:
    code = (
        "import sys; from postwire.accounts.database import Database; "
        f"Database({made.url!r}).close(); print('alembic' in sys.modules)"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "runtime")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_files_are_for_their_user_alone(made: Made, vault: Vault) -> None:
    vault.add_workspace("w")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made.folder.iterdir()}
    assert modes == dict.fromkeys(("vault.db", "vault.db-wal", "vault.db-shm", "vault.db.lock"), 0o600)
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_file_that_others_can_read_is_closed_to_them(made: Made, vault: Vault) -> None:
    vault.close()
    file = made.folder / "vault.db"
    file.chmod(0o644)
    made.open()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_sqlite_is_set_as_promised(made: Made) -> None:
    database = Database(made.url)
    names = ("journal_mode", "busy_timeout", "foreign_keys", "secure_delete", "synchronous")

    def setting(connection: object) -> list[object]:
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]  # type: ignore[attr-defined]

    with database.read() as connection:
        assert setting(connection)[:4] == ["wal", 5000, 1, 1]
    with database.write() as connection:
        assert setting(connection) == ["wal", 5000, 1, 1, 1]
    with database.write(durable=True) as connection:
        assert setting(connection) == ["wal", 5000, 1, 1, 2]
    database.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "is not one"),
        ("sqlite://", "cannot use a sqlite database of this form"),
        ("sqlite:///:memory:", "cannot use a sqlite database of this form"),
        ("mysql://root:hunter2@localhost/x", "cannot use a mysql database"),
        ("postgresql://postwire:hunter2@127.0.0.1:1/x", "cannot be opened"),
    ],
)
def test_an_address_that_is_no_use(url: str, message: str) -> None:
    with pytest.raises(DatabaseUnusable, match=message) as caught:
        Database(url)
    assert "hunter2" not in str(caught.value.to_dict())


def test_postgres_without_its_extra_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra) as caught:
        Database("postgresql://postwire@127.0.0.1:1/x")
    assert caught.value.remedy == "pip install 'postwire[postgres]'"


def test_the_default_is_a_file_and_a_key_in_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    for name in ("POSTWIRE_DATABASE", "POSTWIRE_KEY", "POSTWIRE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    monkeypatch.setenv("POSTWIRE_HOME", str(home))
    with Vault() as first:
        assert first.key_created
    with Vault() as again:
        assert not again.key_created
        assert again.key_source == f"the file {home / 'vault.key'}"
    assert {"vault.db", "vault.key"} <= {path.name for path in home.iterdir()}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_lost_key_is_not_replaced_by_a_fresh_one(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.delenv("POSTWIRE_KEY", raising=False)
    made.open().close()
    with pytest.raises(WrongKey, match="The vault's key is missing"):
        Vault(made.url, folder=made.folder / "elsewhere")
    assert not (made.folder / "elsewhere" / "vault.key").exists()
