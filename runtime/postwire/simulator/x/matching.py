"""The query language of post search: read into one test of a post."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postwire.simulator.x import text
from postwire.simulator.x.refusal import InvalidError

if TYPE_CHECKING:
    from postwire.simulator.x.records import Post
    from postwire.simulator.x.state import X

Test = Callable[["X", "Post"], bool]
Maker = Callable[[str], Test]
_TOKEN = re.compile(r'-?\(|\)|-?[A-Za-z_]+:"[^"]*"|-?"[^"]*"|[^\s()]+')
_OPERATOR = re.compile(r"([A-Za-z_]+):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Term:
    """A test, and whether it may stand alone."""

    test: Test
    alone: bool


def read(query: str) -> Test:
    """Read a query; raises InvalidError."""
    # X sheet 6.6: AND binds tighter than OR; negation -; no negated groups
    tokens = _TOKEN.findall(query)
    found, rest = _either(tokens, 0)
    if rest != len(tokens):
        raise _refused(query, "has a parenthesis too many")
    # X sheet 6.6: is:, has:, lang: cannot stand alone. Sheet silent on negated terms: neither can they.
    if not found.alone:
        raise _refused(query, "needs at least one standalone operator")
    return found.test


def _refused(what: str, why: str) -> InvalidError:
    return InvalidError(
        f"There were errors processing your request: {what[:80]} {why}", {"query": [what[:80]]}
    )


def _either(tokens: list[str], at: int) -> tuple[Term, int]:
    parts = []
    while True:
        part, at = _all(tokens, at)
        parts.append(part)
        if at >= len(tokens) or tokens[at] != "OR":
            break
        at += 1
    tests = [part.test for part in parts]
    term = Term(lambda x, post: any(test(x, post) for test in tests), all(part.alone for part in parts))
    return (parts[0] if len(parts) == 1 else term), at


def _all(tokens: list[str], at: int) -> tuple[Term, int]:
    parts = []
    while at < len(tokens) and tokens[at] not in {"OR", ")"}:
        if tokens[at] == "AND":  # Sheet silent on a written AND: taken.
            at += 1
            continue
        part, at = _one(tokens, at)
        parts.append(part)
    if not parts:
        raise _refused(" ".join(tokens), "has an empty part")
    tests = [part.test for part in parts]
    return Term(lambda x, post: all(test(x, post) for test in tests), any(part.alone for part in parts)), at


def _one(tokens: list[str], at: int) -> tuple[Term, int]:
    token = tokens[at]
    if token == "-(":  # noqa: S105 - a word of the query
        raise _refused(token, "negates a group")
    if token == "(":  # noqa: S105 - a word of the query
        inner, at = _either(tokens, at + 1)
        if at >= len(tokens) or tokens[at] != ")":
            raise _refused(" ".join(tokens), "has a parenthesis too few")
        return inner, at + 1
    if token.startswith("-") and len(token) > 1:
        positive = _term(token[1:])
        return Term(lambda x, post: not positive.test(x, post), False), at + 1
    return _term(token), at + 1


def _term(token: str) -> Term:
    match = _OPERATOR.fullmatch(token)
    if match is None or "://" in token:
        return Term(_word(token), True)
    name, value = match[1].lower(), match[2].strip('"')
    if name in _WEAK:
        kinds = _WEAK[name]
        if name != "lang" and value.lower() not in kinds:
            raise _refused(token, "is not a known operator")
        return Term(kinds[value.lower()] if name != "lang" else _lang(value), False)
    if name not in OPERATORS:  # X sheet 6.6: min_faves and min_retweets are refused with 400
        raise _refused(token, "is not a known operator")
    return Term(OPERATORS[name](value), True)


def _word(token: str) -> Test:
    wanted = token.strip('"').lower()
    if token.startswith('"'):
        return lambda _, post: wanted in post.text.lower()
    if token.startswith("@"):
        return lambda _, post: wanted[1:] in text.mentions(post.text)
    if token.startswith("#"):
        return lambda _, post: wanted[1:] in {tag.lower() for tag in text.HASHTAG.findall(post.text)}
    if token.startswith("$"):
        return lambda _, post: wanted[1:] in {tag.lower() for tag in text.CASHTAG.findall(post.text)}
    whole = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)")
    return lambda _, post: bool(whole.search(post.text.lower()))


def _lang(value: str) -> Test:
    return lambda _, post: (value.lower() == "en") == post.given.isascii()


def _author(value: str) -> Test:
    wanted = value.lstrip("@")

    def test(x: X, post: Post) -> bool:
        account = x.account(wanted)
        return account is not None and post.author_id == account.id

    return test


def _to(value: str) -> Test:
    wanted = value.lstrip("@")

    def test(x: X, post: Post) -> bool:
        account, target = x.account(wanted), x.posts.get(post.reply_to)
        return account is not None and target is not None and target.author_id == account.id

    return test


def _reposts_of(value: str) -> Test:
    def test(x: X, post: Post) -> bool:
        account, source = x.account(value.lstrip("@")), x.posts.get(post.reposted)
        by_author = account is not None and source is not None and source.author_id == account.id
        return post.reposted == value or by_author

    return test


def _in_list(value: str) -> Test:
    return lambda x, post: value in x.lists and post.author_id in x.lists[value].members


def _link(value: str) -> Test:
    return lambda _, post: any(value.lower() in given.lower() for _, given in post.links)


def _at_least(count: Callable[[X, Post], int]) -> Maker:
    def make(value: str) -> Test:
        if not value.isdigit():
            raise _refused(value, "is not a number")
        return lambda x, post: count(x, post) >= int(value)

    return make


def _likes(x: X, post: Post) -> int:
    return sum(post.id in ties.likes for ties in x.ties.values())


def _replies(x: X, post: Post) -> int:
    return sum(other.reply_to == post.id for other in x.alive())


def _reposts(x: X, post: Post) -> int:
    return sum(other.reposted == post.id for other in x.alive())


# X sheet 6.6: Common operators
OPERATORS: Mapping[str, Maker] = {
    "from": _author,
    "to": _to,
    "conversation_id": lambda value: lambda _, post: post.root_id == value,
    "in_reply_to_tweet_id": lambda value: lambda _, post: post.reply_to == value,
    "retweets_of": _reposts_of,
    "quotes_of_tweet_id": lambda value: lambda _, post: post.quoted == value,
    "list": _in_list,
    "url": _link,
    "min_likes": _at_least(_likes),
    "min_replies": _at_least(_replies),
    "min_reposts": _at_least(_reposts),
}


def _verified(x: X, post: Post) -> bool:
    author = x.account(post.author_id)
    return author is not None and author.verified_type != "none"


def _has(*kinds: str) -> Test:
    return lambda x, post: any(x.media[media_id].kind in kinds for media_id in post.media)


_WEAK: Mapping[str, Mapping[str, Test]] = {
    "lang": {},
    "is": {
        "reply": lambda _, post: bool(post.reply_to),
        "retweet": lambda _, post: bool(post.reposted),
        "quote": lambda _, post: bool(post.quoted),
        "verified": _verified,
    },
    "has": {
        "media": lambda _, post: bool(post.media),
        "images": _has("photo"),
        "video_link": _has("video"),
        "links": lambda _, post: bool(post.links),
        "hashtags": lambda _, post: bool(text.HASHTAG.search(post.text)),
        "cashtags": lambda _, post: bool(text.CASHTAG.search(post.text)),
        "mentions": lambda _, post: bool(text.mentions(post.text)),
        "geo": lambda _, post: bool(post.place_id),
    },
}


def matching(x: X, query: str, posts: Iterator[Post]) -> list[Post]:
    """List the posts that a query finds."""
    test = read(query)
    # X sheet 6.6: Reposts are no longer returned by keyword search. Sheet silent: by name, they are.
    named = re.search(r"(?:^|[\s(])(?:retweets_of:|is:retweet)", query, re.IGNORECASE)
    return [post for post in posts if (named or not post.reposted) and not post.promoted and test(x, post)]
