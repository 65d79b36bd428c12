"""What holds for the logins of every integration: legible expressions, refusals known by their words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from postwire.accounts.oauth import OAuth
from postwire.errors import CATALOGUE, ActionFailed
from postwire.language.catalog import Catalog
from postwire.language.expression import compile_condition, compile_expression
from postwire.language.template import holes
from postwire.testing import answer, play

HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "integrations"
CATALOG = Catalog()
FOLDERS = sorted(path.parent.name for path in SHIPPED.glob("*/integration.yaml"))
KNOWN: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "folders.yaml").read_text())
LOGINS: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / "logins.yaml").read_text())
ROWS = [
    pytest.param(folder, row, id=f"{folder} {row['status']} {row['code']}")
    for folder, rows in LOGINS.items()
    for row in rows
]
REFUSED = [case for case in ROWS if not str(case.id).endswith("None")]
REDIRECT = "http://127.0.0.1:5005/callback/"
NOW = 1_795_000_000.0


def logins(folder: str) -> list[dict[str, Any]]:
    """The usual login, and those of the other kinds of account."""
    described = yaml.safe_load((SHIPPED / folder / "integration.yaml").read_text())
    return [each["auth"] for each in (described, *described.get("flavours", {}).values())]


def test_every_login_has_its_rows() -> None:
    assert list(LOGINS) == FOLDERS
    assert all(rows for rows in LOGINS.values())


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_hole_of_the_login_can_be_read(folder: str) -> None:
    parts = [{key: part for key, part in auth.items() if key != "errors"} for auth in logins(folder)]
    found = [hole for part in parts for hole in holes(part)]
    assert len(found) > KNOWN[folder]["holes"]
    for hole in found:
        compile_expression(hole.expression)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_refusal_of_a_login_has_a_code_of_ours(folder: str) -> None:
    for auth in logins(folder):
        assert {rule["code"] for rule in auth["errors"]} <= CATALOGUE.keys()


@pytest.mark.parametrize(("folder", "row"), ROWS)
def test_refusals_are_known_by_their_words(folder: str, row: dict[str, Any]) -> None:
    rules = logins(folder)[0]["errors"]
    seen = {key: told for key, told in row.items() if key != "code"}
    fitting = [rule["code"] for rule in rules if compile_condition(rule["when"])(seen)]
    assert next(iter(fitting), None) == row["code"]


@pytest.mark.parametrize(("folder", "row"), REFUSED)
def test_a_refused_login_has_our_code_and_shows_no_secret(folder: str, row: dict[str, Any]) -> None:
    described = CATALOG.integration(folder)
    assert described.auth is not None
    oauth = OAuth(folder, described, {key: f"planted-{key}" for key in described.auth.app})
    begun = oauth.authorize(REDIRECT)
    said = answer(row.get("body"), row["status"])
    with pytest.raises(ActionFailed) as caught:
        play(oauth.connect(begun, {"code": "planted-code", "state": begun.state}, NOW), [said] * 3)
    assert caught.value.code == row["code"]
    assert "planted" not in str(caught.value.to_dict())
