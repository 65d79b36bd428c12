"""Analytics of the user's posts and media, by time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.x import vocabulary
from postwire.simulator.x.operation import Answer, Operation
from postwire.simulator.x.params import Choice, Many, Moment, iso
from postwire.simulator.x.refusal import bad_query, hidden, not_found
from postwire.simulator.x.views.posts import metrics

if TYPE_CHECKING:
    from postwire.simulator.x.operation import Ask
    from postwire.simulator.x.params import Param
    from postwire.simulator.x.records import Media, Post

STEPS = {"hourly": 3_600, "daily": 86_400, "weekly": 7 * 86_400}
MOST = 2_000  # buckets in an answer
_NOT_COUNTERS = frozenset({"id", "media_key", "timestamp", "timestamped_metrics"})


def of_posts(ask: Ask) -> Answer:
    """Answer the numbers of the user's posts."""
    # X sheet 9: GET /2/tweets/analytics (own posts)
    data = []
    for post_id in dict.fromkeys(ask.query["ids"]):
        post = ask.post(post_id)
        if post is None or post.author_id != ask.me.id:
            ask.lens.note((hidden if post else not_found)("ids", post_id, "tweet"))
            continue
        data.append({"id": post_id} | _series(ask, "analytics", post.created_at, _post_counters(ask, post)))
    return Answer(data)


def _post_counters(ask: Ask, post: Post) -> dict[str, int]:
    told = metrics(ask.lens, post)
    # Sheet silent on what is counted in the fields of which nothing is known here: nothing.
    known = {
        "impressions": post.impressions,
        "url_clicks": post.clicks,
        "likes": told["like_count"],
        "replies": told["reply_count"],
        "retweets": told["retweet_count"],
        "quote_tweets": told["quote_count"],
        "bookmarks": told["bookmark_count"],
    }
    known["engagements"] = sum(known.values()) - post.impressions
    return dict.fromkeys(_counters("analytics"), 0) | known


def of_media(ask: Ask) -> Answer:
    """Answer the numbers of the user's media."""
    # X sheet 9: GET /2/media/analytics
    data = []
    for key in dict.fromkeys(ask.query["media_keys"]):
        file = ask.x.media.get(key.partition("_")[2])
        if file is None or file.key != key or file.owner_id != ask.me.id:
            ask.lens.note(not_found("media_keys", key, "media"))
            continue
        series = _series(ask, "media_analytics", file.created_at, _media_counters(file))
        data.append({"media_key": key} | series)
    return Answer(data)


def _media_counters(file: Media) -> dict[str, int]:
    played = ("playback_start", "playback25", "playback50", "playback75", "playback_complete", "video_views")
    known = dict.fromkeys(played, file.views) | {"watch_time_ms": file.views * 10_000}
    return dict.fromkeys(_counters("media_analytics"), 0) | known


def _counters(kind: str) -> frozenset[str]:
    return vocabulary.FIELDS[kind].of("legacy") - _NOT_COUNTERS


def _series(ask: Ask, kind: str, moment: float, counters: dict[str, int]) -> dict[str, Any]:
    # Sheet silent on when things were counted: all at the moment the post or file was made.
    wanted = ask.lens.fields(kind) & counters.keys() or counters.keys()
    rows = []
    for first, last in _buckets(ask):
        inside = first <= moment < last
        told = {name: counters[name] if inside else 0 for name in sorted(wanted)}
        rows.append({"timestamp": iso(first), "metrics": told})
    return {"timestamped_metrics": rows}


def _buckets(ask: Ask) -> list[tuple[float, float]]:
    start, end = ask.query["start_time"], ask.query["end_time"]
    step = STEPS.get(ask.query["granularity"], end - start)
    if start >= end or (end - start) / step > MOST:
        raise bad_query("start_time", iso(start), "must be before end_time, and not by too many steps")
    count = int(-(-(end - start) // step))
    return [(start + n * step, min(start + (n + 1) * step, end)) for n in range(count)]


def _window(names: tuple[str, ...], usual: str) -> dict[str, Param]:
    return {
        "start_time": Moment(required=True),
        "end_time": Moment(required=True),
        "granularity": Choice(names, usual),
    }


OPERATIONS = (
    Operation(
        "GET",
        "/2/tweets/analytics",
        of_posts,
        limits="300",
        family="analytics",
        query={"ids": Many(required=True)} | _window((*STEPS, "total"), "total"),
    ),
    Operation(
        "GET",
        "/2/media/analytics",
        of_media,
        "tweet.read",
        family="media_analytics",
        query={"media_keys": Many(r"[0-9]+_[0-9]+", required=True)}
        | _window(("hourly", "daily", "total"), "daily"),
    ),
)
