"""Good tokens for everybody: renewed once, never lost, and an honest word where that cannot be."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postwire import Client
from postwire.accounts.connections import Connections
from postwire.accounts.records import NewAccount
from postwire.accounts.renewing import Renewing
from postwire.accounts.tokens import Tokens
from postwire.errors import ActionFailed
from postwire.language.catalog import Catalog
from postwire.sandbox import Sandbox
from postwire.secret import Secret
from postwire.simulator.faults import Fault
from postwire.transport import HttpTransport
from postwire.values import Lost, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.accounts.conftest import Made

    from postwire.accounts.leased import Renewed
    from postwire.accounts.records import StoredAccount
    from postwire.accounts.vault import Vault
    from postwire.simulator import Served

ALWAYS = 1e6  # seconds that no token of TikTok or X lives
DAY, MINUTE = 86_400.0, 60.0
CATALOG = Catalog()
APPS = {
    "POSTWIRE_TIKTOK_CLIENT_KEY": "key",
    "POSTWIRE_TIKTOK_CLIENT_SECRET": "secret",
    "POSTWIRE_INSTAGRAM_CLIENT_ID": "id",
    "POSTWIRE_INSTAGRAM_CLIENT_SECRET": "secret",
    "POSTWIRE_LINKEDIN_CLIENT_ID": "id",
    "POSTWIRE_LINKEDIN_CLIENT_SECRET": "secret",
}


@dataclass
class Platform:
    """A platform's token endpoint: each refresh token works once, unless an answer is scripted."""

    good: str = "refresh-1"
    script: list[Any] = field(default_factory=list)
    asked: int = 0
    expires_in: float | None = 7200.0
    more: dict[str, Any] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None

    def send(self, request: Request, sent: Callable[[int], None] | None = None) -> Response | Lost:
        self.asked += 1
        self.before()
        if self.script:
            answer = self.script.pop(0)
            return answer if isinstance(answer, Response | Lost) else Response(200, {}, _json(answer))
        assert isinstance(request.body, bytes)
        if f"refresh_token={self.good}&" not in f"{request.body.decode()}&":
            return Response(400, {}, _json({"error": "invalid_grant", "error_description": "used"}))
        number = int(self.good.removeprefix("refresh-")) + 1
        self.good = f"refresh-{number}"
        given = {"access_token": f"access-{number}", "refresh_token": self.good, "open_id": "1"}
        return Response(200, {}, _json({**given, "expires_in": self.expires_in, **self.more}))

    def close(self) -> None: ...


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


@dataclass
class Desk:
    """A workspace on a scripted platform, with a clock that is turned by hand."""

    made: Made
    vault: Vault
    platform: Platform
    events: list[Renewed] = field(default_factory=list)
    naps: list[float] = field(default_factory=list)

    def open(self, environ: dict[str, str] | None = None, vault: Vault | None = None) -> Renewing:
        connections = Connections(
            vault or self.vault,
            CATALOG,
            self.platform,
            environ=APPS if environ is None else environ,
            clock=self.made.clock,
        )
        return Renewing(connections, watch=self.events.append, sleep=self.naps.append)

    def connect(self, integration: str = "tiktok", left: float | None = MINUTE, **more: Any) -> str:
        """An account whose token still lives so many seconds."""
        now = self.made.clock()
        end = None if left is None else now + left
        tokens = Tokens(
            Secret("access-1"), more.pop("refresh", Secret("refresh-1")), end, **more.pop("has", {})
        )
        new = NewAccount(
            integration, tokens, **{"subject": "1", "username": "acme", "refresh_at": now, **more}
        )
        return self.vault.accounts.connect("default", [new])[0].id

    def get(self, account: str) -> StoredAccount:
        return self.vault.accounts.get("default", account)


@pytest.fixture
def desk(made: Made, vault: Vault) -> Desk:
    return Desk(made, vault, Platform())


@pytest.fixture
def renewing(desk: Desk) -> Iterator[Renewing]:
    made = desk.open()
    yield made
    made.close()


# What an action gets


