"""Reading posts: by id, timelines, what refers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.x import paging, text, users
from postwire.simulator.x.operation import TU, Answer, Operation
from postwire.simulator.x.params import ID, Many, Moment, Param, Word
from postwire.simulator.x.refusal import InvalidError, MissingError, hidden, not_found
from postwire.simulator.x.views.expand import post as shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from postwire.simulator.x.operation import Ask
    from postwire.simulator.x.records import Post

WEEK = 7 * 86_400
DEPTH, SHORT_DEPTH, MENTION_DEPTH = 3_200, 800, 800  # posts


def by_id(ask: Ask) -> Answer:
    """Answer one post."""
    # X sheet 6.4: Lookup (missing or invisible: HTTP 200 with errors[] and no data; 404 in another text)
    post_id = ask.params["id"]
    found = find(ask, "id", [post_id])
    if not found and ask.x.settings.missing_post_404:
        raise MissingError("id", post_id, "tweet")
    return Answer(shown(ask.lens, found[0]) if found else None)


def by_ids(ask: Ask) -> Answer:
    """Answer those posts that are there, and name the others."""
    # X sheet 6.4: Lookup
    found = find(ask, "ids", ask.query["ids"])
    return Answer([shown(ask.lens, post) for post in found], {"result_count": len(found)})


def find(ask: Ask, name: str, ids: Iterable[str]) -> list[Post]:
    """Find posts by ids; what is missing or may not be seen is noted."""
    found = []
    for post_id in dict.fromkeys(ids):
        if post := ask.post(post_id):
            found.append(post)
        else:
            kept = ask.x.posts.get(post_id)
            there = kept is not None and not kept.deleted
            ask.lens.note((hidden if there else not_found)(name, post_id, "tweet"))
    return found


def posts_page(
    ask: Ask, posts: Iterable[Post], *, ends: bool = False, back: bool = True, depth: int = DEPTH
) -> Answer:
    """Answer a page of those posts that the user may see; `ends` adds newest_id and oldest_id."""
    # X sheet 6.5: Timelines (beyond the depth: 200 with no data)
    seen = [post for post in posts if ask.x.visible(post, ask.viewer)][:depth]
    taken, meta = paging.page(ask, seen, lambda post: post.id, back=back)
    if ends and taken:
        meta |= {"newest_id": taken[0].id, "oldest_id": taken[-1].id}
    return Answer([shown(ask.lens, post) for post in taken], meta)


def between(ask: Ask, posts: Iterable[Post]) -> list[Post]:
    """Keep the posts in the window that was asked for."""
    # X sheet 6.5: since_id/until_id win over start_time/end_time; each pair must be in order
    query = ask.query
    for low, high in (("start_time", "end_time"), ("since_id", "until_id")):
        first, last = (_number(query.get(name)) for name in (low, high))
        if first is not None and last is not None and first >= last:
            raise InvalidError(f"`{low}` must be before `{high}`", {low: [str(first)]})
    start = query["start_time"] if query.get("start_time") and not query.get("since_id") else 0.0
    end = query["end_time"] if query.get("end_time") and not query.get("until_id") else float("inf")
    since, until = int(query.get("since_id") or 0), int(query.get("until_id") or 10**19)
    return [p for p in posts if start <= p.created_at < end and since < int(p.id) < until]


def _number(value: str | float | None) -> float | None:
    return int(value) if isinstance(value, str) else value


def _excluding(ask: Ask, posts: Iterable[Post]) -> list[Post]:
    out = ask.query.get("exclude") or ()
    return [
        post
        for post in posts
        if not ("replies" in out and post.reply_to) and not ("retweets" in out and post.reposted)
    ]


def of_user(ask: Ask) -> Answer:
    """Answer the posts of a user."""
    account = someone(ask)
    if account is None:
        return Answer()
    out = ask.query.get("exclude") or ()
    depth = SHORT_DEPTH if "replies" in out else DEPTH
    mine = [p for p in ask.x.alive(account) if not p.promoted]
    return posts_page(ask, between(ask, _excluding(ask, mine)), ends=True, depth=depth)


def someone(ask: Ask) -> str | None:
    """Find the user in the path whose things are read; None, and a note, where that cannot be."""
    # X sheet 6.4: Lookup (partial errors), taken for what belongs to a user too
    account = ask.x.account(ask.params["id"])
    if account is None:
        ask.lens.note(not_found("id", ask.params["id"], "user"))
    elif not ask.x.sees(ask.viewer, account):
        ask.lens.note(hidden("id", account.id, "user"))
    else:
        return account.id
    return None


def mentions(ask: Ask) -> Answer:
    """Answer the posts that mention a user."""
    account = ask.x.account(ask.params["id"])
    if account is None:
        ask.lens.note(not_found("id", ask.params["id"], "user"))
        return Answer()
    name = account.username.lower()
    found = [p for p in ask.x.alive() if name in text.mentions(p.text) and p.author_id != account.id]
    return posts_page(ask, between(ask, found), ends=True, depth=MENTION_DEPTH)


def home(ask: Ask) -> Answer:
    """Answer the user's home timeline."""
    # X sheet 6.5: reverse_chronological (3,200 or 7 days)
    near = {ask.me.id, *ask.ties.following} - set(ask.ties.muting)
    since = ask.now - WEEK
    found = [p for p in ask.x.alive() if p.author_id in near and p.created_at >= since and not p.promoted]
    return posts_page(ask, between(ask, _excluding(ask, found)), ends=True)


