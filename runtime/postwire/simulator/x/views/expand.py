"""Users and posts as answers have them, with what their expansions bring along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postwire.simulator.x import text
from postwire.simulator.x.refusal import not_found
from postwire.simulator.x.views import media as carried
from postwire.simulator.x.views.posts import bare_post, references, replied_user
from postwire.simulator.x.views.users import USER_FIELDS, bare_user

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postwire.simulator.x.lens import Lens, Shown
    from postwire.simulator.x.records import Post
    from postwire.simulator.x.settings import Account


def user(lens: Lens, account: Account) -> Shown:
    """Show a user, and bring along what it refers to."""
    for name in ("pinned_tweet_id", "most_recent_tweet_id"):
        if name in lens.expansions and (post_id := USER_FIELDS[name](lens, account)):
            include_post(lens, post_id, name)
    return bare_user(lens, account)


def post(lens: Lens, one: Post) -> Shown:
    """Show a post, and bring along what it refers to."""
    for name, expand in EXPAND.items():
        if name in lens.expansions:
            expand(lens, one)
    return bare_post(lens, one)


def include_user(lens: Lens, account_id: str, parameter: str) -> None:
    """Bring a user along."""
    account = lens.x.account(account_id)
    if account is None:
        lens.note(not_found(parameter, account_id, "user"))
        return
    lens.includes.setdefault("users", {})[account.id] = bare_user(lens, account)


def include_post(lens: Lens, post_id: str, parameter: str) -> Post | None:
    """Bring a post along."""
    found = lens.x.posts.get(post_id)
    if found is None or not lens.x.visible(found, lens.viewer):
        lens.note(not_found(parameter, post_id, "tweet"))
        return None
    lens.includes.setdefault("tweets", {})[post_id] = bare_post(lens, found)
    return found


def _expand_media(lens: Lens, one: Post) -> None:
    for file in (lens.x.media[m] for m in one.media):
        lens.includes.setdefault("media", {})[file.key] = carried.media(lens, file)


def _expand_poll(lens: Lens, one: Post) -> None:
    if one.poll:
        lens.includes.setdefault("polls", {})[one.poll.id] = carried.poll(lens, one.poll)


def _expand_place(lens: Lens, one: Post) -> None:
    if one.place_id:
        shown = lens.show("place", carried.PLACE_FIELDS, one.place_id)
        lens.includes.setdefault("places", {})[one.place_id] = shown


def _expand_replied(lens: Lens, one: Post) -> None:
    if account_id := replied_user(lens, one):
        include_user(lens, account_id, "in_reply_to_user_id")


def _expand_mentions(lens: Lens, one: Post) -> None:
    for username in sorted(text.mentions(one.text)):
        if account := lens.x.account(username):
            include_user(lens, account.id, "entities.mentions.username")


def _expand_references(lens: Lens, one: Post) -> None:
    for reference in references(one):
        include_post(lens, reference["id"], lens.word("referenced_tweets") + ".id")


def _expand_authors(lens: Lens, one: Post) -> None:
    for reference in references(one):
        found = include_post(lens, reference["id"], "referenced_tweets.id")
        if found:
            include_user(lens, found.author_id, "referenced_tweets.id.author_id")


def _expand_referenced_media(lens: Lens, one: Post) -> None:
    for reference in references(one):
        found = include_post(lens, reference["id"], "referenced_tweets.id")
        if found:
            _expand_media(lens, found)


def _expand_history(lens: Lens, one: Post) -> None:
    for version in one.history:
        include_post(lens, version, lens.word("edit_history_tweet_ids"))


EXPAND: Mapping[str, Callable[[Lens, Post], None]] = {
    "author_id": lambda lens, one: include_user(lens, one.author_id, "author_id"),
    "in_reply_to_user_id": _expand_replied,
    "entities.mentions.username": _expand_mentions,
    "attachments.media_keys": _expand_media,
    "article.cover_media": _expand_media,
    "attachments.poll_ids": _expand_poll,
    "geo.place_id": _expand_place,
    "referenced_tweets.id": _expand_references,
    "referenced_tweets.id.author_id": _expand_authors,
    "referenced_tweets.id.attachments.media_keys": _expand_referenced_media,
    "edit_history_tweet_ids": _expand_history,
}
