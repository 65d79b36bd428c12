"""A desk from which tests send requests to the simulated LinkedIn in-process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from tests.simulator.conftest import Sender

if TYPE_CHECKING:
    import httpx2

API = "https://api.linkedin.com"
WEB = "https://www.linkedin.com"
REDIRECT = "http://localhost:5005/callback/"
VERSION = "202609"
MINA, OMAR = "urn:li:person:782bbtaQ", "urn:li:person:AbC4dEfG"
FJORD, NORTHWIND = "urn:li:organization:5515715", "urn:li:organization:2414183"
MP4 = b"\x00\x00\x00\x18ftypmp42"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (100).to_bytes(4, "big") * 2


def enc(urn: str) -> str:
    return quote(urn, safe="")


class Desk(Sender):
    """Sends requests, one at a time, as one connected member."""

    enc = staticmethod(enc)

    def __init__(self) -> None:
        super().__init__()
        self.linkedin = self.simulator.linkedin
        self.settings = self.linkedin.settings
        self.token = self.linkedin.connect()

    def only(self, *scopes: str, who: str = "mina", app: str = "") -> str:
        return self.linkedin.connect(who, frozenset(scopes), app)

    def rest(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str | None
    ) -> httpx2.Response:
        whole: dict[str, str | None] = {
            "Authorization": f"Bearer {token or self.token}",
            "LinkedIn-Version": VERSION,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        whole |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in whole.items() if value is not None}
        more = {} if body is None else {"json": body}
        return self.send(method, f"{API}/rest{path}", headers=sent, **more)

    def v2(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return self.send(
            method, f"{API}/v2{path}", headers=headers, **({} if body is None else {"json": body})
        )

    def patch(self, path: str, body: Any, **options: Any) -> httpx2.Response:
        return self.rest("POST", path, body, X_RestLi_Method="PARTIAL_UPDATE", **options)

    def draft(self, text: str = "Hello", author: str = MINA, **fields: Any) -> dict[str, Any]:
        """Make the body of a post; a field that is None is left out."""
        body = {
            "author": author,
            "commentary": text,
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        } | fields
        return {name: value for name, value in body.items() if value is not None}

    def post(self, text: str = "Hello", author: str = MINA, **fields: Any) -> str:
        answer = self.rest("POST", "/posts", self.draft(text, author, **fields))
        assert answer.status_code == 201, answer.text
        return answer.headers["x-restli-id"]

    def init(self, kind: str, owner: str = MINA, token: str | None = None, **fields: Any) -> dict[str, Any]:
        body = {"initializeUploadRequest": {"owner": owner} | fields}
        answer = self.rest("POST", f"/{kind}?action=initializeUpload", body, token=token)
        assert answer.status_code == 200, answer.text
        value: dict[str, Any] = answer.json()["value"]
        return value

    def put(self, url: str, data: bytes, *, bearer: bool = True) -> httpx2.Response:
        headers = {"Content-Type": "application/octet-stream"}
        if bearer:
            headers["Authorization"] = f"Bearer {self.token}"
        return self.send("PUT", url, content=data, headers=headers)

    def image(self, owner: str = MINA, data: bytes = PNG) -> str:
        value = self.init("images", owner)
        assert self.put(value["uploadUrl"], data).status_code == 201
        return str(value["image"])

    def document(self, owner: str = MINA, data: bytes = b"%PDF-1.7 sim") -> str:
        value = self.init("documents", owner)
        assert self.put(value["uploadUrl"], data).status_code == 201
        return str(value["document"])

    def video(self, owner: str = MINA, size: int = 80_000, wait: float = 60) -> str:
        value = self.init("videos", owner, fileSizeBytes=size)
        data = MP4 + bytes(size - len(MP4))
        parts = [
            self.put(step["uploadUrl"], data[step["firstByte"] : step["lastByte"] + 1], bearer=False)
            for step in value["uploadInstructions"]
        ]
        assert self.finalize(value, [part.headers["etag"] for part in parts]).status_code == 200
        self.simulator.clock.advance(wait)
        return str(value["video"])

    def finalize(self, value: dict[str, Any], etags: list[str], **fields: Any) -> httpx2.Response:
        body = {
            "video": value["video"],
            "uploadToken": value["uploadToken"],
            "uploadedPartIds": etags,
        } | fields
        return self.rest("POST", "/videos?action=finalizeUpload", {"finalizeUploadRequest": body})

    def asking(self, **changes: str | None) -> dict[str, str]:
        query = {
            "response_type": "code",
            "client_id": "sim-client-id",
            "redirect_uri": REDIRECT,
            "state": "s-1",
            "scope": "openid profile w_member_social",
        } | changes
        return {name: value for name, value in query.items() if value is not None}

    def authorize(self, **changes: str | None) -> dict[str, str]:
        """Ask with the simulator's own switch, and read the callback's query."""
        query = {"postwire_auto": "allow"} | self.asking(**changes)
        return self.consent(f"{WEB}/oauth/v2/authorization", query)

    def oauth(self, path: str = "accessToken", **form: str | None) -> httpx2.Response:
        whole = {"client_id": "sim-client-id", "client_secret": "simsecret"} | form
        data = {name: value for name, value in whole.items() if value is not None}
        return self.send("POST", f"{WEB}/oauth/v2/{path}", data=data)

    def exchange(self, code: str, **changes: str | None) -> httpx2.Response:
        form: dict[str, Any] = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
        return self.oauth(code=code, **(form | changes))


@pytest.fixture
def desk() -> Desk:
    return Desk()
