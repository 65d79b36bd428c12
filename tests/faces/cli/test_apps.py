"""`postwire apps`: keys go in unseen, and never come out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.faces.cli.connecting import Terminal

from postwire.accounts.vault import Vault

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Call

ID, SECRET = "planted-id-1", "planted-secret-1"


def stored(tmp_path: Path, name: str, workspace: str = "default") -> dict[str, str]:
    with Vault(folder=tmp_path / "home") as vault:
        return {key: value.reveal() for key, value in vault.apps.get(workspace, name).items()}


def test_keys_come_by_lines_of_stdin(call: Call, tmp_path: Path) -> None:
    result = call(
        "apps", "add", "tiktok", "client_secret=-", "client_key=-", stdin=f"{SECRET}\n{ID}\n".encode()
    )
    assert result.exit_code == 0, result.stderr
    assert result.stdout == (
        "Stored: client_key, client_secret of the tiktok app. Next: `postwire connect tiktok`.\n"
    )
    assert stored(tmp_path, "tiktok") == {"client_key": ID, "client_secret": SECRET}


def test_keys_come_from_the_environment_when_asked(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTWIRE_X_CLIENT_ID", ID)
    assert call("apps", "add", "x").exit_code == 2
    result = call("apps", "add", "x", "--env", "--json")
    assert json.loads(result.stdout)["keys"] == ["client_id"]
    assert stored(tmp_path, "x") == {"client_id": ID}


def test_a_person_is_asked_and_sees_nothing(tmp_path: Path) -> None:
    with Terminal("apps", "add", "x", POSTWIRE_HOME=str(tmp_path / "home")) as terminal:
        terminal.see("client_id, not shown:")
        terminal.type(ID)
        terminal.see("client_secret (Enter for none), not shown")
        terminal.type(SECRET)
        code, out = terminal.end()
    assert code == 0, terminal.shown
    assert "Stored: client_id, client_secret of the x app." in out
    assert "planted" not in terminal.shown + out
    assert stored(tmp_path, "x") == {"client_id": ID, "client_secret": SECRET}


def test_what_may_be_left_out_is(tmp_path: Path) -> None:
    with Terminal("apps", "add", "x", POSTWIRE_HOME=str(tmp_path / "home")) as terminal:
        terminal.see("client_id, not shown:")
        terminal.type(ID)
        terminal.see("client_secret (Enter for none)")
        terminal.type("")
        code, _ = terminal.end()
    assert code == 0, terminal.shown
    assert stored(tmp_path, "x") == {"client_id": ID}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["x", f"client_id={SECRET}"], "A key is never an argument"),
        (["x", SECRET], "A key is never an argument"),
        (["x", "client_idd=-"], "The app has no 'client_idd', but client_id, client_secret."),
        (["tiktok", "client_key=-"], "client_secret of the tiktok app lacks."),
        (["nowhere"], "There is no integration 'nowhere'"),
    ],
)
def test_what_cannot_be_is_told_and_not_repeated(
    call: Call, tmp_path: Path, given: list[str], message: str
) -> None:
    result = call("apps", "add", *given, stdin=f"{ID}\n".encode())
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())
    assert "planted" not in result.stderr
    assert not (tmp_path / "home").exists()


def test_the_apps_of_two_logins_stand_beside_each_other(call: Call, tmp_path: Path) -> None:
    own = ["client_id=-", "client_secret=-"]
    call("apps", "add", "instagram", *own, stdin=b"i1\ni2\n")
    others = [f"facebook_{word}" for word in own]
    result = call("apps", "add", "instagram", "--flavour", "facebook", *others, stdin=b"f1\nf2\n")
    assert result.exit_code == 0, result.stderr
    assert stored(tmp_path, "instagram") == {
        "client_id": "i1",
        "client_secret": "i2",
        "facebook_client_id": "f1",
        "facebook_client_secret": "f2",
    }


def test_a_list_has_names_only(call: Call) -> None:
    assert "No app is stored." in call("apps", "list").stderr
    call("apps", "add", "x", "client_id=-", stdin=f"{ID}\n".encode())
    (app,) = json.loads(call("apps", "list", "--json").stdout)
    assert (app["integration"], app["keys"]) == ("x", ["client_id"])
    text = call("apps", "list").stdout
    assert text.startswith("x  client_id  20")
    assert "planted" not in text


def test_an_app_is_forgotten(call: Call, tmp_path: Path) -> None:
    call("apps", "add", "x", "client_id=-", stdin=f"{ID}\n".encode())
    assert call("apps", "remove", "x").exit_code == 0
    assert json.loads(call("apps", "list", "--json").stdout) == []
    again = call("apps", "remove", "x")
    assert again.exit_code == 2
    assert "No x app is stored." in again.stderr
    assert ID.encode() not in (tmp_path / "home" / "vault.db").read_bytes()
