"""What TikTok's refusals mean, and what its reading actions ask for and show."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from postwire.accounts.account import Account
from postwire.decide.programs import Programs
from postwire.errors import CATALOGUE, ActionFailed
from postwire.language.catalog import Catalog
from postwire.secret import Secret
from postwire.values import Response

PROGRAMS = Programs(Catalog())

REFUSALS = [
    (401, "access_token_invalid", "auth_expired"),
    (401, "scope_not_authorized", "scope_missing"),
    (400, "scope_permission_missed", "scope_missing"),
    (400, "invalid_param", "invalid_input"),
    (400, "invalid_params", "invalid_input"),
    (400, "invalid_file_upload", "media_rejected"),
    (400, "app_version_check_failed", "account_not_eligible"),
    (400, "invalid_publish_id", "not_found"),
    (400, "token_not_authorized_for_specified_publish_id", "permission_denied"),
    (400, "publish_not_cancellable", "conflict"),
    (403, "spam_risk_too_many_posts", "quota_exceeded"),
    (200, "spam_risk_too_many_posts", "quota_exceeded"),
    (403, "spam_risk_user_banned_from_posting", "policy_blocked"),
    (200, "spam_risk_user_banned_from_posting", "policy_blocked"),
    (403, "spam_risk_too_many_pending_share", "quota_exceeded"),
    (403, "spam_risk", "policy_blocked"),
    (403, "spam_risk_text", "policy_blocked"),
    (403, "reached_active_user_cap", "quota_exceeded"),
    (200, "reached_active_user_cap", "quota_exceeded"),
    (403, "unaudited_client_can_only_post_to_private_accounts", "account_not_eligible"),
    (403, "url_ownership_unverified", "invalid_input"),
    (200, "url_ownership_unverified", "invalid_input"),
    (403, "privacy_level_option_mismatch", "invalid_input"),
    (429, "rate_limit_exceeded", "rate_limited"),
    (500, "internal_error", "transient"),
]


@pytest.mark.parametrize(("answer", "theirs", "ours"), REFUSALS)
def test_every_refusal_has_words_of_its_own(desk: Any, answer: int, theirs: str, ours: str) -> None:
    play = desk.play("get_creator_info", {}, desk.refusal(theirs, answer))
    with pytest.raises(ActionFailed) as caught:
        play.result()
    error = caught.value
    assert error.code == ours
    assert error.provider["code"] == theirs
    assert error.provider["request_id"] == "L1"
    quoted = theirs in ("invalid_param", "invalid_params")  # only there TikTok's text says something
    assert ("integration guidelines" in error.message) is quoted
    assert error.remedy != CATALOGUE[ours].remedy or ours == "transient"


def test_too_many_requests_wait_a_minute(desk: Any) -> None:
    play = desk.play("get_creator_info", {}, desk.refusal("rate_limit_exceeded", 429), desk.ok(desk.creator))
    play.result()
    assert play.waited == 60


def test_a_gateway_without_json_is_passing(desk: Any) -> None:
    play = desk.play("get_creator_info", {}, Response(502, {}, b"<html>"), desk.ok(desk.creator))
    assert play.result()["creator_username"] == "simstudio"


@pytest.mark.parametrize("code", ["spam_risk_too_many_posts", "reached_active_user_cap", "something_new"])
def test_eligibility_tells_a_refusal_as_an_obstacle(desk: Any, code: str) -> None:
    result = desk.play("check_account_eligibility", {}, desk.refusal(code, 200, {})).result()
    assert result["eligible"] is False
    assert len(result["problems"]) == 1


PROFILE = {"username", "bio_description", "profile_deep_link", "profile_web_link", "is_verified"}
STATS = {"follower_count", "following_count", "likes_count", "video_count"}


@pytest.mark.parametrize(
    ("scopes", "asked", "spared"),
    [
        ({"user.info.basic"}, {"open_id", "display_name"}, PROFILE | STATS),
        ({"user.info.basic", "user.info.profile"}, PROFILE, STATS),
        ({"user.info.basic", "user.info.stats"}, STATS, PROFILE),
        (None, PROFILE | STATS, set()),
    ],
)
def test_only_granted_fields_are_asked_for(desk: Any, scopes: Any, asked: set[str], spared: set[str]) -> None:
    play = desk.play("get_user_info", {}, desk.ok({"user": {"open_id": "o"}}), scopes=scopes)
    play.result()
    fields = set(parse_qs(urlsplit(play.sent[0].url).query)["fields"][0].split(","))
    assert asked <= fields
    assert not spared & fields
    assert play.sent[0].body == b""


@pytest.mark.parametrize(
    ("scopes", "count", "shown"),
    [
        ({"user.info.basic", "user.info.stats"}, 0, True),
        ({"user.info.basic"}, 0, False),
        (None, 0, False),
        (None, 5, True),
    ],
)
def test_zero_followers_only_when_it_is_known(desk: Any, scopes: Any, count: int, shown: bool) -> None:
    user = {"open_id": "o", **dict.fromkeys(STATS, count)}
    result = desk.play("get_user_info", {}, desk.ok({"user": user}), scopes=scopes).result()
    assert ("follower_count" in result.output) is shown
    assert ("metrics" in result.output) is shown


def test_videos_page_by_page(desk: Any) -> None:
    def page(*ids: int, more: bool) -> Any:
        return desk.ok({"videos": [{"id": str(i)} for i in ids], "cursor": ids[-1], "has_more": more})

    play = desk.play(
        "get_videos", {"max_count": 30}, page(*range(20), more=True), page(*range(20, 40), more=True)
    )
    result = play.result()
    assert [video["id"] for video in result["videos"]] == [str(i) for i in range(30)]
    assert [play.body(0), play.body(1)] == [{"max_count": 20}, {"max_count": 10, "cursor": 19}]
    assert all("view_count" in request.url for request in play.sent)


def test_the_limits_of_every_path() -> None:
    api = PROGRAMS.api("tiktok")
    account = Account("tiktok", Secret("t"), id="me")
    found = {
        path: [(limit.calls, limit.per, "me" in limit.key) for limit in api.limits("POST", path, account)]
        for path in (
            "/v2/video/list/",
            "/v2/post/publish/video/init/",
            "/v2/post/publish/inbox/video/init/",
            "/v2/post/publish/content/init/",
            "/v2/post/publish/creator_info/query/",
            "/v2/post/publish/status/fetch/",
        )
    }
    day = (15, 86_400, True)
    assert list(found.values()) == [
        [(600, 60, False)],
        [(6, 60, True), day],
        [(6, 60, True)],
        [(6, 60, True), day],
        [(20, 60, True)],
        [(30, 60, True)],
    ]
    video, photo = (
        api.limits("POST", f"/v2/post/publish/{kind}/init/", account)[1] for kind in ("video", "content")
    )
    assert video == photo  # one count of both
