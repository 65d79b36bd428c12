"""Containers: Instagram posts in the making, checked before they are taken."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta import processing, pull, versions
from postwire.simulator.meta.ask import Kind
from postwire.simulator.meta.getters import exact
from postwire.simulator.meta.instagram import options
from postwire.simulator.meta.records import Container, Upload
from postwire.simulator.meta.refusal import GraphError, invalid, provoke, required
from postwire.simulator.meta.state import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Args, Ask
    from postwire.simulator.meta.records import File
    from postwire.simulator.meta.settings import Account

# Meta sheet 4: Permissions map (IG publish)
PUBLISH: Final = ("instagram_content_publish instagram_basic pages_read_engagement", "content_publish")
RUPLOAD: Final = "rupload.facebook.com"
TYPES: Final = ("IMAGE", "VIDEO", "REELS", "STORIES", "CAROUSEL")
# Meta sheet 8.7: Instagram media specs (bytes, and width to height)
IMAGE_BYTES: Final = 8 * 1024 * 1024
RATIOS: Final = (0.8, 1.91)
ITEMS: Final = (2, 10)


def create(ask: Ask) -> dict[str, Any]:
    """Answer POST /{ig}/media."""
    # Meta sheet 8.1: Create container
    may_publish(ask)
    account: Account = ask.node
    made = processing.recent(ask.state, "containers", account.id, DAY)
    if len(made) >= ask.state.settings.containers_per_day:
        raise GraphError("9/2207042")  # sheet 8.6 is silent on the code of this limit
    container = _build(ask, account)
    _provoked(ask, container)
    made.append(ask.now)
    ask.state.keep(container)
    answer: dict[str, Any] = {"id": container.id}
    if container.upload is not None and not container.upload.url:
        path = f"/ig-api-upload/{versions.show(ask.version)}/{container.id}"
        answer["uri"] = ask.url(RUPLOAD, path)
    return answer


def may_publish(ask: Ask) -> None:
    """Refuse who may not publish on the account."""
    ask.need(*PUBLISH)
    ask.need_task("CREATE_CONTENT", "MANAGE")
    # Meta sheet 13.3: 25/2207050 (account restricted)
    if ask.node.restricted:
        raise GraphError("25/2207050")


def _build(ask: Ask, account: Account) -> Container:
    params = ask.params
    kind = params.text("media_type").upper() or "IMAGE"
    child = bool(params.flag("is_carousel_item"))
    # Meta sheet 8.1: Create container (VIDEO only for children). Sheet silent on the code.
    if kind not in TYPES or (kind == "VIDEO" and not child):
        raise GraphError("100/2207023")
    video = _is_video(ask, kind)
    options.check(ask, account, kind, child=child, video=video)
    given = dict(params.values) | {"caption": "" if child or kind == "STORIES" else params.text("caption")}
    given.pop("access_token", None)
    container = Container(ask.state.new_id("179"), account.id, kind, video, ask.now, given, child)
    if kind == "CAROUSEL":
        _carousel(ask, container)
    elif video:
        _video(ask, container)
    else:
        check_image(_image(ask, "image_url"), feed=kind == "IMAGE")
        container.status = "FINISHED"  # Meta sheet 8.3: Container status (image containers, at once)
    return container


def _is_video(ask: Ask, kind: str) -> bool:
    has_video = bool(ask.params.text("video_url") or ask.params.text("upload_type"))
    if kind == "CAROUSEL":
        return False
    if kind == "IMAGE" and (has_video or not ask.params.text("image_url")):
        raise required("image_url")
    if kind in {"REELS", "VIDEO"} and not has_video:
        raise required("video_url")
    if kind == "STORIES" and has_video == bool(ask.params.text("image_url")):
        raise invalid("A story has one of image_url and video_url.")
    return has_video


def _image(ask: Ask, name: str) -> File | int:
    return ask.pulled.get(ask.params.text(name), 0)


def check_image(file: File | int, *, feed: bool) -> None:
    """Check a picture that Instagram fetched."""
    # Meta sheet 8.7: Instagram media specs; sheet 13.3 for the codes. JPEG only: PNG is refused.
    if isinstance(file, int):
        raise GraphError("9004/2207052")
    if not pull.is_jpeg(file.head):
        raise GraphError("36001/2207005")
    if file.size > IMAGE_BYTES:
        raise GraphError("36000/2207004")
    if feed and not RATIOS[0] <= file.width / file.height <= RATIOS[1]:
        raise GraphError("36003/2207009")


def _video(ask: Ask, container: Container) -> None:
    params = ask.params
    kind = params.text("upload_type")
    if kind and kind != "resumable":
        raise invalid("upload_type must be resumable.")
    if kind and ask.by_instagram:
        # Meta sheet 3.4: What IG-IG cannot do (resumable upload: treat as no)
        raise invalid("upload_type is not supported with Instagram login.")
    if bool(kind) == bool(params.text("video_url")):
        raise invalid("A resumable upload has no video_url.")
    url = params.text("video_url")
    if url and not url.startswith(("http://", "https://")):
        raise GraphError("9004/2207052")
    container.upload = Upload(container.id, container.owner, url=url)
    container.upload.digest = hashlib.sha256() if ask.state.settings.checksums and not url else None
    _cover(ask)
    remote = ask.state.settings.remote.get(url)
    # Meta sheet 13.3: 1/2207057 (thumb offset out of range); where the length is known already
    if remote and params.number("thumb_offset") >= remote.seconds * 1000:
        raise GraphError("1/2207057", status=400)


def _cover(ask: Ask) -> None:
    # Meta sheet 8.1: Create container (cover_url: JPEG, for reels; elsewhere it is not looked at)
    if ask.params.text("cover_url") and ask.params.text("media_type").upper() == "REELS":
        check_image(_image(ask, "cover_url"), feed=False)


def _carousel(ask: Ask, container: Container) -> None:
    # Meta sheet 8.5: Recipes (carousel: 2 to 10 items; its videos are polled first). Sheet silent on who does
    # not: the children are not ready.
    ids = [str(one) for one in ask.params.array("children") or []]
    found = [ask.state.objects.get(one) for one in ids]
    children = [c for c in found if isinstance(c, Container) and c.child and c.owner == container.owner]
    if not ITEMS[0] <= len(ids) <= ITEMS[1] or len(children) != len(ids) or len(set(ids)) != len(ids):
        raise GraphError("100/2207028")
    for child in children:
        processing.advance_container(ask.state, child)
        if child.status == "IN_PROGRESS":
            raise GraphError("9007/2207027")
        if child.status != "FINISHED":
            raise GraphError("100/2207028")
    container.children = tuple(children)
    if any(child.video for child in children):
        container.media_at = ask.now
    else:
        container.status = "FINISHED"


def _provoked(ask: Ask, container: Container) -> None:
    # Meta sheet 15: Simulator recipe (error knobs); some are only ever told by the container
    planned = ask.state.settings.fail_next
    error = provoke(ask.params.text("caption"))
    if error is not None and (error.code == 0 or (container.video and error.code in {-2, 352})):
        container.failure, error = str(error.subcode), None
    if error is not None:
        raise error
    if planned and (container.video or container.children):
        container.failure = planned.pop(0)
    account = ask.state.account(container.owner)
    if "trial_params" in ask.params and account and not account.trial_reels:
        container.failure = "2207081"  # Meta sheet 8.1: Create container (trial_params)


def show(ask: Ask) -> Container:
    """Answer the container node."""
    ask.need(*PUBLISH)
    container: Container = ask.node
    return container


def _status(_ask: Ask, container: Container, _: Args) -> str:
    # Meta sheet 8.3: Container status
    texts = {
        "IN_PROGRESS": "In Progress: Media is still being processed.",
        "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
        "PUBLISHED": "Published: Media has been successfully published.",
        "EXPIRED": "Expired: The container was not published within 24 hours.",
        "ERROR": f"Error: Media upload has failed with error code {container.failure}",
    }
    return texts[container.status]


def _video_status(_ask: Ask, container: Container, _: Args) -> dict[str, Any] | None:
    # Meta sheet 8.2: Resumable binary (spelling from SPEC)
    if container.upload is None:
        return None
    upload = container.upload
    processed = {"FINISHED": "complete", "PUBLISHED": "complete", "ERROR": "error"}
    phase = processed.get(container.status, "in_progress" if container.media_at else "not_started")
    return {
        "uploading_phase": {
            "status": "complete" if container.media_at else "in_progress",
            "bytes_transferred": upload.received,
            "bytes_transfered": upload.received,
            "source_file_size": upload.total,
        },
        "processing_phase": {"status": phase},
    }


def _copyright(_ask: Ask, container: Container, _: Args) -> dict[str, Any]:
    if container.status in {"FINISHED", "PUBLISHED"}:
        return {"status": "completed", "matches_found": False}
    return {"status": "in_progress" if container.media_at else "not_started", "matches_found": False}


CONTAINER = Kind(
    "IGContainer",
    ("id",),
    {
        "id": exact("id"),
        "status_code": exact("status"),
        "status": _status,
        "video_status": _video_status,
        "copyright_check_status": _copyright,
    },
)
KINDS: Mapping[str, Kind] = {"container": CONTAINER}
OPERATIONS = {("account", "media", "POST"): create, ("container", "", "GET"): show}
