"""The Content Posting API: creator info, the three inits, status and cancel; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from postwire.simulator.tiktok import hooks, plan, processing
from postwire.simulator.tiktok.refusal import GUIDELINES, RefusalError, forbidden, invalid_params
from postwire.simulator.tiktok.state import DAY, Grant, Publish, Stage, TikTok, Upload

if TYPE_CHECKING:
    from postwire.simulator.tiktok.settings import Account

# TikTok sheet 5.4: creator_info/query (privacy_level_options)
PUBLIC_OPTIONS = ("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY")
PRIVATE_OPTIONS = ("FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY")
# TikTok sheet 8: Media limits (text in UTF-16 code units)
VIDEO_TITLE, PHOTO_TITLE, PHOTO_DESCRIPTION = 2_200, 90, 4_000
PHOTOS = 35
# TikTok sheet 9: Rate limits and quotas (posting users per app per day)
UNAUDITED_USERS = 5
# TikTok sheet 5.7: content/init (app_version_check_failed)
APP_VERSION = (31, 8)
VIDEO_SWITCHES = (
    "disable_duet",
    "disable_stitch",
    "disable_comment",
    "brand_content_toggle",
    "brand_organic_toggle",
    "is_aigc",
)
PHOTO_SWITCHES = ("disable_comment", "auto_add_music", "brand_content_toggle", "brand_organic_toggle")

Body = Mapping[str, Any]


def need(grant: Grant, *any_of: str) -> None:
    """Refuse a token that has none of some scopes."""
    # TikTok sheet 15: Simulator recipe (bearer: missing scope)
    if not grant.scopes.intersection(any_of):
        raise RefusalError(401, "scope_not_authorized", f"The user has not granted {' or '.join(any_of)}.")


def creator_info(state: TikTok, grant: Grant) -> dict[str, Any]:
    """Answer creator_info/query; what blocks posting is told with status 200."""
    # TikTok sheet 5.4: creator_info/query
    need(grant, "video.publish")
    account = state.owner(grant)
    state.take("creator_info", _who(grant), state.settings.creator_per_minute)
    if code := _blocked(state, account, grant):
        raise RefusalError(200, code, GUIDELINES)
    return {
        "creator_avatar_url": f"https://p16-sim.invalid/{account.username}.jpeg",
        "creator_username": account.username,
        "creator_nickname": account.display_name,
        "privacy_level_options": list(_options(account)),
        "comment_disabled": account.comment_disabled,
        "duet_disabled": account.duet_disabled or account.private,
        "stitch_disabled": account.stitch_disabled or account.private,
        "max_video_post_duration_sec": account.max_seconds,
    }


def init_video(state: TikTok, grant: Grant, body: Body) -> Publish:
    """Answer video/init."""
    # TikTok sheet 5.5: video/init
    # Sheet silent on the order token, scope, rate, input (400), rules (403): that one.
    need(grant, "video.publish")
    account = state.owner(grant)
    state.take("video_init", _who(grant), state.settings.init_per_minute)
    info = _optional_object(body, "post_info")
    _text(info, "title", VIDEO_TITLE)
    _switches(info, VIDEO_SWITCHES)
    publish = _video_source(state, grant, _object(body, "source_info"), draft=False)
    _direct_rules(state, account, grant, info, publish)
    return _accept(state, publish, info)


def init_draft(state: TikTok, grant: Grant, body: Body) -> Publish:
    """Answer inbox/video/init."""
    # TikTok sheet 5.6: inbox/video/init (a post_info is tolerated, its text without promise)
    need(grant, "video.upload")
    account = state.owner(grant)
    state.take("inbox_init", _who(grant), state.settings.init_per_minute)
    publish = _video_source(state, grant, _object(body, "source_info"), draft=True)
    _draft_rules(state, account, publish)
    return _accept(state, publish, {})


def init_photo(state: TikTok, grant: Grant, body: Body) -> Publish:
    """Answer content/init, in both modes."""
    # TikTok sheet 5.7: content/init
    mode = body.get("post_mode")
    scopes = {"DIRECT_POST": ("video.publish",), "MEDIA_UPLOAD": ("video.upload",)}
    known = isinstance(mode, str) and mode in scopes
    need(grant, *(scopes[str(mode)] if known else ("video.publish", "video.upload")))
    account = state.owner(grant)
    state.take("content_init", _who(grant), state.settings.init_per_minute)
    if not known or body.get("media_type") != "PHOTO":
        raise invalid_params("post_mode must be DIRECT_POST or MEDIA_UPLOAD, and media_type PHOTO")
    info = _object(body, "post_info")
    _text(info, "title", PHOTO_TITLE)
    _text(info, "description", PHOTO_DESCRIPTION)
    urls = _photos(_object(body, "source_info"))
    draft = mode == "MEDIA_UPLOAD"
    publish = _new(state, grant, "PHOTO", "p_pub_url~v2.", draft=draft, urls=urls)
    if draft and account.app_version < APP_VERSION:
        raise RefusalError(400, "app_version_check_failed", GUIDELINES)
    if draft:
        _draft_rules(state, account, publish)
        return _accept(state, publish, {name: info.get(name) for name in ("title", "description")})
    _switches(info, PHOTO_SWITCHES)
    _direct_rules(state, account, grant, info, publish)
    return _accept(state, publish, info)


def status(state: TikTok, publish: Publish) -> dict[str, Any]:
    """Describe a publish as status/fetch does."""
    # TikTok sheet 5.9: status/fetch
    busy = "PROCESSING_UPLOAD" if publish.upload else "PROCESSING_DOWNLOAD"
    words = {Stage.INBOX: "SEND_TO_USER_INBOX", Stage.COMPLETE: "PUBLISH_COMPLETE", Stage.FAILED: "FAILED"}
    data: dict[str, Any] = {"status": words.get(publish.stage, busy)}
    if publish.stage is Stage.FAILED:
        data["fail_reason"] = publish.fail_reason
    if publish.stage is Stage.COMPLETE:
        data |= _post_ids(state.settings.post_ids_as, publish.post_ids)
    if publish.upload:
        data["uploaded_bytes"] = publish.upload.received
    else:
        data["downloaded_bytes"] = publish.downloaded
    return data


def _post_ids(shape: str, ids: list[int]) -> dict[str, Any]:
    # TikTok sheet 5.9: status/fetch (the key is misspelled; what some clients guard against are switches)
    if not ids and shape == "absent":
        return {}
    if ids and shape == "string":
        return {"publicaly_available_post_id": str(ids[0])}
    return {"publicly_available_post_id" if shape == "alias" else "publicaly_available_post_id": list(ids)}


def poll(state: TikTok, grant: Grant, body: Body) -> Publish:
    """Count a status poll and let the publish go on."""
    need(grant, "video.publish", "video.upload")
    state.owner(grant)
    state.take("status_fetch", _who(grant), state.settings.status_per_minute)
    publish = find(state, grant, body)
    processing.poll(state, publish)
    return publish


def cancel(state: TikTok, grant: Grant, body: Body) -> None:
    """Answer cancel: only a download that still runs can be cancelled."""
    # TikTok sheet 5.10: cancel. Sheet silent on its rate limit: none.
    need(grant, "video.publish", "video.upload")
    state.owner(grant)
    publish = find(state, grant, body)
    if publish.stage is not Stage.DOWNLOAD:
        raise RefusalError(400, "publish_not_cancellable", GUIDELINES)
    if not all(state.is_verified(url) for url in publish.urls):
        raise forbidden("url_ownership_unverified")
    hooks.fail(state, publish, "publish_cancelled")


def find(state: TikTok, grant: Grant, body: Body) -> Publish:
    """Find the publish that a body names."""
    # TikTok sheet 5.9: status/fetch (errors; anything unusable is an invalid_publish_id)
    wanted = body.get("publish_id")
    publish = state.publishes.get(wanted) if isinstance(wanted, str) else None
    if publish is None:
        raise RefusalError(400, "invalid_publish_id", "The publish_id does not exist.")
    if (publish.grant.open_id, publish.grant.client_key) != (grant.open_id, grant.client_key):
        raise RefusalError(400, "token_not_authorized_for_specified_publish_id", GUIDELINES)
    return publish


def _who(grant: Grant) -> str:
    # TikTok sheet 9: Rate limits (per user token). Sheet silent: a refreshed token keeps the count.
    return f"{grant.client_key} {grant.open_id}"


def _options(account: Account) -> tuple[str, ...]:
    return PRIVATE_OPTIONS if account.private else PUBLIC_OPTIONS


def _object(body: Body, name: str) -> Body:
    value = body.get(name)
    if not isinstance(value, dict):
        raise invalid_params(f"{name} is required and must be an object")
    return value


def _optional_object(body: Body, name: str) -> Body:
    # TikTok sheet 5.12: a missing privacy_level is a 403. Sheet silent: so is one whose post_info is missing.
    return {} if body.get(name) is None else _object(body, name)


def _text(info: Body, name: str, most: int) -> None:
    value = info.get(name)
    if value is None:
        return
    if not isinstance(value, str):
        raise invalid_params(f"{name} must be a string")
    # TikTok sheet 8: Media limits (unit of text)
    if len(value.encode("utf-16-le", "surrogatepass")) // 2 > most:
        raise invalid_params(f"{name} may have at most {most} UTF-16 code units")


def _switches(info: Body, names: tuple[str, ...]) -> None:
    for name in names:
        if info.get(name) is not None and not isinstance(info[name], bool):
            raise invalid_params(f"{name} must be true or false")


def _video_source(state: TikTok, grant: Grant, source: Body, *, draft: bool) -> Publish:
    # TikTok sheet 5.5: video/init (prefixes of publish_id)
    kind = source.get("source")
    if kind == "FILE_UPLOAD":
        numbers = (source.get(name) for name in ("video_size", "chunk_size", "total_chunk_count"))
        size, chunk, count = plan.check(*numbers, strict=state.settings.strict_plan)
        publish = _new(
            state, grant, "VIDEO", "v_inbox_file~v2." if draft else "v_pub_file~v2-1.", draft=draft
        )
        until = state.clock.now() + state.settings.upload_seconds
        publish.upload = Upload(state.name("8"), state.name("simtok"), publish.id, size, chunk, count, until)
        publish.upload.digest = hashlib.sha256() if state.settings.checksums else None
        return publish
    if kind == "PULL_FROM_URL":
        url = source.get("video_url")
        if not isinstance(url, str) or "://" not in url:
            raise invalid_params("video_url is required for PULL_FROM_URL")
        prefix = "v_inbox_url~v2." if draft else "v_pub_url~v2."
        return _new(state, grant, "VIDEO", prefix, draft=draft, urls=(url,))
    raise invalid_params("source must be FILE_UPLOAD or PULL_FROM_URL")


def _photos(source: Body) -> tuple[str, ...]:
    # TikTok sheet 5.7: content/init (no file upload for photos)
    if source.get("source") != "PULL_FROM_URL":
        raise invalid_params("source must be PULL_FROM_URL for photos")
    urls = source.get("photo_images")
    if not isinstance(urls, list) or not all(isinstance(url, str) and "://" in url for url in urls):
        raise invalid_params("photo_images must be a list of URLs")
    if not 1 <= len(urls) <= PHOTOS:
        raise invalid_params("photo_images must have 1 to 35 entries")
    cover = source.get("photo_cover_index")
    # Sheet 5.7 infers the code for an index outside the list.
    if isinstance(cover, bool) or not isinstance(cover, int) or not 0 <= cover < len(urls):
        raise invalid_params("photo_cover_index is required and must be an index of photo_images")
    return tuple(urls)


def _new(
    state: TikTok, grant: Grant, kind: str, prefix: str, *, draft: bool, urls: tuple[str, ...] = ()
) -> Publish:
    stage = Stage.DOWNLOAD if urls else Stage.UPLOAD
    return Publish(state.name(prefix), grant, kind, draft, stage, state.clock.now(), urls=urls)


def _blocked(state: TikTok, account: Account, grant: Grant) -> str:
    # TikTok sheet 9: Rate limits and quotas
    if account.banned:
        return "spam_risk_user_banned_from_posting"
    if _posts_today(state, account) >= state.settings.posts_per_day:
        return "spam_risk_too_many_posts"
    return "reached_active_user_cap" if _crowded(state, grant) else ""


def _posts_today(state: TikTok, account: Account) -> int:
    # TikTok sheet 9: posts per creator are shared across all apps. Sheet silent: an init whose media never
    # came is no post.
    since = state.clock.now() - DAY
    return sum(
        1
        for publish in state.publishes.values()
        if publish.grant.open_id == account.open_id
        and not publish.draft
        and publish.stage is not Stage.FAILED
        and (publish.media_at or 0) > since
    )


def _crowded(state: TikTok, grant: Grant) -> bool:
    settings = state.settings
    cap = settings.active_users if settings.active_users is not None or settings.audited else UNAUDITED_USERS
    since = state.clock.now() - DAY
    users = {user for (key, user), at in state.active.items() if key == grant.client_key and at > since}
    return cap is not None and grant.open_id not in users and len(users) >= cap


def _direct_rules(state: TikTok, account: Account, grant: Grant, info: Body, publish: Publish) -> None:
    # TikTok sheet 13: Audit / UX rules (branded content cannot be private). Sheet silent on the code.
    privacy = info.get("privacy_level")
    if info.get("brand_content_toggle") and privacy == "SELF_ONLY":
        raise invalid_params("Branded content cannot be private")
    if code := _blocked(state, account, grant):
        raise forbidden(code)
    # TikTok sheet 15: Simulator recipe (matrix: a missing privacy_level too). Sheet silent on the order.
    if privacy not in _options(account):
        raise forbidden("privacy_level_option_mismatch")
    # TikTok sheet 13: Audit / UX rules (unaudited client: only SELF_ONLY, and the account is private)
    if not state.settings.audited and not (account.private and privacy == "SELF_ONLY"):
        raise forbidden("unaudited_client_can_only_post_to_private_accounts")
    _owned(state, publish)


def _draft_rules(state: TikTok, account: Account, publish: Publish) -> None:
    # TikTok sheet 5.12: which endpoint may answer which code
    if account.banned:
        raise forbidden("spam_risk_user_banned_from_posting")
    since = state.clock.now() - DAY
    # TikTok sheet 5.6: inbox/video/init (pending shares; a draft that was posted or failed is none)
    pending = [
        other
        for other in state.publishes.values()
        if other.draft
        and other.grant.open_id == account.open_id
        and other.created_at > since
        and other.stage not in {Stage.FAILED, Stage.COMPLETE}
    ]
    if len(pending) >= state.settings.pending_shares:
        raise forbidden("spam_risk_too_many_pending_share")
    _owned(state, publish)


def _owned(state: TikTok, publish: Publish) -> None:
    # TikTok sheet 7: PULL_FROM_URL
    if not all(state.is_verified(url) for url in publish.urls):
        raise forbidden("url_ownership_unverified")


def _accept(state: TikTok, publish: Publish, info: Body) -> Publish:
    publish.title, publish.description = info.get("title") or "", info.get("description") or ""
    publish.privacy, publish.post_info = info.get("privacy_level") or "", dict(info)
    if state.settings.fail_next:
        publish.planned_failure = state.settings.fail_next.pop(0)
    state.publishes[publish.id] = publish
    if publish.upload:
        state.uploads[publish.upload.id] = publish.upload
    state.active[publish.grant.client_key, publish.grant.open_id] = state.clock.now()
    return publish
