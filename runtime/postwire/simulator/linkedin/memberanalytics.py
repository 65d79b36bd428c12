"""Figures of a member's posts, one metric a request, and of its followers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.linkedin import figures, restli
from postwire.simulator.linkedin.ask import Answer, Operation
from postwire.simulator.linkedin.refusal import bad_query, denied, not_found
from postwire.simulator.linkedin.versions import MORE_METRICS, PLAIN_METRIC

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.linkedin.ask import Ask
    from postwire.simulator.linkedin.records import Post

# LinkedIn sheet 9.4: Member posts
FIRST = ("IMPRESSION", "MEMBERS_REACHED", "REACTION", "COMMENT", "RESHARE")
MORE = (
    "POST_SAVE",
    "POST_SEND",
    "LINK_CLICKS",
    "PREMIUM_CTA_CLICKS",
    "FOLLOWER_GAINED_FROM_CONTENT",
    "PROFILE_VIEW_FROM_CONTENT",
)
DAILY = frozenset({"REACTION", "COMMENT", "RESHARE"})  # and IMPRESSION for all posts together
VIDEO = ("VIDEO_PLAY", "VIDEO_WATCH_TIME", "VIDEO_VIEWER")
# Sheet silent on the middle of this name.
UNION = "com.linkedin.adsexternalapi.memberanalytics.v1.CreatorPostAnalyticsMetricTypeV1"
KINDS = {"share": "share", "ugc": "ugcPost"}


def of_post(ask: Ask) -> Answer:
    """Answer the figures of one post."""
    entity = ask.query.get("entity")
    if not isinstance(entity, dict) or len(entity) != 1 or not entity.keys() <= KINDS.keys():
        raise bad_query("entity must be (share:URN) or (ugc:URN)")
    ((key, urn),) = entity.items()
    if restli.kind_of(urn) != KINDS[key]:
        raise bad_query(f"entity is not the URN of a {KINDS[key]}")
    post = ask.state.post(urn)
    if post is None:
        raise not_found(urn)
    if post.author != ask.member.urn:
        raise denied("Viewer is not the author of the post")
    return _answer(ask, [post], {key: urn})


def of_all(ask: Ask) -> Answer:
    """Answer the figures of all posts of the member."""
    mine = [p for p in ask.state.posts.values() if p.author == ask.member.urn and not p.deleted]
    return _answer(ask, mine, None)


def _answer(ask: Ask, posts: list[Post], target: Mapping[str, str] | None) -> Answer:
    metric = _metric(ask)
    daily = ask.one_of("aggregation", ("TOTAL", "DAILY"), "TOTAL") == "DAILY"
    if daily and metric not in DAILY and not (metric == "IMPRESSION" and target is None):
        raise bad_query(f"aggregation=DAILY is not supported for {metric}")
    days = figures.days(ask)
    count = sum(_count(ask, post, metric) for post in posts)
    base = {"metricType": metric if ask.version >= PLAIN_METRIC else {UNION: metric}}
    if target is not None:
        base["targetEntity"] = dict(target)
    if daily and days:
        rows = [{"count": count // len(days), "dateRange": figures.date_range(day, day)} for day in days]
    else:
        rows = [{"count": count} | ({"dateRange": figures.date_range(days[0], days[-1])} if days else {})]
    rows = [row | base for row in rows]
    return Answer(body={"paging": {"start": 0, "count": 10, "links": []}, "elements": rows})


def _metric(ask: Ask) -> str:
    # LinkedIn sheet 9.4: Member posts (one metric per request; more of them since 202604)
    video = ask.operation.resource == "memberCreatorVideoAnalytics"
    words = VIDEO if video else FIRST + (MORE if ask.version >= MORE_METRICS else ())
    return ask.one_of("queryType", words, "")


def _count(ask: Ask, post: Post, metric: str) -> int:
    counts = figures.activity(ask, post)
    known = {
        "REACTION": counts["likeCount"],
        "COMMENT": counts["commentCount"],
        "RESHARE": counts["shareCount"],
        "IMPRESSION": figures.impressions(post, counts),
        "MEMBERS_REACHED": figures.impressions(post, counts) * 3 // 5,
    }
    return known.get(metric, int(post.urn[-2:]))


def followers(ask: Ask) -> Answer:
    """Answer the number of the member's followers."""
    # LinkedIn sheet 9.4: Member posts (memberFollowersCount)
    return ask.listing([{"memberFollowersCount": ask.member.followers}])


def followers_by_day(ask: Ask) -> Answer:
    """Answer the member's new followers by day."""
    days = figures.days(ask)
    if days is None:
        raise bad_query("Query parameter dateRange is required")
    rows: list[Any] = [{"memberFollowersCount": 1, "dateRange": figures.date_range(day, day)} for day in days]
    return Answer(body={"paging": {"start": 0, "count": 10, "links": []}, "elements": rows})


_POSTS, _VIDEOS = "memberCreatorPostAnalytics", "memberCreatorVideoAnalytics"
_READ, _PROFILE = ("r_member_postAnalytics",), ("r_member_profileAnalytics",)
REST = {
    f"/rest/{name}": {
        "GET:q=entity": Operation(name, "FINDER-entity", of_post, _READ),
        "GET:q=me": Operation(name, "FINDER-me", of_all, _READ),
    }
    for name in (_POSTS, _VIDEOS)
} | {
    "/rest/memberFollowersCount": {
        "GET:q=me": Operation("memberFollowersCount", "FINDER-me", followers, _PROFILE),
        "GET:q=dateRange": Operation("memberFollowersCount", "FINDER-dateRange", followers_by_day, _PROFILE),
    }
}
