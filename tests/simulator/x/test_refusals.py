"""Wrong requests and what they are told, row by row of the sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx2

LABS, PREMIUM, FRIEND, LOCKED = (f"152488000000000000{n}" for n in range(1, 5))
TWEETS, ME = "/2/tweets", f"/2/users/{LABS}"
SAME = "must be the same as the authenticating user [1524880000000000001]"
NO_KEY = "is not defined in the schema and the schema does not allow additional properties"
INVALID, BLANK = "invalid-request", "about:blank"


def create(desk: Any, **body: Any) -> httpx2.Response:
    answer: httpx2.Response = desk.api("POST", TWEETS, body)
    return answer


def poll(desk: Any, options: Any = ("a", "b"), minutes: int = 60, **more: Any) -> httpx2.Response:
    return create(desk, text="?", poll={"options": list(options), "duration_minutes": minutes} | more)


def get(desk: Any, path: str, **query: Any) -> httpx2.Response:
    answer: httpx2.Response = desk.api("GET", path, **query)
    return answer


def by_app(desk: Any, path: str, method: str = "GET", **query: Any) -> httpx2.Response:
    answer: httpx2.Response = desk.api(method, path, token=desk.x.app_token(), **query)
    return answer


def without(desk: Any, scope: str, method: str, path: str, body: Any = None) -> httpx2.Response:
    every = set(desk.send("GET", "http://127.0.0.1/").json()["platforms"]["x"]["scopes"])
    token = desk.x.connect(scopes=every - {scope})
    answer: httpx2.Response = desk.api(method, path, body, token=token)
    return answer


def reply(desk: Any, post_id: str | None = None, **more: Any) -> httpx2.Response:
    target = post_id or desk.x.add_post(PREMIUM, "Good morning").id
    return create(desk, text="Hi", reply={"in_reply_to_tweet_id": target} | more)


def twice(desk: Any) -> httpx2.Response:
    desk.post("Same words")
    return create(desk, text="Same words")


def suspended(desk: Any) -> httpx2.Response:
    desk.settings.accounts[0].suspended = True
    return get(desk, "/2/users/me")


def depleted(desk: Any, form: str) -> httpx2.Response:
    desk.app.credits, desk.settings.depleted_as = 0.0, form
    return create(desk, text="Poor")


def read_only(desk: Any) -> httpx2.Response:
    desk.app.writes = False
    assert desk.get("/2/users/me")
    return create(desk, text="x")


def limited(desk: Any) -> httpx2.Response:
    desk.settings.accounts[0].dm_limited = True
    return dm(desk, text="x")


def dm(desk: Any, **body: Any) -> httpx2.Response:
    answer: httpx2.Response = desk.api("POST", f"/2/dm_conversations/with/{FRIEND}/messages", body)
    return answer


def plain_text(desk: Any) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {desk.token}", "Content-Type": "text/plain"}
    answer: httpx2.Response = desk.send("POST", "https://api.x.com/2/tweets", headers=headers, content=b"{}")
    return answer


def edit(desk: Any) -> httpx2.Response:
    post_id = desk.post("First")
    return create(desk, text="Second", edit_options={"previous_post_id": post_id})


def initialize(desk: Any, **body: Any) -> httpx2.Response:
    whole = {"media_type": "image/png", "total_bytes": 10} | body
    answer: httpx2.Response = desk.api("POST", "/2/media/upload/initialize", whole)
    return answer


def article(desk: Any, kind: str) -> httpx2.Response:
    content = {"blocks": [{"text": "x", "type": kind}], "entities": []}
    answer: httpx2.Response = desk.api("POST", "/2/articles/draft", {"title": "T", "content_state": content})
    return answer


# (status, slug, a part of the text) → what is asked, by the heading of the sheet
TOLD: dict[tuple[int, str, str], dict[str, Any]] = {
    (401, BLANK, "Unauthorized"): {
        "12.2: 401": lambda d: d.api("GET", "/2/users/me", token="nonsense"),
        "12.2: 401, no header": lambda d: d.send("GET", "https://api.x.com/2/users/me"),
        "6.9: 401 before the body is looked at": lambda d: d.api("POST", TWEETS, {"x": 1}, token="no"),
    },
    (404, BLANK, "Not Found"): {"2: Unknown path": lambda d: get(d, "/2/tweets/1/2/3")},
    (405, BLANK, ""): {"2: another method": lambda d: d.api("PATCH", TWEETS, {})},
    (400, INVALID, "The query parameter [foo] is not one of ["): {
        "2: Unknown query parameter": lambda d: get(d, "/2/users/me", foo="1"),
        "2: Unknown query parameter, of a write": lambda d: d.api("DELETE", "/2/tweets/1", foo="1"),
    },
    (400, INVALID, "[media.fields] is not one of"): {
        "3: Which field parameters": lambda d: get(d, "/2/users/me", media__fields="url")
    },
    (400, INVALID, "is not one of ["): {
        "3: Allowed values": lambda d: get(d, "/2/users/me", user__fields="shoe_size"),
        "3: of one vocabulary only": lambda d: get(d, "/2/tweets/1", post__fields="note_tweet"),
        "3: of the other vocabulary": lambda d: get(d, "/2/tweets/1", tweet__fields="note_post"),
        "3: expansions": lambda d: get(d, "/2/tweets/1", expansions="referenced_posts"),
        "6.5: exclude": lambda d: get(d, f"{ME}/tweets", exclude="likes"),
        "6.8: event_types": lambda d: get(d, "/2/dm_events", event_types="Typing"),
        "7.3: command": lambda d: get(d, "/2/media/upload", media_id="1", command="INIT"),
    },
    (400, INVALID, "repeats a value"): {
        "2: List-valued, unique": lambda d: get(d, "/2/users/me", user__fields="name,name")
    },
    (400, INVALID, "must have 1 to 100 values"): {
        "2: List-valued, 1-100": lambda d: get(d, "/2/tweets", ids=",".join(["1"] * 101)),
        "2: List-valued, at least 1": lambda d: get(d, "/2/tweets", ids=""),
    },
    (400, INVALID, "query parameter can not be empty"): {
        "5: ids*": lambda d: get(d, "/2/tweets"),
        "5: query*": lambda d: get(d, "/2/tweets/search/recent"),
    },
    (400, INVALID, "Use only one of `tweet.fields` and `post.fields`"): {
        "3: one vocabulary per request": lambda d: get(
            d, "/2/tweets/1", tweet__fields="lang", post__fields="lang"
        )
    },
    (400, INVALID, "is not valid"): {
        "2: Ids": lambda d: get(d, "/2/tweets/abc"),
        "2: Ids, 20 digits": lambda d: get(d, f"/2/tweets/{'1' * 20}"),
        "5: username": lambda d: get(d, "/2/users/by/username/much-too-long-a-name"),
        "10: a token of elsewhere": lambda d: get(d, f"{ME}/tweets", pagination_token="elsewhere"),
    },
    (400, INVALID, "is not between"): {
        "6.5: 5-100": lambda d: get(d, f"{ME}/tweets", max_results=4),
        "6.6: 10-100": lambda d: get(d, "/2/tweets/search/recent", query="a", max_results=101),
    },
    (400, INVALID, "does not match"): {
        "10: minimum token length 16": lambda d: get(d, f"{ME}/followers", pagination_token="short"),
        "5: user search": lambda d: get(d, "/2/users/search", query="a-b"),
    },
    (400, INVALID, "Use only one of `start_time` and `since_id`"): {
        "6.6: at most one of": lambda d: get(
            d, "/2/tweets/search/recent", query="a", start_time="2026-11-17T00:00:00Z", since_id="1"
        )
    },
    (400, INVALID, "Use only one of `pagination_token` and `next_token`"): {
        "6.6: one token": lambda d: get(
            d, "/2/tweets/search/recent", query="a", pagination_token="x", next_token="x"
        )
    },
    (400, INVALID, "must be before"): {
        "6.5: start_time < end_time": lambda d: get(
            d, f"{ME}/tweets", start_time="2026-11-17T00:00:00Z", end_time="2026-11-16T00:00:00Z"
        ),
        "6.5: since_id < until_id": lambda d: get(d, f"{ME}/tweets", since_id="9", until_id="9"),
    },
    (400, INVALID, "is not a valid RFC3339 date time"): {
        "2: Times": lambda d: get(d, f"{ME}/tweets", start_time="yesterday")
    },
    (400, INVALID, "within the last 7 days"): {
        "6.6: window": lambda d: get(
            d, "/2/tweets/search/recent", query="a", start_time="2026-11-01T00:00:00Z"
        )
    },
    (400, INVALID, "longer than 512"): {
        "6.6: self-serve 512": lambda d: get(d, "/2/tweets/search/recent", query="a" * 513)
    },
    (400, INVALID, "There were errors processing your request"): {
        "6.6: is: alone": lambda d: get(d, "/2/tweets/search/recent", query="is:reply"),
        "6.6: has: and lang: alone": lambda d: get(d, "/2/tweets/search/recent", query="has:media lang:en"),
        "6.6: negated group": lambda d: get(d, "/2/tweets/search/recent", query="a -(b c)"),
        "6.6: min_faves": lambda d: get(d, "/2/tweets/search/recent", query="a min_faves:3"),
        "6.6: parenthesis": lambda d: get(d, "/2/tweets/search/recent", query="(a OR b"),
    },
    (400, INVALID, SAME): {
        "6.7: {id}, likes": lambda d: d.api("POST", f"/2/users/{FRIEND}/likes", {"tweet_id": "1"}),
        "6.7: {id}, bookmarks": lambda d: get(d, f"/2/users/{FRIEND}/bookmarks"),
        "6.7: {id}, home timeline": lambda d: get(d, f"/2/users/{FRIEND}/timelines/reverse_chronological"),
        "6.7: {id}, unfollow": lambda d: d.api("DELETE", f"/2/users/{FRIEND}/following/{LABS}"),
        "6.7: {id}, pinned lists": lambda d: get(d, f"/2/users/{FRIEND}/pinned_lists"),
        "6.7: {id}, muting": lambda d: get(d, f"/2/users/{FRIEND}/muting"),
        "6.7: {id}, blocking": lambda d: get(d, f"/2/users/{FRIEND}/blocking"),
    },
    (400, INVALID, "content-type of application/json"): {"2: Request bodies": plain_text},
    (400, INVALID, f"$.foo: {NO_KEY}"): {
        "1.8: post": lambda d: create(d, text="x", foo=1),
        "1.8: like": lambda d: d.api("POST", f"{ME}/likes", {"tweet_id": "1", "foo": 1}),
        "1.8: list": lambda d: d.api("POST", "/2/lists", {"name": "x", "foo": 1}),
        "1.8: DM": lambda d: dm(d, text="x", foo=1),
        "1.8: initialize": lambda d: initialize(d, foo=1),
    },
    (400, INVALID, "is missing but it is required"): {
        "6.2: {}": create,
        "6.2: text unless media": lambda d: create(d, reply_settings="verified"),
        "6.2: media.media_ids": lambda d: create(d, text="x", media={"title": "y"}),
        "6.2: reply.in_reply_to_tweet_id": lambda d: create(d, text="x", reply={}),
        "6.2: geo.place_id": lambda d: create(d, text="x", geo={}),
        "6.2: poll.duration_minutes": lambda d: create(d, text="x", poll={"options": ["a", "b"]}),
        "6.7: hide reply": lambda d: d.api("PUT", "/2/tweets/1/hidden", {}),
        "6.7: list create": lambda d: d.api("POST", "/2/lists", {}),
    },
    (400, INVALID, "found, string expected"): {
        "6.2: text": lambda d: create(d, text=5),
        "2: Ids, never numbers": lambda d: create(d, text="x", quote_tweet_id=5),
    },
    (400, INVALID, "does not match the regex pattern"): {
        "6.2: media_ids, a media_key": lambda d: create(d, media={"media_ids": ["3_1"]}),
        "6.2: HTTPS URLs": lambda d: create(
            d, media={"media_ids": ["1"], "call_to_actions": {"visit_site": {"url": "http://a.b"}}}
        ),
    },
    (400, INVALID, "must have exactly one call to action"): {
        "6.2: one CTA variant": lambda d: create(d, media={"media_ids": ["1"], "call_to_actions": {}})
    },
    (400, INVALID, "there must be a maximum of 4 items"): {
        "12.2: maximum of 4 items": lambda d: create(d, media={"media_ids": list("12345")}),
        "6.2: poll.options": lambda d: poll(d, "abcde"),
    },
    (400, INVALID, "there must be a minimum of 2 items"): {"6.2: poll.options": lambda d: poll(d, "a")},
    (400, INVALID, "may only be 25 characters long"): {
        "6.2: poll.options": lambda d: poll(d, ["a", "b" * 26]),
        "6.7: list name": lambda d: d.api("POST", "/2/lists", {"name": "n" * 26}),
        "6.7: bookmark folder": lambda d: d.api("POST", f"{ME}/bookmarks/folders", {"name": "n" * 26}),
    },
    (400, INVALID, "must have a minimum value of 5"): {"6.2: duration": lambda d: poll(d, minutes=4)},
    (400, INVALID, "must have a maximum value of 10080"): {"6.2: duration": lambda d: poll(d, minutes=10081)},
    (400, INVALID, "does not have a value in the enumeration"): {
        "6.2: reply_settings": lambda d: create(d, text="x", reply_settings="everyone"),
        "6.8: Group is case-sensitive": lambda d: d.api(
            "POST",
            "/2/dm_conversations",
            {"conversation_type": "group", "participant_ids": ["1", "2"], "message": {"text": "x"}},
        ),
        "7.3: media_type": lambda d: initialize(d, media_type="video/x-matroska"),
    },
    (400, INVALID, "cannot be used together with"): {
        "6.2: media, poll": lambda d: create(
            d,
            text="x",
            media={"media_ids": ["1"]},
            poll={"options": ["a", "b"], "duration_minutes": 5},
        ),
        "6.2: quote, card": lambda d: create(d, text="x", quote_tweet_id="1", card_uri="card://1"),
        "6.2: card, DM link": lambda d: create(
            d, text="x", card_uri="card://1", direct_message_deep_link="https://x.com/messages"
        ),
    },
    (400, INVALID, "too long"): {
        "8: 280": lambda d: create(d, text="x" * 281),
        "8: CJK weighs 2": lambda d: create(d, text="\u6f22" * 141),
    },
    (400, INVALID, "Your media IDs are invalid."): {
        "12.2: media IDs": lambda d: create(d, media={"media_ids": ["1"]}),
        "7.3: status of an unknown id": lambda d: get(d, "/2/media/upload", media_id="1"),
        "7.3: finalize of an unknown id": lambda d: d.api("POST", "/2/media/upload/1/finalize"),
        "7.4: alt text of an unknown id": lambda d: d.api("POST", "/2/media/metadata", {"id": "1"}),
    },
    (400, INVALID, "File size exceeds"): {
        "7.1: image 5 MB": lambda d: initialize(d, total_bytes=5 * 1024**2 + 1),
        "7.1: GIF 15 MB": lambda d: initialize(d, media_type="image/gif", total_bytes=15 * 1024**2 + 1),
        "7.1: video 512 MB": lambda d: initialize(d, media_type="video/mp4", total_bytes=512 * 1024**2 + 1),
    },
    (400, INVALID, "must have a maximum value of 17179869184"): {
        "7.3: total_bytes": lambda d: initialize(d, total_bytes=17_179_869_185)
    },
    (400, INVALID, "needs text or attachments"): {"6.8: at least one of the two": dm},
    (400, INVALID, "there must be a maximum of 1 items"): {
        "6.8: one attachment only": lambda d: dm(d, attachments=[{"media_id": "1"}, {"media_id": "2"}])
    },
    (403, BLANK, "duplicate content"): {"12.2: duplicate content": twice},
    (403, BLANK, "maximum of one cashtag"): {"1.6: cashtag": lambda d: create(d, text="$AAA or $BBB")},
    (403, BLANK, "because you have not been mentioned or otherwise engaged by the author"): {
        "1.3: replies are gated": reply
    },
    (403, BLANK, "deleted or not visible to you"): {
        "6.2: reply to nothing": lambda d: reply(d, "19"),
        "6.2: reply to a locked account": lambda d: reply(d, d.x.add_post(LOCKED, "Secret").id),
    },
    (403, BLANK, "Quoting this post is not allowed"): {
        "1.4: quotes": lambda d: create(d, text="x", quote_tweet_id=d.post("Own"))
    },
    (403, BLANK, "invalid URL"): {
        "12.2: invalid URL": lambda d: create(d, text="See https://blocked.example/x")
    },
    (403, BLANK, "not permitted to access this feature"): {"12.2: suspended": suspended},
    (403, BLANK, "not a member of this Community"): {
        "6.2: community_id": lambda d: create(d, text="x", community_id="1493000000000000002")
    },
    (403, BLANK, "needs Premium"): {
        "6.2: Edit rules": edit,
        "6.10: personalized_trends": lambda d: get(d, "/2/users/personalized_trends"),
    },
    (403, BLANK, "not permitted to perform this action"): {
        "6.3: only own posts": lambda d: d.api("DELETE", f"/2/tweets/{d.x.add_post(FRIEND, 'x').id}"),
        "6.8: a conversation of others": lambda d: d.api(
            "POST", f"/2/dm_conversations/{FRIEND}-{LOCKED}/messages", {"text": "x"}
        ),
    },
    (403, BLANK, "do not have permission to DM one or more participants"): {
        "12.2: DM settings": lambda d: d.api(
            "POST", f"/2/dm_conversations/with/{LOCKED}/messages", {"text": "x"}
        )
    },
    (403, BLANK, "Forbidden"): {
        "4: media.write": lambda d: without(d, "media.write", "POST", "/2/media/upload"),
        "4: tweet.write": lambda d: without(d, "tweet.write", "POST", TWEETS, {"text": "x"}),
        "4: users.read of the pair": lambda d: without(d, "users.read", "GET", "/2/tweets/1"),
        "5: list create wants list.read": lambda d: without(
            d, "list.read", "POST", "/2/lists", {"name": "x"}
        ),
        "5: communities want list.read": lambda d: without(d, "list.read", "GET", "/2/communities/1"),
        "5: DM delete wants dm.read": lambda d: without(d, "dm.read", "DELETE", "/2/dm_events/1"),
        "5: reposts_of_me": lambda d: without(d, "timeline.read", "GET", "/2/users/reposts_of_me"),
    },
    (403, "client-forbidden", ""): {
        "1.4: likes": lambda d: d.api("POST", f"{ME}/likes", {"tweet_id": "1"}),
        "1.4: follows": lambda d: d.api("POST", f"{ME}/following", {"target_user_id": FRIEND}),
    },
    (403, "unsupported-authentication", "OAuth 2.0 Application-Only is forbidden for this endpoint"): {
        "5: Token kinds, me": lambda d: by_app(d, "/2/users/me"),
        "5: Token kinds, post": lambda d: by_app(d, TWEETS, "POST"),
        "6.8: DMs": lambda d: by_app(d, "/2/dm_events"),
        "5: Token kinds, liking users": lambda d: by_app(d, "/2/tweets/1/liking_users"),
    },
    (403, "unsupported-authentication", "OAuth 2.0 User Context is forbidden for this endpoint"): {
        "5: search/all": lambda d: get(d, "/2/tweets/search/all", query="a"),
        "5: counts/all": lambda d: get(d, "/2/tweets/counts/all", query="a"),
        "5: usage": lambda d: get(d, "/2/usage/tweets"),
    },
    (402, "credits-depleted", "credits depleted"): {"1.2: 402": lambda d: depleted(d, "credits-depleted")},
    (402, "credits", "does not have any credits"): {
        "1.2: 402, the other body": lambda d: depleted(d, "credits")
    },
    (403, BLANK, "has hit its spending limit"): {"11: Credits, 403": lambda d: depleted(d, "spending-limit")},
    (429, BLANK, "run out of credits"): {"11: Credits, 429": lambda d: depleted(d, "run-out")},
    (403, "oauth1-permissions", "not configured"): {"12.2: oauth1-permissions": read_only},
    (403, BLANK, "This operation is not permitted"): {"12.2: DM, sender limited": limited},
    (404, "resource-not-found", "Could not find tweet"): {
        "6.3: unknown id": lambda d: d.api("DELETE", "/2/tweets/19")
    },
    (503, BLANK, "Service Unavailable"): {"6.9: header-three": lambda d: article(d, "header-three")},
}
ROWS = [pytest.param(ask, *told, id=name) for told, asked in TOLD.items() for name, ask in asked.items()]


@pytest.mark.parametrize(("ask", "status", "slug", "fragment"), ROWS)
def test_what_is_refused(desk: Any, ask: Any, status: int, slug: str, fragment: str) -> None:
    answer = ask(desk)
    told = answer.json()
    assert answer.status_code == status, answer.text
    assert told["type"].rpartition("/")[2] == slug.rpartition("/")[2]
    assert fragment in answer.text.replace('\\"', '"') or fragment in str(told)
    assert told["title"]
    if slug == INVALID:  # E2 has no status, and says what was wrong in errors[]
        assert "status" not in told
        assert told["detail"] == "One or more parameters to your request was invalid."
        assert {"message", "parameters"} == told["errors"][0].keys()
    else:
        assert told["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert not desk.x.dm_events


@pytest.mark.parametrize("host", ["api.x.com", "api.twitter.com"])
def test_both_hosts_of_problems(desk: Any, host: str) -> None:
    desk.settings.problem_host = host
    assert create(desk).json()["type"] == f"https://{host}/2/problems/invalid-request"


def test_the_missing_scope_is_exactly_the_bare_form(desk: Any) -> None:
    answer = desk.api("POST", TWEETS, {"text": "x"}, token=desk.x.connect(scopes={"tweet.read"}))
    assert answer.json() == {
        "title": "Forbidden",
        "type": "about:blank",
        "status": 403,
        "detail": "Forbidden",
    }
