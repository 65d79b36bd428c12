"""Comments and replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from postwire.simulator.linkedin import content, notices, restli, social
from postwire.simulator.linkedin.ask import Answer, Operation, batch, field_of, patch
from postwire.simulator.linkedin.posts import author_of
from postwire.simulator.linkedin.records import Comment
from postwire.simulator.linkedin.refusal import (
    RestError,
    blank,
    denied,
    invalid,
    not_found,
    too_long,
    wrong_value,
)
from postwire.simulator.linkedin.state import FIRST_COMMENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.linkedin.ask import Ask
    from postwire.simulator.linkedin.records import Post
    from postwire.simulator.linkedin.state import LinkedIn

LENGTH = 1_250  # LinkedIn sheet 8.1: Comments
MINUTE = 60.0
MENTIONED = {"person": frozenset({"person"}), "organization": frozenset({"organization"})}


def create(ask: Ask) -> Answer:
    """Answer the creation of a comment or reply."""
    # LinkedIn sheet 8.1: Comments
    body, state = ask.body, ask.state
    actor = author_of(body, "actor")
    social.act(ask, actor)
    post, parent = social.target(ask, ask.params["urn"])
    parent = _parent(ask, post, parent, body)
    _check_object(ask, post, body)
    message = _message(field_of(body, "message", dict))
    kept = _images(ask, actor, parent, body)
    if not post.comments_open:
        raise denied("Comments are closed on this post")  # sheet silent on the answer
    _throttle(state, actor)
    now, number = state.milliseconds(), str(FIRST_COMMENT + state.number() * 1009)
    agent = "" if actor == ask.member.urn else ask.member.urn
    above = parent.urn if parent else ""
    comment = Comment(number, post.activity, actor, agent, message, now, now, above, kept)
    state.comments[comment.urn] = comment
    action = "ADMIN_COMMENT" if actor == post.author else "COMMENT"
    notices.note(state, post.author, action, post.activity, comment.urn)
    place = f"/socialActions/{quote(ask.params['urn'], safe='')}/comments/{number}"
    # LinkedIn sheet 2.4: Success statuses (a numeric id for comments, and location)
    return Answer(201, shown(ask, comment), {"x-restli-id": number, "location": place})


def _parent(ask: Ask, post: Post, parent: Comment | None, body: Mapping[str, Any]) -> Comment | None:
    # LinkedIn sheet 8.1: Comments (replies: path and/or parentComment; one level deep)
    if body.get("parentComment") is not None:
        above, named = social.target(ask, field_of(body, "parentComment", str))
        if named is None or above is not post or (parent is not None and named is not parent):
            raise wrong_value("parentComment", "is not a comment of this post")
        parent = named
    if parent is not None and parent.parent:
        raise wrong_value("parentComment", "is a reply itself: replies are one level deep")
    return parent


def _check_object(ask: Ask, post: Post, body: Mapping[str, Any]) -> None:
    # LinkedIn sheet 8.1: Comments (object is the post's or activity's URN, and may be left out)
    if body.get("object") is not None and ask.state.post(field_of(body, "object", str)) is not post:
        raise wrong_value("object", "is not the post of the address")


def _message(body: Mapping[str, Any]) -> dict[str, Any]:
    text = field_of(body, "text", str, "message/")
    if not text.strip():
        raise blank("message/text")
    if content.units(text) > LENGTH:
        raise too_long("message/text", LENGTH)
    attributes = body.get("attributes") or []
    if not isinstance(attributes, list):
        raise wrong_value("message/attributes")
    for attribute in attributes:
        _check_attribute(attribute, text)
    return {"attributes": attributes, "text": text}


def _check_attribute(attribute: Any, text: str) -> None:
    # LinkedIn sheet 8.1: Comments (offsets count in the plain text; a person or an organization)
    path = "message/attributes"
    if not isinstance(attribute, dict):
        raise wrong_value(path)
    start, length = (field_of(attribute, name, int, f"{path}/") for name in ("start", "length"))
    if start < 0 or length < 1 or start + length > content.units(text):
        raise wrong_value(path, "lies outside of the text")
    value = field_of(attribute, "value", dict, f"{path}/")
    if len(value) != 1 or not value.keys() <= MENTIONED.keys():
        raise wrong_value(f"{path}/value", "names a person or an organization")
    ((kind, named),) = value.items()
    if not isinstance(named, dict) or restli.kind_of(named.get(kind)) not in MENTIONED[kind]:
        raise invalid("INVALID_URN_TYPE", f"Field /{path}/value/{kind} is not the URN of one")


def _images(ask: Ask, actor: str, parent: Comment | None, body: Mapping[str, Any]) -> list[Any]:
    if not body.get("content"):
        return []
    # LinkedIn sheet 12: Errors (/v2 comment with content: 500)
    if ask.legacy:
        raise RestError(500, "INTERNAL_SERVER_ERROR", "Internal Server Error")
    images = field_of(body, "content", list)
    if parent is not None:
        raise wrong_value("content", "is not allowed on replies")
    # Sheet silent on more than one image: refused.
    if len(images) != 1 or not isinstance(images[0], dict):
        raise wrong_value("content", "holds one image")
    entity = field_of(images[0], "entity", dict, "content/0/")
    image = field_of(entity, "image", str, "content/0/entity/")
    media = content.attached(ask, actor, {"id": image}, ("image",), "content/0/entity/image/")
    return [{"entity": {"image": media.urn}, "type": "IMAGE"}]


def _throttle(state: LinkedIn, actor: str) -> None:
    # LinkedIn sheet 8.1: Comments (429 "Comment create throttled", for a minute)
    now, window = state.clock.now(), state.minutes[actor]
    while window and window[0] <= now - MINUTE:
        window.popleft()
    if len(window) >= state.settings.comments_per_minute:
        raise RestError(429, "TOO_MANY_REQUESTS", "Comment create throttled")
    window.append(now)


def find(ask: Ask) -> tuple[Post, Comment]:
    """Find the comment of the path."""
    post, above = social.target(ask, ask.params["urn"])
    comment = ask.state.comments.get(f"urn:li:comment:({post.activity},{ask.params['id']})")
    if comment is None or (above is not None and comment.parent != above.urn):
        raise not_found(f"Comment {ask.params['id'][:40]}")
    return post, comment


def get(ask: Ask) -> Answer:
    """Answer one comment."""
    post, comment = find(ask)
    social.readable(ask, post)
    return Answer(body=shown(ask, comment))


def listed(ask: Ask) -> Answer:
    """Answer a post's comments, or a comment's replies."""
    post, parent = social.target(ask, ask.params["urn"])
    social.readable(ask, post)
    rows = social.comments_on(ask, post, parent.urn if parent else "")
    return ask.listing([shown(ask, comment) for comment in rows])


def several(ask: Ask) -> Answer:
    """Answer a batch of a post's comments."""
    post, _ = social.target(ask, ask.params["urn"])
    social.readable(ask, post)
    keys, there = restli.urns(ask.query, "ids"), ask.state.comments
    urns = {key: f"urn:li:comment:({post.activity},{key})" for key in keys}
    return batch(keys, {key: shown(ask, there[urn]) for key, urn in urns.items() if urn in there})


