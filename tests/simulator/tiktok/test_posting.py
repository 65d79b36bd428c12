"""Creator info and the three inits: who may post what."""

from __future__ import annotations

from typing import Any

import pytest

PUBLISH = "/v2/post/publish"
VIDEO, INBOX, PHOTO = f"{PUBLISH}/video/init/", f"{PUBLISH}/inbox/video/init/", f"{PUBLISH}/content/init/"
CREATOR = f"{PUBLISH}/creator_info/query/"
INVALID = (400, "invalid_params")
MISMATCH = (403, "privacy_level_option_mismatch")
UNOWNED = (403, "url_ownership_unverified")
SIZE_TEXT, COUNT_TEXT = "The chunk size is invalid", "The total chunk count is invalid"


@pytest.mark.parametrize(
    ("size", "chunk", "count"),
    [
        (1, 1, 1),
        (4_999_999, 4_999_999, 1),
        (5_242_880, 5_242_880, 1),
        (64_000_000, 64_000_000, 1),
        (64_000_001, 10_000_000, 6),
        (67_108_865, 10_000_000, 6),
        (50_000_123, 10_000_000, 5),
        (287_000_000, 10_000_000, 28),
        (4_294_967_296, 10_000_000, 429),
        (158_008_374, 5_242_880, 30),
        (73_400_320, 10_485_760, 7),
    ],
)
def test_the_sheets_plans_are_taken_under_both_readings_of_mb(
    desk: Any, size: int, chunk: int, count: int
) -> None:
    assert desk.outcome(VIDEO, desk.video(desk.file(size, chunk, count))) == (200, "ok")
    desk.settings.strict_plan = True
    assert desk.outcome(VIDEO, desk.video(desk.file(size, chunk, count))) == (200, "ok")


@pytest.mark.parametrize(
    ("size", "chunk", "count", "text"),
    [
        (0, 1, 1, SIZE_TEXT),
        (4_294_967_297, 10_000_000, 429, SIZE_TEXT),
        (20_000_000, 4_999_999, 4, SIZE_TEXT),
        (200_000_000, 67_108_865, 2, SIZE_TEXT),
        (121_000_000, 64_000_000, 1, SIZE_TEXT),
        (67_108_865, 67_108_865, 1, SIZE_TEXT),
        (15_000_000, 10_000_000, 1, SIZE_TEXT),
        (4_000_000, 5_000_000, 1, SIZE_TEXT),
        (50_000_123, 10_000_000, 6, COUNT_TEXT),  # ceil
        (50_000_123, 10_000_000, 4, COUNT_TEXT),
        (5_000_000, 5_000_000, 2, COUNT_TEXT),
        (20_000_000, 10_000_000, 0, COUNT_TEXT),
    ],
)
def test_plans_that_are_refused(desk: Any, size: int, chunk: int, count: int, text: str) -> None:
    source = {"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk, "total_chunk_count": count}
    for path in (VIDEO, INBOX):
        answer = desk.api(path, desk.video(source))
        assert (answer.status_code, answer.json()["error"]["code"]) == INVALID
        assert answer.json()["error"]["message"] == text


@pytest.mark.parametrize(
    ("size", "chunk", "count"), [(20_000_000, 5_000_000, 4), (66_000_000, 66_000_000, 1)]
)
def test_the_strict_switch_takes_the_narrow_limits(desk: Any, size: int, chunk: int, count: int) -> None:
    body = desk.video(desk.file(size, chunk, count))
    assert desk.outcome(VIDEO, body) == (200, "ok")
    desk.settings.strict_plan = True
    assert desk.outcome(VIDEO, body) == INVALID


PULL = {"source": "PULL_FROM_URL"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"post_info": {"title": "a" * 2200}}, (200, "ok")),
        ({"post_info": {"title": "\N{GRINNING FACE}" * 1100}}, (200, "ok")),
        ({"post_info": {"title": "\N{GRINNING FACE}" * 1100 + "a"}}, INVALID),
        ({"post_info": {"title": 5}}, INVALID),
        ({"post_info": {"disable_duet": "yes"}}, INVALID),
        ({"post_info": {"video_cover_timestamp_ms": "never"}}, (200, "ok")),
        ({"post_info": {"privacy_level": None}}, MISMATCH),
        ({"post_info": {"privacy_level": "FOLLOWER_OF_CREATOR"}}, MISMATCH),
        ({"post_info": {"privacy_level": "EVERYBODY"}}, MISMATCH),
        ({"post_info": {"privacy_level": "SELF_ONLY", "brand_content_toggle": True}}, INVALID),
        ({"post_info": {"privacy_level": "SELF_ONLY", "brand_organic_toggle": True}}, (200, "ok")),
        ({"post_info": {"unknown": 1}}, (200, "ok")),
        ({"source_info": PULL | {"video_url": "https://media.example.com/a.mp4"}}, (200, "ok")),
        ({"source_info": PULL | {"video_url": "https://cdn.media.example.com/a.mp4"}}, (200, "ok")),
        ({"source_info": PULL | {"video_url": "https://xmedia.example.com/a.mp4"}}, UNOWNED),
        ({"source_info": PULL | {"video_url": "http://media.example.com/a.mp4"}}, UNOWNED),
        ({"source_info": PULL | {"video_url": "http://127.0.0.1:1/a.mp4"}}, UNOWNED),
        ({"source_info": PULL}, INVALID),
        ({"source_info": PULL | {"video_url": "a.mp4"}}, INVALID),
        ({"source_info": {"source": "FTP"}}, INVALID),
        ({"source_info": {"video_size": 5}}, INVALID),
    ],
)
def test_video_init(desk: Any, body: dict[str, Any], expected: tuple[int, str]) -> None:
    whole = desk.video(**body.get("post_info", {})) | {k: v for k, v in body.items() if k == "source_info"}
    assert desk.outcome(VIDEO, whole) == expected


