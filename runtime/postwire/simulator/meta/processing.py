"""What happens to media after it came in: pulls, processing, scheduled posts; pure but for the pulls."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from postwire.simulator.meta import hooks, pull
from postwire.simulator.meta.records import Container, Media, Post, Upload, Video
from postwire.simulator.meta.state import DAY

if TYPE_CHECKING:
    from collections import deque

    from postwire.simulator.exchange import Job
    from postwire.simulator.meta.records import File
    from postwire.simulator.meta.state import Meta

# Meta sheet 8.7: Instagram media specs (bytes, and seconds from and to)
REEL: Final = (300_000_000, 3, 900)
STORY_VIDEO: Final = (100_000_000, 3, 60)
CHILD: Final = (300_000_000, 3, 60)
# Meta sheet 6.7: Page media limits (bytes, and seconds from and to)
PAGE_LIMITS: Final = {
    "video": (2_147_483_648, 0, 14_400),
    "reel": (2_147_483_648, 3, 90),
    "story": (2_147_483_648, 3, 60),
}
TOO_LARGE, TOO_SMALL, TOO_LONG, SMALLEST = "1363023", "1363022", "1363128", 1_024


def recent(state: Meta, what: str, owner: str, seconds: float) -> deque[float]:
    """Give the times at which an owner did something lately."""
    times = state.published[what, owner]
    while times and times[0] <= state.clock.now() - seconds:
        times.popleft()
    return times


def poll(state: Meta, node: object) -> None:
    """Count a look at media, and go on by it."""
    # Meta sheet 15: Simulator recipe (containers: IN_PROGRESS for n polls)
    if isinstance(node, Container | Video):
        node.polls += 1
        look(state, node)


def look(state: Meta, node: object) -> None:
    """Bring media to where it is by now."""
    if isinstance(node, Container):
        advance_container(state, node)
    elif isinstance(node, Video):
        advance_video(state, node)


def tick(state: Meta) -> list[Job]:
    """Go on by the clock, and hand out the pulls that are due."""
    jobs: list[Job] = []
    for node in list(state.objects.values()):
        if isinstance(node, Container):
            advance_container(state, node)
        elif isinstance(node, Video):
            advance_video(state, node)
        elif isinstance(node, Post):
            advance_post(state, node)
        elif isinstance(node, Media):
            end_story(state, node)
        if isinstance(node, Container | Video) and _wants_pull(node):
            node.pulling = True
            assert node.upload is not None
            jobs.append(pull.job(state, node.upload.url, partial(_pulled, state, node)))
    return jobs


def _wants_pull(node: Container | Video) -> bool:
    upload = node.upload
    return upload is not None and bool(upload.url) and not node.pulling and node.media_at is None


def _pulled(state: Meta, node: Container | Video, file: File | int) -> None:
    assert node.upload is not None
    node.media_at = node.created_at  # so that turning the clock once is enough, however long the pull took
    if isinstance(file, int) or not file.size:
        # Meta sheet 13.3: container only 2207077; sheet 13.2: 389 (cannot fetch video URL)
        node.failure = "2207077" if isinstance(node, Container) else "389"
        return
    node.upload.total = node.upload.received = file.size
    node.upload.head, node.upload.seconds = file.head, file.seconds
    _examine(state, node, node.upload)


def arrived(state: Meta, node: Container | Video) -> None:
    """Begin processing of media that is whole."""
    assert node.upload is not None
    node.media_at = state.clock.now()
    _examine(state, node, node.upload)


def _examine(state: Meta, node: Container | Video, upload: Upload) -> None:
    if isinstance(node, Container):
        node.failure = node.failure or _container_fault(state, node, upload)
    else:
        node.failure = node.failure or _video_fault(state, node, upload)


def _container_fault(state: Meta, node: Container, upload: Upload) -> str:
    # Meta sheet 13.3: 352/2207026 (unsupported video format). Sheet silent on size and length: the same.
    most, shortest, longest = CHILD if node.child else STORY_VIDEO if node.media_type == "STORIES" else REEL
    fits = pull.is_video(upload.head) or not state.settings.check_format
    right = upload.size_fits(most) and shortest <= upload.seconds <= longest
    offset = int(node.params.get("thumb_offset") or 0)
    if not fits or not right:
        return "2207026"
    return "2207057" if offset >= upload.seconds * 1000 else ""


def _video_fault(state: Meta, node: Video, upload: Upload) -> str:
    # Meta sheet 13.2: Facebook publishing subcodes
    most, shortest, longest = PAGE_LIMITS[node.surface]
    if not upload.size_fits(most):
        return TOO_LARGE
    if upload.total < SMALLEST:
        return TOO_SMALL
    if state.settings.check_format and not pull.is_video(upload.head):
        return "6000"
    return "" if shortest <= upload.seconds <= longest else TOO_LONG


def _done(state: Meta, node: Container | Video) -> bool:
    settings = state.settings
    if node.media_at is None:
        return False
    by_clock = state.clock.now() >= node.media_at + settings.processing_seconds
    return by_clock or node.polls > settings.processing_polls


def advance_container(state: Meta, node: Container) -> None:
    """Let a container take the steps that polls or the clock allow."""
    # Meta sheet 8.3: Container status
    if node.status == "IN_PROGRESS" and _done(state, node):
        node.status = "ERROR" if node.failure else "FINISHED"
    if node.status in {"IN_PROGRESS", "FINISHED"} and state.clock.now() > node.created_at + DAY:
        node.status = "EXPIRED"


def advance_video(state: Meta, node: Video) -> None:
    """Let a Page's video take the steps that polls or the clock allow."""
    # Meta sheet 6.5: Video status
    if not node.ready and not node.failure and _done(state, node):
        node.ready = True
    due = node.state == "scheduled" and node.due_at <= state.clock.now()
    if due and node.ready:
        node.state, node.created_at = "published", node.due_at
    if node.ready and node.state == "published" and node.surface != "story" and not node.post_id:
        publish_video(state, node)


