"""Secrets do not show themselves, and what stands under a known name is masked."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.secret import MASK, Secret, scrub

CANARY = "act.Zk4n4ry!0815"


@pytest.mark.parametrize(
    "show",
    [
        str,
        repr,
        "{}".format,
        "{0!r:>40}".format,
        "{0!a}".format,
        lambda s: f"{s!s:.99}",
        lambda s: "%s %r" % (s, s),  # noqa: UP031 - logging formats so
        lambda s: str([s]) + str({"token": s}) + repr((s,)),
        lambda s: logging.LogRecord("x", 1, "x", 1, "with %s", (s,), None).getMessage(),
        lambda s: json.dumps({"token": s}, default=str),
    ],
)
def test_a_secret_never_shows(show: object) -> None:
    text = show(Secret(CANARY))  # type: ignore[operator]  # a list of functions
    assert CANARY not in text
    assert "u2022" in ascii(text)  # the mask, whatever escaped it


def test_only_reveal_gives_the_value() -> None:
    secret = Secret(CANARY)
    assert secret.reveal() == CANARY
    assert not hasattr(secret, "__dict__")
    with pytest.raises(TypeError):
        json.dumps(secret)


@pytest.mark.parametrize("copying", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_not_copied_by_accident(copying: object) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        copying(Secret(CANARY))  # type: ignore[operator]  # a list of functions


def test_equality_is_by_value_and_never_with_text() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret("a") != "a"


# As the platforms' own pages name them in requests and answers.
NAMES = [
    "access_token",
    "refresh_token",
    "client_secret",
    "client_ticket",
    "code_verifier",
    "upload_token",
    "fb_exchange_token",
    "input_token",
    "appsecret_proof",
    "signed_request",
    "verify_token",
    "id_token",
    "token",
    "code",
    "page_access_token",
    "accessToken",
    "clientSecret",
    "uploadToken",
    "X-Api-Key",
]
FORMS = {
    "query": "https://graph.test/v26.0/me?fields=id&{name}={value}&limit=5",
    "form": "{name}={value}&grant_type=authorization_code",
    "json": '{{"{name}":"{value}","expires_in":86400}}',
    "spaced json": '{{"{name}" : "{value}"}}',
    "json in json": '{{"body": "{{\\"{name}\\": \\"{value}\\"}}"}}',
    "repr": "{{'{name}': '{value}'}}",
    "header": "{name}: {value}",
    "yaml": "{name}:\n- {value}\n",
    "pairs": "[('{name}', '{value}'), ('Host', 'graph.test')]",
    "byte pairs": "[(b'{name}', b'{value}'), (b'Host', b'graph.test')]",
    "address in an address": "https://a.test/?next=https%3A%2F%2Fb.test%3F{name}%3D{value}",
    "second in an address": "next=https%3A%2F%2Fb.test%3Fx%3D1%26{name}%3D{value}",
    "json with & escaped": '{{"next":"https://a.test/?x=1\\u0026{name}={value}"}}',
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_what_stands_under_a_known_name_is_masked(name: str, form: str) -> None:
    text = FORMS[form].format(name=name, value=CANARY)
    scrubbed = scrub(text)
    assert CANARY not in scrubbed
    assert "Zk4n4ry" not in scrubbed
    assert "0815" not in scrubbed
    assert scrubbed.count(MASK) == 1
    assert scrub(text.upper().replace("\\U", "\\u")).count(MASK) == 1


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Authorization: OAuth EAAB0815", "Authorization: •••"),
        ("Authorization: Bearer 123|abc", "Authorization: •••"),
        ("Authorization: Basic dXNlcjpwdw==\nHost: a", "Authorization: •••\nHost: a"),
        ("Cookie: sid=1; flow=2\nHost: a", "Cookie: •••\nHost: a"),
        ("set-cookie: sid=1; Path=/", "set-cookie: •••"),
        ("sent with Bearer act.1 again", "sent with Bearer ••• again"),
        ("curl -H 'bearer 1|2'", "curl -H 'bearer •••'"),
        ("postgresql+psycopg://postwire:geheim@db.test/x", "postgresql+psycopg://postwire:•••@db.test/x"),
        ('{"client_secret":"two words, and more"}', '{"client_secret":"•••"}'),
        (r'{"access_token":"EAA\/b\u002bc"}', '{"access_token":"•••"}'),
        ("?upload_id=67&upload_token=Xza", "?upload_id=•••&upload_token=•••"),
    ],
)
def test_schemes_cookies_and_passwords(text: str, rest: str) -> None:
    assert scrub(text) == rest


@pytest.mark.parametrize(
    "text",
    [
        '{"error":{"code":"access_token_invalid","message":"The access token is invalid"}}',
        '{"status":401,"serviceErrorCode":65601,"code":"REVOKED_ACCESS_TOKEN","message":"revoked"}',
        '{"error":{"code":190,"error_subcode":463,"type":"OAuthException"}}',
        '{"code": -2, "error_code": "200"}',
        "token_type=bearer&grant_type=refresh_token&response_type=code",
        '{"meta":{"next_token":"7140dibdnow9c7btw","result_count":1}}',
        "https://api.test/2/users?pagination_token=7140w&max_results=5",
        '{"scope":"user.info.basic,video.publish","status_code":200}',
        "code_challenge_method=S256",
        "https://www.tiktok.com/@name/video/7000000000000000000",
    ],
)
def test_error_codes_pages_and_names_stay_readable(text: str) -> None:
    assert scrub(text) == text


TOKENS = st.text("abcdefghijXYZ0123456789._~!*|+/=-", min_size=8, max_size=60).filter(
    lambda t: t[0] not in "=|"
)


@given(TOKENS, st.sampled_from([n for n in NAMES if n != "code"]), st.sampled_from(["json", "query", "repr"]))
def test_any_token_is_masked_whole(token: str, name: str, form: str) -> None:
    value = urllib.parse.quote_plus(token) if form == "query" else token
    text = FORMS[form].format(name=name, value=value)
    assert scrub(text) == FORMS[form].format(name=name, value=MASK)


@given(st.text(max_size=200), st.sampled_from(["access_token=", "Bearer ", "x", '"code":"']))
def test_scrubbing_twice_changes_no_more(text: str, mark: str) -> None:
    once = scrub(text[:50] + mark + text[50:])
    assert scrub(once) == once


@pytest.mark.parametrize(
    "piece", ["access_token", "token: ", "a" * 9, '"', "\\", "://a:", "code=", "bearer ", "- "]
)
def test_scrubbing_is_quick_on_hostile_text(piece: str) -> None:
    import time

    text = piece * (200_000 // len(piece))
    start = time.process_time()
    scrub(text)
    assert time.process_time() - start < 2
