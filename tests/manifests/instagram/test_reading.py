"""Posts, figures and discovery on Instagram, and what its refusals mean."""

from __future__ import annotations

from typing import Any

import pytest

from postwire.decide.programs import Programs
from postwire.errors import CATALOGUE, ActionFailed
from postwire.language.catalog import Catalog

PROGRAMS = Programs(Catalog())
# What every code means stands in tests/manifests/meta/test_answers.py; these have a remedy of their own.
REFUSALS = [
    (9, 2207042, "quota_exceeded"),
    (25, 2207050, "account_not_eligible"),
    (36003, 2207009, "media_rejected"),
    (190, 463, "auth_expired"),
    (200, None, "scope_missing"),
    (100, 33, "not_found"),
    (368, None, "policy_blocked"),
    (9052, None, "invalid_input"),
]


@pytest.mark.parametrize("flavour", ["", "facebook"])
@pytest.mark.parametrize(("code", "subcode", "ours"), REFUSALS)
def test_a_refusal_means_the_same_by_either_login(
    desk: Any, code: int, subcode: int | None, ours: str, flavour: str
) -> None:
    play = desk.play("get_publishing_quota", {}, desk.refusal(code, subcode), flavour=flavour)
    with pytest.raises(ActionFailed) as caught:
        play.result()
    error = caught.value
    assert error.code == ours
    assert error.provider["code"] == (f"{code}/{subcode}" if subcode else str(code))
    assert error.provider["request_id"] == "T1"
    assert error.remedy != CATALOGUE[ours].remedy


def test_the_header_says_in_minutes_how_long_to_wait(desk: Any) -> None:
    usage = (
        '{"17841400000000001":[{"type":"instagram","call_count":100,"estimated_time_to_regain_access":1}]}'
    )
    tired = desk.refusal(80002)
    tired = type(tired)(400, {**tired.headers, "x-business-use-case-usage": usage}, tired.body)
    play = desk.play("get_publishing_quota", {}, tired, desk.ok({"data": [{"quota_usage": 3}]}))
    assert play.result()["quota_usage"] == 3
    assert play.waited == 60


@pytest.mark.parametrize("flavour", ["", "facebook"])
def test_each_login_asks_for_its_own_fields(desk: Any, flavour: str) -> None:
    asked = {}
    for action, given in (
        ("get_user_info", {}),
        ("list_posts", {}),
        ("get_post", {"post_id": "17"}),
    ):
        play = desk.play(action, given, desk.ok({"id": "17", "data": []}), flavour=flavour)
        play.result()
        asked[action] = set(play.query()["fields"].split(","))
    facebook = flavour == "facebook"
    assert ("account_type" in asked["get_user_info"]) is not facebook
    assert ("biography" in asked["get_user_info"]) is facebook
    for action in ("list_posts", "get_post"):
        assert asked[action] >= {"id", "caption", "permalink", "like_count"}
        assert ("saved_count" in asked[action]) is facebook


@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize("identifier", ["17841400000000001", 17841400000000001])
def test_who_the_account_is(desk: Any, wrapped: bool, identifier: Any) -> None:
    body = {"id": "91", "user_id": identifier, "username": "harborbakery"}
    result = desk.play("get_user_info", {}, desk.ok({"data": [body]} if wrapped else body)).result()
    assert result["id"] == "17841400000000001"
    assert result["username"] == "harborbakery"


def test_a_listing_goes_on_by_its_cursor_and_not_by_the_address(desk: Any) -> None:
    def page(cursor: str, more: bool) -> Any:
        paging: dict[str, Any] = {"cursors": {"after": cursor}}
        paging |= {"next": "https://graph.instagram.com/v26.0/1/media?access_token=x"} if more else {}
        return desk.ok({"data": [{"id": cursor}], "paging": paging})

    play = desk.play("list_posts", {"limit": 3}, page("A", True), page("B", True), page("C", False))
    result = play.result()
    assert [post["id"] for post in result["posts"]] == ["A", "B", "C"]
    assert result["has_more"] is False
    assert [play.query(index).get("after") for index in range(3)] == [None, "A", "B"]
    assert [play.query(index)["limit"] for index in range(3)] == ["3", "2", "1"]


