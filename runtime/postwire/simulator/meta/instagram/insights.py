"""Insights of Instagram accounts and media: only the metrics that are alive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta.getters import stamp
from postwire.simulator.meta.refusal import GraphError, invalid
from postwire.simulator.meta.settings import words
from postwire.simulator.meta.state import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Ask, Kind
    from postwire.simulator.meta.records import Media

INSIGHTS: Final = ("instagram_manage_insights instagram_basic", "manage_insights")
FOLLOWERS_NEEDED, STORY_VIEWERS = 100, 5
RANGE: Final = 30 * DAY


@dataclass(frozen=True, slots=True)
class Metric:
    """How a metric of an account may be asked for: the first type is the usual one."""

    types: tuple[str, ...] = ("total_value",)
    breakdowns: tuple[str, ...] = ()
    periods: tuple[str, ...] = ("day",)


# Meta sheet 9.4: Account insights
_DEMOGRAPHIC: Final = Metric(breakdowns=words("age city country gender"), periods=("lifetime",))
ACCOUNT_METRICS: Final[Mapping[str, Metric]] = {
    "reach": Metric(("time_series", "total_value"), ("media_product_type", "follow_type")),
    "views": Metric(breakdowns=("media_product_type", "follow_type")),
    **dict.fromkeys(words("accounts_engaged replies"), Metric()),
    **dict.fromkeys(
        words("total_interactions likes comments shares saves reposts"),
        Metric(breakdowns=("media_product_type",)),
    ),
    "follows_and_unfollows": Metric(breakdowns=("follow_type",)),
    "profile_links_taps": Metric(breakdowns=("contact_button_type",)),
    "follower_demographics": _DEMOGRAPHIC,
    "engaged_audience_demographics": _DEMOGRAPHIC,
    "reached_audience_demographics": _DEMOGRAPHIC,
    "follower_count": Metric(("time_series",)),
    "online_followers": Metric(("time_series",), periods=("lifetime",)),
    "profile_views": Metric(),
    "website_clicks": Metric(),
}
# Meta sheet 9.5: Media insights
_ALL: Final = words("views reach shares total_interactions reposts")
MEDIA_METRICS: Final[Mapping[str, frozenset[str]]] = {
    "FEED": frozenset({*_ALL, *words("likes comments saved profile_visits profile_activity follows")}),
    "REELS": frozenset(
        {
            *_ALL,
            *words("likes comments saved ig_reels_avg_watch_time ig_reels_video_view_total_time"),
            *words("reels_skip_rate crossposted_views"),
        }
    ),
    "STORY": frozenset({*_ALL, *words("replies navigation profile_visits profile_activity follows")}),
}
FACEBOOK_METRICS: Final[Mapping[str, frozenset[str]]] = {
    "FEED": frozenset(words("total_likes total_comments total_views")),
    "REELS": frozenset(words("total_likes total_comments total_views")),
    "STORY": frozenset(words("total_views link_clicks")),
}
CROSSPOSTED: Final = frozenset({"crossposted_views", "facebook_views"})
BREAKDOWNS: Final[Mapping[str, tuple[str, str]]] = {
    "profile_activity": ("action_type", "BIO_LINK_CLICKED"),
    "navigation": ("story_navigation_action_type", "TAP_FORWARD"),
}
VALUES: Final[Mapping[str, str]] = {
    "media_product_type": "REEL",
    "follow_type": "FOLLOWER",
    "contact_button_type": "EMAIL",
    "age": "25-34",
    "city": "Hamburg",
    "country": "DE",
    "gender": "F",
}


def _metrics(ask: Ask) -> list[str]:
    names = [str(name) for name in ask.params.array("metric") or []]
    if not names:
        raise GraphError("100", "The parameter metric is required.")
    return names


def account(ask: Ask) -> dict[str, Any]:
    """Answer /{ig}/insights."""
    ask.need(*INSIGHTS)
    ask.need_task("ANALYZE")
    names = _metrics(ask)
    # Meta sheet 9.4: Account insights (dead ones → 100; one unknown metric fails the call)
    if unknown := [name for name in names if name not in ACCOUNT_METRICS]:
        raise invalid(
            f"metric[0] must be one of the following values: {', '.join(ACCOUNT_METRICS)} ({unknown[0]})"
        )
    kind = ask.params.word("metric_type", "TOTAL_VALUE", "TIME_SERIES").lower()
    period = ask.params.text("period", "day").lower()
    since, until = _range(ask)
    rows = [_account_row(ask, name, kind, period, (since, until)) for name in names]
    series = {name for name in names if ACCOUNT_METRICS[name].types == ("time_series",)}
    totals = {name for name in names if ACCOUNT_METRICS[name].types == ("total_value",)}
    if series and totals:
        raise invalid("Metrics of total_value and of time_series cannot be mixed.")
    return {"data": [row for row in rows if row]}


def _range(ask: Ask) -> tuple[float, float]:
    since, until = ask.params.moment("since"), ask.params.moment("until")
    last = ask.now if until is None else until
    first = last - DAY if since is None else since
    if not first <= last or last - first > RANGE:
        raise invalid("There cannot be more than 30 days between since and until.")
    return first, last


def _account_row(
    ask: Ask, name: str, kind: str, period: str, span: tuple[float, float]
) -> dict[str, Any] | None:
    metric = ACCOUNT_METRICS[name]
    if kind and kind not in metric.types:
        raise invalid(f"The metric {name} does not support the metric_type {kind}.")
    if period not in metric.periods:
        raise invalid(f"The metric {name} does not support the period {period}.")
    breakdowns = [str(one) for one in ask.params.array("breakdown") or []]
    if not set(breakdowns) <= set(metric.breakdowns):
        # Meta sheet 9.4: Account insights (a breakdown on a metric that has none)
        raise GraphError("1", "An unknown error has occurred.", status=400)
    demographic = metric is _DEMOGRAPHIC
    if demographic and (not breakdowns or not ask.params.text("timeframe")):
        raise invalid(f"The metric {name} needs a timeframe and a breakdown.")
    few = ask.node.followers < FOLLOWERS_NEEDED
    if few and (demographic or name in {"follower_count", "online_followers"}):
        return None
    row: dict[str, Any] = {
        "name": name,
        "period": period,
        "title": name.replace("_", " ").title(),
        "description": f"Simulated {name}.",
        "id": f"{ask.node.id}/insights/{name}/{period}",
    }
    if (kind or metric.types[0]) == "total_value":
        return row | {"total_value": _total(42, breakdowns)}
    if name == "online_followers":  # Meta sheet 9.4: Account insights (value = hour→count)
        hours = {str(hour): 30 + hour for hour in range(24)}
        return row | {"values": [{**one, "value": hours} for one in _series(span)]}
    return row | {"values": _series(span)}


def _total(value: int, breakdowns: list[str]) -> dict[str, Any]:
    if not breakdowns:
        return {"value": value}
    results = [{"dimension_values": [VALUES.get(one, one) for one in breakdowns], "value": value}]
    return {"value": value, "breakdowns": [{"dimension_keys": breakdowns, "results": results}]}


def _series(span: tuple[float, float]) -> list[dict[str, Any]]:
    days = max(1, int((span[1] - span[0]) // DAY))
    return [{"value": 70 + day, "end_time": stamp(span[0] + (day + 1) * DAY)} for day in range(days)]


def media(ask: Ask) -> dict[str, Any]:
    """Answer /{media}/insights."""
    # Meta sheet 9.5: Media insights (the wrong one for the product fails the whole call)
    ask.need(*INSIGHTS)
    ask.need_task("ANALYZE")
    node: Media = ask.node
    if node.parent:
        raise GraphError("100/2108006", "There are no insights for items of an album.")
    known = MEDIA_METRICS[node.product] | (
        frozenset() if ask.by_instagram else FACEBOOK_METRICS[node.product]
    )
    names = _metrics(ask)
    for name in names:
        if name in CROSSPOSTED:
            raise invalid(f"The metric {name} needs media that is shared to Facebook.")
        if name not in known:
            raise invalid(f"The metric {name} is not supported for this media product type.")
    if node.product == "STORY":
        _story(ask, node)
    return {"data": [_media_row(ask, node, name) for name in names]}


def _story(ask: Ask, node: Media) -> None:
    if node.created_at <= ask.now - DAY:
        raise ask.foreign()
    if int(node.params.get("viewers", 9)) < STORY_VIEWERS:
        raise GraphError("10", "Not enough viewers for the media to show insights")


def _media_row(ask: Ask, node: Media, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": name,
        "period": "lifetime",
        "title": name.replace("_", " ").title(),
        "description": f"Simulated {name}.",
        "id": f"{node.id}/insights/{name}/lifetime",
    }
    value = len(node.likes) if name == "likes" else 13
    wanted = ask.params.text("breakdown")
    if not wanted:
        return row | {"values": [{"value": value}]}
    has, example = BREAKDOWNS.get(name, ("", ""))
    if wanted != has:
        raise GraphError("1", "An unknown error has occurred.", status=400)
    results = [{"dimension_values": [example], "value": value}]
    return row | {
        "total_value": {"value": value, "breakdowns": [{"dimension_keys": [has], "results": results}]}
    }


KINDS: Mapping[str, Kind] = {}
OPERATIONS = {("account", "insights", "GET"): account, ("media", "insights", "GET"): media}
