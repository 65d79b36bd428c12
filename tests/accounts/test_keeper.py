"""Accounts stay connected: everything is renewed in time, in every workspace, and nothing too often."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from postwire.accounts.connections import Connections
from postwire.accounts.keeper import LONGEST, SHORTEST, KeepAlive
from postwire.accounts.records import NewAccount
from postwire.accounts.renewing import Renewing
from postwire.accounts.schema import accounts as table
from postwire.accounts.tokens import Tokens
from postwire.language.catalog import Catalog
from postwire.secret import Secret
from postwire.values import Lost, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.accounts.conftest import Clock, Made

    from postwire.accounts.records import StoredAccount
    from postwire.accounts.vault import Vault

HOUR, DAY = 3_600.0, 86_400.0
CATALOG = Catalog()
APPS = {
    f"POSTWIRE_{name}": "app"
    for name in (
        "TIKTOK_CLIENT_KEY",
        "TIKTOK_CLIENT_SECRET",
        "X_CLIENT_ID",
        "META_CLIENT_ID",
        "META_CLIENT_SECRET",
        "INSTAGRAM_CLIENT_ID",
        "INSTAGRAM_CLIENT_SECRET",
    )
}
LIVES = {"tiktok": 2 * HOUR, "x": 2 * HOUR, "meta": 60 * DAY, "instagram": 60 * DAY}
HOSTS = {"tiktokapis": "tiktok", "x.com": "x", "facebook": "meta", "instagram": "instagram"}


@dataclass
class World:
    """All platforms' token endpoints, and the days that pass."""

    clock: Clock
    vault: Vault
    keeper: KeepAlive = field(init=False)
    renewed: list[tuple[str, float]] = field(default_factory=list)
    down: bool = False
    refuses: bool = False
    busy: int = 0
    most: int = 0
    meet: Callable[[], object] = lambda: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, request: Request, sent: Callable[[int], None] | None = None) -> Response | Lost:
        with self.lock:
            self.busy += 1
            self.most = max(self.most, self.busy)
        self.meet()
        try:
            return self.answer(request)
        finally:
            with self.lock:
                self.busy -= 1

    def answer(self, request: Request) -> Response | Lost:
        name = next(each for host, each in HOSTS.items() if host in request.url)
        with self.lock:
            self.renewed.append((name, self.clock()))
            number = len(self.renewed)
        if self.down:
            return Response(503, {}, b"{}")
        if self.refuses:
            return Response(400, {}, b'{"error": "invalid_grant"}')
        answer = {"access_token": f"a-{number}", "expires_in": LIVES[name], "refresh_token": f"r-{number}"}
        return Response(200, {}, json.dumps(answer).encode())

    def close(self) -> None: ...

    def connect(self, name: str, workspace: str = "default", subject: str = "1", **more: Any) -> str:
        now = self.clock()
        life = LIVES[name]
        tokens = Tokens(Secret("a"), Secret("r"), now + life)
        lead = 7 * DAY if life > 30 * DAY else life / 4
        new = NewAccount(name, tokens, subject=subject, **{"refresh_at": now + life - lead, **more})
        return self.vault.accounts.connect(workspace, [new])[0].id

    def live(self, seconds: float) -> None:
        """Let the keeper run so long, sleeping as it says."""
        end = self.clock() + seconds
        while self.clock() < end:
            pause = self.keeper.step()
            assert SHORTEST <= pause <= LONGEST
            self.clock.seconds += pause

    def get(self, account: str, workspace: str = "default") -> StoredAccount:
        return self.vault.accounts.get(workspace, account)

    def times(self, name: str) -> list[float]:
        return [moment for each, moment in self.renewed if each == name]


@pytest.fixture
def world(made: Made, vault: Vault) -> Iterator[World]:
    world = World(made.clock, vault)
    connections = Connections(vault, CATALOG, world, environ=APPS, clock=made.clock)
    renewing = Renewing(connections, sleep=lambda _: None)
    world.keeper = KeepAlive(renewing)
    yield world
    renewing.close()


@pytest.mark.parametrize("name", ["tiktok", "x"])
def test_tokens_of_two_hours_never_end(world: World, name: str) -> None:
    account = world.connect(name)
    begin = world.clock()
    for _ in range(48):
        world.live(HOUR / 2)
        stored = world.get(account)
        assert (stored.state, stored.status) == ("active", "active")
        assert stored.expires_at is not None
        assert stored.expires_at - world.clock() > 1000
    gaps = [b - a for a, b in zip([begin, *world.times(name)], world.times(name), strict=False)]
    assert gaps == [pytest.approx(1.5 * HOUR, abs=60)] * len(gaps)
    assert len(gaps) >= 15


