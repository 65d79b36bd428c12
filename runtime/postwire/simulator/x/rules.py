"""What a post must keep to: length, media, the plan's gates, duplicates, the conversation's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from postwire.simulator.x import text
from postwire.simulator.x.refusal import InvalidError, ProblemError, forbidden, not_permitted
from postwire.simulator.x.views.posts import EDITS, editable_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postwire.simulator.x.operation import Ask
    from postwire.simulator.x.records import Media, Post

# X sheet 13: scripted failure by file-name or magic marker (these are the simulator's own)
LONG_VIDEO = b"sim:long"  # a video of more than 140 seconds
OUT_OF_SPEC = b"sim:spec"  # one that is taken, and refused when it is posted
LONG_REPLY_GATE = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by "
    "the author of the post you are replying to."
)


def words(ask: Ask, given: str, replied: Post | None) -> None:
    """Check the text; raises a refusal."""
    # X sheet 8: Over-limit answer (400 with "too long"). Sheet silent on its form: as other wrong input.
    limit = text.LONG_LIMIT if ask.me.premium else text.LIMIT
    author = ask.x.account(replied.author_id) if replied else None
    own = text.without_leading(given, [author.username] if author else [])
    if text.weight(own) > limit:
        raise InvalidError("Your post text is too long.", {"text": []})
    # X sheet 1.6: Max 1 cashtag on self-serve
    if ask.self_serve and ask.x.settings.cashtag_limit and len(text.CASHTAG.findall(given)) > 1:
        raise forbidden("Posts are limited to a maximum of one cashtag.")
    # X sheet 12.2: 403 "invalid URL" (link blocked by X)
    for link in text.LINK.findall(given):
        host = urlsplit(link if "://" in link else f"http://{link}").hostname or ""
        if host in ask.x.settings.blocked_hosts:
            raise forbidden("You are not allowed to post an invalid URL.")


def not_twice(ask: Ask, given: str) -> None:
    """Refuse the text of another recent post."""
    # X sheet 13: duplicate_window. Sheet silent on deleted posts and on posts without text: not counted.
    since = ask.now - ask.x.settings.duplicate_window
    mine = ask.x.alive(ask.me.id)
    if given and any(post.given == given and post.created_at > since for post in mine):
        raise forbidden("You are not allowed to create a Tweet with duplicate content.")


def files(ask: Ask, ids: Sequence[str]) -> list[Media]:
    """Check the media of a post: mine, in time, ready, and of kinds that go together."""
    # X sheet 6.2: media.media_ids (1 to 4 photos or 1 GIF or 1 video, never mixed); sheet 13: unfinished ids
    found = [usable(ask, media_id, "tweet") for media_id in ids]
    kinds = {file.kind for file in found}
    if len(kinds) > 1 or (len(found) > 1 and kinds != {"photo"}):
        raise bad_media(ids)
    if any(LONG_VIDEO in file.head for file in found) and not ask.me.premium:
        raise forbidden("You are not allowed to create a Tweet with a video longer than 2 minutes.")
    return found


def usable(ask: Ask, media_id: str, use: str) -> Media:
    """Find a file that this user may attach now; `use` is tweet or dm."""
    file = ask.x.media.get(media_id)
    if file is None or ask.me.id not in {file.owner_id, *file.owners}:
        raise bad_media([media_id])
    kinds = {f"{use}_image", f"{use}_gif", f"{use}_video"} | ({"amplify_video"} if use == "tweet" else set())
    ready = file.state == "succeeded" and file.expires_at > ask.now and file.category in kinds
    if not ready or OUT_OF_SPEC in file.head:
        raise bad_media([media_id])
    return file


def bad_media(ids: Sequence[str]) -> InvalidError:
    """Refuse media ids."""
    # X sheet 12.2: "media IDs are invalid"
    return InvalidError("Your media IDs are invalid.", {"media.media_ids": [f"[{', '.join(ids)}]"]})


def reply(ask: Ask, target_id: str) -> Post:
    """Find the post to be answered, where this user may."""
    target = ask.post(target_id)
    if target is None:
        # Sheet silent on a reply to what is not there.
        raise forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
    if target.author_id == ask.me.id:
        return target  # X sheet 6.2: Threads (self-replies are allowed)
    called = summoned(ask, target)
    if not _conversation_open(ask, target, called=called):
        raise forbidden(LONG_REPLY_GATE)
    # X sheet 1.3: Replies are gated
    if ask.self_serve and ask.x.settings.self_serve_reply_gate and not called:
        raise forbidden(LONG_REPLY_GATE)
    return target


def summoned(ask: Ask, target: Post) -> bool:
    """Tell whether a post calls this user: it mentions them, or quotes one of their posts."""
    # X sheet 1.3: "summoned". Sheet silent on an answer to their post: it mentions them, as apps fill in.
    mine = {post.id for post in ask.x.posts.values() if post.author_id == ask.me.id}
    called = ask.me.username.lower() in text.mentions(target.text)
    return called or target.quoted in mine or target.reply_to in mine


def _conversation_open(ask: Ask, target: Post, *, called: bool) -> bool:
    # X sheet 6.2: reply_settings (of the answered post)
    open_to = {
        "following": ask.me.id in ask.x.ties[target.author_id].following,
        "verified": ask.me.verified_type != "none",
        "mentionedUsers": False,
        "subscribers": False,
    }
    return called or open_to.get(target.reply_settings, True)


def quote(ask: Ask, target_id: str) -> Post:
    """Find the post to be quoted, where this user may."""
    # X sheet 1.4: quote_tweet_id is Enterprise-only
    if ask.self_serve and ask.x.settings.self_serve_quote_block:
        raise forbidden("Quoting this post is not allowed because your plan does not include quote posts.")
    target = ask.post(target_id)
    if target is None:  # Sheet silent on quoting what is not there.
        raise InvalidError("The quoted post does not exist.", {"quote_tweet_id": [target_id]})
    return target


def member(ask: Ask, community_id: str) -> None:
    """Refuse a Community that the user is not in."""
    # X sheet 6.2: community_id (membership needed). Sheet silent on the refusal.
    community = ask.x.community(community_id)
    if community is None or ask.me.id not in community.members:
        raise forbidden("You are not a member of this Community.")


def edit(ask: Ask, body: dict[str, Any]) -> Post:
    """Find the post to be edited, where this user may."""
    # X sheet 6.2: Edit rules. Sheet silent on the refusals.
    old = ask.post(body["edit_options"]["previous_post_id"])
    if old is None:
        raise InvalidError("The post to edit does not exist.", {"edit_options.previous_post_id": []})
    if old.author_id != ask.me.id:
        raise not_permitted()
    if not ask.me.premium:
        raise forbidden("You are not permitted to edit posts: this needs Premium.")
    until = old.first_at + ask.x.settings.edit_minutes * 60
    late = ask.now > until or len(old.history) > EDITS or old.latest != old.id
    if late or not editable_kind(ask.x.posts, old) or {"poll", "reply", "community_id"} & body.keys():
        raise forbidden("This post cannot be edited any more.")
    return old


def plan(ask: Ask) -> None:
    """Refuse what the self-serve plans do not have."""
    # X sheet 14: like/follow on self-serve (expect 403 client-forbidden; exact body unverified)
    if ask.self_serve and ask.x.settings.self_serve_toggle_block:
        raise ProblemError(
            403,
            "Client Forbidden",
            "This action is not included in your plan.",
            "client-forbidden",
            reason="client-not-enrolled",
            required_enrollment="Appropriate Level of API Access",
            registration_url="https://developer.x.com",
        )
