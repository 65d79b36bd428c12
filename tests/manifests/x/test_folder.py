"""X's folder as data: the checker, the login, the shared names, the cassettes, the quality sheet."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from postwire.decide.programs import Programs
from postwire.errors import CATALOGUE
from postwire.language.catalog import Catalog
from postwire.language.expression import compile_condition, compile_expression
from postwire.language.lint.check import check
from postwire.language.template import compile_value, holes

FOLDER = Path(__file__).parents[3] / "integrations" / "x"
COMMON = json.loads((FOLDER.parents[1] / "schemas" / "common.schema.json").read_text())["$defs"]
PROGRAMS = Programs(Catalog())
NAMES = sorted(path.stem for path in (FOLDER / "actions").glob("*.yaml"))
PUBLIC = [name for name in NAMES if not name.startswith("_")]
AUTH: dict[str, Any] = yaml.safe_load((FOLDER / "integration.yaml").read_text())["auth"]
TOKEN_CALLS = ["connect.0", "refresh.steps.0", "revoke"]


def test_the_checker_finds_nothing() -> None:
    assert [str(finding) for finding in check([FOLDER])] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_call_that_only_reads_may_be_repeated(name: str) -> None:
    program = PROGRAMS.get(f"x.{name}")
    if program.effect == "read":
        kinds = [getattr(step.kind, "request", step.kind) for step in program.steps]
        assert all(getattr(kind, "safe", True) for kind in kinds)


def properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = list(schema.get("properties", {}).items())
    inner = [schema["items"]] if isinstance(schema.get("items"), dict) else []
    return found + [each for below in [*inner, *dict(found).values()] for each in properties(below)]


@pytest.mark.parametrize("name", NAMES)
def test_every_property_has_one_type(name: str) -> None:
    action = PROGRAMS.get(f"x.{name}").action
    for key, schema in properties(action.input) + properties(action.output):
        assert isinstance(schema["type"], str), key


@pytest.mark.parametrize("name", PUBLIC)
def test_ids_are_digits_before_anything_is_sent(name: str) -> None:
    """An id goes into an address; X's are digits, and those of Spaces letters and digits."""
    for key, schema in PROGRAMS.get(f"x.{name}").action.input.get("properties", {}).items():
        if key.endswith("_id") and key != "place_id":
            assert set(schema["pattern"]) & set("/.%?#") == set(), key


SHARED = [
    ("get_user_info", [], "user"),
    ("get_user", [], "user"),
    ("get_users", ["users", "*"], "user"),
    ("list_followers", ["users", "*"], "user"),
    ("get_account_insights", ["metrics"], "metrics"),
    ("create_text_post", [], "post"),
    ("get_post", [], "post"),
    ("list_posts", ["posts", "*"], "post"),
    ("list_posts", [], "page"),
    ("search_posts", ["posts", "*"], "post"),
    ("get_post_insights", [], "post"),
    ("list_messages", ["messages", "*"], "message"),
    ("get_message", [], "message"),
]


@pytest.mark.parametrize(("name", "path", "kind"), SHARED)
def test_shared_names_mean_the_same_as_elsewhere(name: str, path: list[str], kind: str) -> None:
    ours = PROGRAMS.get(f"x.{name}").action.output
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