def update(ask: Ask) -> Answer:
    """Answer the edit of a comment."""
    # LinkedIn sheet 8.1: Comments (edit: a share's or ugcPost's URN in the path)
    if restli.kind_of(ask.params["urn"]) not in {"share", "ugcPost"}:
        raise invalid("INVALID_URN_TYPE", "The path must hold the URN of a share or ugcPost")
    post, comment = find(ask)
    _own(ask, comment)
    changes = patch(ask.body, "message")
    if changes.keys() - {"text", "attributes"}:
        raise wrong_value("patch/message/$set", "changes text and attributes only")
    comment.message = _message({"attributes": [], **changes})
    comment.modified_ms = ask.state.milliseconds()
    notices.note(ask.state, post.author, "COMMENT_EDIT", post.activity, comment.urn)
    # LinkedIn sheet 2.4: Success statuses (200, 202 or 204 elsewhere)
    return Answer(204)


def delete(ask: Ask) -> Answer:
    """Answer the deletion of a comment, with its replies."""
    post, comment = find(ask)
    _own(ask, comment, post.author)
    for urn in [c.urn for c in ask.state.comments.values() if comment.urn in {c.urn, c.parent}]:
        del ask.state.comments[urn]
    notices.note(ask.state, post.author, "COMMENT_DELETE", post.activity, comment.urn)
    return Answer(204)


def _own(ask: Ask, comment: Comment, *others: str) -> None:
    # LinkedIn sheet 8.1: Comments (actor is needed when acting as a page). Sheet silent: a post's author may
    # delete what others say below it.
    actor = ask.text("actor") if ask.query.get("actor") else ask.member.urn
    social.act(ask, actor)
    if actor not in {comment.actor, *others}:
        raise denied("Viewer is not the author of the comment")


def shown(ask: Ask, comment: Comment) -> dict[str, Any]:
    """Show a comment as the API that was called does."""
    # LinkedIn sheet 8.1: Comments (/v2 names the URN $URN; a page adds agent and impersonator)
    by = {"actor": comment.actor} | ({"impersonator": comment.agent} if comment.agent else {})
    likes = len(social.reactions_on(ask, comment.urn))
    whole: dict[str, Any] = {
        "id": comment.id,
        "actor": comment.actor,
        "object": comment.thread,
        "$URN" if ask.legacy else "commentUrn": comment.urn,
        "message": comment.message,
        "created": by | {"time": comment.created_ms},
        "lastModified": by | {"time": comment.modified_ms},
        "likesSummary": {"totalLikes": likes},
    }
    if comment.agent:
        whole["agent"] = comment.agent
    if comment.parent:
        whole["parentComment"] = comment.parent
    if comment.content:
        whole["content"] = comment.content
    return whole


_ALL, _ONE = "socialActions/{urn}/comments", "socialActions/{urn}/comments/{id}"
_V2, _REST = social.SOCIAL_ACTIONS, "partnerApiComments"
LEGACY = {
    ("POST", f"/v2/{_ALL}"): Operation(_V2, "CREATE", create, social.LEGACY_WRITE),
    ("GET", f"/v2/{_ALL}"): Operation(_V2, "GET_ALL", listed, social.READ),
    ("DELETE", f"/v2/{_ONE}"): Operation(_V2, "DELETE", delete, social.LEGACY_WRITE),
}
REST = {
    f"/rest/{_ALL}": {
        "POST": Operation(_V2, "CREATE", create, social.WRITE),
        "GET": Operation(_REST, "GET_ALL", listed, social.READ),
        "GET:ids": Operation(_REST, "BATCH_GET", several, social.READ),
    },
    f"/rest/{_ONE}": {
        "GET": Operation(_REST, "GET", get, social.READ),
        "POST:PARTIAL_UPDATE": Operation(_REST, "PARTIAL_UPDATE", update, social.WRITE),
        "DELETE": Operation(_REST, "DELETE", delete, social.WRITE),
    },
}
