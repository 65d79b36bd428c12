"""Plans: how many accounts a workspace may connect, as the operator writes it down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from postwire.accounts.plans import UNLIMITED, Plan, PlanFull, Plans
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.errors import ManifestInvalid, UnknownName
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.accounts.conftest import Made

    from postwire.accounts.vault import Vault

    Race = Callable[..., list[str]]

EXAMPLES = Path(__file__).parents[2] / "docs" / "plans"


@pytest.mark.parametrize(
    ("file", "plan", "have", "new", "refusal"),
    [
        ("by-platform", "Free", {}, ["x", "tiktok", "meta"], None),
        ("by-platform", "Free", {"x": 1, "tiktok": 1, "meta": 1}, ["linkedin"], "3 of 3 accounts"),
        ("by-platform", "Free", {"x": 1}, ["x"], "1 of 1 x accounts"),
        ("by-platform", "Starter", {"x": 9}, ["x"], None),
        ("by-platform", "Starter", {"x": 10}, ["tiktok"], "10 of 10 accounts"),
        ("by-platform", "Professional", {"x": 24}, ["x"], None),
        ("by-platform", "Professional", {"x": 24}, ["x", "x"], "24 of 25 accounts.*connects 2 more"),
        ("by-platform", "Enterprise", {"x": 10_000}, ["x"] * 100, None),
        ("by-workspace", "Free", {}, ["instagram"], None),
        ("by-workspace", "Free", {"meta": 1}, ["instagram"], "1 of 1 accounts"),
        ("by-workspace", "Free", {}, ["meta", "instagram"], "0 of 1 accounts.*connects 2 more"),
        ("by-workspace", "Free", {}, ["tiktok"], "does not include tiktok"),
        ("by-workspace", "Starter", {"meta": 4}, ["meta"], None),
        ("by-workspace", "Starter", {"meta": 5}, ["meta"], "5 of 5"),
        ("by-workspace", "Starter", {}, ["x", "linkedin"], "does not include linkedin and x"),
        ("by-workspace", "Professional", {"meta": 500}, ["tiktok", "x"], None),
    ],
)
def test_the_example_plans(
    file: str, plan: str, have: dict[str, int], new: list[str], refusal: str | None
) -> None:
    limits = Plans.read(EXAMPLES / f"{file}.yaml").of(plan)
    if refusal is None:
        limits.check(have, new)
        return
    with pytest.raises(PlanFull, match=refusal) as caught:
        limits.check(have, new)
    assert caught.value.sent == "no"
    assert "larger plan" in caught.value.remedy


def test_a_workspace_that_is_over_its_limit_may_still_renew() -> None:
    Plan(total=1, each=1).check({"x": 5}, [])


def test_no_plan_is_unlimited_and_an_unknown_one_is_an_error() -> None:
    plans = Plans({"Free": Plan(total=1)})
    assert plans.of("") is UNLIMITED
    assert UNLIMITED.unlimited
    assert not plans.of("Free").unlimited
    assert plans.names == ("Free",)
    with pytest.raises(UnknownName, match="No plan 'free'; plans: Free"):
        plans.of("free")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Free: {total: many}", "total must be a whole number"),
        ("Free: {total: -1}", "total must be a whole number"),
        ("Free: {total: true}", "total must be a whole number"),
        ("Free: {totl: 3}", "a plan has no 'totl', only total, each, integrations"),
        ("Free: 3", "a plan is a mapping"),
        ("- Free", "a plan is a mapping"),
        ("Free: {integrations: x}", "integrations must be a list"),
        ("Free: {}\nFree: {}", r"plans\.yaml:2: .*Free"),
    ],
)
def test_a_mistake_in_the_file_is_named(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "plans.yaml"
    file.write_text(text)
    with pytest.raises(ManifestInvalid, match=message) as caught:
        Plans.read(file)
    assert "plans.yaml" in str(caught.value)


# In the vault


def test_two_that_connect_the_last_account_together(made: Made, race: Race) -> None:
    made.open().add_workspace("w", plan="One")
    first, second = race("add", 2, "w")
    assert first.startswith("acc_")
    assert second == "full"


def test_many_that_connect_together_fill_the_plan_exactly(made: Made, race: Race) -> None:
    made.open().add_workspace("w", plan="One")
    found = race("add", 8, "w")
    assert sorted(each == "full" for each in found) == [False] + [True] * 7


def test_a_renewed_account_does_not_count_again(vault: Vault) -> None:
    vault.add_workspace("w", plan="One")
    first = vault.accounts.connect("w", [new("x", "1")])
    assert vault.accounts.connect("w", [new("x", "1")])[0].id == first[0].id


def test_a_disconnected_account_leaves_its_place_and_needs_one_to_come_back(vault: Vault) -> None:
    vault.add_workspace("w", plan="One")
    (first,) = vault.accounts.connect("w", [new("x", "1")])
    vault.accounts.disconnect("w", first.id)
    vault.accounts.connect("w", [new("x", "2")])
    with pytest.raises(PlanFull):
        vault.accounts.connect("w", [new("x", "1")])


def test_one_consent_is_stored_whole_or_not_at_all(vault: Vault) -> None:
    vault.add_workspace("w", plan="Free")
    with pytest.raises(PlanFull, match="connects 2 more"):
        vault.accounts.connect("w", [new("x", "1"), new("meta", "2"), new("meta", "3")])
    assert vault.listing.summary("w").total == 0


def test_a_login_that_only_carries_pages_does_not_count(vault: Vault) -> None:
    vault.add_workspace("w", plan="One")
    login = replace(new("meta", "person"), listed=False, children=(new("meta", "page"),))
    assert len(vault.accounts.connect("w", [login])) == 2


def test_another_workspace_does_not_count(vault: Vault) -> None:
    for workspace in "ab":
        vault.add_workspace(workspace, plan="One")
        vault.accounts.connect(workspace, [new("x", "1")])
    assert [vault.listing.summary(workspace).total for workspace in "ab"] == [1, 1]


def test_a_change_of_plan_counts_at_once_and_takes_nothing_away(vault: Vault) -> None:
    vault.accounts.connect("default", [new("x", "1"), new("x", "2")])
    vault.set_plan("default", "One")
    with pytest.raises(PlanFull, match="2 of 1"):
        vault.accounts.connect("default", [new("x", "3")])
    assert vault.listing.summary("default").total == 2
    vault.set_plan("default", "")
    vault.accounts.connect("default", [new("x", "3")])


def test_a_plan_that_nobody_configured_connects_nothing(vault: Vault) -> None:
    with pytest.raises(UnknownName, match="No plan 'Gold'"):
        vault.add_workspace("w", plan="Gold")
    with pytest.raises(UnknownName, match="No plan 'Gold'"):
        vault.set_plan("default", "Gold")


def new(integration: str, subject: str) -> NewAccount:
    return NewAccount(integration, Tokens(Secret("token")), subject=subject)
