"""Connecting on the simulator: every platform, whoever interferes, again, and goodbye."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.accounts.desk import Desk

from postwire import ActionFailed, UnknownName
from postwire.accounts.plans import PlanFull
from postwire.accounts.refusals import ConnectFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.accounts.conftest import Clock

    from postwire.accounts.vault import Vault
    from postwire.simulator import Served

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
MEMBER, FJORD, NORTH = "Mina Park", "fjord-studio", "northwind"


@pytest.fixture
def desk(vault: Vault, served: Served) -> Iterator[Desk]:
    made = Desk(vault, served)
    yield made
    made.close()


def names(accounts: Any) -> list[str]:
    return sorted(each.username or each.name for each in accounts)


@pytest.mark.parametrize(
    ("integration", "flavour", "connected", "candidates"),
    [
        ("tiktok", "", ["simstudio"], []),
        ("x", "", ["simlabs"], []),
        ("linkedin", "", [MEMBER, FJORD, NORTH], []),
        ("instagram", "", ["harborbakery"], []),
        ("meta", "", ["harborbakery", "hillcafe"], ["harborbakery"]),
        ("instagram", "facebook", [], ["harborbakery"]),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_every_platform_is_connected(
    desk: Desk, integration: str, flavour: str, connected: list[str], candidates: list[str]
) -> None:
    outcome = desk.connect(integration, flavour)
    assert (names(outcome.accounts), names(outcome.candidates)) == (connected, candidates)
    assert names(desk.accounts) == connected
    assert (outcome.ticket is not None) == bool(candidates)
    for account in outcome.accounts:
        assert (account.integration, account.flavour, account.status) == (integration, flavour, "active")
        assert (account.state, account.reason) == ("active", "")
        assert account.subject


@pytest.mark.parametrize(
    ("integration", "flavour", "connected"),
    [("meta", "", ["bizbistro", "harborbakery"]), ("instagram", "facebook", [])],
)
def test_pages_that_a_business_shares_are_connected_too(
    desk: Desk, integration: str, flavour: str, connected: list[str]
) -> None:
    outcome = desk.connect(integration, flavour, account="simagency")
    assert names(outcome.accounts) == connected
    assert names(outcome.candidates) == ["bizbistro", "harborbakery"]


def test_who_may_not_read_businesses_has_the_other_pages(desk: Desk, served: Served) -> None:
    served.simulator.meta.settings.people[0].businesses = ("4242",)
    outcome = desk.connect("meta", scopes="pages_show_list,pages_manage_posts")
    assert names(outcome.accounts) == ["harborbakery", "hillcafe"]
    asked = [each.path for each in served.simulator.requests]
    assert len([path for path in asked if path.endswith("/me/businesses")]) == 1


def test_a_page_that_is_listed_for_two_roles_is_one_account(desk: Desk) -> None:
    pages = desk.simulator.linkedin.settings.pages
    mina, role, state = pages[0].roles[0]
    pages[0].roles = ((mina, role, state), (mina, "CONTENT_ADMINISTRATOR", state))
    accounts = desk.connect("linkedin").accounts
    assert names(accounts) == [MEMBER, FJORD, NORTH]
    assert [each.facts["role"] for each in accounts if each.username == FJORD] == [role]


@pytest.mark.parametrize("integration", ["tiktok", "x", "linkedin", "meta", "instagram"])
class TestAttacks:
    def test_a_state_of_ones_own_is_refused(self, desk: Desk, integration: str) -> None:
        callback = desk.consent(desk.begin(integration))
        error = desk.refused(lambda: desk.connections.finish(integration, {**callback, "state": "f" * 43}))
        assert (error.refusal, error.sent) == ("invalid_state", "no")
        assert desk.connections.finish(integration, callback).accounts  # the true one still counts

    def test_a_callback_counts_once(self, desk: Desk, integration: str) -> None:
        callback = desk.consent(desk.begin(integration))
        desk.connections.finish(integration, callback)
        error = desk.refused(lambda: desk.connections.finish(integration, callback))
        assert error.refusal == "invalid_state"

    def test_a_callback_in_another_browser_is_refused(self, desk: Desk, integration: str) -> None:
        callback = desk.consent(desk.begin(integration, browser="cookie of the victim"))
        for cookie in ("cookie of the attacker", ""):
            error = desk.refused(lambda c=cookie: desk.connections.finish(integration, callback, browser=c))  # type: ignore[misc]
            assert error.refusal == "invalid_state"

    def test_the_browser_that_began_ends_it(self, desk: Desk, integration: str) -> None:
        callback = desk.consent(desk.begin(integration, browser="cookie"))
        assert desk.connections.finish(integration, callback, browser="cookie").accounts

    def test_the_callback_of_another_platform_is_refused(self, desk: Desk, integration: str) -> None:
        other = "x" if integration != "x" else "tiktok"
        callback = desk.consent(desk.begin(integration))
        error = desk.refused(lambda: desk.connections.finish(other, callback))
        assert error.refusal == "invalid_state"
        # Whatever came of it, it is used up.
        assert desk.refused(lambda: desk.connections.finish(integration, callback)).refusal == "invalid_state"

    def test_ten_minutes_are_enough(self, desk: Desk, integration: str, clock: Clock) -> None:
        callback = desk.consent(desk.begin(integration))
        clock.seconds += 601
        error = desk.refused(lambda: desk.connections.finish(integration, callback))
        assert error.refusal == "state_expired"


@pytest.mark.parametrize("integration", ["tiktok", "x"])
def test_a_code_of_another_attempt_is_worth_nothing(desk: Desk, integration: str) -> None:
    stolen = desk.consent(desk.begin(integration))
    own = desk.consent(desk.begin(integration))
    error = desk.refused(lambda: desk.connections.finish(integration, {**own, "code": stolen["code"]}))
    assert error.sent == "yes"  # it is PKCE that the platform refuses it by


def test_an_attempt_ends_in_the_workspace_where_it_began(desk: Desk) -> None:
    desk.vault.add_workspace("other")
    callback = desk.consent(desk.begin("tiktok"))
    outcome = desk.of("other").finish("tiktok", callback)
    assert outcome.workspace == "default"
    assert [account.workspace for account in outcome.accounts] == ["default"]
    assert desk.vault.listing.summary("other").total == 0


def test_what_the_plan_does_not_allow_is_not_connected(desk: Desk) -> None:
    desk.vault.set_plan("default", "One")
    with pytest.raises(PlanFull, match="current plan limit"):
        desk.connect("meta")
    assert desk.accounts == []
    desk.connect("tiktok")
    assert len(desk.connect("tiktok").accounts) == 1  # again is no more
    with pytest.raises(PlanFull):
        desk.connect("x")
    assert names(desk.accounts) == ["simstudio"]


class TestReconnecting:
    def test_it_stays_the_same_account(self, desk: Desk) -> None:
        (before,) = desk.connect("tiktok").accounts
        desk.vault.accounts.update("default", before.id, label="Studio")
        desk.vault.accounts.set_state("default", before.id, "needs_reconnect", "It has ended.")
        (after,) = desk.reconnect(before).accounts
        assert (after.id, after.label, after.state, after.reason) == (before.id, "Studio", "active", "")
        assert after.version > before.version

    def test_another_person_is_refused(self, desk: Desk) -> None:
        (before,) = desk.connect("tiktok").accounts
        with pytest.raises(ActionFailed, match="given for @simprivate") as caught:
            desk.reconnect(before, account="simprivate")
        assert caught.value.code == "conflict"
        assert desk.accounts == [before]

    def test_one_that_was_disconnected_comes_back(self, desk: Desk) -> None:
        (before,) = desk.connect("tiktok").accounts
        desk.connections.disconnect(before.id)
        assert desk.accounts == []
        assert [each.id for each in desk.reconnect(before).accounts] == [before.id]

    def test_a_page_is_renewed_by_its_login(self, desk: Desk) -> None:
        pages = desk.connect("meta").accounts
        assert desk.connections.login_of(pages[0].id).listed is False
        outcome = desk.reconnect(pages[0])
        assert {each.id for each in outcome.accounts} == {each.id for each in pages}

    def test_one_that_was_chosen_before_is_not_asked_about_again(self, desk: Desk) -> None:
        offered = desk.connect("meta")
        assert offered.ticket is not None
        (chosen,) = desk.connections.choose(offered.ticket.reveal(), [offered.candidates[0].subject]).accounts
        outcome = desk.reconnect(chosen)
        assert outcome.candidates == ()
        assert chosen.id in {each.id for each in outcome.accounts}

    def test_a_direct_login_is_not_replaced_unasked(self, desk: Desk) -> None:
        (direct,) = desk.connect("instagram").accounts
        assert len(desk.connect("meta").candidates) == 1
        assert desk.vault.accounts.get("default", direct.id) == direct

    def test_it_goes_by_the_platform_that_it_came_by(self, desk: Desk) -> None:
        (account,) = desk.connect("tiktok").accounts
        with pytest.raises(ActionFailed, match="came by tiktok, not by x") as caught:
            desk.begin("x", reconnect=account.id)
        assert (caught.value.code, caught.value.sent) == ("invalid_input", "no")
        with pytest.raises(UnknownName):
            desk.begin("tiktok", reconnect="acc_unknown")


class TestChoosing:
    def test_the_chosen_one_comes_beside_the_page(self, desk: Desk) -> None:
        offered = desk.connect("meta")
        (candidate,) = offered.candidates
        assert (candidate.integration, candidate.facts["page_name"]) == ("instagram", "Harbor Bakery")
        assert "confirm" not in candidate.facts
        assert offered.ticket is not None
        (chosen,) = desk.connections.choose(offered.ticket.reveal(), [candidate.subject]).accounts
        assert (chosen.integration, chosen.flavour, chosen.username) == (
            "instagram",
            "facebook",
            "harborbakery",
        )
        assert "confirm" not in chosen.facts
        assert desk.vault.accounts.tokens("default", chosen.id).tokens.access.reveal()

    @pytest.mark.parametrize("subjects", [[], ["another"]], ids=["none", "unknown"])
    def test_to_cancel_keeps_the_page(self, desk: Desk, subjects: list[str]) -> None:
        offered = desk.connect("meta")
        assert offered.ticket is not None
        assert desk.connections.choose(offered.ticket.reveal(), subjects).accounts == ()
        assert names(desk.accounts) == ["harborbakery", "hillcafe"]

    def test_a_ticket_counts_once_in_its_browser_and_workspace(self, desk: Desk, clock: Clock) -> None:
        def offered() -> str:
            begun = desk.begin("meta", browser="cookie")
            found = desk.connections.finish("meta", desk.consent(begun), browser="cookie")
            assert found.ticket is not None
            return found.ticket.reveal()

        desk.vault.add_workspace("other")
        used, elsewhere, foreign, late = (offered() for _ in range(4))
        desk.connections.choose(used, [], browser="cookie")
        for call in (
            lambda: desk.connections.choose(used, [], browser="cookie"),
            lambda: desk.connections.choose(elsewhere, [], browser="another"),
            lambda: desk.of("other").choose(foreign, [], browser="cookie"),
        ):
            assert desk.refused(call).refusal == "invalid_state"
        clock.seconds += 901
        error = desk.refused(lambda: desk.connections.choose(late, [], browser="cookie"))
        assert error.refusal == "state_expired"


class TestPermissions:
    def test_less_than_asked_for_is_limited_and_named(self, desk: Desk) -> None:
        desk.simulator.tiktok.settings.auto_scopes = ("user.info.basic", "video.list")
        (account,) = desk.connect("tiktok").accounts
        assert (account.state, account.status) == ("limited", "active")
        assert account.reason.startswith("Not granted: user.info.profile, ")

    def test_a_login_s_limits_are_its_pages_limits(self, desk: Desk) -> None:
        scopes = "pages_show_list,pages_manage_posts,instagram_basic,pages_read_engagement"
        outcome = desk.connect("meta", scopes=scopes)
        assert {each.state for each in outcome.accounts} == {"limited"}
        assert all("read_insights" in each.reason for each in outcome.accounts)

    def test_without_a_page_there_is_nothing(self, desk: Desk) -> None:
        assert desk.refused(lambda: desk.connect("meta", account="simnobody")).refusal == "no_pages_found"


class TestLettingGo:
    def test_the_platform_withdraws_the_permission(self, desk: Desk) -> None:
        (account,) = desk.connect("tiktok").accounts
        token = desk.vault.accounts.tokens("default", account.id).tokens.access.reveal()
        gone = desk.connections.disconnect(account.id)
        assert (gone.revoked, gone.account.state) == (True, "disconnected")
        assert "TikTok has withdrawn" in gone.message
        assert desk.simulator.tiktok.access[token].dead
        again = desk.connections.disconnect(account.id)
        assert (again.revoked, again.message) == (False, "It was disconnected already.")

    def test_a_login_that_others_use_stays_until_the_last(self, desk: Desk) -> None:
        first, last = desk.connect("meta").accounts
        gone = desk.connections.disconnect(first.id)
        assert (gone.revoked, gone.beneath) == (False, ())
        assert "Other accounts use the same login" in gone.message
        assert desk.connections.inspect(last.id)["valid"] is True
        assert desk.connections.disconnect(last.id).revoked is True

    def test_pages_go_alone_while_the_member_stays(self, desk: Desk) -> None:
        accounts = {each.username or each.name: each for each in desk.connect("linkedin").accounts}
        for page in (FJORD, NORTH):
            gone = desk.connections.disconnect(accounts[page].id)
            assert (gone.revoked, gone.beneath) == (False, ())
        assert names(desk.accounts) == [MEMBER]
        assert desk.connections.inspect(accounts[MEMBER].id)["valid"] is True

    def test_pages_go_with_the_member_whose_login_they_use(self, desk: Desk) -> None:
        accounts = {each.username or each.name: each for each in desk.connect("linkedin").accounts}
        gone = desk.connections.disconnect(accounts[MEMBER].id)
        assert (gone.revoked, names(gone.beneath)) == (True, [FJORD, NORTH])
        assert desk.accounts == []

    def test_it_goes_even_if_the_platform_cannot_be_asked(self, desk: Desk) -> None:
        (account,) = desk.connect("x").accounts
        desk.simulator.faults.add(path="/2/oauth2/revoke", status=503, times=0)
        gone = desk.connections.disconnect(account.id)
        assert (gone.revoked, gone.account.state, desk.accounts) == (False, "disconnected", [])
        assert "The platform did not withdraw the permission" in gone.message

    def test_where_there_is_no_way_it_says_so(self, desk: Desk) -> None:
        (account,) = desk.connect("instagram").accounts
        gone = desk.connections.disconnect(account.id)
        assert (gone.revoked, desk.accounts) == (False, [])
        assert "offers no way" in gone.message
        assert "remove the app in Instagram's settings" in gone.message


class TestLookingAgain:
    def test_a_page_gets_its_token_and_name_afresh(self, desk: Desk) -> None:
        accounts = {each.username: each for each in desk.connect("meta").accounts}
        page = accounts["hillcafe"]
        next(each for each in desk.simulator.meta.settings.pages if each.id == page.subject).name = "Hill"
        desk.vault.accounts.set_state("default", page.id, "needs_reconnect", "It has ended.")
        again = desk.connections.look_again(page.id)
        assert (again.id, again.name, again.state) == (page.id, "Hill", "active")
        assert again.version > page.version
        assert names(desk.accounts) == ["harborbakery", "hillcafe"]  # no candidate came with it

    def test_an_account_of_its_own_stays_as_it_is(self, desk: Desk) -> None:
        (account,) = desk.connect("tiktok").accounts
        assert desk.connections.look_again(account.id) == account


class TestInspecting:
    def test_a_whole_token(self, desk: Desk) -> None:
        page = desk.connect("meta").accounts[0]
        told = desk.connections.inspect(page.id)
        assert (told["valid"], told["complete"], told["problem"]) == (True, True, None)
        assert {"pages_show_list", "pages_manage_posts", "instagram_content_publish"} <= {
            scope["name"] for scope in told["scopes"]
        }
        assert all(scope["granted"] and scope["here"] for scope in told["scopes"])
        found = {(each["integration"], each["name"]): each for each in told["accounts"]}
        assert found["meta", "Hill Cafe"]["has_token"] is True
        assert found["meta", "Hill Cafe"]["connected"] is True
        assert found["instagram", "Harbor Bakery"]["connected"] is False
        assert told["issued_at"] < told["expires_at"] < told["data_access_expires_at"]
        secrets = [
            desk.vault.accounts.tokens("default", each).tokens.access.reveal()
            for each in (page.id, told["login"])
        ]
        assert all(secret and secret not in f"{told}" for secret in secrets)

    def test_a_missing_permission_is_marked(self, desk: Desk) -> None:
        page = desk.connect("meta", scopes="pages_show_list,pages_manage_posts").accounts[0]
        told = desk.connections.inspect(page.id)
        granted = {scope["name"]: scope["granted"] for scope in told["scopes"]}
        assert (granted["pages_manage_posts"], granted["pages_read_engagement"]) == (True, False)
        assert told["complete"] is False

    def test_a_permission_for_another_page_is_marked(self, desk: Desk) -> None:
        accounts = {each.username: each for each in desk.connect("meta").accounts}
        desk.connect("meta", pages=accounts["hillcafe"].subject)
        told = desk.connections.inspect(accounts["harborbakery"].id)
        here = {scope["name"]: scope["here"] for scope in told["scopes"]}
        assert here["pages_manage_posts"] is False
        assert desk.connections.inspect(accounts["hillcafe"].id)["scopes"][0]["here"] is True

    def test_a_token_that_is_dead_is_told_not_raised(self, desk: Desk) -> None:
        page = desk.connect("meta").accounts[0]
        login = desk.connections.login_of(page.id)
        desk.simulator.faces["meta"].revoke(
            desk.vault.accounts.tokens("default", login.id).tokens.access.reveal()
        )
        told = desk.connections.inspect(page.id)
        assert (told["valid"], told["complete"]) == (False, False)
        assert {each["has_token"] for each in told["accounts"]} == {False}

    def test_where_the_platform_does_not_say_our_own_knowledge_is_shown(self, desk: Desk) -> None:
        (account,) = desk.connect("tiktok").accounts
        told = desk.connections.inspect(account.id)
        assert (told["valid"], told["complete"], told["accounts"]) == (None, True, [])
        assert told["expires_at"] == account.expires_at

    def test_without_a_credential_there_is_nothing_to_ask(self, desk: Desk) -> None:
        (account,) = desk.connect("tiktok").accounts
        desk.connections.disconnect(account.id)
        with pytest.raises(ActionFailed, match="no credential is stored") as caught:
            desk.connections.inspect(account.id)
        assert caught.value.code == "auth_expired"


def test_refusals_are_action_failures_with_a_code_more(desk: Desk) -> None:
    error = desk.refused(lambda: desk.connect("linkedin", auto="close"))
    assert isinstance(error, ConnectFailed)
    assert error.to_dict()["refusal"] == "user_cancelled_login"
    assert error.to_dict()["code"] == "permission_denied"
