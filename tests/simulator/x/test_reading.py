"""Reading: two vocabularies, expansions, what is missing, pages, timelines, search, counts."""

from __future__ import annotations

from typing import Any

import pytest

LABS, PREMIUM, FRIEND, LOCKED = (f"152488000000000000{n}" for n in range(1, 5))
ME = f"/2/users/{LABS}"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param({}, {"edit_history_tweet_ids"}, id="3: neither is legacy"),
        pytest.param(
            {"tweet.fields": "public_metrics,referenced_tweets,author_id"},
            {"edit_history_tweet_ids", "referenced_tweets", "author_id", "public_metrics"},
            id="3: tweet.fields",
        ),
        pytest.param(
            {"post.fields": "public_metrics", "expansions": "referenced_posts,author_id"},
            {"edit_history_post_ids", "referenced_posts", "author_id", "public_metrics"},
            id="3: post.fields",
        ),
    ],
)
def test_the_answer_mirrors_the_vocabulary(desk: Any, query: dict[str, str], names: set[str]) -> None:
    root = desk.post("Root")
    post_id = desk.post("Answer", reply={"in_reply_to_tweet_id": root})
    whole = desk.get(f"/2/tweets/{post_id}", **query)
    assert whole["data"].keys() == {"id", "text"} | names
    counts = whole["data"].get("public_metrics", {}).keys() - {
        "reply_count",
        "like_count",
        "quote_count",
        "bookmark_count",
        "impression_count",
    }
    newer = "post.fields" in query
    assert counts <= {"repost_count" if newer else "retweet_count"}
    if newer:
        assert whole["includes"]["posts"][0]["id"] == root


def test_unknown_field_values_may_be_dropped_as_seen_live(desk: Any) -> None:
    desk.settings.unknown_field_value = "drop"
    told = desk.get("/2/users/me", user__fields="shoe_size,location")["data"]
    assert told["location"] == "Simulation"


def test_the_includes_of_the_older_vocabulary(desk: Any) -> None:
    root = desk.post("Root @simfriend")
    post_id = desk.post("Answer", reply={"in_reply_to_tweet_id": root})
    expansions = "referenced_tweets.id,referenced_tweets.id.author_id,author_id,in_reply_to_user_id"
    told = desk.get(f"/2/tweets/{post_id}", expansions=expansions)["includes"]
    assert [post["id"] for post in told["tweets"]] == [root]
    assert [user["username"] for user in told["users"]] == ["simlabs"]
    mentioned = desk.get(f"/2/tweets/{root}", expansions="entities.mentions.username")
    assert mentioned["includes"]["users"][0]["username"] == "simfriend"


def test_what_is_missing_or_hidden_is_named_beside_the_rest(desk: Any) -> None:
    locked, gone = desk.x.add_post(LOCKED, "Secret").id, desk.post("Gone")
    desk.ok("DELETE", f"/2/tweets/{gone}")
    mine = desk.post("Here")
    whole = desk.get("/2/tweets", ids=f"{mine},19,{locked},{gone}")
    assert [post["id"] for post in whole["data"]] == [mine]
    assert whole["meta"] == {"result_count": 1}
    told = {error["value"]: error for error in whole["errors"]}
    assert told["19"] == {
        "resource_id": "19",
        "resource_type": "tweet",
        "parameter": "ids",
        "value": "19",
        "title": "Not Found Error",
        "detail": "Could not find tweet with ids: [19].",
        "type": "https://api.x.com/2/problems/resource-not-found",
    }
    assert told[locked]["type"].endswith("/not-authorized-for-resource")
    assert told[gone]["type"].endswith("/resource-not-found")
    alone = desk.get("/2/tweets/19")
    assert alone.keys() == {"errors"}
    desk.settings.missing_post_404 = True
    assert desk.api("GET", "/2/tweets/19").status_code == 404
    desk.x.ties[LABS].following.append(LOCKED)
    assert desk.get(f"/2/tweets/{locked}")["data"]["text"] == "Secret"


def test_users_by_id_and_name(desk: Any) -> None:
    assert desk.get("/2/users/by/username/SIMFRIEND")["data"]["id"] == FRIEND
    assert desk.get("/2/users/99").keys() == {"errors"}
    found = desk.get("/2/users/by", usernames="simlabs,nobody,simfriend")
    assert [user["username"] for user in found["data"]] == ["simlabs", "simfriend"]
    assert found["errors"][0]["value"] == "nobody"


def test_me_and_the_address_that_needs_its_own_scope(desk: Any) -> None:
    fields = "profile_image_url,verified,verified_type,subscription_type,public_metrics,confirmed_email"
    told = desk.get("/2/users/me", user__fields=fields)["data"]
    assert told["confirmed_email"] == "sim@example.com"
    assert told["public_metrics"]["tweet_count"] == 3
    assert (told["verified"], told["verified_type"], told["subscription_type"]) == (False, "none", "None")
    token = desk.x.connect(scopes={"tweet.read", "users.read"})
    assert "confirmed_email" not in desk.get("/2/users/me", user__fields=fields, token=token)["data"]


