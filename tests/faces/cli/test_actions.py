"""`postwire actions` and `postwire show`."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Acme, Call


def test_actions_for_programs(call: Call, acme: Acme) -> None:
    result = call("actions", "--integration", "acme", "--integrations", str(acme.folder), "--json")
    found = {each["id"]: each for each in json.loads(result.stdout)}
    assert list(found) == ["acme.create_note", "acme.get_note", "acme.upload_film", "acme.wait_for_note"]
    assert found["acme.create_note"]["title"] == "Create note"
    assert found["acme.create_note"]["effect"] == "create"
    assert found["acme.create_note"]["scopes"] == ["notes.write"]


def test_actions_for_people(call: Call, acme: Acme) -> None:
    lines = call("--integrations", str(acme.folder), "actions").stdout.splitlines()
    assert lines[0].split() == ["ACTION", "EFFECT", "TITLE", "SCOPES"]
    row = next(line for line in lines if line.startswith("acme.create_note"))
    assert row.split() == ["acme.create_note", "create", "Create", "note", "notes.write"]
    assert row.index("create ", 17) == lines[0].index("EFFECT")
    assert any(line.startswith("tiktok.") for line in lines)


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_an_unknown_integration(call: Call, as_json: list[str]) -> None:
    result = call("actions", "--integration", "tikotk", *as_json)
    assert result.exit_code == 2
    assert "tiktok" in result.stderr
    if as_json:
        assert json.loads(result.stdout)["code"] == "not_found"


def test_a_folder_that_is_not_there(call: Call) -> None:
    result = call("actions", "--integrations", "/nowhere/at/all")
    assert result.exit_code == 2
    assert "/nowhere/at/all" in result.stderr


def test_show_for_programs(call: Call, acme: Acme) -> None:
    result = call("show", "acme.upload_film", "--integrations", str(acme.folder), "--json")
    about = json.loads(result.stdout)
    assert about["effect"] == "create"
    assert set(about["input"]["properties"]) == {"film", "film_base64", "name"}
    assert about["errors"] == ["auth_expired", "not_found", "rate_limited"]


def test_show_for_people(call: Call) -> None:
    told = call("show", "tiktok.create_video_post").stdout
    for wanted in (
        "Effect  create",
        "video.publish",
        "--video FILE|URL",
        "[needed]",
        "SELF_ONLY",
        "publish_id",
    ):
        assert wanted in told
    assert "6 calls of /v2/post/publish/video/init/ per 1 min" in told
    assert "scope_missing" in told


def test_the_example_of_show_can_be_run(call: Call, acme: Acme) -> None:
    path = acme.folder / "acme" / "actions" / "create_note.yaml"
    example = "examples: [{input: {text: a b, tags: [x, y], extra: {a: 1}, account: me}, return: {id: n1}}]\n"
    path.write_text(path.read_text("utf-8") + example, "utf-8")
    told = call("show", "acme.create_note", "--integrations", str(acme.folder)).stdout
    words = shlex.split(told.splitlines()[-1])
    assert words[:3] == ["postwire", "run", "acme.create_note"]
    assert call(*words[1:], "--integrations", str(acme.folder)).exit_code == 0
    assert acme.seen[0].json == {
        "text": "a b",
        "is_public": False,
        "tags": ["x", "y"],
        "extra": {"a": 1},
        "account": "me",
    }


@pytest.mark.parametrize("name", ["tiktok.creat_video_post", "tiktok", "tiktok._send_video", "nope.x"])
def test_show_of_what_is_not_there(call: Call, name: str) -> None:
    assert call("show", name).exit_code == 2
