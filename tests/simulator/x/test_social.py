"""Likes, reposts, bookmarks, follows, mutes, Lists, Direct Messages, articles."""

from __future__ import annotations

from typing import Any

import pytest

LABS, PREMIUM, FRIEND, LOCKED = (f"152488000000000000{n}" for n in range(1, 5))
ME = f"/2/users/{LABS}"


@pytest.fixture
def open_desk(desk: Any) -> Any:
    """A desk whose plan has likes and follows."""
    desk.settings.self_serve_toggle_block = False
    return desk


@pytest.mark.parametrize(
    ("name", "body", "undo", "flag", "again"),
    [
        ("likes", {"tweet_id": "POST"}, "likes/POST", "liked", "liked_tweets"),
        ("bookmarks", {"tweet_id": "POST"}, "bookmarks/POST", "bookmarked", "bookmarks"),
        ("following", {"target_user_id": FRIEND}, f"following/{FRIEND}", "following", "following"),
        ("muting", {"target_user_id": FRIEND}, f"muting/{FRIEND}", "muting", "muting"),
        ("followed_lists", {"list_id": "LIST"}, "followed_lists/LIST", "following", "followed_lists"),
        ("pinned_lists", {"list_id": "LIST"}, "pinned_lists/LIST", "pinned", "pinned_lists"),
    ],
)
def test_a_toggle_is_on_once_and_off_again(
    open_desk: Any, name: str, body: dict[str, str], undo: str, flag: str, again: str
) -> None:
    ids = {"POST": open_desk.x.add_post(FRIEND, "Words").id}
    ids["LIST"] = open_desk.ok("POST", "/2/lists", {"name": "L"})["id"]
    body = {key: ids.get(value, value) for key, value in body.items()}
    for _ in range(2):
        assert open_desk.ok("POST", f"{ME}/{name}", body)[flag] is True
    wanted = next(iter(body.values()))
    assert [item["id"] for item in open_desk.get(f"{ME}/{again}")["data"]] == [wanted]
    undo = undo.replace("POST", ids["POST"]).replace("LIST", ids["LIST"])
    for _ in range(2):
        assert open_desk.ok("DELETE", f"{ME}/{undo}")[flag] is False
    assert open_desk.get(f"{ME}/{again}")["meta"]["result_count"] == 0


def test_an_unknown_target_is_named_without_data(open_desk: Any) -> None:
    asked = {
        "likes": {"tweet_id": "19"},
        "retweets": {"tweet_id": "19"},
        "bookmarks": {"tweet_id": "19"},
        "following": {"target_user_id": "19"},
        "muting": {"target_user_id": "19"},
        "pinned_lists": {"list_id": "19"},
    }
    for name, body in asked.items():
        answer = open_desk.api("POST", f"{ME}/{name}", body)
        assert (answer.status_code, answer.json().keys()) == (200, {"errors"})
        assert answer.json()["errors"][0]["type"].endswith("/resource-not-found")


def test_following_a_locked_account_is_only_asked_for(open_desk: Any) -> None:
    told = open_desk.ok("POST", f"{ME}/following", {"target_user_id": LOCKED})
    assert told == {"following": False, "pending_follow": True}


def test_a_repost_is_a_post_of_its_own(desk: Any) -> None:
    source = desk.x.add_post(FRIEND, "Words").id
    told = desk.ok("POST", f"{ME}/retweets", {"tweet_id": source})
    assert told["retweeted"] is True
    assert desk.ok("POST", f"{ME}/retweets", {"tweet_id": source}) == told
    assert desk.get(f"/2/tweets/{source}/retweeted_by")["data"][0]["username"] == "simlabs"
    shown = desk.get(f"/2/tweets/{source}", tweet__fields="public_metrics")["data"]
    assert shown["public_metrics"]["retweet_count"] == 1
    home = f"{ME}/timelines/reverse_chronological"
    assert desk.get(home)["data"][0]["id"] == told["rest_id"]
    desk.x.posts[source].deleted = True
    assert desk.get(home)["data"][0]["id"] != told["rest_id"]
    desk.x.posts[source].deleted = False
    assert desk.ok("DELETE", f"{ME}/retweets/{source}") == {"retweeted": False}
    assert desk.get(f"/2/tweets/{source}/retweets")["meta"] == {"result_count": 0}


def test_the_likes_of_others_are_private(desk: Any) -> None:
    desk.x.ties[FRIEND].likes.append(desk.post("Liked"))
    assert desk.get(f"/2/users/{FRIEND}/liked_tweets") == {"meta": {"result_count": 0}}