@pytest.mark.parametrize("name", ["non_public_metrics", "organic_metrics"])
def test_private_metrics_are_the_authors_for_thirty_days(desk: Any, name: str) -> None:
    mine, foreign = desk.post("Mine"), desk.x.add_post(FRIEND, "Not mine").id
    desk.x.posts[mine].impressions = 42
    query = {"tweet.fields": name}
    assert desk.get(f"/2/tweets/{mine}", **query)["data"][name]["impression_count"] == 42
    told = desk.get(f"/2/tweets/{foreign}", **query)
    assert told["data"]["text"] == "Not mine"
    assert told["errors"][0]["type"].endswith("/not-authorized-for-field")
    assert told["errors"][0]["field"] == name
    desk.simulator.clock.advance(30 * 86_400 + 1)
    desk.token = desk.x.connect()
    assert name not in desk.get(f"/2/tweets/{mine}", **query)["data"]


def test_pages_go_through_everything_once_and_back(desk: Any) -> None:
    for number in range(14):
        desk.post(f"Post {number}")
    seen: list[str] = []
    pages: list[dict[str, Any]] = []
    query: dict[str, Any] = {}
    while True:
        page = desk.get(f"{ME}/tweets", max_results=5, **query)
        seen += [post["id"] for post in page["data"]]
        pages.append(page)
        assert page["meta"]["newest_id"] == page["data"][0]["id"]
        assert page["meta"]["oldest_id"] == page["data"][-1]["id"]
        if "next_token" not in page["meta"]:
            break
        query = {"pagination_token": page["meta"]["next_token"]}
    assert len(seen) == len(set(seen)) == 17
    assert seen == sorted(seen, key=int, reverse=True)
    assert "previous_token" not in pages[0]["meta"]
    before = {"pagination_token": pages[2]["meta"]["previous_token"]}
    assert desk.get(f"{ME}/tweets", max_results=5, **before)["data"] == pages[1]["data"]


def test_a_page_goes_on_where_it_was_though_posts_come_and_go(desk: Any) -> None:
    ids = [desk.post(f"Post {number}") for number in range(10)]
    first = desk.get(f"{ME}/tweets", max_results=5)
    desk.post("Meanwhile")
    desk.ok("DELETE", f"/2/tweets/{ids[5]}")  # the last one of the page
    token = first["meta"]["next_token"]
    second = desk.get(f"{ME}/tweets", max_results=5, pagination_token=token)
    assert [post["id"] for post in second["data"]] == ids[4::-1]


def test_a_token_is_for_the_endpoint_that_gave_it(desk: Any) -> None:
    for number in range(10):
        desk.post(f"@simlabs {number}")
    token = desk.get(f"{ME}/tweets", max_results=5)["meta"]["next_token"]
    assert desk.get(f"{ME}/tweets", pagination_token=token)["data"]
    assert desk.api("GET", f"{ME}/mentions", pagination_token=token).status_code == 400


def test_an_empty_page_has_no_data_and_may_have_an_empty_list(desk: Any) -> None:
    assert desk.get(f"{ME}/tweets", since_id="9" * 19) == {"meta": {"result_count": 0}}
    desk.settings.empty_data = True
    assert desk.get(f"{ME}/tweets", since_id="9" * 19)["data"] == []


def test_windows_and_exclusions_of_a_timeline(desk: Any) -> None:
    root = desk.post("Root")
    desk.post("Answer", reply={"in_reply_to_tweet_id": root})
    texts = [post["text"] for post in desk.get(f"{ME}/tweets", exclude="replies,retweets")["data"]]
    assert texts == ["Root", "Sample 3 #simulated", "Sample 2 #simulated", "Sample 1 #simulated"]
    since = desk.get(f"{ME}/tweets", since_id=root)["data"]
    assert [post["text"] for post in since] == ["Answer"]
    window = {"start_time": "2026-11-16T00:00:00Z", "end_time": "2026-11-17T11:00:00Z"}
    assert [post["text"] for post in desk.get(f"{ME}/tweets", **window)["data"]] == ["Sample 2 #simulated"]


def test_mentions_and_home(desk: Any) -> None:
    mention = desk.get(f"{ME}/mentions")["data"]
    assert [post["text"] for post in mention] == ["Thanks @simlabs, ask me anything"]
    desk.x.ties[LABS].following += [FRIEND, PREMIUM]
    desk.x.add_post(PREMIUM, "Loud")
    path = f"{ME}/timelines/reverse_chronological"
    assert [post["text"] for post in desk.get(path)["data"]][:2] == ["Loud", mention[0]["text"]]
    desk.x.ties[LABS].muting.append(PREMIUM)
    assert "Loud" not in desk.api("GET", path).text


