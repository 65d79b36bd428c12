"""What is said about a post: which thread a URN means, who may read it, comments' and likes' summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.linkedin import restli
from postwire.simulator.linkedin.ask import POSTERS, Acting, Answer, Operation, batch, field_of, patch
from postwire.simulator.linkedin.refusal import RestError, denied, invalid, not_found, wrong_value

if TYPE_CHECKING:
    from postwire.simulator.linkedin.ask import Ask
    from postwire.simulator.linkedin.records import Comment, Post, Reaction

# LinkedIn sheet 4: Products and scopes (the *_social_feed family)
READ = ("r_organization_social_feed", "r_member_social_feed")
WRITE = ("w_member_social_feed", "w_organization_social_feed")
AS = Acting(*((scope,) for scope in WRITE))
# LinkedIn sheet 1: Twelve things that will surprise you (5: the legacy API still takes the old scopes)
LEGACY_WRITE = ("w_member_social", "w_organization_social", *WRITE)
LEGACY_AS = Acting(("w_member_social", WRITE[0]), ("w_organization_social", WRITE[1]))
# LinkedIn sheet 8.1: Comments (page write)
COMMENTERS = frozenset({"ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER", "RECRUITING_POSTER"})
KINDS = frozenset({"share", "ugcPost", "activity", "comment"})


def act(ask: Ask, actor: str) -> None:
    """Require that the token may comment and react as an actor."""
    ask.act(actor, LEGACY_AS if ask.legacy else AS, COMMENTERS, "actor")


def target(ask: Ask, urn: str) -> tuple[Post, Comment | None]:
    """Find the post that a URN means, and its comment where it means one; raises RestError."""
    # LinkedIn sheet 13: Simulator notes (accept share, ugcPost and activity as input)
    kind, key = restli.urn(urn)
    if kind not in KINDS:
        raise invalid("INVALID_URN_TYPE", f"{urn[:80]} is not the URN of a post or comment")
    comment = _comment(ask, key) if kind == "comment" else None
    post = ask.state.post(comment.thread if comment else urn)
    if post is None or (kind == "comment" and comment is None):
        raise not_found(urn)
    return post, comment


def _comment(ask: Ask, key: tuple[str, ...]) -> Comment | None:
    post = ask.state.post(key[0])
    return ask.state.comments.get(f"urn:li:comment:({post.activity},{key[-1]})") if post else None


def readable(ask: Ask, post: Post) -> None:
    """Require that the token may read what is said about a post."""
    # LinkedIn sheet 4: Products and scopes (r_*_social_feed). Sheet silent on posts of others: refused.
    if restli.kind_of(post.author) == "person":
        ask.need("r_member_social_feed")
        if post.author != ask.member.urn:
            raise denied("Viewer is not the author of the post")
        return
    ask.need("r_organization_social_feed")
    ask.managed(post.author, POSTERS)


def comments_on(ask: Ask, post: Post, parent: str = "") -> list[Comment]:
    """List a post's comments, or the replies to one."""
    return [c for c in ask.state.comments.values() if c.thread == post.activity and c.parent == parent]


def reactions_on(ask: Ask, entity: str) -> list[Reaction]:
    """List the reactions to an activity or comment."""
    return [reaction for reaction in ask.state.reactions.values() if reaction.entity == entity]


def metadata(ask: Ask) -> Answer:
    """Answer socialMetadata of one post or comment."""
    return Answer(body=_metadata(ask, ask.params["urn"]))


def _metadata(ask: Ask, urn: str) -> dict[str, Any]:
    # LinkedIn sheet 8.3: Metadata and summaries
    post, comment = target(ask, urn)
    readable(ask, post)
    entity = comment.urn if comment else post.activity
    top = comments_on(ask, post, comment.urn if comment else "")
    under = [c for c in ask.state.comments.values() if c.thread == post.activity] if not comment else top
    counts: dict[str, int] = {}
    for reaction in reactions_on(ask, entity):
        counts[reaction.kind] = counts.get(reaction.kind, 0) + 1
    return {
        "entity": entity,
        "commentsState": "OPEN" if post.comments_open else "CLOSED",
        "commentSummary": {"count": len(under), "topLevelCount": len(top)},
        "reactionSummaries": {kind: {"reactionType": kind, "count": n} for kind, n in counts.items()},
    }


def several(ask: Ask) -> Answer:
    """Answer a batch of socialMetadata."""
    keys, found, errors = restli.urns(ask.query, "ids"), {}, {}
    for key in keys:
        try:
            found[key] = _metadata(ask, key)
        except RestError as refusal:
            errors[key] = refusal.status
    return batch(keys, found, errors)


def set_comments_state(ask: Ask) -> Answer:
    """Answer a partial update of socialMetadata: comments open or closed."""
    # LinkedIn sheet 8.3: Metadata and summaries (202; closing deletes the comments)
    post, _ = target(ask, ask.params["urn"])
    actor = ask.text("actor")
    act(ask, actor)
    if actor != post.author:
        raise denied("Only the author may open or close comments")
    changes = patch(ask.body)
    word = field_of(changes, "commentsState", str, "patch/$set/")
    if word not in {"OPEN", "CLOSED"} or len(changes) > 1:
        raise wrong_value("patch/$set/commentsState", "must be OPEN or CLOSED, and alone")
    post.comments_open = word == "OPEN"
    if not post.comments_open:
        for urn in [c.urn for c in ask.state.comments.values() if c.thread == post.activity]:
            del ask.state.comments[urn]
    return Answer(202)


def summary(ask: Ask) -> Answer:
    """Answer socialActions of one post or comment."""
    # LinkedIn sheet 8.3: Metadata and summaries (socialActions)
    post, comment = target(ask, ask.params["urn"])
    readable(ask, post)
    entity = comment.urn if comment else post.activity
    likes = [reaction for reaction in reactions_on(ask, entity) if reaction.kind == "LIKE"]
    mine = any(like.actor == ask.member.urn for like in likes)
    top = comments_on(ask, post, comment.urn if comment else "")
    under = [c for c in ask.state.comments.values() if c.thread == post.activity] if not comment else top
    return Answer(
        body={
            "target": entity,
            "likesSummary": {
                "totalLikes": len(likes),
                "aggregatedTotalLikes": len(likes),
                "likedByCurrentUser": mine,
                "selectedLikes": [f"urn:li:like:({like.actor},{entity})" for like in likes[:2]],
            },
            "commentsSummary": {
                "totalFirstLevelComments": len(top),
                "aggregatedTotalComments": len(under),
            },
        }
    )


SOCIAL_ACTIONS = "partnerApiSocialActions"  # LinkedIn sheet 12: Errors (permission keys)
LEGACY = {("GET", "/v2/socialActions/{urn}"): Operation(SOCIAL_ACTIONS, "GET", summary, READ)}
REST = {
    "/rest/socialActions/{urn}": {"GET": Operation(SOCIAL_ACTIONS, "GET", summary, READ)},
    "/rest/socialMetadata": {"GET:ids": Operation("socialMetadata", "BATCH_GET", several, READ)},
    "/rest/socialMetadata/{urn}": {
        "GET": Operation("socialMetadata", "GET", metadata, READ),
        "POST:PARTIAL_UPDATE": Operation("socialMetadata", "PARTIAL_UPDATE", set_comments_state, WRITE),
    },
}
