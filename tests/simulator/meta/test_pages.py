"""Facebook Pages: posts, photos, comments, details."""

from __future__ import annotations

from typing import Any

import pytest

from postwire.simulator.meta import visitors

DAY = 86_400
NOW = 1_795_000_000
SAMPLE = "1010_2020"


def test_a_post_is_made_read_changed_and_deleted(desk: Any) -> None:
    made = desk.post("1010/feed", message="Fresh rolls", fields="id,permalink_url")
    page, _, number = made["id"].partition("_")
    assert (page, made["permalink_url"]) == ("1010", f"https://www.facebook.com/1010/posts/{number}")
    fields = "message,is_published,shares,likes.summary(true).limit(0),comments.summary(true).limit(0)"
    shown = desk.get(made["id"], fields=fields)
    assert (shown["message"], shown["is_published"]) == ("Fresh rolls", True)
    assert "shares" not in shown
    assert shown["likes"] == {"data": [], "summary": {"total_count": 0, "can_like": True, "has_liked": False}}
    assert shown["comments"]["summary"]["total_count"] == 0
    assert desk.post(made["id"], message="Fresh buns") == {"success": True}
    assert desk.get(made["id"], fields="message")["message"] == "Fresh buns"
    assert desk.get("1010/posts", limit=1)["data"][0]["message"] == "Fresh buns"
    assert desk.delete(made["id"]) == {"success": True}
    assert desk.refused("GET", made["id"]) == "100/33"


def test_the_defaults_without_fields(desk: Any) -> None:
    assert set(desk.get(SAMPLE)) == {"created_time", "message", "id"}
    assert desk.get("1010") == {"name": "Harbor Bakery", "id": "1010"}
    assert set(desk.get(f"{SAMPLE}/comments")["data"][0]) == {"created_time", "from", "message", "id"}


def test_lists_hold_what_their_names_say(desk: Any) -> None:
    at = NOW + DAY
    planned = desk.post("1010/feed", message="Later", published=False, scheduled_publish_time=at)["id"]
    drafted = desk.post("1010/feed", message="Draft", published=False, unpublished_content_type="DRAFT")["id"]
    assert desk.get(drafted, fields="is_published")["is_published"] is False
    lists = {name: [row["id"] for row in desk.get(f"1010/{name}")["data"]] for name in (
        "feed", "posts", "published_posts", "scheduled_posts", "visitor_posts", "tagged",
    )}  # fmt: skip
    assert lists == {
        "feed": ["1010_2030", SAMPLE, "1010_2019"],
        "posts": [SAMPLE, "1010_2019"],
        "published_posts": [SAMPLE, "1010_2019"],
        "scheduled_posts": [planned],
        "visitor_posts": ["1010_2030"],
        "tagged": [],
    }
    shown = desk.get(planned, fields="created_time,scheduled_publish_time")
    assert (shown["created_time"], shown["scheduled_publish_time"]) == ("2026-11-19T11:06:40+0000", at)
    desk.later(DAY + 1)
    assert desk.get("1010/posts")["data"][0]["id"] == planned


def test_a_scheduled_post_is_moved_or_published_now(desk: Any) -> None:
    params = {"message": "Later", "published": False, "scheduled_publish_time": NOW + DAY}
    first, second = (desk.post("1010/feed", **params)["id"] for _ in range(2))
    assert desk.post(first, scheduled_publish_time=NOW + 2 * DAY) == {"success": True}
    assert desk.post(second, is_published=True) == {"success": True}
    assert desk.get(second, fields="is_published")["is_published"] is True
    assert desk.refused("POST", second, scheduled_publish_time=NOW + DAY) == "100"
    assert desk.refused("POST", first, scheduled_publish_time=NOW + 31 * DAY) == "100"