def test_a_good_token_is_given_as_it_is(desk: Desk, renewing: Renewing) -> None:
    scopes = frozenset({"video.list"})
    account = desk.connect("instagram", left=300, flavour="facebook", has={"scopes": scopes}, facts={"a": 1})
    acting = renewing.fresh(account)
    assert acting.token == Secret("access-1")
    assert (acting.integration, acting.flavour, acting.scopes) == ("instagram", "facebook", scopes)
    assert (acting.id, acting.name, acting.facts) == ("1", "acme", {"a": 1})
    assert desk.platform.asked == 0


@pytest.mark.parametrize(
    ("left", "need", "asked"), [(121, 120, 0), (119, 120, 1), (600, 900, 1), (None, 9e9, 0), (-5, 0, 1)]
)
def test_it_is_renewed_when_the_action_would_outlast_it(
    desk: Desk, renewing: Renewing, left: float | None, need: float, asked: int
) -> None:
    account = desk.connect(left=left)
    assert renewing.fresh(account, need).token == Secret(f"access-{1 + asked}")
    assert desk.platform.asked == asked
    assert desk.get(account).version == 1 + asked


def test_what_a_renewal_brings_is_stored(desk: Desk, renewing: Renewing) -> None:
    desk.platform.more = {"scope": "user.info.basic", "refresh_expires_in": 1000}
    account = desk.connect()
    renewing.fresh(account)
    stored, now = desk.get(account), desk.made.clock()
    assert (stored.expires_at, stored.refresh_expires_at) == (now + 7200, now + 1000)
    assert stored.refresh_at == now + 5400
    assert stored.state == "limited"
    assert "video.publish" in stored.reason
    assert desk.vault.refreshing.rescued("default", account) == []
    assert [(each.outcome, each.account.id) for each in desk.events] == [("renewed", account)]


def test_a_refresh_token_that_stays_keeps_its_end(desk: Desk, renewing: Renewing) -> None:
    account = desk.connect("linkedin", has={"refresh_expires_at": 1_900_000_000.0})
    desk.platform.script = [{"access_token": "access-2", "expires_in": 5_184_000}]
    renewing.fresh(account)
    assert desk.get(account).refresh_expires_at == 1_900_000_000.0
    assert desk.vault.accounts.tokens("default", account).tokens.refresh == Secret("refresh-1")


@pytest.mark.parametrize("state", ["needs_reconnect", "error"])
def test_what_a_person_has_to_settle_is_said(desk: Desk, renewing: Renewing, state: Any) -> None:
    account = desk.connect()
    desk.vault.accounts.set_state("default", account, state, "The password was changed.")
    with pytest.raises(ActionFailed, match=r"@acme.*The password was changed") as caught:
        renewing.fresh(account)
    assert (caught.value.code, caught.value.sent) == ("auth_expired", "no")
    assert "by hand" in caught.value.remedy if state == "error" else "again" in caught.value.remedy
    assert desk.platform.asked == 0


def test_a_disconnected_account_does_not_act(desk: Desk, renewing: Renewing) -> None:
    account = desk.connect()
    desk.vault.accounts.disconnect("default", account)
    with pytest.raises(ActionFailed) as caught:
        renewing.fresh(account)
    assert caught.value.code == "auth_expired"
    assert renewing.connections.vault.accounts.get("default", account).state == "disconnected"


# Accounts that act with their login's token


@pytest.fixture
def page(desk: Desk) -> tuple[str, str]:
    """A person, and a page of theirs without a token of its own."""
    now = desk.made.clock()
    child = NewAccount("linkedin", Tokens(Secret("")), subject="page", username="page", facts={"urn": "u"})
    tokens = Tokens(Secret("access-1"), Secret("refresh-1"), now + MINUTE)
    login = NewAccount("linkedin", tokens, subject="me", username="me", children=(child,), refresh_at=now)
    person, below = desk.vault.accounts.connect("default", [login])
    return person.id, below.id


def test_a_page_without_a_token_acts_with_its_logins(
    desk: Desk, renewing: Renewing, page: tuple[str, str]
) -> None:
    acting = renewing.fresh(page[1])
    assert (acting.id, acting.name, acting.facts) == ("page", "page", {"urn": "u"})
    assert acting.token == Secret("access-2")
    assert [desk.get(each).version for each in page] == [2, 1]
    assert renewing.renew(page[1], Secret("access-1")) == Secret("access-2")
    assert desk.platform.asked == 1


