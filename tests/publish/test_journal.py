"""The journal itself, on SQLite and on PostgreSQL: whose a run is, in which order, and how often."""

from __future__ import annotations

import secrets
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.accounts.conftest import postgres_server  # noqa: F401 - a fixture

from postwire import ActionFailed, OutcomeUnknown
from postwire.accounts.vault import Vault
from postwire.publish.journal import Journal
from postwire.publish.ledger import Ledger
from postwire.publish.limits import SharedLimiter
from postwire.publish.records import Ask
from postwire.values import Limit, Lost, Request, Response, Result, Send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OK = Response(200, {}, b'{"id": "secret-answer"}')


@pytest.fixture(params=["sqlite", "postgres"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    url = f"sqlite:///{tmp_path / 'j.db'}"
    if request.param == "postgres":
        from tests.accounts.conftest import _at_once

        server, name = request.getfixturevalue("postgres_server"), f"test_{secrets.token_hex(6)}"
        _at_once(server, f"CREATE DATABASE {name}")
        url = server.replace("/postgres?", f"/{name}?")
    with Vault(url) as vault:
        yield Journal(vault)


def ask(key: str = "k", *, account: str = "acme/1", at: float | None = None, more: str = "") -> Ask:
    return Ask("default", key, "acme.post", account, f"print-{more}", {"input": {}}, at)


def claim(journal: Journal, **given: Any) -> Ledger:
    found = journal.claim(ask(**given))
    assert isinstance(found, Ledger)
    return found


def send(key: str, *, repeatable: bool = False) -> Send:
    return Send(key, Request("POST", f"https://acme.example/{key}"), repeatable=repeatable)


def test_an_answer_is_there_for_whoever_goes_on(journal: Journal) -> None:
    first = claim(journal)
    assert first.around(send("a"), lambda before: before() or OK) == OK
    journal.fail(first, ActionFailed("transient", "No luck.", step="b"))
    again = claim(journal)
    assert again.recall(send("a")) == OK
    assert again.recall(send("b")) is None
    assert (again.nonce, again.begun_at) == (first.nonce, first.begun_at)


def test_of_what_was_on_its_way_nobody_knows(journal: Journal) -> None:
    first = claim(journal)
    first.begin(send("a"))
    again = journal.take(first.run)
    with pytest.raises(OutcomeUnknown, match="on its way"):
        again.recall(send("a"))
    # The first one lives after all: its answer is the true one, but the run is no longer its.
    with pytest.raises(ActionFailed, match="taken this run over"):
        first.end(send("a"), OK)
    with pytest.raises(ActionFailed, match="taken this run over"):
        first.begin(send("b"))
    assert journal.take(first.run).recall(send("a")) == OK


def test_what_may_be_repeated_is_not_noted_before(journal: Journal) -> None:
    first = claim(journal)
    first.begin(send("a", repeatable=True))
    assert journal.take(first.run).recall(send("a", repeatable=True)) is None


def test_another_request_in_the_same_place_is_a_conflict(journal: Journal) -> None:
    first = claim(journal)
    first.around(send("a"), lambda before: before() or OK)
    other = Send("a", Request("POST", "https://acme.example/other"))
    with pytest.raises(ActionFailed, match="has changed"):
        journal.take(first.run).recall(other)


def test_only_what_failed_is_forgotten_for_the_next_try(journal: Journal) -> None:
    first = claim(journal)
    bad = Response(400, {}, b"{}")
    for key, answer in {"a": OK, "b": Lost("no", "refused"), "c[0]": OK, "c[1]": bad, "cd": OK}.items():
        first.around(send(key), lambda before, answer=answer: before() or answer)
    journal.fail(first, ActionFailed("invalid_input", "Refused.", step="c"))
    assert {each.key for each in journal.sent(journal.find(first.run))} == {"a", "b", "c[0]", "c[1]", "cd"}
    claim(journal)
    assert {each.key for each in journal.sent(journal.find(first.run))} == {"a", "cd"}


def test_one_process_at_a_time(journal: Journal) -> None:
    first = claim(journal)
    with pytest.raises(ActionFailed, match="under way in another process"):
        claim(journal)
    with pytest.raises(ActionFailed, match="was used for another request"):
        claim(journal, more="other")
    journal.finish(first, Result({"id": 1}))
    assert journal.claim(ask()) == Result({"id": 1})
    journal.fail(first, ActionFailed("internal", "Too late."))  # it has ended: nothing changes
    assert journal.find(first.run).state == "done"


def test_an_accounts_runs_are_due_one_by_one_in_their_order(journal: Journal) -> None:
    runs = [journal.submit(ask(f"k{n}", at=float(50 - n % 3)))[0] for n in range(6)]
    journal.submit(ask("other", account="acme/2"))
    journal.submit(ask("later", account="acme/3", at=4e9))
    order = []
    for _ in range(6):
        mine = [run for run in journal.due() if run.account == "acme/1"]
        assert len(mine) == 1
        journal.handed(mine[0])
        assert [run for run in journal.due() if run.account == "acme/1"] == []
        journal.finish(journal.take(mine[0].id), Result({}))
        order.append(runs.index(mine[0]))
    assert order == [2, 5, 1, 4, 0, 3]
    assert [run.key for run in journal.due()] == ["other"]


def test_limits_hold_over_all_processes(journal: Journal) -> None:
    limits = [Limit("acme/1 minute", 3, 60.0), Limit("acme/1 day", 5, 86_400.0)]
    limiters = [SharedLimiter(journal.store.database) for _ in range(4)]
    found: list[float] = []

    def work(limiter: SharedLimiter) -> None:
        found.extend(limiter.take(limits, 0.0) for _ in range(3))

    threads = [threading.Thread(target=work, args=(limiter,)) for limiter in limiters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found)[:3] == [0.0, 0.0, 0.0]
    # Whoever waited for the others was asked before they took: their minute seems longer.
    assert all(50 < seconds < 70 for seconds in sorted(found)[3:])
    assert SharedLimiter(journal.store.database).take([Limit("acme/2", 1, 60.0)], 0.0) == 0


def test_a_refused_call_gives_its_place_of_the_day_back(journal: Journal) -> None:
    limits = [Limit("acme/1 minute", 9, 60.0), Limit("acme/1 day", 1, 86_400.0)]
    limiters = [SharedLimiter(journal.store.database) for _ in range(2)]
    assert limiters[0].take(limits, 0.0) == 0
    limiters[0].give_back(limits)
    assert limiters[1].take(limits, 0.0) == 0
    assert limiters[0].take(limits, 0.0) > 86_000


def test_what_waits_for_one_moment_keeps_its_order(journal: Journal) -> None:
    runs = [journal.submit(ask(f"k{number}", account="acme/1"))[0] for number in range(4)]
    soon = time.time() + 3600
    for run, early in zip(runs, (0.0, 0.3, 0.3004, 0.1), strict=True):
        journal.handed(run)
        journal.postpone(journal.take(run.id), soon - early)
    times = [journal.find(run.id).run_at or 0.0 for run in runs]
    assert times == sorted(set(times))
    assert soon <= times[0] <= times[-1] < soon + 1


def test_old_runs_go_and_unknown_ones_stay(journal: Journal) -> None:
    done, lost = claim(journal, key="a"), claim(journal, key="b")
    done.around(send("x"), lambda before: before() or OK)
    journal.finish(done, Result({}))
    journal.fail(lost, OutcomeUnknown("Nobody knows."))
    assert journal.sweep(-1.0) == 1
    assert [run.key for run in journal.runs("default")] == ["b"]


def test_a_new_key_opens_what_an_old_one_sealed(journal: Journal) -> None:
    from postwire.accounts.keyring import KeyRing

    first = claim(journal)
    first.around(send("a"), lambda before: before() or OK)
    old = journal.store.ring
    journal.vault.use_keys(KeyRing([b"n" * 32, *old._keys]))
    while journal.vault.reseal():
        pass
    journal.vault.use_keys(KeyRing([b"n" * 32]))
    assert journal.sent(journal.find(first.run))[0].answer == OK


def test_a_thousand_that_are_due_come_out_in_the_order_of_each_account(journal: Journal) -> None:
    for number in range(1000):
        journal.submit(ask(f"k{number}", account=f"acme/{number % 50}", at=1.7e9 + number % 7))
    order: dict[str, list[tuple[float | None, float]]] = {}
    while due := journal.due():
        assert len({run.account for run in due}) == len(due)
        for run in due:
            journal.handed(run)
            journal.finish(journal.take(run.id), Result({}))
            order.setdefault(run.account, []).append((run.run_at, run.created_at))
    assert sum(map(len, order.values())) == 1000
    assert all(times == sorted(times) for times in order.values())
