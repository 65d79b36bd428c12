"""From a file to PostgreSQL: everything is there, and goes on there."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.accounts.conftest import _at_once, postgres_server  # noqa: F401 - a fixture

from postwire import ActionFailed
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.accounts.vault import Vault
from postwire.faces.cli import cli
from postwire.publish.journal import Journal
from postwire.publish.ledger import Ledger
from postwire.publish.moving import move
from postwire.publish.records import Ask
from postwire.secret import Secret
from postwire.values import Request, Response, Send

if TYPE_CHECKING:
    from pathlib import Path

OK = Response(200, {}, b"{}")
PAGE = NewAccount("meta", Tokens(Secret("page-token")), subject="p-1", name="Page")
LOGIN = NewAccount("meta", Tokens(Secret("user-token")), subject="u-1", listed=False, children=(PAGE,))


@pytest.fixture
def empty(postgres_server: str) -> str:  # noqa: F811 - the fixture
    name = f"test_{secrets.token_hex(6)}"
    _at_once(postgres_server, f"CREATE DATABASE {name}")
    return postgres_server.replace("/postgres?", f"/{name}?")


def ask(key: str, at: float | None = None) -> Ask:
    return Ask("team", key, "acme.post", f"acme/{key}", "print", {"input": {"text": key}}, at)


def test_all_is_there_and_goes_on(home: Path, empty: str) -> None:
    request = Send("a", Request("POST", "https://acme.example/a"))
    with Vault() as vault:
        vault.add_workspace("team", plan="")
        page = next(each for each in vault.accounts.connect("team", [LOGIN]) if each.listed)
        journal = Journal(vault)
        planned = journal.submit(ask("planned", at=4e9))[0]
        handed = journal.submit(ask("handed"))[0]
        journal.handed(handed)
        under_way = journal.take(handed.id)
        under_way.around(request, lambda before: before() or OK)
        counts = json.loads(CliRunner().invoke(cli, ["move", "--to", empty, "--json"]).stdout)
    assert (counts["accounts"], counts["runs"], counts["effects"]) == (2, 2, 1)
    with Vault(empty) as vault:
        journal = Journal(vault)
        stored = vault.accounts.get("team", page.id)
        assert vault.accounts.tokens("team", stored.id).tokens.access.reveal() == "page-token"
        assert journal.find(planned.id).run_at == 4e9
        (due,) = journal.due()
        assert due.id == handed.id
        again = journal.take(due.id)
        assert isinstance(again, Ledger)
        assert again.recall(request) == OK


def test_what_is_not_empty_is_left_alone(home: Path, empty: str) -> None:
    with Vault() as vault:
        vault.add_workspace("team")
        Journal(vault).submit(ask("one"))
        move(vault, empty)
        with pytest.raises(ActionFailed, match="already"):
            move(vault, empty)
