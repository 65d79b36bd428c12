"""One request until there is an answer that counts: what is repeated, what is unknown, what is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.flow.conftest import failed

from postwire import Account, ActionFailed, OutcomeUnknown, Secret
from postwire.decide.retry import Policy
from postwire.testing import answer, play
from postwire.values import Lost, Renew, Report, Send, Sleep

if TYPE_CHECKING:
    from postwire.values import Request, Response

OK = answer({"id": "7"})
NOT_SENT = Lost("no", "refused the connection")
UNANSWERED = Lost("maybe", "no answer within 60 seconds")
EXPIRED = answer({"error": {"code": "expired"}}, 401)
ACTIONS = {
    "read": "effect: read\nrequest: {get: /things}",
    "asked": "effect: read\nrequest: {post: /search, json: {}}",
    "created": "effect: create\nrequest: {post: /things, json: {a: 1}}",
    "safe": "effect: create\nrequest: {post: /things, json: {a: 1}, retry: safe}",
    "replaced": "effect: update\nrequest: {put: /things/1, json: {a: 1}}",
}


@pytest.fixture
def acme(acme: Any) -> Any:
    for name, text in ACTIONS.items():
        acme.write(
            name, f"{text}\nreturn: {{id: '${{{{ body.id }}}}'}}\noutput: {{properties: {{id: {{}}}}}}"
        )
    return acme


def refusal(status: int, **headers: str) -> Response:
    return answer({"error": {"code": "x", "message": "No."}}, status, **headers)


@pytest.mark.parametrize(
    ("outcome", "safe", "create"),
    [
        (NOT_SENT, "again", "again"),
        (UNANSWERED, "again", "unknown"),
        (refusal(429), "again", "again"),
        (refusal(500), "again", "unknown"),
        (refusal(502), "again", "unknown"),
        (refusal(504), "again", "unknown"),
        (refusal(503), "again", "again"),
        (refusal(400), "never", "never"),
        (refusal(404), "never", "never"),
        (refusal(409), "never", "never"),
        (refusal(302), "never", "never"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(getattr(value, "status", value)),
)
@pytest.mark.parametrize("name", ["read", "safe", "replaced", "created"])
def test_the_table(acme: Any, name: str, outcome: Any, safe: str, create: str) -> None:
    expected = create if name == "created" else safe
    if expected == "again":
        played = acme.play(outcome, OK, name=name)
        assert played.value.output == {"id": "7"}
        assert len(played.requests) == 2
        assert len(played.waits) == 1
        return
    error = failed(acme, outcome, name=name)  # a second answer is not there to be asked for
    assert isinstance(error, OutcomeUnknown) is (expected == "unknown")
    assert error.sent == ("maybe" if expected == "unknown" else "yes")


@pytest.mark.parametrize(
    ("outcome", "wanted"), [(UNANSWERED, "transient"), (refusal(500), None), (NOT_SENT, None)], ids=str
)
def test_a_read_by_post_is_not_unknown(acme: Any, outcome: Any, wanted: str | None) -> None:
    if wanted is None:
        assert acme.play(outcome, OK, name="asked").value.output == {"id": "7"}
        return
    error = failed(acme, outcome, name="asked")
    assert (error.code, error.sent) == (wanted, "maybe")


OUTCOMES = st.sampled_from(
    [NOT_SENT, UNANSWERED, EXPIRED, OK, *map(refusal, (400, 403, 404, 409, 429, 500, 502, 503, 504))]
)


def status(outcome: Any) -> int:
    return int(getattr(outcome, "status", 0))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(outcomes=st.lists(OUTCOMES, min_size=1, max_size=6), renewable=st.booleans())
def test_a_create_is_never_repeated_blindly(acme: Any, outcomes: list[Any], renewable: bool) -> None:
    sent: list[Any] = []

    def script() -> Any:
        for outcome in outcomes:
            sent.append(outcome)
            yield outcome
        while True:
            sent.append(OK)
            yield OK

    fresh = Secret("a-fresh-token") if renewable else None
    try:
        play(acme.flow("created"), script(), renewed=fresh)
    except ActionFailed as error:
        unknown = isinstance(error, OutcomeUnknown)
        assert unknown is (sent[-1] is UNANSWERED or status(sent[-1]) in {500, 502, 504})
    else:
        assert sent[-1] is OK
    renewals = sum(outcome is EXPIRED for outcome in sent[:-1])
    assert renewals <= int(renewable)
    for outcome in sent[:-1]:  # after each of these it was sent again
        assert outcome is NOT_SENT or outcome is EXPIRED or status(outcome) in {429, 503}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outcomes=st.lists(OUTCOMES, max_size=6), name=st.sampled_from(sorted(ACTIONS)))
def test_keys_are_unique_in_a_run_and_the_same_in_another(acme: Any, outcomes: list[Any], name: str) -> None:
    def keys(run_id: str) -> list[str]:
        found: list[str] = []
        flow = acme.flow(name, run_id=run_id)
        script, given_ = iter([*outcomes, OK, OK]), None
        try:
            while True:
                effect = flow.send(given_)
                given_ = None
                if isinstance(effect, Send | Sleep | Renew):
                    found.append(effect.key)
                if isinstance(effect, Send):
                    given_ = next(script)
                if isinstance(effect, Renew):
                    given_ = Secret("a-fresh-token")
        except (StopIteration, ActionFailed):
            return found

    first = keys("run-1")
    assert len(first) == len(set(first))
    assert first == keys("run-2")


def tokens(requests: list[Request]) -> list[str]:
    return [request.credential.value.reveal() for request in requests if request.credential]


def test_an_expired_token_is_renewed_once_and_the_new_one_is_used_from_then_on(acme: Any) -> None:
    acme.write(
        "it",
        """
        effect: read
        steps:
          - {id: one, request: {get: /one}}
          - {id: two, request: {get: /two}}
        """,
    )
    played = acme.play(EXPIRED, OK, OK, renewed=Secret("a-fresh-token"))
    assert tokens(played.requests) == [
        "Bearer planted-acme-token",
        "Bearer a-fresh-token",
        "Bearer a-fresh-token",
    ]
    assert sum(isinstance(effect, Renew) for effect in played.effects) == 1


def test_a_new_token_that_is_refused_too_is_not_renewed_again(acme: Any) -> None:
    error = failed(acme, EXPIRED, EXPIRED, name="read", renewed=Secret("a-fresh-token"))
    assert (error.code, error.message) == ("auth_expired", "The token is old.")


def test_without_means_to_renew_the_refusal_stands(acme: Any) -> None:
    assert failed(acme, EXPIRED, name="read").code == "auth_expired"


def test_a_credential_that_is_not_the_accounts_own_is_neither_replaced_nor_renewed(acme: Any) -> None:
    acme.write("_page", SECRET_PAGE)
    acme.write("it", USES_PAGE)
    fresh = Secret("a-fresh-token")
    answers = [EXPIRED, answer({"token": "page-token-1"}), OK]
    assert tokens(acme.play(*answers, renewed=fresh).requests) == [
        "Bearer planted-acme-token",
        "Bearer a-fresh-token",
        "Bearer page-token-1",
    ]
    assert failed(acme, answer({"token": "page-token-1"}), EXPIRED, renewed=fresh).code == "auth_expired"


SECRET_PAGE = """
effect: read
request: {get: /page}
return: {token: '${{ body.token }}'}
output: {properties: {token: {type: string, x-secret: true}}}
"""
USES_PAGE = """
effect: create
steps:
  - {id: page, call: _page}
  - id: post
    request: {post: /page/posts, auth: '${{ steps.page.token }}', json: {a: 1}}
