"""A desk from which tests send requests to a simulator in-process."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from postwire.simulator import Clock, Simulator, create

API = "https://open.tiktokapis.com"
WEB = "https://www.tiktok.com"
NOW = 1_795_000_000.0
MP4 = b"\x00\x00\x00\x18ftypmp42"
REDIRECT = "http://127.0.0.1:5005/callback/"
VERIFIER = "sim-verifier-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ~._"
ALL = "user.info.basic,user.info.profile,user.info.stats,video.list,video.publish,video.upload"
PUBLISH = "/v2/post/publish"


class Sender:
    """Sends requests, one at a time, to a simulator of its own."""

    def __init__(self) -> None:
        self.simulator: Simulator = create(clock=Clock(lambda: NOW), seed=7)
        self.callback = ""

    def send(self, method: str, url: str, **options: Any) -> httpx2.Response:
        async def go() -> httpx2.Response:
            transport = httpx2.ASGITransport(app=self.simulator.app)
            async with httpx2.AsyncClient(transport=transport) as client:
                return await client.request(method, url, **options)

        return asyncio.run(go())

    def settle(self) -> None:
        asyncio.run(self.simulator.settle())

    def consent(self, url: str, query: dict[str, str]) -> dict[str, str]:
        """Ask for consent that is given or denied at once; the query of the address that it leads back to."""
        answer = self.send("GET", url, params=query)
        assert answer.status_code == 302, answer.text
        self.callback = answer.headers["location"]
        return dict(parse_qsl(urlsplit(self.callback).query))


class Desk(Sender):
    """Asks TikTok as one connected user."""

    def __init__(self) -> None:
        super().__init__()
        self.tiktok = self.simulator.tiktok
        self.settings = self.tiktok.settings
        self.token = self.tiktok.connect()

    def api(
        self, path: str, body: Any = None, *, method: str = "POST", token: str | None = None
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return self.send(method, API + path, headers=headers, **({} if body is None else {"json": body}))

    def outcome(self, *args: Any, **options: Any) -> tuple[int, str]:
        answer = self.api(*args, **options)
        return answer.status_code, answer.json()["error"]["code"]

    def file(self, size: int = 24, chunk: int | None = None, count: int = 1) -> dict[str, Any]:
        return {
            "source": "FILE_UPLOAD",
            "video_size": size,
            "chunk_size": chunk or size,
            "total_chunk_count": count,
        }

    def video(self, source: dict[str, Any] | None = None, **info: Any) -> dict[str, Any]:
        info = {"title": "Hello", "privacy_level": "PUBLIC_TO_EVERYONE"} | info
        return {"post_info": info, "source_info": source or self.file()}

    def photo(
        self, mode: str = "DIRECT_POST", source: dict[str, Any] | None = None, **info: Any
    ) -> dict[str, Any]:
        urls = ["https://media.example.com/1.jpg", "https://media.example.com/2.jpg"]
        source = {"source": "PULL_FROM_URL", "photo_images": urls, "photo_cover_index": 0} | (source or {})
        info = {"title": "Hello", "privacy_level": "PUBLIC_TO_EVERYONE"} | info
        return {"media_type": "PHOTO", "post_mode": mode, "post_info": info, "source_info": source}

    def start(self, body: Any = None, path: str = "/video/init/") -> dict[str, Any]:
        answer = self.api(PUBLISH + path, body or self.video())
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def put(self, url: str, first: int, data: bytes, total: int, **headers: str) -> httpx2.Response:
        span = {
            "Content-Type": "video/mp4",
            "Content-Range": f"bytes {first}-{first + len(data) - 1}/{total}",
        }
        return self.send("PUT", url, content=data, headers=span | headers)

    def status(self, publish_id: str) -> dict[str, Any]:
        answer = self.api(f"{PUBLISH}/status/fetch/", {"publish_id": publish_id})
        assert answer.json()["error"]["code"] == "ok", answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def published(self, **info: Any) -> str:
        """Publish a whole video by upload and let the clock finish it."""
        started = self.start(self.video(**info))
        assert self.put(started["upload_url"], 0, MP4 + bytes(12), 24).status_code == 201
        self.simulator.clock.advance(200)
        self.settle()
        return str(started["publish_id"])

    def asking(self, **changes: str | None) -> dict[str, str]:
        query = {
            "client_key": "sim-client-key",
            "response_type": "code",
            "scope": ALL,
            "redirect_uri": REDIRECT,
            "state": "s-1",
            "code_challenge": hashlib.sha256(VERIFIER.encode()).hexdigest(),
            "code_challenge_method": "S256",
        } | changes
        return {name: value for name, value in query.items() if value is not None}

    def authorize(self, **changes: str | None) -> dict[str, str]:
        """Ask with the simulator's own switch, and read the callback's query."""
        return self.consent(f"{WEB}/v2/auth/authorize/", {"postwire_auto": "allow"} | self.asking(**changes))

    def oauth(self, path: str = "token", **form: str | None) -> httpx2.Response:
        whole = {"client_key": "sim-client-key", "client_secret": "sim-client-secret"} | form
        data = {name: value for name, value in whole.items() if value is not None}
        return self.send("POST", f"{API}/v2/oauth/{path}/", data=data)

    def exchange(self, code: str, **changes: str | None) -> httpx2.Response:
        form: dict[str, Any] = {
            "grant_type": "authorization_code",
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        }
        return self.oauth(code=code, **(form | changes))


@pytest.fixture
def desk() -> Desk:
    return Desk()