def test_figures_that_are_not_there_are_left_out(desk: Any) -> None:
    post = {"id": "17", "media_type": "VIDEO", "comments_count": 0, "timestamp": "2026-11-20T07:00:00+0000"}
    result = desk.play("get_post", {"post_id": "17"}, desk.ok(post)).result()
    assert result["metrics"] == {"comments": 0}
    assert result["created_at"] == "2026-11-20T07:00:00Z"
    assert "thumbnail_url" not in result.output


def _figure(name: str, value: int) -> dict[str, Any]:
    return {"name": name, "period": "lifetime", "values": [{"value": value}]}


METRICS = ["views", "reach", "crossposted_views"]


def test_one_refused_metric_does_not_fail_the_others(desk: Any) -> None:
    dead = desk.refusal(100, message="no such metric")
    answers = (
        dead,
        desk.ok({"data": [_figure("views", 7)]}),
        desk.ok({"data": [_figure("reach", 5)]}),
        dead,
    )
    play = desk.play("get_post_insights", {"post_id": "17", "metrics": METRICS}, *answers)
    result = play.result()
    assert result["metrics"] == {"views": 7, "reach": 5}
    assert [one["name"] for one in result["insights"]] == ["views", "reach"]
    assert result["refused"] == [{"metric": "crossposted_views", "reason": "no such metric"}]
    assert [play.query(index)["metric"] for index in range(4)] == [",".join(METRICS), *METRICS]


def test_metrics_that_all_work_cost_one_call(desk: Any) -> None:
    play = desk.play(
        "get_post_insights",
        {"post_id": "17", "metrics": ["views", "reach"]},
        desk.ok({"data": [_figure("views", 7), _figure("reach", 5)]}),
    )
    assert play.result()["refused"] == []
    assert len(play.sent) == 1


@pytest.mark.parametrize(("metrics", "calls"), [(["views", "reach"], 3), (["views"], 2)])
def test_when_all_are_refused_it_is_an_error(desk: Any, metrics: list[str], calls: int) -> None:
    given = {"post_id": "17", "metrics": metrics}
    play = desk.play("get_post_insights", given, desk.refusal(100, message="no such metric"))
    with pytest.raises(ActionFailed, match="no such metric") as caught:
        play.result()
    assert caught.value.code == "invalid_input"
    assert len(play.sent) == calls


@pytest.mark.parametrize(
    ("code", "subcode", "ours"),
    [
        (190, 463, "auth_expired"),
        (100, 33, "not_found"),
        (10, None, "permission_denied"),
        (100, 2108006, "not_found"),
    ],
)
def test_no_other_refusal_is_taken_for_a_dead_metric(
    desk: Any, code: int, subcode: int | None, ours: str
) -> None:
    play = desk.play("get_account_insights", {}, desk.refusal(code, subcode))
    with pytest.raises(ActionFailed) as caught:
        play.result()
    assert caught.value.code == ours
    assert len(play.sent) == 2


def test_a_passing_fault_is_waited_for(desk: Any) -> None:
    ok = desk.ok({"data": [_figure("reach", 5)]})
    play = desk.play("get_account_insights", {"metrics": ["reach"]}, desk.refusal(2), desk.refusal(2), ok)
    assert play.result()["metrics"] == {"reach": 5}


@pytest.mark.parametrize(
    ("product", "metric"), [("REELS", "ig_reels_avg_watch_time"), ("FEED", "profile_visits")]
)
def test_metrics_fit_the_kind_of_post(desk: Any, product: str, metric: str) -> None:
    kind = desk.ok({"id": "17", "media_product_type": product})
    play = desk.play("get_post_insights", {"post_id": "17"}, kind, desk.ok({"data": []}))
    result = play.result()
    assert metric in play.query(1)["metric"].split(",")
    assert "metrics" not in result.output


