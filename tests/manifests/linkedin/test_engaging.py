"""Comments, reactions and figures: which call an app may use, and Rest.li's own way of writing addresses."""

from __future__ import annotations

from typing import Any

import pytest

from postwire.errors import ActionFailed, InvalidInput
from postwire.testing import answer

SELF_SERVE = {"openid", "profile", "email", "w_member_social"}
FEED = {"w_member_social_feed"}
ADA = {"name": "Ada", "urn": "urn:li:person:a"}
ACME = {"name": "Acme", "urn": "urn:li:organization:7"}
COMMENT = "urn:li:comment:(urn:li:activity:66,77)"
MADE = {
    "id": "77",
    "object": "urn:li:activity:66",
    "actor": "urn:li:person:782bbtaQ",
    "message": {"text": "x", "attributes": []},
    "created": {"time": 1_790_567_510_704},
}


def address(played: Any, index: int = -1) -> str:
    url: str = played.requests[index].url
    return url.removeprefix("https://api.linkedin.com")


@pytest.mark.parametrize(
    ("scopes", "api"),
    [(None, "rest"), (FEED, "rest"), ({"w_organization_social_feed"}, "rest"), (SELF_SERVE, "v2")],
)
def test_an_app_without_the_feed_comments_by_the_older_call(desk: Any, scopes: Any, api: str) -> None:
    given = {"post_id": "urn:li:share:7", "text": "Nice (really) #x"}
    played = desk.play("create_comment", given, answer(MADE, 201), scopes=scopes)
    assert address(played) == f"/{api}/socialActions/urn%3Ali%3Ashare%3A7/comments"
    assert desk.body(played.requests[0]) == {
        "actor": desk.mina,
        "object": "urn:li:share:7",
        "message": {"text": "Nice (really) #x"},  # plain: nothing is escaped in comments
    }
    assert played.value["id"] == COMMENT


@pytest.mark.parametrize(
    ("own", "found"),
    [({"commentUrn": "urn:a"}, "urn:a"), ({"$URN": "urn:b"}, "urn:b"), ({}, COMMENT)],
)
def test_the_urn_of_a_comment_has_two_names_or_none(desk: Any, own: dict[str, str], found: str) -> None:
    given = {"post_id": "urn:li:share:7", "text": "x"}
    assert desk.play("create_comment", given, answer({**MADE, **own}, 201)).value["id"] == found


def test_mentions_in_comments_are_places_in_the_text(desk: Any) -> None:
    given = {"post_id": "urn:li:share:7", "text": "😀 Ada of Acme", "mentions": [ACME, ADA]}
    played = desk.play("create_comment", given, answer(MADE, 201))
    assert desk.body(played.requests[0])["message"] == {
        "text": "😀 Ada of Acme",
        "attributes": [
            {"start": 3, "length": 3, "value": {"person": {"person": "urn:li:person:a"}}},
            {"start": 10, "length": 4, "value": {"organization": {"organization": "urn:li:organization:7"}}},
        ],
    }


def test_a_mention_that_is_not_in_the_comment_is_refused(desk: Any) -> None:
    given = {"post_id": "urn:li:share:7", "text": "Adam", "mentions": [ADA]}
    with pytest.raises(InvalidInput, match="/mentions"):
        desk.play("create_comment", given)


def test_a_picture_in_a_comment_needs_the_feed(desk: Any) -> None:
    given = {"post_id": "urn:li:share:7", "text": "x", "image_urn": "urn:li:image:1"}
    played = desk.play("create_comment", given, answer(MADE, 201), scopes=FEED)
    assert desk.body(played.requests[0])["content"] == [{"entity": {"image": "urn:li:image:1"}}]
    with pytest.raises(ActionFailed) as caught:
        desk.play("create_comment", given, scopes=SELF_SERVE)
    assert caught.value.code == "scope_missing"


def test_a_reply_stands_below_its_comment(desk: Any) -> None:
    given = {"comment_id": COMMENT, "text": "x"}
    made = answer({**MADE, "parentComment": COMMENT}, 201)
    played = desk.play("reply_to_comment", given, made, urn=desk.fjord)
    enc = "urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A66%2C77%29"
    assert address(played) == f"/rest/socialActions/{enc}/comments"
    assert desk.body(played.requests[0]) == {
        "actor": desk.fjord,
        "object": "urn:li:activity:66",
        "parentComment": COMMENT,
        "message": {"text": "x"},
    }
    assert played.value["parent_id"] == COMMENT


MINA = "urn%3Ali%3Aperson%3A782bbtaQ"
ENTITY = "urn%3Ali%3Ashare%3A7"
POST = {"id": "urn:li:share:7"}