@pytest.mark.parametrize("shape", ["json", "text", "php"])
def test_photos_make_one_post_in_their_order(desk: Any, shape: str) -> None:
    ids = [desk.post("1010/photos", url=desk.jpg, published=False)["id"] for _ in range(3)]
    media = [{"media_fbid": one} for one in ids]
    url, head = f"{desk.graph}/1010/feed", {"Authorization": f"Bearer {desk.page}"}
    text = str(media).replace("'", '"')
    php = {f"attached_media[{n}]": str(one).replace("'", '"') for n, one in enumerate(media)}
    ways: dict[str, dict[str, Any]] = {
        "json": {"json": {"message": "Three", "attached_media": media}},
        "text": {"data": {"message": "Three", "attached_media": text}},
        "php": {"data": {"message": "Three", **php}},
    }
    post = desk.send("POST", url, headers=head, **ways[shape]).json()["id"]
    shown = desk.get(post, fields="attachments{media_type,subattachments{target{id}}},status_type")
    album = shown["attachments"]["data"][0]
    assert (shown["status_type"], album["media_type"]) == ("added_photos", "album")
    assert [one["target"]["id"] for one in album["subattachments"]["data"]] == ids
    assert desk.refused("POST", "1010/feed", attached_media=media[:1]) == "100"


def test_a_photo_alone_answers_with_two_ids(desk: Any) -> None:
    made = desk.post("1010/photos", url=desk.jpg, caption="One", alt_text_custom="A roll")
    assert made["post_id"].startswith("1010_")
    assert made["id"] != made["post_id"]
    assert desk.get(made["id"], fields="name,alt_text,images{width}")["images"] == [{"width": 1080}]
    files = {
        "source": ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "image/png"),
        "published": (None, "false"),
    }
    head = {"Authorization": f"Bearer {desk.page}"}
    staged = desk.send("POST", f"{desk.graph}/1010/photos", headers=head, files=files).json()
    assert set(staged) == {"id"}
    assert [row["id"] for row in desk.get("1010/photos", type="uploaded")["data"]] == [made["id"]]
    assert desk.delete(staged["id"]) == {"success": True}


def test_albums_are_listed_and_added_to_but_not_made(desk: Any) -> None:
    album = desk.get("1010/albums", fields="id,count,can_upload")["data"][0]
    assert desk.post(f"{album['id']}/photos", url=desk.jpg)["post_id"]
    assert desk.get(album["id"], fields="count")["count"] == 1
    assert len(desk.get(f"{album['id']}/photos")["data"]) == 1
    assert desk.refused("POST", "1010/albums", name="New") == "100/33"


def test_comments_have_two_levels_and_ids_without_the_page(desk: Any) -> None:
    made = desk.post(f"{SAMPLE}/comments", message="Thanks all")["id"]
    assert made.startswith("2020_")
    reply = desk.post("2020_7070/comments", message="Thank you @[6001]")["id"]
    assert reply.startswith("2020_")
    assert desk.refused("POST", f"{reply}/comments", message="More") == "100"
    top = [row["id"] for row in desk.get(f"{SAMPLE}/comments")["data"]]
    assert top == ["2020_7070", made]
    stream = desk.get(f"{SAMPLE}/comments", filter="stream", summary="true", order="reverse_chronological")
    assert [row["id"] for row in stream["data"]] == [reply, made, "2020_7070"]
    assert stream["summary"]["total_count"] == 3
    assert desk.get(reply, fields="parent{id}")["parent"] == {"id": "2020_7070"}


def test_comments_are_edited_hidden_liked_and_deleted(desk: Any) -> None:
    mine = desk.post(f"{SAMPLE}/comments", message="Tipo")["id"]
    assert desk.post(mine, message="Typo") == {"success": True}
    assert desk.get(mine, fields="message,can_hide") == {"message": "Typo", "can_hide": False, "id": mine}
    assert desk.refused("POST", "2020_7070", message="Not mine") == "200"
    assert desk.refused("POST", mine, is_hidden=True) == "100"
    assert desk.post("2020_7070", is_hidden=True) == {"success": True}
    assert desk.post("2020_7070/likes") == {"success": True}
    shown = desk.get("2020_7070", fields="is_hidden,like_count,user_likes")
    assert shown == {"is_hidden": True, "like_count": 1, "user_likes": True, "id": "2020_7070"}
    assert desk.delete("2020_7070/likes") == {"success": True}
    assert desk.delete("2020_7070") == {"success": True}
    assert [row["id"] for row in desk.get(f"{SAMPLE}/comments")["data"]] == [mine]


def test_the_author_of_a_comment_needs_a_right(desk: Any) -> None:
    app = desk.settings.apps[0]
    token = desk.meta.connect(scopes=app.scopes - {"pages_read_user_content"})
    assert "from" not in desk.get("2020_7070", token)
    assert desk.get("2020_7070", desk.user)["from"] == {"name": "Vera Visitor", "id": "6001"}


