"""Comments on what Pages publish: read, write, reply, edit, hide, delete, like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta import hooks
from postwire.simulator.meta.ask import Kind, Listing, Made
from postwire.simulator.meta.getters import exact, moment, plain
from postwire.simulator.meta.records import Comment
from postwire.simulator.meta.refusal import GraphError, invalid, provoke

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Args, Ask
    from postwire.simulator.meta.state import Meta

# Meta sheet 4: Permissions map (comment/like/hide/delete as page)
ENGAGE: Final = "pages_manage_engagement pages_read_user_content"
PARENTS: Final = ("post", "photo", "video", "comment")
ATTACHED: Final = ("attachment_id", "attachment_url", "attachment_share_url")


def need_engage(ask: Ask) -> None:
    """Refuse who may not comment and moderate as the Page."""
    ask.need_page_token()
    ask.need(ENGAGE)
    ask.need_task("MODERATE")


def of(state: Meta, node: Any, *, stream: bool = False) -> list[Comment]:
    """List the comments on something, oldest first; replies only where asked for."""
    # Meta sheet 7.2: Comments (filter=stream returns replies too, hidden ones included)
    found: list[Comment] = state.all("comment", node.owner)[::-1]
    if node.kind == "comment":
        return [one for one in found if one.parent == node.id]
    return [one for one in found if one.object_id == node.id and (stream or not one.parent)]


def summary(state: Meta, node: Any, order: str = "chronological") -> dict[str, Any]:
    """Make the summary of a list of comments."""
    return {"order": order, "total_count": len(of(state, node, stream=True)), "can_comment": True}


def comments(ask: Ask) -> Listing:
    """Answer /{object}/comments."""
    ask.need("pages_read_engagement")
    stream = ask.params.word("filter", "TOPLEVEL", "STREAM") == "STREAM"
    order = ask.params.word("order", "CHRONOLOGICAL", "REVERSE_CHRONOLOGICAL", default="CHRONOLOGICAL")
    since = ask.params.moment("since") or 0
    found = [one for one in of(ask.state, ask.node, stream=stream) if one.created_at >= since]
    if order != "CHRONOLOGICAL":
        found.reverse()
    return Listing(found, f"{ask.node.id}/comments", summary=summary(ask.state, ask.node, order.lower()))


def show(ask: Ask) -> Comment:
    """Answer the comment node."""
    ask.need("pages_read_engagement")
    comment: Comment = ask.node
    return comment


def create(ask: Ask) -> Made:
    """Answer POST /{object}/comments; on a comment it is a reply."""
    need_engage(ask)
    # Meta sheet 7.2: Comments (only two levels)
    if ask.node.kind == "comment" and ask.node.parent:
        raise invalid("A reply goes to the comment that this is a reply to.")
    text, attachment = _content(ask)
    page = ask.state.page(ask.page_id)
    assert page is not None
    comment = write(ask.state, ask.node, text, page.id, page.name)
    comment.attachment = attachment
    return Made(comment, {"id": comment.id})


def _content(ask: Ask) -> tuple[str, str]:
    text = ask.params.text("message")
    given = [ask.params.text(name) for name in ATTACHED if ask.params.text(name)]
    if len(given) > 1 or not (text or given):
        raise invalid("A comment needs a message, or one attachment.")
    if (error := provoke(text)) is not None:
        raise error
    return text, given[0] if given else ""


def write(state: Meta, target: Any, text: str, author: str, name: str) -> Comment:
    """Put a comment under something, and tell of it."""
    # Meta sheet 1: Hosts, versions, general rules (a comment id is POSTID_COMMENTID without the page id)
    reply = target.kind == "comment"
    object_id = target.object_id if reply else target.id
    comment_id = f"{object_id.rpartition('_')[2]}_{state.new_id('7')}"
    parent = (target.parent or target.id) if reply else ""
    comment = Comment(comment_id, target.owner, object_id, text, author, name, state.clock.now(), parent)
    state.keep(comment)
    # Meta sheet 11: Webhooks (page; parent_id of a top-level comment is the post's id: sheet 7.2)
    value = {
        "item": "comment",
        "verb": "add",
        "post_id": object_id,
        "comment_id": comment.id,
        "parent_id": parent or object_id,
        "from": {"id": author, "name": name},
        "message": text,
        "created_time": int(comment.created_at),
    }
    hooks.change(state, target.owner, "feed", value)
    return comment


def update(ask: Ask) -> dict[str, Any]:
    """Answer POST to the comment node: edit one's own, hide another's."""
    need_engage(ask)
    comment: Comment = ask.node
    own = comment.author == comment.owner
    hidden = ask.params.flag("is_hidden")
    if hidden is not None:
        if own:
            raise GraphError("100", "Only comments of others can be hidden.")
        comment.hidden = hidden
        return {"success": True}
    text, attachment = _content(ask)
    if not own:
        raise GraphError("200", "Only own comments can be edited.")
    comment.message = text or comment.message
    comment.attachment = attachment or comment.attachment
    return {"success": True}


def delete(ask: Ask) -> dict[str, Any]:
    """Answer DELETE of a comment, with its replies."""
    need_engage(ask)
    for one in (ask.node, *of(ask.state, ask.node)):
        del ask.state.objects[one.id]
    return {"success": True}


def like(ask: Ask) -> dict[str, Any]:
    """Answer POST and DELETE /{object}/likes, as the Page."""
    need_engage(ask)
    change = ask.node.likes.add if ask.method == "POST" else ask.node.likes.discard
    change(ask.page_id)
    return {"success": True}


def _from(ask: Ask, comment: Comment, _: Args) -> dict[str, str] | None:
    # Meta sheet 7.2: Comments (`from` is omitted without a Page token or pages_read_user_content)
    allowed = ask.token.kind == "PAGE" or "pages_read_user_content" in ask.scopes
    return {"name": comment.name, "id": comment.author} if allowed else None


def _parent(ask: Ask, comment: Comment, _: Args) -> Comment | None:
    found = ask.state.objects.get(comment.parent)
    return found if isinstance(found, Comment) else None


def _attachment(_ask: Ask, comment: Comment, _: Args) -> dict[str, Any] | None:
    return {"type": "photo", "url": comment.attachment} if comment.attachment else None


COMMENT = Kind(
    "Comment",
    ("created_time", "from", "message", "id"),
    {
        "id": exact("id"),
        "message": exact("message"),
        "from": _from,
        "created_time": moment("created_at"),
        "comment_count": lambda ask, node, _args: len(of(ask.state, node)),
        "comments": lambda ask, node, _args: Listing(of(ask.state, node), f"{node.id}/comments"),
        "like_count": lambda _ask, node, _args: len(node.likes),
        "is_hidden": exact("hidden"),
        "can_hide": lambda _ask, node, _args: node.author != node.owner,
        "can_remove": lambda _ask, _node, _args: True,
        "can_reply_privately": lambda _ask, node, _args: node.author != node.owner,
        "parent": _parent,
        "attachment": _attachment,
        "permalink_url": lambda _ask, node, _args: (
            f"https://www.facebook.com/{node.object_id}?comment_id={node.id}"
        ),
        "message_tags": lambda _ask, _node, _args: None,
        "user_likes": lambda _ask, node, _args: node.owner in node.likes,
        "type": plain("kind"),
    },
)
KINDS: Mapping[str, Kind] = {"comment": COMMENT}
OPERATIONS = {
    **{(kind, "comments", "GET"): comments for kind in PARENTS},
    **{(kind, "comments", "POST"): create for kind in PARENTS},
    ("comment", "", "GET"): show,
    ("comment", "", "POST"): update,
    ("comment", "", "DELETE"): delete,
    # Meta sheet 7.1: Posts (photo, video: POST only)
    **{(kind, "likes", "POST"): like for kind in PARENTS},
    **{(kind, "likes", "DELETE"): like for kind in ("post", "comment")},
}