def test_a_page_stands_and_falls_with_its_login(
    desk: Desk, renewing: Renewing, page: tuple[str, str]
) -> None:
    desk.platform.good = "refresh-9"
    with pytest.raises(ActionFailed, match=r"@page.*does not accept"):
        renewing.fresh(page[1])
    assert [desk.get(each).state for each in page] == ["needs_reconnect", "needs_reconnect"]
    desk.platform.good = "refresh-1"
    assert renewing.renew(page[0]) == Secret("access-2")
    assert [desk.get(each).state for each in page] == ["active", "active"]


# After the platform refused a token


def test_a_refused_token_is_renewed_once(desk: Desk, renewing: Renewing) -> None:
    account = desk.connect(left=7000)
    assert renewing.renew(account, Secret("access-1")) == Secret("access-2")
    assert renewing.renew(account, Secret("access-1")) == Secret("access-2")  # somebody else has
    assert desk.platform.asked == 1
    desk.made.clock.seconds += 7201
    assert renewing.renew(account, Secret("access-1")) == Secret("access-3")  # the other one is over too


def test_what_cannot_be_renewed_and_is_refused_needs_its_owner(desk: Desk, renewing: Renewing) -> None:
    account = desk.connect("linkedin", left=DAY, refresh=None)
    assert renewing.renew(account, Secret("access-1")) is None
    assert desk.get(account).state == "needs_reconnect"
    assert "no longer accepts" in desk.get(account).reason
    assert [each.outcome for each in desk.events] == ["reconnect"]
    assert desk.platform.asked == 0


def test_by_hand_a_token_that_cannot_be_renewed_stays_as_it_is(desk: Desk, renewing: Renewing) -> None:
    account = desk.connect("linkedin", left=DAY, refresh=None)
    with pytest.raises(ActionFailed) as caught:
        renewing.renew(account)
    assert caught.value.code == "account_not_eligible"
    assert desk.get(account).state == "active"


def test_by_hand_a_token_is_not_renewed_before_the_platform_allows_it(desk: Desk, renewing: Renewing) -> None:
    now = desk.made.clock()
    account = desk.connect("instagram", left=60 * DAY, refresh=None, refresh_at=now + 53 * DAY)
    with pytest.raises(ActionFailed):
        renewing.renew(account)
    assert desk.platform.asked == 0
    desk.made.clock.seconds += DAY + 1
    desk.platform.script = [{"access_token": "access-2", "expires_in": 60 * DAY}]
    assert renewing.renew(account) == Secret("access-2")


# Failures


REFUSED = {"error": "invalid_grant", "error_description": "The refresh token has expired."}
BROKEN = Response(503, {}, b"")
AWAY = Lost("no", "the network is unreachable")


def test_a_dead_refresh_token_needs_its_owner(desk: Desk, renewing: Renewing) -> None:
    account = desk.connect()
    desk.platform.script = [REFUSED]
    with pytest.raises(ActionFailed, match="connected again") as caught:
        renewing.fresh(account)
    stored = desk.get(account)
    assert (caught.value.code, stored.state, stored.fails) == ("auth_expired", "needs_reconnect", 0)
    assert "does not accept" in stored.reason
    assert "interrupted" not in stored.reason
    with pytest.raises(ActionFailed):
        renewing.fresh(account)
    assert desk.platform.asked == 1  # no retries


@pytest.mark.parametrize("answer", [BROKEN, AWAY, Lost("maybe", "the answer was lost")], ids=str)
def test_a_failure_that_passes_does_not_end_the_connection(
    desk: Desk, renewing: Renewing, answer: Any
) -> None:
    account = desk.connect()
    desk.platform.script = [answer] * 3
    assert renewing.fresh(account).token == Secret("access-1")  # it is good for a minute
    stored, now = desk.get(account), desk.made.clock()
    assert (stored.state, stored.status, stored.fails) == ("degraded", "active", 1)
    assert stored.next_attempt_at == pytest.approx(now + 1800, abs=180)
    desk.made.clock.seconds += 61
    asked = desk.platform.asked
    with pytest.raises(ActionFailed, match="could not be renewed") as caught:
        renewing.fresh(account)
    assert (caught.value.code, desk.platform.asked) == ("transient", asked)
    assert caught.value.retry_after == pytest.approx(1740, abs=181)
    desk.made.clock.seconds += 2000
    desk.platform.script = []
    assert renewing.fresh(account).token == Secret("access-2")
    assert (desk.get(account).state, desk.get(account).fails) == ("active", 0)


