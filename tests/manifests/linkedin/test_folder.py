"""LinkedIn's folder as data: the login, the version, the shared names, the cassettes, the quality sheet."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from postwire.accounts.oauth import OAuth
from postwire.accounts.refusals import REFUSALS, STAGES
from postwire.decide.programs import Programs
from postwire.errors import CATALOGUE
from postwire.language.catalog import Catalog
from postwire.language.expression import compile_condition, compile_expression
from postwire.language.template import compile_address, compile_value, holes

FOLDER = Path(__file__).parents[3] / "integrations" / "linkedin"
COMMON = json.loads((FOLDER.parents[1] / "schemas" / "common.schema.json").read_text())["$defs"]
PROGRAMS = Programs(Catalog())
NAMES = sorted(path.stem for path in (FOLDER / "actions").glob("*.yaml"))
PUBLIC = [name for name in NAMES if not name.startswith("_")]
WHOLE: dict[str, Any] = yaml.safe_load((FOLDER / "integration.yaml").read_text())
AUTH: dict[str, Any] = WHOLE["auth"]
REDIRECT = "http://localhost:5005/callback/"
POSTS = [name for name in PUBLIC if name.startswith("create_") and name.endswith("_post")]


def test_one_version_is_named_everywhere() -> None:
    text = (FOLDER / "integration.yaml").read_text()
    assert WHOLE["version"] == WHOLE["api"]["headers"]["LinkedIn-Version"]
    assert set(re.findall(r"\b20[0-9]{4}\b", text)) - {"202610"} == {WHOLE["version"]}
    assert WHOLE["version_ends"].isoformat() == "2027-09-15"


@pytest.mark.parametrize("name", NAMES)
def test_what_only_reads_may_be_repeated(name: str) -> None:
    program = PROGRAMS.get(f"linkedin.{name}")
    if program.effect == "read":
        kinds = [getattr(step.kind, "request", step.kind) for step in program.steps]
        assert all(getattr(kind, "safe", True) for kind in kinds)


@pytest.mark.parametrize("name", [*POSTS, "reshare_post", "create_comment", "reply_to_comment"])
def test_what_publishes_is_never_repeated(name: str) -> None:
    program = PROGRAMS.get(f"linkedin.{name}")
    last = program.steps[-1]
    assert program.effect == "create"
    assert getattr(last.kind, "safe", True) is False


@pytest.mark.parametrize("name", [*POSTS, "reshare_post"])
def test_every_post_offers_the_same_choices(name: str) -> None:
    schema = PROGRAMS.get(f"linkedin.{name}").action.input["properties"]
    assert {"text", "mentions", "author", "visibility", "disable_reshare"} <= schema.keys()
    assert schema["visibility"]["default"] == "PUBLIC"
    assert schema["text"]["x-length"] == {"unit": "utf16", "max": 3000}


def properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = list(schema.get("properties", {}).items())
    inner = [schema["items"]] if isinstance(schema.get("items"), dict) else []
    return found + [each for below in [*inner, *dict(found).values()] for each in properties(below)]


@pytest.mark.parametrize("name", NAMES)
def test_every_property_is_described_and_has_one_type(name: str) -> None:
    action = PROGRAMS.get(f"linkedin.{name}").action
    for key, schema in properties(action.input) + properties(action.output):
        assert schema.get("description"), key
        assert isinstance(schema["type"], str), key


SHARED = [
    ("get_user_info", [], "user"),
    ("get_organization", [], "user"),
    ("list_organizations", ["organizations", "*"], "user"),
    ("find_organization", ["organizations", "*"], "user"),
    ("search_followers", ["members", "*"], "user"),
    ("create_text_post", [], "post"),
    ("create_photo_post", [], "post"),
    ("get_post", [], "post"),
    ("list_posts", ["posts", "*"], "post"),
    ("list_posts", [], "page"),
    ("get_post_insights", [], "post"),
    ("get_account_insights", ["metrics"], "metrics"),
    ("get_member_post_insights", ["metrics"], "metrics"),
    ("get_social_metadata", ["metrics"], "metrics"),
    ("create_comment", [], "comment"),
    ("reply_to_comment", [], "comment"),
    ("list_comments", ["comments", "*"], "comment"),
    ("list_comments", [], "page"),
]


@pytest.mark.parametrize(("name", "path", "kind"), SHARED)
def test_shared_names_mean_the_same_as_elsewhere(name: str, path: list[str], kind: str) -> None:
    ours = PROGRAMS.get(f"linkedin.{name}").action.output
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


@pytest.mark.parametrize(
    ("own", "scope"),
    [
        ({}, " ".join(AUTH["authorize"]["scopes"])),
        ({"login_scopes": "openid profile w_member_social"}, "openid profile w_member_social"),
    ],
)
def test_the_consent_address_has_spaces_between_scopes_and_no_pkce(own: dict[str, str], scope: str) -> None:
    app = {"client_id": "id", "client_secret": "never", **own}
    begun = OAuth("linkedin", Catalog().integration("linkedin"), app).authorize(REDIRECT)
    assert dict(parse_qsl(urlsplit(begun.url).query)) == {
        "response_type": "code",
        "client_id": "id",
        "redirect_uri": REDIRECT,
        "state": begun.state,
        "scope": scope,
    }
    assert "pkce" not in AUTH["authorize"]


def test_the_login_asks_for_nothing_that_no_action_uses() -> None:
    used = {one for name in PUBLIC for scope in PROGRAMS.get(f"linkedin.{name}").scopes for one in scope}
    assert set(AUTH["authorize"]["scopes"]) - used == {"profile", "email"}  # fields of get_user_info


def login(name: str) -> Any:
    found: Any = AUTH
    for part in name.split("."):
        found = found[int(part) if part.isdigit() else part]
    return found


@pytest.mark.parametrize("more", [{}, {"refresh_token": "AQW", "refresh_token_expires_in": 31_536_000}])
@pytest.mark.parametrize("step", ["connect.0", "refresh.steps.0"])
def test_the_token_answer_is_taken_whole(step: str, more: dict[str, Any]) -> None:
    body = {"access_token": "AQX", "expires_in": 5_184_000, "scope": "email,openid", "token_type": "Bearer"}
    taken = compile_value(login(step)["take"])({"body": {**body, **more}})
    assert taken == {
        "access_token": "AQX",
        "expires_in": 5_184_000,
        "scope": "email,openid",
        **({"refresh_token": "AQW", "refresh_expires_in": 31_536_000} if more else {}),
    }


@pytest.mark.parametrize("step", ["connect.0", "refresh.steps.0", "revoke", "inspect"])
def test_the_apps_keys_go_into_the_form(step: str) -> None:
    request = login(step)["request"]
    assert request["auth"] == "none"
    assert {"client_id", "client_secret"} <= request["form"].keys()


@pytest.mark.parametrize(
    ("scopes", "resource"),
    [
        (["openid", "profile"], "userinfo"),
        (["openid", "r_basicprofile"], "userinfo"),
        (["r_basicprofile", "w_member_social"], "me"),
        (None, "userinfo"),
    ],
)
def test_an_app_without_openid_is_asked_otherwise(scopes: list[str] | None, resource: str) -> None:
    made = compile_address(login("identity.request.get"))({"credential": {"scope": scopes} if scopes else {}})
    assert made == f"https://api.linkedin.com/v2/{resource}"


@pytest.mark.parametrize(
    "body",
    [
        {"sub": "782bbtaQ", "name": "Mina Park"},
        {"id": "782bbtaQ", "localizedFirstName": "Mina", "localizedLastName": "Park", "vanityName": "mina"},
    ],
)
def test_a_member_is_known_by_the_urn(body: dict[str, str]) -> None:
    taken = compile_value(login("identity.take"))({"body": body})
    assert (taken["id"], taken["urn"], taken["name"]) == (
        "urn:li:person:782bbtaQ",
        "urn:li:person:782bbtaQ",
        "Mina Park",
    )
    assert taken.get("username") == body.get("vanityName")


@pytest.mark.parametrize(
    ("role", "posts"),
    [
        ("ADMINISTRATOR", True),
        ("CONTENT_ADMINISTRATOR", True),
        ("CONTENT_ADMIN", True),
        ("DIRECT_SPONSORED_CONTENT_POSTER", True),
        ("ANALYST", False),
        ("CURATOR", False),
    ],
)
@pytest.mark.parametrize("index", [0, 1])
def test_pages_that_the_member_may_post_for_come_along(index: int, role: str, posts: bool) -> None:
    assert compile_condition(AUTH["children"][index]["where"])({"item": {"role": role}}) is posts


@pytest.mark.parametrize(
    ("index", "item", "name"),
    [
        (0, {"organizationalTarget": "U", "organizationalTarget~": {"localizedName": "Fjord"}}, "Fjord"),
        (0, {"organizationalTarget": "U"}, "U"),
        (1, {"organization": "U"}, "U"),
        (1, {"organizationTarget": "U"}, "U"),
        (1, {"organizationalTarget": "U"}, "U"),
    ],
)
def test_a_page_is_known_by_its_urn(index: int, item: dict[str, Any], name: str) -> None:
    taken = compile_value(AUTH["children"][index]["take"])({"item": item})
    assert (taken["id"], taken["urn"], taken["name"]) == ("U", "U", name)
    assert "access_token" not in taken  # it acts with the member's


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 400, "body": {"error": "user_cancelled_login"}}, "permission_denied"),
        ({"status": 400, "body": {"error": "user_cancelled_authorize"}}, "permission_denied"),
        ({"status": 400, "body": {"error": "unauthorized_scope_error"}}, "scope_missing"),
        ({"status": 401, "body": {"error": "invalid_client"}}, "permission_denied"),
        ({"status": 400, "body": {"error": "invalid_grant"}}, "auth_expired"),
        (
            {
                "status": 400,
                "body": {
                    "error": "invalid_request",
                    "error_description": "The provided refresh token is invalid, expired or revoked",
                },
            },
            "auth_expired",
        ),
        (
            {"status": 400, "body": {"error": "invalid_request", "error_description": "redirect_uri"}},
            "invalid_input",
        ),
        ({"status": 400, "body": {"error": "invalid_request"}}, "invalid_input"),
        ({"status": 400, "body": {"error": "server_error"}}, "transient"),
        ({"status": 502}, "transient"),
        ({"status": 429}, "rate_limited"),
        ({"status": 200, "body": {"access_token": "AQX"}}, None),
        ({"status": 200}, None),
    ],
)
def test_login_refusals(answer: Any, code: str | None) -> None:
    fitting = [rule["code"] for rule in AUTH["errors"] if compile_condition(rule["when"])(answer)]
    assert next(iter(fitting), None) == code
    assert code is None or code in CATALOGUE


def test_failed_connections_have_the_codes_of_the_reference() -> None:
    assert set(AUTH["codes"]) <= set(STAGES)
    assert set(AUTH["codes"].values()) == {"linkedin_token_error", "linkedin_profile_error"} <= set(REFUSALS)


def test_every_hole_of_the_login_can_be_read() -> None:
    found = list(holes({key: value for key, value in AUTH.items() if key != "errors"}))
    assert len(found) > 40
    for hole in found:
        compile_expression(hole.expression)


@pytest.mark.parametrize("name", PUBLIC)
def test_cassettes_are_documentation_without_secrets(name: str) -> None:
    text = (FOLDER / "cassettes" / f"{name}.yaml").read_text()
    cassette = yaml.safe_load(text)
    assert cassette["source"] == "documentation"
    assert cassette["page"].endswith("read 2026-11-21")
    assert cassette["interactions"] or name == "upload_video"
    assert not any(secret in text for secret in ("AQX", "AQW", "Bearer", "Authorization:", "planted"))
    for turn in cassette["interactions"]:
        sent = turn["request"]["headers"]
        assert sent["LinkedIn-Version"] == [WHOLE["version"]]
        assert sent["X-Restli-Protocol-Version"] == ["2.0.0"]


def test_the_quality_sheet_admits_what_was_never_tried() -> None:
    rules = yaml.safe_load((FOLDER / "quality.yaml").read_text())["rules"]
    assert rules["live-recorded"]["status"] == "todo"
    assert all(rule["status"] in ("done", "todo", "exempt") and rule["comment"] for rule in rules.values())
    rows = [rule for name, rule in rules.items() if name.startswith("row-")]
    assert rows
    assert all(rule["status"] == "exempt" and "Source" in rule["comment"] for rule in rows)


def test_every_shape_is_shared_by_two_places() -> None:
    shapes = (FOLDER / "shapes.yaml").read_text()
    texts = [shapes, *((FOLDER / "actions" / f"{name}.yaml").read_text() for name in NAMES)]
    used = Counter(name for text in texts for name in re.findall(r"\$ref: (\w+)", text))
    once = {name for name in yaml.safe_load(shapes) if used[name] < 2}
    assert not once
