"""The upload host: order, ranges, lengths, expiry, memory."""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from postwire.simulator import ConnectionLost, Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SIZE, CHUNK = 15_000_123, 5_000_000
PARTS = [(0, 5_000_000), (5_000_000, 5_000_000), (10_000_000, 5_000_123)]
DATA = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 58_595


@pytest.fixture
def url(desk: Any) -> str:
    return str(desk.start(desk.video(desk.file(SIZE, CHUNK, 3)))["upload_url"])


def part(number: int) -> tuple[int, bytes]:
    first, length = PARTS[number - 1]
    return first, DATA[first : first + length]


def test_parts_in_order_are_stored_byte_for_byte(desk: Any, url: str, tmp_path: Path) -> None:
    desk.settings.keep_uploads = tmp_path
    for number, (status, progress) in enumerate([(206, 5_000_000), (206, 10_000_000), (201, SIZE)], 1):
        answer = desk.put(url, *part(number), SIZE)
        assert (answer.status_code, answer.headers["content-range"]) == (status, f"bytes 0-{progress}/{SIZE}")
        assert answer.headers["x-postwire-simulator"] == "tiktok"
    (upload,) = desk.tiktok.uploads.values()
    assert upload.sha256 == hashlib.sha256(DATA[:SIZE]).hexdigest()
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes() == DATA[:SIZE]


def test_progress_may_be_the_last_index(desk: Any, url: str) -> None:
    desk.settings.progress_as_last_index = True
    assert desk.put(url, *part(1), SIZE).headers["content-range"] == f"bytes 0-4999999/{SIZE}"


@pytest.mark.parametrize("number", [2, 3])
def test_out_of_order_is_told_the_progress(desk: Any, url: str, number: int) -> None:
    answer = desk.put(url, *part(number), SIZE)
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes 0-0/{SIZE}")


def test_a_repeated_part_is_told_the_progress_and_changes_nothing(desk: Any, url: str) -> None:
    desk.put(url, *part(1), SIZE)
    answer = desk.put(url, *part(1), SIZE)
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes 0-5000000/{SIZE}")
    assert desk.put(url, *part(2), SIZE).status_code == 206


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/octet-stream"},
        {"Content-Range": "bytes 0-4999999/*"},
        {"Content-Range": "0-4999999/15000123"},
        {"Content-Range": f"bytes 0-4999999/{SIZE - 1}"},
        {"Content-Range": f"bytes 0-5000000/{SIZE}"},
        {"Content-Range": f"bytes 5-4/{SIZE}"},
    ],
)
def test_bad_headers(desk: Any, url: str, headers: dict[str, str]) -> None:
    assert desk.put(url, *part(1), SIZE, **headers).status_code == 400
    assert desk.put(url, *part(1), SIZE).status_code == 206


def test_parts_that_are_not_the_plans(desk: Any, url: str) -> None:
    assert desk.put(url, 0, DATA[:4_000_000], SIZE).status_code == 400
    desk.put(url, *part(1), SIZE)
    desk.put(url, *part(2), SIZE)
    assert desk.put(url, 10_000_000, DATA[10_000_000:15_000_000], SIZE).status_code == 400  # a part too many
    assert desk.put(url, *part(3), SIZE).status_code == 201


