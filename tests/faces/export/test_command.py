"""`postwire export` and `postwire search`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from postwire.faces.cli import cli

if TYPE_CHECKING:
    from pathlib import Path


def call(*arguments: str) -> Any:
    return CliRunner().invoke(cli, arguments)


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("openai", lambda each: each["name"]),
        ("openai-strict", lambda each: each["name"]),
        ("anthropic", lambda each: each["name"]),
        ("gemini", lambda each: each["name"]),
        ("langchain", lambda each: each["name"]),
    ],
)
def test_tools_go_to_stdout(form: str, name: Any) -> None:
    done = call("export", form, "tiktok", "x.get_post")
    assert done.exit_code == 0
    names = [name(each) for each in json.loads(done.stdout)]
    assert "x_get_post" in names
    assert "tiktok_create_video_post" in names
    assert not [each for each in names if each.startswith("meta_")]


def test_strictness_is_asked_for() -> None:
    loose, strict = (
        json.loads(call("export", form, "x.get_post").stdout) for form in ("openai", "openai-strict")
    )
    assert (loose[0]["strict"], strict[0]["strict"]) == (False, True)


def test_only_what_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "tools.json"
    done = call("export", "openapi", "tiktok", "--read-only", "--to", str(file))
    assert (done.exit_code, done.stdout) == (0, "")
    paths = json.loads(file.read_text())["paths"].values()
    actions = [path["post"]["x-postwire"] for path in paths if "x-postwire" in path.get("post", {})]
    assert {each["effect"] for each in actions} == {"read"}


def test_autohive_makes_a_folder_for_each(tmp_path: Path) -> None:
    assert call("export", "autohive", "x", "tiktok", "--to", str(tmp_path)).exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiktok", "x"]
    assert (tmp_path / "x/x.py").is_file()


def test_mistakes_are_told(tmp_path: Path) -> None:
    assert call("export", "opnai").exit_code == 2
    wrong = call("export", "openai", "tiktik")
    assert wrong.exit_code == 2
    assert "tiktok" in wrong.stderr
    assert call("export", "openai", "x", "--to", str(tmp_path / "no/such/file")).exit_code == 2


def test_a_search_for_programs() -> None:
    found = json.loads(
        call("search", "publish", "a", "reel", "on", "instagram", "--json", "--limit", "3").stdout
    )
    assert [set(each) for each in found] == [{"id", "title", "score"}] * 3
    assert "instagram.create_video_post" in [each["id"] for each in found]
    scores = [each["score"] for each in found]
    assert scores == sorted(scores, reverse=True)


def test_a_search_for_people() -> None:
    lines = call("search", "remove a tweet", "--integration", "x").stdout.splitlines()
    assert lines[0].split() == ["ACTION", "SCORE", "TITLE"]
    assert lines[1].split()[0] == "x.delete_post"
    assert all(line.startswith("x.") for line in lines[1:])


def test_a_search_that_finds_nothing() -> None:
    done = call("search", "qqqzzz")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "postwire actions" in done.stderr
    assert json.loads(call("search", "qqqzzz", "--json").stdout) == []
