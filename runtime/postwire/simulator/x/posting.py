"""Writing posts: create, edit, delete, hide a reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.x import compose, rules, text
from postwire.simulator.x.operation import TU, Answer, Operation
from postwire.simulator.x.records import Poll, Post
from postwire.simulator.x.refusal import MissingError, not_found, not_permitted
from postwire.simulator.x.shapes import flag, shape

if TYPE_CHECKING:
    from postwire.simulator.x.operation import Ask
    from postwire.simulator.x.records import Media


def create(ask: Ask) -> Answer:
    """Create a post, or a new version of one."""
    # X sheet 6.2: POST /2/tweets
    body, given = ask.body, ask.body.get("text", "")
    compose.check(body)
    old = rules.edit(ask, body) if "edit_options" in body else None
    target = rules.reply(ask, body["reply"]["in_reply_to_tweet_id"]) if "reply" in body else None
    quoted = rules.quote(ask, body["quote_tweet_id"]) if "quote_tweet_id" in body else None
    if "community_id" in body:
        rules.member(ask, body["community_id"])
    files = rules.files(ask, body["media"]["media_ids"]) if "media" in body else []
    rules.words(ask, given, target)
    rules.not_twice(ask, given)
    _price(ask, given, target)
    fields = _fields(ask, files) | _place_in_conversation(target, quoted, old)
    post = ask.x.add_post(ask.me.id, given, **fields)
    if old is not None:
        _succeed(ask, old, post)
    data = {"id": post.id, "text": post.text, "edit_history_tweet_ids": post.history}
    return Answer(data)


def _price(ask: Ask, given: str, target: Post | None) -> None:
    # X sheet 11: Price list. Sheet silent on a summoned reply with a link: the reply's price.
    if target is not None and target.author_id != ask.me.id and ask.self_serve:
        ask.price = "summoned reply"
    elif text.LINK.search(given):
        ask.price = "post with link"


def _fields(ask: Ask, files: list[Media]) -> dict[str, Any]:
    body = ask.body
    tagged = map(ask.x.account, body.get("media", {}).get("tagged_user_ids", []))
    return {
        "media": [file.id for file in files],
        # X sheet 6.2: media.tagged_user_ids (silently dropped if the person disallows tagging)
        "tagged": [account.id for account in tagged if account and account.tagging],
        "poll": _poll(ask, body["poll"]) if "poll" in body else None,
        "reply_settings": body.get("reply_settings", "everyone"),
        "community_id": body.get("community_id", ""),
        # X sheet 6.2: geo.place_id (ignored if the account has geo disabled)
        "place_id": body.get("geo", {}).get("place_id", "") if ask.me.geo_enabled else "",
        "card_uri": body.get("card_uri", ""),
        "paid_partnership": body.get("paid_partnership", False),
        "made_with_ai": body.get("made_with_ai", False),
        "promoted": body.get("nullcast", False),
        "subscribers_only": body.get("for_super_followers_only", False),
    }


def _poll(ask: Ask, given: dict[str, Any]) -> Poll:
    options, minutes = given["options"], given["duration_minutes"]
    return Poll(ask.x.id(), list(options), minutes, ask.now + minutes * 60, [0] * len(options))


def _place_in_conversation(target: Post | None, quoted: Post | None, old: Post | None) -> dict[str, Any]:
    place: dict[str, Any] = {"quoted": quoted.id if quoted else ""}
    if target is not None:
        place |= {"reply_to": target.id, "root_id": target.root_id}
    if old is not None:
        place |= {"reply_to": old.reply_to, "root_id": old.root_id, "first_at": old.first_at}
    return place


def _succeed(ask: Ask, old: Post, new: Post) -> None:
    # X sheet 6.2: edit_options (edits that post instead of creating; new id is returned)
    history = [*old.history, new.id]
    for version in history:
        ask.x.posts[version].history = history


def delete(ask: Ask) -> Answer:
    """Delete a post, and every version of it."""
    # X sheet 6.3: DELETE /2/tweets/{id}
    post = ask.x.posts.get(ask.params["id"])
    if post is None or post.deleted:
        if not ask.x.settings.missing_delete_ok:
            raise MissingError("id", ask.params["id"], "tweet")
        return Answer({"deleted": True})
    if post.author_id != ask.me.id:
        raise not_permitted()
    for version in post.history:
        ask.x.posts[version].deleted = True
    return Answer({"deleted": True})


def hide(ask: Ask) -> Answer:
    """Hide a reply in a conversation of the user's, or show it again."""
    # X sheet 6.7: hide reply. Sheet silent on whose replies: those in a conversation that the user began.
    post = ask.post(ask.params["tweet_id"])
    if post is None:
        ask.lens.note(not_found("tweet_id", ask.params["tweet_id"], "tweet"))
        return Answer()
    root = ask.x.posts.get(post.root_id)
    if not post.reply_to or root is None or root.author_id != ask.me.id:
        raise not_permitted()
    post.hidden = ask.body["hidden"]
    return Answer({"hidden": post.hidden})


WRITE = f"{TU} tweet.write"
OPERATIONS = (
    Operation(
        "POST",
        "/2/tweets",
        create,
        WRITE,
        limits="U 100; A 10,000/24h",
        price="post",
        body=compose.BODY,
        ok=201,
    ),
    Operation("DELETE", "/2/tweets/{id}", delete, WRITE, limits="U 50", price="manage"),
    Operation(
        "PUT",
        "/2/tweets/{tweet_id}/hidden",
        hide,
        f"{TU} tweet.moderate.write",
        limits="U 50",
        price="manage",
        body=shape({"hidden": flag}, "hidden"),
    ),
)
