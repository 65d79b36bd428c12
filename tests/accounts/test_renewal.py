"""The pure decisions: when a token is renewed, and what a failure means."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.accounts.records import StoredAccount
from postwire.accounts.renewal import (
    BACK_OFF,
    PROBE,
    carried,
    judge,
    means,
    refresh_at,
    resting,
    standing,
    too_young,
)
from postwire.accounts.tokens import Tokens
from postwire.errors import CATALOGUE, ActionFailed
from postwire.language.manifest import Auth
from postwire.secret import Secret

HOUR, DAY = 3_600.0, 86_400.0
NOW = 1_800_000_000.0
STORED = StoredAccount(
    id="acc_1",
    workspace="default",
    integration="acme",
    flavour="",
    subject="1",
    parent=None,
    listed=True,
    name="",
    username="acme",
    avatar_url="",
    label="",
    owner="",
    facts={},
    scopes=None,
    state="active",
    status="active",
    reason="",
    version=1,
    created_at=NOW - DAY,
    connected_at=NOW - DAY,
    updated_at=NOW - DAY,
    disconnected_at=None,
    expires_at=NOW + HOUR,
    refresh_expires_at=None,
    refresh_at=NOW,
    next_attempt_at=None,
    paused_until=None,
    fails=0,
    refreshing=False,
)


def auth(**refresh: Any) -> Auth:
    step = {"request": {"post": "https://acme.example/token"}, "take": {}}
    return Auth.model_validate(
        {
            "app": ["id"],
            "authorize": {"url": "https://acme.example/auth", "params": {}, "scopes": ["read", "post"]},
            "connect": [step],
            "refresh": {"uses": "refresh_token", "steps": [step], **refresh},
            "identity": {"request": {"get": "/me"}, "take": {}},
        }
    )


def tokens(life: float | None, refresh: str | None = "r", **more: Any) -> Tokens:
    end = None if life is None else NOW + life
    return Tokens(Secret("a"), Secret(refresh) if refresh else None, end, **more)


@pytest.mark.parametrize(
    ("refresh", "has", "way"),
    [
        ({}, "r", True),
        ({}, None, False),
        ({"uses": "access_token"}, None, True),
        ({"uses": "none", "steps": []}, "r", False),
        ({"uses": "access_token", "steps": []}, "r", False),
    ],
)
def test_there_is_a_way_or_there_is_none(refresh: dict[str, Any], has: str | None, way: bool) -> None:
    assert means(auth(**refresh), tokens(HOUR, has)) is way


@pytest.mark.parametrize(
    ("refresh", "life", "has", "after"),
    [
        ({}, 2 * HOUR, "r", 1.5 * HOUR),  # a quarter of its life before the end
        ({}, 20 * 60.0, "r", 600.0),  # at least ten minutes
        ({}, 300.0, "r", 150.0),  # not in the first half of its life
        ({"lead": "7d"}, HOUR, "r", HOUR / 2),
        ({}, 60 * DAY, "r", 45 * DAY),
        ({"uses": "access_token", "lead": "7d"}, 60 * DAY, None, 53 * DAY),
        ({"uses": "access_token", "lead": "7d", "min_age": "24h"}, 30 * HOUR, None, DAY),
        ({}, None, "r", None),
        ({}, 60 * DAY, None, 60 * DAY),  # nothing to renew with: due at its end
    ],
)
def test_a_renewal_is_due_before_the_end(
    refresh: dict[str, Any], life: float | None, has: str | None, after: float | None
) -> None:
    due = refresh_at(auth(**refresh), tokens(life, has), NOW)
    assert due == (None if after is None else NOW + after)


@given(life=st.floats(1, 400 * DAY), lead=st.sampled_from([None, "1h", "7d"]))
def test_it_is_due_in_the_second_half_of_its_life(life: float, lead: str | None) -> None:
    due = refresh_at(auth(lead=lead), tokens(life), NOW)
    assert due is not None
    assert NOW + life * 0.499 <= due <= NOW + life


@pytest.mark.parametrize(
    ("age", "due", "young"),
    [(HOUR, HOUR, True), (25 * HOUR, HOUR, False), (HOUR, -1.0, False), (-1.0, HOUR, True)],
)
def test_a_token_can_be_too_young(age: float, due: float, young: bool) -> None:
    stored = replace(STORED, updated_at=NOW - age, refresh_at=NOW + due)
    assert too_young(auth(min_age="24h"), stored, NOW) is young
    assert not too_young(auth(), stored, NOW)


@pytest.mark.parametrize(
    ("granted", "state", "reason"),
    [
        (None, "active", ""),
        ({"read", "post", "more"}, "active", ""),
        ({"read"}, "limited", "Not granted: post."),
    ],
)
def test_less_than_was_asked_for_is_limited(granted: set[str] | None, state: str, reason: str) -> None:
    scopes = None if granted is None else frozenset(granted)
    assert standing(auth(), tokens(HOUR, scopes=scopes)) == (state, reason)


@pytest.mark.parametrize(
    ("fresh", "told", "end"), [("r", None, 5.0), ("r", 9.0, 9.0), ("s", None, None), (None, None, None)]
)
def test_a_refresh_token_that_stays_keeps_its_end(
    fresh: str | None, told: float | None, end: float | None
) -> None:
    before = tokens(HOUR, refresh_expires_at=5.0)
    assert carried(before, tokens(HOUR, fresh, refresh_expires_at=told)).refresh_expires_at == end


# Failures


def failed(code: str, **known: Any) -> ActionFailed:
    return ActionFailed(code, "It says no.", **known)


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_only_a_refusal_of_the_grant_needs_the_owner(code: str) -> None:
    verdict = judge(STORED, failed(code), NOW, interrupted=False)
    if code == "auth_expired":
        assert (verdict.state, verdict.counts) == ("needs_reconnect", False)
        assert verdict.next_attempt_at is verdict.paused_until is None
        assert verdict.reason == "It says no."
    else:
        assert (verdict.state, verdict.counts) == ("degraded", True)
        assert verdict.next_attempt_at == NOW + BACK_OFF


def test_a_refusal_after_an_interruption_says_so() -> None:
    verdict = judge(STORED, failed("auth_expired"), NOW, interrupted=True)
    assert verdict.reason.startswith("refresh_interrupted")


@pytest.mark.parametrize(
    ("code", "left", "state"),
    [
        ("transient", -1.0, "degraded"),
        ("rate_limited", -1.0, "degraded"),
        ("permission_denied", 1.0, "degraded"),
        ("permission_denied", -1.0, "error"),
        ("internal", -1.0, "error"),
    ],
)
def test_what_an_operator_must_put_right_is_an_error_once_the_token_is_over(
    code: str, left: float, state: str
) -> None:
    stored = replace(STORED, expires_at=NOW + left)
    verdict = judge(stored, failed(code, remedy="Set the key."), NOW, interrupted=False)
    assert verdict.state == state
    assert ("Set the key." in verdict.reason) is (code not in {"transient", "rate_limited"})


@pytest.mark.parametrize("fails", [0, 1, 2, 3, 7])
def test_the_third_failure_in_a_row_pauses(fails: int) -> None:
    verdict = judge(replace(STORED, fails=fails), failed("transient"), NOW, interrupted=False)
    if fails < 2:
        assert (verdict.next_attempt_at, verdict.paused_until) == (NOW + BACK_OFF, None)
    else:
        assert (verdict.next_attempt_at, verdict.paused_until) == (None, NOW + PROBE)
        assert verdict.reason == f"Paused after {fails + 1} failures: It says no."


@given(chance=st.floats(0, 1), wait=st.one_of(st.none(), st.floats(0, 10 * DAY)), fails=st.integers(0, 5))
def test_a_rest_varies_by_a_tenth_and_heeds_the_platform(
    chance: float, wait: float | None, fails: int
) -> None:
    error = failed("rate_limited", retry_after=wait)
    verdict = judge(replace(STORED, fails=fails), error, NOW, interrupted=False, chance=chance)
    rest = max(verdict.next_attempt_at or 0.0, verdict.paused_until or 0.0) - NOW
    usual = BACK_OFF if fails < 2 else PROBE
    assert rest >= max(usual * 0.899, (wait or 0.0) - 1)
    assert rest <= max(usual * 1.101, (wait or 0.0) + 1)


@pytest.mark.parametrize(
    ("error", "unknown"),
    [
        (failed("transient", sent="maybe"), True),
        (failed("transient", sent="no"), False),
        (failed("transient", provider={"status": 503}), True),
        (failed("rate_limited", provider={"status": 429}), False),
        (failed("internal", provider={"status": 200}), True),
        (failed("internal", sent="no"), False),
    ],
)
def test_without_a_clear_answer_the_token_may_be_spent(error: ActionFailed, unknown: bool) -> None:
    assert judge(STORED, error, NOW, interrupted=False).unknown is unknown


@pytest.mark.parametrize(
    ("next_attempt", "paused", "rests"),
    [(None, None, False), (1.0, None, True), (None, 1.0, True), (-1.0, -1.0, False), (-1.0, 1.0, True)],
)
def test_an_account_rests_after_a_failure(
    next_attempt: float | None, paused: float | None, rests: bool
) -> None:
    moments = [None if each is None else NOW + each for each in (next_attempt, paused)]
    stored = replace(STORED, next_attempt_at=moments[0], paused_until=moments[1])
    assert resting(stored, NOW) is rests
