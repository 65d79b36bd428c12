"""Instagram media, comments, discovery and insights that go well."""

from __future__ import annotations

from typing import Any

import pytest

from postwire.simulator.meta import visitors

DAY = 86_400
FIRST = "17950000000000101"  # a sample post of the first account


@pytest.fixture(params=["insta", "page", "user"])
def token(desk: Any, request: pytest.FixtureRequest) -> str:
    return str(getattr(desk, request.param))


def test_comments_are_read_answered_hidden_and_deleted(desk: Any, token: str) -> None:
    first = desk.get(f"{FIRST}/comments", token, fields="id,text,username,hidden,from,replies{text}")["data"][
        0
    ]
    assert (first["text"], first["username"], first["hidden"]) == ("Nice!", "veravisits", False)
    assert first["from"] == {"id": "6001", "username": "veravisits"}
    reply = desk.post(f"{first['id']}/replies", token, message="Thank you")["id"]
    assert desk.get(f"{first['id']}/replies", token)["data"][0]["text"] == "Thank you"
    assert desk.get(reply, token, fields="parent_id,username") == {
        "parent_id": first["id"],
        "username": "harborbakery",
        "id": reply,
    }
    assert desk.refused("POST", f"{reply}/replies", token, message="Once more") == "100"
    assert desk.post(first["id"], token, hide=True) == {"success": True}
    assert desk.get(first["id"], token, fields="hidden")["hidden"] is True
    assert desk.delete(first["id"], token) == {"success": True}
    assert desk.get(f"{FIRST}/comments", token) == {"data": []}
    assert desk.refused("GET", reply, token) == "100/33"


def test_newest_comments_come_first_and_defaults_are_three(desk: Any) -> None:
    visitors.comment(desk.meta, FIRST, "Newer", "6002")
    rows = desk.get(f"{FIRST}/comments", desk.insta)["data"]
    assert [row["text"] for row in rows] == ["Newer", "Nice!"]
    assert set(rows[0]) == {"id", "text", "timestamp"}
    assert rows[1]["timestamp"] == "2026-11-17T11:06:40+0000"


def test_comments_can_be_switched_off(desk: Any, token: str) -> None:
    assert desk.post(FIRST, token, comment_enabled=False) == {"success": True}
    assert desk.get(FIRST, token, fields="is_comment_enabled")["is_comment_enabled"] is False
    assert desk.refused("POST", f"{FIRST}/comments", token, message="Hi") == "10"


def test_media_is_deleted_with_facebook_login_only(desk: Any) -> None:
    assert desk.delete(FIRST, desk.page) == {"success": True, "deleted_id": FIRST}
    assert desk.refused("GET", FIRST, desk.page) == "100/33"


def test_a_mention_is_read_and_answered(desk: Any) -> None:
    media = visitors.mention(desk.meta, desk.ig, "Best of @harborbakery")
    asked = f"mentioned_media.media_id({media}){{caption,username}}"
    assert desk.get(desk.ig, desk.user, fields=asked)["mentioned_media"] == {
        "caption": "Best of @harborbakery",
        "username": "veravisits",
        "id": media,
    }
    assert desk.post(f"{desk.ig}/mentions", desk.insta, media_id=media, message="Thanks")["id"]
    assert desk.refused("POST", f"{desk.ig}/mentions", desk.insta, media_id=FIRST, message="Hi") == "100/33"


def test_likes_are_of_one_thing_and_repeat_without_harm(desk: Any) -> None:
    for _ in range(2):
        assert desk.post(f"{desk.ig}/likes", desk.page, media_id=FIRST) == {"success": True}
    assert desk.get(FIRST, desk.page, fields="like_count")["like_count"] == 1
    assert desk.delete(f"{desk.ig}/likes", desk.page, media_id=FIRST) == {"success": True}
    assert desk.refused("POST", f"{desk.ig}/likes", media_id=FIRST, comment_id="1") == "100"
    for _ in range(46):
        desk.post(f"{desk.ig}/likes", desk.page, media_id=FIRST)
    assert desk.refused("POST", f"{desk.ig}/likes", media_id=FIRST) == "613"
    desk.later(3_601)
    desk.post(f"{desk.ig}/likes", desk.page, media_id=FIRST)


def test_partners_are_invited_and_answer(desk: Any) -> None:
    made = desk.container(desk.page, image_url=desk.jpg, collaborators=["bizbistro"])
    media = desk.post(f"{desk.ig}/media_publish", creation_id=made)["id"]
    rows = desk.get(f"{media}/collaborators")["data"]
    assert [(row["username"], row["invite_status"]) for row in rows] == [("bizbistro", "Pending")]
    other, token = "17841400000000004", desk.meta.connect("simagency")
    assert desk.get(f"{other}/collaboration_invites", token)["data"][0]["media_id"] == media
    assert desk.post(f"{other}/collaboration_invites", token, media_id=media, accept=True) == {
        "success": True
    }
    assert desk.get(f"{other}/collaborative_media", token)["data"] == [{"id": media}]
    assert desk.get(f"{media}/collaborators")["data"][0]["invite_status"] == "Accepted"


