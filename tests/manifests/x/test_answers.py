"""What X's answers mean: refusals, partial results, and how long to wait."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from postwire.accounts.account import Account
from postwire.decide.parse import failure, read
from postwire.decide.programs import Programs
from postwire.decide.retry import Policy
from postwire.flow import run
from postwire.language.catalog import Catalog
from postwire.testing import Played, answer, play
from postwire.values import Response

if TYPE_CHECKING:
    from postwire.errors import ActionFailed

PROGRAMS = Programs(Catalog())
API = PROGRAMS.api("x")
NOW = 1_795_000_000
BLANK = {"title": "Forbidden", "type": "about:blank", "status": 403}


def problem(slug: str, host: str = "api.x.com", **more: Any) -> dict[str, Any]:
    return {"title": "T", "detail": "D", "type": f"https://{host}/2/problems/{slug}", **more}


def invalid(message: str) -> dict[str, Any]:
    return {
        **problem("invalid-request", "api.twitter.com"),
        "errors": [{"message": message, "parameters": {}}],
    }


def blank(detail: str) -> dict[str, Any]:
    return {**BLANK, "detail": detail}


REFUSALS: list[tuple[int, Any, str]] = [
    (400, invalid("$.foo: is not defined in the schema"), "invalid_input"),
    (
        400,
        invalid("The `id` query parameter value [1] must be the same as the authenticating user [2]"),
        "invalid_input",
    ),
    (400, invalid("Your text is too long."), "invalid_input"),
    (400, invalid("text [I post duplicate content] is not allowed here"), "invalid_input"),
    (403, blank("Your text is too long."), "invalid_input"),
    (400, invalid("Your media IDs are invalid."), "media_rejected"),
    (400, invalid("$.media.media_ids: there must be a maximum of 4 items in the array"), "media_rejected"),
    (403, blank("Posts may have a maximum of one cashtag"), "policy_blocked"),
    (401, {"title": "Unauthorized", "type": "about:blank", "status": 401}, "auth_expired"),
    (402, problem("credits-depleted"), "credits_depleted"),
    (
        402,
        {
            "title": "CreditsDepleted",
            "detail": "Your enrolled account [1] does not have any credits.",
            "type": "x",
        },
        "credits_depleted",
    ),
    (402, None, "credits_depleted"),
    (403, blank("App has hit its spending limit for this billing cycle"), "credits_depleted"),
    (403, problem("credits", title="CreditsDepleted"), "credits_depleted"),
    (429, blank("You have run out of credits"), "credits_depleted"),
    (403, problem("unsupported-authentication"), "scope_missing"),
    (403, {"errors": [problem("unsupported-authentication")]}, "scope_missing"),
    (403, blank("Forbidden"), "permission_denied"),
    (403, blank("You are not permitted to perform this action."), "permission_denied"),
    (403, problem("oauth1-permissions"), "scope_missing"),
    (403, problem("client-forbidden", reason="client-not-enrolled"), "account_not_eligible"),
    (
        403,
        {"errors": [{"code": 453, "message": "You currently have access to a subset"}]},
        "account_not_eligible",
    ),
    (403, blank("You are not allowed to create a Tweet with duplicate content."), "conflict"),
    (
        403,
        blank(
            "Reply to this conversation is not allowed because you "
            "have not been mentioned or otherwise engaged by the author"
        ),
        "policy_blocked",
    ),
    (403, blank("Quoting this post is not allowed."), "policy_blocked"),
    (403, blank("You can only reply to or quote posts where you are mentioned"), "policy_blocked"),
    (403, blank("You may not post a video longer than 2 minutes"), "media_rejected"),
    (403, blank("The text contains an invalid URL"), "policy_blocked"),
    (403, blank("You are not permitted to access this feature"), "account_not_eligible"),
    (403, problem("user-suspended"), "account_not_eligible"),
    (403, blank("You do not have permission to DM one or more participants."), "policy_blocked"),
    (403, blank("This operation is not permitted"), "policy_blocked"),
    (404, problem("resource-not-found"), "not_found"),
    (200, {"errors": [problem("resource-not-found")]}, "not_found"),
    (200, {"errors": [problem("resource-unavailable")]}, "not_found"),
    (200, {"errors": [problem("not-authorized-for-resource", "api.twitter.com")]}, "permission_denied"),
    (200, {"errors": [problem("not-authorized-for-field", field="a")]}, "permission_denied"),
    (409, problem("conflict"), "conflict"),
    (413, None, "media_rejected"),
    (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, "rate_limited"),
    (429, problem("rate-limit-exceeded"), "rate_limited"),
    (429, {**BLANK, "status": 429}, "rate_limited"),
    (429, problem("usage-capped", period="Monthly"), "quota_exceeded"),
    (500, problem("internal-error"), "transient"),
    (503, {"errors": [{"code": 131, "message": "Internal error"}]}, "transient"),
    (502, "<html>Bad gateway</html>", "transient"),
    (200, {"data": {"id": "1"}, "errors": [problem("resource-not-found")]}, ""),
    (200, {"data": [], "errors": []}, ""),
    (200, {"meta": {"result_count": 0}}, ""),
    (201, {"data": {"id": "1"}}, ""),
    (204, None, ""),
]


def response(status: int, body: Any, **headers: str) -> Response:
    raw = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def refused(status: int, body: Any, **headers: str) -> ActionFailed | None:
    return failure(API, (), {"run": {"now": NOW}, **read(response(status, body, **headers))}, [])


@pytest.mark.parametrize(("status", "body", "code"), REFUSALS)
def test_refusals(status: int, body: Any, code: str) -> None:
    error = refused(status, body)
    assert (error.code if error else "") == code
    if error:
        assert error.message
        assert error.remedy


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x_rate_limit_reset": str(NOW + 300), "x_rate_limit_remaining": "0"}, 300),
        ({"x_rate_limit_reset": str(NOW - 5)}, 1),
        (
            {
                "x_rate_limit_reset": str(NOW + 60),
                "x_user_limit_24hour_remaining": "0",
                "x_user_limit_24hour_reset": str(NOW + 7200),
            },
            7200,
        ),
        (
            {
                "x_rate_limit_reset": str(NOW + 60),
                "x_user_limit_24hour_remaining": "3",
                "x_user_limit_24hour_reset": str(NOW + 7200),
            },
            60,
        ),
        (
            {
                "x_rate_limit_reset": str(NOW + 60),
                "x_app_limit_24hour_remaining": "0",
                "x_app_limit_24hour_reset": str(NOW + 99),
            },
            99,
        ),
        ({"retry_after": "30"}, 30),
        ({}, 900),
    ],
)
def test_the_window_that_is_used_up_says_how_long_to_wait(headers: dict[str, str], seconds: float) -> None:
    error = refused(429, {**BLANK, "status": 429}, **headers)
    assert error is not None
    assert error.retry_after == seconds


def played(action: str, given: dict[str, Any], *answers: Response, account: str = "7") -> Played:
    program = PROGRAMS.get(f"x.{action}")
    values, _ = program.input.prepare(given)
    acting = Account("x", "t", id=account)
    return play(run(program, values, acting, now=NOW, run_id="r", policy=Policy(attempts=1)), answers)


def test_a_partial_result_keeps_what_is_missing() -> None:
    gone = problem("resource-not-found", value="19")
    both = answer({"data": [{"id": "1"}], "errors": [gone]})
    output = played("get_posts", {"post_ids": ["1", "19"]}, both).value.output
    assert [post["id"] for post in output["posts"]] == ["1"]
    assert [error["value"] for error in output["errors"]] == ["19"]
    none = played("get_posts", {"post_ids": ["19"]}, answer({"errors": [gone]})).value.output
    assert none["posts"] == []
    assert none["errors"]
    nobody = played("get_users", {"user_ids": ["19"]}, answer({"errors": [gone]})).value.output
    assert nobody["users"] == []
    assert nobody["errors"]


@pytest.mark.parametrize(
    ("post", "text", "shares", "refers"),
    [
        ({"text": "a…", "note_tweet": {"text": "abc"}, "referenced_tweets": [{"id": "2"}]}, "abc", 4, ["2"]),
        ({"text": "a…", "note_post": {"text": "abc"}, "referenced_posts": [{"id": "2"}]}, "abc", 4, ["2"]),
        ({"text": "a"}, "a", 4, []),
    ],
)
@pytest.mark.parametrize("count", ["retweet_count", "repost_count"])
def test_both_vocabularies_are_read(
    post: dict[str, Any], text: str, shares: int, refers: list[str], count: str
) -> None:
    said = {"id": "1", **post, "public_metrics": {count: shares}}
    output = played("get_post", {"post_id": "1"}, answer({"data": said})).value.output
    assert output["text"] == text
    assert output["metrics"] == {"shares": shares}
    assert [each["id"] for each in output.get("referenced_posts", [])] == refers


def test_authors_of_every_page_are_kept() -> None:
    def page(number: int, token: str | None) -> Response:
        posts = [{"id": f"{number}{i}", "author_id": str(number)} for i in range(5)]
        users = [{"id": str(number), "username": f"user{number}"}]
        return answer(
            {
                "data": posts,
                "includes": {"users": users},
                "meta": {"next_token": token} if token else {},
            }
        )

    result = played("list_posts", {"limit": 200}, page(1, "a"), page(2, None))
    posts = result.value.output["posts"]
    assert [post["author"]["username"] for post in posts] == ["user1"] * 5 + ["user2"] * 5
    assert result.value.output["has_more"] is False


@pytest.mark.parametrize(
    ("limit", "sizes", "asked", "total"),
    [
        (5, [5], [5], 5),
        (100, [100], [100], 100),
        (101, [96, 5], [96, 5], 101),
        (104, [99, 5], [99, 5], 104),
        (105, [100, 5], [100, 5], 105),
        (250, [100, 100, 50], [100, 100, 50], 250),
        (10, [7], [10], 7),  # a short page: three are left, fewer than X gives; the cursor leads on
        (20, [7, 13], [20, 13], 20),
    ],
)
def test_no_post_is_lost_between_pages(limit: int, sizes: list[int], asked: list[int], total: int) -> None:
    pages = [
        answer({"data": [{"id": f"{turn}{i}"} for i in range(size)], "meta": {"next_token": f"t{turn}"}})
        for turn, size in enumerate(sizes)
    ]
    result = played("list_posts", {"limit": limit}, *pages)
    sent = [request.url.partition("max_results=")[2].partition("&")[0] for request in result.requests]
    assert sent == [str(size) for size in asked]
    assert len(result.value.output["posts"]) == total
    assert result.value.output["cursor"] == f"t{len(sizes) - 1}"
    assert result.value.output["has_more"] is True


def test_a_conversation_is_listed_once() -> None:
    events = [
        {"id": str(9 - i), "dm_conversation_id": conversation} for i, conversation in enumerate("abacb")
    ]
    output = played("list_conversations", {}, answer({"data": events})).value.output
    assert [(each["id"], each["last_message"]["id"]) for each in output["conversations"]] == [
        ("a", "9"),
        ("b", "8"),
        ("c", "6"),
    ]


@pytest.mark.parametrize(("known", "calls"), [("7", 1), ("", 2)])
def test_the_account_is_asked_for_its_id_only_where_it_is_not_known(known: str, calls: int) -> None:
    who = [answer({"data": {"id": "7"}})] if not known else []
    result = played("like_post", {"post_id": "1"}, *who, answer({"data": {"liked": True}}), account=known)
    assert len(result.requests) == calls
    assert result.requests[-1].url == "https://api.x.com/2/users/7/likes"
