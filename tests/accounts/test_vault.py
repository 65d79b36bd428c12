"""The whole vault: workspaces that see nothing of each other, keys, secrets on the disk, threads."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import DBAPIError
from tests.accounts.conftest import ACME, connect

from postwire.accounts.keyring import KeyRing, Unreadable, WrongKey
from postwire.accounts.schema import accounts
from postwire.accounts.tokens import Tokens
from postwire.errors import ActionFailed, UnknownName
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from tests.accounts.conftest import Clock, Made

    from postwire.accounts.records import StoredAccount
    from postwire.accounts.vault import Vault

    Race = Callable[..., list[str]]
    Look = Callable[[str], list[tuple[object, ...]]]


# Workspaces


def test_nothing_of_another_workspace_is_there(vault: Vault) -> None:
    vault.add_workspace("b", "Team B")
    theirs = connect(vault)
    lease = vault.refreshing.claim("default", theirs.id, 1)
    assert lease is not None
    vault.refreshing.keep_answer(lease, Secret("{}"))
    vault.apps.put("default", "x", {"client_id": "id"})
    attempts: list[Callable[[], object]] = [
        lambda: vault.accounts.get("b", theirs.id),
        lambda: vault.accounts.find("b", theirs.id),
        lambda: vault.accounts.find("b", "acme"),
        lambda: vault.accounts.tokens("b", theirs.id),
        lambda: vault.accounts.update("b", theirs.id, label="mine"),
        lambda: vault.accounts.disconnect("b", theirs.id),
        lambda: vault.apps.get("b", "x"),
    ]
    for attempt in attempts:
        with pytest.raises(UnknownName):
            attempt()
    assert not vault.accounts.set_state("b", theirs.id, "error")
    assert not vault.refreshing.schedule("b", theirs.id, 1.0)
    assert not vault.apps.remove("b", "x")
    assert vault.refreshing.claim("b", theirs.id, 1) is None
    stranger = replace(lease, workspace="b")
    assert vault.refreshing.save(stranger, Tokens(Secret("evil")), refresh_at=None) == "gone"
    assert not vault.refreshing.release(stranger, state="error")
    assert vault.refreshing.rescued("b", theirs.id) == []
    assert vault.listing.page("b").accounts == ()
    assert vault.listing.summary("b").total == 0
    assert vault.apps.list("b") == []
    assert vault.accounts.get("default", theirs.id) == replace(theirs, refreshing=True)


def test_a_workspace_is_made_once(vault: Vault) -> None:
    made = vault.add_workspace("b", "Team B", "Free")
    assert (made.id, made.name, made.plan) == ("b", "Team B", "Free")
    assert sorted(each.id for each in vault.workspaces()) == ["b", "default"]
    with pytest.raises(ActionFailed, match="already"):
        vault.add_workspace("b")


def test_an_app_of_an_unknown_workspace_is_refused(vault: Vault) -> None:
    with pytest.raises(UnknownName, match="no such workspace"):
        vault.apps.put("nowhere", "x", {"client_id": "id"})


# Apps


def test_an_app_keeps_its_keys_sealed_and_shows_their_names(vault: Vault, look: Look) -> None:
    vault.apps.put("default", "x", {"client_id": "an-id", "client_secret": Secret("a-secret")})
    assert vault.apps.get("default", "x") == {
        "client_id": Secret("an-id"),
        "client_secret": Secret("a-secret"),
    }
    (app,) = vault.apps.list("default")
    assert (app.integration, app.keys) == ("x", ("client_id", "client_secret"))
    assert b"a-secret" not in bytes(look("SELECT sealed FROM apps")[0][0])  # type: ignore[call-overload]


def test_an_app_is_replaced_and_removed(vault: Vault) -> None:
    vault.apps.put("default", "x", {"client_id": "one"})
    vault.apps.put("default", "x", {"client_id": "two"})
    assert vault.apps.get("default", "x") == {"client_id": Secret("two")}
    assert vault.apps.remove("default", "x")
    assert not vault.apps.remove("default", "x")
    with pytest.raises(UnknownName, match="no app for x"):
        vault.apps.get("default", "x")


# Keys


def test_a_wrong_key_is_called_so_and_harms_nothing(made: Made) -> None:
    stored = connect(made.open())
    with pytest.raises(WrongKey, match="Wrong key: the vault was sealed with key") as caught:
        made.open(key=b"w" * 32)
    assert "intact" in caught.value.remedy
    assert made.open().accounts.tokens("default", stored.id).version == 1


def test_a_credential_that_was_copied_to_another_account_does_not_open(vault: Vault, look: Look) -> None:
    connect(vault)
    other = connect(vault, replace(ACME, subject="2"))
    copied = "(SELECT sealed FROM accounts WHERE subject = '4711')"
    look(f"UPDATE accounts SET sealed = {copied} WHERE subject = '2'")
    with pytest.raises(Unreadable, match="moved from another row"):
        vault.accounts.tokens("default", other.id)


def test_an_older_credential_that_was_put_back_does_not_open(vault: Vault, engine: Engine) -> None:
    stored = connect(vault)
    with engine.begin() as connection:
        older = connection.execute(select(accounts.c.sealed)).scalar_one()
    connect(vault)
    with engine.begin() as connection:
        connection.execute(update(accounts).values(sealed=older))
    with pytest.raises(Unreadable):
        vault.accounts.tokens("default", stored.id)


def test_the_vault_gets_another_key(made: Made, vault: Vault) -> None:
    old = KeyRing([b"k" * 32])
    stored = connect(vault)
    vault.apps.put("default", "x", {"client_id": "id"})
    lease = vault.refreshing.claim("default", stored.id, 1)
    assert lease is not None
    vault.refreshing.keep_answer(lease, Secret("answer"))
    vault.attempts.begin("default", "x", state="s", verifier=Secret("v"), redirect_uri="", browser="b")
    assert vault.keys_in_use() == {old.newest: 4}

    vault.use_keys(KeyRing([b"n" * 32, b"k" * 32]))
    assert [vault.reseal(limit=3), vault.reseal(limit=3), vault.reseal(limit=3)] == [3, 1, 0]
    only_new = KeyRing([b"n" * 32])
    assert vault.keys_in_use() == {only_new.newest: 4}

    fresh = made.open(key=b"n" * 32)
    assert fresh.accounts.tokens("default", stored.id).tokens.access.reveal() == "access-1"
    assert fresh.apps.get("default", "x") == {"client_id": Secret("id")}
    assert fresh.refreshing.rescued("default", stored.id)[0].content.reveal() == "answer"
    assert fresh.attempts.take("x", "s", "b").verifier.reveal() == "v"


def test_a_key_that_is_still_needed_is_not_dropped(vault: Vault) -> None:
    connect(vault)
    with pytest.raises(WrongKey):
        vault.use_keys(KeyRing([b"n" * 32]))
    connect(vault)  # the old ring is still in use


# Secrets on the disk


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_no_file_ever_holds_a_token(made: Made, vault: Vault) -> None:
    planted = "planted-canary-token"
    tokens = Tokens(Secret(f"{planted}-a"), Secret(f"{planted}-b"))
    stored = connect(vault, replace(ACME, tokens=tokens))
    lease = vault.refreshing.claim("default", stored.id, 1)
    assert lease is not None
    vault.refreshing.keep_answer(lease, Secret(f'{{"access_token": "{planted}-c"}}'))
    vault.refreshing.save(lease, tokens, refresh_at=None)
    vault.refreshing.save(lease, tokens, refresh_at=None)  # too late: goes to the history
    vault.apps.put("default", "x", {"client_secret": Secret(planted)})
    vault.attempts.begin(
        "default", "x", state=planted, verifier=Secret(planted), redirect_uri="", browser=planted
    )
    vault.attempts.offer(vault.attempts.take("x", planted, planted), Secret(planted), planted)
    assert _files_with(made, planted) == []
    assert _files_with(made, "Acme Ltd.") != []  # the search works, and names are not sealed
    vault.accounts.disconnect("default", stored.id)
    made.close()
    assert _files_with(made, planted) == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_is_deleted_leaves_no_trace_in_free_pages(made: Made, vault: Vault, clock: Clock) -> None:
    stored = connect(vault, replace(ACME, name="Departed Customer"))
    vault.accounts.disconnect("default", stored.id)
    clock.seconds += 31 * 86_400
    vault.sweep()
    made.close()  # the last connection empties the WAL
    assert _files_with(made, "Departed Customer") == []


def _files_with(made: Made, text: str) -> list[str]:
    files = [path for path in made.folder.rglob("*") if path.is_file()]
    assert files
    return [path.name for path in files if text.encode() in path.read_bytes()]


def test_an_error_of_the_database_shows_no_values(vault: Vault, look: Look) -> None:
    look("ALTER TABLE apps RENAME TO hidden_apps")
    try:
        with pytest.raises(DBAPIError, match="apps") as caught:
            vault.apps.put("default", "planted-name", {"client_secret": "planted"})
    finally:
        look("ALTER TABLE hidden_apps RENAME TO apps")
    assert "planted" not in str(caught.value)
    assert "hidden" in str(caught.value)


# Threads


def test_threads_share_a_vault(vault: Vault) -> None:
    stored = connect(vault)
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(5):
                vault.accounts.update("default", stored.id, label=str(number))
                assert vault.accounts.tokens("default", stored.id).version == 1
        except BaseException as error:  # noqa: BLE001 - told below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_async_callers_wait_in_threads(vault: Vault) -> None:
    async def main() -> StoredAccount:
        await vault.run(vault.accounts.connect, "default", [ACME], owner="mason")
        return await vault.run(vault.accounts.find, "default", "acme")

    assert asyncio.run(main()).owner == "mason"


# Cost


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # which counts its own steps
def test_no_everyday_call_reads_the_whole_workspace(vault: Vault, look: Look) -> None:
    stored = connect(vault)
    few = _steps(vault, stored)
    _multiply(look, 3000)
    many = _steps(vault, stored)
    assert vault.listing.summary("default").total == 3001
    assert {name: many[name] for name in many if many[name] > 1.5 * few[name] + 200} == {}


def _multiply(look: Look, times: int) -> None:
    own = {
        "id": "'acc_' || n",
        "subject": "'s' || n",
        "handle_key": "'h' || n",
        "label_key": "'l' || n",
        "created_at": "created_at - n",
        "due_at": "due_at + n",
    }
    values = ", ".join(own.get(column.name, column.name) for column in accounts.c)
    look(
        f"WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < {times}) "
        f"INSERT INTO accounts SELECT {values} FROM accounts, count"
    )


def _steps(vault: Vault, stored: StoredAccount) -> dict[str, int]:
    """How many steps SQLite's machine takes for each call."""
    database = vault._database
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    def watch(connection: Any, *_: object) -> None:
        connection.set_progress_handler(step, 1)

    for engine in database._engines:
        engine.dispose()
        event.listen(engine, "connect", watch)
    calls: dict[str, Callable[[], object]] = {
        "get": lambda: vault.accounts.get("default", stored.id),
        "tokens": lambda: vault.accounts.tokens("default", stored.id),
        "find by name": lambda: vault.accounts.find("default", "acme"),
        "find by id": lambda: vault.accounts.find("default", stored.id),
        "first page": lambda: vault.listing.page("default", limit=1),
        "due": lambda: vault.refreshing.due(1),
        "next due": vault.refreshing.next_due,
        "claim": lambda: vault.refreshing.claim("default", stored.id, 1),
        "connect": lambda: vault.accounts.connect("default", [ACME]),
    }
    found = {}
    for name, call in calls.items():
        call()  # opens the connection
        count = 0
        call()
        found[name] = count
    vault.refreshing.schedule("default", stored.id, 1_700_000_000.0)
    return found
