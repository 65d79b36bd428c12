"""The video node: status, fields, edits, thumbnails, captions, collaborators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta import pull
from postwire.simulator.meta.ask import Kind, Listing
from postwire.simulator.meta.getters import exact, moment, plain
from postwire.simulator.meta.pages import comments, planning, posts, videos
from postwire.simulator.meta.processing import recent
from postwire.simulator.meta.refusal import GraphError, invalid, required
from postwire.simulator.meta.state import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Args, Ask
    from postwire.simulator.meta.records import Video

INVITES: Final = 10  # a day
EDITABLE: Final = ("name", "title", "description", "published", "scheduled_publish_time", "content_category")
THUMB_BYTES: Final = 10_000_000


def listing(ask: Ask) -> Listing:
    """Answer GET /{page}/videos; reels and stories are elsewhere."""
    ask.need("pages_read_engagement")
    kind = ask.params.word("type", "UPLOADED", "TAGGED", default="UPLOADED")
    found: list[Video] = ask.state.all("video", ask.node.id)
    return Listing([v for v in found if v.surface == "video" and v.state != "waiting" and kind == "UPLOADED"])


def show(ask: Ask) -> Video:
    """Answer the video node."""
    ask.need("pages_read_engagement")
    video: Video = ask.node
    return video


def update(ask: Ask) -> dict[str, bool]:
    """Answer POST to the video node."""
    planning.need_publish(ask)
    video: Video = ask.node
    if not any(name in ask.params for name in EDITABLE):
        raise invalid("Nothing to change was given.")
    ask.params.word("content_category", *videos.CATEGORIES)
    video.title = ask.params.text("name") or ask.params.text("title") or video.title
    video.description = ask.params.text("description", video.description)
    if ask.params.flag("published"):
        video.state, video.due_at = "published", 0
    elif (at := ask.params.moment("scheduled_publish_time")) is not None:
        if video.state == "published":
            raise invalid("The video is published already.")
        video.state, video.due_at = "scheduled", planning.in_window(ask, at, planning.POST_LATEST)
    return {"success": True}


def thumbnail(ask: Ask) -> dict[str, bool]:
    """Answer POST /{video}/thumbnails."""
    planning.need_publish(ask)
    file = ask.params.files.get("source")
    if file is None:
        raise required("source")
    if not pull.is_photo(file.head) or file.size > THUMB_BYTES:
        raise GraphError("324/2069019")
    ask.params.flag("is_preferred")
    return {"success": True}


def captions(ask: Ask) -> dict[str, bool]:
    """Answer POST /{video}/captions."""
    # Meta sheet 6.3: Video (name.en_US.srt)
    planning.need_publish(ask)
    file = ask.params.files.get("captions_file")
    if file is None or not file.filename.endswith(".srt") or file.filename.count(".") < 2:  # noqa: PLR2004
        raise invalid("captions_file is named like name.en_US.srt.")
    return {"success": True}


def invite(ask: Ask) -> dict[str, Any]:
    """Answer POST /{video}/collaborators."""
    # Meta sheet 6.4: Reels (collaborators: 10 invites in 24 h). Sheet silent on the code.
    planning.need_publish(ask)
    done = recent(ask.state, "invites", ask.page_id, DAY)
    if len(done) >= INVITES:
        raise GraphError("613")
    target = ask.params.need("target_id")
    if ask.state.page(target) is None or target == ask.page_id:
        raise invalid("Param target_id must be another Page.")
    done.append(ask.now)
    ask.node.collaborators.append(target)
    link = f"https://www.facebook.com/collab/{ask.node.id}"
    return {"success": True, "collaborator_id": target, "invitation_link": link}


def collaborators(ask: Ask) -> dict[str, Any]:
    """Answer GET /{video}/collaborators."""
    ask.need("pages_read_engagement")
    return {"data": [{"id": one, "invite_status": "Pending"} for one in ask.node.collaborators]}


def _status(_ask: Ask, video: Video, _: Args) -> dict[str, Any]:
    # Meta sheet 6.5: Video status; sheet 15: both spellings of the transferred bytes
    upload, there = video.upload, video.media_at is not None
    failed = bool(video.failure) and there
    processed = (
        "error" if failed else "complete" if video.ready else "in_progress" if there else "not_started"
    )
    word = "error" if failed else "ready" if video.ready else "processing" if there else "uploading"
    processing_phase: dict[str, Any] = {"status": processed}
    if failed:
        processing_phase["errors"] = [{"code": int(video.failure), "message": "The video was refused."}]
    return {
        "video_status": word,
        "uploading_phase": {
            "status": "complete" if there else "in_progress" if upload.received else "not_started",
            "bytes_transfered": upload.received,
            "bytes_transferred": upload.received,
            "source_file_size": upload.total,
        },
        "processing_phase": processing_phase,
        "publishing_phase": _publishing(video, failed=failed),
        "copyright_check_status": {
            "status": "complete" if video.ready else "not_started",
            "matches_found": False,
        },
    }


def _publishing(video: Video, *, failed: bool) -> dict[str, Any]:
    if failed:
        return {"status": "error", "publish_status": "error"}
    if video.state == "waiting" or (video.state == "published" and not video.ready):
        return {"status": "not_started"}
    phase: dict[str, Any] = {"status": "complete", "publish_status": video.state}
    if video.state == "scheduled":
        phase = {"status": "not_started", "publish_status": "scheduled", "publish_time": int(video.due_at)}
    return phase


def _permalink(_ask: Ask, video: Video, _: Args) -> str:
    paths = {"reel": f"/reel/{video.id}/", "story": f"/stories/{video.story}/"}
    return paths.get(video.surface, f"/{video.owner}/videos/{video.id}/")


VIDEO = Kind(
    "Video",
    ("created_time", "description", "id"),
    {
        "id": exact("id"),
        "title": plain("title"),
        "description": plain("description"),
        "created_time": moment("created_at"),
        "updated_time": moment("created_at"),
        "length": lambda _ask, node, _args: node.upload.seconds,
        "permalink_url": _permalink,
        "picture": lambda _ask, node, _args: f"https://scontent.sim.invalid/{node.id}.jpg",
        "source": lambda _ask, node, _args: (
            f"https://video.sim.invalid/{node.id}.mp4" if node.ready else None
        ),
        "status": _status,
        "published": lambda _ask, node, _args: node.state == "published" and node.ready,
        "post_id": plain("post_id"),
        "scheduled_publish_time": lambda _ask, node, _args: int(node.due_at) or None,
        "views": lambda _ask, _node, _args: 42,
        "from": lambda _ask, node, _args: {"id": node.owner},
        "comments": lambda ask, node, _args: Listing(comments.of(ask.state, node), f"{node.id}/comments"),
    },
)
KINDS: Mapping[str, Kind] = {"video": VIDEO}
OPERATIONS = {
    ("page", "videos", "GET"): listing,
    ("page", "indexed_videos", "GET"): listing,
    ("page", "video_lists", "GET"): posts.nothing,
    ("video", "", "GET"): show,
    ("video", "", "POST"): update,
    ("video", "", "DELETE"): posts.delete,
    ("video", "thumbnails", "POST"): thumbnail,
    ("video", "captions", "POST"): captions,
    ("video", "collaborators", "POST"): invite,
    ("video", "collaborators", "GET"): collaborators,
}