def test_missing_objects(desk: Any) -> None:
    assert desk.outcome(VIDEO, {"source_info": desk.file()}) == MISMATCH
    assert desk.outcome(VIDEO, {"post_info": {"privacy_level": "SELF_ONLY"}}) == INVALID
    assert desk.outcome(INBOX, {}) == INVALID


def test_bodies_that_are_no_json(desk: Any) -> None:
    url, headers = f"https://open.tiktokapis.com{VIDEO}", {"Authorization": f"Bearer {desk.token}"}
    for kind, content in (("application/json", "{"), ("text/plain", "{}"), ("application/json", "[]")):
        answer = desk.send("POST", url, content=content, headers=headers | {"Content-Type": kind})
        assert (answer.status_code, answer.json()["error"]["code"]) == INVALID


@pytest.mark.parametrize(
    ("path", "scope", "other"),
    [
        (VIDEO, "video.publish", "video.upload"),
        (INBOX, "video.upload", "video.publish"),
        (CREATOR, "video.publish", "video.upload"),
    ],
)
def test_each_init_has_its_scope(desk: Any, path: str, scope: str, other: str) -> None:
    assert desk.outcome(path, desk.video(), token=desk.tiktok.connect(scopes=frozenset({scope}))) == (
        200,
        "ok",
    )
    wrong = desk.tiktok.connect(scopes=frozenset({other}))
    assert desk.outcome(path, desk.video(), token=wrong) == (401, "scope_not_authorized")


def test_the_scope_of_photos_goes_by_mode(desk: Any) -> None:
    for mode, scope in (("DIRECT_POST", "video.publish"), ("MEDIA_UPLOAD", "video.upload")):
        token = desk.tiktok.connect(scopes=frozenset({scope}))
        assert desk.outcome(PHOTO, desk.photo(mode), token=token) == (200, "ok")
        other = "MEDIA_UPLOAD" if mode == "DIRECT_POST" else "DIRECT_POST"
        assert desk.outcome(PHOTO, desk.photo(other), token=token) == (401, "scope_not_authorized")


