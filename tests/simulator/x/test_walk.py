"""Every operation once, as it goes well; with X's OpenAPI document at hand each answer is held against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postwire.simulator.x.routes import OPERATIONS

if TYPE_CHECKING:
    import httpx2

LABS, PREMIUM, FRIEND, LOCKED = (f"152488000000000000{n}" for n in range(1, 5))
PNG, GIF, MP4 = b"\x89PNG" + bytes(60), b"GIF89a" + bytes(58), b"\x00\x00\x00\x18ftypmp42" + bytes(52)
FIELDS = {
    "post.fields": "text,attachments,entities,edit_controls,public_metrics,created_at,lang,note_post",
    "expansions": "author_id,attachments.media_keys,referenced_posts,edit_history_post_ids",
    "user.fields": "created_at,public_metrics,verified_type,subscription_type,connection_status",
    "media.fields": "url,variants,alt_text,duration_ms,public_metrics,width",
}
USER_FIELDS = {
    "user.fields": FIELDS["user.fields"],
    "post.fields": "public_metrics",
    "expansions": "most_recent_post_id",
}
LIST_FIELDS = {
    "list.fields": "created_at,description,follower_count,member_count,private",
    "expansions": "owner_id",
}
DM_FIELDS = {
    "dm_event.fields": "id,text,event_type,created_at,attachments,dm_conversation_id",
    "post.fields": "public_metrics",
    "expansions": "sender_id,participant_ids,referenced_posts,attachments.media_keys",
}
SPACE_FIELDS = {
    "space.fields": "title,state,started_at,scheduled_start,participant_count,is_ticketed,created_at,lang",
    "expansions": "creator_id,host_ids",
}
BLOCK = {"text": "Hello", "type": "unstyled"}


class Furnished:
    """A desk with one of everything, on an enterprise plan."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        desk.app.plan = "enterprise"
        desk.settings.rate_limits = False
        self.premium = desk.x.connect("simpremium")
        self.post = desk.post("The first one, about https://example.com #walk @simfriend")
        self.friends = desk.x.add_post(FRIEND, "A word from @simlabs's friend").id
        self.image = self.upload(PNG, "tweet_image")
        self.key = f"3_{self.image}"
        self.picture = desk.post("A picture", media={"media_ids": [self.image]})
        self.video = self.upload(MP4, "tweet_video")
        self.open = desk.ok(
            "POST", "/2/media/upload/initialize", {"media_type": "image/png", "total_bytes": 64}
        )["id"]
        desk.simulator.clock.advance(60)
        self.subtitles = self.upload(b"1\n", "subtitles")
        self.list = desk.ok("POST", "/2/lists", {"name": "A list"})["id"]
        desk.ok("POST", f"/2/lists/{self.list}/members", {"user_id": FRIEND})
        folder = desk.ok("POST", f"/2/users/{LABS}/bookmarks/folders", {"name": "Later"})
        self.folder = folder["id"]
        self.toggle("bookmarks", tweet_id=self.friends, folder_id=self.folder)
        for name in ("likes", "retweets"):
            self.toggle(name, tweet_id=self.friends)
        self.toggle("following", target_user_id=FRIEND)
        desk.ok("POST", f"/2/users/{PREMIUM}/following", {"target_user_id": LABS}, token=self.premium)
        desk.ok("POST", f"/2/users/{PREMIUM}/retweets", {"tweet_id": self.post}, token=self.premium)
        desk.post("Look", token=self.premium, quote_tweet_id=self.post)
        self.reply = desk.post("@simlabs hi", token=self.premium, reply={"in_reply_to_tweet_id": self.post})
        self.toggle("muting", target_user_id=PREMIUM)
        self.toggle("pinned_lists", list_id=self.list)
        self.toggle("followed_lists", list_id=self.list)
        sent = self.send_dm(f"https://x.com/simlabs/status/{self.post}")
        self.event, self.conversation = sent["dm_event_id"], sent["dm_conversation_id"]
        draft = {"title": "Long", "content_state": {"blocks": [BLOCK], "entities": []}}
        self.article = desk.ok("POST", "/2/articles/draft", draft)["id"]

    def toggle(self, name: str, **body: str) -> None:
        self.desk.ok("POST", f"/2/users/{LABS}/{name}", body)

    def send_dm(self, text: str) -> Any:
        return self.desk.ok("POST", f"/2/dm_conversations/with/{FRIEND}/messages", {"text": text})

    def upload(self, data: bytes, category: str) -> str:
        answer = self.desk.send(
            "POST",
            "https://api.x.com/2/media/upload",
            headers={"Authorization": f"Bearer {self.desk.token}"},
            data={"media_category": category},
            files={"media": ("file.bin", data)},
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["data"]["id"])

    def get(self, path: str, **query: Any) -> httpx2.Response:
        answer: httpx2.Response = self.desk.api("GET", path, **query)
        return answer

    def app(self, path: str, **query: Any) -> httpx2.Response:
        answer: httpx2.Response = self.desk.api("GET", path, token=self.desk.x.app_token(), **query)
        return answer

    def change(self, method: str, path: str, body: Any = None) -> httpx2.Response:
        answer: httpx2.Response = self.desk.api(method, path, body)
        return answer

    def raw(self, path: str, fields: dict[str, str], data: bytes) -> httpx2.Response:
        answer: httpx2.Response = self.desk.send(
            "POST",
            f"https://api.x.com{path}",
            headers={"Authorization": f"Bearer {self.desk.token}"},
            data=fields,
            files={"media": ("file.bin", data)},
        )
        return answer

    def finalized(self) -> httpx2.Response:
        self.raw(f"/2/media/upload/{self.open}/append", {"segment_index": "0"}, PNG)
        return self.change("POST", f"/2/media/upload/{self.open}/finalize")

    def subtitled(self, method: str = "POST") -> httpx2.Response:
        track = {"id": self.subtitles, "language_code": "EN", "display_name": "English"}
        body: dict[str, Any] = {"id": self.video, "media_category": "TweetVideo"}
        more = {"subtitles": track} if method == "POST" else {"language_code": "EN"}
        return self.change(method, "/2/media/subtitles", body | more)

    def draft(self) -> httpx2.Response:
        content = {"blocks": [BLOCK], "entities": []}
        return self.change("POST", "/2/articles/draft", {"title": "T", "content_state": content})

    def span(self) -> dict[str, str]:
        return {"start_time": "2026-11-17T00:00:00Z", "end_time": "2026-11-19T00:00:00Z"}


