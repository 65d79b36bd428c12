"""Attempts to connect: each is used once, in time, in its browser, for its platform."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from postwire.accounts.attempts import AttemptInvalid
from postwire.accounts.records import Connecting
from postwire.errors import UnknownName
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.accounts.conftest import Clock

    from postwire.accounts.vault import Vault

    Look = Callable[[str], list[tuple[object, ...]]]

STATE, COOKIE = "the-state", "the-cookie"


def begin(vault: Vault, **more: Any) -> None:
    given: dict[str, Any] = {
        "state": STATE,
        "verifier": Secret("the-verifier"),
        "redirect_uri": "https://pw.example/oauth/callback/x",
        "browser": COOKIE,
        "scopes": ("read", "post"),
        "owner": "mason",
    }
    vault.attempts.begin("default", "x", **{**given, **more})


def test_a_callback_finds_its_attempt_as_it_was_begun(vault: Vault, clock: Clock) -> None:
    begin(vault)
    clock.seconds += 599
    assert vault.attempts.take("x", STATE, COOKIE) == Connecting(
        workspace="default",
        integration="x",
        purpose="connect",
        account=None,
        redirect_uri="https://pw.example/oauth/callback/x",
        owner="mason",
        scopes=("read", "post"),
        verifier=Secret("the-verifier"),
        found=Secret(""),
        created_at=clock() - 599,
    )


@pytest.mark.parametrize(
    ("platform", "state", "cookie", "later", "why"),
    [
        ("x", STATE, COOKIE, 600, "expired"),
        ("x", STATE, "another", 0, "browser"),
        ("x", STATE, "", 0, "browser"),
        ("tiktok", STATE, COOKIE, 0, "integration"),
    ],
)
def test_an_attempt_that_does_not_fit_is_used_up(
    platform: str, state: str, cookie: str, later: float, why: str, vault: Vault, clock: Clock
) -> None:
    begin(vault)
    clock.seconds += later
    with pytest.raises(AttemptInvalid) as caught:
        vault.attempts.take(platform, state, cookie)
    assert (caught.value.why, caught.value.code, caught.value.sent) == (why, "permission_denied", "no")
    with pytest.raises(AttemptInvalid) as again:
        vault.attempts.take("x", STATE, COOKIE)
    assert again.value.why == "unknown"


def test_an_attempt_is_used_once(vault: Vault) -> None:
    begin(vault)
    vault.attempts.take("x", STATE, COOKIE)
    with pytest.raises(AttemptInvalid, match="used already"):
        vault.attempts.take("x", STATE, COOKIE)


def test_a_foreign_state_leaves_the_attempt(vault: Vault) -> None:
    begin(vault)
    with pytest.raises(AttemptInvalid):
        vault.attempts.take("x", "another", COOKIE)
    assert vault.attempts.take("x", STATE, COOKIE)


def test_the_table_holds_neither_state_nor_cookie(vault: Vault, look: Look) -> None:
    begin(vault)
    ((number, browser),) = look("SELECT id, browser FROM connecting")
    assert number == hashlib.sha256(STATE.encode()).hexdigest()
    assert browser == hashlib.sha256(COOKIE.encode()).hexdigest()


def test_an_attempt_for_an_unknown_workspace_is_refused(vault: Vault) -> None:
    with pytest.raises(UnknownName):
        vault.attempts.begin("nowhere", "x", state="s", verifier=Secret("v"), redirect_uri="", browser="")


# The user's choice


@pytest.fixture
def ticket(vault: Vault) -> str:
    begin(vault)
    attempt = vault.attempts.take("x", STATE, COOKIE)
    return vault.attempts.offer(attempt, Secret('{"pages": []}'), COOKIE).reveal()


def test_a_choice_is_looked_at_often_and_made_once(vault: Vault, ticket: str) -> None:
    for _ in range(2):
        assert vault.attempts.offered("default", ticket, COOKIE).found.reveal() == '{"pages": []}'
    chosen = vault.attempts.choose("default", ticket, COOKIE)
    assert (chosen.found.reveal(), chosen.owner, chosen.integration) == ('{"pages": []}', "mason", "x")
    for call in (vault.attempts.choose, vault.attempts.offered):
        with pytest.raises(AttemptInvalid):
            call("default", ticket, COOKIE)


@pytest.mark.parametrize(
    ("workspace", "cookie", "later", "why"),
    [
        ("default", COOKIE, 900, "expired"),
        ("default", "another", 0, "browser"),
        ("b", COOKIE, 0, "unknown"),
    ],
)
@pytest.mark.parametrize("call", ["offered", "choose"])
def test_a_choice_is_for_its_browser_and_workspace_in_time(
    call: str, workspace: str, cookie: str, later: float, why: str, vault: Vault, ticket: str, clock: Clock
) -> None:
    vault.add_workspace("b")
    clock.seconds += later
    with pytest.raises(AttemptInvalid) as caught:
        getattr(vault.attempts, call)(workspace, ticket, cookie)
    assert caught.value.why == why


def test_a_ticket_is_no_state_and_a_state_no_ticket(vault: Vault, ticket: str) -> None:
    begin(vault)
    with pytest.raises(AttemptInvalid):
        vault.attempts.take("x", ticket, COOKIE)
    with pytest.raises(AttemptInvalid):
        vault.attempts.choose("default", STATE, COOKIE)
    assert vault.attempts.take("x", STATE, COOKIE)
    assert vault.attempts.choose("default", ticket, COOKIE)
