"""A desk from which tests send requests to the simulated X in-process."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from tests.simulator.conftest import NOW, Sender

if TYPE_CHECKING:
    import httpx2

API = "https://api.x.com"
WEB = "https://x.com"
REDIRECT = "http://127.0.0.1:5005/callback/"
VERIFIER = "sim-verifier-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ~._"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
BASIC = ("sim-x-client", "sim-x-secret")
LABS, PREMIUM, FRIEND, LOCKED = (f"152488000000000000{n}" for n in range(1, 5))

# Names that answers have in the older vocabulary, which the document does not show any more
NEWER = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
    "referenced_tweets": "referenced_posts",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "pinned_tweet_id": "pinned_post_id",
    "most_recent_tweet_id": "most_recent_post_id",
    "tweets": "posts",
    "total_tweet_count": "total_post_count",
}
# What the wire has beside the document: an error in processing_info, and the balance of credits
BESIDE = {"processing_info": {"error": {"type": "object", "required": ["code", "name", "message"]}}}


class Contract:
    """X's own OpenAPI document, read strictly: an object has no key that it does not name."""

    def __init__(self, path: Path) -> None:
        self.document: dict[str, Any] = json.loads(path.read_text())
        _close(self.document)
        self._registry = Registry().with_resource("urn:x", DRAFT202012.create_resource(self.document))

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """Find an operation by the address of a request."""
        given = path.split("/")
        fitting = [
            known
            for known, operations in self.document["paths"].items()
            if method.lower() in operations and _fits(known.split("/"), given)
        ]
        if not fitting:
            return None
        best = min(fitting, key=lambda known: [part.startswith("{") for part in known.split("/")])
        return best, self.document["paths"][best][method.lower()]

    def check(self, method: str, path: str, answer: httpx2.Response) -> None:
        """Fail unless an answer is one that the document has; the older words are read as the newer ones."""
        found = self.operation(method, path)
        if found is None or answer.headers.get("x-postwire-simulator") != "x":
            return
        name, operation = found
        if answer.status_code >= 400:
            self._refused(answer)
            return
        if answer.status_code == 204:  # append, as other mocks answer it
            return
        responses = operation["responses"]
        assert str(answer.status_code) in responses, (method, name, answer.status_code)
        schema = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
        content = answer.json()
        plain = name.startswith("/2/trends") or "post.fields" in answer.request.url.params
        self._valid(schema, content if plain else _newer(content))

    def _refused(self, answer: httpx2.Response) -> None:
        if "json" not in answer.headers.get("content-type", ""):  # an injected fault
            return
        content = answer.json()
        for item in content.get("errors", []):
            if "code" in item:  # the older form
                self._valid({"$ref": "#/components/schemas/Error"}, item)
        if answer.headers["content-type"].startswith("application/problem+json"):
            assert {"title", "type"} <= content.keys()
            slug = content["type"].rpartition("/")[2]
            if slug in {"invalid-request", "resource-not-found", "internal-error"}:
                # the wire adds the errors that the document does not show
                told = {name: value for name, value in content.items() if name != "errors"}
                told["type"] = told["type"].replace("api.twitter.com", "api.x.com")
                self._valid({"$ref": "#/components/schemas/Problem"}, told)

    def _valid(self, schema: dict[str, Any], content: Any) -> None:
        wanted = {"$ref": f"urn:x{schema['$ref']}"} if "$ref" in schema else schema
        validator = Draft202012Validator(wanted, registry=self._registry)
        errors = [f"{list(e.absolute_path)}: {e.message[:300]}" for e in validator.iter_errors(content)]
        assert not errors, errors


def _close(node: Any, name: str = "") -> None:
    if isinstance(node, dict):
        if "properties" in node:
            node.setdefault("additionalProperties", False)
            for beside, extra in BESIDE.items():
                if name.lower().endswith(beside.replace("_", "")):
                    node["properties"] |= extra
        for key, value in node.items():
            _close(value, key)
    elif isinstance(node, list):
        for value in node:
            _close(value)


def _fits(known: list[str], given: list[str]) -> bool:
    pairs = zip(known, given, strict=False)
    return len(known) == len(given) and all(k == g or (k.startswith("{") and g) for k, g in pairs)


def _newer(value: Any) -> Any:
    if isinstance(value, dict):
        return {NEWER.get(name, name): _newer(item) for name, item in value.items()}
    return [_newer(item) for item in value] if isinstance(value, list) else value


@cache
def contract() -> Contract | None:
    path = os.environ.get("POSTWIRE_X_OPENAPI")
    return Contract(Path(path)) if path else None


class Desk(Sender):
    """Sends requests, one at a time, as one connected user."""

    def __init__(self) -> None:
        self.now = NOW
        super().__init__()
        self.x = self.simulator.x
        self.settings = self.x.settings
        self.app = self.settings.apps[0]
        self.token = self.x.connect()

    def send(self, method: str, url: str, **options: Any) -> httpx2.Response:
        answer = super().send(method, url, **options)
        if (document := contract()) is not None:
            document.check(method, urlsplit(url).path, answer)
        return answer

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
        return self.consent(f"{WEB}/i/oauth2/authorize", {"postwire_auto": "allow"} | self.asking(**changes))

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


@pytest.fixture
def document() -> Contract:
    found = contract()
    if found is None:
        pytest.skip("POSTWIRE_X_OPENAPI does not point to X's OpenAPI document")
    return found