def quotes(ask: Ask) -> Answer:
    """Answer the posts that quote a post."""
    found = [post for post in ask.x.alive() if post.quoted == ask.params["id"]]
    return _about(ask, lambda: posts_page(ask, _excluding(ask, found), back=False))


def reposts(ask: Ask) -> Answer:
    """Answer the reposts of a post."""
    found = [post for post in ask.x.alive() if post.reposted == ask.params["id"]]
    return _about(ask, lambda: posts_page(ask, found))


def reposted_by(ask: Ask) -> Answer:
    """Answer the users who reposted a post."""
    ids = [post.author_id for post in ask.x.alive() if post.reposted == ask.params["id"]]
    return _about(ask, lambda: users.users_page(ask, users.of_ids(ask, ids)))


def liked_by(ask: Ask) -> Answer:
    """Answer the users who like a post."""
    ids = [who for who, ties in ask.x.ties.items() if ask.params["id"] in ties.likes]
    return _about(ask, lambda: users.users_page(ask, users.of_ids(ask, ids)))


def reposts_of_me(ask: Ask) -> Answer:
    """Answer the user's posts that others reposted."""
    # Sheet silent on what is listed: the user's own posts.
    reposted = {post.reposted for post in ask.x.alive()}
    return posts_page(ask, [post for post in ask.x.alive(ask.me.id) if post.id in reposted])


def _about(ask: Ask, answer: Callable[[], Answer]) -> Answer:
    return answer() if find(ask, "id", [ask.params["id"]]) else Answer()


# X sheet 6.5: Timelines (default page size [memory]: 10, and 100 for home)
WINDOW: dict[str, Param] = {
    "since_id": Word(ID),
    "until_id": Word(ID),
    "start_time": Moment(),
    "end_time": Moment(),
}
EXCLUDE: dict[str, Param] = {"exclude": Many(allowed=("replies", "retweets"), unique=True)}
_READ: dict[str, Any] = {"who": "both", "price": "read post", "family": "posts"}
_MINE: dict[str, Any] = {"price": "read post", "family": "posts"}
_USERS: dict[str, Any] = {"price": "read user", "family": "users"}
OPERATIONS = (
    Operation("GET", "/2/tweets/{id}", by_id, limits="U 900; A 450", **_READ),
    Operation(
        "GET", "/2/tweets", by_ids, limits="U 5,000; A 3,500", query={"ids": Many(required=True)}, **_READ
    ),
    Operation(
        "GET",
        "/2/users/{id}/tweets",
        of_user,
        limits="U 900; A 10,000",
        owned=True,
        query=paging.parameters(5, 100, 10) | WINDOW | EXCLUDE,
        **_READ,
    ),
    Operation(
        "GET",
        "/2/users/{id}/mentions",
        mentions,
        limits="U 300; A 450",
        owned=True,
        query=paging.parameters(5, 100, 10) | WINDOW,
        **_READ,
    ),
    Operation(
        "GET",
        "/2/users/{id}/timelines/reverse_chronological",
        home,
        limits="U 180",
        own="id",
        query=paging.parameters(1, 100, 100) | WINDOW | EXCLUDE,
        **_MINE,
    ),
    Operation(
        "GET",
        "/2/tweets/{id}/quote_tweets",
        quotes,
        limits="75",
        query=paging.parameters(10, 100, 10) | EXCLUDE,
        **_READ,
    ),
    Operation(
        "GET",
        "/2/tweets/{id}/retweets",
        reposts,
        limits="75",
        query=paging.parameters(1, 100, 100),
        **_READ,
    ),
    Operation(
        "GET",
        "/2/users/reposts_of_me",
        reposts_of_me,
        "timeline.read tweet.read",
        limits="U 75",
        query=paging.parameters(1, 100, 100),
        **_MINE,
    ),
    Operation(
        "GET",
        "/2/tweets/{id}/retweeted_by",
        reposted_by,
        limits="75",
        who="both",
        query=paging.parameters(1, 100, 100),
        **_USERS,
    ),
    Operation(
        "GET",
        "/2/tweets/{id}/liking_users",
        liked_by,
        f"{TU} like.read",
        limits="75",
        query=paging.parameters(1, 100, 100),
        **_USERS,
    ),
)
