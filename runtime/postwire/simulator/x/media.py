"""Files: upload sessions, processing, alt text, subtitles, lookup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.x.operation import Answer
from postwire.simulator.x.records import Media
from postwire.simulator.x.refusal import InvalidError, not_found
from postwire.simulator.x.rules import bad_media
from postwire.simulator.x.views.media import media as shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postwire.simulator.x.operation import Ask
    from postwire.simulator.x.state import X

MIB = 1024**2
OPEN_SECONDS, UNUSED_SECONDS = 1_295_999, 86_400  # X sheet 7.3: Session/unused media life
FAIL = b"sim:fail"  # the simulator's own mark in a file's first bytes
# X sheet 7.1: Categories and limits ("MB" unit undefined: MiB here). Subtitles are "small": 1 MiB.
SIZES = {"image": 5 * MIB, "gif": 15 * MIB, "subtitles": MIB}
# X sheet 7.3: media_key prefix (16_ [memory]). Sheet silent on subtitles: as photos.
PREFIXES = {"tweet_gif": "16", "dm_gif": "16", "tweet_video": "7", "dm_video": "7", "amplify_video": "13"}
IMAGE_HEADS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG", "image/png"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)


def begin(ask: Ask, category: str, mime: str, total: int | None, owners: Iterable[str]) -> Media:
    """Begin an upload; raises InvalidError for a file that is too large."""
    if total is not None:
        _fits(ask, category, total)
    media_id = ask.x.id()
    key = f"{PREFIXES.get(category, '3')}_{media_id}"
    file = Media(
        media_id,
        key,
        ask.me.id,
        category,
        mime,
        ask.now,
        ask.now + OPEN_SECONDS,
        total,
        owners=frozenset(owners),
    )
    ask.x.media[media_id] = file
    return file


def _fits(ask: Ask, category: str, size: int) -> None:
    # X sheet 7.1: Premium video (per-account configurable). Sheet silent on the words.
    limit = SIZES.get(category.rpartition("_")[2], ask.me.max_video_bytes)
    if size > limit:
        raise InvalidError(f"File size exceeds {limit} bytes.", {"total_bytes": [str(size)]})


def inferred(mime: str) -> str:
    """Tell the category of a content type."""
    # X sheet 7.1: Omitted category (inferred as tweet_* from the content type)
    if mime.startswith("video/"):
        return "tweet_video"
    if mime.startswith("text/"):
        return "subtitles"
    return "tweet_gif" if mime == "image/gif" else "tweet_image"


def mine(ask: Ask, media_id: str) -> Media:
    """Find a file of the user's; raises InvalidError."""
    # X sheet 7.3: status (unknown id: 400 E2). Sheet silent on other steps: the same.
    file = ask.x.media.get(media_id)
    if file is None or file.owner_id != ask.me.id:
        raise bad_media([media_id])
    return file


def finalize(ask: Ask) -> Answer:
    """Close an upload."""
    # X sheet 7.3: finalize. Sheet silent on a second one: the same answer again.
    file = mine(ask, ask.params["id"])
    if file.state == "open":
        _complete(file)
        close(ask.x, file, ask)
    return Answer(status_data(ask.x, file))


def _complete(file: Media) -> None:
    # X sheet 13: finalize with gaps or size ≠ total_bytes → 400
    size = sum(segment.size for segment in file.segments.values())
    gapless = sorted(file.segments) == list(range(len(file.segments)))
    if not size or not gapless:
        raise InvalidError("Segments do not add up to provided total file size.", {"id": [file.id]})
    if file.total is not None and size != file.total:
        raise InvalidError("Segments do not add up to provided total file size.", {"id": [file.id]})
    file.size = size


def close(x: X, file: Media, ask: Ask) -> None:
    """Take a whole file: images are ready, what moves is processed."""
    _fits(ask, file.category, file.size)
    if file.category.endswith("_image") and _image_type(file.head) is None:
        # Sheet silent on what is no image: refused here.
        raise InvalidError("media type unrecognized.", {"media": []})
    file.finalized_at, file.expires_at = x.clock.now(), x.clock.now() + UNUSED_SECONDS
    file.state = "pending" if _moves(file) else "succeeded"
    if _moves(file):
        file.planned_failure = _failure(x, file)


def _moves(file: Media) -> bool:
    return file.category.endswith(("_video", "_gif"))


def _image_type(head: bytes) -> str | None:
    return next((mime for mark, mime in IMAGE_HEADS if head.startswith(mark)), None)


def _failure(x: X, file: Media) -> str:
    if x.settings.fail_next:
        return x.settings.fail_next.pop(0)
    if FAIL in file.head:
        return "Unsupported video format"
    # X sheet 7.1: formats (by the first bytes only; frames, codecs and lengths are not looked at)
    video = file.head[4:8] == b"ftyp" or file.head.startswith((b"\x1aE\xdf\xa3", b"G"))
    right = video if file.kind == "video" else file.head.startswith(b"GIF8")
    return "" if right else "Unsupported video format"