def test_retry_after_is_honoured(desk: Desk, renewing: Renewing) -> None:
    account = desk.connect("linkedin")
    desk.platform.script = [Response(429, {"retry-after": "7200"}, _json({"error": "throttled"}))]
    renewing.fresh(account)
    wait = desk.get(account).next_attempt_at
    assert wait is not None
    assert wait - desk.made.clock() >= 1600


def test_three_failures_pause_until_a_probe_or_a_person(desk: Desk, renewing: Renewing) -> None:
    account = desk.connect(left=7 * DAY)
    for _ in range(3):
        desk.platform.script = [BROKEN]
        renewing.fresh(account, ALWAYS)
        desk.made.clock.seconds += 2000
    stored = desk.get(account)
    assert (stored.state, stored.status, stored.fails) == ("degraded", "active", 3)
    assert stored.reason.startswith("Paused after 3 failures")
    assert stored.paused_until == pytest.approx(desk.made.clock() - 2000 + DAY, abs=DAY / 10)
    renewing.fresh(account, ALWAYS)
    assert desk.platform.asked == 3
    desk.made.clock.seconds += 1.2 * DAY
    desk.platform.script = [BROKEN]
    renewing.fresh(account, ALWAYS)  # the probe
    assert (desk.platform.asked, desk.get(account).fails) == (4, 4)
    renewing.fresh(account, ALWAYS)
    assert desk.platform.asked == 4
    assert renewing.renew(account) == Secret("access-2")  # a person asks
    assert (desk.get(account).state, desk.get(account).paused_until) == ("active", None)


@pytest.mark.parametrize(
    "answer", [{"error": "invalid_client"}, None], ids=["keys that are wrong", "keys that are not set"]
)
def test_wrong_keys_of_the_app_do_not_end_connections(desk: Desk, answer: Any) -> None:
    renewing = desk.open(environ=APPS if answer else {})
    account = desk.connect()
    desk.platform.script = [answer] * 2
    assert renewing.fresh(account).token == Secret("access-1")
    assert (desk.get(account).state, desk.get(account).status) == ("degraded", "active")
    assert "POSTWIRE_TIKTOK_CLIENT_KEY" in desk.get(account).reason or answer is None
    desk.made.clock.seconds += 3000
    with pytest.raises(ActionFailed, match="cannot be used"):
        renewing.fresh(account)
    assert (desk.get(account).state, desk.get(account).status) == ("error", "failed")
    desk.platform.script = []
    assert desk.open().renew(account) == Secret("access-2")
    assert desk.get(account).state == "active"


def test_an_unexpected_answer_is_kept_until_it_is_understood(desk: Desk, renewing: Renewing) -> None:
    account = desk.connect()
    desk.platform.script = [{"token": "access-2"}]
    renewing.fresh(account)
    assert desk.get(account).state == "degraded"
    (kept,) = desk.vault.refreshing.rescued("default", account)
    assert "access-2" in kept.content.reveal()


def test_no_answer_and_then_a_refusal_is_an_interrupted_renewal(desk: Desk, renewing: Renewing) -> None:
    account = desk.connect()
    desk.platform.script = [Lost("maybe", "the connection broke")]
    renewing.fresh(account)
    assert desk.platform.asked == 1  # not sent again
    desk.made.clock.seconds += 2000
    desk.platform.good = "refresh-2"
    with pytest.raises(ActionFailed, match="refresh_interrupted"):
        renewing.fresh(account)
    assert desk.get(account).state == "needs_reconnect"


def test_who_has_won_meanwhile_is_left_alone(desk: Desk, renewing: Renewing) -> None:
    """A lease that ran out, and a rival who renewed: our refusal is of an old token."""
    account = desk.connect()

    def rival() -> None:
        desk.platform.before = lambda: None
        desk.made.clock.seconds += 121
        desk.open().fresh(account)

    desk.platform.before = rival
    assert renewing.fresh(account).token == Secret("access-2")
    assert desk.get(account).state == "active"


