"""Figures that repeat: what happened here is counted, the rest is made up from a post's number."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from postwire.simulator.linkedin import social
from postwire.simulator.linkedin.refusal import bad_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postwire.simulator.linkedin.ask import Ask
    from postwire.simulator.linkedin.records import Post

DAY_MS = 86_400_000
STEPS = {"DAY": 1, "WEEK": 7, "MONTH": 30}  # sheet silent on where a month begins: every 30 days
MOST_DAYS = 366  # LinkedIn sheet 9.1: Page share statistics (rolling 12 months)
_MOMENT = re.compile(r"[0-9]{13}")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def activity(ask: Ask, post: Post) -> dict[str, int]:
    """Count what was done about a post."""
    state = ask.state
    return {
        "likeCount": len(social.reactions_on(ask, post.activity)),
        "commentCount": sum(c.thread == post.activity for c in state.comments.values()),
        "shareCount": sum(p.reshare_of == post.urn and not p.deleted for p in state.posts.values()),
    }


def statistics(counts: Mapping[str, int], impressions: int) -> dict[str, float]:
    """Make the figures of a post or page from its counts."""
    # LinkedIn sheet 9.1: Page share statistics (engagement = (clicks+likes+comments+shares)/impressions)
    clicks = impressions // 40
    engaged = clicks + sum(counts.values())
    return {
        "impressionCount": impressions,
        "uniqueImpressionsCount": impressions * 3 // 5,
        "clickCount": clicks,
        **counts,
        "engagement": round(engaged / impressions, 6) if impressions else 0.0,
    }


def impressions(post: Post, counts: Mapping[str, int]) -> int:
    """Make up how often a post was seen; never without activity."""
    return 100 + int(post.urn[-3:]) + 40 * sum(counts.values()) if any(counts.values()) else 0


def intervals(ask: Ask, words: tuple[str, ...], lag_days: int = 0) -> list[tuple[int, int]] | None:
    """Read `timeIntervals`, in milliseconds and cut into its steps; None where it was not given."""
    # LinkedIn sheet 2.3: URN and Rest.li encoding (record in query)
    given = ask.query.get("timeIntervals")
    if given is None:
        return None
    if not isinstance(given, dict) or given.get("timeGranularityType") not in words:
        raise bad_query(f"timeIntervals.timeGranularityType must be one of {', '.join(words)}")
    start, end = moments(given.get("timeRange"))
    now = ask.state.milliseconds()
    if start < now - MOST_DAYS * DAY_MS:
        raise bad_query("timeIntervals.timeRange reaches back more than 12 months")
    end, step = min(end, now - lag_days * DAY_MS), STEPS[given["timeGranularityType"]] * DAY_MS
    return [(first, min(first + step, end)) for first in range(start, end, step)]


def moments(given: Any) -> tuple[int, int]:
    """Read a `(start:ms,end:ms)`."""
    if not isinstance(given, dict) or given.keys() != {"start", "end"}:
        raise bad_query("A timeRange is (start:MILLISECONDS,end:MILLISECONDS)")
    start, end = moment(given["start"]), moment(given["end"])
    if start >= end:
        raise bad_query("A timeRange ends after its start")
    return start, end


def moment(text: Any) -> int:
    """Read a time in milliseconds since 1970."""
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        raise bad_query("A time is in milliseconds since 1970")
    return int(text)


def days(ask: Ask) -> list[date] | None:
    """Read `dateRange`, whose end is exclusive; None where it was not given."""
    # LinkedIn sheet 9.4: Member posts (end date exclusive; no dateRange = lifetime)
    given = ask.query.get("dateRange")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise bad_query("dateRange must be (start:(day,month,year),end:(day,month,year))")
    start = _day(given.get("start"))
    end = _day(given["end"]) if "end" in given else _today(ask)
    if not 0 < (end - start).days <= MOST_DAYS:
        raise bad_query("dateRange must end after its start, within a year")
    return list(_each(start, end))


def _today(ask: Ask) -> date:
    return (EPOCH + timedelta(milliseconds=ask.state.milliseconds())).date()


def _each(start: date, end: date) -> Iterator[date]:
    for number in range((end - start).days):
        yield start + timedelta(days=number)


def _day(given: Any) -> date:
    if not isinstance(given, dict):
        raise bad_query("A date is (day:D,month:M,year:Y)")
    try:
        return date(int(given["year"]), int(given["month"]), int(given["day"]))
    except (TypeError, KeyError, ValueError):
        raise bad_query("A date is (day:D,month:M,year:Y)") from None


def date_range(first: date, last: date) -> dict[str, Any]:
    """Show a range of days, whose end is exclusive."""
    return {
        name: {"year": day.year, "month": day.month, "day": day.day}
        for name, day in (("start", first), ("end", last + timedelta(days=1)))
    }