@pytest.mark.parametrize(
    ("mode", "source", "info", "expected"),
    [
        ("DIRECT_POST", {}, {"title": "a" * 90, "description": "b" * 4000}, (200, "ok")),
        ("DIRECT_POST", {}, {"title": "a" * 91}, INVALID),
        ("DIRECT_POST", {}, {"description": "\N{GRINNING FACE}" * 2001}, INVALID),
        ("MEDIA_UPLOAD", {}, {"title": "a" * 91}, INVALID),
        ("DIRECT_POST", {}, {"privacy_level": None}, MISMATCH),
        ("MEDIA_UPLOAD", {}, {"privacy_level": None}, (200, "ok")),
        ("DIRECT POST", {}, {}, INVALID),
        ("DIRECT_POST", {"source": "FILE_UPLOAD"}, {}, INVALID),
        ("DIRECT_POST", {"photo_cover_index": 2}, {}, INVALID),
        ("DIRECT_POST", {"photo_cover_index": -1}, {}, INVALID),
        ("DIRECT_POST", {"photo_cover_index": None}, {}, INVALID),
        ("DIRECT_POST", {"photo_images": []}, {}, INVALID),
        ("DIRECT_POST", {"photo_images": ["https://media.example.com/1.jpg"] * 35}, {}, (200, "ok")),
        ("DIRECT_POST", {"photo_images": ["https://media.example.com/1.jpg"] * 36}, {}, INVALID),
        ("DIRECT_POST", {"photo_images": "https://media.example.com/1.jpg"}, {}, INVALID),
        ("DIRECT_POST", {"photo_images": ["https://elsewhere.example/1.jpg"]}, {}, UNOWNED),
        ("MEDIA_UPLOAD", {"photo_images": ["http://media.example.com/1.jpg"]}, {}, UNOWNED),
        ("DIRECT_POST", {}, {"auto_add_music": "yes"}, INVALID),
    ],
)
def test_content_init(desk: Any, mode: str, source: Any, info: Any, expected: tuple[int, str]) -> None:
    assert desk.outcome(PHOTO, desk.photo(mode, source, **info)) == expected


def test_photos_need_both_objects_and_their_media_type(desk: Any) -> None:
    for name in ("post_info", "source_info", "media_type"):
        assert desk.outcome(PHOTO, desk.photo() | {name: None}) == INVALID


def test_photo_drafts_need_a_recent_app(desk: Any) -> None:
    desk.settings.accounts[0].app_version = (31, 7)
    assert desk.outcome(PHOTO, desk.photo("MEDIA_UPLOAD")) == (400, "app_version_check_failed")
    assert desk.outcome(PHOTO, desk.photo()) == (200, "ok")


@pytest.mark.parametrize(
    ("path", "limit"),
    [(VIDEO, 6), (INBOX, 6), (PHOTO, 6), (CREATOR, 20), (f"{PUBLISH}/status/fetch/", 30)],
)
def test_sliding_minutes_per_user(desk: Any, path: str, limit: int) -> None:
    desk.settings.pending_shares = 100
    body = desk.photo() if path == PHOTO else desk.video()
    first = [desk.outcome(path, body)[0] for _ in range(limit)]
    assert 429 not in first
    assert desk.outcome(path, body) == (429, "rate_limit_exceeded")
    assert desk.outcome(path, body, token=desk.tiktok.connect("simprivate"))[0] != 429
    desk.simulator.clock.advance(59)
    assert desk.outcome(path, body)[0] == 429
    desk.simulator.clock.advance(1)
    assert desk.outcome(path, body)[0] != 429


def test_creator_info_goes_by_the_kind_of_account(desk: Any) -> None:
    public = desk.api(CREATOR).json()["data"]
    assert public["privacy_level_options"] == ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    assert (public["creator_username"], public["duet_disabled"]) == ("simstudio", False)
    private = desk.api(CREATOR, {}, token=desk.tiktok.connect("simprivate")).json()["data"]
    assert private["privacy_level_options"] == ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    assert (private["duet_disabled"], private["stitch_disabled"]) == (True, True)


def test_a_banned_user(desk: Any) -> None:
    desk.settings.accounts[0].banned = True
    code = "spam_risk_user_banned_from_posting"
    assert desk.outcome(CREATOR) == (200, code)
    for path, body in ((VIDEO, desk.video()), (INBOX, desk.video()), (PHOTO, desk.photo())):
        assert desk.outcome(path, body) == (403, code)


