"""Wrong requests and what they are told, row by row of the sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    Asked = Callable[[Any], httpx2.Response]

PUBLISH = "/v2/post/publish"
VIDEO, INBOX, PHOTO = f"{PUBLISH}/video/init/", f"{PUBLISH}/inbox/video/init/", f"{PUBLISH}/content/init/"
CREATOR, STATUS, CANCEL = f"{PUBLISH}/creator_info/query/", f"{PUBLISH}/status/fetch/", f"{PUBLISH}/cancel/"
INFO, LIST, QUERY = "/v2/user/info/", "/v2/video/list/", "/v2/video/query/"
EMOJI = "\N{GRINNING FACE}"  # two UTF-16 code units
IDS_21 = {"video_ids": ["1"] * 21}
JPG = "https://media.example.com/1.jpg"
SIZE_TEXT, COUNT_TEXT = "The chunk size is invalid", "The total chunk count is invalid"
POSTS = {"spam_risk_too_many_posts", "spam_risk_user_banned_from_posting", "reached_active_user_cap"}
RULES = {
    "unaudited_client_can_only_post_to_private_accounts",
    "url_ownership_unverified",
    "privacy_level_option_mismatch",
}
SHARES = {"spam_risk_too_many_pending_share"}
IDS = {"invalid_publish_id", "token_not_authorized_for_specified_publish_id"}
BANNED = {"spam_risk_user_banned_from_posting"}

# Sheet 5.12: which endpoint may answer which code, beside 401 and 429, which all may
MATRIX: dict[str, dict[int, set[str]]] = {
    CREATOR: {200: POSTS},
    VIDEO: {400: {"invalid_params"}, 403: POSTS | RULES},
    INBOX: {400: {"invalid_params"}, 403: SHARES | BANNED | {"url_ownership_unverified"}},
    PHOTO: {400: {"invalid_params", "app_version_check_failed"}, 403: POSTS | RULES | SHARES},
    STATUS: {400: IDS},
    CANCEL: {400: IDS | {"publish_not_cancellable"}, 403: {"url_ownership_unverified"}},
    **{path: {400: {"invalid_params", "scope_permission_missed"}} for path in (INFO, LIST, QUERY)},
}
EVERYWHERE = {401: {"access_token_invalid", "scope_not_authorized"}, 429: {"rate_limit_exceeded"}}


def rows(told: dict[Any, dict[str, Any]]) -> list[Any]:
    return [pytest.param(ask, code, id=name) for code, asked in told.items() for name, ask in asked.items()]


def pull(url: str) -> dict[str, str]:
    return {"source": "PULL_FROM_URL", "video_url": url}


def plan(desk: Any, size: int, chunk: int, count: int, path: str = VIDEO) -> httpx2.Response:
    source = {"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk, "total_chunk_count": count}
    answer: httpx2.Response = desk.api(path, desk.video(source))
    return answer


def only(desk: Any, scope: str) -> str:
    return str(desk.tiktok.connect(scopes=frozenset({scope})))


def changed(desk: Any, **settings: Any) -> Any:
    for name, value in settings.items():
        setattr(desk.settings, name, value)
    return desk


def banned(desk: Any) -> Any:
    desk.settings.accounts[0].banned = True
    return desk


def later(desk: Any, seconds: float) -> Any:
    desk.simulator.clock.advance(seconds)
    return desk


def many(desk: Any, times: int, *args: Any, **options: Any) -> httpx2.Response:
    answers: list[httpx2.Response] = [desk.api(*args, **options) for _ in range(times)]
    assert {answer.json()["error"]["code"] for answer in answers[:-1]} == {"ok"}
    return answers[-1]


def video_init(desk: Any, source: dict[str, Any] | None = None, **info: Any) -> httpx2.Response:
    answer: httpx2.Response = desk.api(VIDEO, desk.video(source, **info))
    return answer


def branded(desk: Any, privacy_level: str) -> httpx2.Response:
    return video_init(desk, privacy_level=privacy_level, brand_content_toggle=True)


def unaudited(desk: Any, privacy_level: str | None) -> httpx2.Response:
    return video_init(changed(desk, audited=False), privacy_level=privacy_level)


def pull_init(desk: Any, url: str, *verified: str) -> httpx2.Response:
    desk.settings.verified.extend(verified)
    return video_init(desk, pull(url))


def photo_init(desk: Any, source: dict[str, Any] | None = None, **info: Any) -> httpx2.Response:
    answer: httpx2.Response = desk.api(PHOTO, desk.photo(source=source, **info))
    return answer


def photo_draft(desk: Any, scope: str) -> httpx2.Response:
    answer: httpx2.Response = desk.api(PHOTO, desk.photo("MEDIA_UPLOAD"), token=only(desk, scope))
    return answer


def info(desk: Any, fields: str, body: Any = None, scope: str = "user.info.basic") -> httpx2.Response:
    url = f"{INFO}?fields={fields}"
    answer: httpx2.Response = desk.api(url, body, method="GET", token=only(desk, scope))
    return answer


def started(desk: Any, path: str = "/video/init/") -> dict[str, str]:
    return {"publish_id": desk.start(path=path)["publish_id"]}


def foreign(desk: Any, path: str) -> httpx2.Response:
    answer: httpx2.Response = desk.api(path, started(desk), token=desk.tiktok.connect("simprivate"))
    return answer


# What it is told → the heading of the sheet and what is wrong → the request
APIS: dict[str, dict[str, Asked]] = {
    COUNT_TEXT: {
        "6 File upload protocol: the count rounded up": lambda d: plan(d, 50_000_123, 10_000_000, 6),
        "6 File upload protocol: a draft rounded up": lambda d: plan(d, 50_000_123, 10_000_000, 6, INBOX),
    },
    SIZE_TEXT: {
        "6 File upload protocol: count 1, chunk not size": lambda d: plan(d, 15_000_000, 10_000_000, 1),
        "6 File upload protocol: the trap of August": lambda d: plan(d, 121_000_000, 64_000_000, 1),
        "6 File upload protocol: whole file > 64 MB": lambda d: plan(d, 67_108_865, 67_108_865, 1),
        "6 File upload protocol: a chunk > 64 MB": lambda d: plan(d, 200_000_000, 67_108_865, 2),
        "6 File upload protocol: chunks < 5 MB": lambda d: plan(d, 20_000_000, 4_999_999, 4),
        "15 Simulator recipe: nothing to upload": lambda d: plan(d, 0, 0, 0),
        "8 Media limits: more than 4 GB": lambda d: plan(d, 4_294_967_297, 10_000_000, 429),
    },
    "invalid_params": {
        "5.5 video/init: no size": lambda d: video_init(d, {"source": "FILE_UPLOAD"}),
        "5.5 video/init: an unknown source": lambda d: video_init(d, {"source": "FTP"}),
        "13 Audit / UX rules: private branded content": lambda d: branded(d, "SELF_ONLY"),
        "8 Media limits: 2201 code units": lambda d: video_init(d, title=EMOJI * 1100 + "a"),
        "5.7 content/init: photos from a file": lambda d: photo_init(d, {"source": "FILE_UPLOAD"}),
        "5.7 content/init: 36 photos": lambda d: photo_init(d, {"photo_images": [JPG] * 36}),
        "5.7 content/init: a cover beyond the list": lambda d: photo_init(d, {"photo_cover_index": 2}),
        "5.7 content/init: no cover": lambda d: photo_init(d, {"photo_cover_index": None}),
        "5.7 content/init: a title of 91": lambda d: photo_init(d, title="a" * 91),
        "5.7 content/init: no post_info": lambda d: d.api(PHOTO, d.photo() | {"post_info": None}),
        "1 Hosts and general rules: fields in the body": lambda d: d.api(LIST, {"fields": "id"}),
        "1 Hosts and general rules: a GET with a body": lambda d: info(d, "open_id", {"a": 1}),
        "5.2 video/list: a page of 21": lambda d: d.api(f"{LIST}?fields=id", {"max_count": 21}),
        "5.3 video/query: 21 ids": lambda d: d.api(f"{QUERY}?fields=id", {"filters": IDS_21}),
    },
    "privacy_level_option_mismatch": {
        "5.12 Which endpoint: no privacy_level": lambda d: video_init(d, privacy_level=None),
        "5.12 Which endpoint: no privacy_level, not audited": lambda d: unaudited(d, None),
        "5.4 creator_info/query: not of its options": lambda d: video_init(
            d, privacy_level="FOLLOWER_OF_CREATOR"
        ),
    },
    "unaudited_client_can_only_post_to_private_accounts": {
        "13 Audit / UX rules: not audited, public account": lambda d: unaudited(d, "SELF_ONLY"),
    },
    "url_ownership_unverified": {
        "7 PULL_FROM_URL: plain http": lambda d: pull_init(d, "http://media.example.com/a.mp4"),
        "7 PULL_FROM_URL: a host that is not verified": lambda d: d.api(
            INBOX, d.video(pull("https://x.example/a"))
        ),
        "7 PULL_FROM_URL: a verified host as a user name": lambda d: pull_init(
            d, "https://media.example.com@x.example/"
        ),
        "7 PULL_FROM_URL: beside the verified prefix": lambda d: pull_init(
            d, "https://x.example/b/a", "https://x.example/a/"
        ),
        "7 PULL_FROM_URL: an address as a prefix": lambda d: pull_init(
            d, "https://192.0.2.1/a", "https://192.0.2.1/"
        ),
    },
    "spam_risk_too_many_pending_share": {
        "5.6 inbox/video/init: a sixth pending share": lambda d: many(d, 6, INBOX, d.video()),
    },
    "scope_not_authorized": {
        "3 Scopes: drafts by video.publish": lambda d: d.api(
            INBOX, d.video(), token=only(d, "video.publish")
        ),
        "3 Scopes: posts by video.upload": lambda d: d.api(VIDEO, d.video(), token=only(d, "video.upload")),
        "3 Scopes: creator_info by video.upload": lambda d: d.api(CREATOR, token=only(d, "video.upload")),
        "3 Scopes: photo drafts by video.publish": lambda d: photo_draft(d, "video.publish"),
        "3 Scopes: lists by video.publish": lambda d: d.api(
            f"{LIST}?fields=id", {}, token=only(d, "video.publish")
        ),
    },
    "scope_permission_missed": {
        "5.1 user/info: a field of another scope": lambda d: info(d, "username", scope="user.info.basic"),
    },
    "access_token_invalid": {
        "15 Simulator recipe: an unknown token": lambda d: d.api(CREATOR, token="act.unknown"),
        "2.4 Lifetimes: a token after two hours": lambda d: later(d, 7_200).api(CREATOR),
    },
    "invalid_publish_id": {
        "5.9 status/fetch: an unknown publish_id": lambda d: d.api(
            STATUS, {"publish_id": "v_pub_file~v2-1.1"}
        ),
    },
    "token_not_authorized_for_specified_publish_id": {
        "5.9 status/fetch: another's publish_id": lambda d: foreign(d, STATUS),
    },
    "publish_not_cancellable": {
        "5.10 cancel: an upload": lambda d: d.api(CANCEL, started(d)),
    },
    "rate_limit_exceeded": {
        "9 Rate limits: a seventh init": lambda d: many(d, 7, VIDEO, d.video()),
        "9 Rate limits: a 21st creator_info": lambda d: many(d, 21, CREATOR),
        "9 Rate limits: a 31st status": lambda d: many(d, 31, STATUS, started(d)),
    },
    "spam_risk_too_many_posts": {
        "9 Rate limits: no posts left": lambda d: video_init(changed(d, posts_per_day=0)),
        "5.4 creator_info/query: no posts left": lambda d: changed(d, posts_per_day=0).api(CREATOR),
    },
    "reached_active_user_cap": {
        "9 Rate limits: too many users": lambda d: video_init(changed(d, active_users=0)),
        "5.4 creator_info/query: too many users": lambda d: changed(d, active_users=0).api(CREATOR),
    },
    "spam_risk_user_banned_from_posting": {
        "5.12 Which endpoint: a banned user": lambda d: video_init(banned(d)),
        "5.12 Which endpoint: a banned user's draft": lambda d: banned(d).api(INBOX, d.video()),
        "5.4 creator_info/query: a banned user": lambda d: banned(d).api(CREATOR),
    },
}


@pytest.mark.parametrize(("ask", "told"), rows(APIS))
def test_a_wrong_call_is_told_what_its_endpoint_may_answer(desk: Any, ask: Asked, told: str) -> None:
    answer = ask(desk)
    error = answer.json()["error"]
    assert told in {error["code"], error["message"]}
    allowed = MATRIX[answer.request.url.path] | EVERYWHERE
    assert error["code"] in allowed[answer.status_code]
    assert answer.json()["data"] == {}
    assert error["log_id"] == answer.headers["x-tt-logid"]
