"""Media: addresses, bytes, parts, processing, who may look."""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2
import pytest

from postwire.simulator import ConnectionLost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

MINA, FJORD = "urn:li:person:782bbtaQ", "urn:li:organization:5515715"
MP4 = b"\x00\x00\x00\x18ftypmp42"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PART = 4_194_304
SIZE = 2 * PART + 1_000_000
DATA = MP4 + bytes(range(256)) * (SIZE // 256 + 1)
DATA = DATA[:SIZE]


def enc(urn: str) -> str:
    return quote(urn, safe="")


def status(desk: Any, urn: str, **options: Any) -> dict[str, Any]:
    kind = urn.split(":")[2]
    answer = desk.rest("GET", f"/{kind}s/{enc(urn)}", **options)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def send_parts(desk: Any, value: dict[str, Any], data: bytes = DATA) -> list[str]:
    etags = []
    for step in value["uploadInstructions"]:
        piece = data[step["firstByte"] : step["lastByte"] + 1]
        answer = desk.put(step["uploadUrl"], piece, bearer=False)
        assert answer.status_code == 200
        etags.append(answer.headers["etag"])
    return etags


def test_an_image_from_start_to_available(desk: Any) -> None:
    value = desk.init("images", FJORD)
    assert value["uploadUrl"].startswith("https://www.linkedin.com/dms-uploads/")
    assert value["uploadUrlExpiresAt"] == 1_795_086_400_000
    assert status(desk, value["image"])["status"] == "WAITING_UPLOAD"
    answer = desk.put(value["uploadUrl"], PNG + bytes(99))
    assert (answer.status_code, answer.content) == (201, b"")
    looks = [status(desk, value["image"]) for _ in range(3)]
    assert [look["status"] for look in looks] == ["PROCESSING", "PROCESSING", "AVAILABLE"]
    assert "downloadUrl" in looks[-1]
    assert looks[-1]["owner"] == FJORD


def test_time_alone_finishes_processing(desk: Any) -> None:
    image = desk.image(FJORD)
    desk.simulator.clock.advance(15)
    assert status(desk, image)["status"] == "AVAILABLE"


def test_a_batch_of_images(desk: Any) -> None:
    image = desk.image(FJORD)
    other = "urn:li:image:C4E10AQnothing"
    body = desk.rest(
        "GET", f"/images?ids=List({enc(image)},{enc(other)})", X_RestLi_Method="BATCH_GET"
    ).json()
    assert body["results"][image]["status"] == "PROCESSING"
    assert body["statuses"] == {image: 200, other: 404}


@pytest.mark.parametrize("kind", ["images", "documents"])
def test_images_and_documents_need_the_bearer(desk: Any, kind: str) -> None:
    value = desk.init(kind)
    assert desk.put(value["uploadUrl"], PNG, bearer=False).status_code == 401
    assert desk.put(value["uploadUrl"], PNG).status_code == 201


def test_an_empty_body_is_no_upload(desk: Any) -> None:
    value = desk.init("images", FJORD)
    assert desk.put(value["uploadUrl"], b"").status_code == 400
    assert status(desk, value["image"])["status"] == "WAITING_UPLOAD"


def test_a_document_that_is_too_large(desk: Any) -> None:
    desk.settings.document_most_bytes = 11
    document = desk.document(FJORD)
    desk.simulator.clock.advance(60)
    assert status(desk, document)["status"] == "PROCESSING_FAILED"


def test_only_who_started_an_upload_may_send_it(desk: Any) -> None:
    value = desk.init("images")
    headers = {"Authorization": f"Bearer {desk.linkedin.connect('omar')}"}
    assert desk.send("PUT", value["uploadUrl"], content=PNG, headers=headers).status_code == 403


def test_an_address_that_is_not_signed(desk: Any) -> None:
    url = desk.init("images")["uploadUrl"]
    assert desk.put(url + "x", PNG).status_code == 403
    assert desk.put(url.replace("/0", "/1").replace("/1?", "/9?"), PNG).status_code == 403


@pytest.mark.parametrize(("kind", "days"), [("images", 1), ("documents", 1), ("videos", 30)])
def test_addresses_expire(desk: Any, kind: str, days: int) -> None:
    value = desk.init(kind, **({"fileSizeBytes": 9} if kind == "videos" else {}))
    url = value["uploadUrl"] if kind != "videos" else value["uploadInstructions"][0]["uploadUrl"]
    desk.simulator.clock.advance(days * 86_400)
    assert desk.put(url, PNG).status_code in {200, 201}
    desk.simulator.clock.advance(1)
    answer = desk.put(url, PNG)
    assert (answer.status_code, answer.json()["code"]) == (400, "EXPIRED_UPLOAD_URL")


def test_a_video_from_start_to_available(desk: Any, tmp_path: Path) -> None:
    desk.settings.keep_uploads = tmp_path
    value = desk.init("videos", fileSizeBytes=SIZE)
    spans = [(step["firstByte"], step["lastByte"]) for step in value["uploadInstructions"]]
    assert spans == [(0, PART - 1), (PART, 2 * PART - 1), (2 * PART, SIZE - 1)]
    assert value["uploadToken"] == ""
    assert "captionsUploadUrl" not in value
    etags = send_parts(desk, value)
    assert all(etag.startswith("/ambry-video/signedId/") for etag in etags)
    assert len(set(etags)) == 3
    finished = desk.finalize(value, etags)
    assert (finished.status_code, finished.content) == (200, b"")
    token = desk.only("w_member_social")  # a write-only token may look at its own videos
    looks = [status(desk, value["video"], token=token)["status"] for _ in range(3)]
    assert looks == ["PROCESSING", "PROCESSING", "AVAILABLE"]
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes() == DATA
    parts = desk.linkedin.media[value["video"]].parts
    assert parts[2].sha256 == hashlib.sha256(DATA[PART : 2 * PART]).hexdigest()


def test_parts_may_come_in_any_order_and_again(desk: Any) -> None:
    value = desk.init("videos", fileSizeBytes=SIZE)
    steps = value["uploadInstructions"]
    value["uploadInstructions"] = steps[::-1]
    last, middle, first = send_parts(desk, value)
    again = desk.put(steps[1]["uploadUrl"], DATA[PART : 2 * PART], bearer=False).headers["etag"]
    assert desk.finalize(value, [first, middle, last]).json()["message"] == "All chunks IDs must be signed"
    assert desk.finalize(value, [last, again, first]).status_code == 400
    assert desk.finalize(value, [first, again]).status_code == 400
    assert desk.finalize(value, [first, again, last]).status_code == 200


def test_etags_as_in_the_documents_are_taken_with_and_without_quotes(desk: Any) -> None:
    desk.settings.quoted_etags = True
    value = desk.init("videos", fileSizeBytes=SIZE)
    etags = send_parts(desk, value)
    assert all(etag.startswith('"') for etag in etags)
    assert desk.finalize(value, [etag.strip('"') for etag in etags]).status_code == 200


@pytest.mark.parametrize("length", [2_097_152, PART + 1])
def test_a_part_of_the_wrong_length_is_noticed_only_in_the_end(desk: Any, length: int) -> None:
    value = desk.init("videos", fileSizeBytes=SIZE)
    etags = send_parts(desk, value)
    url = value["uploadInstructions"][0]["uploadUrl"]
    etags[0] = desk.put(url, DATA[:length], bearer=False).headers["etag"]
    assert desk.finalize(value, etags).status_code == 200
    desk.simulator.clock.advance(60)
    told = status(desk, value["video"])
    assert told["status"] == "PROCESSING_FAILED"
    assert told["processingFailureReason"]


def test_captions_and_thumbnail_where_they_are_asked_for(desk: Any) -> None:
    value = desk.init("videos", fileSizeBytes=80_000, uploadCaptions=True, uploadThumbnail=True)
    for name in ("captionsUploadUrl", "thumbnailUploadUrl"):
        assert desk.put(value[name], b"1\n00:00", bearer=False).status_code == 200
    etags = send_parts(desk, value, DATA[:80_000])
    desk.finalize(value, etags)
    desk.simulator.clock.advance(60)
    told = status(desk, value["video"])
    assert (told["status"], "thumbnail" in told) == ("AVAILABLE", True)


@pytest.mark.parametrize(
    ("kind", "data", "good"),
    [
        ("images", b"\xff\xd8\xff\xe0 jpeg", True),
        ("images", b"GIF89a\x0a\x00\x0a\x00", True),
        ("images", b"RIFF....WEBP", False),
        ("images", PNG + (6_000).to_bytes(4, "big") + (6_026).to_bytes(4, "big"), False),  # 36,156,000 pixels
        ("images", PNG + (6_000).to_bytes(4, "big") + (6_025).to_bytes(4, "big"), True),
        ("documents", b"%PDF-1.7", True),
        ("documents", b"PK\x03\x04", True),
        ("documents", b"\xd0\xcf\x11\xe0", True),
        ("documents", b"plain text", False),
    ],
)
def test_formats(desk: Any, kind: str, data: bytes, good: bool) -> None:
    value = desk.init(kind, FJORD)
    desk.put(value["uploadUrl"], data)
    desk.simulator.clock.advance(60)
    told = status(desk, value[kind.removesuffix("s")])
    assert told["status"] == ("AVAILABLE" if good else "PROCESSING_FAILED")


@pytest.mark.parametrize(
    ("size", "data", "good"),
    [(75_000, MP4, True), (74_999, MP4, False), (75_000, b"\x1aE\xdf\xa3 webm..", False)],
)
def test_videos_that_cannot_be_processed(desk: Any, size: int, data: bytes, good: bool) -> None:
    value = desk.init("videos", fileSizeBytes=size)
    desk.finalize(value, send_parts(desk, value, data + bytes(size - len(data))))
    desk.simulator.clock.advance(60)
    assert (status(desk, value["video"])["status"] == "AVAILABLE") is good


def test_a_fault_on_the_second_part_leaves_it_to_be_sent_again(desk: Any) -> None:
    desk.simulator.faults.add(method="PUT", part=2, status=503)
    value = desk.init("videos", fileSizeBytes=SIZE)
    steps = value["uploadInstructions"]
    statuses = [desk.put(step["uploadUrl"], b"x", bearer=False).status_code for step in steps]
    assert statuses == [200, 503, 200]
    assert desk.put(steps[1]["uploadUrl"], b"x", bearer=False).status_code == 200


def test_a_part_that_broke_off_has_no_etag(desk: Any) -> None:
    desk.simulator.faults.add(method="PUT", part=1, reset_after_bytes=1_000)
    value = desk.init("videos", fileSizeBytes=80_000)
    url = value["uploadInstructions"][0]["uploadUrl"]
    with pytest.raises(ConnectionLost):
        desk.put(url, DATA[:80_000], bearer=False)
    assert desk.linkedin.media[value["video"]].parts[1].etag == ""
    etag = desk.put(url, DATA[:80_000], bearer=False).headers["etag"]
    assert desk.finalize(value, [etag]).status_code == 200


def test_a_large_upload_runs_in_bounded_memory(desk: Any) -> None:
    url = desk.init("documents")["uploadUrl"]
    piece = bytes(1_000_000)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(90):
            yield piece

    async def go() -> int:
        transport = httpx2.ASGITransport(app=desk.simulator.app)
        async with httpx2.AsyncClient(transport=transport) as client:
            headers = {"Authorization": f"Bearer {desk.token}"}
            return (await client.put(url, content=pieces(), headers=headers)).status_code

    tracemalloc.start()
    try:
        assert asyncio.run(go()) == 201
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    (media,) = desk.linkedin.media.values()
    assert media.received == 90_000_000
