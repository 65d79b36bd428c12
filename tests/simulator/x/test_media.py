"""Files: in segments and at once, processing, alt text, subtitles, lookup."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx2

API = "https://api.x.com"
UPLOAD = "/2/media/upload"
PNG, GIF, MP4 = b"\x89PNG" + bytes(60), b"GIF89a" + bytes(58), b"\x00\x00\x00\x18ftypmp42" + bytes(52)


def begin(desk: Any, data: bytes = MP4, mime: str = "video/mp4", **more: Any) -> str:
    body = {"media_type": mime, "total_bytes": len(data)} | more
    return str(desk.ok("POST", f"{UPLOAD}/initialize", body)["id"])


def append(desk: Any, media_id: str, data: bytes, index: Any = "0", /, **more: str) -> httpx2.Response:
    answer: httpx2.Response = desk.send(
        "POST",
        f"{API}{UPLOAD}/{media_id}/append",
        headers={"Authorization": f"Bearer {desk.token}"},
        data={"segment_index": index} | more,
        files={"media": ("part.bin", data, "application/octet-stream")},
    )
    return answer


def uploaded(desk: Any, data: bytes = MP4, mime: str = "video/mp4", **more: Any) -> str:
    media_id = begin(desk, data, mime, **more)
    assert append(desk, media_id, data).status_code == 200
    desk.ok("POST", f"{UPLOAD}/{media_id}/finalize")
    return media_id


def ready(desk: Any, *args: Any, **more: Any) -> str:
    media_id = uploaded(desk, *args, **more)
    desk.simulator.clock.advance(31)
    assert status(desk, media_id).get("processing_info", {"state": "succeeded"})["state"] == "succeeded"
    return media_id


def status(desk: Any, media_id: str) -> dict[str, Any]:
    told: dict[str, Any] = desk.get(UPLOAD, media_id=media_id, command="STATUS")["data"]
    return told


def one_shot(desk: Any, data: bytes, category: str, **more: str) -> httpx2.Response:
    answer: httpx2.Response = desk.send(
        "POST",
        API + UPLOAD,
        headers={"Authorization": f"Bearer {desk.token}"},
        data={"media_category": category} | more,
        files={"media": ("file.bin", data)},
    )
    return answer


def test_a_video_in_segments_is_processed_and_posted(desk: Any) -> None:
    begun = desk.ok(
        "POST",
        f"{UPLOAD}/initialize",
        {"media_type": "video/mp4", "total_bytes": 64, "media_category": "tweet_video"},
    )
    assert begun["expires_after_secs"] == 1_295_999
    assert begun["media_key"] == f"7_{begun['id']}"
    first = append(desk, begun["id"], MP4[:40], "0")
    assert first.json() == {"data": {"expires_at": desk.now + 1_295_999}}
    append(desk, begun["id"], MP4[40:], "1")
    done = desk.ok("POST", f"{UPLOAD}/{begun['id']}/finalize")
    assert (done["size"], done["expires_after_secs"]) == (64, 86_400)
    assert done["processing_info"] == {"state": "pending", "check_after_secs": 1, "progress_percent": 0}
    unready = desk.api("POST", "/2/tweets", {"media": {"media_ids": [begun["id"]]}})
    assert unready.json()["errors"][0]["message"] == "Your media IDs are invalid."
    states = [status(desk, begun["id"])["processing_info"]["state"] for _ in range(3)]
    assert states == ["in_progress", "in_progress", "succeeded"]
    post_id = desk.ok("POST", "/2/tweets", {"media": {"media_ids": [begun["id"]]}})["id"]
    whole = desk.get(f"/2/tweets/{post_id}", expansions="attachments.media_keys", media__fields="variants")
    assert whole["includes"]["media"][0]["type"] == "video"
    assert whole["includes"]["media"][0]["variants"][0]["content_type"] == "video/mp4"


def test_the_clock_ends_processing_too(desk: Any) -> None:
    media_id = uploaded(desk)
    desk.simulator.clock.advance(30)
    assert status(desk, media_id)["processing_info"] == {"state": "succeeded", "progress_percent": 100}


@pytest.mark.parametrize("how", ["mark", "setting", "format"])
def test_processing_that_fails(desk: Any, how: str) -> None:
    data = MP4[:12] + b"sim:fail" + bytes(44) if how == "mark" else MP4
    if how == "setting":
        desk.settings.fail_next.append("Too odd")
    media_id = uploaded(desk, bytes(64) if how == "format" else data)
    desk.simulator.clock.advance(30)
    told = status(desk, media_id)["processing_info"]
    message = "Too odd" if how == "setting" else "Unsupported video format"
    assert told["state"] == "failed"
    assert told["error"] == {"code": 1, "name": "InvalidMedia", "message": message}
    assert desk.api("POST", "/2/tweets", {"media": {"media_ids": [media_id]}}).status_code == 400


@pytest.mark.parametrize(
    ("mime", "category", "data", "prefix", "kind"),
    [
        ("image/png", None, PNG, "3", "photo"),
        ("image/gif", None, GIF, "16", "animated_gif"),
        ("video/mp4", None, MP4, "7", "video"),
        ("video/mp4", "amplify_video", MP4, "13", "video"),
    ],
)
def test_categories_keys_and_kinds(
    desk: Any, mime: str, category: str | None, data: bytes, prefix: str, kind: str
) -> None:
    media_id = ready(desk, data, mime, **({"media_category": category} if category else {}))
    key = status(desk, media_id)["media_key"]
    assert key == f"{prefix}_{media_id}"
    assert desk.get(f"/2/media/{key}")["data"] == {"media_key": key, "type": kind}
    assert desk.ok("POST", "/2/tweets", {"media": {"media_ids": [media_id]}})


def test_an_image_at_once(desk: Any) -> None:
    told = one_shot(desk, PNG, "tweet_image").json()["data"]
    assert told["expires_after_secs"] == 86_400
    assert told["image"]["image_type"] == "image/png"
    assert "processing_info" not in told
    assert desk.ok("POST", "/2/tweets", {"media": {"media_ids": [told["id"]]}})


def test_base64_in_json_is_taken_too(desk: Any) -> None:
    encoded = base64.b64encode(PNG).decode()
    told = desk.ok("POST", UPLOAD, {"media": encoded, "media_category": "tweet_image"})
    assert told["size"] == len(PNG)
    media_id = begin(desk)
    body = {"segment_index": 0, "media": base64.b64encode(MP4).decode()}
    assert "expires_at" in desk.ok("POST", f"{UPLOAD}/{media_id}/append", body)
    assert desk.ok("POST", f"{UPLOAD}/{media_id}/finalize")["size"] == len(MP4)
    wrong = desk.api("POST", UPLOAD, {"media": "not base64!", "media_category": "tweet_image"})
    assert "$.media: is not base64" in wrong.text


def test_segments_come_in_any_order_and_again_and_are_summed_up(desk: Any) -> None:
    data = MP4 + bytes(range(200)) * 10
    media_id = begin(desk, data)
    for index, first in ((1, 1000), (0, 0), (2, 2000), (1, 1000)):
        append(desk, media_id, data[first : first + 1000], str(index))
    assert desk.ok("POST", f"{UPLOAD}/{media_id}/finalize")["size"] == len(data)
    kept = desk.x.summary()["media"][0]["segments"]
    assert kept["1"] == {"size": 1000, "sha256": hashlib.sha256(data[1000:2000]).hexdigest()}


@pytest.mark.parametrize("case", ["gap", "short", "empty"])
def test_finalize_wants_the_whole_file(desk: Any, case: str) -> None:
    media_id = begin(desk)
    if case == "gap":
        append(desk, media_id, MP4[:32], "0")
        append(desk, media_id, MP4[32:], "2")
    elif case == "short":
        append(desk, media_id, MP4[:32])
    answer = desk.api("POST", f"{UPLOAD}/{media_id}/finalize")
    assert answer.status_code == 400
    assert "Segments do not add up" in answer.text
    assert append(desk, media_id, MP4).status_code == 200  # the session is still open


@pytest.mark.parametrize(
    ("index", "more", "text"),
    [
        pytest.param("1000", {}, "maximum value of 999", id="7.3: segment_index 0-999"),
        pytest.param("x", {}, "string found, integer expected", id="7.3: segment_index int"),
        pytest.param(
            "0", {"command": "APPEND"}, "$.command: is not defined", id="13: command in a POST body"
        ),
        pytest.param("0", {"media_id": "1"}, "$.media_id: is not defined", id="7.3: no media_id"),
    ],
)
def test_refused_segments(desk: Any, index: str, more: dict[str, str], text: str) -> None:
    answer = append(desk, begin(desk), MP4, index, **more)
    assert answer.status_code == 400
    assert text in answer.text


def test_the_old_protocol_is_refused(desk: Any) -> None:
    answer = one_shot(desk, PNG, "tweet_image", command="INIT")
    assert answer.status_code == 400
    assert "$.command: is not defined in the schema" in answer.text
    amplify = one_shot(desk, MP4, "amplify_video")
    assert "does not have a value in the enumeration" in amplify.text


def test_sizes_types_and_owners(desk: Any) -> None:
    desk.settings.segment_limit = 32
    assert append(desk, begin(desk), MP4).status_code == 413
    big = one_shot(desk, PNG + bytes(5 * 1024**2), "tweet_image")
    assert "File size exceeds" in big.text
    assert "media type unrecognized" in one_shot(desk, b"MZ" + bytes(20), "tweet_image").text
    foreign = begin(desk)
    desk.token = desk.x.connect("simpremium")
    assert append(desk, foreign, MP4[:20]).status_code == 400


def test_kinds_do_not_mix_and_foreign_or_old_files_are_refused(desk: Any) -> None:
    photos = [one_shot(desk, PNG, "tweet_image").json()["data"]["id"] for _ in range(4)]
    video = ready(desk)
    private = one_shot(desk, PNG, "dm_image").json()["data"]["id"]
    for ids in ([photos[0], video], [video, video], [private]):
        answer = desk.api("POST", "/2/tweets", {"media": {"media_ids": ids}})
        assert "Your media IDs are invalid." in answer.text
    body = {"media": {"media_ids": photos}}
    other = desk.x.connect("simpremium")
    assert desk.api("POST", "/2/tweets", body, token=other).status_code == 400
    assert desk.ok("POST", "/2/tweets", body)
    desk.simulator.clock.advance(86_400)
    desk.token = desk.x.connect()
    assert desk.api("POST", "/2/tweets", {"media": {"media_ids": [video]}}).status_code == 400


def test_an_additional_owner_may_post_the_file(desk: Any) -> None:
    other = desk.x.connect("simpremium")
    media_id = one_shot(desk, PNG, "tweet_image", additional_owners="1524880000000000002").json()["data"][
        "id"
    ]
    assert desk.ok("POST", "/2/tweets", {"media": {"media_ids": [media_id]}}, token=other)


def test_videos_that_are_refused_only_when_they_are_posted(desk: Any) -> None:
    long, spec = (MP4[:12] + mark + bytes(44) for mark in (b"sim:long", b"sim:spec"))
    answer = desk.api("POST", "/2/tweets", {"media": {"media_ids": [ready(desk, long)]}})
    assert (answer.status_code, "longer than 2 minutes" in answer.text) == (403, True)
    answer = desk.api("POST", "/2/tweets", {"media": {"media_ids": [ready(desk, spec)]}})
    assert "Your media IDs are invalid." in answer.text


def test_alt_text_is_set_before_the_post(desk: Any) -> None:
    media_id = one_shot(desk, PNG, "tweet_image").json()["data"]["id"]
    body = {"id": media_id, "metadata": {"alt_text": {"text": "A rocket"}}, "unknown": 1}
    told = desk.ok("POST", "/2/media/metadata", body)
    assert told == {"id": media_id, "associated_metadata": {"alt_text": {"text": "A rocket"}}}
    too_long = {"id": media_id, "metadata": {"alt_text": {"text": "a" * 1001}}}
    assert desk.api("POST", "/2/media/metadata", too_long).status_code == 400
    post_id = desk.ok("POST", "/2/tweets", {"media": {"media_ids": [media_id]}})["id"]
    query = {"expansions": "attachments.media_keys", "media.fields": "alt_text,url"}
    shown = desk.get(f"/2/tweets/{post_id}", **query)["includes"]["media"][0]
    assert shown["alt_text"] == "A rocket"
    assert desk.api("POST", "/2/media/metadata", body).status_code == 400


def test_subtitles(desk: Any) -> None:
    video = ready(desk)
    track = one_shot(desk, b"1\n00:00 --> 00:01\nHi", "subtitles").json()["data"]["id"]
    given = {"id": track, "language_code": "EN", "display_name": "English"}
    body = {"id": video, "media_category": "TweetVideo", "subtitles": given}
    told = desk.ok("POST", "/2/media/subtitles", body)
    assert told["associated_subtitles"] == given
    for change in (
        {"media_category": "tweet_video"},
        {"subtitles": given | {"language_code": "en"}},
        {"id": track},
        {"media_category": "AmplifyVideo"},
    ):
        assert desk.api("POST", "/2/media/subtitles", body | change).status_code == 400
    gone = {"id": video, "media_category": "TweetVideo", "language_code": "EN"}
    assert desk.ok("DELETE", "/2/media/subtitles", gone) == {"deleted": True}
    assert desk.x.media[video].subtitles == []


def test_append_may_say_nothing(desk: Any) -> None:
    desk.settings.append_says_nothing = True
    answer = append(desk, begin(desk), MP4)
    assert (answer.status_code, answer.content) == (204, b"")


def test_faults_know_the_next_segment(desk: Any) -> None:
    desk.simulator.faults.add(platform="x", path="*/append", part=2, status=503)
    media_id = begin(desk)
    answers = [append(desk, media_id, MP4[:32], "0"), append(desk, media_id, MP4[32:], "1")]
    assert [answer.status_code for answer in answers] == [200, 503]
    assert append(desk, media_id, MP4[32:], "1").status_code == 200


def test_a_large_segment_is_never_held_whole(desk: Any) -> None:
    desk.settings.segment_limit = size = 32_000_000
    media_id, piece = begin(desk, total_bytes=size), bytes(64_000)
    disposition = b'--cut\r\nContent-Disposition: form-data; name="'
    head = disposition + b'segment_index"\r\n\r\n0\r\n' + disposition + b'media"; filename="a"\r\n\r\n'
    bodies = [head, *[piece] * (size // len(piece)), b"\r\n--cut--\r\n"]
    messages = iter(bodies)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        body = next(messages)
        return {"type": "http.request", "body": body, "more_body": body is not bodies[-1]}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {
        "host": "api.x.com",
        "authorization": f"Bearer {desk.token}",
        "content-type": "multipart/form-data; boundary=cut",
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"{UPLOAD}/{media_id}/append",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    tracemalloc.start()
    try:
        asyncio.run(desk.simulator.app(scope, receive, send))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sent[0]["status"] == 200
    assert desk.x.media[media_id].segments[0].size == size
    assert peak < 2_000_000