def test_a_body_without_or_unlike_its_length(desk: Any, url: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield DATA[:4_000_000]

    for length in ({}, {"Content-Length": "5000000"}):
        span = {"Content-Type": "video/mp4", "Content-Range": f"bytes 0-4999999/{SIZE}"} | length
        assert desk.send("PUT", url, content=pieces(), headers=span).status_code == 400
    assert desk.put(url, *part(1), SIZE).status_code == 206


def test_a_second_part_beside_a_running_one_is_out_of_order(desk: Any, url: str) -> None:
    async def go() -> tuple[int, int]:
        transport = httpx2.ASGITransport(app=desk.simulator.app)
        async with httpx2.AsyncClient(transport=transport) as client:
            beside: list[int] = []

            async def pieces() -> AsyncIterator[bytes]:
                yield DATA[:1_000_000]
                beside.append((await client.put(url, content=part(1)[1], headers=span)).status_code)
                yield DATA[1_000_000:5_000_000]

            span = {"Content-Type": "video/mp4", "Content-Range": f"bytes 0-4999999/{SIZE}"}
            long = span | {"Content-Length": "5000000"}
            return (await client.put(url, content=pieces(), headers=long)).status_code, beside[0]

    assert asyncio.run(go()) == (206, 416)


def test_unknown_expired_and_finished_uploads(desk: Any, url: str) -> None:
    assert desk.put(url + "x", *part(1), SIZE).status_code == 404
    assert desk.put(url.replace("upload_id=", "upload_id=9"), *part(1), SIZE).status_code == 404
    desk.simulator.clock.advance(3_600)
    assert desk.put(url, *part(1), SIZE).status_code == 206
    desk.simulator.clock.advance(1)
    assert desk.put(url, *part(2), SIZE).status_code == 403


def test_a_part_that_ends_after_the_hour_is_too_late(desk: Any, url: str) -> None:
    first, data = part(1)

    async def pieces() -> AsyncIterator[bytes]:
        yield data[:1_000_000]
        desk.simulator.clock.advance(3_601)
        yield data[1_000_000:]

    span = {
        "Content-Type": "video/mp4",
        "Content-Length": "5000000",
        "Content-Range": f"bytes 0-4999999/{SIZE}",
    }
    assert desk.send("PUT", url, content=pieces(), headers=span).status_code == 403
    (upload,) = desk.tiktok.uploads.values()
    assert upload.received == first == 0


@pytest.mark.parametrize("host", ["upload.us.tiktokapis.com", "open-upload-va.tiktokapis.com"])
def test_other_upload_hosts_may_be_told(desk: Any, host: str) -> None:
    desk.settings.upload_host = host
    url = desk.start()["upload_url"]
    assert url.startswith(f"https://{host}/video/?upload_id=")
    desk.simulator.faults.add(part=1, status=503)
    assert desk.put(url, 0, DATA[:24], 24).status_code == 503
    assert desk.put(url, 0, DATA[:24], 24).status_code == 201


def test_checksums_can_be_left_out(desk: Any) -> None:
    desk.settings.checksums = False
    assert desk.put(desk.start()["upload_url"], 0, DATA[:24], 24).status_code == 201
    (upload,) = desk.tiktok.uploads.values()
    assert (upload.sha256, upload.received) == (None, 24)


def test_a_finished_upload_takes_nothing_more(desk: Any, url: str) -> None:
    for number in (1, 2, 3):
        desk.put(url, *part(number), SIZE)
    assert desk.put(url, *part(3), SIZE).status_code == 416


def test_a_gateway_error_on_the_second_part_leaves_it_to_be_sent_again(desk: Any, url: str) -> None:
    desk.simulator.faults.add(
        method="PUT", path="/video/", part=2, status=502, body="<html>bad gateway</html>"
    )
    assert desk.put(url, *part(1), SIZE).status_code == 206
    assert desk.put(url, *part(2), SIZE).status_code == 502
    assert desk.put(url, *part(2), SIZE).status_code == 206
    assert desk.put(url, *part(3), SIZE).status_code == 201
    assert [record.fault for record in desk.simulator.requests if record.method == "PUT"] == [
        None,
        "status",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("fault", "next_status"),
    [
        (Fault(part=1, reset_after_bytes=1_000_000), 206),
        (Fault(part=1, refuse=True), 206),
        (Fault(part=1, lose_answer=True), 416),
    ],
)
def test_a_cut_part_counts_only_when_it_came_whole(
    desk: Any, url: str, fault: Fault, next_status: int
) -> None:
    desk.simulator.faults.add(fault)
    with pytest.raises(ConnectionLost):
        desk.put(url, *part(1), SIZE)
    assert desk.put(url, *part(1), SIZE).status_code == next_status
    (upload,) = desk.tiktok.uploads.values()
    assert upload.sha256 == hashlib.sha256(part(1)[1]).hexdigest()


def test_nothing_of_a_part_that_broke_off_is_kept(desk: Any, url: str, tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for first in range(0, 5_000_000, 500_000):
            yield DATA[first : first + 500_000]

    desk.settings.keep_uploads = tmp_path
    desk.simulator.faults.add(part=1, reset_after_bytes=2_000_000)
    span = {
        "Content-Type": "video/mp4",
        "Content-Length": "5000000",
        "Content-Range": f"bytes 0-4999999/{SIZE}",
    }
    with pytest.raises(ConnectionLost):
        desk.send("PUT", url, content=pieces(), headers=span)
    for number in (1, 2, 3):
        desk.put(url, *part(number), SIZE)
    (upload,) = desk.tiktok.uploads.values()
    (kept,) = tmp_path.iterdir()
    assert upload.sha256 == hashlib.sha256(kept.read_bytes()).hexdigest()
    assert kept.read_bytes() == DATA[:SIZE]


def test_a_large_upload_runs_in_bounded_memory(desk: Any) -> None:
    size = 200_000_000
    url = desk.start(desk.video(desk.file(size, 50_000_000, 4)))["upload_url"]
    piece = bytes(1_000_000)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield piece

    async def send() -> list[int]:
        transport = httpx2.ASGITransport(app=desk.simulator.app)
        async with httpx2.AsyncClient(transport=transport) as client:
            return [await put(client, first) for first in range(0, size, 50_000_000)]

    async def put(client: httpx2.AsyncClient, first: int) -> int:
        span = {
            "Content-Type": "video/mp4",
            "Content-Length": "50000000",
            "Content-Range": f"bytes {first}-{first + 49_999_999}/{size}",
        }
        return (await client.put(url, content=pieces(), headers=span)).status_code

    tracemalloc.start()
    try:
        assert asyncio.run(send()) == [206, 206, 206, 201]
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    (upload,) = desk.tiktok.uploads.values()
    assert upload.received == size
