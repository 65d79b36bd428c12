"""LinkedIn's folder as data: the version, what all posts share, the login, and what its cassettes send."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from postwire.accounts.oauth import OAuth
from postwire.accounts.refusals import REFUSALS, STAGES
from postwire.decide.program import CallCode
from postwire.decide.programs import Programs
from postwire.language.catalog import Catalog
from postwire.language.expression import compile_condition
from postwire.language.template import compile_address, compile_value

FOLDER = Path(__file__).parents[3] / "integrations" / "linkedin"
PROGRAMS = Programs(Catalog())
PUBLIC = sorted(path.stem for path in (FOLDER / "actions").glob("[!_]*.yaml"))
WHOLE: dict[str, Any] = yaml.safe_load((FOLDER / "integration.yaml").read_text())
AUTH: dict[str, Any] = WHOLE["auth"]
REDIRECT = "http://localhost:5005/callback/"
POSTS = [name for name in PUBLIC if name.startswith("create_") and name.endswith("_post")]


def test_one_version_is_named_everywhere() -> None:
    text = (FOLDER / "integration.yaml").read_text()
    assert WHOLE["version"] == WHOLE["api"]["headers"]["LinkedIn-Version"]
    assert set(re.findall(r"\b20[0-9]{4}\b", text)) - {"202610"} == {WHOLE["version"]}
    assert WHOLE["version_ends"].isoformat() == "2027-09-15"


@pytest.mark.parametrize("name", [*POSTS, "reshare_post", "create_comment", "reply_to_comment"])
def test_what_publishes_is_never_repeated(name: str) -> None:
    program = PROGRAMS.get(f"linkedin.{name}")
    assert program.effect == "create"
    last = program.steps[-1].kind
    if isinstance(last, CallCode):
        last = last.program().steps[-1].kind
    assert getattr(last, "safe", True) is False


@pytest.mark.parametrize("name", [*POSTS, "reshare_post"])
def test_every_post_offers_the_same_choices(name: str) -> None:
    schema = PROGRAMS.get(f"linkedin.{name}").action.input["properties"]
    assert {"text", "mentions", "author", "visibility", "disable_reshare"} <= schema.keys()
    assert schema["visibility"]["default"] == "PUBLIC"
    assert schema["text"]["x-length"] == {"unit": "utf16", "max": 3000}


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
def test_pages_that_the_member_may_post_for_come_along(role: str, posts: bool) -> None:
    (page,) = AUTH["children"]["accounts"]
    assert compile_condition(page["where"])({"item": {"role": role}}) is posts


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"organizationalTarget": "U", "organizationalTarget~": {"localizedName": "Fjord"}}, "Fjord"),
        ({"organizationalTarget": "U"}, "U"),
        ({"organization": "U"}, "U"),
        ({"organizationTarget": "U"}, "U"),
    ],
)
def test_a_page_is_known_by_its_urn(item: dict[str, Any], name: str) -> None:
    (page,) = AUTH["children"]["accounts"]
    taken = compile_value(page["take"])({"item": item})
    assert (taken["id"], taken["urn"], taken["name"]) == ("U", "U", name)
    assert "access_token" not in taken  # it acts with the member's


def test_failed_connections_have_the_codes_of_the_reference() -> None:
    assert set(AUTH["codes"]) <= set(STAGES)
    assert set(AUTH["codes"].values()) == {"linkedin_token_error", "linkedin_profile_error"} <= set(REFUSALS)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_recorded_request_names_its_versions(name: str) -> None:
    cassette = yaml.safe_load((FOLDER / "cassettes" / f"{name}.yaml").read_text())
    for turn in cassette["interactions"]:
        sent = turn["request"]["headers"]
        assert sent["LinkedIn-Version"] == [WHOLE["version"]]
        assert sent["X-Restli-Protocol-Version"] == ["2.0.0"]


def test_the_quality_sheet_names_the_source_of_every_missing_row() -> None:
    rules = yaml.safe_load((FOLDER / "quality.yaml").read_text())["rules"]
    assert all("Source" in rule["comment"] for name, rule in rules.items() if name.startswith("row-"))
