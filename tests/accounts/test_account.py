"""An account: from text or the environment, and what it shows."""

from __future__ import annotations

import pytest

from postwire import Account, Secret
from postwire.accounts.account import from_environment, variable


def test_text_becomes_a_secret_that_nothing_shows() -> None:
    account = Account("acme", "planted-token", name="Shop", id="7", scopes=["write"], facts={"kind": "page"})
    assert account.token == Secret("planted-token")
    shown = f"{account} {account!r} {account.scope()} {account.key}"
    assert "planted-token" not in shown
    assert "•••" in shown


def test_expressions_see_what_is_known() -> None:
    account = Account("acme", "t", name="Shop", id="7", scopes=["write", "read"], facts={"kind": "page"})
    assert account.scope() == {"name": "Shop", "id": "7", "kind": "page", "scopes": ["read", "write"]}
    assert Account("acme", "t").scope() == {"name": "default"}


def test_limits_are_counted_by_the_platforms_id_else_by_name() -> None:
    assert Account("acme", "t", id="7").key == "acme/7"
    assert Account("acme", "t", name="Shop").key == "acme/Shop"


def test_it_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Account("acme", "t").name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("environ", "scopes", "id_"),
    [
        ({"POSTWIRE_MY_APP_ACCESS_TOKEN": "t"}, None, ""),
        ({"POSTWIRE_MY_APP_ACCESS_TOKEN": "t", "POSTWIRE_MY_APP_SCOPES": "a,b  c"}, {"a", "b", "c"}, ""),
        ({"POSTWIRE_MY_APP_ACCESS_TOKEN": "t", "POSTWIRE_MY_APP_ACCOUNT_ID": "7"}, None, "7"),
        ({"POSTWIRE_MY_APP_ACCESS_TOKEN": "t", "POSTWIRE_MY_APP_SCOPES": ""}, None, ""),
    ],
)
def test_the_environment_may_hold_it(environ: dict[str, str], scopes: set[str] | None, id_: str) -> None:
    account = from_environment("my-app", environ)
    assert account is not None
    assert (account.integration, account.token, account.id) == ("my-app", Secret("t"), id_)
    assert account.scopes == scopes


@pytest.mark.parametrize(
    "environ", [{}, {"POSTWIRE_ACME_ACCESS_TOKEN": ""}, {"POSTWIRE_OTHER_ACCESS_TOKEN": "t"}]
)
def test_without_a_token_there_is_none(environ: dict[str, str]) -> None:
    assert from_environment("acme", environ) is None


def test_the_process_environment_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable("acme"), "from-the-process")
    account = from_environment("acme")
    assert account is not None
    assert account.token.reveal() == "from-the-process"