@pytest.mark.parametrize(
    ("action", "given", "scopes", "wanted"),
    [
        ("create_reaction", {**POST, "reaction": "PRAISE"}, FEED, f"POST /rest/reactions?actor={MINA}"),
        ("create_reaction", POST, SELF_SERVE, f"POST /v2/socialActions/{ENTITY}/likes"),
        ("delete_reaction", POST, FEED, f"DELETE /rest/reactions/(actor:{MINA},entity:{ENTITY})"),
        (
            "delete_reaction",
            POST,
            SELF_SERVE,
            f"DELETE /v2/socialActions/{ENTITY}/likes/{MINA}?actor={MINA}",
        ),
        (
            "delete_comment",
            {"id": COMMENT},
            FEED,
            f"DELETE /rest/socialActions/urn%3Ali%3Aactivity%3A66/comments/77?actor={MINA}",
        ),
        (
            "update_comment",
            {"post_id": "urn:li:ugcPost:7", "id": COMMENT, "text": "x"},
            FEED,
            f"POST /rest/socialActions/urn%3Ali%3AugcPost%3A7/comments/77?actor={MINA}",
        ),
        (
            "set_comments_state",
            {**POST, "state": "CLOSED"},
            FEED,
            f"POST /rest/socialMetadata/{ENTITY}?actor={MINA}",
        ),
        (
            "list_reactions",
            {**POST, "sort": "RELEVANCE"},
            None,
            f"GET /rest/reactions/(entity:{ENTITY})?q=entity&sort=(value:RELEVANCE)&start=0&count=20",
        ),
    ],
)
def test_addresses_as_restli_wants_them(
    desk: Any, action: str, given: dict[str, Any], scopes: Any, wanted: str
) -> None:
    played = desk.play(action, given, answer({"elements": []}, 200), scopes=scopes)
    assert f"{played.requests[0].method} {address(played)}" == wanted


@pytest.mark.parametrize(
    ("action", "given", "patch"),
    [
        ("set_comments_state", {**POST, "state": "CLOSED"}, {"$set": {"commentsState": "CLOSED"}}),
        (
            "update_comment",
            {"post_id": "urn:li:share:7", "id": COMMENT, "text": '"(x)"'},
            {"message": {"$set": {"text": '"(x)"'}}},
        ),
    ],
)
def test_partial_updates(desk: Any, action: str, given: dict[str, Any], patch: Any) -> None:
    request = desk.play(action, given, answer(None, 202)).requests[0]
    assert request.headers["X-RestLi-Method"] == "PARTIAL_UPDATE"
    assert desk.body(request) == {"patch": patch}


def test_a_self_serve_app_can_only_like(desk: Any) -> None:
    with pytest.raises(ActionFailed) as caught:
        desk.play("create_reaction", {**POST, "reaction": "PRAISE"}, scopes=SELF_SERVE)
    assert caught.value.code == "scope_missing"


def test_reactions_of_every_kind_are_likes(desk: Any) -> None:
    kinds = ["LIKE", "PRAISE", "EMPATHY", "INTEREST", "APPRECIATION", "ENTERTAINMENT"]
    found = {kind: {"count": 2**index} for index, kind in enumerate(kinds)}
    body = {"reactionSummaries": found, "commentSummary": {"count": 3}}
    played = desk.play("get_social_metadata", POST, answer(body))
    assert played.value["metrics"] == {"likes": 63, "comments": 3}
    assert desk.play("get_social_metadata", POST, answer({})).value["metrics"] == {"likes": 0}


@pytest.mark.parametrize("name", ["uniqueImpressionsCount", "uniqueImpressionsCounts"])
@pytest.mark.parametrize(("post", "wanted"), [("urn:li:share:7", "shares"), ("urn:li:ugcPost:7", "ugcPosts")])
def test_a_posts_figures(desk: Any, post: str, wanted: str, name: str) -> None:
    row = {"totalShareStatistics": {"impressionCount": 9, name: 5, "likeCount": 1}}
    played = desk.play("get_post_insights", {"id": post}, answer({"elements": [row]}), urn=desk.fjord)
    assert address(played).endswith(f"&{wanted}=List({post.replace(':', '%3A')})")
    assert played.value["metrics"] == {"views": 9, "reach": 5, "likes": 1}


SPANS = [
    ("get_share_statistics", "organizationalEntityShareStatistics", "organizationalEntity"),
    ("get_follower_statistics", "organizationalEntityFollowerStatistics", "organizationalEntity"),
    ("get_page_statistics", "organizationPageStatistics", "organization"),
]


@pytest.mark.parametrize(("action", "resource", "key"), SPANS)
def test_figures_of_a_time(desk: Any, action: str, resource: str, key: str) -> None:
    given = {"start": "2026-09-01", "granularity": "MONTH"}
    played = desk.play(action, given, answer({"elements": []}), urn=desk.fjord)
    today = (desk.now - desk.now % 86_400) * 1000
    span = f"(timeRange:(start:1788220800000,end:{today}),timeGranularityType:MONTH)"
    entity = "urn%3Ali%3Aorganization%3A5515715"
    assert address(played) == f"/rest/{resource}?q={key}&{key}={entity}&timeIntervals={span}"
    assert "timeIntervals" not in address(desk.play(action, {}, answer({"elements": []}), urn=desk.fjord))


