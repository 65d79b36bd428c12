"""What happens to a publish after its init: pulls, processing, moderation; pure but for the pull itself."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

from postwire.simulator.exchange import Job
from postwire.simulator.outside import Pulled, pull
from postwire.simulator.tiktok import hooks, plan
from postwire.simulator.tiktok.settings import RemoteFile
from postwire.simulator.tiktok.state import HOUR, Publish, Stage, TikTok, Video

PHOTO_SIZE = 20_000_000  # bytes
OK = 200
GOOD_HEADS = {"VIDEO": b"\x00\x00\x00\x18ftypmp42", "PHOTO": b"\xff\xd8\xff\xe0"}


def poll(state: TikTok, publish: Publish) -> None:
    """Count a poll, and go on by it."""
    # TikTok sheet 15: Simulator recipe (status: n-step script)
    publish.polls += 1
    if publish.stage is Stage.DOWNLOAD:
        publish.pull_due = publish.polls > state.settings.download_polls
    advance(state, publish)


def tick(state: TikTok) -> list[Job]:
    """Go on by the clock, and hand out the pulls that are due."""
    for publish in list(state.publishes.values()):
        advance(state, publish)
    return [_start(state, publish) for publish in state.publishes.values() if _wants_pull(state, publish)]


def advance(state: TikTok, publish: Publish) -> None:
    """Let a publish take the steps that polls or the clock allow."""
    settings, now = state.settings, state.clock.now()
    if publish.stage is Stage.PROCESSING and publish.media_at is not None:
        by_clock = now >= publish.media_at + settings.processing_seconds
        if by_clock or publish.polls > settings.processing_polls:
            finish(state, publish)
    if publish.stage is Stage.COMPLETE and publish.completed_at is not None and not publish.post_ids:
        by_clock = now >= publish.completed_at + settings.public_seconds
        if by_clock or publish.polls > settings.public_polls:
            _appear(state, publish)
    # TikTok sheet 7: PULL_FROM_URL (timeout 1 h)
    if publish.stage is Stage.DOWNLOAD and publish.pulling and now > publish.created_at + HOUR:
        hooks.fail(state, publish, _pull_failed(publish))


def media_arrived(state: TikTok, publish: Publish, head: bytes) -> None:
    """Begin processing."""
    publish.stage, publish.media_at = Stage.PROCESSING, state.clock.now()
    publish.polls = 0 if publish.upload else 1  # the poll that saw the pull end counts
    # TikTok sheet 8: Media limits (containers). Dimensions and lengths are not looked at.
    if state.settings.check_format and not _format_fits(publish.kind, head):
        publish.planned_failure = publish.planned_failure or "file_format_check_failed"


def finish(state: TikTok, publish: Publish) -> None:
    """End processing, as planned."""
    # TikTok sheet 10: Publish state machine and polling
    if publish.planned_failure:
        hooks.fail(state, publish, publish.planned_failure)
        return
    publish.polls = 1  # the poll that sees the end; ids come later
    if publish.draft:
        publish.stage = Stage.INBOX
        hooks.publish_event(state, publish, "inbox_delivered")
        return
    _complete(state, publish)


def user_posts(state: TikTok, publish_id: str, privacy: str = "PUBLIC_TO_EVERYONE") -> None:
    """Play the user who finishes a draft in the app; raises ValueError for one that is not in the inbox."""
    publish = state.publishes[publish_id]
    if publish.stage is not Stage.INBOX:
        raise ValueError("Only a draft that is in the user's inbox can be posted.")
    publish.privacy = privacy
    publish.polls = 0
    _complete(state, publish)


def hide(state: TikTok, video: Video) -> None:
    """Play the user who makes a post private."""
    # TikTok sheet 12: Webhooks (no_longer_publicaly_available)
    video.public = False
    publish = state.publishes.get(video.publish_id)
    if publish is not None:
        hooks.publish_event(state, publish, "no_longer_publicaly_available", post_id=video.id)


def _complete(state: TikTok, publish: Publish) -> None:
    publish.stage, publish.completed_at = Stage.COMPLETE, state.clock.now()
    hooks.publish_event(state, publish, "complete")


def _appear(state: TikTok, publish: Publish) -> None:
    # TikTok sheet 15: Simulator recipe (ids only if public and audited). A draft is posted by the user, who
    # needs no audit.
    allowed = state.settings.audited or publish.draft
    if publish.privacy != "PUBLIC_TO_EVERYONE" or not allowed:
        return
    video = state.add_video(
        publish.grant.open_id,
        publish.title,
        at=publish.completed_at,
        kind=publish.kind,
        publish_id=publish.id,
    )
    video.is_aigc = bool(publish.post_info.get("is_aigc"))
    publish.post_ids.append(video.id)
    hooks.publish_event(state, publish, "publicly_available", post_id=video.id)


def _wants_pull(state: TikTok, publish: Publish) -> bool:
    by_clock = state.clock.now() >= publish.created_at + state.settings.download_seconds
    return publish.stage is Stage.DOWNLOAD and not publish.pulling and (publish.pull_due or by_clock)


def _start(state: TikTok, publish: Publish) -> Job:
    publish.pulling = True
    limit = PHOTO_SIZE if publish.kind == "PHOTO" else plan.MAX_SIZE
    remote = dict(state.settings.remote)

    def progress(count: int) -> None:
        publish.downloaded += count

    def fetch() -> list[Pulled]:
        return [_fetch(url, remote, publish.kind, limit, progress) for url in publish.urls]

    return Job(fetch, partial(_pulled, state, publish, limit), awaited=True)


def _fetch(
    url: str, remote: dict[str, RemoteFile], kind: str, limit: int, progress: partial[None] | object
) -> Pulled:
    assert callable(progress)
    if urlsplit(url).scheme == "http":  # only loopback prefixes can be verified with plain http
        return pull(url, limit, progress)
    # An https address is pretended: the simulator fetches from loopback and nowhere else.
    file = remote.get(url, RemoteFile())
    progress(file.size if file.status == OK else 0)
    return Pulled(file.status, file.size, GOOD_HEADS[kind] if file.head is None else file.head)


def _pulled(state: TikTok, publish: Publish, limit: int, files: list[Pulled]) -> None:
    if publish.stage is not Stage.DOWNLOAD:  # cancelled meanwhile
        return
    # TikTok sheet 7: PULL_FROM_URL (any 3xx is invalid)
    if any(file.status != OK or not file.size for file in files):
        hooks.fail(state, publish, _pull_failed(publish))
        return
    if any(file.size > limit for file in files):
        # Sheet silent on the reason for a file that is too large.
        publish.planned_failure = (
            "picture_size_check_failed" if publish.kind == "PHOTO" else "video_pull_failed"
        )
    wrong = [file.head for file in files if not _format_fits(publish.kind, file.head)]
    media_arrived(state, publish, wrong[0] if wrong else files[0].head)
    advance(state, publish)


def _pull_failed(publish: Publish) -> str:
    # TikTok sheet 11.3: fail_reason
    return "photo_pull_failed" if publish.kind == "PHOTO" else "video_pull_failed"


def _format_fits(kind: str, head: bytes) -> bool:
    # TikTok sheet 8: Media limits (MP4, MOV, WebM; JPEG, WebP)
    if kind == "PHOTO":
        return head.startswith(b"\xff\xd8\xff") or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
    quicktime = head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}
    return quicktime or head.startswith(b"\x1a\x45\xdf\xa3")
