"""A desk from which tests send requests to the simulated X in-process."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from postwire.simulator import Clock, Simulator, create

API = "https://api.x.com"
WEB = "https://x.com"
NOW = 1_795_000_000.0
REDIRECT = "http://127.0.0.1:5005/callback/"
VERIFIER = "sim-verifier-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ~._"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
BASIC = ("sim-x-client", "sim-x-secret")
LABS, PREMIUM, FRIEND, LOCKED = (f"152488000000000000{n}" for n in range(1, 5))


class Desk:
    """Sends requests, one at a time, as one connected user."""

    def __init__(self) -> None:
        self.now = NOW
        self.simulator: Simulator = create(clock=Clock(lambda: NOW), seed=7)
        self.x = self.simulator.x
        self.settings = self.x.settings
        self.app = self.settings.apps[0]
        self.token = self.x.connect()

    def send(self, method: str, url: str, **options: Any) -> httpx2.Response:
        async def go() -> httpx2.Response:
            transport = httpx2.ASGITransport(app=self.simulator.app)
            async with httpx2.AsyncClient(transport=transport) as client:
                return await client.request(method, url, **options)

        return asyncio.run(go())

    def api(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **query: Any
    ) -> httpx2.Response:
        """Ask as the connected user; in `query` a name's `__` stands for a dot."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        options: dict[str, Any] = {} if body is None else {"json": body}
        if query:
            options["params"] = {name.replace("__", "."): value for name, value in query.items()}
        return self.send(method, API + path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> dict[str, Any]:
        """Read something that is there."""
        answer = self.api("GET", path, **options)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def ok(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Do something that succeeds, and give its data."""
        answer = self.api(method, path, body, **options)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()["data"]

    def post(self, text: str = "Hello", token: str | None = None, **more: Any) -> str:
        """Create a post and give its id."""
        return str(self.ok("POST", "/2/tweets", {"text": text} | more, token=token)["id"])

    def asking(self, **changes: str | None) -> dict[str, str]:
        query = {
            "response_type": "code",
            "client_id": "sim-x-client",
            "redirect_uri": REDIRECT,
            "scope": "tweet.read tweet.write users.read offline.access",
            "state": "s-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changes
        return {name: value for name, value in query.items() if value is not None}

    def authorize(self, **changes: str | None) -> dict[str, str]:
        """Ask with the simulator's own switch, and read the callback's query."""
        query = {"postwire_auto": "allow"} | self.asking(**changes)
        answer = self.send("GET", f"{WEB}/i/oauth2/authorize", params=query)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def oauth(
        self, path: str = "token", basic: tuple[str, str] | None = BASIC, **form: str | None
    ) -> httpx2.Response:
        data = {name: value for name, value in form.items() if value is not None}
        options: dict[str, Any] = {"auth": basic} if basic else {}
        return self.send("POST", f"{API}/2/oauth2/{path}", data=data, **options)

    def exchange(
        self, code: str, basic: tuple[str, str] | None = BASIC, **changes: str | None
    ) -> httpx2.Response:
        form: dict[str, Any] = {
            "grant_type": "authorization_code",
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        }
        return self.oauth(basic=basic, code=code, **(form | changes))

    def refresh(self, token: str, basic: tuple[str, str] | None = BASIC, **changes: str) -> httpx2.Response:
        return self.oauth(basic=basic, grant_type="refresh_token", refresh_token=token, **changes)


@pytest.fixture
def desk() -> Desk:
    return Desk()
