"""X's folder as data: ids, and the login."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from postwire.decide.programs import Programs
from postwire.language.catalog import Catalog
from postwire.language.template import compile_value

FOLDER = Path(__file__).parents[3] / "integrations" / "x"
PROGRAMS = Programs(Catalog())
PUBLIC = sorted(path.stem for path in (FOLDER / "actions").glob("[!_]*.yaml"))
AUTH: dict[str, Any] = yaml.safe_load((FOLDER / "integration.yaml").read_text())["auth"]
TOKEN_CALLS = ["connect.0", "refresh.steps.0", "revoke"]


@pytest.mark.parametrize("name", PUBLIC)
def test_ids_are_digits_before_anything_is_sent(name: str) -> None:
    """An id goes into an address; X's are digits, and those of Spaces letters and digits."""
    for key, schema in PROGRAMS.get(f"x.{name}").action.input.get("properties", {}).items():
        if key.endswith("_id") and key != "place_id":
            assert set(schema["pattern"]) & set("/.%?#") == set(), key


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