def test_the_daily_cap_counts_posts_whose_media_came(desk: Any) -> None:
    desk.settings.posts_per_day = 1
    desk.start()  # never uploaded
    desk.published()
    assert desk.outcome(VIDEO, desk.video()) == (403, "spam_risk_too_many_posts")
    assert desk.outcome(CREATOR) == (200, "spam_risk_too_many_posts")
    assert desk.outcome(INBOX, desk.video()) == (200, "ok")
    desk.simulator.clock.advance(86_400)
    desk.token = desk.tiktok.connect()
    assert desk.outcome(VIDEO, desk.video()) == (200, "ok")


def test_drafts_do_not_count_as_posts(desk: Any) -> None:
    desk.settings.posts_per_day = 1
    draft = desk.start(path="/inbox/video/init/")
    assert desk.put(draft["upload_url"], 0, bytes(24), 24).status_code == 201
    assert desk.outcome(VIDEO, desk.video()) == (200, "ok")


def test_five_pending_shares(desk: Any) -> None:
    desk.settings.init_per_minute = 100
    started = [desk.start(desk.video(), "/inbox/video/init/") for _ in range(5)]
    full = (403, "spam_risk_too_many_pending_share")
    assert desk.outcome(INBOX, desk.video()) == full
    assert desk.outcome(PHOTO, desk.photo("MEDIA_UPLOAD")) == full
    desk.tiktok.publishes[started[0]["publish_id"]].stage = "failed"
    assert desk.outcome(INBOX, desk.video()) == (200, "ok")
    desk.simulator.clock.advance(86_400)
    desk.token = desk.tiktok.connect()
    assert desk.outcome(INBOX, desk.video()) == (200, "ok")


def test_an_unaudited_app_posts_privately_to_private_accounts(desk: Any) -> None:
    desk.settings.audited = False
    refused = (403, "unaudited_client_can_only_post_to_private_accounts")
    assert desk.outcome(VIDEO, desk.video(privacy_level="SELF_ONLY")) == refused
    desk.token = desk.tiktok.connect("simprivate")
    assert desk.outcome(VIDEO, desk.video(privacy_level="MUTUAL_FOLLOW_FRIENDS")) == refused
    assert desk.outcome(PHOTO, desk.photo(privacy_level="SELF_ONLY")) == (200, "ok")


def test_the_cap_of_active_users(desk: Any) -> None:
    desk.settings.active_users = 1
    desk.start()
    other = desk.tiktok.connect("simprivate")
    body = desk.video(privacy_level="SELF_ONLY")
    assert desk.outcome(CREATOR, token=other) == (200, "reached_active_user_cap")
    assert desk.outcome(VIDEO, body, token=other) == (403, "reached_active_user_cap")
    assert desk.outcome(VIDEO, body) == (200, "ok")


@pytest.mark.parametrize("path", [f"{PUBLISH}/status/fetch/", f"{PUBLISH}/cancel/"])
def test_publish_ids(desk: Any, path: str) -> None:
    mine = desk.start()["publish_id"]
    other = desk.tiktok.connect("simprivate")
    foreign = (400, "token_not_authorized_for_specified_publish_id")
    assert desk.outcome(path, {"publish_id": mine}, token=other) == foreign
    bodies: list[Any] = [{"publish_id": "v_pub_file~v2-1.1"}, {"publish_id": 5}, {}, []]
    for body in bodies:
        assert desk.outcome(path, body) == (400, "invalid_publish_id")
    reader = desk.tiktok.connect(scopes=frozenset({"video.list"}))
    assert desk.outcome(path, {"publish_id": mine}, token=reader) == (401, "scope_not_authorized")


def test_answers_have_the_documented_shape(desk: Any) -> None:
    file = desk.start()
    assert file["publish_id"].startswith("v_pub_file~v2-1.")
    assert len(file["publish_id"]) <= 64
    assert len(file["upload_url"]) <= 256
    assert file["upload_url"].startswith("https://open-upload.tiktokapis.com/video/?upload_id=")
    pull = desk.start(desk.video(PULL | {"video_url": "https://media.example.com/a.mp4"}))
    assert set(pull) == {"publish_id"}
    assert set(desk.start(desk.photo(), "/content/init/")) == {"publish_id"}