def publish_video(state: Meta, node: Video) -> None:
    """Make the post of a video."""
    # Meta sheet 6.3: Video (the feed post id is not returned; read post_id)
    post = Post(f"{node.owner}_{state.new_id('122')}", node.owner, node.description, state.clock.now())
    post.status_type, post.media, post.author = "added_video", (node.id,), node.owner
    post.app_id = str(node.params.get("app_id", ""))
    post.params = {"reel": node.surface == "reel"}  # Meta sheet 7.1: Posts (reels missing)
    node.post_id = post.id
    state.keep(post)
    tell(state, post, "video")


def advance_post(state: Meta, node: Post) -> None:
    """Publish a scheduled post whose time has come."""
    if node.state == "scheduled" and node.due_at <= state.clock.now():
        node.state, node.created_at = "published", node.due_at
        tell(state, node, "status")


def end_story(state: Meta, node: Media) -> None:
    """Tell what a story came to, when its day is over."""
    # Meta sheet 11: Webhooks (story insights; keys from memory)
    if node.product == "STORY" and not node.ended and node.created_at <= state.clock.now() - DAY:
        node.ended = True
        counts = dict.fromkeys(("impressions", "reach", "taps_forward", "taps_back", "exits", "replies"), 13)
        hooks.change(state, node.owner, "story_insights", {"media_id": node.id, **counts})


def tell(state: Meta, post: Post, item: str) -> None:
    """Tell the app of a new post."""
    # Meta sheet 11: Webhooks (feed item per trigger; the Page's own actions arrive too)
    page = state.page(post.owner)
    value = {
        "item": item,
        "verb": "add",
        "post_id": post.id,
        "message": post.message,
        "from": {"id": post.author or post.owner, "name": page.name if page else ""},
        "created_time": int(post.created_at),
    }
    hooks.change(state, post.owner, "feed", value)