def test_a_disconnect_meanwhile_takes_the_new_tokens_back(desk: Desk, renewing: Renewing) -> None:
    account = desk.connect()

    def gone() -> None:
        desk.platform.before = lambda: None
        desk.vault.accounts.disconnect("default", account)

    desk.platform.before = gone
    with pytest.raises(ActionFailed, match="disconnected"):
        renewing.fresh(account)
    assert desk.platform.asked == 2  # the second withdraws
    assert [each.outcome for each in desk.events] == ["gone"]
    assert desk.vault.refreshing.rescued("default", account) == []


# Callers that come together, and callers that go


def test_many_threads_renew_once(desk: Desk, renewing: Renewing, monkeypatch: pytest.MonkeyPatch) -> None:
    account = desk.connect()
    gate, claims, claim = threading.Barrier(16), [], desk.vault.refreshing.claim

    def claimed(*given: Any) -> Any:
        claims.append(given)
        return claim(*given)

    monkeypatch.setattr(desk.vault.refreshing, "claim", claimed)

    def ask(_: int) -> Secret:
        gate.wait()
        return renewing.fresh(account).token

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(16))) == {Secret("access-2")}
    assert (desk.platform.asked, len(claims)) == (1, 1)


def test_a_failure_counts_once_for_all_who_wait(desk: Desk) -> None:
    account = desk.connect()
    desk.platform.script = [BROKEN] * 20
    several = [desk.open() for _ in range(4)]  # as so many processes
    gate = threading.Barrier(8)

    def ask(number: int) -> Secret:
        gate.wait()
        return several[number % 4].fresh(account).token

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {Secret("access-1")}
    assert (desk.platform.asked, desk.get(account).fails) == (1, 1)


def test_a_watcher_that_fails_does_no_harm(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    account = desk.connect()
    connections = desk.open().connections
    renewing = Renewing(connections, watch=lambda _: 1 / 0)  # type: ignore[arg-type]
    assert renewing.fresh(account).token == Secret("access-2")
    assert "A watcher of renewals failed" in caplog.text


def test_closing_waits_for_what_runs_and_begins_nothing(desk: Desk, renewing: Renewing) -> None:
    account = desk.connect()
    asked, answer = threading.Event(), threading.Event()

    def slow() -> None:
        asked.set()
        answer.wait(10)

    desk.platform.before = slow
    with ThreadPoolExecutor(2) as pool:
        acting = pool.submit(renewing.fresh, account)
        asked.wait(10)
        assert renewing.close(patience=0.01) is False
        closing = pool.submit(renewing.close)
        answer.set()
        assert closing.result() is True
        assert acting.result().token == Secret("access-2")
    with pytest.raises(ActionFailed) as caught:
        renewing.fresh(account, ALWAYS)
    assert caught.value.code == "cancelled"


# On the simulator, with real processes


@dataclass
class Real:
    """An account of a simulated platform in a vault that processes share."""

    served: Served
    made: Made
    renewing: Renewing
    integration: str
    account: str

    def processes(self, what: str, *given: object) -> Any:
        """What `renewers.py` tells."""
        script = Path(__file__).with_name("renewers.py")
        place = [self.made.url, str(self.made.folder), self.served.origin, self.account]
        environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "runtime")}
        command = [sys.executable, str(script), what, *place, *map(str, given)]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @property
    def refreshes(self) -> int:
        """How many the platform was asked for."""
        return sum(each.path.endswith("/token") or each.path.endswith("/token/") for each in self.asked)

    @property
    def asked(self) -> list[Any]:
        return list(self.served.simulator.requests)

    @property
    def alive(self) -> set[str]:
        """The access tokens that the platform takes."""
        state = self.served.simulator.platforms[self.integration]
        return {name for name, token in state.access.items() if not token.dead}  # type: ignore[attr-defined]


