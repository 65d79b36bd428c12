"""What all requests of an integration share: hosts, limits, error rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postwire.accounts.account import Account
from postwire.decide.limits import Limiter
from postwire.errors import ActionFailed
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.decide.api import Api

    MakeApi = Callable[..., Api]


@pytest.mark.parametrize(
    ("host", "trusted"),
    [
        ("api.example.com", True),
        ("graph.example.com", True),
        ("eu.upload.example.net", False),
        ("files.example.org", False),
        ("upload.example.net", None),
        ("example.com", None),
        ("", None),
        ("x" * 500, None),
    ],
)
def test_hosts(make_api: MakeApi, host: str, trusted: bool | None) -> None:
    api = make_api(trust=["Graph.Example.com"], reach=["*.upload.example.net", "Files.Example.org"])
    if trusted is not None:
        assert api.trusts(host) is trusted
        return
    with pytest.raises(ActionFailed, match="does not declare") as caught:
        api.trusts(host)
    assert caught.value.sent == "no"
    assert len(caught.value.message) < 250


def test_trust_goes_before_reach(make_api: MakeApi) -> None:
    api = make_api(reach=["*"])
    assert api.trusts("api.example.com") is True
    assert api.trusts("anywhere.example") is False
    assert api.hosts() == {"api.example.com", "*"}


ME = {"path": "/me", "calls": 6, "per": "60s"}


@pytest.mark.parametrize(
    ("rules", "method", "path", "wanted"),
    [
        ([], "GET", "/me", []),
        ([ME], "GET", "/me", [(6, 60)]),
        ([ME], "GET", "/you", []),
        ([{**ME, "method": "POST"}], "GET", "/me", []),
        ([{**ME, "method": "POST"}], "POST", "/me", [(6, 60)]),
        ([{**ME, "path": "/v*/posts/*"}], "GET", "/v2/posts/5", [(6, 60)]),
        ([{**ME, "path": "/v*/posts/*"}], "GET", "/me", []),
        ([ME, {**ME, "calls": 100, "per": "1d"}], "GET", "/me", [(6, 60), (100, 86400)]),
        ([{**ME, "pace": False}], "GET", "/me", []),
    ],
)
def test_the_limits_that_a_request_counts_against(
    make_api: MakeApi,
    account: Account,
    rules: list[dict[str, Any]],
    method: str,
    path: str,
    wanted: list[tuple[int, int]],
) -> None:
    found = make_api(limits=rules).limits(method, path, account)
    assert [(limit.calls, limit.per) for limit in found] == wanted


def test_whose_calls_are_counted_together(make_api: MakeApi, account: Account) -> None:
    api = make_api(limits=[ME, {**ME, "of": "app", "per": "1h"}])
    other = Account("alpha", Secret("x"), id="43")
    mine, ours = api.limits("GET", "/me", account)
    theirs, also_ours = api.limits("GET", "/me", other)
    assert mine.key != theirs.key
    assert ours.key == also_ours.key
    assert api.limits("GET", "/me", None)[0].key not in (mine.key, theirs.key)
    assert "secret" not in repr(mine)


def test_two_limits_on_one_path_are_counted_apart(make_api: MakeApi, account: Account) -> None:
    limits = make_api(limits=[{**ME, "calls": 2}, {**ME, "calls": 3, "per": "1h"}]).limits(
        "GET", "/me", account
    )
    limiter = Limiter()
    assert [limiter.take(limits, now) for now in (0, 1)] == [0, 0]
    assert limiter.take(limits, 2) == 58  # the minute's limit
    assert limiter.take(limits, 61) == 0
    assert limiter.take(limits, 122) == 3600 - 122  # the hour's limit


def test_declared_limits_are_told_also_when_they_are_not_paced(make_api: MakeApi) -> None:
    api = make_api(limits=[{**ME, "pace": False}, {**ME, "path": "/you"}])
    assert [rule.path for rule in api.rules_for("GET", "/me")] == ["/me"]