def test_the_consent_address() -> None:
    scope = {
        "app": {"client_id": "key", "client_secret": "never"},
        "scopes": AUTH["authorize"]["scopes"],
        "redirect_uri": "http://127.0.0.1:5005/callback/",
        "state": "s",
        "pkce": {"challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "verifier": "never"},
    }
    made = compile_value(login("authorize.params"))(scope)
    assert made.pop("scope").split(" ") == scope["scopes"]
    assert "offline.access" in scope["scopes"]
    assert made == {
        "response_type": "code",
        "client_id": "key",
        "redirect_uri": "http://127.0.0.1:5005/callback/",
        "state": "s",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    assert AUTH["authorize"]["pkce"] == {"method": "S256"}


@pytest.mark.parametrize("call", TOKEN_CALLS)
@pytest.mark.parametrize("secret", ["s3cret", None])
def test_a_secret_goes_into_the_basic_header_and_never_into_the_form(call: str, secret: str | None) -> None:
    app = {"client_id": "key", **({"client_secret": secret} if secret else {})}
    scope = {"app": app, "callback": {"code": "c"}, "redirect_uri": "r", "pkce": {"verifier": "v"}}
    scope["credential"] = {"refresh_token": "rt", "access_token": "at"}
    request = login(call)["request"]
    headers = compile_value(request["headers"])(scope)
    form = compile_value(request["form"])(scope)
    assert form["client_id"] == "key"
    assert "s3cret" not in form.values()
    if secret:
        assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"key:s3cret"
    else:
        assert "Authorization" not in (headers if isinstance(headers, dict) else {})


@pytest.mark.parametrize("held", [{"refresh_token": "rt", "access_token": "at"}, {"access_token": "at"}])
def test_the_longest_lived_token_is_revoked(held: dict[str, str]) -> None:
    form = compile_value(login("revoke.request.form"))({"app": {"client_id": "key"}, "credential": held})
    assert form["token"] == held.get("refresh_token", "at")


@pytest.mark.parametrize("step", ["connect.0", "refresh.steps.0"])
@pytest.mark.parametrize("refreshable", [True, False])
def test_the_token_answer_is_taken_whole(step: str, refreshable: bool) -> None:
    answer = {
        "token_type": "bearer",
        "expires_in": 7200,
        "access_token": "QUJD",
        "scope": "tweet.read users.read offline.access",
        **({"refresh_token": "cmVm"} if refreshable else {}),
    }
    taken = compile_value(login(step)["take"])({"body": answer})
    assert taken == {key: value for key, value in answer.items() if key != "token_type"}


VERIFIER = "Value passed for the code verifier did not match the code challenge."


@pytest.mark.parametrize(
    ("status", "error", "description", "code"),
    [
        (400, "invalid_request", "Value passed for the token was invalid.", "auth_expired"),
        (400, "invalid_grant", "", "auth_expired"),
        (400, "invalid_request", "Value passed for the authorization code was invalid.", "auth_expired"),
        (400, "invalid_request", VERIFIER, "auth_expired"),
        (400, "invalid_request", "Missing required parameter [client_id].", "invalid_input"),
        (401, "unauthorized_client", "Missing valid authorization header", "permission_denied"),
        (401, "invalid_client", "", "permission_denied"),
        (400, "invalid_scope", "", "scope_missing"),
        (400, "access_denied", "", "permission_denied"),
        (429, None, "", "rate_limited"),
        (503, None, "", "transient"),
        (200, None, "", None),
    ],
)
def test_login_refusals(status: int, error: str | None, description: str, code: str | None) -> None:
    body = {"error": error, "error_description": description} if error else {"access_token": "a"}
    seen = {"status": status, "body": body}
    fitting = [rule["code"] for rule in AUTH["errors"] if compile_condition(rule["when"])(seen)]
    assert next(iter(fitting), None) == code
    assert code is None or code in CATALOGUE


def test_every_hole_of_the_login_can_be_read() -> None:
    found = list(holes({key: value for key, value in AUTH.items() if key != "errors"}))
    assert len(found) > 25
    for hole in found:
        compile_expression(hole.expression)


@pytest.mark.parametrize("name", PUBLIC)
def test_cassettes_are_documentation_without_secrets(name: str) -> None:
    text = (FOLDER / "cassettes" / f"{name}.yaml").read_text()
    cassette = yaml.safe_load(text)
    assert cassette["source"] == "documentation"
    assert cassette["page"].endswith("read 2026-08-22")
    assert not any(secret in text for secret in ("Bearer", "Authorization:", "oauth2"))
    assert cassette["interactions"]


def test_the_quality_sheet_admits_what_was_never_tried() -> None:
    rules = yaml.safe_load((FOLDER / "quality.yaml").read_text())["rules"]
    assert rules["live-recorded"]["status"] == "todo"
    rows = {name: rule for name, rule in rules.items() if name.startswith("row-")}
    assert rows
    assert all(rule["status"] == "exempt" and len(rule["comment"]) > 40 for rule in rows.values())
