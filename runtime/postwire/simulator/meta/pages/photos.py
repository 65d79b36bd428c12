"""Photos and albums of a Page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta import processing, pull
from postwire.simulator.meta.ask import Kind, Listing, Made
from postwire.simulator.meta.getters import exact, moment, plain
from postwire.simulator.meta.pages import comments, planning, posts
from postwire.simulator.meta.records import File, Photo, Post
from postwire.simulator.meta.refusal import GraphError, invalid, required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Args, Ask

# Meta sheet 6.2: Photo
MOST_BYTES: Final = 10_000_000


def create(ask: Ask) -> Made:
    """Answer POST /{page}/photos and /{album}/photos."""
    planning.need_publish(ask)
    album = ask.node.id if ask.node.kind == "album" else ""
    # Meta sheet 7.5: Page node (only albums with can_upload; no scheduling)
    if album and not ask.node.can_upload:
        raise GraphError("200", "Nothing can be added to this album.")
    if album and "scheduled_publish_time" in ask.params:
        raise invalid("A photo of an album cannot be scheduled.")
    planning.provoked(ask, "caption", "message")
    planning.audience(ask)
    _check(_file(ask))
    state, due_at = planning.appearance(ask)
    temporary = bool(ask.params.flag("temporary"))
    if temporary and state == "published":
        raise invalid("temporary goes with published=false.")
    caption = ask.params.text("caption") or ask.params.text("message")
    photo = Photo(ask.state.new_id("3"), ask.page_id, caption, ask.now, state == "published", album=album)
    photo.alt_text, photo.temporary, photo.author = ask.params.text("alt_text_custom"), temporary, ask.page_id
    ask.state.keep(photo)
    if state == "draft":
        return Made(photo, {"id": photo.id})
    post = _post(ask, photo, state, due_at)
    # Meta sheet 6.2: Photo (response: published with post_id). Sheet silent on a scheduled one: the id alone.
    bare = {"id": photo.id} | ({"post_id": post.id} if state == "published" else {})
    return Made(photo, bare)


def _file(ask: Ask) -> File:
    arrived, url = ask.params.files.get("source"), ask.params.text("url")
    if arrived is not None:
        return File(arrived.size, arrived.head, sha256=arrived.sha256)
    if not url:
        raise required("url")
    pulled = ask.pulled.get(url, 0)
    if isinstance(pulled, int):
        raise GraphError("324/2069019", "The image at this address cannot be fetched.")
    return pulled


def _check(file: File) -> None:
    # Meta sheet 6.2: Photo (formats; ≤ 10 MB; 1366046 too big or unsupported)
    if file.size > MOST_BYTES:
        raise GraphError("324/1366046")
    if not pull.is_photo(file.head):
        raise GraphError("324/2069019")


def _post(ask: Ask, photo: Photo, state: str, due_at: float) -> Post:
    post = Post(
        f"{ask.page_id}_{ask.state.new_id('122')}", ask.page_id, photo.caption, ask.now, state, due_at
    )
    post.app_id, post.author = ask.token.app_id, ask.page_id
    post.status_type, post.media = "added_photos", (photo.id,)
    photo.post_id = post.id
    ask.state.keep(post)
    if state == "published":
        processing.tell(ask.state, post, "photo")
    return post


def photos(ask: Ask) -> Listing:
    """Answer /{page}/photos and /{album}/photos."""
    ask.need("pages_read_engagement")
    kind = ask.params.word("type", "UPLOADED", "TAGGED", "PROFILE", default="UPLOADED")
    found: list[Photo] = ask.state.all("photo", ask.page_id)
    if ask.node.kind == "album":
        found = [one for one in found if one.album == ask.node.id]
    # Sheet silent on unpublished photos: not listed.
    return Listing([one for one in found if one.published and kind == "UPLOADED"])


def show(ask: Ask) -> Any:
    """Answer the photo and album nodes."""
    ask.need("pages_read_engagement")
    return ask.node


def albums(ask: Ask) -> Listing:
    """Answer GET /{page}/albums."""
    # Meta sheet 7.5: Page node (create album: cannot be done → 100/33)
    ask.need("pages_read_engagement")
    return Listing(ask.state.all("album", ask.node.id))


def _images(_ask: Ask, photo: Photo, _: Args) -> list[dict[str, Any]]:
    return [{"source": f"https://scontent.sim.invalid/{photo.id}.jpg", "width": 1080, "height": 1080}]


PHOTO = Kind(
    "Photo",
    ("created_time", "name", "id"),
    {
        "id": exact("id"),
        "name": plain("caption"),
        "alt_text": plain("alt_text"),
        "alt_text_custom": plain("alt_text"),
        "created_time": moment("created_at"),
        "link": lambda _ask, node, _args: f"https://www.facebook.com/photo.php?fbid={node.id}",
        "images": _images,
        "album": lambda ask, node, _args: ask.state.objects.get(node.album),
        "page_story_id": plain("post_id"),
        "from": lambda _ask, node, _args: {"id": node.owner},
        "comments": lambda ask, node, _args: Listing(comments.of(ask.state, node), f"{node.id}/comments"),
    },
)
ALBUM = Kind(
    "Album",
    ("created_time", "name", "id"),
    {
        "id": exact("id"),
        "name": exact("name"),
        "description": lambda _ask, _node, _args: None,
        "count": lambda ask, node, _args: sum(1 for p in ask.state.all("photo") if p.album == node.id),
        "cover_photo": lambda _ask, _node, _args: None,
        "link": lambda _ask, node, _args: f"https://www.facebook.com/media/set/?set=a.{node.id}",
        "type": lambda _ask, _node, _args: "normal",
        "created_time": moment("created_at"),
        "can_upload": exact("can_upload"),
    },
)
KINDS: Mapping[str, Kind] = {"photo": PHOTO, "album": ALBUM}
OPERATIONS = {
    ("page", "photos", "POST"): create,
    ("page", "photos", "GET"): photos,
    ("page", "albums", "GET"): albums,
    ("album", "", "GET"): show,
    ("album", "photos", "GET"): photos,
    ("album", "photos", "POST"): create,
    ("photo", "", "GET"): show,
    ("photo", "", "DELETE"): posts.delete,
}
