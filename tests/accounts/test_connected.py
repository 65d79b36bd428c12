"""Connected accounts: stored once, found by any name, forgotten when they are let go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.accounts.conftest import ACME, TOKENS, connect

from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.errors import ActionFailed, UnknownName
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.accounts.conftest import Clock

    from postwire.accounts.vault import Vault

    Race = Callable[..., list[str]]
    Look = Callable[[str], list[tuple[object, ...]]]


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