@pytest.fixture
def library(desk: Any) -> Any:
    """A desk with posts that searches tell apart."""
    desk.app.plan = "enterprise"
    root = desk.post("Apple pie at https://bakery.example.com #Food")
    desk.post("Banana bread $BRD", quote_tweet_id=root)
    desk.post("Cherry @simfriend", reply={"in_reply_to_tweet_id": root})
    desk.x.add_post(PREMIUM, "Apple strudel #food")
    desk.x.add_post(LOCKED, "Apple secret")
    desk.x.add_post(FRIEND, "RT apple", reposted=root)
    desk.x.ties[FRIEND].likes.append(root)
    desk.root = root
    return desk


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("apple", {"Apple pie", "Apple strudel"}),
        ('"apple pie"', {"Apple pie"}),
        ("apple -pie", {"Apple strudel"}),
        ("banana OR cherry", {"Banana bread", "Cherry"}),
        ("from:simlabs (banana OR apple)", {"Banana bread", "Apple pie"}),
        ("from:simlabs apple OR from:simpremium", {"Apple pie", "Apple strudel"}),
        ("#food", {"Apple pie", "Apple strudel"}),
        ("$brd", {"Banana bread"}),
        ("@simfriend", {"Cherry"}),
        ("to:simlabs", {"Cherry"}),
        ("conversation_id:{root}", {"Apple pie", "Cherry"}),
        ("in_reply_to_tweet_id:{root}", {"Cherry"}),
        ("quotes_of_tweet_id:{root}", {"Banana bread"}),
        ("retweets_of:simlabs", {"RT apple"}),
        ("url:bakery.example.com", {"Apple pie"}),
        ("FROM:simlabs IS:reply", {"Cherry"}),
        ("from:simlabs is:quote", {"Banana bread"}),
        ("apple is:verified", {"Apple strudel"}),
        ("from:simlabs has:links", {"Apple pie"}),
        ("from:simlabs -has:hashtags -has:cashtags", {"Cherry"}),
        ("min_likes:1", {"Apple pie"}),
        ("min_replies:1 apple", {"Apple pie"}),
        ("min_reposts:1", {"Apple pie"}),
        ("nothing", set()),
    ],
)
def test_what_a_query_finds(library: Any, query: str, found: set[str]) -> None:
    whole = library.get("/2/tweets/search/recent", query=query.format(root=library.root))
    texts = {" ".join(post["text"].split()[:2]) for post in whole.get("data", [])}
    assert {text.removesuffix(" @simfriend") for text in texts} - {
        "Sample 1",
        "Sample 2",
        "Sample 3",
    } == found
    assert whole["meta"]["result_count"] == len(whole.get("data", []))


def test_recent_search_ends_after_a_week_and_the_archive_does_not(desk: Any) -> None:
    desk.simulator.clock.advance(6 * 86_400)
    desk.token = desk.x.connect()
    recent = desk.get("/2/tweets/search/recent", query="sample")
    assert [post["text"][:8] for post in recent["data"]] == ["Sample 3"]
    archive = desk.get("/2/tweets/search/all", query="sample", token=desk.x.app_token())
    assert len(archive["data"]) == 3


def test_counts_by_the_hour_and_in_pages_of_31_days(desk: Any) -> None:
    desk.x.add_post(LOCKED, "A sample that nobody sees", at=desk.now - 7200)
    whole = desk.get("/2/tweets/counts/recent", query="sample")
    assert whole["meta"] == {"total_tweet_count": 3}
    assert sum(bucket["tweet_count"] for bucket in whole["data"]) == 3
    assert len(whole["data"]) == 7 * 24 + 1
    assert whole["data"][1]["start"] == whole["data"][0]["end"]
    query = {"query": "sample", "granularity": "day", "start_time": "2026-09-01T00:00:00Z"}
    app = desk.x.app_token()
    newest = desk.get("/2/tweets/counts/all", token=app, **query)
    assert (len(newest["data"]), newest["meta"]["total_tweet_count"]) == (31, 3)
    desk.simulator.clock.advance(1)
    older = desk.get("/2/tweets/counts/all", token=app, next_token=newest["meta"]["next_token"], **query)
    assert (len(older["data"]), older["meta"]["total_tweet_count"]) == (31, 0)
    assert older["data"][-1]["end"] == newest["data"][0]["start"]


def test_analytics_of_own_posts(desk: Any) -> None:
    mine, foreign = desk.post("Mine"), desk.x.add_post(FRIEND, "Not mine").id
    desk.x.posts[mine].impressions = 9
    query = {
        "ids": f"{mine},{foreign}",
        "start_time": "2026-11-17T00:00:00Z",
        "end_time": "2026-11-19T00:00:00Z",
        "granularity": "daily",
        "analytics.fields": "impressions,likes",
    }
    whole = desk.get("/2/tweets/analytics", **query)
    rows = whole["data"][0]["timestamped_metrics"]
    assert [row["metrics"] for row in rows] == [
        {"impressions": 0, "likes": 0},
        {"impressions": 9, "likes": 0},
    ]
    assert whole["errors"][0]["value"] == foreign
