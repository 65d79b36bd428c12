"""From the media's arrival to a post: polls, the clock, failures, drafts, pulls."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from postwire.simulator.tiktok import RemoteFile, processing

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLISH = "/v2/post/publish"
MP4 = b"\x00\x00\x00\x18ftypmp42"
JPEG, PNG = b"\xff\xd8\xff\xe0 photo", b"\x89PNG\r\n\x1a\n photo"


class Files(BaseHTTPRequestHandler):
    files: dict[str, bytes]

    def do_GET(self) -> None:
        body = self.files.get(self.path)
        self.send_response(302 if self.path == "/moved.mp4" else 404 if body is None else 200)
        if self.path == "/moved.mp4":
            self.send_header("Location", "/a.mp4")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def files(**named: bytes) -> Iterator[str]:
    handler = type(
        "Handler", (Files,), {"files": {f"/{n.replace('_', '.')}": data for n, data in named.items()}}
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def upload(desk: Any, body: Any = None, path: str = "/video/init/", data: bytes = MP4 + bytes(12)) -> str:
    started = desk.start(body, path)
    assert desk.put(started["upload_url"], 0, data, len(data)).status_code == 201
    return str(started["publish_id"])


def pull(desk: Any, url: str, path: str = "/video/init/") -> str:
    source = {"source": "PULL_FROM_URL", "video_url": url}
    return str(desk.start(desk.video(source), path)["publish_id"])


def test_a_public_post_goes_through_its_stages_by_polls(desk: Any) -> None:
    publish_id = upload(desk, desk.video(title="My clip"))
    seen = [desk.status(publish_id) for _ in range(5)]
    assert [data["status"] for data in seen] == ["PROCESSING_UPLOAD"] * 2 + ["PUBLISH_COMPLETE"] * 3
    assert all(data["uploaded_bytes"] == 24 for data in seen)
    assert seen[2]["publicaly_available_post_id"] == []
    (post_id,) = seen[3]["publicaly_available_post_id"]
    assert isinstance(post_id, int)
    assert len(str(post_id)) == 19
    newest = desk.api("/v2/video/list/?fields=id,title,share_url", {}).json()["data"]["videos"][0]
    assert newest == {
        "id": str(post_id),
        "title": "My clip",
        "share_url": f"https://www.tiktok.com/@simstudio/video/{post_id}",
    }


@pytest.mark.parametrize(
    ("shape", "before", "after"),
    [
        ("list", {"publicaly_available_post_id": []}, {"publicaly_available_post_id": [7500000000000000004]}),
        ("absent", {}, {"publicaly_available_post_id": [7500000000000000004]}),
        (
            "string",
            {"publicaly_available_post_id": []},
            {"publicaly_available_post_id": "7500000000000000004"},
        ),
        ("alias", {"publicly_available_post_id": []}, {"publicly_available_post_id": [7500000000000000004]}),
    ],
)
def test_post_ids_come_as_clients_have_seen_them(desk: Any, shape: str, before: Any, after: Any) -> None:
    desk.settings.post_ids_as = shape
    publish_id = upload(desk)
    told = {"status": "PUBLISH_COMPLETE", "uploaded_bytes": 24}
    assert [desk.status(publish_id) for _ in range(4)][2:] == [told | before, told | after]


def test_an_unfinished_upload_stays_where_it_is(desk: Any) -> None:
    publish_id = desk.start()["publish_id"]
    desk.simulator.clock.advance(7_000)
    assert desk.status(publish_id) == {"status": "PROCESSING_UPLOAD", "uploaded_bytes": 0}


def test_the_clock_finishes_posts_too(desk: Any) -> None:
    publish_id = desk.published()
    assert len(desk.status(publish_id)["publicaly_available_post_id"]) == 1


@pytest.mark.parametrize("privacy", ["SELF_ONLY", "MUTUAL_FOLLOW_FRIENDS"])
def test_posts_that_are_not_public_have_no_id(desk: Any, privacy: str) -> None:
    publish_id = desk.published(privacy_level=privacy)
    assert desk.status(publish_id)["publicaly_available_post_id"] == []
    assert len(desk.tiktok.videos) == 3


def test_an_app_that_lost_its_audit_sees_no_id(desk: Any) -> None:
    publish_id = upload(desk)
    desk.settings.audited = False
    desk.simulator.clock.advance(200)
    assert desk.status(publish_id)["publicaly_available_post_id"] == []


REASONS = [
    "file_format_check_failed",
    "duration_check_failed",
    "frame_rate_check_failed",
    "picture_size_check_failed",
    "internal",
    "video_pull_failed",
    "photo_pull_failed",
    "publish_cancelled",
    "auth_removed",
    "spam_risk_too_many_posts",
    "spam_risk_user_banned_from_posting",
    "spam_risk_text",
    "spam_risk",
]


@pytest.mark.parametrize("reason", REASONS)
def test_failures_are_configurable_and_no_api_error(desk: Any, reason: str) -> None:
    desk.settings.fail_next.append(reason)
    failed, good = desk.published(), desk.published()
    assert desk.status(failed) == {"status": "FAILED", "fail_reason": reason, "uploaded_bytes": 24}
    assert desk.status(good)["status"] == "PUBLISH_COMPLETE"


def test_what_is_no_video_fails_the_format_check(desk: Any) -> None:
    publish_id = upload(desk, data=PNG.ljust(24))
    desk.simulator.clock.advance(60)
    assert desk.status(publish_id)["fail_reason"] == "file_format_check_failed"
    desk.settings.check_format = False
    publish_id = upload(desk, data=PNG.ljust(24))
    desk.simulator.clock.advance(60)
    assert desk.status(publish_id)["status"] == "PUBLISH_COMPLETE"


def test_a_draft_waits_in_the_inbox_until_the_user_posts_it(desk: Any) -> None:
    publish_id = upload(desk, path="/inbox/video/init/")
    assert publish_id.startswith("v_inbox_file~v2.")
    desk.simulator.clock.advance(10_000)
    desk.token = desk.tiktok.connect()
    assert desk.status(publish_id)["status"] == "SEND_TO_USER_INBOX"
    processing.user_posts(desk.tiktok, publish_id)
    assert desk.status(publish_id)["status"] == "PUBLISH_COMPLETE"
    assert len(desk.status(publish_id)["publicaly_available_post_id"]) == 1
    with pytest.raises(ValueError, match="inbox"):
        processing.user_posts(desk.tiktok, publish_id)


def test_a_pretended_pull_goes_through_its_stages(desk: Any) -> None:
    publish_id = pull(desk, "https://media.example.com/a.mp4")
    seen = [desk.status(publish_id) for _ in range(5)]
    assert [(data["status"], data["downloaded_bytes"]) for data in seen] == [
        ("PROCESSING_DOWNLOAD", 0),
        ("PROCESSING_DOWNLOAD", 1_000_000),
        ("PROCESSING_DOWNLOAD", 1_000_000),
        ("PUBLISH_COMPLETE", 1_000_000),
        ("PUBLISH_COMPLETE", 1_000_000),
    ]


def test_a_real_pull_from_loopback(desk: Any) -> None:
    with files(a_mp4=MP4 + bytes(500_000)) as origin:
        desk.settings.verified.append(origin)
        publish_id = pull(desk, origin + "a.mp4", "/inbox/video/init/")
        desk.simulator.clock.advance(60)
        desk.settle()
        desk.simulator.clock.advance(60)
        data = desk.status(publish_id)
    assert (data["status"], data["downloaded_bytes"]) == ("SEND_TO_USER_INBOX", 500_012)


def test_a_pull_that_takes_longer_than_an_hour_fails(desk: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        origin = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        desk.settings.verified.append(origin)
        publish = desk.tiktok.publishes[pull(desk, origin + "a.mp4")]
        for seconds, stage in ((10, "download"), (3_590, "download"), (1, "failed")):
            desk.simulator.clock.advance(seconds)
            desk.simulator.turn()
            assert publish.stage == stage
        assert publish.fail_reason == "video_pull_failed"
        silent.accept()[0].close()
    desk.settle()
    assert publish.fail_reason == "video_pull_failed"


@pytest.mark.parametrize("name", ["moved.mp4", "missing.mp4"])
def test_redirects_and_errors_fail_a_pull(desk: Any, name: str) -> None:
    with files(a_mp4=MP4) as origin:
        desk.settings.verified.append(origin)
        publish_id = pull(desk, origin + name)
        assert desk.status(publish_id)["status"] == "PROCESSING_DOWNLOAD"
        assert desk.status(publish_id)["fail_reason"] == "video_pull_failed"


def test_a_pull_where_nobody_listens(desk: Any) -> None:
    with files() as origin:
        pass
    desk.settings.verified.append(origin)
    publish_id = pull(desk, origin + "a.mp4")
    desk.status(publish_id)
    assert desk.status(publish_id)["fail_reason"] == "video_pull_failed"


def test_plain_http_is_for_loopback_even_when_somebody_lists_it(desk: Any) -> None:
    desk.settings.verified.append("http://10.0.0.1/")
    source = {"source": "PULL_FROM_URL", "video_url": "http://10.0.0.1/a.mp4"}
    assert desk.outcome(f"{PUBLISH}/video/init/", desk.video(source)) == (403, "url_ownership_unverified")


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (JPEG, None),
        (b"RIFF\x00\x00\x00\x00WEBP", None),
        (PNG, "file_format_check_failed"),
        (b"", "photo_pull_failed"),
    ],
)
def test_photos_are_pulled_and_looked_at(desk: Any, second: bytes, reason: str | None) -> None:
    with files(a_jpg=JPEG, b_jpg=second) as origin:
        desk.settings.verified.append(origin)
        body = desk.photo(source={"photo_images": [origin + "a.jpg", origin + "b.jpg"]})
        publish_id = desk.start(body, "/content/init/")["publish_id"]
        assert publish_id.startswith("p_pub_url~v2.")
        seen = [desk.status(publish_id) for _ in range(4)]
    assert seen[-1].get("fail_reason") == reason
    assert seen[-1]["status"] == ("FAILED" if reason else "PUBLISH_COMPLETE")


def test_photos_above_twenty_megabytes(desk: Any) -> None:
    desk.settings.remote["https://media.example.com/2.jpg"] = RemoteFile(20_000_001)
    publish_id = desk.start(desk.photo(), "/content/init/")["publish_id"]
    seen = [desk.status(publish_id) for _ in range(4)]
    assert seen[-1]["fail_reason"] == "picture_size_check_failed"


def test_only_a_running_download_can_be_cancelled(desk: Any) -> None:
    path = f"{PUBLISH}/cancel/"
    running, done = (pull(desk, "https://media.example.com/a.mp4") for _ in range(2))
    desk.status(done), desk.status(done)
    answer = desk.api(path, {"publish_id": running})
    assert (answer.status_code, set(answer.json())) == (200, {"error"})
    assert desk.status(running)["fail_reason"] == "publish_cancelled"
    for publish_id in (running, done, desk.start()["publish_id"]):
        assert desk.outcome(path, {"publish_id": publish_id}) == (400, "publish_not_cancellable")
    unowned = pull(desk, "https://media.example.com/a.mp4")
    desk.settings.verified.clear()
    assert desk.outcome(path, {"publish_id": unowned}) == (403, "url_ownership_unverified")
