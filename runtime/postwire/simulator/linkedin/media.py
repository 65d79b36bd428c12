"""Images, documents and videos: start an upload, finish a video, look at what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.linkedin import processing, restli
from postwire.simulator.linkedin.ask import Answer, Operation, batch, field_of
from postwire.simulator.linkedin.posts import AS, WRITE, author_of
from postwire.simulator.linkedin.records import Media, Part
from postwire.simulator.linkedin.refusal import (
    RestError,
    denied,
    invalid,
    missing_field,
    not_found,
    wrong_value,
)

if TYPE_CHECKING:
    from postwire.simulator.linkedin.ask import Ask

# LinkedIn sheet 7.4: Videos (parts of 4,194,304 bytes; the field takes up to 5 GB)
PART = 4_194_304
VIDEO_CEILING = 5_000_000_000
# LinkedIn sheet 4: Products and scopes (a content admin can post text but fails on media)
UPLOADERS = frozenset({"ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"})
READ = ("r_organization_social", "r_member_social")
NAMES = {"image": "images", "document": "documents", "video": "videos"}
WHOLE = {"image": "uploaded-image", "document": "uploaded-document", "video": "uploadedVideo"}


def initialize(ask: Ask) -> Answer:
    """Answer initializeUpload of an image or a document."""
    # LinkedIn sheet 7.2: Images; sheet 7.3: Documents
    media = _begin(ask, field_of(ask.body, "initializeUploadRequest", dict))
    media.parts[1] = Part(0, -1, ask.state.name("ut", 16))
    value = {
        "uploadUrlExpiresAt": int(media.expires_at * 1000),
        "uploadUrl": _address(ask, media, WHOLE[media.kind], 1),
        media.kind: media.urn,
    }
    return Answer(body={"value": value})


def initialize_video(ask: Ask) -> Answer:
    """Answer initializeUpload of a video: an address for each part."""
    # LinkedIn sheet 7.4: Videos (inclusive ranges; captions and thumbnail addresses only if requested)
    asked = field_of(ask.body, "initializeUploadRequest", dict)
    size = field_of(asked, "fileSizeBytes", int, "initializeUploadRequest/")
    if not 1 <= size <= VIDEO_CEILING:
        raise wrong_value("initializeUploadRequest/fileSizeBytes", "must be 1 to 5 GB")
    wanted = [name for name in ("uploadCaptions", "uploadThumbnail") if asked.get(name, False)]
    if not all(isinstance(asked.get(name, False), bool) for name in ("uploadCaptions", "uploadThumbnail")):
        raise wrong_value("initializeUploadRequest", "holds booleans for uploadCaptions and uploadThumbnail")
    media = _begin(ask, asked)
    media.size = size
    for number, first in enumerate(range(0, size, PART), 1):
        media.parts[number] = Part(first, min(first + PART, size) - 1, ask.state.name("ut", 16))
    value: dict[str, Any] = {
        "uploadUrlsExpireAt": int(media.expires_at * 1000),
        "video": media.urn,
        "uploadInstructions": [
            {
                "uploadUrl": _address(ask, media, WHOLE["video"], number),
                "firstByte": part.first,
                "lastByte": part.last,
            }
            for number, part in media.parts.items()
        ],
        "uploadToken": media.upload_token,
    }
    return Answer(body={"value": value | _extras(ask, media, wanted)})


def _extras(ask: Ask, media: Media, wanted: list[str]) -> dict[str, str]:
    urls = {}
    for name in wanted:
        kind = name.removeprefix("upload").lower()
        media.extras[kind] = Part(0, -1, ask.state.name("ut", 16))
        urls[f"{kind}UploadUrl"] = _address(ask, media, f"uploaded-{kind}", 0)
    return urls


def _begin(ask: Ask, asked: Any) -> Media:
    owner = author_of(asked, "owner")
    ask.act(owner, AS, UPLOADERS, "owner")
    state, kind = ask.state, ask.operation.resource.removesuffix("s")
    life = state.settings.video_seconds if kind == "video" else state.settings.image_seconds
    urn = state.name(f"urn:li:{kind}:{'C5505AQ' if kind == 'video' else 'C4E10AQ'}", 12)
    now = state.clock.now()
    media = Media(urn, kind, owner, ask.member.sub, now, now + life)
    state.media[urn] = media
    return media


def _address(ask: Ask, media: Media, what: str, number: int) -> str:
    # LinkedIn sheet 2.1: Hosts and headers (upload host); sheet 7.2: Images (the address)
    part = media.parts.get(number) or media.extras[what.removeprefix("uploaded-")]
    name = media.urn.rpartition(":")[2]
    return ask.url(f"/dms-uploads/sp/{name}/{what}/{number}?ca=x&cn=uploads&sync=0&v=beta&ut={part.token}")


def finalize(ask: Ask) -> Answer:
    """Answer finalizeUpload of a video."""
    # LinkedIn sheet 7.4: Videos; sheet 13: Simulator notes (what is told to wrong part ids)
    asked, path = field_of(ask.body, "finalizeUploadRequest", dict), "finalizeUploadRequest/"
    media = ask.state.media.get(field_of(asked, "video", str, path))
    if media is None or media.kind != "video":
        raise invalid("INVALID_VIDEO_ID", "The video was not found")
    ask.act(media.owner, AS, UPLOADERS, "owner")
    ids = field_of(asked, "uploadedPartIds", list, path)
    if not isinstance(asked.get("uploadToken"), str):
        raise missing_field(f"{path}uploadToken")
    if asked["uploadToken"] != media.upload_token:
        raise wrong_value(f"{path}uploadToken", "is not the token of this upload")
    _check_parts(media, ids)
    if media.status == "WAITING_UPLOAD":
        processing.begin(ask.state, media)
    return Answer(200)


def _check_parts(media: Media, ids: list[Any]) -> None:
    etags = [part.etag for part in media.parts.values()]
    if not any(etags):
        raise invalid("MEDIA_ASSET_WAITING_UPLOAD", f"Media asset {media.urn} has no bytes")
    signed = {etag.strip('"') for etag in etags if etag}
    given = [str(one).strip('"') for one in ids]
    if not set(given) <= signed:
        # LinkedIn sheet 12: Errors (finalize with wrong part ids)
        raise invalid("", "All chunks IDs must be signed")
    if given != [etag.strip('"') for etag in etags]:
        raise invalid("UPDATING_ASSET_FAILED", "The parts are not all there, or not in their order")


def get(ask: Ask) -> Answer:
    """Answer one medium."""
    # LinkedIn sheet 7.2: Images (status)
    return Answer(body=_looked(ask, ask.params["urn"]))


def several(ask: Ask) -> Answer:
    """Answer a batch of media."""
    keys, found, errors = restli.urns(ask.query, "ids"), {}, {}
    for key in keys:
        try:
            found[key] = _looked(ask, key)
        except RestError as refusal:
            errors[key] = refusal.status
    return batch(keys, found, errors)


def _looked(ask: Ask, urn: str) -> dict[str, Any]:
    kind = ask.operation.resource.removesuffix("s")
    if restli.kind_of(urn) != kind:
        raise invalid("INVALID_URN_TYPE", f"{urn[:80]} is not the URN of a {kind}")
    media = ask.state.media.get(urn)
    if media is None:
        raise not_found(urn)
    _may_look(ask, media)
    processing.move(ask.state, media, looked=True)
    return _shown(ask, media)


def _may_look(ask: Ask, media: Media) -> None:
    # LinkedIn sheet 1: Twelve things that will surprise you (4: videos can be read by a write-only token)
    mine = media.owner == ask.member.urn
    if media.kind == "video" and mine:
        ask.need(*WRITE, *READ)
        return
    forbidden = (
        f"Accessing this {media.kind} resource is forbidden. Please check your permissions for this resource"
    )
    page = ask.state.page(media.owner)
    scopes = ask.token.grant.scopes
    # LinkedIn sheet 7.3: Documents (company-owned: ADMIN or DSC poster). Sheet silent on the scopes of a
    # page's media: one of the page scopes; for a video writing is enough.
    if page is not None:
        by_page = {"r_organization_social"} | ({"w_organization_social"} if media.kind == "video" else set())
        if scopes & by_page and ask.state.roles(ask.member.sub, page) & UPLOADERS:
            return
    elif mine and "r_member_social" in scopes:
        return
    raise denied(forbidden)


def _shown(ask: Ask, media: Media) -> dict[str, Any]:
    whole: dict[str, Any] = {"id": media.urn, "owner": media.owner, "status": media.status}
    if media.status == "AVAILABLE":
        name = media.urn.rpartition(":")[2]
        whole["downloadUrl"] = f"https://media.licdn.com/dms/sim/{name}"
        whole["downloadUrlExpiresAt"] = ask.state.milliseconds() + 3_600_000
    if media.kind == "video":
        whole |= {"duration": 12_000, "aspectRatioWidth": 16, "aspectRatioHeight": 9}
        if media.extras.get("thumbnail", Part(0, 0, "")).etag:
            whole["thumbnail"] = f"{whole.get('downloadUrl', '')}/thumbnail"
        if media.failure:
            whole["processingFailureReason"] = media.failure
    return whole


def _resource(kind: str) -> dict[str, dict[str, Operation]]:
    name = NAMES[kind]
    start = initialize_video if kind == "video" else initialize
    actions = {"POST:action=initializeUpload": Operation(name, "ACTION-initializeUpload", start, WRITE)}
    if kind == "video":
        actions["POST:action=finalizeUpload"] = Operation(name, "ACTION-finalizeUpload", finalize, WRITE)
    return {
        f"/rest/{name}": actions | {"GET:ids": Operation(name, "BATCH_GET", several)},
        f"/rest/{name}/{{urn}}": {"GET": Operation(name, "GET", get)},
    }


REST = {path: methods for kind in NAMES for path, methods in _resource(kind).items()}
