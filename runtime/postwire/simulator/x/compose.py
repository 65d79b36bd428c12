"""The body of POST /2/tweets: what it may hold."""

from __future__ import annotations

from typing import Any

from postwire.simulator.x import shapes
from postwire.simulator.x.refusal import InvalidError
from postwire.simulator.x.shapes import an_id, choice, flag, many, shape, text, whole

REPLY_SETTINGS = choice("following", "mentionedUsers", "subscribers", "verified")
_LINK = shape({"url": text(pattern="^https://")}, "url")
_STORES = ("app_store_id", "ipad_app_store_id", "play_store_id")


def _install(path: str, value: Any) -> None:
    shape({name: text() for name in _STORES})(path, value)
    if not value:
        raise shapes.wrong(path, "needs at least one store id")


def _actions(path: str, value: Any) -> None:
    # X sheet 6.2: call_to_actions (exactly one variant)
    shape({"visit_site": _LINK, "watch_now": _LINK, "app_install": _install})(path, value)
    if len(value) != 1:
        raise shapes.wrong(path, "must have exactly one call to action")


# X sheet 6.2: POST /2/tweets
_MEDIA = shape(
    {
        "media_ids": many(an_id, 1, 4),
        "tagged_user_ids": many(an_id, 0, 10),
        "title": text(),
        "description": text(),
        "embeddable": flag,
        "preview_media_id": an_id,
        "call_to_actions": _actions,
    },
    "media_ids",
)
_POLL = shape(
    {
        "options": many(text(1, 25), 2, 4),
        "duration_minutes": whole(5, 10_080),
        "reply_settings": REPLY_SETTINGS,  # accepted and ignored
    },
    "options duration_minutes",
)
_REPLY = shape(
    {
        "in_reply_to_tweet_id": an_id,
        "exclude_reply_user_ids": many(an_id),
        "auto_populate_reply_metadata": flag,  # accepted and ignored
    },
    "in_reply_to_tweet_id",
)
_FLAGS = ("share_with_followers", "for_super_followers_only", "nullcast", "made_with_ai", "paid_partnership")
BODY = shape(
    {
        "text": text(),
        "media": _MEDIA,
        "poll": _POLL,
        "reply": _REPLY,
        "quote_tweet_id": an_id,
        "reply_settings": REPLY_SETTINGS,
        "community_id": an_id,
        "geo": shape({"place_id": text()}, "place_id"),
        "card_uri": text(),
        "direct_message_deep_link": text(),
        "edit_options": shape({"previous_post_id": an_id}, "previous_post_id"),
        **dict.fromkeys(_FLAGS, flag),
    }
)
_APART = ("media", "quote_tweet_id", "poll", "card_uri")


def check(body: dict[str, Any]) -> None:
    """Refuse what cannot go together, and a post of nothing; raises InvalidError."""
    # X sheet 6.2: text (required unless media present)
    if not body.get("text") and "media" not in body:
        raise InvalidError("$.text: is missing but it is required")
    # X sheet 6.2: Mutual exclusion
    together = [name for name in _APART if name in body]
    if len(together) > 1:
        raise _apart(*together[:2])
    if "card_uri" in body and "direct_message_deep_link" in body:
        raise _apart("card_uri", "direct_message_deep_link")


def _apart(one: str, other: str) -> InvalidError:
    return InvalidError(f"$.{other}: cannot be used together with $.{one}")
