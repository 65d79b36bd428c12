"""TikTok's folder as data: the login, and what its cassettes send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from postwire.language.template import compile_value

FOLDER = Path(__file__).parents[3] / "integrations" / "tiktok"
PUBLIC = sorted(path.stem for path in (FOLDER / "actions").glob("[!_]*.yaml"))
AUTH: dict[str, Any] = yaml.safe_load((FOLDER / "integration.yaml").read_text())["auth"]


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


@pytest.mark.parametrize("name", PUBLIC)
def test_a_cassette_has_a_body_wherever_one_is_sent(name: str) -> None:
    cassette = yaml.safe_load((FOLDER / "cassettes" / f"{name}.yaml").read_text())
    for turn in cassette["interactions"]:
        assert (turn["request"]["body"] is None) is (turn["request"]["method"] in ("PUT", "GET"))
