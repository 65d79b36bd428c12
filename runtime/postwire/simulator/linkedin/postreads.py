"""Reading posts: one, an author's, several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.linkedin import posts, processing, restli
from postwire.simulator.linkedin.ask import Answer, Operation, batch
from postwire.simulator.linkedin.refusal import RestError, invalid, not_found

if TYPE_CHECKING:
    from postwire.simulator.linkedin.ask import Ask
    from postwire.simulator.linkedin.records import Post
    from postwire.simulator.linkedin.state import LinkedIn

READ = ("r_organization_social", "r_member_social")
CONTEXTS = ("READER", "AUTHOR")


def get(ask: Ask) -> Answer:
    """Answer GET /rest/posts/{urn}."""
    # LinkedIn sheet 6.3: Read / list / batch
    ask.one_of("viewContext", CONTEXTS, "READER")
    return Answer(body=shown(ask.state, _readable(ask, ask.params["urn"])))


def _readable(ask: Ask, urn: str) -> Post:
    if restli.kind_of(urn) not in {"share", "ugcPost"}:
        raise invalid("INVALID_URN_TYPE", f"{urn[:80]} is not the URN of a post")
    post = ask.state.post(urn)
    if post is None:
        raise not_found(urn)
    posts.visible(ask, post.author)
    return post


def by_author(ask: Ask) -> Answer:
    """Answer the finder by author, newest first."""
    author = ask.text("author")
    if restli.kind_of(author) not in posts.AUTHORS:
        raise invalid("INVALID_URN_TYPE", "author is not the URN of a person or an organization")
    posts.visible(ask, author)
    ask.one_of("viewContext", CONTEXTS, "READER")
    # Sheet silent on the default order: by last modification.
    by_change = ask.one_of("sortBy", ("LAST_MODIFIED", "CREATED"), "LAST_MODIFIED") == "LAST_MODIFIED"
    found = [post for post in ask.state.posts.values() if post.author == author and not post.deleted]
    found.sort(key=lambda post: post.modified_ms if by_change else post.created_ms, reverse=True)
    return ask.listing([shown(ask.state, post) for post in found])


def several(ask: Ask) -> Answer:
    """Answer a batch of posts."""
    keys, found, errors = restli.urns(ask.query, "ids"), {}, {}
    for key in keys:
        try:
            found[key] = shown(ask.state, _readable(ask, key))
        except RestError as refusal:
            errors[key] = refusal.status
    return batch(keys, found, errors)


def shown(state: LinkedIn, post: Post) -> dict[str, Any]:
    """Show a post as a read does."""
    # LinkedIn sheet 6.3: Read / list / batch (epoch milliseconds)
    feed = post.distribution or {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []}
    whole: dict[str, Any] = {
        "id": post.urn,
        "author": post.author,
        "commentary": post.little,
        "visibility": post.visibility,
        "lifecycleState": lifecycle(state, post),
        "lifecycleStateInfo": {"isEditedByAuthor": post.edited},
        "distribution": feed,
        "isReshareDisabledByAuthor": post.reshare_disabled,
        "createdAt": post.created_ms,
        "publishedAt": post.created_ms,
        "lastModifiedAt": post.modified_ms,
        **post.more,
    }
    if post.content is not None:
        whole["content"] = post.content
    if post.reshare_of:
        parent = state.post(post.reshare_of)
        root = parent.reshare_of or parent.urn if parent else post.reshare_of
        whole["reshareContext"] = {"parent": post.reshare_of, "root": root}
    return whole


def lifecycle(state: LinkedIn, post: Post) -> str:
    """Tell where a post is: one whose image or document failed later is not published."""
    # LinkedIn sheet 6.1: Create (LinkedIn accepts images and may later set PUBLISH_FAILED)
    holder = post.content or {}
    pieces = [holder.get("media", {}), holder.get("article", {})]
    pieces += holder.get("multiImage", {}).get("images", ())
    for piece in pieces:
        media = state.media.get(piece.get("id") or piece.get("thumbnail", ""))
        if media is not None:
            processing.move(state, media)
            if media.status == "PROCESSING_FAILED":
                return "PUBLISH_FAILED"
    return post.lifecycle


REST = {
    "/rest/posts": {
        "GET:q=author": Operation(posts.RESOURCE, "FINDER-author", by_author, READ),
        "GET:ids": Operation(posts.RESOURCE, "BATCH_GET", several, READ),
    },
    "/rest/posts/{urn}": {"GET": Operation(posts.RESOURCE, "GET", get, READ)},
}
