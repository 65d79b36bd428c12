"""Fetching media by address: from loopback, or from a table of pretended files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from postwire.simulator.exchange import Job
from postwire.simulator.meta.records import File
from postwire.simulator.meta.settings import RemoteFile
from postwire.simulator.outside import HTTP_OK, is_loopback, pull

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postwire.simulator.meta.ask import Ask
    from postwire.simulator.meta.state import Meta

JPEG, PNG, MP4 = b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x18ftypmp42"
HEADS: Mapping[str, bytes] = {
    "jpg": JPEG,
    "jpeg": JPEG,
    "png": PNG,
    "gif": b"GIF89a",
    "webp": b"RIFF\x00\x00\x00\x00WEBP",
    "bmp": b"BM",
    "tiff": b"II*\x00",
    "mp4": MP4,
    "mov": b"\x00\x00\x00\x14ftypqt  ",
    "webm": b"\x1a\x45\xdf\xa3",
}
# Meta sheet 6.2: Photo (formats)
PHOTOS = (JPEG[:3], PNG, b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
LIMIT = 3_000_000_000  # bytes; more than any limit of the sheet
IMAGES = ("image_url", "url", "cover_url", "picture")  # fetched while the call waits


def is_video(head: bytes) -> bool:
    """Tell whether a file begins as MP4 or MOV does."""
    # Meta sheet 8.7: Instagram media specs (MOV or MP4)
    return head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}


def is_photo(head: bytes) -> bool:
    """Tell whether a file begins as a picture that Pages take."""
    return head.startswith(PHOTOS)


def is_jpeg(head: bytes) -> bool:
    """Tell whether a file begins as a JPEG does."""
    return head.startswith(JPEG[:3])


def _local(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and is_loopback(parts.hostname or "") and parts.port != 0
    except ValueError:
        return False


def fetch(remote: Mapping[str, RemoteFile], url: str, usual: bytes) -> File | int:
    """Fetch a file: its size and first bytes, or the status; 0 where nothing answers."""
    # Meta sheet 8.1: Create container (a public address). Any that is not loopback's is pretended.
    if _local(url):
        pulled = pull(url, LIMIT, lambda _: None)
        return File(pulled.size, pulled.head) if pulled.status == HTTP_OK else pulled.status
    try:
        parts = urlsplit(url)
    except ValueError:
        return 0
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return 0
    file = remote.get(url, RemoteFile())
    if file.status != HTTP_OK:
        return file.status
    by_ending = HEADS.get(parts.path.rpartition(".")[2].lower(), usual)
    head = by_ending if file.head is None else file.head
    return File(file.size, head, file.width, file.height, file.seconds)


async def images(ask: Ask) -> None:
    """Fetch the pictures that a POST names, before it is answered."""
    # Meta sheet 8.1: Create container (image errors come straight from this call)
    remote = dict(ask.state.settings.remote)
    for name in IMAGES:
        url = ask.params.text(name)
        if url and ask.method == "POST":
            ask.pulled[url] = await asyncio.to_thread(fetch, remote, url, JPEG)


def job(state: Meta, url: str, finish: Callable[[File | int], None]) -> Job:
    """Make the job that fetches a video."""
    remote = dict(state.settings.remote)

    def run() -> Any:
        return fetch(remote, url, MP4)

    return Job(run, finish, awaited=True)
