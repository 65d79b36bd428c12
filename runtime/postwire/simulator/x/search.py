"""Search of posts, recent and whole, and counts of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.x import matching, paging, posts
from postwire.simulator.x.operation import TU, Answer, Operation
from postwire.simulator.x.params import Choice, Whole, Word, iso
from postwire.simulator.x.refusal import InvalidError, bad_query

if TYPE_CHECKING:
    from postwire.simulator.x.operation import Ask
    from postwire.simulator.x.params import Param
    from postwire.simulator.x.records import Post

WEEK, MONTH = 7 * 86_400, 30 * 86_400
PAGE_SECONDS = 31 * 86_400
SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}
SELF_SERVE = {"recent": 512, "all": 1024}  # characters


def recent(ask: Ask) -> Answer:
    """Answer the posts of the last 7 days that a query finds."""
    return _search(ask, "recent")


def everything(ask: Ask) -> Answer:
    """Answer all posts that a query finds."""
    return _search(ask, "all")


def _search(ask: Ask, which: str) -> Answer:
    # X sheet 6.6: at most one of each pair
    for one, other in (("start_time", "since_id"), ("end_time", "until_id")):
        if ask.query.get(one) is not None and ask.query.get(other) is not None:
            raise InvalidError(f"Use only one of `{one}` and `{other}`", {one: []})
    found = _found(ask, which)
    if ask.query.get("sort_order") == "relevancy":  # Sheet silent on what is relevant: likes.
        found.sort(key=lambda post: -sum(post.id in ties.likes for ties in ask.x.ties.values()))
    return posts.posts_page(ask, found, ends=True, depth=len(found))


def _found(ask: Ask, which: str) -> list[Post]:
    query = ask.query["query"]
    # X sheet 6.6: query (self-serve 512 characters, full archive 1,024)
    if ask.self_serve and len(query) > SELF_SERVE[which]:
        raise bad_query("query", query, f"is longer than {SELF_SERVE[which]} characters")
    near = ask.x.alive()
    if which == "recent":
        # X sheet 6.6: window = last 7 days
        start = ask.query.get("start_time")
        if start is not None and start < ask.now - WEEK:
            raise bad_query("start_time", iso(start), "must be within the last 7 days")
        near = [post for post in near if post.created_at >= ask.now - WEEK]
    found = matching.matching(ask.x, query, iter(posts.between(ask, near)))
    return [post for post in found if ask.x.visible(post, ask.viewer)]


def counts_recent(ask: Ask) -> Answer:
    """Count the posts of the last 7 days by time."""
    return _counts(ask, "recent", WEEK)


def counts_all(ask: Ask) -> Answer:
    """Count all posts by time, of the last 30 days unless told."""
    return _counts(ask, "all", MONTH)


def _counts(ask: Ask, which: str, usual: int) -> Answer:
    # X sheet 6.6: Counts (one page covers at most 31 days). Sheet silent on the edges: whole steps of time.
    moments = [post.created_at for post in _found(ask, which)]
    step, end = SECONDS[ask.query["granularity"]], ask.query.get("end_time") or ask.now
    start = ask.query.get("start_time") or end - usual
    edges = _edges(start, end, step)
    size = PAGE_SECONDS // step
    pages = [edges[max(last - size, 0) : last] for last in range(len(edges), 0, -size)]
    taken, meta = paging.page(ask, pages, lambda page: str(round(page[0][0])), back=False, size=1)
    buckets = taken[0] if taken else []
    data = [_bucket(ask, first, last, moments) for first, last in buckets]
    total = sum(sum(first <= moment < last for moment in moments) for first, last in buckets)
    meta.pop("result_count")
    return Answer(data, meta | {ask.lens.word("total_tweet_count"): total})


def _edges(start: float, end: float, step: int) -> list[tuple[float, float]]:
    edges, first = [], start
    while first < end:
        last = min((first // step + 1) * step, end)
        edges.append((first, last))
        first = last
    return edges


def _bucket(ask: Ask, first: float, last: float, moments: list[float]) -> dict[str, Any]:
    count = sum(first <= moment < last for moment in moments)
    return {"start": iso(first), "end": iso(last), ask.lens.word("tweet_count"): count}


_BOTH_TOKENS: dict[str, Param] = {"next_token": Word(), "pagination_token": Word()}
_QUERY: dict[str, Param] = {"query": Word(high=4096, required=True)} | _BOTH_TOKENS | posts.WINDOW
_SORT: dict[str, Param] = {"sort_order": Choice(("recency", "relevancy"))}
# Counts take no field of posts, so no vocabulary is chosen by one: search_count.fields is a free text.
_COUNT: dict[str, Param] = {
    "granularity": Choice(tuple(SECONDS), "hour"),
    "search_count.fields": Word(),
}
OPERATIONS = (
    Operation(
        "GET",
        "/2/tweets/search/recent",
        recent,
        TU,
        who="both",
        limits="U 300; A 450",
        price="read post",
        family="posts",
        query=_QUERY | {"max_results": Whole(10, 100, 10)} | _SORT,
    ),
    Operation(
        "GET",
        "/2/tweets/search/all",
        everything,
        who="app",
        limits="A 1/s; A 300",
        price="read post",
        family="posts",
        query=_QUERY | {"max_results": Whole(10, 500, 10)} | _SORT,
    ),
    Operation(
        "GET",
        "/2/tweets/counts/recent",
        counts_recent,
        "",
        who="both",
        limits="A 300",
        price="counts recent",
        query=_QUERY | _COUNT,
    ),
    Operation(
        "GET",
        "/2/tweets/counts/all",
        counts_all,
        who="app",
        limits="A 300",
        price="counts all",
        query=_QUERY | _COUNT,
    ),
)