def test_bookmarks_in_a_folder(desk: Any) -> None:
    folder = desk.ok("POST", f"{ME}/bookmarks/folders", {"name": "Later"})
    post_id = desk.post("Keep")
    desk.ok("POST", f"{ME}/bookmarks", {"tweet_id": post_id, "folder_id": folder["id"]})
    assert desk.get(f"{ME}/bookmarks/folders") == {"data": [{"id": folder["id"], "name": "Later"}]}
    path = f"{ME}/bookmarks/folders/{folder['id']}"
    assert desk.get(path) == {"data": [{"id": post_id}]}
    desk.ok("DELETE", f"{ME}/bookmarks/{post_id}")
    assert desk.get(path) == {}


def test_a_list_through_its_life(desk: Any) -> None:
    answer = desk.api("POST", "/2/lists", {"name": "Makers", "private": True})
    assert answer.status_code == 201
    one = f"/2/lists/{answer.json()['data']['id']}"
    assert desk.ok("POST", f"{one}/members", {"user_id": FRIEND}) == {"is_member": True}
    query = {"list.fields": "member_count,private,owner_id", "expansions": "owner_id"}
    told = desk.get(one, **query)
    assert (told["data"]["member_count"], told["data"]["owner_id"]) == (1, LABS)
    assert told["includes"]["users"][0]["username"] == "simlabs"
    assert desk.get(f"{one}/members")["data"][0]["id"] == FRIEND
    assert desk.get(f"{one}/tweets")["data"][0]["text"].startswith("Thanks")
    other = desk.x.connect("simfriend")
    assert desk.get(one, token=other).keys() == {"errors"}
    assert desk.ok("PUT", one, {"private": False, "description": "All"}) == {"updated": True}
    assert desk.get(one, token=other)["data"]["name"] == "Makers"
    assert desk.api("DELETE", one, token=other).status_code == 403
    assert desk.get(f"/2/users/{FRIEND}/list_memberships")["meta"]["result_count"] == 1
    assert desk.ok("DELETE", f"{one}/members/{FRIEND}") == {"is_member": False}
    assert desk.ok("DELETE", one) == {"deleted": True}
    assert desk.get(f"{ME}/owned_lists")["meta"]["result_count"] == 0


def send(desk: Any, text: str = "Hi", token: str | None = None, to: str = FRIEND, **more: Any) -> Any:
    path = f"/2/dm_conversations/with/{to}/messages"
    return desk.ok("POST", path, {"text": text} | more, token=token)


def test_a_message_and_its_answer(desk: Any) -> None:
    sent = send(desk)
    assert sent["dm_conversation_id"] == f"{LABS}-{FRIEND}"
    friend = desk.x.connect("simfriend")
    answered = send(desk, "Hello", friend, LABS)
    assert answered["dm_conversation_id"] == sent["dm_conversation_id"]
    path = f"/2/dm_conversations/{sent['dm_conversation_id']}/messages"
    desk.ok("POST", path, {"text": "More"})
    events = desk.get("/2/dm_events", dm_event__fields="sender_id,created_at,dm_conversation_id")["data"]
    assert [(event["text"], event["sender_id"]) for event in events] == [
        ("More", LABS),
        ("Hello", FRIEND),
        ("Hi", LABS),
    ]
    plain = desk.get(f"/2/dm_conversations/with/{FRIEND}/dm_events")["data"]
    assert plain[0] == {"id": events[0]["id"], "event_type": "MessageCreate", "text": "More"}
    expanded = desk.get(f"/2/dm_events/{events[1]['id']}", expansions="sender_id")
    assert expanded["data"]["sender_id"] == FRIEND
    assert expanded["includes"]["users"][0]["username"] == "simfriend"
    assert "data" not in desk.get("/2/dm_events", token=desk.x.connect("simpremium"))


def test_a_group_and_its_people(desk: Any) -> None:
    body = {
        "conversation_type": "Group",
        "participant_ids": [PREMIUM, FRIEND],
        "message": {"text": "Hello both"},
    }
    answer = desk.api("POST", "/2/dm_conversations", body)
    assert answer.status_code == 201
    group = answer.json()["data"]["dm_conversation_id"]
    assert group.isdigit()
    events = desk.get(f"/2/dm_conversations/{group}/dm_events", token=desk.x.connect("simpremium"))["data"]
    assert [event["event_type"] for event in events] == ["MessageCreate", "ParticipantsJoin"]
    assert events[1]["participant_ids"] == [LABS, PREMIUM, FRIEND]
    only = desk.get("/2/dm_events", event_types="MessageCreate")["data"]
    assert [event["event_type"] for event in only] == ["MessageCreate"]


