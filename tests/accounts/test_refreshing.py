"""Renewals: one caller at a time, no token lost, and when the next one is due."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from postwire.accounts.process import is_gone, lease_owner
from postwire.accounts.records import Lease, NewAccount, StoredAccount
from postwire.accounts.tokens import Tokens
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.accounts.conftest import Clock, Made

    from postwire.accounts.vault import Vault

    Race = Callable[..., list[str]]
    Look = Callable[[str], list[tuple[object, ...]]]

OLD = Tokens(Secret("access-1"), Secret("refresh-1"), expires_at=1_800_000_100.0, scopes=frozenset({"a"}))
FRESH = Tokens(Secret("access-2"), Secret("refresh-2"), expires_at=1_800_009_000.0, scopes=frozenset({"a"}))


@pytest.fixture
def account(vault: Vault) -> StoredAccount:
    new = NewAccount("x", OLD, subject="1", refresh_at=1_799_999_000.0)
    return vault.accounts.connect("default", [new])[0]


def claimed(vault: Vault, account: StoredAccount, version: int = 1) -> Lease:
    lease = vault.refreshing.claim("default", account.id, version)
    assert lease is not None
    return lease


# One at a time


def test_eight_processes_renew_once(vault: Vault, account: StoredAccount, race: Race) -> None:
    found = race("claim", 8, account.id)
    # One that came after the save sees the next version and may rightly claim that.
    saved = [each for each in found if each.startswith("saved")]
    now = vault.accounts.get("default", account.id)
    assert now.version == 1 + len(saved)
    assert saved
    assert set(found) - set(saved) <= {"none"}
    assert vault.refreshing.rescued("default", account.id) == []


def test_of_eight_processes_one_gets_the_lease(vault: Vault, account: StoredAccount, race: Race) -> None:
    assert sorted(race("lease", 8, account.id)) == ["lease"] + ["none"] * 7


def test_a_lease_shuts_others_out_until_its_time_is_over(
    vault: Vault, account: StoredAccount, clock: Clock
) -> None:
    lease = claimed(vault, account)
    assert lease.until == clock() + 60
    assert vault.accounts.get("default", account.id).refreshing
    assert vault.refreshing.claim("default", account.id, 1) is None
    clock.seconds += 61
    assert not vault.accounts.get("default", account.id).refreshing
    assert claimed(vault, account).owner != lease.owner


def test_a_lease_brings_the_tokens_to_renew(vault: Vault, account: StoredAccount) -> None:
    assert claimed(vault, account).tokens == replace(OLD, subject="1")


def test_only_the_credential_that_was_seen_is_claimed(vault: Vault, account: StoredAccount) -> None:
    assert vault.refreshing.claim("default", account.id, 2) is None
    assert vault.refreshing.claim("default", "acc_none", 1) is None
    vault.accounts.disconnect("default", account.id)
    assert vault.refreshing.claim("default", account.id, 2) is None


def test_a_lease_ends_with_the_process_that_held_it(made: Made, account: StoredAccount, race: Race) -> None:
    vault = made.open(real_clock=True)
    race("hold", 1, account.id)
    assert vault.accounts.get("default", account.id).refreshing  # its time is not over
    assert claimed(vault, account).interrupted


def test_a_process_is_gone_only_where_that_is_certain() -> None:
    host, boot, space, pid, lease = lease_owner().split("|")
    assert pid == str(os.getpid())
    dead = "4194999"  # above what Linux gives out by default
    assert is_gone(f"{host}|{boot}|{space}|{dead}|{lease}")
    assert not is_gone(f"{host}|{boot}|{space}|{pid}|{lease}")
    assert not is_gone(f"{host}|{boot}|{space}|1|{lease}")
    for part in range(3):
        elsewhere = [host, boot, space, dead, lease]
        elsewhere[part] = "another"
        assert not is_gone("|".join(elsewhere))
    assert not is_gone("rubbish|x")


@pytest.mark.parametrize("backend", ["postgres"], indirect=True)
def test_on_postgres_the_servers_clock_counts(
    made: Made, vault: Vault, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = made.open(real_clock=True)
    (account,) = vault.accounts.connect("default", [NewAccount("x", OLD, subject="1")])
    ((now,),) = look("SELECT extract(epoch FROM clock_timestamp())::float8")
    assert abs(account.created_at - float(str(now))) < 60
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert claimed(vault, account).until > 1e9


# Saving


def test_new_tokens_take_the_place_of_the_old(vault: Vault, account: StoredAccount) -> None:
    lease = claimed(vault, account)
    assert vault.refreshing.save(lease, FRESH, refresh_at=1_800_008_000.0) == "saved"
    found = vault.accounts.get("default", account.id)
    assert (found.version, found.refreshing, found.refresh_at) == (2, False, 1_800_008_000.0)
    assert found.expires_at == FRESH.expires_at
    assert vault.accounts.tokens("default", account.id).tokens == replace(FRESH, subject="1")
    assert not claimed(vault, account, 2).interrupted


def test_a_save_that_comes_too_late_keeps_its_tokens(
    vault: Vault, account: StoredAccount, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    slow = claimed(vault, account)
    clock.seconds += 61
    quick = claimed(vault, account)
    assert vault.refreshing.save(quick, FRESH, refresh_at=None) == "saved"
    late = Tokens(Secret("access-3"), Secret("refresh-3"))
    assert vault.refreshing.save(slow, late, refresh_at=None) == "refused"
    assert vault.accounts.tokens("default", account.id).tokens.access.reveal() == "access-2"
    (kept,) = vault.refreshing.rescued("default", account.id)
    assert (kept.kind, kept.version) == ("refused", 1)
    assert "refresh-3" in kept.content.reveal()
    assert account.id in caplog.text
    assert "refresh-3" not in caplog.text


def test_a_lease_that_ran_out_does_not_save_over_the_next(
    vault: Vault, account: StoredAccount, clock: Clock
) -> None:
    slow = claimed(vault, account)
    clock.seconds += 61
    quick = claimed(vault, account)
    assert vault.refreshing.save(slow, FRESH, refresh_at=None) == "refused"
    assert vault.refreshing.save(quick, FRESH, refresh_at=None) == "saved"


def test_a_save_that_was_late_but_alone_counts(vault: Vault, account: StoredAccount, clock: Clock) -> None:
    lease = claimed(vault, account)
    clock.seconds += 3600
    assert vault.refreshing.save(lease, FRESH, refresh_at=None) == "saved"


def test_a_reconnect_meanwhile_wins(vault: Vault, account: StoredAccount) -> None:
    lease = claimed(vault, account)
    vault.accounts.connect("default", [NewAccount("x", Tokens(Secret("reconnected")), subject="1")])
    assert vault.refreshing.save(lease, FRESH, refresh_at=None) == "refused"
    assert vault.accounts.tokens("default", account.id).tokens.access.reveal() == "reconnected"


def test_tokens_of_an_account_that_was_let_go_are_not_kept(
    vault: Vault, account: StoredAccount, look: Look
) -> None:
    lease = claimed(vault, account)
    vault.accounts.disconnect("default", account.id)
    vault.refreshing.keep_answer(lease, Secret("answer"))
    assert vault.refreshing.save(lease, FRESH, refresh_at=None) == "gone"
    assert look("SELECT id FROM credential_history") == []


def test_an_answer_is_kept_until_its_tokens_are_saved(vault: Vault, account: StoredAccount) -> None:
    lease = claimed(vault, account)
    vault.refreshing.keep_answer(lease, Secret('{"access_token": "access-2"}'))
    (kept,) = vault.refreshing.rescued("default", account.id)
    assert (kept.kind, kept.content.reveal()) == ("answer", '{"access_token": "access-2"}')
    vault.refreshing.save(lease, FRESH, refresh_at=None)
    assert vault.refreshing.rescued("default", account.id) == []


# Failing


def test_a_failure_counts_and_waits(vault: Vault, account: StoredAccount, clock: Clock) -> None:
    later = clock() + 1800
    for fails in (1, 2):
        lease = claimed(vault, account)
        done = vault.refreshing.release(
            lease, state="degraded", reason="no answer", failed=True, next_attempt_at=later
        )
        assert done
        found = vault.accounts.get("default", account.id)
        assert (found.state, found.fails, found.next_attempt_at) == ("degraded", fails, later)
        assert not found.refreshing
    vault.refreshing.save(claimed(vault, account), FRESH, refresh_at=None)
    found = vault.accounts.get("default", account.id)
    assert (found.state, found.fails, found.next_attempt_at) == ("active", 0, None)


def test_a_failure_that_comes_too_late_does_not_spoil_the_success(
    vault: Vault, account: StoredAccount, clock: Clock
) -> None:
    slow = claimed(vault, account)
    clock.seconds += 61
    vault.refreshing.save(claimed(vault, account), FRESH, refresh_at=None)
    assert not vault.refreshing.release(slow, state="needs_reconnect", reason="invalid_grant")
    assert vault.accounts.get("default", account.id).state == "active"


@pytest.mark.parametrize(("how", "interrupted"), [({"unknown": True}, True), ({}, False)])
def test_only_an_attempt_without_an_answer_leaves_a_doubt(
    how: dict[str, Any], interrupted: bool, vault: Vault, account: StoredAccount
) -> None:
    vault.refreshing.release(claimed(vault, account), failed=True, **how)
    assert claimed(vault, account).interrupted is interrupted


def test_an_attempt_that_never_ended_leaves_a_doubt(
    vault: Vault, account: StoredAccount, clock: Clock
) -> None:
    assert not claimed(vault, account).interrupted
    clock.seconds += 61
    assert claimed(vault, account).interrupted


# When


def test_what_is_due_is_found_longest_first(vault: Vault, clock: Clock) -> None:
    def connect(subject: str, refresh_at: float | None) -> str:
        new = NewAccount("x", OLD, subject=subject, refresh_at=refresh_at)
        return vault.accounts.connect("default", [new])[0].id

    now = clock()
    second, first = connect("1", now - 10), connect("2", now - 20)
    connect("3", now + 30)
    connect("4", None)
    assert [each.id for each in vault.refreshing.due()] == [first, second]
    assert [each.id for each in vault.refreshing.due(limit=1)] == [first]
    assert vault.refreshing.next_due() == now - 20


def test_nothing_due_is_never(vault: Vault) -> None:
    assert vault.refreshing.next_due() is None
    assert vault.refreshing.due() == []


@pytest.mark.parametrize(
    ("how", "waits"),
    [
        ({"next_attempt_at": 1_800_001_800.0}, 1_800_001_800.0),
        ({"paused_until": 1_800_086_400.0}, 1_800_086_400.0),
        ({"next_attempt_at": 1_800_001_800.0, "paused_until": 1_800_000_060.0}, 1_800_001_800.0),
        ({}, 1_799_999_000.0),
    ],
)
def test_a_failure_puts_the_next_attempt_off(
    how: dict[str, Any], waits: float, vault: Vault, account: StoredAccount, clock: Clock
) -> None:
    vault.refreshing.release(claimed(vault, account), failed=True, **how)
    assert vault.refreshing.next_due() == waits
    clock.seconds = max(waits - 1, clock())
    assert bool(vault.refreshing.due()) is (not how)
    clock.seconds = max(waits, clock())
    assert [each.id for each in vault.refreshing.due()] == [account.id]


def test_a_pause_ends_by_hand(vault: Vault, account: StoredAccount, clock: Clock) -> None:
    vault.refreshing.release(claimed(vault, account), failed=True, paused_until=clock() + 86_400)
    assert vault.refreshing.schedule("default", account.id, clock())
    found = vault.accounts.get("default", account.id)
    assert (found.fails, found.paused_until) == (0, None)
    assert [each.id for each in vault.refreshing.due()] == [account.id]


def test_what_is_being_renewed_is_not_due(vault: Vault, account: StoredAccount, clock: Clock) -> None:
    claimed(vault, account)
    assert vault.refreshing.due() == []
    clock.seconds += 61
    assert [each.id for each in vault.refreshing.due()] == [account.id]


@pytest.mark.parametrize("state", ["needs_reconnect", "error"])
def test_a_dead_credential_is_never_due(state: Any, vault: Vault, account: StoredAccount) -> None:
    vault.accounts.set_state("default", account.id, state)
    assert vault.refreshing.due() == []
    assert vault.refreshing.next_due() is None
