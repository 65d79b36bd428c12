"""What posts look like in answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postwire.simulator.x import text
from postwire.simulator.x.params import iso
from postwire.simulator.x.refusal import withheld_field
from postwire.simulator.x.views.media import MONTH, PRIVATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.x.lens import Field, Lens, Shown
    from postwire.simulator.x.records import Post

EDITS = 5


# X sheet 3: Allowed values (in 2.167 these ids come with their expansion; the id then is in the data too)
EXPANSION_FIELDS: Mapping[str, str] = {
    "author_id": "author_id",
    "in_reply_to_user_id": "in_reply_to_user_id",
    "referenced_tweets.id": "referenced_tweets",
    "referenced_tweets.id.author_id": "referenced_tweets",
    "referenced_tweets.id.attachments.media_keys": "referenced_tweets",
    "edit_history_tweet_ids": "edit_history_tweet_ids",
    "attachments.media_keys": "attachments",
    "attachments.poll_ids": "attachments",
    "attachments.media_source_tweet": "attachments",
    "geo.place_id": "geo",
    "entities.mentions.username": "entities",
}


def bare_post(lens: Lens, one: Post) -> Shown:
    """Show a post, without what it refers to."""
    extra = frozenset(EXPANSION_FIELDS[name] for name in lens.expansions & EXPANSION_FIELDS.keys())
    shown = lens.show("post", POST_FIELDS, one, extra)
    for name in PRIVATE:
        if lens.wants("post", name):
            _private(lens, one, name, shown)
    return shown


def _private(lens: Lens, one: Post, name: str, shown: Shown) -> None:
    # X sheet 9: Metrics and analytics (the author's user token, posts of at most 30 days)
    if lens.viewer != one.author_id or one.created_at < lens.x.clock.now() - MONTH:
        lens.note(withheld_field(name, one.id, "tweet"))
        return
    told = metrics(lens, one)
    clicks = {"url_link_clicks": one.clicks, "user_profile_clicks": 0}
    engagements = one.clicks + sum(told.values()) - one.impressions
    public = {key: told[key] for key in ("like_count", "reply_count", lens.word("retweet_count"))}
    organic = {"impression_count": one.impressions, **public, **clicks}
    if name == "non_public_metrics":
        shown[name] = {"impression_count": one.impressions, **clicks, "engagements": engagements}
    elif name == "organic_metrics" or one.promoted:
        # Sheet silent on promoted_metrics of what is not promoted: left out.
        shown[name] = organic


def metrics(lens: Lens, one: Post) -> dict[str, int]:
    """Count what happened to a post."""
    # X sheet 9: public_metrics (Post)
    x, versions = lens.x, set(one.history)
    alive = [p for p in x.posts.values() if not p.deleted and p.latest == p.id]
    return {
        lens.word("retweet_count"): sum(p.reposted in versions for p in alive),
        "reply_count": sum(p.reply_to in versions for p in alive),
        "like_count": sum(not versions.isdisjoint(ties.likes) for ties in x.ties.values()),
        "quote_count": sum(p.quoted in versions for p in alive),
        "bookmark_count": sum(not versions.isdisjoint(ties.bookmarks) for ties in x.ties.values()),
        "impression_count": one.impressions,
    }


def references(one: Post) -> list[dict[str, str]]:
    """List what a post refers to."""
    kinds = (("retweeted", one.reposted), ("quoted", one.quoted), ("replied_to", one.reply_to))
    return [{"type": kind, "id": ref} for kind, ref in kinds if ref]


def _attachments(lens: Lens, one: Post) -> Shown:
    keys = [lens.x.media[m].key for m in one.media]
    polls = [one.poll.id] if one.poll else []
    return {name: ids for name, ids in (("media_keys", keys), ("poll_ids", polls)) if ids}


def _entities(lens: Lens, one: Post) -> Shown:
    def known(username: str) -> str | None:
        account = lens.x.account(username)
        return account.id if account else None

    return text.entities(one.text, one.links, known)


def _edit_controls(lens: Lens, one: Post) -> Shown:
    # X sheet 6.2: Edit rules (at most 5 edits; not polls, replies to others, reposts, community, promoted)
    owner = lens.x.account(one.author_id)
    left = max(EDITS - len(one.history) + 1, 0)
    eligible = bool(owner and owner.premium) and editable_kind(lens.x.posts, one)
    until = one.first_at + lens.x.settings.edit_minutes * 60
    return {"edits_remaining": left, "is_edit_eligible": eligible, "editable_until": iso(until)}


def editable_kind(posts: Mapping[str, Post], one: Post) -> bool:
    """Tell whether a post is of a kind that may be edited."""
    target = posts.get(one.reply_to)
    to_another = bool(one.reply_to) and (target is None or target.author_id != one.author_id)
    return not (one.poll or to_another or one.reposted or one.community_id or one.promoted)


def _note(_lens: Lens, one: Post) -> Shown | None:
    # X sheet 6.4: Lookup (long posts)
    return {"text": one.text} if text.weight(one.given) > text.LIMIT else None


def _short(_lens: Lens, one: Post) -> str:
    return one.text[: text.LIMIT] if text.weight(one.given) > text.LIMIT else one.text


def replied_user(lens: Lens, one: Post) -> str | None:
    """Tell whom a post answers."""
    target = lens.x.posts.get(one.reply_to)
    return target.author_id if target else None


def _media_metadata(lens: Lens, one: Post) -> list[Shown]:
    files = [lens.x.media[m] for m in one.media]
    return [{"media_key": file.key, "alt_text": file.alt_text} for file in files if file.alt_text]


POST_FIELDS: Mapping[str, Field] = {
    "id": lambda _, one: one.id,
    "text": _short,
    "edit_history_tweet_ids": lambda _, one: one.history,
    "article": lambda _, one: {"title": one.article} if one.article else None,
    "article_title": lambda _, one: {"title": one.article} if one.article else None,
    "attachments": _attachments,
    "author_id": lambda _, one: one.author_id,
    "card_uri": lambda _, one: one.card_uri,
    "community_id": lambda _, one: one.community_id,
    "conversation_id": lambda _, one: one.root_id,
    "created_at": lambda _, one: iso(one.created_at),
    "display_text_range": lambda lens, one: [0, len(_short(lens, one))],
    "edit_controls": _edit_controls,
    "entities": _entities,
    "geo": lambda _, one: {"place_id": one.place_id} if one.place_id else None,
    "in_reply_to_user_id": replied_user,
    "lang": lambda _, one: "en" if one.given.isascii() else "und",
    "media_metadata": _media_metadata,
    "note_tweet": _note,
    "paid_partnership": lambda _, one: one.paid_partnership,
    "possibly_sensitive": lambda _lens, _one: False,
    "public_metrics": metrics,
    "referenced_tweets": lambda _, one: references(one),
    "reply_settings": lambda _, one: one.reply_settings,
    "source": lambda _lens, _one: "Postwire simulator",
}