def test_reactions_are_counted_by_type(desk: Any) -> None:
    desk.post(f"{SAMPLE}/likes")
    rows = desk.get(f"{SAMPLE}/reactions", type="LIKE", summary="total_count")
    assert rows["summary"] == {"total_count": 1, "viewer_reaction": "LIKE"}
    fields = (
        "reactions.type(LOVE).limit(0).summary(total_count).as(love),"
        "reactions.type(LIKE).limit(0).summary(total_count).as(like)"
    )
    shown = desk.get(SAMPLE, fields=fields)
    assert [shown[name]["summary"]["total_count"] for name in ("love", "like")] == [0, 1]
    assert desk.delete(f"{SAMPLE}/likes") == {"success": True}


def test_the_page_is_described_and_changed(desk: Any) -> None:
    assert desk.post("1010", about="Bread since 1903", phone="+49 40 1") == {"success": True}
    shown = desk.get("1010", fields="about,phone,website,location{city},fan_count,picture{url}")
    assert (shown["about"], shown["location"], shown["fan_count"]) == (
        "Bread since 1903",
        {"city": "Hamburg"},
        320,
    )
    assert "website" not in shown
    assert desk.refused("POST", "1010", name="Other") == "100"
    assert desk.post("1010/settings", option={"USERS_CAN_MESSAGE": "false"}) == {"success": True}
    assert {"setting": "USERS_CAN_MESSAGE", "value": False} in desk.get("1010/settings")["data"]
    assert desk.post("1010/picture", picture=desk.jpg) == {"success": True}


def test_roles_and_who_is_assigned(desk: Any) -> None:
    assert [row["name"] for row in desk.get("1010/roles")["data"]] == ["Sim Owner"]
    token = desk.user
    assert desk.post("1010/assigned_users", token, user="557", tasks=["MODERATE"]) == {"success": True}
    rows = desk.get("1010/assigned_users", token, business="4242")["data"]
    assert ["MODERATE"] in [row["tasks"] for row in rows]
    assert desk.delete("1010/assigned_users", token, user="557") == {"success": True}
    assert len(desk.get("1010/roles")["data"]) == 1


def test_public_pages_are_found(desk: Any) -> None:
    rows = desk.get("pages/search", desk.user, q="harbor", fields="id,name,location{latitude}")["data"]
    assert rows == [{"id": "1010", "name": "Harbor Bakery", "location": {"latitude": 53.55}}]
    assert desk.get("1013", desk.user, fields="name")["name"] == "Foreign Fish"
    assert desk.refused("GET", "1013/posts", desk.user) == "100/33"


def test_people_are_blocked(desk: Any) -> None:
    assert desk.post("1010/blocked", user="6001") == {"6001": True}
    assert desk.get("1010/blocked")["data"] == [{"id": "6001"}]
    assert desk.delete("1010/blocked", user="6001") == {"6001": True}


def test_insights_of_page_post_and_story(desk: Any) -> None:
    rows = desk.get("1010/insights", metric="page_media_view,page_follows", period="day", since=NOW - 3 * DAY)
    first = rows["data"][0]
    assert (first["id"], len(first["values"])) == ("1010/insights/page_media_view/day", 3)
    assert first["values"][0]["end_time"] == "2026-11-16T08:00:00+0000"
    assert [row["period"] for row in desk.get("1010/insights/page_follows")["data"]] == [
        "day",
        "week",
        "days_28",
    ]
    desk.post(f"{SAMPLE}/likes")
    metric = "post_media_view,post_reactions_by_type_total,post_clicks"
    values = {
        row["name"]: row["values"][0]["value"]
        for row in desk.get(f"{SAMPLE}/insights", metric=metric)["data"]
    }
    assert values["post_reactions_by_type_total"] == {"like": 1}
    assert desk.get("1010/insights", metric="content_monetization_earnings") == {"data": []}


def test_others_comment_and_the_page_sees_it(desk: Any) -> None:
    made = visitors.comment(desk.meta, SAMPLE, "Hello", "6002")
    assert desk.get(made, fields="from,can_reply_privately")["can_reply_privately"] is True
    reply = visitors.comment(desk.meta, made, "And again", "6001")
    assert desk.get(reply, fields="parent{message}")["parent"]["message"] == "Hello"