@pytest.mark.parametrize(("action", "_resource", "_key"), SPANS)
@pytest.mark.parametrize(
    ("given", "field"),
    [({"end": "2026-09-01"}, "/start"), ({"start": "2026-09-02", "end": "2026-09-01"}, "/end")],
)
def test_a_time_without_an_end_or_start(
    desk: Any, action: str, _resource: str, _key: str, given: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        desk.play(action, given, urn=desk.fjord)
    assert [each.path for each in caught.value.fields] == [field]


@pytest.mark.parametrize("action", ["get_share_statistics", "get_network_size", "list_notifications"])
def test_a_members_account_must_name_the_page(desk: Any, action: str) -> None:
    with pytest.raises(InvalidInput, match="/organization"):
        desk.play(action, {})


def test_a_members_figures_are_one_call_each(desk: Any) -> None:
    metrics = ["IMPRESSION", "MEMBERS_REACHED", "REACTION", "COMMENT", "RESHARE"]
    replies = [answer({"elements": [{"count": number}]}) for number in range(5)]
    played = desk.play("get_member_post_insights", {"id": "urn:li:ugcPost:7"}, *replies)
    assert [address(played, index) for index in range(5)] == [
        "/rest/memberCreatorPostAnalytics?q=entity&entity=(ugc:urn%3Ali%3AugcPost%3A7)"
        f"&queryType={metric}&aggregation=TOTAL"
        for metric in metrics
    ]
    assert played.value["metrics"] == {"views": 0, "reach": 1, "likes": 2, "comments": 3, "shares": 4}


def test_days_are_written_in_parts(desk: Any) -> None:
    given = {"metrics": ["COMMENT"], "aggregation": "DAILY", "start": "2026-09-01", "end": "2026-10-05"}
    played = desk.play("get_member_post_insights", given, answer({"elements": []}))
    assert address(played).endswith(
        "?q=me&queryType=COMMENT&aggregation=DAILY"
        "&dateRange=(start:(day:1,month:9,year:2026),end:(day:5,month:10,year:2026))"
    )


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({"metrics": ["IMPRESSION"], "aggregation": "DAILY"}, True),
        ({"metrics": ["IMPRESSION"], "aggregation": "DAILY", "id": "urn:li:share:7"}, False),
        ({"metrics": ["MEMBERS_REACHED"], "aggregation": "DAILY"}, False),
        ({"metrics": ["REACTION"], "aggregation": "DAILY", "id": "urn:li:share:7"}, True),
    ],
)
def test_which_figures_have_days(desk: Any, given: dict[str, Any], fits: bool) -> None:
    if fits:
        desk.play("get_member_post_insights", given, answer({"elements": []}))
    else:
        with pytest.raises(InvalidInput, match="/metrics"):
            desk.play("get_member_post_insights", given)


def test_a_page_without_a_name_for_this_role_is_listed_all_the_same(desk: Any) -> None:
    rows = [{"organization": desk.fjord, "role": "CONTENT_ADMINISTRATOR", "state": "APPROVED"}]
    reply = answer({"elements": rows, "paging": {}})
    played = desk.play("list_organizations", {}, reply, desk.refusal(403, "Not enough permissions"))
    assert played.value["organizations"] == [
        {"id": desk.fjord, "role": "CONTENT_ADMINISTRATOR", "state": "APPROVED", "can_post": True}
    ]


def test_a_page_that_one_does_not_administer_tells_its_public_facts(desk: Any) -> None:
    public = {"results": {"9": {"id": 9, "localizedName": "Nine"}}, "statuses": {"9": 200}, "errors": {}}
    given = {"organization": "urn:li:organization:9"}
    played = desk.play("get_organization", given, desk.refusal(403), answer(public))
    assert address(played) == "/rest/organizationsLookup?ids=List(9)"
    assert (played.value["id"], played.value["name"]) == ("urn:li:organization:9", "Nine")


@pytest.mark.parametrize("locale", [{"country": "US", "language": "en"}, "en-US"])
def test_the_locale_is_an_object_or_a_text(desk: Any, locale: Any) -> None:
    played = desk.play("get_user_info", {}, answer({"sub": "a", "locale": locale}))
    assert played.value.output == {"id": "urn:li:person:a", "sub": "a", "locale": "en-US"}


def test_a_page_subscribes_in_the_name_of_its_member(desk: Any) -> None:
    given = {"app": "urn:li:developerApplication:1", "webhook": "https://a.example/"}
    played = desk.play(
        "subscribe_to_notifications", given, answer({"sub": "a"}), answer(None, 200), urn=desk.fjord
    )
    assert address(played) == (
        "/rest/eventSubscriptions/(developerApplication:urn%3Ali%3AdeveloperApplication%3A1,"
        "user:urn%3Ali%3Aperson%3Aa,entity:urn%3Ali%3Aorganization%3A5515715,"
        "eventType:ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS)"
    )
    assert desk.body(played.requests[-1]) == {"webhook": "https://a.example/"}
