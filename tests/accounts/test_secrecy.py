"""Planted tokens are looked for after connecting, renewing, failing and letting go: in logs, errors, traces,
results, the files of the vault with their free pages, and the arguments of processes."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from tests.accounts.desk import Desk, Script

from postwire import PostwireError
from postwire.accounts.keyring import KeyRing
from postwire.accounts.renewing import Renewing
from postwire.accounts.vault import Vault
from postwire.testing import answer
from postwire.values import Lost, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.simulator import Served

PLATFORMS = [
    ("tiktok", ""),
    ("x", ""),
    ("linkedin", ""),
    ("instagram", ""),
    ("meta", ""),
    ("instagram", "facebook"),
]
# What the platforms name their credentials by, in forms, queries and answers.
_SECRET = re.compile(r'"(?:access_token|refresh_token|code|code_verifier|client_secret)":\s*"([^"]{6,})"')
_NAMES = {
    "access_token",
    "refresh_token",
    "code",
    "code_verifier",
    "client_secret",
    "fb_exchange_token",
    "input_token",
    "token",
}
RUNTIME = Path(__file__).parents[2] / "runtime"


class Tap:
    """A transport that notes every credential that goes through it, whoever sends it."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.secrets: set[str] = set()

    def send(self, request: Request, sent: Any = None) -> Any:
        if isinstance(request.body, bytes):
            self.note(parse_qsl(request.body.decode("latin-1")))
        self.note(parse_qsl(request.url.partition("?")[2]))
        if request.credential is not None:
            self.secrets.add(request.credential.value.reveal())
        seen = self.inner.send(request, sent)
        if not isinstance(seen, Lost):
            self.secrets.update(_SECRET.findall(seen.body.decode("utf-8", "replace")))
        return seen

    def note(self, pairs: list[tuple[str, str]]) -> None:
        self.secrets.update(value for name, value in pairs if name in _NAMES and len(value) > 5)

    def close(self) -> None:
        """The inner one is not ours."""


