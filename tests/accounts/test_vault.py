"""Connected accounts: stored once, found by any name, apart by workspace, forgotten when they are let go."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from postwire.accounts.keyring import KeyRing, Unreadable, WrongKey
from postwire.accounts.oauth import Tokens
from postwire.accounts.records import NewAccount, StoredAccount
from postwire.accounts.schema import accounts
from postwire.errors import ActionFailed, UnknownName
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from tests.accounts.conftest import Clock, Made

    from postwire.accounts.vault import Vault

    Race = Callable[..., list[str]]
    Look = Callable[[str], list[tuple[object, ...]]]

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


def connect(vault: Vault, *new: NewAccount, workspace: str = "default", owner: str = "") -> StoredAccount:
    return vault.accounts.connect(workspace, list(new) or [ACME], owner=owner)[0]


# Connecting


def test_an_account_is_stored_as_it_came(vault: Vault, clock: Clock) -> None:
    stored = connect(vault, owner="mason")
    assert stored == vault.accounts.get("default", stored.id)
    assert stored.id.startswith("acc_")
    same = (
        "integration",
        "subject",
        "flavour",
        "name",
        "username",
        "avatar_url",
        "label",
        "facts",
        "refresh_at",
    )
    assert [getattr(stored, name) for name in same] == [getattr(ACME, name) for name in same]
    assert (stored.scopes, stored.expires_at) == (TOKENS.scopes, TOKENS.expires_at)
    assert stored.created_at == stored.connected_at == stored.updated_at == clock()
    assert (stored.owner, stored.state, stored.status, stored.version) == ("mason", "active", "active", 1)


def test_its_tokens_come_back(vault: Vault) -> None:
    found = vault.accounts.tokens("default", connect(vault).id)
    assert found.tokens == replace(TOKENS, subject="4711")
    assert found.version == 1


def test_an_account_without_the_rest_is_stored_too(vault: Vault) -> None:
    stored = connect(vault, NewAccount("x", Tokens(Secret("only"))))
    assert vault.accounts.tokens("default", stored.id).tokens == Tokens(Secret("only"))
    assert (stored.scopes, stored.subject, stored.refresh_at) == (None, "", None)


def test_an_action_gets_the_account_that_it_needs(vault: Vault) -> None:
    account = connect(vault).account(Secret("t"))
    assert (account.key, account.name, account.scopes) == ("x/4711", "Main", TOKENS.scopes)
    assert account.scope()["verified"] is True


def test_the_same_subject_is_the_same_account(vault: Vault, clock: Clock) -> None:
    first = connect(vault)
    clock.seconds += 60
    fresh = replace(ACME, tokens=Tokens(Secret("access-2")), name="", username="acme_new", label="")
    second = connect(vault, fresh)
    assert (second.id, second.version, second.created_at) == (first.id, 2, first.created_at)
    assert second.connected_at == clock()
    assert (second.name, second.username, second.label) == ("Acme Ltd.", "acme_new", "Main")
    assert vault.accounts.tokens("default", first.id).tokens.access.reveal() == "access-2"
    assert vault.accounts.find("default", "@acme_new").id == first.id


def test_the_same_subject_elsewhere_is_another_account(vault: Vault) -> None:
    vault.add_workspace("b")
    ids = {
        connect(vault).id,
        connect(vault, replace(ACME, integration="tiktok")).id,
        connect(vault, workspace="b").id,
        connect(vault, replace(ACME, subject="4712")).id,
    }
    assert len(ids) == 4


def test_accounts_without_a_subject_are_never_the_same(vault: Vault) -> None:
    nameless = replace(ACME, subject="")
    assert connect(vault, nameless).id != connect(vault, nameless).id


def test_processes_that_connect_one_account_together_make_one(vault: Vault, race: Race) -> None:
    assert len(set(race("same", 4))) == 1
    assert vault.listing.summary("default").total == 1


def test_an_account_that_the_platform_names_twice_is_stored_once(vault: Vault) -> None:
    assert len(vault.accounts.connect("default", [ACME, ACME])) == 1


def test_an_unknown_workspace_stores_nothing(vault: Vault) -> None:
    with pytest.raises(UnknownName, match="No workspace 'nowhere'"):
        connect(vault, workspace="nowhere")


# Reconnecting


def test_reconnecting_keeps_the_account(vault: Vault) -> None:
    first = connect(vault)
    vault.accounts.set_state("default", first.id, "needs_reconnect", "revoked")
    (again,) = vault.accounts.connect("default", [ACME], into=first.id)
    assert (again.id, again.state, again.reason, again.version) == (first.id, "active", "", 2)


def test_reconnecting_as_another_account_is_refused(vault: Vault) -> None:
    first = connect(vault)
    other = replace(ACME, subject="4712", username="Bert")
    with pytest.raises(
        ActionFailed, match="given for @Bert, but the account to reconnect is @Acme"
    ) as caught:
        vault.accounts.connect("default", [other], into=first.id)
    assert (caught.value.code, caught.value.sent) == ("conflict", "no")
    assert vault.accounts.tokens("default", first.id).tokens.access.reveal() == "access-1"
    assert vault.listing.summary("default").total == 1


def test_reconnecting_through_another_platform_is_refused(vault: Vault) -> None:
    first = connect(vault)
    with pytest.raises(ActionFailed, match="given for another platform"):
        vault.accounts.connect("default", [replace(ACME, integration="tiktok")], into=first.id)


def test_an_account_without_a_subject_learns_it_when_it_reconnects(vault: Vault) -> None:
    first = connect(vault, replace(ACME, subject=""))
    (again,) = vault.accounts.connect("default", [ACME], into=first.id)
    assert (again.id, again.subject) == (first.id, "4711")


def test_reconnecting_an_account_of_another_workspace_is_refused(vault: Vault) -> None:
    vault.add_workspace("b")
    with pytest.raises(UnknownName):
        vault.accounts.connect("b", [ACME], into=connect(vault).id)


# Logins that carry pages


LOGIN = NewAccount(
    "meta",
    Tokens(Secret("person")),
    subject="person",
    listed=False,
    children=(
        NewAccount("meta", Tokens(Secret("page-1")), subject="1", username="one"),
        NewAccount("meta", Tokens(Secret("page-2")), subject="2", username="two"),
    ),
)


def test_pages_come_with_the_login_that_renews_them(vault: Vault) -> None:
    login, one, two = vault.accounts.connect("default", [LOGIN])
    assert (one.parent, two.parent, login.parent) == (login.id, login.id, None)
    assert [each.id for each in vault.listing.page("default").accounts] != [login.id]
    assert vault.listing.summary("default").total == 2
    with pytest.raises(UnknownName):
        vault.accounts.find("default", "person")


def test_a_login_goes_with_the_last_page(vault: Vault) -> None:
    login, one, two = vault.accounts.connect("default", [LOGIN])
    vault.accounts.disconnect("default", one.id)
    assert vault.accounts.get("default", login.id).state == "active"
    vault.accounts.disconnect("default", two.id)
    assert vault.accounts.get("default", login.id).state == "disconnected"


def test_a_login_goes_when_its_pages_come_by_another(vault: Vault) -> None:
    login, *_ = vault.accounts.connect("default", [LOGIN])
    other, one, two = vault.accounts.connect("default", [replace(LOGIN, subject="colleague")])
    assert vault.accounts.get("default", login.id).state == "disconnected"
    assert (one.parent, two.parent) == (other.id, other.id)


def test_a_page_stays_when_an_account_beside_it_goes(vault: Vault) -> None:
    insta = NewAccount("instagram", Tokens(Secret("insta")), subject="i")
    page = replace(ACME, integration="meta", children=(insta,))
    parent, child = vault.accounts.connect("default", [page])
    vault.accounts.disconnect("default", child.id)
    assert vault.accounts.get("default", parent.id).state == "active"


# Finding


@pytest.mark.parametrize("name", ["Acme", "@acme", "ACME", "main", "Main", "4711"])
def test_one_is_found_by_whatever_it_is_called(name: str, vault: Vault) -> None:
    stored = connect(vault)
    connect(vault, NewAccount("x", TOKENS, subject="2", username="other", label="second"))
    assert vault.accounts.find("default", name).id == stored.id
    assert vault.accounts.find("default", stored.id).id == stored.id


def test_a_name_is_found_in_any_script_and_case(vault: Vault) -> None:
    stored = connect(vault, replace(ACME, label="ÉTÉ Straße"))
    assert vault.accounts.find("default", "été strasse").id == stored.id


def test_a_name_that_fits_several_lists_them(vault: Vault) -> None:
    first = connect(vault)
    second = connect(vault, replace(ACME, integration="tiktok", label="Shop"))
    with pytest.raises(UnknownName, match="fits 2 accounts") as caught:
        vault.accounts.find("default", "acme")
    assert f'{first.id} (x @Acme "Main")' in str(caught.value)
    assert f'{second.id} (tiktok @Acme "Shop")' in str(caught.value)
    assert vault.accounts.find("default", "acme", "tiktok").id == second.id


def test_a_name_that_fits_none_lists_what_there_is(vault: Vault) -> None:
    stored = connect(vault)
    with pytest.raises(UnknownName, match=f"No account 'acne' in this workspace. It has: {stored.id}"):
        vault.accounts.find("default", "acne")


@pytest.mark.parametrize("name", ["", "@", "  "])
def test_no_name_finds_nobody(name: str, vault: Vault) -> None:
    connect(vault, NewAccount("x", TOKENS, subject="1"))  # its user name and label are empty
    with pytest.raises(UnknownName):
        vault.accounts.find("default", name)


def test_a_list_of_candidates_stays_short(vault: Vault) -> None:
    vault.accounts.connect("default", [replace(ACME, subject=str(number)) for number in range(30)])
    with pytest.raises(UnknownName, match="fits more than 10 accounts") as caught:
        vault.accounts.find("default", "acme")
    assert str(caught.value).count("acc_") == 10


# Changing and letting go


def test_what_is_given_changes_and_the_rest_stays(vault: Vault, clock: Clock) -> None:
    stored = connect(vault)
    clock.seconds += 5
    changed = vault.accounts.update("default", stored.id, label="Shop", facts={"a": 1}, name="")
    assert changed == replace(stored, label="Shop", facts={"a": 1}, name="", updated_at=clock())
    assert vault.accounts.find("default", "shop").id == stored.id
    with pytest.raises(UnknownName):
        vault.accounts.find("default", "main")


def test_a_state_is_set_only_for_the_credential_that_was_seen(vault: Vault) -> None:
    stored = connect(vault)
    assert not vault.accounts.set_state("default", stored.id, "needs_reconnect", "revoked", version=2)
    assert vault.accounts.get("default", stored.id).state == "active"
    assert vault.accounts.set_state("default", stored.id, "needs_reconnect", "revoked", version=1)
    found = vault.accounts.get("default", stored.id)
    assert (found.state, found.reason, found.status) == ("needs_reconnect", "revoked", "inactive")
    with pytest.raises(ValueError, match="disconnect"):
        vault.accounts.set_state("default", stored.id, "disconnected")


def test_letting_go_destroys_the_credential_and_every_older_one(vault: Vault, look: Look) -> None:
    stored = connect(vault)
    lease = vault.refreshing.claim("default", stored.id, 1)
    assert lease is not None
    vault.refreshing.keep_answer(lease, Secret("{}"))
    vault.attempts.begin(
        "default", "x", state="s", verifier=Secret("v"), redirect_uri="", browser="", account=stored.id
    )
    gone = vault.accounts.disconnect("default", stored.id)
    assert (gone.state, gone.refresh_at, gone.disconnected_at is None) == ("disconnected", None, False)
    sealed = "SELECT sealed FROM {} WHERE sealed IS NOT NULL"
    tables = ("accounts", "credential_history", "connecting")
    assert [look(sealed.format(table)) for table in tables] == [[], [], []]
    with pytest.raises(ActionFailed, match="no credential is stored"):
        vault.accounts.tokens("default", stored.id)
    with pytest.raises(UnknownName):
        vault.accounts.find("default", "acme")


def test_an_account_that_was_let_go_comes_back_as_itself(vault: Vault) -> None:
    stored = connect(vault)
    vault.accounts.disconnect("default", stored.id)
    assert not vault.accounts.set_state("default", stored.id, "active")
    again = connect(vault)
    assert (again.id, again.state, again.disconnected_at) == (stored.id, "active", None)
    assert vault.accounts.tokens("default", stored.id).tokens.access.reveal() == "access-1"


def test_what_is_over_is_swept(vault: Vault, clock: Clock) -> None:
    gone, kept = connect(vault), connect(vault, replace(ACME, subject="2"))
    vault.accounts.disconnect("default", gone.id)
    vault.attempts.begin("default", "x", state="s", verifier=Secret("v"), redirect_uri="", browser="")
    assert vault.sweep() == 0
    clock.seconds += 31 * 86_400
    assert vault.sweep() == 2
    with pytest.raises(UnknownName):
        vault.accounts.get("default", gone.id)
    assert vault.accounts.get("default", kept.id).state == "active"


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
    look(
        "UPDATE accounts SET sealed = (SELECT sealed FROM accounts WHERE subject = '4711') WHERE subject = '2'"
    )
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
        (stored,) = await vault.run(vault.accounts.connect, "default", [ACME], owner="mason")
        return await vault.run(vault.accounts.find, "default", "acme")

    assert asyncio.run(main()).owner == "mason"
