"""Reels and stories of a Page: start, upload to rupload, finish."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta import processing, versions
from postwire.simulator.meta.ask import Kind, Listing
from postwire.simulator.meta.getters import exact
from postwire.simulator.meta.pages import planning, videos
from postwire.simulator.meta.records import Photo, Story, Upload, Video
from postwire.simulator.meta.refusal import GraphError, invalid, unsupported
from postwire.simulator.meta.state import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Ask

RUPLOAD: Final = "rupload.facebook.com"
STATES: Final = {"PUBLISHED": "published", "DRAFT": "draft", "SCHEDULED": "scheduled"}


def reel(ask: Ask) -> dict[str, Any]:
    """Answer POST /{page}/video_reels."""
    # Meta sheet 6.4: Reels
    planning.need_publish(ask)
    phase = ask.params.word("upload_phase", "START", "FINISH")
    if phase == "START":
        # Meta sheet 6.4: Reels (30 a day and Page). Sheet silent on the code.
        done = processing.recent(ask.state, "reels", ask.node.id, DAY)
        if len(done) >= ask.state.settings.reels_per_day:
            raise GraphError("368/1390008")
        done.append(ask.now)
        return _start(ask, "reel")
    if phase != "FINISH":
        raise invalid("Param upload_phase must be start or finish.")
    return _finish_reel(ask)


def _start(ask: Ask, surface: str) -> dict[str, Any]:
    upload = Upload("", ask.node.id)
    video = videos.new(ask, surface, upload)
    upload.id = video.id
    upload.digest = hashlib.sha256() if ask.state.settings.checksums else None
    ask.state.keep(video)
    path = f"/video-upload/{versions.show(ask.version)}/{video.id}"
    return {"video_id": video.id, "upload_url": ask.url(RUPLOAD, path)}


def _video(ask: Ask, surface: str) -> Video:
    found = ask.state.objects.get(ask.params.need("video_id"))
    if not isinstance(found, Video) or found.owner != ask.node.id or found.surface != surface:
        raise unsupported("POST", ask.params.text("video_id"))
    if found.state != "waiting":
        raise invalid("This video was finished before.")
    # Meta sheet 6.4: Reels (finish may come before processing is over; not before the bytes: sheet silent)
    if not found.upload.url and not found.upload.complete:
        raise invalid("The upload is not complete.")
    return found


def _finish_reel(ask: Ask) -> dict[str, Any]:
    video = _video(ask, "reel")
    planning.provoked(ask, "description", "title")
    planning.audience(ask)
    wanted = ask.params.word("video_state", *STATES, default="PUBLISHED")
    at = ask.params.moment("scheduled_publish_time")
    if (wanted == "SCHEDULED") != (at is not None):
        raise invalid("scheduled_publish_time goes with video_state=SCHEDULED.")
    if at is not None:
        video.due_at = planning.in_window(ask, at, planning.REEL_LATEST)
    video.state = STATES[wanted]
    video.title, video.description = ask.params.text("title"), ask.params.text("description")
    return {"success": True}


def reels(ask: Ask) -> Listing:
    """Answer GET /{page}/video_reels."""
    ask.need("pages_read_engagement")
    since, until = ask.params.moment("since") or 0, ask.params.moment("until") or float("inf")
    found: list[Video] = ask.state.all("video", ask.node.id)
    return Listing(
        [v for v in found if v.surface == "reel" and v.state != "waiting" and since <= v.created_at <= until],
        f"{ask.node.id}/video_reels",
    )


def photo_story(ask: Ask) -> dict[str, Any]:
    """Answer POST /{page}/photo_stories."""
    # Meta sheet 6.6: Page stories (the media is in no post; one story per media)
    planning.need_publish(ask)
    photo = ask.state.objects.get(ask.params.need("photo_id"))
    if not isinstance(photo, Photo) or photo.owner != ask.node.id:
        raise unsupported("POST", ask.params.text("photo_id"))
    if photo.story or photo.post_id or photo.published:
        raise invalid("The photo is in a post or story already.")
    photo.story = _tell(ask, photo.id, "photo")
    return {"success": True, "post_id": photo.story}


def video_story(ask: Ask) -> dict[str, Any]:
    """Answer POST /{page}/video_stories."""
    planning.need_publish(ask)
    phase = ask.params.word("upload_phase", "START", "FINISH")
    if phase == "START":
        return _start(ask, "story")
    if phase != "FINISH":
        raise invalid("Param upload_phase must be start or finish.")
    video = _video(ask, "story")
    if video.failure:
        raise GraphError(f"6000/{video.failure}" if video.failure.startswith("1363") else "6000")
    # Meta sheet 6.6: Page stories (poll until processing is complete, then finish)
    if not video.ready:
        raise invalid("The video is still being processed.")
    video.state = "published"
    video.story = video.post_id = _tell(ask, video.id, "video")
    return {"success": True, "post_id": video.story}


def _tell(ask: Ask, media_id: str, kind: str) -> str:
    story = Story(ask.state.new_id("6"), ask.node.id, media_id, kind, ask.now)
    ask.state.keep(story)
    return story.id


def stories(ask: Ask) -> Listing:
    """Answer GET /{page}/stories."""
    ask.need("pages_read_engagement")
    status = ask.params.word("status", "PUBLISHED", "ARCHIVED")
    since, until = ask.params.moment("since") or 0, ask.params.moment("until") or float("inf")
    found: list[Story] = ask.state.all("story", ask.node.id)
    return Listing(
        [
            story
            for story in found
            if status in {"", _status(ask.now, story)} and since <= story.created_at <= until
        ]
    )


def _status(now: float, story: Story) -> str:
    return "PUBLISHED" if story.created_at > now - DAY else "ARCHIVED"


def show(ask: Ask) -> Story:
    """Answer the story node."""
    ask.need("pages_read_engagement")
    story: Story = ask.node
    return story


STORY = Kind(
    "PageStory",
    ("post_id", "status", "creation_time", "media_type", "media_id", "url"),
    {
        "post_id": exact("id"),
        "status": lambda ask, node, _args: _status(ask.now, node).lower(),
        # Meta sheet 6.6: Page stories (creation_time is a unix string)
        "creation_time": lambda _ask, node, _args: str(int(node.created_at)),
        "media_type": exact("media_type"),
        "media_id": exact("media_id"),
        "url": lambda _ask, node, _args: f"https://www.facebook.com/stories/{node.id}",
    },
)
KINDS: Mapping[str, Kind] = {"story": STORY}
OPERATIONS = {
    ("page", "video_reels", "POST"): reel,
    ("page", "video_reels", "GET"): reels,
    ("page", "photo_stories", "POST"): photo_story,
    ("page", "video_stories", "POST"): video_story,
    ("page", "stories", "GET"): stories,
    ("story", "", "GET"): show,
}
