"""The Display API: user info and the videos of a profile; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from postwire.simulator.tiktok.posting import need
from postwire.simulator.tiktok.refusal import RefusalError, invalid_params
from postwire.simulator.tiktok.settings import PROFILE_FIELDS, Account

if TYPE_CHECKING:
    from postwire.simulator.tiktok.state import Grant, TikTok, Video

# TikTok sheet 5.2: video/list
VIDEO_FIELDS = frozenset(
    [
        "id",
        "create_time",
        "cover_image_url",
        "share_url",
        "video_description",
        "duration",
        "height",
        "width",
        "title",
        "embed_html",
        "embed_link",
        "like_count",
        "comment_count",
        "share_count",
        "view_count",
        "is_aigc",
    ]
)
DEFAULT_COUNT, MOST = 10, 20
TITLE = 150  # characters
NO_CURSOR = 10**15  # ms; later than any post

Query = Mapping[str, str]
Body = Mapping[str, Any]


def user_info(state: TikTok, grant: Grant, query: Query) -> dict[str, Any]:
    """Answer user/info."""
    # TikTok sheet 5.1: user/info
    need(grant, *PROFILE_FIELDS)
    account = state.owner(grant)
    state.take("user_info", grant.client_key, state.settings.display_per_minute)
    needed = {name: scope for scope, names in PROFILE_FIELDS.items() for name in names}
    wanted = _fields(query, frozenset(needed))
    user = {name: value for name, value in _user(state, account).items() if name in wanted}
    for name in wanted:
        if needed[name] not in grant.scopes:
            user[name] = _ungranted(state, needed[name], name)
    return {"user": user}


def _ungranted(state: TikTok, scope: str, name: str) -> int:
    # TikTok sheet 5.1: user/info (one client reports zeros instead of an error for statistics)
    if state.settings.silent_zeros and scope == "user.info.stats":
        return 0
    raise RefusalError(400, "scope_permission_missed", f"The field {name} needs the scope {scope}.")


def list_videos(state: TikTok, grant: Grant, query: Query, body: Body) -> dict[str, Any]:
    """Answer video/list: public posts, newest first."""
    # TikTok sheet 5.2: video/list
    need(grant, "video.list")
    account = state.owner(grant)
    state.take("video_list", grant.client_key, state.settings.display_per_minute)
    wanted = _fields(query, VIDEO_FIELDS, body)
    most = _number(body, "max_count", DEFAULT_COUNT)
    if not 1 <= most <= MOST:
        raise invalid_params("max_count must be 1 to 20")
    # TikTok sheet 5.2: video/list (the cursor is a time in milliseconds: posted before)
    before = _number(body, "cursor", NO_CURSOR)
    found = sorted(_public(state, account), key=lambda video: video.created_ms, reverse=True)
    found = [video for video in found if video.created_ms < before]
    page = found[:most]
    return {
        "videos": [_video(account, video, wanted) for video in page],
        "cursor": page[-1].created_ms if page else 0,
        "has_more": len(found) > len(page),
    }


def query_videos(state: TikTok, grant: Grant, query: Query, body: Body) -> dict[str, Any]:
    """Answer video/query: ids that are unknown or another user's are absent."""
    # TikTok sheet 5.3: video/query
    need(grant, "video.list")
    account = state.owner(grant)
    state.take("video_query", grant.client_key, state.settings.display_per_minute)
    wanted = _fields(query, VIDEO_FIELDS, body)
    filters = body.get("filters")
    ids = filters.get("video_ids") if isinstance(filters, dict) else None
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids) or not 1 <= len(ids) <= MOST:
        raise invalid_params("filters.video_ids must be a list of 1 to 20 strings")
    found = [video for video in _public(state, account) if str(video.id) in ids]
    return {"videos": [_video(account, video, wanted) for video in found]}


def _fields(query: Query, known: frozenset[str], body: Body | None = None) -> list[str]:
    # TikTok sheet 1: Hosts and general rules (fields goes in the query string, also of a POST)
    if body and "fields" in body:
        raise invalid_params("fields belongs in the query string")
    wanted = [name for name in query.get("fields", "").split(",") if name]
    if not wanted:
        raise invalid_params("fields is required in the query string")
    if unknown := [name for name in wanted if name not in known]:
        raise invalid_params(f"There is no field {unknown[0][:80]!r}")
    return wanted


def _number(body: Body, name: str, default: int) -> int:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid_params(f"{name} must be a whole number")
    return value


def _public(state: TikTok, account: Account) -> list[Video]:
    return [video for video in state.videos if video.open_id == account.open_id and video.public]


def _user(state: TikTok, account: Account) -> dict[str, Any]:
    avatar = f"https://p16-sim.invalid/{account.username}"
    return {
        "open_id": account.open_id,
        "union_id": f"u-{account.username}",
        "avatar_url": f"{avatar}.jpeg",
        "avatar_url_100": f"{avatar}-100.jpeg",
        "avatar_large_url": f"{avatar}-large.jpeg",
        "display_name": account.display_name,
        "bio_description": "A simulated account.",
        "profile_deep_link": f"https://vm.tiktok.com/sim/{account.username}/",
        "profile_web_link": f"https://www.tiktok.com/@{account.username}",
        "is_verified": account.verified,
        "username": account.username,
        "follower_count": account.followers,
        "following_count": account.following,
        "likes_count": account.likes,
        "video_count": len(_public(state, account)),
    }


def _video(account: Account, video: Video, wanted: list[str]) -> dict[str, Any]:
    # TikTok sheet 10: Publish state machine and polling (permalinks)
    kind = "photo" if video.kind == "PHOTO" else "video"
    link = f"https://www.tiktok.com/@{account.username}/{kind}/{video.id}"
    whole = {
        "id": str(video.id),
        "create_time": video.created_ms // 1000,
        "cover_image_url": f"https://p16-sim.invalid/{video.id}.jpeg",
        "share_url": link,
        "video_description": video.title[:TITLE],
        "duration": 0 if video.kind == "PHOTO" else 12,
        "height": 1920,
        "width": 1080,
        "title": video.title[:TITLE],
        "embed_html": f'<blockquote cite="{link}"></blockquote>',
        "embed_link": f"https://www.tiktok.com/player/v1/{video.id}",
        "like_count": 7,
        "comment_count": 2,
        "share_count": 1,
        "view_count": 42,
        "is_aigc": video.is_aigc,
    }
    return {name: whole[name] for name in wanted}