@pytest.mark.parametrize("name", ["meta", "instagram"])
def test_tokens_of_two_months_are_renewed_a_week_ahead(world: World, name: str) -> None:
    account = world.connect(name)
    begin = world.clock()
    world.live(3 * HOUR)
    world.clock.seconds += 52 * DAY
    world.live(2 * DAY)
    assert world.times(name) == [pytest.approx(begin + 53 * DAY, abs=60)]
    assert world.get(account).expires_at == pytest.approx(begin + 113 * DAY, abs=60)
    assert world.get(account).refresh_at == pytest.approx(begin + 106 * DAY, abs=60)


def test_nothing_to_do_is_an_hour_of_sleep(world: World) -> None:
    assert world.keeper.step() == LONGEST
    world.connect("meta")
    assert world.keeper.step() == LONGEST
    world.connect("tiktok", refresh_at=world.clock() + 100)
    assert world.keeper.step() == pytest.approx(100, abs=1)
    assert world.renewed == []


def test_every_workspace_is_kept_by_its_own_app(world: World) -> None:
    world.vault.add_workspace("other")
    world.vault.apps.put("other", "tiktok", {"client_key": "own", "client_secret": "own"})
    due = world.clock()
    accounts = [(world.connect("tiktok", space, refresh_at=due), space) for space in ("default", "other")]
    world.keeper.step()
    assert [world.get(*each).version for each in accounts] == [2, 2]


def test_many_are_renewed_at_once_but_each_once(world: World) -> None:
    gate = threading.Barrier(4)
    world.meet = lambda: gate.wait(10)
    accounts = [world.connect("x", subject=str(n), refresh_at=world.clock()) for n in range(12)]
    world.keeper.step()
    assert [world.get(each).version for each in accounts] == [2] * 12
    assert (len(world.renewed), world.most) == (12, 4)


