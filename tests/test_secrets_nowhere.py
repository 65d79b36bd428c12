"""A planted token is looked for wherever people look: logs, errors, events, traces, results, dry runs."""

from __future__ import annotations

import asyncio
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from postwire import Account, AsyncClient, Client, PostwireError
from postwire.decide.retry import Policy
from postwire.media import sample
from postwire.secret import MASK
from postwire.values import Lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postwire.simulator import Served, Simulator
    from postwire.values import Response, Send

INIT = "/v2/post/publish/video/init/"
UPLOAD_HOST = "open-upload.tiktokapis.com"
FAULTS: dict[str, list[dict[str, Any]]] = {
    "success": [],
    "refused by rule": [
        {"path": INIT, "error_code": "invalid_params", "status": 400, "message": "No TOKEN here."}
    ],
    "refused with 200": [{"path": INIT, "error_code": "spam_risk", "message": "Bearer TOKEN"}],
    "a web page": [{"path": INIT, "status": 502, "body": "<html>TOKEN</html>"}],
    "broken": [{"path": INIT, "status": 500, "after": True}],
    "answer lost": [{"path": INIT, "lose_answer": True}],
    "cut": [{"path": INIT, "refuse": True}],
    "rate limited": [{"path": INIT, "status": 429, "retry_after": 9999}],
    "revoked": [{"path": "/v2/post/publish/status/fetch/", "revoke_token": True}],
    "upload broken": [{"host": UPLOAD_HOST, "status": 500, "times": 0}],
    "upload refused": [{"host": UPLOAD_HOST, "status": 403, "body": "TOKEN"}],
    "upload cut": [{"host": UPLOAD_HOST, "reset_after_bytes": 10, "times": 0}],
    "last answer lost": [{"host": UPLOAD_HOST, "lose_answer": True}],
}


class Ear:
    """Everything that was said."""

    def __init__(self, *secrets: str) -> None:
        self.secrets = list(secrets)
        self.heard: list[str] = []
        self.traced: list[str] = []

    def hear(self, *things: Any) -> None:
        self.heard += [f"{thing} {thing!r}" for thing in things]

    def trace(self, effect: Send, seen: Response | Lost) -> None:
        """What is traced is what was sent, so it holds the address of an upload; never a credential."""
        self.traced.append(repr(effect))
        self.hear(effect.key, effect.request.credential, seen if isinstance(seen, Lost) else seen.status)

    def fail(self, error: PostwireError) -> None:
        self.hear(error, error.args, error.to_dict(), vars(error))
        self.heard += traceback.format_exception(error)

    def check(self) -> None:
        text = "\n".join(self.heard)
        assert len(text) > 200, "nothing was heard"
        assert self.secrets[0] not in "\n".join(self.traced), "a traced request shows its token"
        for secret in self.secrets:
            where = text.find(secret)
            assert where < 0, f"a secret shows: {text[max(0, where - 100) : where]}…"


@pytest.fixture
def ear(simulator: Simulator, caplog: pytest.LogCaptureFixture) -> Iterator[Ear]:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpcore2").setLevel(logging.DEBUG)
    made = Ear(simulator.tiktok.connect())
    yield made
    made.heard += [record.getMessage() for record in caplog.records]
    made.heard += [f"{record.args}" for record in caplog.records]
    made.secrets += [upload.token for upload in simulator.tiktok.uploads.values()]
    made.check()


def plant(simulator: Simulator, fault: str, token: str) -> None:
    for rule in FAULTS[fault]:
        told = {k: v.replace("TOKEN", token) if isinstance(v, str) else v for k, v in rule.items()}
        simulator.faults.add(**told)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_run_shows_no_secret(kind: str, fault: str, ear: Ear, served: Served, tok: Any) -> None:
    plant(served.simulator, fault, ear.secrets[0])
    account = Account("tok", ear.secrets[0])
    options: dict[str, Any] = {
        "integrations": [tok.folder],
        "sandbox": served.origin,
        "policy": Policy(attempts=2, first=0.001),
    }
    watching: dict[str, Any] = {"on_event": ear.hear, "trace": ear.trace}
    given = {"video": str(sample.VIDEO), "title": "Hello"}
    ear.hear(account, options, vars(account) if hasattr(account, "__dict__") else "")

    async def looping() -> Any:
        async with AsyncClient(account, **options) as client:
            return await client.run("tok.post", given, **watching)

    def blocking() -> Any:
        with Client(account, **options) as client:
            return client.run("tok.post", given, **watching)

    run: Callable[[], Any] = blocking if kind == "sync" else lambda: asyncio.run(looping())
    if fault in {"success", "last answer lost"}:  # the server settles the latter
        ear.hear(run())
        return
    with pytest.raises(PostwireError) as caught:
        run()
    ear.fail(caught.value)


def test_a_dry_run_shows_no_secret(ear: Ear, served: Served, tok: Any) -> None:
    with Client(Account("tok", ear.secrets[0]), integrations=[tok.folder]) as client:
        ear.hear(client.dry_run("tok.post", video=str(sample.VIDEO)), client.describe("tok.post"))
    ear.hear(client, " " * 200)


def test_an_input_mistake_shows_no_secret(ear: Ear, tok: Any) -> None:
    with (
        Client(Account("tok", ear.secrets[0]), integrations=[tok.folder]) as client,
        pytest.raises(PostwireError) as caught,
    ):
        client.run("tok.post", video=f"https://127.0.0.1/v.mp4?token={ear.secrets[0]}", parts=10)
    ear.fail(caught.value)


def test_an_account_is_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Account("tok", "planted-token"))


def test_the_ear_hears() -> None:
    ear = Ear("planted-token")
    ear.hear("x" * 300, {"token": "planted-token"})
    with pytest.raises(AssertionError, match="a secret shows"):
        ear.check()
    assert MASK not in ear.heard[0]
