"""Instagram's folder as data: words, shared names, addresses, cassettes, the quality sheet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from postwire import Client
from postwire.decide.programs import Programs
from postwire.language.catalog import Catalog

FOLDER = Path(__file__).parents[3] / "integrations" / "instagram"
COMMON = json.loads((FOLDER.parents[1] / "schemas" / "common.schema.json").read_text())["$defs"]
PROGRAMS = Programs(Catalog())
NAMES = sorted(path.stem for path in (FOLDER / "actions").glob("*.yaml"))
PUBLIC = [name for name in NAMES if not name.startswith("_")]


def program(name: str) -> Any:
    return PROGRAMS.get(f"instagram.{name}", "facebook")


def properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = list(schema.get("properties", {}).items())
    inner = [schema["items"]] if isinstance(schema.get("items"), dict) else []
    return found + [each for below in [*inner, *dict(found).values()] for each in properties(below)]


@pytest.mark.parametrize("name", NAMES)
def test_every_file_begins_with_its_schema(name: str) -> None:
    first = (FOLDER / "actions" / f"{name}.yaml").read_text().partition("\n")[0]
    assert first == "# yaml-language-server: $schema=../../../schemas/action.schema.json"


@pytest.mark.parametrize("name", NAMES)
def test_every_property_is_described_and_has_one_type(name: str) -> None:
    action = program(name).action
    for key, schema in properties(action.input) + properties(action.output):
        assert schema.get("description"), key
        assert isinstance(schema["type"], str), key


@pytest.mark.parametrize("name", NAMES)
def test_what_only_reads_may_be_repeated(name: str) -> None:
    found = program(name)
    if found.effect == "read":
        kinds = [getattr(step.kind, "request", step.kind) for step in found.steps]
        assert all(getattr(kind, "safe", True) for kind in kinds)


@pytest.mark.parametrize("name", NAMES)
def test_no_address_names_a_version_or_a_host_of_its_own(name: str) -> None:
    for _, address in program(name).paths():
        assert address.startswith(("/", "https://rupload.facebook.com/")), address
        assert not address.startswith("/v")


SHARED: list[tuple[str, list[str], str]] = [
    ("get_user_info", [], "user"),
    ("get_contact", [], "user"),
    ("discover_account", [], "user"),
    ("list_posts", ["posts", "*"], "post"),
    ("list_posts", [], "page"),
    ("list_stories", ["posts", "*"], "post"),
    ("list_tagged_posts", ["posts", "*"], "post"),
    ("list_hashtag_posts", ["posts", "*"], "post"),
    ("discover_account", ["posts", "*"], "post"),
    ("get_post", [], "post"),
    ("create_photo_post", [], "post"),
    ("create_video_post", [], "post"),
    ("create_carousel_post", [], "post"),
    ("create_story", [], "post"),
    ("publish_container", [], "post"),
    ("get_post_insights", [], "post"),
    ("get_account_insights", ["metrics"], "metrics"),
    ("list_comments", ["comments", "*"], "comment"),
    ("list_comments", [], "page"),
    ("list_replies", ["comments", "*"], "comment"),
    ("get_comment", [], "comment"),
    ("create_comment", [], "comment"),
    ("reply_to_comment", [], "comment"),
    ("list_messages", ["messages", "*"], "message"),
    ("get_message", [], "message"),
    ("send_message", [], "message"),
]


@pytest.mark.parametrize(("name", "path", "kind"), SHARED)
def test_shared_names_mean_the_same_as_elsewhere(name: str, path: list[str], kind: str) -> None:
    ours = program(name).action.output
    for step in path:
        ours = ours["items"] if step == "*" else ours["properties"][step]
    theirs = COMMON[kind]["properties"]
    shared = ours["properties"].keys() & theirs.keys()
    assert shared
    for key in shared:
        wanted = theirs[key]
        if "$ref" in wanted:
            known = COMMON[wanted["$ref"].rpartition("/")[2]]["properties"]
            mine = ours["properties"][key]["properties"]
            assert {part: inner["type"] for part, inner in mine.items()} == {
                part: known[part]["type"] for part in mine
            }
            continue
        types = [each["type"] for each in wanted.get("anyOf", [wanted])]
        assert ours["properties"][key]["type"] in types, key


@pytest.mark.parametrize("name", PUBLIC)
def test_every_action_can_be_told_of_whatever_its_login(name: str) -> None:
    with Client() as client:
        told = client.describe(f"instagram.{name}")
    assert told["input"]["type"] == told["output"]["type"] == "object"


@pytest.mark.parametrize("name", PUBLIC)
def test_every_cassette_names_its_page(name: str) -> None:
    found = yaml.safe_load((FOLDER / "cassettes" / f"{name}.yaml").read_text())
    assert found["source"] == "documentation"
    assert found["page"].endswith("read 2026-11-21")


def test_no_cassette_holds_a_token() -> None:
    for file in (FOLDER / "cassettes").glob("*.yaml"):
        assert "access_token" not in file.read_text(), file.name


def test_both_logins_can_do_what_is_not_marked() -> None:
    marked = {name for name in PUBLIC if program(name).action.flavours}
    scopes = {name: " ".join(program(name).action.scopes) for name in PUBLIC}
    for name in PUBLIC:
        assert ("instagram_business_" in scopes[name]) is (name not in marked), name


def test_the_quality_sheet_says_why() -> None:
    rules = yaml.safe_load((FOLDER / "quality.yaml").read_text())["rules"]
    rows = {name for name in rules if name.startswith("row-")}
    assert {"row-update-comment", "row-repost", "row-scheduled-post", "row-comment-to-dm"} <= rows
    assert all(rules[name]["status"] == "exempt" and rules[name]["comment"] for name in rows)