def advance(x: X, file: Media) -> None:
    """Let processing go on, by polls or by the clock."""
    if file.state not in {"pending", "in_progress"}:
        return
    by_clock = x.clock.now() >= file.finalized_at + x.settings.processing_seconds
    if by_clock or file.polls > x.settings.processing_polls:
        file.state = "failed" if file.planned_failure else "succeeded"
    elif file.polls:
        file.state = "in_progress"


def status(ask: Ask) -> Answer:
    """Tell how far a file is."""
    # X sheet 7.3: status (needs N polls)
    file = mine(ask, ask.query["media_id"])
    if file.state == "open":  # Sheet silent on a session that is not finalized.
        raise bad_media([file.id])
    file.polls += 1
    advance(ask.x, file)
    return Answer(status_data(ask.x, file))


def status_data(x: X, file: Media) -> dict[str, Any]:
    """Show a file as finalize, status and one-shot do."""
    data: dict[str, Any] = {
        "id": file.id,
        "media_key": file.key,
        "size": file.size,
        "expires_after_secs": max(round(file.expires_at - x.clock.now()), 0),
    }
    if file.category.endswith("_image"):
        # Widths and heights are not measured.
        data["image"] = {"image_type": _image_type(file.head) or file.mime, "w": 1200, "h": 675}
    if file.kind == "video":
        data["video"] = {"video_type": file.mime}
    if _moves(file):
        data["processing_info"] = _processing(x, file)
    return data


def _processing(x: X, file: Media) -> dict[str, Any]:
    # X sheet 7.3: processing_info
    if file.state == "failed":
        error = {"code": 1, "name": "InvalidMedia", "message": file.planned_failure}
        return {"state": "failed", "progress_percent": 0, "error": error}
    if file.state == "succeeded":
        return {"state": "succeeded", "progress_percent": 100}
    done = min(100 * file.polls // (x.settings.processing_polls + 1), 99)
    return {"state": file.state, "check_after_secs": x.settings.check_after, "progress_percent": done}


def by_key(ask: Ask) -> Answer:
    """Answer a file by its key."""
    found = _by_keys(ask, "media_key", [ask.params["media_key"]])
    return Answer(shown(ask.lens, found[0]) if found else None)


def by_keys(ask: Ask) -> Answer:
    """Answer files by their keys."""
    found = _by_keys(ask, "media_keys", ask.query["media_keys"])
    return Answer([shown(ask.lens, file) for file in found])


def _by_keys(ask: Ask, name: str, keys: Iterable[str]) -> list[Media]:
    # X sheet 6.10: GET /2/media (missing keys in errors[]). Sheet silent on who sees what: what is posted
    # where they can see it, and their own.
    found = []
    for key in dict.fromkeys(keys):
        file = ask.x.media.get(key.partition("_")[2])
        if file is None or file.key != key or not _seen(ask, file):
            ask.lens.note(not_found(name, key, "media"))
        else:
            found.append(file)
    return found


def _seen(ask: Ask, file: Media) -> bool:
    posted = any(file.id in post.media and ask.post(post.id) for post in ask.x.posts.values())
    return file.state == "succeeded" and (posted or file.owner_id == ask.viewer)


def describe(ask: Ask) -> Answer:
    """Set a file's alt text and other metadata."""
    # X sheet 7.4: POST /2/media/metadata (before the post is created; sheet silent on the refusal after it)
    file = mine(ask, ask.body["id"])
    if any(file.id in post.media for post in ask.x.posts.values()):
        raise InvalidError("The media is in a post already.", {"id": [file.id]})
    file.metadata |= ask.body.get("metadata", {})
    return Answer({"id": file.id, "associated_metadata": file.metadata})


def add_subtitles(ask: Ask) -> Answer:
    """Give a video subtitles that were uploaded before."""
    # X sheet 7.4: POST /2/media/subtitles
    video, given = _video(ask), ask.body["subtitles"]
    track = mine(ask, given["id"])
    if track.category != "subtitles" or track.state != "succeeded":
        raise bad_media([track.id])
    video.subtitles = [one for one in video.subtitles if one["language_code"] != given["language_code"]]
    video.subtitles.append(given)
    return Answer(
        {"id": video.id, "media_category": ask.body["media_category"], "associated_subtitles": given}
    )


def drop_subtitles(ask: Ask) -> Answer:
    """Take subtitles of a language off a video."""
    # X sheet 7.4: DELETE with a body. Sheet silent on a language that is not there: a success.
    video = _video(ask)
    language = ask.body["language_code"]
    video.subtitles = [one for one in video.subtitles if one["language_code"] != language]
    return Answer({"deleted": True})


def _video(ask: Ask) -> Media:
    video = mine(ask, ask.body["id"])
    wanted = {"TweetVideo": "tweet_video", "AmplifyVideo": "amplify_video"}[ask.body["media_category"]]
    if video.category != wanted:
        raise bad_media([video.id])
    return video