def test_business_discovery_pages_on_inside(desk: Any) -> None:
    inner = "username,followers_count,media.limit(1){caption,view_count}"
    asked = f"business_discovery.username(harborbakery){{{inner}}}"
    found = desk.get(desk.ig, desk.user, fields=asked)["business_discovery"]
    assert (found["username"], found["followers_count"]) == ("harborbakery", 812)
    assert found["media"]["data"][0]["caption"] == "Sample two"
    assert found["media"]["data"][0]["view_count"] == 42
    after = found["media"]["paging"]["cursors"]["after"]
    second = desk.get(desk.ig, desk.user, fields=asked.replace("limit(1)", f"limit(1).after({after})"))
    assert second["business_discovery"]["media"]["data"][0]["caption"] == "Sample one #bread"


def test_hashtags_find_media(desk: Any) -> None:
    found = desk.get("ig_hashtag_search", desk.user, user_id=desk.ig, q="Bread")["data"][0]["id"]
    again = desk.get("ig_hashtag_search", desk.user, user_id=desk.ig, q="bread")["data"][0]["id"]
    assert again == found
    top = desk.get(f"{found}/top_media", desk.user, user_id=desk.ig, fields="id,caption,media_type")["data"]
    assert [row["caption"] for row in top] == ["Sample one #bread"]
    assert desk.get(f"{found}/recent_media", desk.user, user_id=desk.ig) == {"data": []}
    assert desk.get(f"{desk.ig}/recently_searched_hashtags", desk.user)["data"] == [{"id": found}]
    desk.settings.hashtags_per_week = 1
    assert desk.get("ig_hashtag_search", desk.user, user_id=desk.ig, q="BREAD")["data"][0]["id"] == found
    assert desk.refused("GET", "ig_hashtag_search", desk.user, user_id=desk.ig, q="cake") == "18/2207034"
    desk.later(7 * DAY + 1)
    assert desk.get("ig_hashtag_search", desk.user, user_id=desk.ig, q="cake")["data"]
    desk.get("ig_hashtag_search", desk.user, user_id=desk.ig, q="cake")


def test_audio_is_found_by_its_title(desk: Any) -> None:
    rows = desk.get("ig_audio", desk.user, audio_type="music", ig_user_id=desk.ig, search_query="song")[
        "audio"
    ]
    assert rows[0]["title"] == "Sim Song"
    assert desk.get(rows[0]["audio_id"], desk.user)["audio_id"] == rows[0]["audio_id"]


def test_products_are_tagged_on_what_is_published(desk: Any) -> None:
    tag = {"product_id": "7700001", "x": 0.1, "y": 0.2}
    assert desk.post(f"{FIRST}/product_tags", updated_tags=[tag]) == {"success": True}
    assert desk.get(f"{FIRST}/product_tags")["data"][0]["name"] == "Rye bread"
    rows = desk.get(f"{desk.ig}/catalog_product_search", desk.user, catalog_id="77", q="rye")["data"]
    assert [row["product_id"] for row in rows] == ["7700001"]


def test_account_insights_in_both_shapes(desk: Any, token: str) -> None:
    rows = desk.get(
        f"{desk.ig}/insights", token, metric="likes,reach", period="day", metric_type="total_value"
    )
    assert rows["data"][0]["total_value"] == {"value": 42}
    series = desk.get(f"{desk.ig}/insights", token, metric="reach", period="day", since=1_794_000_000)
    assert len(series["data"][0]["values"]) == 11
    by = desk.get(f"{desk.ig}/insights", token, metric="views", breakdown="follow_type")["data"][0]
    assert by["total_value"]["breakdowns"][0]["dimension_keys"] == ["follow_type"]
    who = {"period": "lifetime", "timeframe": "this_month", "breakdown": "age,gender"}
    ages = desk.get(f"{desk.ig}/insights", token, metric="follower_demographics", **who)["data"][0]
    assert ages["total_value"]["breakdowns"][0]["results"][0]["dimension_values"] == ["25-34", "F"]


@pytest.mark.parametrize(
    ("params", "metric"),
    [
        ({}, "views,reach,likes,comments,shares,saved,profile_visits,follows,total_interactions"),
        ({"media_type": "STORIES", "image_url": "https://a.example/a.jpg"}, "views,reach,replies,navigation"),
        (
            {"media_type": "REELS", "video_url": "https://a.example/a.mp4"},
            "views,ig_reels_avg_watch_time,ig_reels_video_view_total_time,reels_skip_rate",
        ),
    ],
)
def test_media_insights_by_product(desk: Any, token: str, params: dict[str, str], metric: str) -> None:
    media = desk.published(token, **params)
    rows = desk.get(f"{media}/insights", token, metric=metric)["data"]
    assert [row["name"] for row in rows] == metric.split(",")
    assert {row["period"] for row in rows} == {"lifetime"}


def test_facebook_login_has_metrics_of_its_own(desk: Any) -> None:
    rows = desk.get(f"{FIRST}/insights", desk.page, metric="total_likes,total_views")["data"]
    assert [row["name"] for row in rows] == ["total_likes", "total_views"]
    fields = "saved_count,total_comments_count,copyright_check_information.status"
    shown = desk.get(FIRST, desk.page, fields=fields)
    assert shown["total_comments_count"] == 1
    assert shown["copyright_check_information"] == {"status": {"status": "completed", "matches_found": False}}
