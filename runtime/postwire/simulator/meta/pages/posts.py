"""Posts of a Page: create, lists, edit, publish now, reschedule, delete, reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta import processing
from postwire.simulator.meta.ask import Kind, Listing, Made
from postwire.simulator.meta.getters import exact, moment, plain, stamp
from postwire.simulator.meta.pages import comments, planning
from postwire.simulator.meta.records import Photo, Post, Video
from postwire.simulator.meta.refusal import GraphError, invalid
from postwire.simulator.meta.state import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postwire.simulator.meta.ask import Args, Ask

# Meta sheet 6.1: Text / link / multi-photo post
MESSAGE, PRESET = 63_206, 130
CHILDREN: Final = (2, 5, 10)  # from, to, and to with multi_share_optimized
KEPT: Final = ("link", "place", "targeting", "feed_targeting", "call_to_action", "child_attachments")
REACTIONS: Final = ("LIKE", "LOVE", "CARE", "HAHA", "WOW", "SAD", "ANGRY")
EDITABLE: Final = (
    "message",
    "attached_media",
    "place",
    "tags",
    "is_hidden",
    "is_pinned",
    "timeline_visibility",
)


def create(ask: Ask) -> Made:
    """Answer POST /{page}/feed."""
    planning.need_publish(ask)
    planning.provoked(ask, "message")
    message, link = ask.params.text("message"), ask.params.text("link")
    media = _attached(ask)
    if not (message or link or media):
        raise invalid("A post needs message, link or attached_media.")
    if len(message) > MESSAGE:
        raise invalid("Param message may have at most 63206 characters.")
    if link:
        planning.check_link(ask, link)
    planning.audience(ask)
    planning.action(ask)
    _extras(ask, message, link, media)
    state, due_at = planning.appearance(ask)
    made_at = planning.backdated(ask, state) or ask.now
    post = Post(f"{ask.node.id}_{ask.state.new_id('122')}", ask.node.id, message, made_at, state, due_at)
    post.app_id, post.author, post.media = ask.token.app_id, ask.node.id, media
    post.params = {name: ask.params.json(name) for name in KEPT if name in ask.params}
    post.status_type = "added_photos" if media else "shared_story" if link else "mobile_status_update"
    ask.state.keep(post)
    _claim(ask, post)
    if state == "published":
        processing.tell(ask.state, post, "photo" if media else "share" if link else "status")
    return Made(post, {"id": post.id})


def _attached(ask: Ask) -> tuple[str, ...]:
    """Read attached_media: own uploads that are in no post yet."""
    # Meta sheet 6.2: Photo (multi-photo recipe; a photo twice → 1366051)
    given = ask.params.array("attached_media") or []
    ids = [str(one.get("media_fbid", "")) if isinstance(one, dict) else "" for one in given]
    if len(set(ids)) != len(ids):
        raise GraphError("100/1366051")
    for one in ids:
        found = ask.state.objects.get(one)
        if not isinstance(found, Photo | Video) or found.owner != ask.page_id or found.post_id:
            raise invalid("attached_media holds something that is no unpublished upload of this Page.")
        # Meta sheet 6.2: Photo (temporary photos expire ~24 h)
        if isinstance(found, Photo) and found.temporary and found.created_at <= ask.now - DAY:
            raise invalid("A temporary photo of attached_media has expired.")
    return tuple(ids)


def _claim(ask: Ask, post: Post) -> None:
    for one in post.media:
        found = ask.state.objects[one]
        found.post_id = post.id
        if isinstance(found, Photo):
            found.published = True


def _extras(ask: Ask, message: str, link: str, media: tuple[str, ...]) -> None:
    children = ask.params.array("child_attachments")
    if children is not None:
        most = CHILDREN[2] if ask.params.flag("multi_share_optimized") else CHILDREN[1]
        if not link or not CHILDREN[0] <= len(children) <= most:
            raise invalid("child_attachments are 2 to 5, and need link.")
    if ask.params.text("text_format_preset_id") and (link or media or len(message) > PRESET):
        raise invalid("text_format_preset_id is for text alone, of at most 130 characters.")


def _list(choose: Callable[[Ask, Post], bool], scopes: str) -> Callable[[Ask], Listing]:
    def answer(ask: Ask) -> Listing:
        ask.need(scopes)
        since, until = ask.params.moment("since") or 0, ask.params.moment("until") or float("inf")
        posts: list[Post] = ask.state.all("post")
        found = [
            p
            for p in posts
            if choose(ask, p) and since <= _listed_at(p) <= until and not p.params.get("reel")
        ]
        found.sort(key=_listed_at, reverse=True)
        return Listing(found, "/".join(ask.path))

    return answer


def _listed_at(post: Post) -> float:
    # Meta sheet 6.1: a scheduled post's created_time shows the planned time
    return post.due_at if post.state == "scheduled" else post.created_at


def _of_page(ask: Ask, post: Post, state: str = "published") -> bool:
    return post.owner == ask.node.id and post.state == state


def _by_page(ask: Ask, post: Post) -> bool:
    return _of_page(ask, post) and post.author in {"", ask.node.id}


def show(ask: Ask) -> Post:
    """Answer the post node."""
    ask.need("pages_read_engagement")
    post: Post = ask.node
    return post


def update(ask: Ask) -> dict[str, Any]:
    """Answer POST to the post node: edit, publish now, reschedule."""
    # Meta sheet 7.1: Posts (only posts created by the same app)
    planning.need_publish(ask)
    post: Post = ask.node
    if post.app_id != ask.token.app_id:
        raise invalid("Only posts that this app made can be changed.")
    if ask.params.flag("is_published"):
        return _publish_now(ask, post)
    if (at := ask.params.moment("scheduled_publish_time")) is not None:
        if post.state != "scheduled" or any(name in ask.params for name in EDITABLE):
            raise invalid("Only a scheduled post can be rescheduled, and by itself.")
        post.due_at = planning.in_window(ask, at, planning.POST_LATEST)
        return {"success": True}
    if (past := planning.backdated(ask, post.state)) is not None:
        post.created_at = past
    elif not any(name in ask.params for name in EDITABLE):
        raise invalid("Nothing to change was given.")
    _edit(ask, post)
    return {"success": True}


def _publish_now(ask: Ask, post: Post) -> dict[str, Any]:
    if post.state == "published":
        raise invalid("The post is published already.")
    post.state, post.created_at, post.due_at = "published", ask.now, 0
    processing.tell(ask.state, post, "status")
    return {"success": True}


def _edit(ask: Ask, post: Post) -> None:
    planning.provoked(ask, "message")
    planning.audience(ask)
    if "message" in ask.params:
        post.message = ask.params.text("message")
    if "attached_media" in ask.params:
        post.media = _attached(ask)
        _claim(ask, post)
    hidden = ask.params.flag("is_hidden")
    post.hidden = post.hidden if hidden is None else hidden
    post.updated_at = ask.now


def delete(ask: Ask) -> dict[str, Any]:
    """Answer DELETE of a post, photo or video."""
    planning.need_publish(ask)
    for one in comments.of(ask.state, ask.node, stream=True):
        del ask.state.objects[one.id]
    del ask.state.objects[ask.node.id]
    return {"success": True}


def reactions(ask: Ask) -> Listing:
    """Answer /{post}/reactions."""
    ask.need("pages_read_engagement")
    return _reactions(ask, ask.node, {"type": ask.params.text("type")})


def _reactions(ask: Ask, post: Post, args: Args) -> Listing:
    # Meta sheet 7.1: Posts (reactions; people's names only with pages_read_user_content)
    kind = args.get("type", "").upper()
    if kind and kind not in REACTIONS:
        raise invalid(f"Param type must be one of {{{', '.join(REACTIONS)}}}")
    people = sorted(post.likes) if kind in {"", "LIKE"} else []
    named = "pages_read_user_content" in ask.scopes
    rows: list[Any] = [
        {"id": one, "type": "LIKE", **({"name": _name(ask, one)} if named else {})} for one in people
    ]
    viewer = "LIKE" if ask.page_id in post.likes else "NONE"
    return Listing(
        rows, f"{post.id}/reactions", summary={"total_count": len(rows), "viewer_reaction": viewer}
    )


def _name(ask: Ask, who: str) -> str:
    found = ask.state.page(who) or ask.state.visitor(who)
    return found.name if found else ""


def nothing(ask: Ask) -> Listing:
    """Answer an edge that is empty here."""
    ask.need("pages_read_engagement")
    return Listing([])


def attachments(ask: Ask) -> dict[str, Any]:
    """Answer /{post}/attachments."""
    ask.need("pages_read_engagement")
    return _attachments(ask, ask.node, {}) or {"data": []}


def _attachments(_ask: Ask, post: Post, _: Args) -> dict[str, Any] | None:
    if link := post.params.get("link"):
        return {"data": [{"media_type": "link", "type": "share", "url": link, "title": link}]}
    if not post.media:
        return None
    kind = "video" if post.status_type == "added_video" else "photo"
    rows = [
        {"media_type": kind, "type": kind, "target": {"id": one}, "media": _image(one)} for one in post.media
    ]
    if len(rows) == 1:
        return {"data": rows}
    return {"data": [{"media_type": "album", "type": "album", "subattachments": {"data": rows}}]}


def _image(media: str) -> dict[str, Any]:
    return {"image": {"src": f"https://scontent.sim.invalid/{media}.jpg", "height": 1080, "width": 1080}}


def _likes(ask: Ask, post: Post, _: Args) -> Listing:
    rows: list[Any] = [{"id": one, "name": _name(ask, one)} for one in sorted(post.likes)]
    liked = ask.page_id in post.likes
    return Listing(rows, summary={"total_count": len(rows), "can_like": True, "has_liked": liked})


def _comments(ask: Ask, post: Any, _: Args) -> Listing:
    found = comments.of(ask.state, post)
    return Listing(found, f"{post.id}/comments", summary=comments.summary(ask.state, post))


def _from(ask: Ask, post: Post, _: Args) -> dict[str, str]:
    author = post.author or post.owner
    return {"name": _name(ask, author), "id": author}


POST = Kind(
    "Post",
    ("created_time", "message", "story", "id"),
    {
        "id": exact("id"),
        "message": plain("message"),
        "story": lambda ask, node, _args: (
            None if node.message else f"{_name(ask, node.owner)} updated the Page."
        ),
        "created_time": lambda _ask, node, _args: stamp(_listed_at(node)),
        "updated_time": lambda _ask, node, _args: stamp(node.updated_at or node.created_at),
        "permalink_url": lambda _ask, node, _args: (
            f"https://www.facebook.com/{node.id.replace('_', '/posts/')}"
        ),
        "full_picture": lambda _ask, node, _args: (
            _image(node.media[0])["image"]["src"] if node.media else None
        ),
        "status_type": exact("status_type"),
        "is_published": lambda _ask, node, _args: node.state == "published",
        "is_hidden": exact("hidden"),
        "scheduled_publish_time": lambda _ask, node, _args: int(node.due_at) or None,
        "from": _from,
        # Meta sheet 7.1: Posts (shares absent when 0)
        "shares": lambda _ask, node, _args: {"count": node.shares} if node.shares else None,
        "attachments": _attachments,
        "likes": _likes,
        "comments": _comments,
        "reactions": _reactions,
        "tagged_time": moment("created_at"),
        "place": lambda _ask, node, _args: {"id": node.params["place"]} if "place" in node.params else None,
    },
)
KINDS: Mapping[str, Kind] = {"post": POST}
OPERATIONS = {
    ("page", "feed", "POST"): create,
    ("page", "feed", "GET"): _list(_of_page, "pages_read_engagement pages_read_user_content"),
    ("page", "posts", "GET"): _list(_by_page, "pages_read_engagement"),
    ("page", "published_posts", "GET"): _list(_by_page, "pages_read_engagement"),
    ("page", "scheduled_posts", "GET"): _list(
        lambda ask, post: _of_page(ask, post, "scheduled"), "pages_read_engagement"
    ),
    ("page", "visitor_posts", "GET"): _list(
        lambda ask, post: _of_page(ask, post) and not _by_page(ask, post), "pages_read_user_content"
    ),
    ("page", "tagged", "GET"): _list(lambda ask, post: post.tagged == ask.node.id, "pages_read_user_content"),
    ("post", "", "GET"): show,
    ("post", "", "POST"): update,
    ("post", "", "DELETE"): delete,
    ("post", "reactions", "GET"): reactions,
    ("post", "sharedposts", "GET"): nothing,
    ("post", "to", "GET"): nothing,
    ("post", "attachments", "GET"): attachments,
}
