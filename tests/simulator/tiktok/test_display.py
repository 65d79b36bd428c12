"""User info and the videos of a profile."""

from __future__ import annotations

from typing import Any

import pytest

INFO = "/v2/user/info/?fields="
LIST = "/v2/video/list/?fields=id,create_time,title"
QUERY = "/v2/video/query/?fields=id,share_url"


def test_only_requested_fields_come_with_their_types(desk: Any) -> None:
    answer = desk.api(INFO + "open_id,username,follower_count,is_verified", method="GET").json()
    user = {
        "open_id": "-000SimOpenId01",
        "username": "simstudio",
        "follower_count": 1204,
        "is_verified": False,
    }
    assert answer["data"]["user"] == user
    assert answer["error"]["code"] == "ok"
    assert answer["error"]["log_id"]


@pytest.mark.parametrize(
    ("scopes", "fields", "expected"),
    [
        ({"user.info.basic"}, "open_id", (200, "ok")),
        ({"video.list"}, "open_id", (401, "scope_not_authorized")),
        ({"user.info.basic"}, "open_id,username", (400, "scope_permission_missed")),
        ({"user.info.profile"}, "follower_count", (400, "scope_permission_missed")),
        ({"user.info.basic"}, "", (400, "invalid_params")),
        ({"user.info.basic"}, "shoe_size", (400, "invalid_params")),
    ],
)
def test_fields_and_their_scopes(desk: Any, scopes: set[str], fields: str, expected: tuple[int, str]) -> None:
    token = desk.tiktok.connect(scopes=frozenset(scopes))
    assert desk.outcome(INFO + fields, method="GET", token=token) == expected


def test_silent_zeros_are_a_switch(desk: Any) -> None:
    token = desk.tiktok.connect(scopes=frozenset({"user.info.basic"}))
    desk.settings.silent_zeros = True
    answer = desk.api(INFO + "open_id,likes_count", method="GET", token=token).json()
    assert answer["data"]["user"]["likes_count"] == 0


def test_a_get_with_a_body_is_refused(desk: Any) -> None:
    assert desk.outcome(INFO + "open_id", {"a": 1}, method="GET") == (400, "invalid_params")


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (LIST, {}, (200, "ok")),
        (LIST, {"max_count": 20, "cursor": 1}, (200, "ok")),
        (LIST, {"max_count": 21}, (400, "invalid_params")),
        (LIST, {"max_count": 0}, (400, "invalid_params")),
        (LIST, {"cursor": "1"}, (400, "invalid_params")),
        (LIST, {"fields": "id"}, (400, "invalid_params")),
        ("/v2/video/list/", {"fields": "id"}, (400, "invalid_params")),
        ("/v2/video/list/", {}, (400, "invalid_params")),
        (LIST, [], (400, "invalid_params")),
        (QUERY, {"filters": {"video_ids": ["7500000000000000001"]}}, (200, "ok")),
        (QUERY, {"filters": {"video_ids": [7500000000000000001]}}, (400, "invalid_params")),
        (QUERY, {"filters": {"video_ids": ["1"] * 21}}, (400, "invalid_params")),
        (QUERY, {"video_ids": ["1"]}, (400, "invalid_params")),
        (QUERY, {"fields": "id", "filters": {"video_ids": ["1"]}}, (400, "invalid_params")),
    ],
)
def test_lists_and_queries(desk: Any, path: str, body: Any, expected: tuple[int, str]) -> None:
    assert desk.outcome(path, body) == expected
    token = desk.tiktok.connect(scopes=frozenset({"video.publish"}))
    assert desk.outcome(path, {}, token=token) == (401, "scope_not_authorized")


def test_pages_go_by_time_newest_first_without_loss(desk: Any) -> None:
    for number in range(30):
        desk.tiktok.add_video("-000SimOpenId01", f"Post {number}")
    desk.tiktok.add_video("-000SimOpenId02", "another user's")
    seen: list[str] = []
    body: dict[str, int] = {"max_count": 20}
    while True:
        data = desk.api(LIST, body).json()["data"]
        seen += [video["title"] for video in data["videos"]]
        assert data["cursor"] // 1000 == data["videos"][-1]["create_time"]
        if not data["has_more"]:
            break
        body = {"max_count": 20, "cursor": data["cursor"]}
    assert seen == [f"Post {n}" for n in reversed(range(30))] + ["Sample 3", "Sample 2", "Sample 1"]


def test_a_query_leaves_out_unknown_and_foreign_ids(desk: Any) -> None:
    other = desk.tiktok.add_video("-000SimOpenId02", "not mine")
    ids = ["7500000000000000001", str(other.id), "42"]
    videos = desk.api(QUERY, {"filters": {"video_ids": ids}}).json()["data"]["videos"]
    assert [video["id"] for video in videos] == ["7500000000000000001"]
    assert videos[0]["share_url"] == "https://www.tiktok.com/@simstudio/video/7500000000000000001"


def test_the_display_limit_counts_for_the_app(desk: Any) -> None:
    desk.settings.display_per_minute = 2
    other = desk.tiktok.connect("simprivate")
    assert desk.outcome(INFO + "open_id", method="GET") == (200, "ok")
    assert desk.outcome(INFO + "open_id", method="GET", token=other) == (200, "ok")
    assert desk.outcome(INFO + "open_id", method="GET") == (429, "rate_limit_exceeded")
    assert desk.outcome(LIST, {}) == (200, "ok")


@pytest.mark.parametrize("token", ["act.unknown", "rft.sim"])
def test_unknown_tokens(desk: Any, token: str) -> None:
    assert desk.outcome(INFO + "open_id", method="GET", token=token) == (401, "access_token_invalid")
    answer = desk.send("GET", "https://open.tiktokapis.com" + INFO + "open_id")
    assert answer.status_code == 401
