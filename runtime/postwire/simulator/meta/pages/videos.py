"""Videos of a Page: by address, whole, in phases, or by the app's resumable uploads."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta import processing, pull, uploads
from postwire.simulator.meta.ask import Made
from postwire.simulator.meta.pages import planning
from postwire.simulator.meta.records import Upload, Video
from postwire.simulator.meta.refusal import GraphError, invalid, required, unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Ask, Kind

# Meta sheet 6.3: Video
TITLE: Final = 255
FILE_TYPES: Final = frozenset({"application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"})
CATEGORIES: Final = (
    "BEAUTY_FASHION",
    "BUSINESS",
    "CARS_TRUCKS",
    "COMEDY",
    "CUTE_ANIMALS",
    "ENTERTAINMENT",
    "FAMILY",
    "FOOD_HEALTH",
    "HOME",
    "LIFESTYLE",
    "MUSIC",
    "NEWS",
    "OTHER",
    "POLITICS",
    "SCIENCE",
    "SPORTS",
    "TECHNOLOGY",
    "VIDEO_GAMING",
)


def create(ask: Ask) -> Any:
    """Answer POST /{page}/videos, in all its ways."""
    planning.need_publish(ask)
    phase = ask.params.word("upload_phase", "START", "TRANSFER", "FINISH", "CANCEL")
    if phase:
        return {"START": _start, "TRANSFER": _transfer, "FINISH": _finish, "CANCEL": _cancel}[phase](ask)
    _check(ask)
    upload = _upload(ask)
    video = new(ask, "video", upload)
    _describe(ask, video)
    if upload.complete:
        processing.arrived(ask.state, video)
        _refuse_size(video)
    return Made(ask.state.keep(video), {"id": video.id})


def new(ask: Ask, surface: str, upload: Upload) -> Video:
    """Make a video that waits for its bytes or its end."""
    video = Video(ask.state.new_id("5"), ask.node.id, surface, ask.now, upload, author=ask.node.id)
    video.params = {"app_id": ask.token.app_id}
    if ask.state.settings.fail_next:
        video.failure = ask.state.settings.fail_next.pop(0)
    return video


def _refuse_size(video: Video) -> None:
    # Meta sheet 13.2: 1363023, 1363022 (told at once where the size is known)
    if video.failure in {processing.TOO_LARGE, processing.TOO_SMALL}:
        raise GraphError(f"6000/{video.failure}")


def _upload(ask: Ask) -> Upload:
    url, handle = ask.params.text("file_url"), ask.params.text("fbuploader_video_file_chunk")
    file = ask.params.files.get("source")
    if (bool(url), bool(handle), file is not None).count(True) != 1:
        raise required("file_url, source or fbuploader_video_file_chunk")
    upload = Upload(ask.state.new_id("7"), ask.node.id)
    if handle:
        found = uploads.by_handle(ask.state, handle)
        if found is None:
            raise invalid("The handle of fbuploader_video_file_chunk is unknown or not complete.")
        return found
    if file is not None:
        upload.total = upload.received = file.size
        upload.head = file.head
        return upload
    if not url.startswith(("http://", "https://")):
        raise GraphError("389")
    upload.url = url
    return upload


def _check(ask: Ask) -> None:
    planning.provoked(ask, "title", "description")
    if len(ask.params.text("title")) > TITLE:
        raise invalid("Param title may have at most 255 characters.")
    ask.params.word("content_category", *CATEGORIES)
    # Meta sheet 6.3: Video (no place or tags here)
    if "place" in ask.params or "tags" in ask.params:
        raise invalid("A video has no place and no tags.")
    planning.audience(ask)
    thumb = ask.params.files.get("thumb")
    if thumb is not None and not pull.is_photo(thumb.head):
        raise GraphError("324/2069019")


def _describe(ask: Ask, video: Video) -> None:
    video.title, video.description = ask.params.text("title"), ask.params.text("description")
    video.state, video.due_at = planning.appearance(ask)


def _start(ask: Ask) -> dict[str, Any]:
    # Meta sheet 6.3: Video (phased upload; offsets are strings)
    size = ask.params.number("file_size")
    if size < 1:
        raise required("file_size")
    if size > processing.PAGE_LIMITS["video"][0]:
        raise GraphError("6000/1363023")
    upload = Upload(ask.state.new_id("7"), ask.node.id, size)
    video = ask.state.keep(new(ask, "video", upload))
    ask.state.keep(upload)
    return {"upload_session_id": upload.id, "video_id": video.id, **_offsets(ask, upload)}


def _offsets(ask: Ask, upload: Upload) -> dict[str, str]:
    end = min(upload.received + ask.state.settings.chunk_bytes, upload.total)
    return {"start_offset": str(upload.received), "end_offset": str(end)}


def _session(ask: Ask) -> tuple[Upload, Video]:
    name = ask.params.need("upload_session_id")
    upload = ask.state.objects.get(name)
    if not isinstance(upload, Upload) or upload.owner != ask.node.id:
        raise unsupported("POST", name)
    videos: list[Video] = ask.state.all("video", ask.node.id)
    return upload, next(video for video in videos if video.upload is upload)


def _transfer(ask: Ask) -> dict[str, str]:
    upload, _ = _session(ask)
    chunk = ask.params.files.get("video_file_chunk")
    if chunk is None:
        raise required("video_file_chunk")
    offsets = _offsets(ask, upload)
    # Meta sheet 6.3: Video (wrong offset → 1363037 with error_data)
    if ask.params.need("start_offset") != offsets["start_offset"]:
        raise GraphError("6000/1363037", data=offsets)
    if not 0 < chunk.size <= int(offsets["end_offset"]) - upload.received:
        raise GraphError("390/1363019")  # sheet silent on a chunk of another size
    upload.head = upload.head or chunk.head
    upload.received += chunk.size
    return _offsets(ask, upload)


def _finish(ask: Ask) -> dict[str, bool]:
    upload, video = _session(ask)
    if not upload.complete or video.state != "waiting":
        raise invalid("The upload is not complete, or was finished before.")
    _check(ask)
    _describe(ask, video)
    processing.arrived(ask.state, video)
    return {"success": True}


def _cancel(ask: Ask) -> dict[str, bool]:
    upload, video = _session(ask)
    del ask.state.objects[upload.id], ask.state.objects[video.id]
    return {"success": True}


def app_uploads(ask: Ask) -> dict[str, str]:
    """Answer POST /{app}/uploads."""
    # Meta sheet 6.3: Video (Resumable Upload API: with the user token)
    ask.person()
    size, kind = ask.params.number("file_length"), ask.params.need("file_type")
    if size < 1 or kind not in FILE_TYPES:
        raise invalid(f"file_length is needed, and file_type is one of {', '.join(sorted(FILE_TYPES))}")
    upload = Upload(ask.state.name("upload:MTph"), ask.node.id, size, handle=ask.state.name("ARZ"))
    upload.digest = hashlib.sha256() if ask.state.settings.checksums else None
    ask.state.keep(upload)
    return {"id": uploads.upload_id(upload)}


KINDS: Mapping[str, Kind] = {}
OPERATIONS = {
    ("page", "videos", "POST"): create,
    ("app", "uploads", "POST"): app_uploads,
}
