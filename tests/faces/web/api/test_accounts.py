"""Connected accounts over HTTP, and the links by which people connect more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postwire.accounts.attempts import CHOICE_SECONDS
from postwire.accounts.vault import Vault
from postwire.errors import UnknownName
from postwire.faces.web import links
from postwire.faces.web.settings import Settings
from postwire.faces.web.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faces.web.api.conftest import Program
    from tests.faces.web.conftest import Web

    from postwire.accounts.records import StoredAccount
    from postwire.simulator import Served


def test_accounts_are_listed_page_by_page(program: Program, connect: Callable[..., StoredAccount]) -> None:
    made = [connect(postwire_account=name).id for name in ("simstudio", "simprivate")] + [connect("x").id]
    found, after = [], None
    while True:
        page = program.get("/accounts", params={"limit": 2, **({"after": after} if after else {})}).json()
        found += [each["id"] for each in page["accounts"]]
        if (after := page["after"]) is None:
            break
    assert found == made[::-1]
    only = program.get("/accounts?platform=x").json()["accounts"]
    assert [each["id"] for each in only] == made[2:]
    assert program.get("/accounts?status=failed").json()["accounts"] == []
    assert len(program.get("/accounts?search=simstudio").json()["accounts"]) == 1
    assert program.get("/accounts?status=gone").status_code == 400


def test_an_account_is_shown_without_its_credential(
    web: Web, program: Program, tiktok: StoredAccount
) -> None:
    answer = program.get(f"/accounts/{tiktok.id}")
    told = answer.json()
    assert (told["platform"], told["username"], told["health"]["status"]) == (
        "tiktok",
        tiktok.username,
        "active",
    )
    tokens = web.site.vault.accounts.tokens("sandbox", tiktok.id).tokens
    assert tokens.refresh is not None
    assert tokens.access.reveal() not in answer.text
    assert tokens.refresh.reveal() not in answer.text


def test_an_account_is_renewed(web: Web, program: Program, tiktok: StoredAccount) -> None:
    before = web.site.vault.accounts.tokens("sandbox", tiktok.id)
    assert program.post(f"/accounts/{tiktok.id}/refresh").json()["id"] == tiktok.id
    assert web.site.vault.accounts.tokens("sandbox", tiktok.id).version > before.version


def test_an_account_whose_grant_is_gone_must_be_connected_again(
    program: Program, served: Served, tiktok: StoredAccount
) -> None:
    served.simulator.tiktok.refresh.clear()
    answer = program.post(f"/accounts/{tiktok.id}/refresh")
    assert (answer.status_code, answer.json()["code"]) == (401, "auth_expired")
    assert "connect-links" in answer.json()["remedy"]


def test_an_account_is_let_go(program: Program, tiktok: StoredAccount) -> None:
    told = program.http.delete(f"/accounts/{tiktok.id}").json()
    assert (told["id"], told["revoked"]) == (tiktok.id, True)
    assert program.get("/accounts").json()["accounts"] == []
    assert program.run("tiktok.get_user_info").status_code == 404


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_account_that_there_is_not(program: Program, method: str) -> None:
    assert program.http.request(method, "/accounts/acc_nothing").status_code == 404


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"platform": "tiktok"}, 201),
        ({"platform": "instagram", "flavour": "facebook"}, 201),
        ({"platform": "tiktok", "flavour": "facebook"}, 404),
        ({"platform": "nothing"}, 404),
        ({"platform": "tiktok", "reconnect": "acc_nothing"}, 404),
        ({"platform": "tiktok", "return_url": "https://app.example.com/done?user=7"}, 201),
        ({"platform": "tiktok", "return_url": "http://localhost:3000"}, 201),
        ({"platform": "tiktok", "return_url": "http://app.example.com/"}, 400),
        ({"platform": "tiktok", "return_url": "http://localhost.example.com/"}, 400),
        ({"platform": "tiktok", "return_url": "javascript:alert(1)"}, 400),
        ({"platform": "tiktok", "more": "x"}, 400),
        ({}, 400),
        ([], 400),
    ],
    ids=str,
)
def test_connect_links(program: Program, web: Web, given: Any, status: int) -> None:
    answer = program.post("/connect-links", json=given)
    assert answer.status_code == status
    if status == 201:
        assert answer.json()["url"].startswith(f"{web.origin}/connect/")
        token = answer.json()["url"].rpartition("/")[2]
        wanted = ("sandbox", given["platform"], given.get("flavour", ""), None, given.get("return_url", ""))
        assert links.take(web.site, token) == wanted


def test_a_link_to_connect_again(program: Program, web: Web, tiktok: StoredAccount) -> None:
    other = program.post("/connect-links", json={"platform": "x", "reconnect": tiktok.id})
    assert other.status_code == 400
    url = program.post("/connect-links", json={"platform": "tiktok", "reconnect": tiktok.id}).json()["url"]
    assert links.take(web.site, url.rpartition("/")[2]) == ("sandbox", "tiktok", "", tiktok.id, "")


def test_a_link_works_once_and_not_for_long(home: Path) -> None:
    now = [1_700_000_000.0]
    with Vault(clock=lambda: now[0]) as vault:
        vault.add_workspace("a space/with.signs")
        site = Site(vault, Settings("https://post.example.com"))
        tokens = []
        for _ in range(2):
            url, _ = links.make(site, "a space/with.signs", "tiktok")
            tokens.append(url.removeprefix("https://post.example.com/connect/"))
        assert all("/" not in token for token in tokens)
        wanted = ("a space/with.signs", "tiktok", "", None, "")
        assert links.look(site, tokens[0]) == wanted
        assert links.take(site, tokens[0]) == wanted  # looking has not used it up
        assert links.take(site, tokens[0]) is None
        assert links.look(site, tokens[1].partition(".")[0] + ".default") is None
        now[0] += CHOICE_SECONDS + 1
        assert links.look(site, tokens[1]) is None
        with pytest.raises(UnknownName):
            links.make(site, "nothing", "tiktok")
