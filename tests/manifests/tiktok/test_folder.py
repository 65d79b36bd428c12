"""TikTok's folder as data: the login, the shared names, the cassettes, the quality sheet."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from postwire.decide.programs import Programs
from postwire.errors import CATALOGUE
from postwire.language.catalog import Catalog
from postwire.language.expression import compile_condition, compile_expression
from postwire.language.template import compile_value, holes

FOLDER = Path(__file__).parents[3] / "integrations" / "tiktok"
COMMON = json.loads((FOLDER.parents[1] / "schemas" / "common.schema.json").read_text())["$defs"]
PROGRAMS = Programs(Catalog())
NAMES = sorted(path.stem for path in (FOLDER / "actions").glob("*.yaml"))
PUBLIC = [name for name in NAMES if not name.startswith("_")]
AUTH: dict[str, Any] = yaml.safe_load((FOLDER / "integration.yaml").read_text())["auth"]


@pytest.mark.parametrize("name", NAMES)
def test_a_post_that_only_reads_may_be_repeated(name: str) -> None:
    program = PROGRAMS.get(f"tiktok.{name}")
    if program.effect == "read":
        kinds = [getattr(step.kind, "request", step.kind) for step in program.steps]
        assert all(getattr(kind, "safe", True) for kind in kinds)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_file_begins_with_its_schema(name: str) -> None:
    first = (FOLDER / "actions" / f"{name}.yaml").read_text().partition("\n")[0]
    assert first == "# yaml-language-server: $schema=../../../schemas/action.schema.json"


def properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = list(schema.get("properties", {}).items())
    inner = [schema["items"]] if isinstance(schema.get("items"), dict) else []
    return found + [each for below in [*inner, *dict(found).values()] for each in properties(below)]


@pytest.mark.parametrize("name", NAMES)
def test_every_property_is_described_and_has_one_type(name: str) -> None:
    action = PROGRAMS.get(f"tiktok.{name}").action
    for key, schema in properties(action.input) + properties(action.output):
        assert schema.get("description"), key
        assert isinstance(schema["type"], str), key


SHARED = [
    ("get_user_info", [], "user"),
    ("get_creator_info", [], "user"),
    ("get_account_insights", ["metrics"], "metrics"),
    ("get_videos", ["videos", "*"], "post"),
    ("get_videos", [], "page"),
    ("query_videos", ["videos", "*"], "post"),
    ("get_post_insights", [], "post"),
    ("publish_video", [], "post"),
]


@pytest.mark.parametrize(("name", "path", "kind"), SHARED)
def test_shared_names_mean_the_same_as_elsewhere(name: str, path: list[str], kind: str) -> None:
    ours = PROGRAMS.get(f"tiktok.{name}").action.output
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
            assert {name: inner["type"] for name, inner in mine.items()} == {
                name: known[name]["type"] for name in mine
            }
            continue
        types = [each["type"] for each in wanted.get("anyOf", [wanted])]
        assert ours["properties"][key]["type"] in types, key


def login(name: str) -> Any:
    found: Any = AUTH
    for part in name.split("."):
        found = found[int(part) if part.isdigit() else part]
    return found


def test_the_consent_address_uses_tiktoks_own_names() -> None:
    scope = {
        "app": {"client_key": "key", "client_secret": "never"},
        "scopes": AUTH["authorize"]["scopes"],
        "redirect_uri": "http://127.0.0.1:5005/callback/",
        "state": "s",
        "pkce": {"challenge": "328994bf", "verifier": "never"},
    }
    made = compile_value(login("authorize.params"))(scope)
    assert made.pop("scope").split(",") == scope["scopes"]
    assert made == {
        "client_key": "key",
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:5005/callback/",
        "state": "s",
        "disable_auto_auth": "1",
        "code_challenge": "328994bf",
        "code_challenge_method": "S256",
    }
    assert AUTH["authorize"]["pkce"] == {"method": "S256", "encoding": "hex"}


@pytest.mark.parametrize("step", ["connect.0", "refresh.steps.0"])
def test_the_token_answer_is_taken_whole(step: str) -> None:
    answer = {
        "access_token": "act.1",
        "expires_in": 7200,
        "open_id": "-000",
        "refresh_expires_in": 15_552_000,
        "refresh_token": "rft.1",
        "scope": "user.info.basic,video.publish",
        "token_type": "Bearer",
    }
    taken = compile_value(login(step)["take"])({"body": answer})
    assert taken == {
        "access_token": "act.1",
        "refresh_token": "rft.1",
        "expires_in": 7200,
        "refresh_expires_in": 15_552_000,
        "scope": "user.info.basic,video.publish",
        "subject": "-000",
    }


@pytest.mark.parametrize(("granted", "asks"), [(["user.info.profile"], True), (["user.info.basic"], False)])
def test_identity_asks_for_the_user_name_only_where_it_may(granted: list[str], asks: bool) -> None:
    fields = compile_value(login("identity.request.query"))({"credential": {"scope": granted}})["fields"]
    assert ("username" in fields.split(",")) is asks


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 200, "body": {"error": "invalid_grant"}}, "auth_expired"),
        ({"status": 400, "body": {"error": "invalid_grant"}}, "auth_expired"),
        ({"status": 401, "body": {"error": "invalid_client"}}, "permission_denied"),
        ({"status": 400, "body": {"error": "unauthorized_client"}}, "permission_denied"),
        ({"status": 400, "body": {"error": "invalid_request"}}, "invalid_input"),
        ({"status": 400, "body": {"error": "unsupported_grant_type"}}, "invalid_input"),
        ({"status": 400, "body": {"error": "invalid_scope"}}, "scope_missing"),
        ({"status": 200, "body": {"error": "server_error"}}, "transient"),
        ({"status": 502}, "transient"),
        ({"status": 400, "body": {"error": "access_denied"}}, "permission_denied"),
        ({"status": 400, "body": {"error": "unsupported_response_type"}}, "invalid_input"),
        ({"status": 200, "body": {"access_token": "act.1"}}, None),
    ],
)
def test_login_refusals_are_known_by_their_word_not_by_the_status(answer: Any, code: str | None) -> None:
    fitting = [rule["code"] for rule in AUTH["errors"] if compile_condition(rule["when"])(answer)]
    assert next(iter(fitting), None) == code
    assert code is None or code in CATALOGUE


def test_every_hole_of_the_login_can_be_read() -> None:
    found = list(holes({key: value for key, value in AUTH.items() if key != "errors"}))
    assert len(found) > 30
    for hole in found:
        compile_expression(hole.expression)


@pytest.mark.parametrize("name", PUBLIC)
def test_cassettes_are_documentation_without_secrets(name: str) -> None:
    text = (FOLDER / "cassettes" / f"{name}.yaml").read_text()
    cassette = yaml.safe_load(text)
    assert cassette["source"] == "documentation"
    assert cassette["page"].endswith("read 2026-11-21")
    assert cassette["interactions"]
    assert not any(secret in text for secret in ("act.", "rft.", "Bearer", "Authorization"))
    for turn in cassette["interactions"]:
        assert (turn["request"]["body"] is None) is (turn["request"]["method"] in ("PUT", "GET"))


def test_the_quality_sheet_admits_what_was_never_tried() -> None:
    rules = yaml.safe_load((FOLDER / "quality.yaml").read_text())["rules"]
    assert rules["live-recorded"]["status"] == "todo"
    assert all(rule["status"] in ("done", "todo", "exempt") and rule["comment"] for rule in rules.values())


def test_every_shape_is_shared_by_two_places() -> None:
    shapes = (FOLDER / "shapes.yaml").read_text()
    texts = [shapes, *((FOLDER / "actions" / f"{name}.yaml").read_text() for name in NAMES)]
    used = Counter(name for text in texts for name in re.findall(r"\$ref: (\w+)", text))
    once = {name for name in yaml.safe_load(shapes) if used[name] < 2}
    assert not once
