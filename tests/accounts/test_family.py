"""A login and what it brings, from what the platforms tell."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accounts.desk import CATALOG

from postwire.accounts.family import CONFIRM, candidate, family_of, plain_account, read_account, settled
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Child, Tokens
from postwire.decide.programs import of_flavour
from postwire.secret import Secret

if TYPE_CHECKING:
    from postwire.language.manifest import Auth

NOW = 1_800_000_000.0
WHO = {"id": 7, "name": "Ada", "urn": "urn:li:person:7", "avatar_url": None}


def auth_of(integration: str, flavour: str) -> Auth | None:
    return of_flavour(CATALOG.integration(integration), flavour).auth


def scopes_of(integration: str) -> frozenset[str]:
    auth = auth_of(integration, "")
    assert auth is not None
    return frozenset(auth.authorize.scopes)


def login(integration: str, *children: Child, who: Any = None, **tokens: Any) -> NewAccount:
    known = {"scopes": scopes_of(integration), "expires_at": NOW + 5_184_000, **tokens}
    return family_of(
        integration,
        "",
        CATALOG.integration(integration),
        WHO if who is None else who,
        Tokens(Secret("planted-login"), **known),
        list(children),
        NOW,
        auth_of,
    )


def page(number: Any, *, own: bool = True, integration: str = "", **about: Any) -> Child:
    tokens = Tokens(Secret(f"planted-page-{number}"), scopes=scopes_of("meta")) if own else None
    flavour = "facebook" if integration == "instagram" else ""
    return Child(integration, flavour, tokens, bool(integration), {"id": number, **about})


def test_a_login_that_cannot_act_only_carries_others() -> None:
    found = login("meta", page("1", name="Bakery"))
    assert (found.listed, found.subject, found.name) == (False, "7", "Ada")
    (bakery,) = found.children
    assert (bakery.listed, bakery.integration, bakery.subject, bakery.name) == (True, "meta", "1", "Bakery")
    assert bakery.tokens.access.reveal() == "planted-page-1"
    assert bakery.state == "active"


def test_facts_are_what_is_no_part_of_the_profile() -> None:
    found = login("linkedin", page("1", own=False, name="N", role="ADMINISTRATOR"))
    assert found.facts == {"urn": "urn:li:person:7"}
    assert found.children[0].facts == {"role": "ADMINISTRATOR"}
    assert found.avatar_url == ""


def test_a_page_without_a_token_acts_with_a_login_that_acts() -> None:
    (child,) = login("linkedin", page("1", own=False)).children
    assert (child.tokens.access.reveal(), child.state, child.refresh_at) == ("", "active", None)
    assert child.tokens.scopes == scopes_of("linkedin")


def test_a_page_without_a_token_cannot_act_with_one_that_does_not() -> None:
    (child,) = login("meta", page("1", own=False)).children
    assert child.state == "needs_reconnect"
    assert "gave no access token" in child.reason


def test_what_comes_twice_is_one_account_as_it_came_first() -> None:
    found = login("linkedin", page("1", name="Acme", role="A"), page("1", role="B"), page("2"))
    assert [(child.subject, child.name) for child in found.children] == [("1", "Acme"), ("2", "")]
    assert found.children[0].facts == {"role": "A"}


def test_the_same_number_on_two_platforms_is_two_accounts() -> None:
    assert len(login("meta", page("1"), page("1", integration="instagram")).children) == 2


@pytest.mark.parametrize("number", ["", None])
def test_what_has_no_id_is_left_out(number: Any) -> None:
    child = page(number)
    assert login("meta", replace(child, about={} if number is None else child.about)).children == ()


def test_what_was_not_granted_limits_the_login_and_its_pages() -> None:
    less = scopes_of("linkedin") - {"w_member_social", "r_basicprofile"}
    found = login("linkedin", page("1", own=False), scopes=less)
    for account in found.family():
        assert (account.state, account.reason) == ("limited", "Not granted: r_basicprofile, w_member_social.")


def test_what_nobody_told_is_taken_for_granted() -> None:
    assert {each.state for each in login("linkedin", page("1", own=False), scopes=None).family()} == {
        "active"
    }


def test_a_child_of_another_platform_is_measured_by_that_one() -> None:
    child = page("1", integration="instagram")
    assert child.tokens is not None
    less = replace(child, tokens=replace(child.tokens, scopes=frozenset({"instagram_basic"})))
    (found,) = login("meta", less).children
    assert found.state == "limited"
    assert "instagram_content_publish" in found.reason
    assert "pages_manage_posts" not in found.reason  # the Instagram login does not ask for it


def test_the_platform_s_own_id_is_enough() -> None:
    assert login("tiktok", who={"name": "Ada"}, subject="u-7").subject == "u-7"


def test_it_is_renewed_as_the_manifest_says() -> None:
    assert login("meta").refresh_at == NOW + 5_184_000 - 7 * 86_400
    assert login("meta", expires_at=None).refresh_at is None


def test_who_waits_for_a_choice_is_marked_until_then() -> None:
    (child,) = login("meta", page("1", integration="instagram", username="bakery", page_name="B")).children
    assert child.facts[CONFIRM] is True
    shown = candidate(child)
    assert (shown.integration, shown.subject, shown.username) == ("instagram", "1", "bakery")
    assert shown.facts == {"page_name": "B"}
    assert "planted" not in repr(shown)
    assert (
        CONFIRM not in settled(replace(NewAccount("meta", child.tokens), children=(child,))).children[0].facts
    )


texts = st.text(max_size=8)
moments = st.none() | st.floats(0, 4e9)
tokens = st.builds(
    Tokens,
    texts.map(Secret),
    st.none() | st.text(min_size=1, max_size=8).map(Secret),
    moments,
    moments,
    st.none() | st.frozensets(texts, max_size=3),
    texts,
)
fields = {
    "integration": texts,
    "tokens": tokens,
    "subject": texts,
    "flavour": texts,
    "name": texts,
    "username": texts,
    "avatar_url": texts,
    "label": texts,
    "facts": st.dictionaries(texts, texts | st.integers(), max_size=2),
    "listed": st.booleans(),
    "refresh_at": moments,
    "state": st.sampled_from(["active", "limited", "needs_reconnect"]),
    "reason": texts,
}
plain = st.builds(NewAccount, **fields)
families = st.builds(NewAccount, **fields, children=st.lists(plain, max_size=3).map(tuple))


@given(families)
def test_a_family_survives_being_kept(family: NewAccount) -> None:
    assert read_account(json.loads(json.dumps(plain_account(family)))) == family
