"""Wrong logins, chunks and media, and what they are told, row by row of the sheet."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from postwire.simulator.tiktok import RemoteFile

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    Asked = Callable[[Any], httpx2.Response]

VERIFIER = "sim-verifier-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ~._"
BASE64URL = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
REDIRECT = "http://127.0.0.1:5005/callback"  # without its last slash
BINARY = {"Content-Type": "application/octet-stream"}
AVI = b"RIFF\0\0\0\0AVI "
MP4 = b"\x00\x00\x00\x18ftypmp42"
JPG = "https://media.example.com/1.jpg"


def rows(told: dict[Any, dict[str, Any]]) -> list[Any]:
    return [pytest.param(ask, code, id=name) for code, asked in told.items() for name, ask in asked.items()]


def pull(url: str) -> dict[str, str]:
    return {"source": "PULL_FROM_URL", "video_url": url}


def later(desk: Any, seconds: float) -> Any:
    desk.simulator.clock.advance(seconds)
    return desk


def exchange(desk: Any, *, times: int = 1, wait: float = 0, **changes: str | None) -> httpx2.Response:
    code = desk.authorize()["code"]
    for _ in range(times - 1):
        assert desk.exchange(code).status_code == 200
    answer: httpx2.Response = later(desk, wait).exchange(code, **changes)
    return answer


def refresh(desk: Any, *, times: int, wait: float = 0) -> httpx2.Response:
    old = exchange(desk).json()["refresh_token"]
    answers = [later(desk, wait).oauth(grant_type="refresh_token", refresh_token=old) for _ in range(times)]
    answer: httpx2.Response = answers[-1]
    return answer


LOGINS: dict[tuple[int, str], dict[str, Asked]] = {
    (400, "invalid_grant"): {
        "2.1 Authorization request: a code used again": lambda d: exchange(d, times=2),
        "15 Simulator recipe: a code after five minutes": lambda d: exchange(d, wait=300),
        "2.3 Token endpoint: another redirect_uri": lambda d: exchange(d, redirect_uri=REDIRECT),
        "2.2 PKCE: another verifier": lambda d: exchange(d, code_verifier="x" * 43),
        "2.4 Lifetimes: a refresh token used again": lambda d: refresh(d, times=2),
        "2.4 Lifetimes: a refresh token after 180 days": lambda d: refresh(d, times=1, wait=15_552_000),
    },
    (400, "invalid_request"): {
        "2.2 PKCE: no verifier": lambda d: exchange(d, code_verifier=None),
        "2.3 Token endpoint: client_id, not client_key": lambda d: exchange(
            d, client_key=None, client_id="x"
        ),
    },
    (401, "invalid_client"): {
        "2.3 Token endpoint: a wrong secret": lambda d: exchange(d, client_secret="x"),
    },
    (400, "unsupported_grant_type"): {
        "11.2 OAuth error: an unknown grant type": lambda d: d.oauth(grant_type="password"),
    },
}


@pytest.mark.parametrize(("ask", "told"), rows(LOGINS))
def test_a_wrong_login_is_told_flat(desk: Any, ask: Asked, told: tuple[int, str]) -> None:
    answer = ask(desk)
    assert (answer.status_code, answer.json()["error"]) == told
    assert set(answer.json()) == {"error", "error_description", "log_id"}


CALLBACKS: dict[str, dict[str, dict[str, str | None]]] = {
    "invalid_request": {
        "2.2 PKCE: a challenge in base64url": {"code_challenge": BASE64URL},
        "2.2 PKCE: a desktop app without PKCE": {"code_challenge": None},
        "2.2 PKCE: a plain challenge": {"code_challenge_method": "plain"},
        "2.1 Authorization request: no state": {"state": None},
    },
    "invalid_scope": {
        "2.1 Authorization request: spaces between scopes": {"scope": "video.list video.publish"},
    },
    "unsupported_response_type": {
        "2.1 Authorization request: a token at once": {"response_type": "token"},
    },
    "access_denied": {
        "11.2 OAuth error: the user says no": {"postwire_auto": "deny"},
    },
}


@pytest.mark.parametrize(("change", "told"), rows(CALLBACKS))
def test_a_wrong_request_for_consent_comes_back_without_a_code(
    desk: Any, change: dict[str, str | None], told: str
) -> None:
    back = desk.authorize(**change)
    assert (back["error"], "code" in back) == (told, False)


TOTAL = 15_000_123
DATA = MP4 + bytes(TOTAL)


def put(
    desk: Any, first: int, length: int, headers: dict[str, str] | None = None, wait: float = 0
) -> httpx2.Response:
    url = desk.start(desk.video(desk.file(TOTAL, 5_000_000, 3)))["upload_url"]
    answer: httpx2.Response = later(desk, wait).put(url, first, DATA[:length], TOTAL, **(headers or {}))
    return answer


def span(told: str) -> dict[str, str]:
    return {"Content-Range": f"bytes {told}"}


def put_elsewhere(desk: Any) -> httpx2.Response:
    url = desk.start(desk.video(desk.file(TOTAL, 5_000_000, 3)))["upload_url"]
    answer: httpx2.Response = desk.put(url.replace("upload_id=", "upload_id=9"), 0, DATA[:5_000_000], TOTAL)
    return answer


UPLOADS: dict[int, dict[str, Asked]] = {
    416: {
        "6 File upload protocol: the second chunk first": lambda d: put(d, 5_000_000, 5_000_000),
    },
    400: {
        "6 File upload protocol: a chunk that is not the plan's": lambda d: put(d, 0, 4_000_000),
        "6 File upload protocol: the whole file at once": lambda d: put(d, 0, TOTAL),
        "6 File upload protocol: no type of a video": lambda d: put(d, 0, 5_000_000, BINARY),
        "6 File upload protocol: another total": lambda d: put(d, 0, 5_000_000, span("0-4999999/15000000")),
        "6 File upload protocol: a last byte exclusive": lambda d: put(
            d, 0, 5_000_000, span(f"0-5000000/{TOTAL}")
        ),
    },
    403: {
        "5.5 video/init: after the hour": lambda d: put(d, 0, 5_000_000, wait=3_601),
        "5.5 video/init: after the hour, in no order": lambda d: put(d, 5_000_000, 5_000_000, wait=3_601),
    },
    404: {
        "6 File upload protocol: an unknown task": put_elsewhere,
    },
}


@pytest.mark.parametrize(("ask", "status"), rows(UPLOADS))
def test_a_wrong_chunk_has_no_envelope_and_leaves_the_progress(desk: Any, ask: Asked, status: int) -> None:
    answer = ask(desk)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers.get("content-range") == (f"bytes 0-0/{TOTAL}" if status == 416 else None)
    assert [upload.received for upload in desk.tiktok.uploads.values()] == [0]


def photo(desk: Any, file: RemoteFile) -> str:
    desk.settings.remote[JPG] = file
    return str(desk.start(desk.photo(), "/content/init/")["publish_id"])


def video(desk: Any, file: RemoteFile) -> str:
    url = "https://media.example.com/a.mp4"
    desk.settings.remote[url] = file
    return str(desk.start(desk.video(pull(url)))["publish_id"])


FAILURES: dict[str, dict[str, Callable[[Any], str]]] = {
    "file_format_check_failed": {
        "8 Media limits: a PNG photo": lambda d: photo(d, RemoteFile(head=b"\x89PNG\r\n\x1a\n")),
        "8 Media limits: a GIF photo": lambda d: photo(d, RemoteFile(head=b"GIF89a")),
        "8 Media limits: an AVI video": lambda d: video(d, RemoteFile(head=AVI)),
    },
    "picture_size_check_failed": {
        "8 Media limits: a photo > 20 MB": lambda d: photo(d, RemoteFile(20_000_001)),
    },
    "photo_pull_failed": {
        "7 PULL_FROM_URL: a redirected photo": lambda d: photo(d, RemoteFile(status=302)),
    },
    "video_pull_failed": {
        "7 PULL_FROM_URL: a redirected video": lambda d: video(d, RemoteFile(status=302)),
        "11.3 fail_reason: a video that is gone": lambda d: video(d, RemoteFile(status=404)),
    },
}


@pytest.mark.parametrize(("begin", "reason"), rows(FAILURES))
def test_wrong_media_fail_the_post_and_not_the_call(
    desk: Any, begin: Callable[[Any], str], reason: str
) -> None:
    publish_id = begin(desk)
    desk.simulator.clock.advance(60)
    desk.settle()
    desk.simulator.clock.advance(60)
    told = desk.status(publish_id)
    assert (told["status"], told["fail_reason"]) == ("FAILED", reason)