def test_two_keepers_do_not_renew_twice(world: World) -> None:
    accounts = [world.connect("x", subject=str(n), refresh_at=world.clock()) for n in range(8)]
    connections = Connections(world.vault, CATALOG, world, environ=APPS, clock=world.clock)
    others = [KeepAlive(Renewing(connections)) for _ in range(3)]  # as so many processes
    threads = [threading.Thread(target=each.step) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [world.get(each).version for each in accounts] == [2] * 8
    assert len(world.renewed) == 8


def test_an_outage_is_outlived(world: World) -> None:
    account = world.connect("meta")
    begin = world.clock()
    world.clock.seconds += 53 * DAY - 2 * HOUR
    world.down = True
    world.live(1.75 * DAY)  # whatever the jitter, one probe falls into it
    tries = [round((moment - begin - 53 * DAY) / 60) for moment in world.times("meta")]
    assert tries[0] == pytest.approx(0, abs=1)
    assert tries[1] == pytest.approx(30, abs=4)
    assert tries[2] == pytest.approx(60, abs=8)
    assert tries[3] == pytest.approx(60 + 24 * 60, abs=150)  # the probe of the next day
    assert len(tries) == 4
    assert (world.get(account).state, world.get(account).status) == ("degraded", "active")
    world.down = False
    world.live(1.2 * DAY)
    assert (world.get(account).state, world.get(account).fails) == ("active", 0)


def test_a_restart_ends_pauses_and_tries_what_was_put_right(world: World) -> None:
    paused = world.connect("meta", refresh_at=world.clock())
    world.down = True
    world.live(2 * HOUR)
    assert world.get(paused).paused_until is not None
    wrong = world.connect("tiktok", refresh_at=world.clock())
    world.vault.accounts.set_state("default", wrong, "error", "The keys are not set.")
    gone = world.connect("x", refresh_at=world.clock())
    world.vault.accounts.set_state("default", gone, "needs_reconnect", "It was revoked.")
    world.down = False
    world.keeper.step()
    assert [world.get(each).version for each in (paused, wrong, gone)] == [1, 1, 1]
    assert world.keeper.resume() == 2
    world.keeper.step()
    assert [world.get(each).version for each in (paused, wrong, gone)] == [2, 2, 1]
    assert world.get(wrong).state == "active"


def test_what_cannot_be_renewed_asks_for_its_owner_at_its_end(world: World) -> None:
    now = world.clock()
    tokens = Tokens(Secret("a"), None, now + DAY)
    new = NewAccount("x", tokens, subject="1", refresh_at=now + DAY)
    account = world.vault.accounts.connect("default", [new])[0].id
    world.live(DAY - 60)
    assert world.get(account).state == "active"
    world.live(2 * HOUR)
    assert world.get(account).state == "needs_reconnect"
    assert "no means" in world.get(account).reason
    assert world.renewed == []


def test_one_that_cannot_be_read_does_not_keep_others_waiting(
    world: World,
    look: Callable[[str], Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("postwire.accounts.keeper._BATCH", 2)
    world.connect("x", refresh_at=world.clock() - 1)
    look("UPDATE accounts SET version = 7")  # so the seal does not open
    nobody = NewAccount("acme", Tokens(Secret("a"), Secret("r"), 1.0), subject="2", refresh_at=1.0)
    world.vault.accounts.connect("default", [nobody])  # an integration that is gone
    good = world.connect("tiktok", refresh_at=world.clock())
    assert world.keeper.step() == SHORTEST
    assert world.get(good).version == 2
    assert caplog.text.count("could not even be tried") == 2
    world.keeper.step()
    assert caplog.text.count("could not even be tried") == 2  # they are left alone for a while
    world.clock.seconds += HOUR
    world.keeper.step()
    assert caplog.text.count("could not even be tried") == 4


def test_it_runs_until_it_is_told_to_stop(world: World) -> None:
    paused = world.connect("meta", refresh_at=world.clock())
    world.vault.accounts.set_state("default", paused, "error", "The keys are not set.")
    stop, done = threading.Event(), threading.Event()
    world.meet = done.set
    thread = threading.Thread(target=world.keeper.run, args=(stop,))
    thread.start()
    assert done.wait(10)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert world.get(paused).state == "active"  # a start is a restart


def test_a_broken_vault_does_not_end_it(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout)
            monkeypatch.undo()
            if len(waits) == 2:
                self.set()
            return self.is_set()

    waits: list[float | None] = []
    account = world.connect("x", refresh_at=world.clock())
    monkeypatch.setattr(world.vault.refreshing, "due", lambda *_: 1 / 0)
    world.keeper.run(Stop())
    assert waits[0] == 60
    assert "tried again in a minute" in caplog.text
    assert world.get(account).version == 2


def test_in_an_outage_the_platform_is_left_in_peace_and_no_account_is_blamed(world: World) -> None:
    accounts = [world.connect("x", subject=str(n), refresh_at=world.clock()) for n in range(30)]
    other = world.connect("tiktok", refresh_at=world.clock())
    world.down = True
    world.live(3 * HOUR)
    tried = world.times("x")
    assert len(tried) < 60  # each alone would be tried three times
    assert {(world.get(each).fails, world.get(each).paused_until) for each in accounts} == {(0, None)}
    assert world.get(other).paused_until is not None  # it is the only one of its platform
    world.down = False
    world.live(HOUR)
    assert [world.get(each).version for each in accounts] == [2] * 30
    assert {world.get(each).state for each in accounts} == {"active"}


def test_an_outage_takes_only_its_own_blame_and_ends_pauses_that_it_brought(world: World) -> None:
    accounts = [world.connect("x", subject=str(n), refresh_at=world.clock()) for n in range(12)]
    before = {each: number % 3 for number, each in enumerate(accounts)}  # of these failures two bring a pause
    with world.vault.store.database.write() as connection:
        for each, fails in before.items():
            connection.execute(update(table).where(table.c.id == each).values(fails=fails))
    world.down = True
    world.live(2 * HOUR)
    assert {each: world.get(each).fails for each in accounts} == before
    assert {world.get(each).paused_until for each in accounts} == {None}
    assert all("many accounts" in world.get(each).reason for each in accounts if world.get(each).reason)


def test_a_refused_grant_is_no_outage(world: World) -> None:
    world.refuses = True
    accounts = [world.connect("x", subject=str(n), refresh_at=world.clock()) for n in range(8)]
    world.keeper.step()
    assert {world.get(each).state for each in accounts} == {"needs_reconnect"}
