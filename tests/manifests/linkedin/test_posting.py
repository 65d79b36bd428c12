"""What LinkedIn's posting actions send, what they refuse, and when they do not send again."""

from __future__ import annotations

from typing import Any

import pytest

from postwire.decide.programs import Programs
from postwire.errors import ActionFailed, InvalidInput, OutcomeUnknown
from postwire.language.catalog import Catalog
from postwire.testing import answer
from postwire.values import Lost

PROGRAMS = Programs(Catalog())
ACME = {"name": "Acme (UK)", "urn": "urn:li:organization:7"}
PLAIN: dict[str, dict[str, Any]] = {
    "create_text_post": {},
    "create_article_post": {"url": "https://a.example/", "title": "A"},
    "create_poll_post": {"question": "Which?", "options": ["a", "b"]},
    "reshare_post": {"post_id": "urn:li:share:7"},
}


def test_a_post_says_everything_that_linkedin_asks_for(desk: Any) -> None:
    played = desk.play("create_text_post", {"text": "Hello"}, desk.created())
    assert played.requests[0].url == "https://api.linkedin.com/rest/posts"
    assert desk.body(played.requests[0]) == {
        "author": desk.mina,
        "commentary": "Hello",
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    assert played.value["id"] == "urn:li:share:7243"
    assert played.value["url"] == "https://www.linkedin.com/feed/update/urn:li:share:7243/"


@pytest.mark.parametrize("action", PLAIN)
def test_text_is_escaped_and_keeps_what_is_meant(desk: Any, action: str) -> None:
    text = "50% (off) #sale_now #sale at Acme (UK) <a@b> x_y"
    played = desk.play(action, {**PLAIN[action], "text": text, "mentions": [ACME]}, desk.created())
    assert desk.body(played.requests[0])["commentary"] == (
        "50% \\(off\\) \\#sale\\_now #sale at @[Acme (UK)](urn:li:organization:7) \\<a\\@b\\> x\\_y"
    )


def test_only_the_commentary_is_little_text(desk: Any) -> None:
    given = {**PLAIN["create_article_post"], "text": "x", "title": "A (b)", "description": "c_d"}
    article = desk.body(desk.play("create_article_post", given, desk.created()).requests[0])["content"]
    assert article == {"article": {"source": "https://a.example/", "title": "A (b)", "description": "c_d"}}
    given = {"text": "x", "question": "A (b)?", "options": ["c_d", "e"]}
    poll = desk.body(desk.play("create_poll_post", given, desk.created()).requests[0])["content"]["poll"]
    assert (poll["question"], poll["options"][0]) == ("A (b)?", {"text": "c_d"})
    assert poll["settings"] == {"duration": "THREE_DAYS"}


def test_a_reshare_without_words_sends_an_empty_text(desk: Any) -> None:
    body = desk.body(desk.play("reshare_post", PLAIN["reshare_post"], desk.created()).requests[0])
    assert (body["commentary"], body["reshareContext"]) == ("", {"parent": "urn:li:share:7"})
    assert "content" not in body


@pytest.mark.parametrize(
    ("urn", "given", "author"),
    [
        ("urn:li:person:a", {}, "urn:li:person:a"),
        ("urn:li:organization:5515715", {}, "urn:li:organization:5515715"),
        ("urn:li:person:a", {"author": "urn:li:organization:5515715"}, "urn:li:organization:5515715"),
    ],
)
def test_who_posts(desk: Any, urn: str, given: dict[str, Any], author: str) -> None:
    played = desk.play("create_text_post", {"text": "x", **given}, desk.created(), urn=urn)
    assert desk.body(played.requests[-1])["author"] == author
    assert len(played.requests) == 1


@pytest.mark.parametrize("known", ["", "782bbtaQ"])
def test_a_token_alone_is_asked_whose_it_is(desk: Any, known: str) -> None:
    played = desk.play(
        "create_text_post", {"text": "x"}, answer({"sub": "zz"}), desk.created(), urn="", id=known
    )
    assert [request.url.rpartition("/")[2] for request in played.requests] == ["userinfo", "posts"]
    assert desk.body(played.requests[-1])["author"] == "urn:li:person:zz"


AUDIENCE = {"target_audience": {"geoLocations": ["urn:li:geo:1"], "seniorities": ["urn:li:seniority:6"]}}


def test_a_page_chooses_whom_it_is_shown_to(desk: Any) -> None:
    given = {"text": "x", "feed_distribution": "NONE", **AUDIENCE}
    body = desk.body(desk.play("create_text_post", given, desk.created(), urn=desk.fjord).requests[0])
    assert body["distribution"] == {
        "feedDistribution": "NONE",
        "targetEntities": [AUDIENCE["target_audience"]],
        "thirdPartyDistributionChannels": [],
    }


@pytest.mark.parametrize(
    ("urn", "given", "field"),
    [
        ("urn:li:organization:5", {"visibility": "CONNECTIONS"}, "/visibility"),
        ("urn:li:organization:5", {"visibility": "LOGGED_IN"}, "/visibility"),
        ("urn:li:person:a", {"feed_distribution": "NONE"}, "/feed_distribution"),
        ("urn:li:person:a", AUDIENCE, "/target_audience"),
        ("urn:li:person:a", {"mentions": [ACME]}, "/mentions"),
        ("urn:li:person:a", {"text": "Acme (UK)", "mentions": [ACME, ACME]}, "/mentions"),
    ],
)
def test_what_the_author_may_not_choose_is_refused_before_anything_is_sent(
    desk: Any, urn: str, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        desk.play("create_text_post", {"text": "x", **given}, urn=urn)
    assert [each.path for each in caught.value.fields] == [field]


@pytest.mark.parametrize(
    ("action", "given", "fits"),
    [
        ("create_text_post", {"text": "😀" * 1500}, True),
        ("create_text_post", {"text": "😀" * 1500 + "a"}, False),
        ("create_text_post", {"text": " \n"}, False),
        ("reshare_post", {"post_id": "urn:li:share:7", "text": ""}, True),
        ("create_poll_post", {"text": "x", "question": "?", "options": ["a"]}, False),
        ("create_poll_post", {"text": "x", "question": "?", "options": ["a"] * 5}, False),
        ("create_poll_post", {"text": "x", "question": "?", "options": ["a" * 31, "b"]}, False),
        ("create_poll_post", {"text": "x", "question": "?" * 141, "options": ["a", "b"]}, False),
        ("create_poll_post", {"text": "x", "question": "?" * 140, "options": ["a" * 30, "b"]}, True),
        ("create_article_post", {"text": "x", "url": "ftp://a.example", "title": "A"}, False),
        ("create_article_post", {"text": "x", "url": "https://a.example", "title": "A" * 400}, False),
        ("create_text_post", {"text": "x", "author": "urn:li:share:1"}, False),
        ("create_comment", {"post_id": "urn:li:share:7", "text": "a" * 1250}, True),
        ("create_comment", {"post_id": "urn:li:share:7", "text": "a" * 1251}, False),
        ("create_comment", {"post_id": "7", "text": "a"}, False),
    ],
)
def test_limits(action: str, given: dict[str, Any], fits: bool) -> None:
    schema = PROGRAMS.get(f"linkedin.{action}").input
    assert (schema.mistakes(*schema.prepare(given)) == []) is fits


@pytest.mark.parametrize("lost", [Lost("maybe", "timed out"), "fault"])
@pytest.mark.parametrize("action", PLAIN)
def test_a_lost_post_is_never_repeated(desk: Any, action: str, lost: Any) -> None:
    lost = desk.refusal(500, "Unable to obtain activity") if lost == "fault" else lost
    with pytest.raises(OutcomeUnknown):
        desk.play(action, {"text": "x", **PLAIN[action]}, lost)


def test_a_duplicate_names_the_live_post(desk: Any) -> None:
    message = "com.linkedin.X: Content is a duplicate of urn:li:share:7243000"
    inner = {"inputErrors": [{"description": "Duplicate post is detected", "code": "DUPLICATE_POST"}]}
    with pytest.raises(ActionFailed, match="urn:li:share:7243000") as caught:
        desk.play("create_text_post", {"text": "x"}, desk.refusal(422, message, errorDetails=inner))
    assert (caught.value.code, caught.value.provider["code"]) == ("conflict", "DUPLICATE_POST")


def test_the_text_of_a_post_is_patched(desk: Any) -> None:
    given = {"id": "urn:li:share:7", "text": 'say "(hi)" #a', "mentions": []}
    request = desk.play("update_post", given, answer(None, 204)).requests[0]
    assert request.url.endswith("/rest/posts/urn%3Ali%3Ashare%3A7")
    assert request.headers["X-RestLi-Method"] == "PARTIAL_UPDATE"
    assert desk.body(request) == {"patch": {"$set": {"commentary": 'say "\\(hi\\)" #a'}}}


@pytest.mark.parametrize("status", [204, 404])
def test_a_deleted_post_is_deleted(desk: Any, status: int) -> None:
    reply = answer(None, 204) if status == 204 else desk.refusal(404, code="NOT_FOUND")
    played = desk.play("delete_post", {"id": "urn:li:ugcPost:7"}, reply)
    assert played.value["deleted"] is True
    assert played.requests[0].method == "DELETE"


@pytest.mark.parametrize(
    ("links", "rows", "cursor"),
    [
        ([{"rel": "next", "href": "/rest/posts?start=2"}], 2, 2),
        ([{"rel": "next", "href": "/rest/posts?start=2"}], 1, None),
        ([], 2, None),
    ],
)
def test_a_list_goes_on_only_behind_a_full_page_with_a_next_one(
    desk: Any, links: list[Any], rows: int, cursor: int | None
) -> None:
    rest = {"author": desk.fjord, "createdAt": 1_634_790_968_743}
    posts = [{"id": f"urn:li:share:{n}", "commentary": "a\\_b", **rest} for n in range(rows)]
    page = answer({"elements": posts, "paging": {"start": 0, "count": 2, "links": links}})
    played = desk.play("list_posts", {"max_count": 2}, page, urn=desk.fjord)
    assert [post["text"] for post in played.value["posts"]] == ["a_b"] * rows
    assert (played.value.output.get("cursor"), played.value["has_more"]) == (cursor, cursor is not None)


def test_pages_follow_each_other(desk: Any) -> None:
    post = {"id": "urn:li:share:1", "author": desk.fjord, "commentary": "x", "createdAt": 1_634_790_968_743}
    more = {"links": [{"rel": "next", "href": "x"}]}
    first = answer({"elements": [post] * 100, "paging": more})
    last = answer({"elements": [post] * 20, "paging": more})
    played = desk.play("list_posts", {"max_count": 120}, first, last, urn=desk.fjord)
    assert [request.url.partition("sortBy=CREATED&")[2] for request in played.requests] == [
        "start=0&count=100",
        "start=100&count=20",
    ]
    assert (len(played.value["posts"]), played.value["cursor"]) == (120, 120)
