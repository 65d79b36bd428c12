"""Processes that renew one simulated account at the same time, or are killed while they do; JSON on stdout.

    renewers.py race  URL FOLDER ORIGIN ACCOUNT PROCESSES THREADS
    renewers.py kill  URL FOLDER ORIGIN ACCOUNT ROUNDS SECONDS
    renewers.py die   URL FOLDER ORIGIN ACCOUNT keep|save

`kill` ends a renewal at so many moments, evenly over so many seconds; after each, a new process looks what is
left and renews again. `die` ends it at the one moment. All are forked before anything is opened.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from postwire.accounts.connections import Connections
from postwire.accounts.keyring import KeyRing
from postwire.accounts.renewing import Renewing
from postwire.accounts.vault import Vault
from postwire.errors import ActionFailed
from postwire.language.catalog import Catalog
from postwire.sandbox import Sandbox
from postwire.transport import HttpTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

KEY: Final = b"k" * 32
ALWAYS: Final = 1e6  # seconds that no token of these platforms lives: so it is renewed at once
_FORK: Final = multiprocessing.get_context("fork")
_CATALOG: Final = Catalog()


@contextmanager
def opened(url: str, folder: str, origin: str) -> Iterator[Renewing]:
    transport = HttpTransport(sandbox=origin)
    with Vault(url, keys=KeyRing([KEY]), folder=Path(folder)) as vault:
        renewing = Renewing(Connections(vault, _CATALOG, transport, environ={}))
        try:
            yield renewing
        finally:
            renewing.close()
            transport.close()


def connect(connections: Connections, origin: str, integration: str) -> str:
    """Connect an account of the simulator with the keys of its app; the account's id."""
    sandbox, transport = Sandbox(origin, connections.catalog), HttpTransport(sandbox=origin)
    try:
        keys, redirect = sandbox.app(integration, transport)
        connections.vault.apps.put(connections.workspace, integration, keys)
        begun = connections.begin(integration, redirect_uri=redirect)
        return connections.finish(integration, sandbox.consent(begun.url, transport)).accounts[0].id
    finally:
        transport.close()


def race(line: Any, told: Connection, place: tuple[str, str, str], account: str, threads: int) -> None:
    with opened(*place) as renewing, ThreadPoolExecutor(threads) as pool:
        gate = threading.Barrier(threads)

        def ask(_: int) -> str:
            gate.wait()
            return renewing.fresh(account).token.reveal()

        line.wait()
        told.send(list(pool.map(ask, range(threads))))


def renew(told: Connection, place: tuple[str, str, str], account: str, die: str = "") -> None:
    with opened(*place) as renewing:
        refreshing = renewing.connections.vault.refreshing
        if die:
            name = {"keep": "keep_answer", "save": "save"}[die]
            setattr(refreshing, name, lambda *_, **__: os._exit(9))
        told.send("ready")
        renewing.fresh(account, ALWAYS)


def look(told: Connection, place: tuple[str, str, str], account: str) -> None:
    """What a renewal left behind, and whether the account still lives."""
    with opened(*place) as renewing:
        vault = renewing.connections.vault
        before = vault.accounts.get("default", account)
        rescued = vault.refreshing.rescued("default", account)
        kept = sum(each.kind == "answer" and each.version == before.version for each in rescued)
        report: dict[str, Any] = {"version": before.version, "leased": before.refreshing, "kept": kept}
        try:
            report["token"] = renewing.fresh(account, ALWAYS).token.reveal()
        except ActionFailed as error:
            state = vault.accounts.get("default", account)
            report |= {"lost": state.state, "reason": state.reason, "code": error.code}
            connect(renewing.connections, place[2], before.integration)
        told.send(report)


def forked(what: Callable[..., None], *given: Any) -> tuple[BaseProcess, Connection]:
    mine, theirs = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=what, args=(theirs, *given))
    process.start()
    theirs.close()
    return process, mine


def told_by(what: Callable[..., None], *given: Any) -> Any:
    process, pipe = forked(what, *given)
    report = pipe.recv()
    process.join()
    return report


def race_all(place: tuple[str, str, str], account: str, processes: int, threads: int) -> list[str]:
    line = _FORK.Barrier(processes)
    racers = [forked(lambda told: race(line, told, place, account, threads)) for _ in range(processes)]
    found = [token for _, pipe in racers for token in pipe.recv()]
    for process, _ in racers:
        process.join()
    return found


def kill_all(place: tuple[str, str, str], account: str, rounds: int, seconds: float) -> list[Any]:
    reports = []
    for number in range(rounds):
        process, pipe = forked(renew, place, account)
        pipe.recv()
        time.sleep(seconds * number / rounds)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        reports.append(told_by(look, place, account))
    return reports


def die_at(place: tuple[str, str, str], account: str, moment: str) -> Any:
    process, _ = forked(renew, place, account, moment)
    process.join()
    assert process.exitcode == 9
    return told_by(look, place, account)


def main(what: str, url: str, folder: str, origin: str, account: str, *given: str) -> Any:
    place = (url, folder, origin)
    for integration in ("tiktok", "x"):
        _CATALOG.integration(integration)  # read once, before the forks
    if what == "race":
        return race_all(place, account, int(given[0]), int(given[1]))
    if what == "kill":
        return kill_all(place, account, int(given[0]), float(given[1]))
    return die_at(place, account, given[0])


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201 - that is what it is for