@pytest.fixture(params=["tiktok", "x"])
def real(request: pytest.FixtureRequest, served: Served, made: Made) -> Iterator[Real]:
    served.simulator.platforms[request.param].configure({"access_seconds": 60})
    transport = HttpTransport(sandbox=served.origin)
    connections = Connections(made.open(real_clock=True), CATALOG, transport, environ={})
    renewing = Renewing(connections)
    sandbox = Sandbox(served.origin)
    keys, redirect = sandbox.app(request.param, transport)
    connections.vault.apps.put("default", request.param, keys)
    begun = connections.begin(request.param, redirect_uri=redirect)
    connected = connections.finish(request.param, sandbox.consent(begun.url, transport))
    served.simulator.platforms[request.param].configure({"access_seconds": 7200})
    served.simulator.requests.clear()
    yield Real(served, made, renewing, request.param, connected.accounts[0].id)
    renewing.close()
    transport.close()


def test_32_callers_in_8_processes_renew_once(real: Real) -> None:
    found = real.processes("race", 8, 4)
    assert (len(found), len(set(found))) == (32, 1)
    assert set(found) <= real.alive
    assert real.refreshes == 1


def test_a_killed_renewal_loses_nothing_but_what_was_under_way(real: Real) -> None:
    fault = Fault(platform=real.integration, path="/*/token*", times=0, delay=0.01)
    real.served.simulator.faults.add(fault)
    reports = real.processes("kill", 20, 0.06)
    lost = [each for each in reports if "lost" in each]
    for each in lost:  # the platform had spent the token, and its answer had not reached us
        assert each["kept"] == 0
        assert each["lost"] == "needs_reconnect"
        assert each["reason"].startswith("refresh_interrupted")
    assert {each["token"] for each in reports if "token" in each} <= set(
        real.served.simulator.platforms[real.integration].access  # type: ignore[attr-defined]
    )
    assert len(lost) < 20
    assert len({each["version"] for each in reports}) > 10


@pytest.mark.parametrize(("moment", "survives"), [("save", True), ("keep", False)])
def test_an_answer_that_reached_the_disk_is_found_again(real: Real, moment: str, survives: bool) -> None:
    report = real.processes("die", moment)
    assert (report["version"], report["kept"]) == (1, int(survives))
    assert ("token" in report) is survives
    if survives:
        assert report["token"] in real.alive
        assert real.refreshes == 1  # it was not asked for a second time
    else:
        assert report["reason"].startswith("refresh_interrupted")


def test_cancelled_callers_lose_nothing(real: Real) -> None:
    """Forty callers that go at some moment of the renewal for which they wait."""
    real.served.simulator.faults.add(Fault(platform=real.integration, path="/*/token*", times=0, delay=0.005))

    async def ask(number: int) -> bool:
        try:
            await asyncio.wait_for(real.renewing.afresh(real.account, ALWAYS), number / 1000)
        except TimeoutError:
            return True
        return False

    async def all_of_them() -> list[bool]:
        return [await ask(number) for number in range(40)]

    cancelled = asyncio.run(all_of_them())
    assert sum(cancelled) > 5
    assert real.renewing.fresh(real.account).token.reveal() in real.alive
    assert real.renewing.connections.vault.accounts.get("default", real.account).state == "active"
    assert real.refreshes > 0


def test_a_dead_network_is_no_disconnect(real: Real) -> None:
    real.served.simulator.faults.add(Fault(platform=real.integration, path="/*/token*", refuse=True))
    vault = real.renewing.connections.vault
    assert real.renewing.fresh(real.account).token.reveal() in real.alive
    stored = vault.accounts.get("default", real.account)
    assert (stored.state, stored.status, stored.fails) == ("degraded", "active", 1)
    assert real.renewing.renew(real.account) is not None
    assert vault.accounts.get("default", real.account).state == "active"


# In a run


def test_a_run_gets_a_good_token_and_another_when_it_is_refused(real: Real) -> None:
    vault = real.renewing.connections.vault
    action = {"tiktok": "tiktok.get_user_info", "x": "x.get_user_info"}[real.integration]
    with Client(vault=vault, sandbox=real.served.origin) as client:
        assert client.accounts.vault is vault
        client.run(action)  # the only account, whose token has a minute left
        assert real.refreshes == 1
        for token in real.alive:
            real.served.simulator.platforms[real.integration].access[token].dead = True  # type: ignore[attr-defined]
        client.run(action, account=vault.accounts.get("default", real.account).username)
        assert real.refreshes == 2