class Ear:
    """Everything that was said."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog
        self.heard: list[str] = []

    def hear(self, *things: Any) -> None:
        self.heard += [f"{thing} {thing!r}" for thing in things]

    def fail(self, error: PostwireError) -> None:
        self.hear(error, error.args, error.to_dict(), vars(error))
        self.heard += traceback.format_exception(error)

    def check(self, secrets: set[str]) -> None:
        records = self.caplog.records
        told = [f"{record.getMessage()} {record.args} {record.exc_text}" for record in records]
        text = "\n".join([*self.heard, *told])
        assert len(text) > 200, "nothing was heard"
        for secret in secrets:
            where = text.find(secret)
            assert where < 0, f"a secret shows: {text[max(0, where - 100) : where]}…"


@pytest.fixture
def ear(caplog: pytest.LogCaptureFixture) -> Ear:
    caplog.set_level(logging.DEBUG)
    for name in ("httpcore2", "httpx2", "sqlalchemy.engine", "sqlalchemy.pool"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    return Ear(caplog)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with Vault(folder=tmp_path, keys=KeyRing([b"k" * 32])) as made:
        yield made


@pytest.fixture
def desk(vault: Vault, served: Served) -> Iterator[Desk]:
    made = Desk(vault, served)
    made.transport = Tap(made.transport)  # type: ignore[assignment]
    made.connections = made.of("default")
    yield made
    made.transport.inner.close()  # type: ignore[attr-defined]


def secrets_of(desk: Desk) -> set[str]:
    found: set[str] = desk.transport.secrets  # type: ignore[attr-defined]
    return found


def live_through(desk: Desk, ear: Ear, integration: str, flavour: str) -> None:
    """Connect, choose, look, renew, connect again, let go."""
    begun = desk.begin(integration, flavour, browser="planted-cookie", owner="ada")
    callback = desk.consent(begun)
    secrets_of(desk).update({"planted-cookie", begun.state, callback["code"]})
    outcome = desk.connections.finish(integration, callback, browser="planted-cookie")
    ear.hear(outcome, desk.accounts)
    accounts = list(outcome.accounts)
    if outcome.ticket is not None:
        secrets_of(desk).add(outcome.ticket.reveal())
        wanted = [each.subject for each in outcome.candidates]
        chosen = desk.connections.choose(outcome.ticket.reveal(), wanted, browser="planted-cookie")
        ear.hear(chosen)
        accounts += chosen.accounts
    renewing = Renewing(desk.connections)
    for account in accounts:
        ear.hear(desk.connections.inspect(account.id), desk.vault.accounts.tokens("default", account.id))
        login = desk.connections.login_of(account.id)
        try:
            ear.hear(renewing.renew(account.id if login.listed else login.id))
            ear.hear(desk.connections.look_again(account.id))
        except PostwireError as error:  # some cannot be renewed by hand
            ear.fail(error)
        ear.hear(renewing.fresh(account.id))
    renewing.close()
    ear.hear(desk.connect(integration, flavour))
    for account in desk.accounts:
        ear.hear(desk.connections.disconnect(account.id))
    assert desk.accounts == []


@pytest.mark.parametrize(("integration", "flavour"), PLATFORMS)
def test_a_life_shows_no_secret(desk: Desk, ear: Ear, integration: str, flavour: str, tmp_path: Path) -> None:
    live_through(desk, ear, integration, flavour)
    secrets = secrets_of(desk)
    assert len(secrets) >= 6
    ear.check(secrets)
    # The files while they are open, with the write-ahead log and the pages that were freed.
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {"vault.db", "vault.db-wal"} <= {file.name for file in files}
    for file in files:
        content = file.read_bytes()
        for secret in secrets:
            assert secret.encode() not in content, f"{file.name} holds a secret"
            assert json.dumps(secret)[1:-1].encode() not in content


def test_the_search_would_find_one(vault: Vault, tmp_path: Path) -> None:
    """What is stored openly is found, so the search above looks in the right place."""
    vault.add_workspace("planted-open-text")
    found = [file.name for file in tmp_path.rglob("vault.db*") if b"planted-open-text" in file.read_bytes()]
    assert found


FAILURES: dict[str, Any] = {
    "the code is refused": lambda planted: answer(
        {"error": "invalid_grant", "error_description": planted}, 400
    ),
    "the platform is down": lambda planted: answer(f"<html>{planted}".encode(), 502),
    "an answer that breaks off": lambda planted: answer(f'{{"access_token": "{planted}'.encode()),
    "another shape": lambda planted: answer({"data": {"access_token": planted}}),
    "a token of another kind": lambda planted: answer({"access_token": {"value": planted}}),
    "the answer is lost": lambda planted: Lost("maybe", "the connection broke off"),
}


@pytest.mark.parametrize("integration", ["tiktok", "x", "linkedin", "meta", "instagram"])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_shows_none(desk: Desk, ear: Ear, integration: str, failure: str) -> None:
    code, secret, token = (f"planted-{number}" for number in range(3))  # traces show literals
    keys = {"client_id": "1", "client_key": "1", "client_secret": secret}
    desk.vault.apps.put("default", integration, keys)
    # A platform that echoes what it was told in confidence.
    script = Script(FAILURES[failure](f"{code} {secret} Bearer {token}"))
    connections = desk.of("default", script)
    begun = connections.begin(integration, redirect_uri="http://127.0.0.1:5005/callback/")
    with pytest.raises(PostwireError) as caught:
        connections.finish(integration, {"state": begun.state, "code": code})
    ear.fail(caught.value)
    ear.hear(*script.requests)
    verifiers = {dict(parse_qsl(each.body.decode())).get("code_verifier", "") for each in script.requests
                 if isinstance(each.body, bytes)}  # fmt: skip
    ear.check({code, secret, token, *verifiers} - {""})


def test_no_process_has_one_among_its_arguments(served: Served, tmp_path: Path) -> None:
    """What `ps` shows to everybody on the machine, of a connect that waits."""
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("POSTWIRE_")},
        "PYTHONPATH": str(RUNTIME),
        "POSTWIRE_HOME": str(tmp_path / "home"),
        "POSTWIRE_X_CLIENT_ID": "planted-id",
        "POSTWIRE_X_CLIENT_SECRET": "planted-secret",
    }
    command = [sys.executable, "-m", "postwire", "connect", "x", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=environ, text=True)
    try:
        assert process.stderr is not None
        seen = ""
        while "Waiting for the answer" not in seen:
            seen += process.stderr.readline()
        arguments = Path(f"/proc/{process.pid}/cmdline")
        if arguments.exists():
            assert b"planted" not in arguments.read_bytes()
        assert "planted-secret" not in seen
        assert "code_verifier" not in seen
    finally:
        process.kill()
        process.communicate()
    assert served
