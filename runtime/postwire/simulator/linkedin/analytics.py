"""Figures of pages: shares, followers, views, videos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.linkedin import figures, restli
from postwire.simulator.linkedin.ask import POSTERS, Answer, Operation
from postwire.simulator.linkedin.identity import ADMIN_SCOPES
from postwire.simulator.linkedin.refusal import bad_query, invalid, not_found

if TYPE_CHECKING:
    from postwire.simulator.linkedin.ask import Ask
    from postwire.simulator.linkedin.records import Post
    from postwire.simulator.linkedin.settings import Page

PAGE_BASE = 2_210  # impressions of what was not made here
FOLLOWER_LAG = 2  # days; LinkedIn sheet 9.2: Followers
# LinkedIn sheet 9.2: Followers (facet → the key of its items, and a sample value)
FACETS = {
    "followerCountsByGeoCountry": ("geo", "urn:li:geo:103644278"),
    "followerCountsByGeo": ("geo", "urn:li:geo:90000084"),
    "followerCountsByIndustry": ("industry", "urn:li:industry:4"),
    "followerCountsByFunction": ("function", "urn:li:function:8"),
    "followerCountsBySeniority": ("seniority", "urn:li:seniority:4"),
    "followerCountsByStaffCountRange": ("staffCountRange", "SIZE_11_TO_50"),
    "followerCountsByAssociationType": ("associationType", "EMPLOYEE"),
}
# LinkedIn sheet 9.3: Page views
SECTIONS = ("overview", "careers", "jobs", "lifeAt", "about", "people", "products", "insights")
BREAKDOWNS = {
    "pageStatisticsBySeniority": ("seniority", "urn:li:seniority:4"),
    "pageStatisticsByIndustryV2": ("industryV2", "urn:li:industry:4"),
    "pageStatisticsByStaffCountRange": ("staffCountRange", "SIZE_11_TO_50"),
    "pageStatisticsByFunction": ("function", "urn:li:function:8"),
    "pageStatisticsByGeoCountry": ("geo", "urn:li:geo:103644278"),
    "pageStatisticsByGeo": ("geo", "urn:li:geo:90000084"),
}
VIDEO_TYPES = ("VIDEO_VIEW", "VIEWER", "TIME_WATCHED", "TIME_WATCHED_FOR_VIDEO_VIEWS")


def share_statistics(ask: Ask) -> Answer:
    """Answer organizationalEntityShareStatistics: of posts, by time, or of all time."""
    # LinkedIn sheet 9.1: Page share statistics (the filters and timeIntervals exclude each other)
    page = ask.managed(ask.text("organizationalEntity"))
    wanted = {
        kind: name for kind, name in (("share", "shares"), ("ugcPost", "ugcPosts")) if name in ask.query
    }
    steps = figures.intervals(ask, ("DAY", "MONTH"))
    if wanted and steps is not None:
        raise bad_query("timeIntervals does not go with shares or ugcPosts")
    if wanted:
        rows = [row for kind, name in wanted.items() for row in _of_posts(ask, page, kind, name)]
    elif steps is None:
        rows = [_share_row(page, _page_figures(ask, page))]
    else:
        daily = figures.statistics({"likeCount": 3, "commentCount": 1, "shareCount": 0}, 120)
        rows = [_share_row(page, daily, timeRange={"start": a, "end": b}) for a, b in steps]
    return _unpaged(rows)


def _unpaged(rows: list[Any]) -> Answer:
    # LinkedIn sheet 9.1: Page share statistics (not paginated; no total)
    return Answer(body={"paging": {"start": 0, "count": 10, "links": []}, "elements": rows})


def _share_row(page: Page, figures_: dict[str, float], **more: Any) -> dict[str, Any]:
    return {"organizationalEntity": page.urn, **more, "totalShareStatistics": figures_}


def _of_posts(ask: Ask, page: Page, kind: str, name: str) -> list[dict[str, Any]]:
    # LinkedIn sheet 9.1: Page share statistics (sort the URNs by kind; posts without activity are omitted)
    rows = []
    for urn in restli.urns(ask.query, name):
        if restli.kind_of(urn) != kind:
            raise invalid("INVALID_URN_TYPE", f"{name} must hold URNs of {kind}s")
        post = ask.state.post(urn)
        counts = figures.activity(ask, post) if post and post.author == page.urn else {}
        if post and any(counts.values()):
            numbers = figures.statistics(counts, figures.impressions(post, counts))
            rows.append(_share_row(page, numbers, **{kind: urn}))
    return rows


def _page_figures(ask: Ask, page: Page) -> dict[str, float]:
    # LinkedIn sheet 9.1: Page share statistics (without filters: the whole page, API-made or not)
    total = {"likeCount": 52, "commentCount": 7, "shareCount": 3}
    seen = PAGE_BASE
    for post in _posts(ask, page):
        counts = figures.activity(ask, post)
        seen += figures.impressions(post, counts)
        total = {name: total[name] + counts[name] for name in total}
    return figures.statistics(total, seen)


def _posts(ask: Ask, page: Page) -> list[Post]:
    return [post for post in ask.state.posts.values() if post.author == page.urn and not post.deleted]


def follower_statistics(ask: Ask) -> Answer:
    """Answer organizationalEntityFollowerStatistics: facets of all time, or gains by time."""
    # LinkedIn sheet 9.2: Followers
    page = ask.managed(ask.text("organizationalEntity"))
    steps = figures.intervals(ask, ("DAY", "WEEK", "MONTH"), FOLLOWER_LAG)
    if steps is None:
        count = {"organicFollowerCount": page.followers // 2, "paidFollowerCount": 0}
        facets = {name: [{key: value, "followerCounts": count}] for name, (key, value) in FACETS.items()}
        return _unpaged([{"organizationalEntity": page.urn, **facets}])
    gains = {"organicFollowerGain": 4, "paidFollowerGain": 0}
    rows = [
        {
            "timeRange": {"start": a, "end": b},
            "followerGains": gains,
            "organizationalEntity": page.urn,
        }
        for a, b in steps
    ]
    return _unpaged(rows)


def page_statistics(ask: Ask) -> Answer:
    """Answer organizationPageStatistics: views of all time, or by time."""
    # LinkedIn sheet 9.3: Page views. Sheet silent on the granularities: the same as of followers.
    page = ask.managed(ask.text("organization"))
    steps = figures.intervals(ask, ("DAY", "WEEK", "MONTH"))
    if steps is None:
        views = _views(40)
        by = {n: [{key: v, "pageStatistics": views}] for n, (key, v) in BREAKDOWNS.items()}
        return _unpaged([{"organization": page.urn, "totalPageStatistics": views, **by}])
    rows = [
        {"timeRange": {"start": a, "end": b}, "organization": page.urn, "totalPageStatistics": _views(5)}
        for a, b in steps
    ]
    return _unpaged(rows)


def _views(each: int) -> dict[str, Any]:
    numbers = {f"{section}PageViews": each for section in SECTIONS}
    numbers["allPageViews"] = each * len(SECTIONS)
    devices = {
        f"{device}{name[0].upper()}{name[1:]}": count // 2
        for device in ("desktop", "mobile")
        for name, count in numbers.items()
        if name != "allPageViews"
    }
    devices |= {f"all{device}PageViews": numbers["allPageViews"] // 2 for device in ("Desktop", "Mobile")}
    shown = {
        name: {"pageViews": count, "uniquePageViews": count * 3 // 5}
        for name, count in (numbers | devices).items()
    }
    clicks: dict[str, list[Any]] = {
        f"{device}CustomButtonClickCounts": [] for device in ("desktop", "mobile")
    }
    return {"views": shown, "clicks": clicks}


def video_analytics(ask: Ask) -> Answer:
    """Answer videoAnalytics of a page's video."""
    # LinkedIn sheet 9.4: Member posts (page video)
    kind = ask.one_of("type", VIDEO_TYPES, "")
    ask.one_of("aggregation", ("DAY", "WEEK", "ALL"), "ALL")
    urn = ask.text("entity")
    post = ask.state.post(urn)
    if restli.kind_of(urn) not in {"ugcPost", "share"}:
        raise invalid("INVALID_URN_TYPE", "entity is not the URN of a post")
    if post is None:
        raise not_found(urn)
    ask.managed(post.author, POSTERS)
    span = figures.moments(ask.query["timeRange"]) if "timeRange" in ask.query else None
    start, end = span or (post.created_ms, ask.state.milliseconds())
    value = 17 * (1 + VIDEO_TYPES.index(kind))
    return _unpaged([{"entity": urn, "value": value, "timeRange": {"start": start, "end": end}}])


_VIDEO_SCOPES = ("r_organization_social", *ADMIN_SCOPES)  # sheet silent
# LinkedIn sheet 4: Products and scopes (rw_organization_admin: all page statistics)
_SHARES, _FOLLOWERS = "organizationalEntityShareStatistics", "organizationalEntityFollowerStatistics"
REST = {
    f"/rest/{_SHARES}": {
        "GET:q=organizationalEntity": Operation(_SHARES, "FINDER", share_statistics, ADMIN_SCOPES)
    },
    f"/rest/{_FOLLOWERS}": {
        "GET:q=organizationalEntity": Operation(_FOLLOWERS, "FINDER", follower_statistics, ADMIN_SCOPES)
    },
    "/rest/organizationPageStatistics": {
        "GET:q=organization": Operation("organizationPageStatistics", "FINDER", page_statistics, ADMIN_SCOPES)
    },
    "/rest/videoAnalytics": {
        "GET:q=entity": Operation("videoAnalytics", "FINDER", video_analytics, _VIDEO_SCOPES)
    },
}