"""


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("json: {t: '${{ steps.page.token }}'}", "JSON has no word"),
        ("form: {t: '${{ steps.page.token }}'}", "no text"),
        ("headers: {X: '${{ steps.page.token }}'}", "no text"),
        ("query: {t: '${{ steps.page.token }}'}", "no text"),
    ],
)
def test_a_secret_goes_nowhere_but_into_auth(acme: Any, place: str, message: str) -> None:
    acme.write("_page", SECRET_PAGE)
    acme.write(
        "it",
        f"""
        effect: create
        steps:
          - {{id: page, call: _page}}
          - id: post
            request:
              post: /page/posts
              {place}
        """,
    )
    error = failed(acme, answer({"token": "page-token-1"}))
    assert error.code == "internal"
    assert message in error.message
    assert "page-token-1" not in str(error.to_dict())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "2.5"}, 2.5),
        ({"retry_after": "Sat, 21 Nov 2026 12:00:30 GMT", "date": "Sat, 21 Nov 2026 12:00:00 GMT"}, 30.0),
        ({"retry_after": "Thu, 01 Jan 1970 00:17:10 GMT"}, 30.0),  # without the server's clock, by ours
        ({"retry_after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
    ],
)
def test_it_waits_as_long_as_it_is_told(acme: Any, headers: dict[str, str], seconds: float) -> None:
    played = acme.play(refusal(429, **headers), OK, name="created")
    assert played.waits == [seconds]
    reports = [effect.event for effect in played.effects if isinstance(effect, Report)]
    assert [(event.kind, event.seconds) for event in reports] == [("retry", seconds)]


@pytest.mark.parametrize("name", ["read", "created"])
def test_what_is_longer_than_we_wait_is_told_instead(acme: Any, name: str) -> None:
    error = failed(acme, refusal(429, retry_after="500"), name=name, policy=Policy(longest=120))
    assert (error.code, error.retry_after) == ("rate_limited", 500.0)
    assert error.to_dict()["retryable"] is True


def test_it_gives_up_after_so_many_attempts(acme: Any) -> None:
    error = failed(acme, *[NOT_SENT] * 3, name="created", policy=Policy(attempts=3))
    assert (error.code, error.sent, error.step) == ("transient", "no", "request~3")
    assert "refused the connection" in error.message


def test_waits_grow_and_differ_between_runs(acme: Any) -> None:
    first, second = (
        acme.play(refusal(503), refusal(503), refusal(503), OK, name="read", run_id=run_id).waits
        for run_id in ("run-1", "run-2")
    )
    assert first != second
    for waits in (first, second):
        assert all(low / 2 <= wait <= low for wait, low in zip(waits, (1, 2, 4), strict=True))


def test_a_refusal_after_a_lost_answer_says_that_it_may_have_been_done(acme: Any) -> None:
    error = failed(acme, UNANSWERED, refusal(409), name="replaced")
    assert (error.code, error.sent) == ("conflict", "maybe")


@pytest.mark.parametrize(
    "seen",
    [
        answer({"done": "maybe"}),
        answer({"error": {"code": "fault"}}),
        answer({"error": {"code": "fault"}}, 400),
        refusal(408),
    ],
    ids=["not as described", "a fault under 200", "a fault under 400", "408"],
)
def test_an_answer_that_leaves_it_open_is_unknown_for_a_create(acme: Any, seen: Any) -> None:
    acme.describe(
        (acme.folder / "integration.yaml")
        .read_text()
        .replace(
            "  errors:",
            "  ok: body.error.code == 'ok'\n"
            "  errors:\n    - {when: body.error.code == 'fault', code: transient}",
        )
    )
    error = failed(acme, seen, name="created")
    assert isinstance(error, OutcomeUnknown)
    assert "it may have happened" in error.message


def test_a_platform_that_repeats_the_token_does_not_get_it_into_an_error(acme: Any) -> None:
    said = {"error": {"code": "expired", "message": "Malformed access token planted-acme-token"}}
    acme.describe((acme.folder / "integration.yaml").read_text().replace(", message: The token is old.", ""))
    error = failed(acme, answer(said, 401), name="read")
    assert error.message == "Malformed access token •••"
    assert "planted-acme-token" not in f"{error} {error.args} {error.to_dict()}"


def test_the_error_has_what_the_platform_said(acme: Any) -> None:
    error = failed(acme, answer({"error": {"code": "E7", "message": "No such thing."}}, 404), name="read")
    assert error.to_dict() | {"title": "", "remedy": ""} == {
        "code": "not_found",
        "title": "",
        "message": "No such thing.",
        "who_acts": "caller",
        "remedy": "",
        "retryable": False,
        "sent": "yes",
        "provider": {"status": 404, "code": "E7", "message": "No such thing."},
        "step": "request",
    }


def test_requests_name_their_limits_by_account(acme: Any) -> None:
    acme.write("it", "effect: read\nrequest: {get: /paced}\n")
    keys, found = [], []
    for who in ("a-1", "a-2"):
        played = acme.play(OK, account=Account("acme", "t", id=who))
        send = next(effect for effect in played.effects if isinstance(effect, Send))
        keys += [limit.key for limit in send.limits]
        found += [(limit.calls, limit.per) for limit in send.limits]
    assert len(set(keys)) == 2
    assert found == [(2, 60.0), (2, 60.0)]


LOOP = """
effect: create
steps:
  - id: all
    foreach: ${{ ['a', 'b'] }}
    do:
      - id: one
        request: {post: /things, multipart: {name: '${{ item }}'}}
"""


def test_every_form_has_a_boundary_that_a_header_takes(acme: Any) -> None:
    """RFC 2046, 5.1.1: up to 70 letters, digits and some signs; a step's key has brackets."""
    forms = [request.body for request in acme.write("it", LOOP).play(OK, OK).requests]
    assert len({form.boundary for form in forms}) == 2
    assert all(re.fullmatch("[0-9A-Za-z'()+_,./:=?-]{1,70}", form.boundary) for form in forms)
