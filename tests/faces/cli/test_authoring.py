"""`postwire check` and `postwire new`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Acme, Call


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_new_writes_passes_check_and_runs_dry(call: Call, here: Path) -> None:
    assert call("new", "integration", "my_notes").exit_code == 0
    for name in ("list_notes", "create_note", "update_note", "delete_note", "share_note"):
        result = call("new", "action", f"my_notes.{name}")
        assert result.exit_code == 0, result.stderr
        assert f"actions/{name}.yaml" in result.stdout
        assert "Next:" in result.stderr
    checked = call("check", "my_notes", "--json")
    assert checked.exit_code == 0, checked.stdout
    assert json.loads(checked.stdout) == {"errors": 0, "warnings": 0, "findings": []}
    found = {
        each["id"]: each["effect"]
        for each in json.loads(call("actions", "--integrations", ".", "--json").stdout)
    }
    assert found["my_notes.list_notes"] == "read"
    assert found["my_notes.update_note"] == "update"
    assert found["my_notes.delete_note"] == "delete"
    assert found["my_notes.share_note"] == "create"
    dry = call("run", "my_notes.get_profile", "--integrations", ".", "--id", "x1", "--dry-run", "--json")
    assert json.loads(dry.stdout)["requests"][0]["url"] == "https://api.example.com/v1/profile/x1"


def test_new_takes_the_integrations_folder_that_is_here(call: Call, here: Path) -> None:
    (here / "integrations").mkdir()
    call("new", "integration", "notes")
    assert call("new", "action", "notes.get_note", "--effect", "update").exit_code == 0
    assert "effect: update" in (here / "integrations/notes/actions/get_note.yaml").read_text("utf-8")


def test_new_in_a_folder_of_choice(call: Call, here: Path) -> None:
    assert call("new", "integration", "notes", "--dir", "deep/below").exit_code == 0
    assert call("new", "action", "notes.get_note", "--dir", "deep/below").exit_code == 0
    assert (here / "deep/below/notes/cassettes/get_note.yaml").is_file()
    assert call("check", "deep/below").exit_code == 0


def test_new_overwrites_nothing(call: Call, here: Path) -> None:
    call("new", "integration", "notes")
    before = {path: path.read_bytes() for path in here.rglob("*.*")}
    for typed in (["integration", "notes"], ["action", "notes.get_profile"]):
        result = call("new", *typed)
        assert result.exit_code == 2
        assert "already" in result.stderr
    assert {path: path.read_bytes() for path in here.rglob("*.*")} == before


@pytest.mark.parametrize(
    "typed",
    [
        ["integration", "My-Notes"],
        ["integration", "../x"],
        ["integration", "tiktok"],
        ["action", "get_note"],
        ["action", "nowhere.get_note"],
        ["action", "acme.Get"],
        ["action", "acme._get"],
    ],
)
def test_new_refuses(call: Call, here: Path, typed: list[str]) -> None:
    result = call("new", *typed)
    assert result.exit_code == 2
    assert not list(here.rglob("*.yaml"))


def test_check_names_file_and_line(call: Call, acme: Acme) -> None:
    path = acme.folder / "acme" / "actions" / "get_note.yaml"
    path.write_text(path.read_text("utf-8").replace("input.id", "input.idd"), "utf-8")
    result = call("check", str(path))
    assert result.exit_code == 2
    assert "get_note.yaml:5:" in result.stdout
    assert "idd" in result.stdout
    assert "error" in result.stderr
    told = json.loads(call("check", str(path), "--json").stdout)
    assert told["errors"] == len([each for each in told["findings"] if each["severity"] == "error"]) > 0
    assert 5 in {each["line"] for each in told["findings"]}


def test_check_without_a_path_looks_at_all_there_is(
    call: Call, acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    from postwire.language import lint

    seen: list[Path] = []
    monkeypatch.setattr(lint, "check", lambda paths: list(map(seen.append, paths))[:0])
    assert call("check", "--integrations", str(acme.folder)).exit_code == 0
    assert {"acme", "tiktok"} <= {path.name for path in seen}


def test_a_warning_alone_is_no_failure(call: Call, acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    from postwire.language import lint

    finding = lint.Finding("a.yaml", 1, 2, "some-rule", "Odd.", severity="warning")
    monkeypatch.setattr(lint, "check", lambda _: [finding])
    result = call("check", str(acme.folder))
    assert result.exit_code == 0
    assert "some-rule" in result.stdout
    assert "0 errors, 1 warning." in result.stderr


def test_check_of_nothing(call: Call, here: Path) -> None:
    assert call("check", "nowhere").exit_code == 2
    assert call("check", str(here)).exit_code == 2
