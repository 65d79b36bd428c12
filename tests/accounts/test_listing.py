"""Lists of accounts as people browse them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from postwire.accounts.listing import Filter
from postwire.accounts.records import NewAccount, Summary
from postwire.accounts.tokens import Tokens
from postwire.errors import InvalidInput
from postwire.secret import Secret

if TYPE_CHECKING:
    from tests.accounts.conftest import Clock

    from postwire.accounts.vault import Vault

AUGUST, SEPTEMBER = (datetime(2025, month, 25, 9, 16, tzinfo=UTC).timestamp() for month in (8, 9))
PEOPLE: list[tuple[float, dict[str, Any], str]] = [
    (AUGUST, {"integration": "meta", "name": "Mason Carter", "label": "Büro"}, "ann"),
    (AUGUST + 60, {"integration": "instagram", "name": "Isabella Morgan", "username": "isa_m"}, "bob"),
    (AUGUST + 86_400, {"integration": "tiktok", "name": "100% Carter", "username": "carter_tok"}, "bob"),
    (SEPTEMBER, {"integration": "x", "username": "isaXm", "state": "error"}, "ann"),
    (SEPTEMBER + 60, {"integration": "x", "name": "Old", "state": "needs_reconnect"}, "ann"),
]


@pytest.fixture
def full(vault: Vault, clock: Clock) -> Vault:
    for number, (moment, given, owner) in enumerate(PEOPLE):
        clock.seconds = moment
        new = NewAccount(**{"tokens": Tokens(Secret("t")), "subject": str(number), **given})
        vault.accounts.connect("default", [new], owner=owner)
    return vault


def subjects(vault: Vault, only: Filter | None = None) -> str:
    return "".join(each.subject for each in vault.listing.page("default", only).accounts)


@pytest.mark.parametrize(
    ("only", "found"),
    [
        (Filter(), "43210"),
        (Filter(search="carter"), "20"),
        (Filter(search="CARTER mason"), "0"),
        (Filter(search="büro"), "0"),
        (Filter(search="BÜRO"), "0"),
        (Filter(search="tiktok"), "2"),
        (Filter(search="@isa_m"), "1"),  # _ and % are no wildcards
        (Filter(search="100%"), "2"),
        (Filter(search="%"), "2"),
        (Filter(search="2025-08"), "210"),
        (Filter(search="2025-08-25"), "10"),
        (Filter(search="2025-09 x"), "43"),
        (Filter(search="2025-13"), ""),
        (Filter(search="nobody"), ""),
        (Filter(integration="x"), "43"),
        (Filter(status="active"), "210"),
        (Filter(status="failed"), "3"),
        (Filter(status="inactive"), "4"),
        (Filter(owner="bob"), "21"),
        (Filter(since=AUGUST + 60), "4321"),
        (Filter(until=AUGUST + 60), "0"),
        (Filter(since=AUGUST + 60, until=SEPTEMBER), "21"),
        (Filter(search="carter", owner="ann", integration="meta", status="active"), "0"),
    ],
)
def test_filters(only: Filter, found: str, full: Vault) -> None:
    assert subjects(full, only) == found


def test_the_summary_counts_what_is_shown(full: Vault) -> None:
    assert full.listing.summary("default") == Summary(total=5, active=3, inactive=1, failed=1)
    assert full.listing.summary("nowhere") == Summary()


def test_accounts_are_counted_by_integration_and_owners_are_told(full: Vault) -> None:
    assert full.listing.counts("default") == {"meta": 1, "instagram": 1, "tiktok": 1, "x": 2}
    assert full.listing.owners("default") == ["ann", "bob"]
    gone = full.listing.page("default", Filter(integration="tiktok")).accounts[0]
    full.accounts.disconnect("default", gone.id)
    assert "tiktok" not in full.listing.counts("default")
    assert full.listing.counts("elsewhere") == {}


def test_a_failing_renewal_shows_only_once_the_token_has_ended(vault: Vault, clock: Clock) -> None:
    new = NewAccount("x", Tokens(Secret("t"), expires_at=clock() + 100), state="degraded")
    (stored,) = vault.accounts.connect("default", [new])
    assert stored.status == "active"
    clock.seconds += 100
    assert vault.accounts.get("default", stored.id).status == "inactive"
    assert vault.listing.summary("default") == Summary(total=1, inactive=1)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("active", "active"),
        ("degraded", "active"),
        ("limited", "active"),
        ("needs_reconnect", "inactive"),
        ("error", "failed"),
    ],
)
def test_what_people_are_shown(state: Any, status: str, vault: Vault) -> None:
    (stored,) = vault.accounts.connect("default", [NewAccount("x", Tokens(Secret("t")), state=state)])
    assert stored.status == status
    assert [each.id for each in vault.listing.page("default", Filter(status=stored.status)).accounts] == [
        stored.id
    ]


def test_pages_come_one_after_another_and_miss_none(vault: Vault, clock: Clock) -> None:
    for number in range(7):
        clock.seconds += number % 2  # some at the same moment
        vault.accounts.connect("default", [NewAccount("x", Tokens(Secret("t")), subject=str(number))])
    whole = [each.id for each in vault.listing.page("default").accounts]
    seen: list[str] = []
    after = None
    while True:
        page = vault.listing.page("default", limit=3, after=after)
        seen += [each.id for each in page.accounts]
        if (after := page.after) is None:
            break
    assert seen == whole
    assert len(whole) == 7


def test_what_is_let_go_is_not_listed(full: Vault) -> None:
    for account in full.listing.page("default", Filter(integration="x")).accounts:
        full.accounts.disconnect("default", account.id)
    assert subjects(full) == "210"
    assert full.listing.summary("default") == Summary(total=3, active=3)


def test_the_children_of_one_account(vault: Vault) -> None:
    child = NewAccount("meta", Tokens(Secret("t")), subject="page")
    login = NewAccount("meta", Tokens(Secret("t")), subject="person", children=(child,))
    parent, page = vault.accounts.connect("default", [login])
    assert [each.id for each in vault.listing.page("default", Filter(parent=parent.id)).accounts] == [page.id]


def test_a_page_that_never_was_is_refused(vault: Vault) -> None:
    with pytest.raises(InvalidInput, match="former page"):
        vault.listing.page("default", after="nonsense")
