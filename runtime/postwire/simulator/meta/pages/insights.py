"""Insights of Pages, posts, videos and stories: only the metrics that are alive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta.getters import stamp
from postwire.simulator.meta.refusal import GraphError, invalid
from postwire.simulator.meta.settings import words
from postwire.simulator.meta.state import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Ask, Kind

# Meta sheet 7.4: Insights
PERIODS: Final = ("DAY", "WEEK", "DAYS_28", "MONTH", "LIFETIME", "TOTAL_OVER_RANGE")
PAGE_METRICS: Final = frozenset(
    words(
        "page_media_view page_total_media_view_unique page_post_engagements page_follows page_daily_follows"
        " page_daily_follows_unique page_daily_unfollows_unique page_views_total page_total_actions"
        " page_video_views"
    )
)
POST_METRICS: Final = frozenset(
    words(
        "post_media_view post_total_media_view_unique post_clicks post_clicks_by_type"
        " post_reactions_by_type_total post_reactions_like_total post_reactions_love_total"
        " post_reactions_wow_total post_reactions_haha_total post_reactions_sorry_total"
        " post_reactions_anger_total post_activity_by_action_type post_video_views post_video_view_time"
        " post_video_avg_time_watched"
    )
)
# Meta sheet 7.4: Insights (/{video}/video_insights). The sheet names no metrics of it: those of its post.
STORY_METRICS: Final = frozenset(
    words(
        "STORY_INTERACTION STORY_MEDIA_VIEW STORY_TOTAL_MEDIA_VIEW_UNIQUE PAGES_FB_STORY_REPLIES"
        " PAGES_FB_STORY_SHARES PAGES_FB_STORY_STICKER_INTERACTIONS"
        " PAGES_FB_STORY_THREAD_LIGHTWEIGHT_REACTIONS"
    )
)
EARNINGS: Final = frozenset(words("content_monetization_earnings monetization_approximate_earnings"))
NEW: Final = frozenset(
    words("page_media_view page_total_media_view_unique post_media_view post_total_media_view_unique")
)
BREAKDOWNS: Final = frozenset(words("is_from_ads is_from_followers monetization_tool earning_source"))
PRESETS: Final = {
    "today": 1,
    "yesterday": 1,
    "last_7d": 7,
    "last_14d": 14,
    "last_28d": 28,
    "last_30d": 30,
    "last_90d": 90,
    "this_month": 30,
    "last_month": 30,
}
RANGE, USUAL_DAYS, LIKES_NEEDED = 90 * DAY, 2, 100
PACIFIC: Final = 8 * 3_600  # end_time is 08:00 UTC


def _need(ask: Ask) -> None:
    # Meta sheet 4: Permissions map (page insights)
    ask.need("read_insights pages_read_engagement")
    ask.need_page_token()
    ask.need_task("ANALYZE")


def _metrics(ask: Ask, known: frozenset[str]) -> list[str]:
    names = [ask.path[2]] if len(ask.path) > 2 else [str(one) for one in ask.params.array("metric") or []]  # noqa: PLR2004
    # Meta sheet 13.1: 3001/1504028 (insights without metric)
    if not names:
        raise GraphError("3001/1504028", "No metric was specified to be fetched.")
    for number, name in enumerate(names):
        # Meta sheet 7.4: Insights (one unknown or dead metric fails the whole call; new ones need v23.0)
        if name not in known or (name in NEW and ask.version < (23, 0)):
            raise invalid(f"The value must be a valid insights metric (metric[{number}]: {name[:60]})")
    return names


def page(ask: Ask) -> dict[str, Any]:
    """Answer /{page}/insights."""
    _need(ask)
    names = _metrics(ask, PAGE_METRICS | EARNINGS)
    period = ask.params.word("period", *PERIODS).lower()
    breakdown = ask.params.text("breakdown")
    if breakdown and breakdown not in BREAKDOWNS:
        raise invalid("Param breakdown is unknown.")
    days = _days(ask)
    if ask.node.followers < LIKES_NEEDED:
        return {"data": []}
    # Meta sheet 7.4: Insights (one metric without period: day, week and days_28)
    periods = [period] if period else ["day", "week", "days_28"]
    rows = [
        _row(ask, name, one, _values(days, breakdown))
        for name in names
        for one in periods
        if name not in EARNINGS  # not monetised: no data
    ]
    return {"data": rows, "paging": _paging(ask)} if rows else {"data": []}


def _paging(ask: Ask) -> dict[str, str]:
    base = ask.url(ask.host, f"/{'/'.join(ask.path)}")
    return {"previous": f"{base}?until={int(ask.now)}", "next": f"{base}?since={int(ask.now)}"}


def _days(ask: Ask) -> list[float]:
    """List the ends of the days that are asked for."""
    preset = ask.params.text("date_preset")
    if preset and preset not in PRESETS:
        raise invalid("Param date_preset is unknown.")
    until = ask.params.moment("until") or ask.now
    since = ask.params.moment("since") or until - PRESETS.get(preset, USUAL_DAYS) * DAY
    if not 0 < until - since <= RANGE:
        raise invalid("There cannot be more than 90 days between since and until.")
    # Meta sheet 7.4: Insights (end_time is midnight Pacific of the next day)
    first = since - since % DAY + PACIFIC
    return [first + (day + 1) * DAY for day in range(max(1, int((until - since) // DAY)))]


def _values(days: list[float], breakdown: str) -> list[dict[str, Any]]:
    more = {breakdown: "0"} if breakdown else {}
    return [{"value": 100 + number, "end_time": stamp(end), **more} for number, end in enumerate(days)]


def _row(ask: Ask, name: str, period: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": f"{ask.node.id}/insights/{name}/{period}",
        "name": name,
        "period": period,
        "title": name.replace("_", " ").title(),
        "description": f"Simulated {name}.",
        "values": values,
    }


def post(ask: Ask) -> dict[str, Any]:
    """Answer /{post}/insights and /{video}/video_insights: lifetime."""
    _need(ask)
    names = _metrics(ask, POST_METRICS | EARNINGS)
    return {
        "data": [
            _row(ask, name, "lifetime", [{"value": _value(ask, name)}])
            for name in names
            if name not in EARNINGS
        ]
    }


def _value(ask: Ask, name: str) -> Any:
    likes = len(ask.node.likes)
    # Meta sheet 7.4: Insights (value may be an object for *_by_type)
    objects = {"post_reactions_by_type_total": {"like": likes}, "post_clicks_by_type": {"other clicks": 3}}
    if name == "post_reactions_like_total":
        return likes
    return objects.get(name, {"comment": 1} if name == "post_activity_by_action_type" else 13)


def story(ask: Ask) -> dict[str, Any]:
    """Answer /{story}/insights."""
    # Meta sheet 6.6: Page stories (metrics)
    _need(ask)
    names = _metrics(ask, STORY_METRICS)
    return {"data": [_row(ask, name, "lifetime", [{"value": 7}]) for name in names]}


KINDS: Mapping[str, Kind] = {}
OPERATIONS = {
    ("page", "insights", "GET"): page,
    ("post", "insights", "GET"): post,
    ("video", "video_insights", "GET"): post,
    ("story", "insights", "GET"): story,
}
