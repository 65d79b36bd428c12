"""What an answer means."""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.decide.api import rules
from postwire.decide.parse import failure, read, told
from postwire.errors import CATALOGUE, ActionFailed
from postwire.language.manifest import ErrorRule
from postwire.values import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.decide.api import Api

    MakeApi = Callable[..., Api]

NOW = 1_794_990_000.0


def seen(status: int, body: Any = None, **headers: str) -> dict[str, Any]:
    """The scope after an answer."""
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"run": {"now": NOW}, **read(Response(status, named, raw))}


JSON = "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("raw", "kind", "body"),
    [
        (b'{"a": 1}', JSON, {"a": 1}),
        (b'{"a": 1}', "text/plain", {"a": 1}),
        (b"[1]", "", [1]),
        (b'"x"', JSON, "x"),
        (b"5", JSON, 5),
        (b"null", JSON, None),
        (b"5", "text/plain", "5"),
        (b"\xef\xbb\xbf{}", JSON, {}),
        (b" \n{}", JSON, {}),
        (b"<html>", "text/html", "<html>"),
        (b"{broken", JSON, "{broken"),
        (b"\xff\xfe", JSON, "\ufffd\ufffd"),
        (b"[" * 100_000, JSON, "[" * 100_000),
        (b'{"n": ' + b"9" * 5000 + b"}", JSON, '{"n": ' + "9" * 5000 + "}"),
    ],
)
def test_what_expressions_see_of_an_answer(raw: bytes, kind: str, body: Any) -> None:
    assert read(Response(200, {"content-type": kind}, raw)) == {
        "status": 200,
        "headers": {"content-type": kind},
        "body": body,
    }


def test_an_empty_answer_has_no_body() -> None:
    assert "body" not in read(Response(204, {}))


ENVELOPE = {"ok": "body.error.code == 'ok'"}


@pytest.mark.parametrize(
    ("words", "status", "body", "accepted", "code"),
    [
        ({}, 200, {"a": 1}, [], None),
        ({}, 204, None, [], None),
        ({}, 201, b"text", [], None),
        (ENVELOPE, 200, {"error": {"code": "ok"}}, [], None),
        (ENVELOPE, 200, {"error": {"code": "other"}}, [], "internal"),
        (ENVELOPE, 200, {}, [], "internal"),
        (ENVELOPE, 200, b"plain", [], None),  # an upload host has no envelope
        (ENVELOPE, 201, None, [], None),
        (ENVELOPE, 200, {"error": {"code": "other"}}, [200], None),
        ({"ok": "body.ok"}, 200, {"ok": "yes"}, [], "internal"),  # not the form that was expected
        ({}, 301, None, [], "internal"),
        ({}, 400, None, [], "invalid_input"),
        ({}, 401, None, [], "auth_expired"),
        ({}, 402, None, [], "credits_depleted"),
        ({}, 403, None, [], "permission_denied"),
        ({}, 403, None, [403], None),
        ({}, 404, None, [403], "not_found"),
        ({}, 408, None, [], "transient"),
        ({}, 409, None, [], "conflict"),
        ({}, 410, None, [], "not_found"),
        ({}, 413, None, [], "media_rejected"),
        ({}, 415, None, [], "media_rejected"),
        ({}, 418, None, [], "invalid_input"),
        ({}, 422, None, [], "invalid_input"),
        ({}, 426, None, [], "version_retired"),
        ({}, 429, None, [], "rate_limited"),
        ({}, 500, None, [], "transient"),
        ({}, 503, {"error": {"code": "ok"}}, [], "transient"),
        ({}, 599, None, [], "transient"),
    ],
)
def test_a_status_and_the_envelope_decide(
    make_api: MakeApi, words: dict[str, Any], status: int, body: Any, accepted: list[int], code: str | None
) -> None:
    found = failure(make_api(**words), (), seen(status, body), accepted)
    assert (found.code if found else None) == code


ERRORS = [
    {"when": "body.error.code > 100", "code": "conflict"},  # fails where the code is text
    {"when": "body.error.code == 'spam'", "code": "quota_exceeded", "message": "Too many posts.",
     "retry_after": "24h"},
    {"when": "status == 403", "code": "account_not_eligible", "message": "It says ${{ body.error.message }}",
     "remedy": "Ask ${{ body.error.who }}."},
    {"when": "status == 403", "code": "conflict"},
]  # fmt: skip
OWN = rules([ErrorRule(when="status == 404", code="conflict", message="The address has expired.")])


@pytest.mark.parametrize(
    ("status", "body", "code", "message"),
    [
        (200, {"error": {"code": "spam"}}, "quota_exceeded", "Too many posts."),
        (403, {"error": {"message": "No."}}, "account_not_eligible", "It says No."),
        (403, None, "account_not_eligible", "Account Not Eligible: Alpha answered with status 403."),
        (404, None, "conflict", "The address has expired."),
        (500, {"error": {"code": 101}}, "conflict", "Conflict: Alpha answered with status 500."),
        (500, {"error": {"message": "Oops"}}, "transient", "Oops"),
        (502, b"<html>", "transient", "Temporary Failure: Alpha answered with status 502."),
        (
            500,
            {"error": {"message": {"not": "text"}}},
            "transient",
            "Temporary Failure: Alpha answered with status 500.",
        ),
    ],
)
def test_the_first_rule_that_fits_decides(
    make_api: MakeApi, status: int, body: Any, code: str, message: str
) -> None:
    api = make_api(**ENVELOPE, errors=ERRORS, message="${{ body.error.message }}")
    found = failure(api, OWN, seen(status, body), [])
    assert found is not None
    assert (found.code, found.message) == (code, message)