@pytest.mark.parametrize("action", ["get_post_insights", "get_story_insights", "get_account_insights"])
def test_no_metric_is_offered_that_instagram_has_withdrawn(action: str) -> None:
    dead = {"impressions", "plays", "engagement", "video_views", "taps_forward", "taps_back", "exits"}
    dead |= {"email_contacts", "phone_call_clicks", "text_message_clicks", "get_directions_clicks"}
    offered = PROGRAMS.get(f"instagram.{action}").action.input["properties"]["metrics"]
    assert not dead & set(offered["items"]["enum"])
    assert set(offered.get("default", ())) <= set(offered["items"]["enum"])
    assert offered["maxItems"] == len(offered["items"]["enum"])


def test_too_few_viewers_are_no_missing_permission(desk: Any) -> None:
    refusal = desk.refusal(10, message="Not enough viewers for the media to show insights")
    with pytest.raises(ActionFailed, match="five viewers") as caught:
        desk.play("get_story_insights", {"post_id": "17"}, refusal).result()
    assert caught.value.code == "not_found"


def test_an_account_without_online_hours_has_its_days(desk: Any) -> None:
    days = desk.ok({"data": [{"values": [{"value": 3, "end_time": "2026-11-19T08:00:00+0000"}]}]})
    result = desk.play("get_follower_history", {}, days, desk.refusal(100)).result()
    assert [day["value"] for day in result["days"]] == [3]
    assert result["online_followers"] == []


@pytest.mark.parametrize("body", [{"data": [{"id": "178"}]}, {"id": "178"}])
def test_both_forms_of_a_hashtags_answer(desk: Any, body: dict[str, Any]) -> None:
    play = desk.play("search_hashtag", {"name": "bakery"}, desk.ok(body), flavour="facebook")
    assert play.result()["id"] == "178"
    assert play.query() == {"user_id": "17841400000000001", "q": "bakery"}


@pytest.mark.parametrize("name", ["#bakery", "two words"])
def test_a_hashtag_is_given_without_its_sign(name: str) -> None:
    schema = PROGRAMS.get("instagram.search_hashtag", "facebook").input
    assert schema.mistakes(*schema.prepare({"name": name}))


@pytest.mark.parametrize(
    ("cursor", "asked"), [(None, "media.limit(2){"), ("QV=", "media.limit(2).after(QV=){")]
)
def test_discovery_is_one_nested_question(desk: Any, cursor: str | None, asked: str) -> None:
    found = {"id": "9", "username": "ada", "media": {"data": [], "paging": {"cursors": {"after": "QX"}}}}
    given = {"username": "ada", "limit": 2} | ({"cursor": cursor} if cursor else {})
    play = desk.play("discover_account", given, desk.ok({"business_discovery": found}), flavour="facebook")
    result = play.result()
    assert play.query()["fields"].startswith("business_discovery.username(ada){id,")
    assert asked in play.query()["fields"]
    assert (result["cursor"], result["has_more"], result["posts"]) == ("QX", True, [])


FACEBOOK = sorted(
    summary.id for summary in Catalog().actions("instagram") if Catalog().action(summary.id).flavours
)


def test_what_the_instagram_login_cannot_do() -> None:
    assert {name.partition(".")[2] for name in FACEBOOK} >= {
        "delete_post", "like_post", "unlike_post", "like_comment", "unlike_comment", "search_hashtag",
        "list_hashtag_posts", "discover_account", "list_collaboration_invites", "accept_collaboration",
        "decline_collaboration", "get_mentioned_post", "get_mentioned_comment", "get_copyright_status",
        "moderate_conversations", "search_audio", "list_scheduled_posts", "search_products",
    }  # fmt: skip


@pytest.mark.parametrize("name", FACEBOOK)
def test_the_instagram_login_is_told_so(name: str) -> None:
    with pytest.raises(ActionFailed) as caught:
        PROGRAMS.get(name, "")
    assert caught.value.code == "account_not_eligible"
    assert PROGRAMS.get(name, "facebook").id == name
