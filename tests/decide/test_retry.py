"""Whether a request may be sent again: the table of the module, row by row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.decide.retry import Policy, delay, is_safe, is_unknown
from postwire.errors import CATALOGUE, ActionFailed
from postwire.values import Lost

POLICY = Policy()


def answered(code: str, status: int, retry_after: float | None = None) -> ActionFailed:
    return ActionFailed(code, "It failed.", retry_after=retry_after, provider={"status": status})


NOT_SENT = Lost("no", "no connection")
NO_ANSWER = Lost("maybe", "the connection broke")

TABLE = [
    ("not sent", NOT_SENT, "again", "again"),
    ("sent, no answer", NO_ANSWER, "again", "unknown"),
    ("429", answered("rate_limited", 429), "again", "again"),
    ("500", answered("transient", 500), "again", "unknown"),
    ("502", answered("transient", 502), "again", "unknown"),
    ("504", answered("transient", 504), "again", "unknown"),
    ("599", answered("transient", 599), "again", "unknown"),
    ("503", answered("transient", 503), "again", "again"),
    ("400", answered("invalid_input", 400), "never", "never"),
    ("401", answered("auth_expired", 401), "never", "never"),
    ("403", answered("permission_denied", 403), "never", "never"),
    ("404", answered("not_found", 404), "never", "never"),
    ("409", answered("conflict", 409), "never", "never"),
    ("quota", answered("quota_exceeded", 429), "never", "never"),
    ("500 that a rule explains", answered("policy_blocked", 500), "never", "never"),
]


@pytest.mark.parametrize(
    ("outcome", "safe", "create"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_table(outcome: Lost | ActionFailed, safe: str, create: str) -> None:
    def verdict(*, harmless: bool) -> str:
        if is_unknown(outcome, safe=harmless):
            return "unknown"
        return "never" if delay(outcome, 1, POLICY, "seed") is None else "again"

    assert (verdict(harmless=True), verdict(harmless=False)) == (safe, create)


@pytest.mark.parametrize(
    ("method", "word", "safe"),
    [
        ("GET", "default", True),
        ("PUT", "default", True),
        ("DELETE", "default", True),
        ("POST", "default", False),
        ("PATCH", "default", False),
        ("POST", "safe", True),
        ("GET", "never", False),
        ("PUT", "never", False),
    ],
)
def test_the_manifest_or_the_method_says_what_is_safe(method: str, word: str, safe: bool) -> None:
    assert is_safe(method, word) is safe  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [(0, 0), (0.5, 0.5), (30, 30), (120, 120), (120.1, None), (86400, None)]
)
@pytest.mark.parametrize(("code", "status"), [("rate_limited", 429), ("transient", 503)])
def test_a_platform_that_says_when_is_obeyed_or_given_up(
    code: str, status: int, retry_after: float, seconds: float | None
) -> None:
    assert delay(answered(code, status, retry_after), 1, POLICY, "seed") == seconds


@pytest.mark.parametrize("outcome", [NOT_SENT, answered("transient", 503), answered("rate_limited", 429, 0)])
def test_attempts_are_counted(outcome: Lost | ActionFailed) -> None:
    policy = Policy(attempts=3)
    assert [delay(outcome, attempt, policy, "s") is None for attempt in (1, 2, 3, 4)] == [
        False,
        False,
        True,
        True,
    ]
    assert delay(outcome, 1, Policy(attempts=1), "s") is None


@given(
    st.integers(1, 2000),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    st.floats(0.01, 60),
    st.floats(1, 600),
)
def test_waits_double_and_stay_within_their_bounds(
    attempt: int, seed: str, first: float, longest: float
) -> None:
    policy = Policy(attempts=10_000, first=first, longest=longest)
    seconds = delay(NOT_SENT, attempt, policy, seed)
    assert seconds is not None
    whole = first * 2 ** min(attempt - 1, 30)
    assert min(whole / 2, longest) <= seconds <= min(whole, longest)
    assert delay(NOT_SENT, attempt, policy, seed) == seconds


def test_different_runs_wait_differently() -> None:
    waits = {delay(NOT_SENT, 1, POLICY, f"run-{number}") for number in range(50)}
    assert len(waits) > 40


@given(st.sampled_from(sorted(set(CATALOGUE) - {"transient"})), st.integers(300, 499))
def test_a_plain_refusal_is_not_unknown(code: str, status: int) -> None:
    assert not is_unknown(answered(code, status), safe=False)


@pytest.mark.parametrize(
    ("code", "status"), [("transient", 400), ("transient", 408), ("internal", 200), ("internal", 299)]
)
def test_a_fault_of_the_platform_or_a_strange_success_is_unknown(code: str, status: int) -> None:
    assert is_unknown(answered(code, status), safe=False)
    assert not is_unknown(answered(code, status), safe=True)
