"""Comments on Instagram: read, write, reply, hide, delete, and answers to mentions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta import hooks
from postwire.simulator.meta.ask import Kind, Listing
from postwire.simulator.meta.getters import exact, moment, plain
from postwire.simulator.meta.instagram import media as medias
from postwire.simulator.meta.records import Media, Remark
from postwire.simulator.meta.refusal import GraphError, invalid, provoke, required, unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Args, Ask
    from postwire.simulator.meta.state import Meta

# Meta sheet 4: Permissions map (IG comments)
COMMENTS: Final = ("instagram_manage_comments instagram_basic", "manage_comments")
# Meta sheet 9.2: Comments (text rules)
TEXT, HASHTAGS = 300, 4


def comments(ask: Ask) -> Listing:
    """Answer /{media}/comments: those that are no replies."""
    ask.need(*COMMENTS)
    return Listing(medias.remarks(ask.state, ask.node), f"{ask.node.id}/comments", most=50)


def replies(ask: Ask) -> Listing:
    """Answer /{comment}/replies."""
    ask.need(*COMMENTS)
    return Listing(_replies(ask.state, ask.node))


def _replies(state: Meta, remark: Remark) -> list[Remark]:
    return [one for one in state.all("remark") if one.parent == remark.id][::-1]


def show(ask: Ask) -> Remark:
    """Answer the comment node."""
    ask.need(*COMMENTS)
    remark: Remark = ask.node
    return remark


def create(ask: Ask) -> dict[str, Any]:
    """Answer POST /{media}/comments."""
    _may_moderate(ask)
    media: Media = ask.node
    text = _text(ask)
    if not media.comments_enabled or media.parent or media.product == "STORY":
        raise GraphError("10", "Comments are not possible here.")  # sheet silent on the code
    return _write(ask, media, text)


def reply(ask: Ask) -> dict[str, Any]:
    """Answer POST /{comment}/replies."""
    # Meta sheet 9.2: Comments (target a top-level comment; a reply to a reply is rejected)
    _may_moderate(ask)
    remark: Remark = ask.node
    text = _text(ask)
    if remark.parent:
        raise invalid("Reply to the comment that this is a reply to.")
    media = ask.state.objects[remark.media_id]
    return _write(ask, media, text, remark.id)


def _may_moderate(ask: Ask) -> None:
    ask.need(*COMMENTS)
    ask.need_task("MODERATE")


def _text(ask: Ask) -> str:
    text = ask.params.need("message")
    if (error := provoke(text)) is not None:
        raise error
    addresses = re.findall(r"https?://", text)
    if len(text) > TEXT or len(re.findall(r"#\w+", text)) > HASHTAGS or len(addresses) > 1 or text.isupper():
        raise invalid(
            "A comment has at most 300 characters, 4 hashtags and 1 address, and not only capitals."
        )
    return text


def _write(ask: Ask, media: Media, text: str, parent: str = "") -> dict[str, Any]:
    account = ask.state.account(media.owner if ask.node.kind != "account" else ask.node.id)
    assert account is not None
    remark = write(ask.state, media, text, account.id, account.username, parent)
    # Meta sheet 1: Hosts, versions, general rules (no fields: it is created all the same)
    if "fields" in ask.params:
        raise GraphError("20/1772107", status=400)
    return {"id": remark.id}


def write(state: Meta, media: Media, text: str, author: str, username: str, parent: str = "") -> Remark:
    """Put a comment under a post, and tell of it."""
    remark = Remark(
        state.new_id("1787"), media.owner, media.id, text, author, username, state.clock.now(), parent
    )
    state.keep(remark)
    # Meta sheet 11: Webhooks (instagram comment)
    value = {
        "id": remark.id,
        "text": text,
        "from": {"id": author, "username": username},
        "media": {"id": media.id, "media_product_type": media.product},
    }
    hooks.change(state, media.owner, "comments", value | ({"parent_id": parent} if parent else {}))
    return remark


def hide(ask: Ask) -> dict[str, Any]:
    """Answer POST to the comment node: hidden or not; the text cannot be changed."""
    _may_moderate(ask)
    hidden = ask.params.flag("hide")
    if hidden is None:
        raise required("hide")
    ask.node.hidden = hidden
    return {"success": True}


def delete(ask: Ask) -> dict[str, Any]:
    """Answer DELETE of a comment, with its replies."""
    _may_moderate(ask)
    for one in (ask.node, *_replies(ask.state, ask.node)):
        del ask.state.objects[one.id]
    return {"success": True}


def mention(ask: Ask) -> dict[str, Any]:
    """Answer POST /{ig}/mentions: a reply to a caption or comment that names the account."""
    # Meta sheet 9.1: Media and edges (mentions; both logins)
    _may_moderate(ask)
    media = ask.state.objects.get(ask.params.need("media_id"))
    if not isinstance(media, Media) or media.mentions != ask.node.id:
        raise unsupported("POST", ask.params.text("media_id"))
    comment_id = ask.params.text("comment_id")
    if comment_id and not isinstance(ask.state.objects.get(comment_id), Remark):
        raise unsupported("POST", comment_id)
    return _write(ask, media, _text(ask), comment_id)


def _user(ask: Ask, remark: Remark, _: Args) -> dict[str, str] | None:
    return {"id": remark.author} if ask.state.account(remark.author) else None


def _media(ask: Ask, remark: Remark, _: Args) -> Media | None:
    found = ask.state.objects.get(remark.media_id)
    return found if isinstance(found, Media) else None


REMARK = Kind(
    "IGComment",
    ("id", "text", "timestamp"),
    {
        "id": exact("id"),
        "text": exact("text"),
        "timestamp": moment("created_at"),
        "username": exact("username"),
        "like_count": lambda _ask, node, _args: len(node.likes),
        "hidden": exact("hidden"),
        "from": lambda _ask, node, _args: {"id": node.author, "username": node.username},
        "parent_id": plain("parent"),
        "user": _user,
        "media": _media,
        "replies": lambda ask, node, _args: Listing(_replies(ask.state, node)) if not node.parent else None,
    },
)
KINDS: Mapping[str, Kind] = {"remark": REMARK}
OPERATIONS = {
    ("media", "comments", "GET"): comments,
    ("media", "comments", "POST"): create,
    ("remark", "", "GET"): show,
    ("remark", "", "POST"): hide,
    ("remark", "", "DELETE"): delete,
    ("remark", "replies", "GET"): replies,
    ("remark", "replies", "POST"): reply,
    ("account", "mentions", "POST"): mention,
}