ME = f"/2/users/{LABS}"
WALKS: dict[str, Any] = {
    "GET /2/users/me": lambda f: f.get("/2/users/me", **USER_FIELDS),
    "GET /2/users": lambda f: f.get("/2/users", ids=f"{LABS},{FRIEND}", **USER_FIELDS),
    "GET /2/users/{id}": lambda f: f.app(f"/2/users/{FRIEND}"),
    "GET /2/users/by/username/{username}": lambda f: f.get("/2/users/by/username/SimFriend"),
    "GET /2/users/by": lambda f: f.get("/2/users/by", usernames="simlabs,nobody"),
    "GET /2/users/search": lambda f: f.get("/2/users/search", query="sim"),
    "GET /2/users/{id}/affiliates": lambda f: f.get(f"{ME}/affiliates"),
    "POST /2/tweets": lambda f: f.change("POST", "/2/tweets", {"text": "Another"}),
    "DELETE /2/tweets/{id}": lambda f: f.change("DELETE", f"/2/tweets/{f.post}"),
    "PUT /2/tweets/{tweet_id}/hidden": lambda f: f.change(
        "PUT", f"/2/tweets/{f.reply}/hidden", {"hidden": True}
    ),
    "GET /2/tweets/{id}": lambda f: f.get(f"/2/tweets/{f.picture}", **FIELDS),
    "GET /2/tweets": lambda f: f.get("/2/tweets", ids=f"{f.post},{f.reply},19", **FIELDS),
    "GET /2/users/{id}/tweets": lambda f: f.get(f"{ME}/tweets", **FIELDS),
    "GET /2/users/{id}/mentions": lambda f: f.get(f"/2/users/{FRIEND}/mentions", **FIELDS),
    "GET /2/users/{id}/timelines/reverse_chronological": lambda f: f.get(
        f"{ME}/timelines/reverse_chronological", max_results=3, **FIELDS
    ),
    "GET /2/tweets/{id}/quote_tweets": lambda f: f.get(f"/2/tweets/{f.post}/quote_tweets", **FIELDS),
    "GET /2/tweets/{id}/retweets": lambda f: f.get(f"/2/tweets/{f.post}/retweets", **FIELDS),
    "GET /2/users/reposts_of_me": lambda f: f.get("/2/users/reposts_of_me"),
    "GET /2/tweets/{id}/retweeted_by": lambda f: f.get(f"/2/tweets/{f.post}/retweeted_by"),
    "GET /2/tweets/{id}/liking_users": lambda f: f.get(f"/2/tweets/{f.friends}/liking_users"),
    "GET /2/tweets/search/recent": lambda f: f.get("/2/tweets/search/recent", query="walk", **FIELDS),
    "GET /2/tweets/search/all": lambda f: f.app("/2/tweets/search/all", query="from:simlabs", **FIELDS),
    "GET /2/tweets/counts/recent": lambda f: f.get("/2/tweets/counts/recent", query="sample"),
    "GET /2/tweets/counts/all": lambda f: f.app(
        "/2/tweets/counts/all", query="sample", granularity="day", start_time="2026-08-01T00:00:00Z"
    ),
    "POST /2/users/{id}/likes": lambda f: f.change("POST", f"{ME}/likes", {"tweet_id": f.post}),
    "DELETE /2/users/{id}/likes/{tweet_id}": lambda f: f.change("DELETE", f"{ME}/likes/{f.friends}"),
    "GET /2/users/{id}/liked_tweets": lambda f: f.get(f"{ME}/liked_tweets", **FIELDS),
    "POST /2/users/{id}/retweets": lambda f: f.change("POST", f"{ME}/retweets", {"tweet_id": f.post}),
    "DELETE /2/users/{id}/retweets/{source_tweet_id}": lambda f: f.change(
        "DELETE", f"{ME}/retweets/{f.friends}"
    ),
    "POST /2/users/{id}/bookmarks": lambda f: f.change("POST", f"{ME}/bookmarks", {"tweet_id": f.post}),
    "DELETE /2/users/{id}/bookmarks/{tweet_id}": lambda f: f.change("DELETE", f"{ME}/bookmarks/{f.friends}"),
    "GET /2/users/{id}/bookmarks": lambda f: f.get(f"{ME}/bookmarks", **FIELDS),
    "GET /2/users/{id}/bookmarks/folders": lambda f: f.get(f"{ME}/bookmarks/folders"),
    "GET /2/users/{id}/bookmarks/folders/{folder_id}": lambda f: f.get(f"{ME}/bookmarks/folders/{f.folder}"),
    "POST /2/users/{id}/bookmarks/folders": lambda f: f.change(
        "POST", f"{ME}/bookmarks/folders", {"name": "New"}
    ),
    "POST /2/users/{id}/following": lambda f: f.change("POST", f"{ME}/following", {"target_user_id": LOCKED}),
    "DELETE /2/users/{source_user_id}/following/{target_user_id}": lambda f: f.change(
        "DELETE", f"{ME}/following/{FRIEND}"
    ),
    "GET /2/users/{id}/followers": lambda f: f.get(f"{ME}/followers", **USER_FIELDS),
    "GET /2/users/{id}/following": lambda f: f.get(f"{ME}/following", **USER_FIELDS),
    "POST /2/users/{id}/muting": lambda f: f.change("POST", f"{ME}/muting", {"target_user_id": FRIEND}),
    "DELETE /2/users/{source_user_id}/muting/{target_user_id}": lambda f: f.change(
        "DELETE", f"{ME}/muting/{PREMIUM}"
    ),
    "GET /2/users/{id}/muting": lambda f: f.get(f"{ME}/muting"),
    "GET /2/users/{id}/blocking": lambda f: f.get(f"{ME}/blocking"),
    "POST /2/users/{id}/dm/block": lambda f: f.change("POST", f"/2/users/{FRIEND}/dm/block"),
    "POST /2/users/{id}/dm/unblock": lambda f: f.change("POST", f"/2/users/{FRIEND}/dm/unblock"),
    "POST /2/lists": lambda f: f.change(
        "POST", "/2/lists", {"name": "L", "description": "d", "private": True}
    ),
    "PUT /2/lists/{id}": lambda f: f.change("PUT", f"/2/lists/{f.list}", {"name": "Other"}),
    "DELETE /2/lists/{id}": lambda f: f.change("DELETE", f"/2/lists/{f.list}"),
    "POST /2/lists/{id}/members": lambda f: f.change("POST", f"/2/lists/{f.list}/members", {"user_id": LABS}),
    "DELETE /2/lists/{id}/members/{user_id}": lambda f: f.change(
        "DELETE", f"/2/lists/{f.list}/members/{FRIEND}"
    ),
    "GET /2/lists/{id}": lambda f: f.get(f"/2/lists/{f.list}", **LIST_FIELDS),
    "GET /2/lists/{id}/members": lambda f: f.get(f"/2/lists/{f.list}/members", **USER_FIELDS),
    "GET /2/lists/{id}/followers": lambda f: f.get(f"/2/lists/{f.list}/followers"),
    "GET /2/lists/{id}/tweets": lambda f: f.get(f"/2/lists/{f.list}/tweets", **FIELDS),
    "GET /2/users/{id}/owned_lists": lambda f: f.get(f"{ME}/owned_lists", **LIST_FIELDS),
    "GET /2/users/{id}/list_memberships": lambda f: f.get(f"/2/users/{FRIEND}/list_memberships"),
    "GET /2/users/{id}/followed_lists": lambda f: f.get(f"{ME}/followed_lists"),
    "GET /2/users/{id}/pinned_lists": lambda f: f.get(f"{ME}/pinned_lists", **LIST_FIELDS),
    "POST /2/users/{id}/followed_lists": lambda f: f.change(
        "POST", f"{ME}/followed_lists", {"list_id": f.list}
    ),
    "DELETE /2/users/{id}/followed_lists/{list_id}": lambda f: f.change(
        "DELETE", f"{ME}/followed_lists/{f.list}"
    ),
    "POST /2/users/{id}/pinned_lists": lambda f: f.change("POST", f"{ME}/pinned_lists", {"list_id": f.list}),
    "DELETE /2/users/{id}/pinned_lists/{list_id}": lambda f: f.change(
        "DELETE", f"{ME}/pinned_lists/{f.list}"
    ),
    "POST /2/dm_conversations/with/{participant_id}/messages": lambda f: f.change(
        "POST", f"/2/dm_conversations/with/{FRIEND}/messages", {"text": "Hi"}
    ),
    "POST /2/dm_conversations/{dm_conversation_id}/messages": lambda f: f.change(
        "POST", f"/2/dm_conversations/{f.conversation}/messages", {"text": "Hi"}
    ),
    "POST /2/dm_conversations": lambda f: f.change(
        "POST",
        "/2/dm_conversations",
        {
            "conversation_type": "Group",
            "participant_ids": [PREMIUM, FRIEND],
            "message": {"text": "Hello both"},
        },
    ),
    "GET /2/dm_events": lambda f: f.get("/2/dm_events", **DM_FIELDS),
    "GET /2/dm_events/{event_id}": lambda f: f.get(f"/2/dm_events/{f.event}", **DM_FIELDS),
    "GET /2/dm_conversations/with/{participant_id}/dm_events": lambda f: f.get(
        f"/2/dm_conversations/with/{FRIEND}/dm_events"
    ),
    "GET /2/dm_conversations/{id}/dm_events": lambda f: f.get(
        f"/2/dm_conversations/{f.conversation}/dm_events"
    ),
    "DELETE /2/dm_events/{event_id}": lambda f: f.change("DELETE", f"/2/dm_events/{f.event}"),
    "POST /2/media/upload": lambda f: f.raw("/2/media/upload", {"media_category": "dm_gif"}, GIF),
    "POST /2/media/upload/initialize": lambda f: f.change(
        "POST", "/2/media/upload/initialize", {"media_type": "video/mp4", "total_bytes": 9}
    ),
    "POST /2/media/upload/{id}/append": lambda f: f.raw(
        f"/2/media/upload/{f.open}/append", {"segment_index": "0"}, PNG
    ),
    "POST /2/media/upload/{id}/finalize": lambda f: f.finalized(),
    "GET /2/media/upload": lambda f: f.get("/2/media/upload", media_id=f.video, command="STATUS"),
    "GET /2/media": lambda f: f.get("/2/media", media_keys=f"{f.key},3_1", **{"media.fields": "url,type"}),
    "GET /2/media/{media_key}": lambda f: f.app(f"/2/media/{f.key}"),
    "POST /2/media/metadata": lambda f: f.change(
        "POST", "/2/media/metadata", {"id": f.video, "metadata": {"alt_text": {"text": "Waves"}}}
    ),
    "POST /2/media/subtitles": lambda f: f.subtitled(),
    "DELETE /2/media/subtitles": lambda f: f.subtitled("DELETE"),
    "GET /2/tweets/analytics": lambda f: f.get(
        "/2/tweets/analytics", ids=f.post, granularity="hourly", **f.span()
    ),
    "GET /2/media/analytics": lambda f: f.get("/2/media/analytics", media_keys=f.key, **f.span()),
    "POST /2/articles/draft": lambda f: f.draft(),
    "POST /2/articles/{article_id}/publish": lambda f: f.change("POST", f"/2/articles/{f.article}/publish"),
    "GET /2/communities/{id}": lambda f: f.get(
        "/2/communities/1493000000000000001", **{"community.fields": "access,member_count,created_at"}
    ),
    "GET /2/communities/search": lambda f: f.get("/2/communities/search", query="simulated"),
    "GET /2/trends/by/woeid/{woeid}": lambda f: f.get("/2/trends/by/woeid/1"),
    "GET /2/users/personalized_trends": lambda f: f.desk.api(
        "GET", "/2/users/personalized_trends", token=f.premium
    ),
    "GET /2/news/{id}": lambda f: f.get(
        "/2/news/1990000000000000001", **{"news.fields": "hook,category,cluster_posts_results,updated_at"}
    ),
    "GET /2/news/search": lambda f: f.get("/2/news/search", query="loopback"),
    "GET /2/usage/tweets": lambda f: f.app(
        "/2/usage/tweets", **{"usage.fields": "daily_project_usage,daily_client_app_usage"}
    ),
    "GET /2/usage/credits": lambda f: f.app("/2/usage/credits"),
    "GET /2/spaces": lambda f: f.get("/2/spaces", ids="1SimSpaceLive,1SimSpaceNext", **SPACE_FIELDS),
    "GET /2/spaces/{id}": lambda f: f.get("/2/spaces/1SimSpaceLive"),
    "GET /2/spaces/by/creator_ids": lambda f: f.get("/2/spaces/by/creator_ids", user_ids=LABS),
    "GET /2/spaces/search": lambda f: f.app("/2/spaces/search", query="simulated"),
    "GET /2/spaces/{id}/tweets": lambda f: f.get("/2/spaces/1SimSpaceLive/tweets"),
    "GET /2/spaces/{id}/buyers": lambda f: f.desk.api(
        "GET", "/2/spaces/1SimSpaceNext/buyers", token=f.premium
    ),
}
EMPTY = {"GET /2/users/{id}/affiliates", "GET /2/users/{id}/blocking", "GET /2/spaces/{id}/tweets"}


def test_no_operation_is_left_out() -> None:
    assert {operation.name for operation in OPERATIONS} == set(WALKS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_it_goes_well(desk: Any, operation: Any) -> None:
    answer = WALKS[operation.name](Furnished(desk))
    assert answer.status_code == operation.ok, answer.text
    assert ("data" in answer.json()) == (operation.name not in EMPTY), answer.text
    assert int(answer.headers["x-rate-limit-remaining"]) < int(answer.headers["x-rate-limit-limit"])