def test_remedies_come_from_the_rule_else_from_the_catalogue(make_api: MakeApi) -> None:
    api = make_api(errors=ERRORS)
    with_who = failure(api, (), seen(403, {"error": {"who": "Ann"}}), [])
    without = failure(api, (), seen(403, {}), [])
    assert with_who is not None
    assert with_who.remedy == "Ask Ann."
    assert without is not None
    assert without.remedy == CATALOGUE["account_not_eligible"].remedy


def test_what_the_platform_said_is_kept(make_api: MakeApi) -> None:
    api = make_api(
        message="${{ body.message }}", error_code="${{ body.code }}", request_id="${{ headers['x-id'] }}"
    )
    found = failure(api, (), seen(500, {"message": "Oops", "code": 1.0}, x_id="abc"), [])
    assert found is not None
    assert found.provider == {"status": 500, "code": "1", "message": "Oops", "request_id": "abc"}
    strange = failure(api, (), seen(500, {"message": ["x"], "code": {"a": 1}}), [])
    assert strange is not None
    assert strange.provider == {"status": 500}


def test_what_the_platform_said_is_cut_and_holds_no_credential(make_api: MakeApi) -> None:
    api = make_api(message="${{ body.message }}", error_code="${{ body.message }}")
    said = "Error validating access_token=EAAB1234secret: " + "x" * 100_000
    found = failure(api, (), seen(400, {"message": said}), [])
    assert found is not None
    assert len(found.message) <= 510
    assert len(found.provider["code"]) <= 80
    assert "EAAB1234" not in repr(found.to_dict())


@pytest.mark.parametrize(
    "words",
    [
        {"message": "${{ 1 / body.n }}"},
        {"error_code": "${{ body.n + 'a' }}"},
        {"request_id": "${{ len(status) }}"},
        {"retry_after": "${{ -body.list }}"},
    ],
)
def test_words_that_cannot_be_made_do_not_hide_the_error(make_api: MakeApi, words: dict[str, str]) -> None:
    found = failure(make_api(**words), (), seen(401, {"n": 0, "list": []}), [])
    assert found is not None
    assert found.code == "auth_expired"


DATE = formatdate(NOW, usegmt=True)
LATER = formatdate(NOW + 90, usegmt=True)


@pytest.mark.parametrize(
    ("own", "headers", "seconds"),
    [
        (None, {}, None),
        (None, {"retry_after": "30"}, 30),
        (None, {"retry_after": " 1.5 "}, 1.5),
        (None, {"retry_after": "0"}, 0),
        (None, {"retry_after": "-5"}, None),
        (None, {"retry_after": "²"}, None),
        (None, {"retry_after": "soon"}, None),
        (None, {"retry_after": ""}, None),
        (None, {"retry_after": LATER}, 90),
        (None, {"retry_after": LATER, "date": formatdate(NOW + 30, usegmt=True)}, 60),
        (None, {"retry_after": LATER, "date": "nonsense"}, 90),
        (None, {"retry_after": DATE, "date": LATER}, 0),
        (None, {"retry_after": LATER.replace("GMT", "-0000")}, 90),
        ("${{ number(headers['x-reset']) - run.now }}", {"x_reset": str(int(NOW) + 12)}, 12),
        ("${{ number(headers['x-reset']) - run.now }}", {"x_reset": str(int(NOW) - 12)}, 0),
        ("${{ number(headers['x-reset']) - run.now }}", {"retry_after": "7"}, 7),
        ("${{ number(headers['x-reset']) - run.now }}", {"x_reset": "never", "retry_after": "7"}, 7),
        ("${{ headers['x-wait'] }}", {"x_wait": "3", "retry_after": "7"}, 3),
        ("${{ true }}", {}, None),
        ("${{ 10000000000000000 }}", {}, 1e9),
    ],
)
def test_how_long_to_wait(
    make_api: MakeApi, own: str | None, headers: dict[str, str], seconds: float | None
) -> None:
    api = make_api(retry_after=own)
    assert told(api, seen(429, None, **headers)) == seconds


def test_a_rule_knows_how_long_where_the_answer_does_not(make_api: MakeApi) -> None:
    api = make_api(errors=ERRORS)
    scope = {"error": {"code": "spam"}}
    silent, telling = (
        failure(api, (), seen(400, scope), []),
        failure(api, (), seen(400, scope, retry_after="5"), []),
    )
    assert silent is not None
    assert telling is not None
    assert (silent.retry_after, telling.retry_after) == (86400, 5)


@given(
    st.text(max_size=40)
    | st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,5} \d\d:\d\d:\d\d .{0,6}")
)
def test_no_header_breaks_the_waiting(value: str) -> None:
    class Plain:
        retry_after = None

    scope = {"run": {"now": NOW}, "headers": {"retry-after": value, "date": value}}
    seconds = told(Plain(), scope)  # type: ignore[arg-type]
    assert seconds is None or seconds >= 0


@given(st.integers(100, 599), st.binary(max_size=30))
def test_every_answer_is_a_success_or_an_error_of_the_catalogue(status: int, raw: bytes) -> None:
    class Plain:
        ok = error_code = request_id = retry_after = None
        errors = ()
        title = "Alpha"

        @staticmethod
        def message(_: object) -> str:
            return ""

    scope = {"run": {"now": NOW}, **read(Response(status, {"content-type": "application/json"}, raw))}
    found = failure(Plain(), (), scope, [])  # type: ignore[arg-type]
    assert (found is None) == (200 <= status < 300)
    assert found is None or (isinstance(found, ActionFailed) and found.code in CATALOGUE)
