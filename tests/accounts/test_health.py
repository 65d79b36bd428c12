"""What people are shown of an account, and what it may do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from postwire.accounts.health import capable, health
from postwire.accounts.records import NewAccount, StoredAccount
from postwire.accounts.tokens import Tokens
from postwire.errors import UnknownName
from postwire.language.catalog import Catalog
from postwire.secret import Secret

if TYPE_CHECKING:
    from pathlib import Path

    from tests.accounts.conftest import Clock

    from postwire.accounts.records import State
    from postwire.accounts.vault import Vault

DAY = 86_400.0


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def stored(vault: Vault, clock: Clock) -> StoredAccount:
    now = clock()
    tokens = Tokens(Secret("a"), Secret("r"), now + DAY, now + 90 * DAY, frozenset({"read", "post"}))
    new = NewAccount("acme", tokens, subject="1", username="acme", refresh_at=now + DAY / 2)
    return vault.accounts.connect("default", [new])[0]


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, ("active", "Active", "green", True, "", "")),
        ({"state": "limited", "reason": "R."}, ("active", "Active", "amber", True, "R.", "approve every")),
        (
            {"state": "needs_reconnect", "reason": "R."},
            ("inactive", "Needs reconnect", "amber", False, "R.", "Connect"),
        ),
        ({"state": "error", "reason": "R."}, ("failed", "Failed", "red", False, "R.", "operator")),
        ({"state": "disconnected"}, ("inactive", "Disconnected", "amber", False, "", "Connect")),
        # Failures to renew show as such only when the token is over.
        (
            {"state": "degraded", "reason": "R.", "next_attempt_at": 1800.0},
            (
                "active",
                "Active",
                "green",
                True,
                "R. It works until 2027-01-16",
                "tried again 2027-01-15 08:30",
            ),
        ),
        (
            {"state": "degraded", "reason": "R.", "expires_at": -1.0, "paused_until": DAY},
            ("inactive", "Inactive", "amber", False, "R.", "tried again 2027-01-16 08:00 UTC"),
        ),
        # Over, with a way to renew it: the next action does. Without: its owner has to.
        ({"expires_at": -1.0, "refresh_at": -100.0}, ("active", "Active", "green", True, "", "")),
        (
            {"expires_at": -1.0, "refresh_at": -1.0},
            ("inactive", "Needs reconnect", "amber", False, "The access has ended.", "Connect"),
        ),
        # An early word of what nobody can renew.
        (
            {"expires_at": 6 * DAY, "refresh_at": 6 * DAY},
            ("active", "Active", "green", True, "ends 2027-01-21 08:00 UTC", "before then"),
        ),
        ({"expires_at": 8 * DAY, "refresh_at": 8 * DAY}, ("active", "Active", "green", True, "", "")),
        (
            {"refresh_expires_at": 6 * DAY},
            ("active", "Active", "green", True, "ends 2027-01-21", "before then"),
        ),
        ({"expires_at": None, "refresh_at": None}, ("active", "Active", "green", True, "", "")),
    ],
)
def test_an_account_is_shown_as_it_is(
    stored: StoredAccount, clock: Clock, changes: dict[str, Any], shown: tuple[Any, ...]
) -> None:
    moved: dict[str, Any] = {
        name: clock() + value if isinstance(value, float) else value for name, value in changes.items()
    }
    found = health(replace(stored, **moved), clock())
    assert (found.status, found.label, found.colour, found.works) == shown[:4]
    assert shown[4] in found.reason
    assert shown[5] in found.remedy
    assert bool(found.reason) is bool(shown[4])
    assert bool(found.remedy) is bool(shown[5])


def test_it_agrees_with_the_list(vault: Vault, stored: StoredAccount, clock: Clock) -> None:
    states: tuple[State, ...] = ("active", "degraded", "limited", "needs_reconnect", "error")
    for state in states:
        vault.accounts.set_state("default", stored.id, state, "R.")
        for _ in range(2):
            now = vault.accounts.get("default", stored.id)
            assert health(now, clock()).status == now.status
            clock.seconds += 2 * DAY
        clock.seconds -= 4 * DAY


def test_as_json_it_has_what_there_is_to_say(stored: StoredAccount, clock: Clock) -> None:
    plain = {"status": "active", "label": "Active", "colour": "green", "works": True}
    assert health(stored, clock()).to_dict() == plain
    page = replace(stored, facts={"tasks": ["CREATE_CONTENT", "MODERATE"]})
    assert health(page, clock()).tasks == ("CREATE_CONTENT", "MODERATE")
    assert health(page, clock()).to_dict() == {**plain, "tasks": ["CREATE_CONTENT", "MODERATE"]}
    assert health(replace(stored, facts={"tasks": []}), clock()).tasks == ()


# What it may do

ACTION = "title: It\ndescription: For a test.\n{}\nrequest: {{get: /it}}\noutput: {{}}\n"
ACTIONS = {
    "look": "effect: read",
    "read": "effect: read\nscopes: [read]",
    "post": "effect: create\nscopes: [post or page_post, read]",
    "rule": "effect: update\nscopes: [manage]",
    "page": "effect: read\nflavours: [page]\nscopes: [page_read]",
}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    folder = tmp_path / "acme"
    (folder / "actions").mkdir(parents=True)
    (folder / "integration.yaml").write_text(
        "name: Acme\ndescription: A fictitious platform.\n"
        "docs: {url: https://acme.example/docs, read: 2026-11-21}\n"
        "api: {base: https://api.acme.example}\nflavours: {page: {base: https://page.acme.example}}\n"
    )
    for name, text in ACTIONS.items():
        (folder / "actions" / f"{name}.yaml").write_text(ACTION.format(text))
    return Catalog([folder])


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({}, {"look": (), "read": (), "post": (), "rule": ("manage",)}),
        (
            {"scopes": frozenset({"page_post"})},
            {"look": (), "read": ("read",), "post": ("read",), "rule": ("manage",)},
        ),
        (
            {"scopes": frozenset({"manage"})},
            {"look": (), "read": ("read",), "post": ("post or page_post", "read"), "rule": ()},
        ),
        ({"scopes": None}, {"look": (), "read": (), "post": (), "rule": ()}),
        (
            {"flavour": "page"},
            {"look": (), "read": (), "post": (), "rule": ("manage",), "page": ("page_read",)},
        ),
    ],
)
def test_each_action_tells_what_the_account_lacks_for_it(
    stored: StoredAccount, catalog: Catalog, changes: dict[str, Any], lacking: dict[str, tuple[str, ...]]
) -> None:
    found = capable(catalog, replace(stored, **changes))
    assert found == {f"acme.{name}": lacks for name, lacks in lacking.items()}


def test_nothing_is_told_of_an_integration_that_is_gone(stored: StoredAccount) -> None:
    with pytest.raises(UnknownName):
        capable(Catalog(), stored)