def test_a_message_with_a_picture_and_one_with_a_post(desk: Any) -> None:
    answer = desk.send(
        "POST",
        "https://api.x.com/2/media/upload",
        headers={"Authorization": f"Bearer {desk.token}"},
        data={"media_category": "dm_image"},
        files={"media": ("p.png", b"\x89PNG" + bytes(20))},
    )
    media_id = answer.json()["data"]["id"]
    send(desk, attachments=[{"media_id": media_id}])
    post_id = desk.post("Look here")
    send(desk, f"https://x.com/simlabs/status/{post_id}")
    query = {
        "dm_event.fields": "attachments,referenced_tweets",
        "expansions": "attachments.media_keys,referenced_tweets.id",
    }
    whole = desk.get("/2/dm_events", **query)
    assert whole["data"][0]["referenced_tweets"] == [{"id": post_id}]
    assert whole["data"][1]["attachments"]["media_keys"] == [f"3_{media_id}"]
    assert whole["includes"]["tweets"][0]["text"] == "Look here"
    assert whole["includes"]["media"][0]["type"] == "photo"


def test_a_deleted_message_is_gone_for_its_deleter_and_old_ones_for_all(desk: Any) -> None:
    event = send(desk)["dm_event_id"]
    friend = desk.x.connect("simfriend")
    assert desk.ok("DELETE", f"/2/dm_events/{event}") == {"deleted": True}
    assert "data" not in desk.get("/2/dm_events")
    assert desk.get("/2/dm_events", token=friend)["data"][0]["id"] == event
    desk.simulator.clock.advance(31 * 86_400)
    assert "data" not in desk.get("/2/dm_events", token=desk.x.connect("simfriend"))


def test_dm_blocks_and_closed_recipients(desk: Any) -> None:
    assert desk.ok("POST", f"/2/users/{FRIEND}/dm/block") == {"blocked": True}
    path, friend = f"/2/dm_conversations/with/{LABS}/messages", desk.x.connect("simfriend")
    assert desk.api("POST", path, {"text": "Hi"}, token=friend).status_code == 403
    assert desk.ok("POST", f"/2/users/{FRIEND}/dm/unblock") == {"blocked": False}
    send(desk, token=friend, to=LABS)
    closed = f"/2/dm_conversations/with/{LOCKED}/messages"
    assert desk.api("POST", closed, {"text": "Hi"}).status_code == 403
    send(desk, token=desk.x.connect("simlocked"), to=LABS)
    assert desk.api("POST", closed, {"text": "You wrote first"}).status_code == 201


def draft(desk: Any, **more: Any) -> Any:
    content = {
        "blocks": [{"text": " ", "type": "atomic", "entity_ranges": [{"key": 0, "offset": 0, "length": 1}]}],
        "entities": [
            {"key": "0", "value": {"type": "markdown", "mutability": "mutable", "data": {"markdown": "# A"}}}
        ],
    }
    return desk.api("POST", "/2/articles/draft", {"title": "Long", "content_state": content} | more)


def test_an_article_becomes_a_post(desk: Any) -> None:
    made = draft(desk)
    assert made.status_code == 201
    assert made.json()["data"]["title"] == "Long"
    path = f"/2/articles/{made.json()['data']['id']}/publish"
    post_id = desk.ok("POST", path)["post_id"]
    assert desk.get(f"/2/tweets/{post_id}", tweet__fields="article")["data"]["article"] == {"title": "Long"}
    assert desk.api("POST", path, token=desk.x.connect("simfriend")).status_code == 403


def test_a_refused_cover_is_told_beside_the_draft(desk: Any) -> None:
    made = draft(desk, cover_media={"media_id": "1", "media_category": "tweet_image"})
    assert made.status_code == 201
    assert made.json()["errors"][0]["type"].endswith("/invalid-request")


def test_spaces_communities_trends_and_news(desk: Any) -> None:
    space = desk.get("/2/spaces/1SimSpaceLive", space__fields="title,host_ids", expansions="host_ids")
    assert space["data"]["title"] == "Simulated talk"
    assert space["includes"]["users"][0]["id"] == LABS
    assert desk.get("/2/spaces/search", query="simulated", state="scheduled")["meta"]["result_count"] == 1
    buyers = "/2/spaces/1SimSpaceNext/buyers"
    assert desk.api("GET", buyers).status_code == 403
    assert desk.get(buyers, token=desk.x.connect("simpremium"))["data"][0]["id"] == FRIEND
    found = desk.get("/2/communities/search", query="makers")["data"]
    assert found == [{"id": "1493000000000000001", "name": "Simulated makers"}]
    assert desk.get("/2/trends/by/woeid/23424977", max_trends=1)["data"][0]["trend_name"] == "#simulated"
    assert desk.get("/2/trends/by/woeid/77").keys() == {"errors"}
    assert desk.get("/2/news/search", query="nothing like it") == {"meta": {"result_count": 0}}
