"""Several processes that open one vault and do the same at the same moment; what each got, as JSON on stdout.

    racers.py WHAT HOW_MANY URL FOLDER [ARGUMENT ...]

The processes are forked from this one before anything is opened, so that all stand at the line quickly.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postwire.accounts.keyring import KeyRing, load_keys
from postwire.accounts.plans import Plan, PlanFull, Plans
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.accounts.vault import Vault
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Barrier

PLANS = Plans({"One": Plan(total=1), "Five": Plan(total=5)})


def opened(url: str, folder: str) -> Vault:
    return Vault(url, keys=KeyRing([b"k" * 32]), plans=PLANS, folder=Path(folder))


def add(number: int, line: Barrier, url: str, folder: str, workspace: str) -> str:
    """Connect an account of one's own."""
    with opened(url, folder) as vault:
        line.wait()
        new = NewAccount("x", Tokens(Secret("t")), subject=f"subject-{number}")
        try:
            return vault.accounts.connect(workspace, [new])[0].id
        except PlanFull:
            return "full"


def same(_number: int, line: Barrier, url: str, folder: str) -> str:
    """Connect the one account that all connect."""
    with opened(url, folder) as vault:
        line.wait()
        return vault.accounts.connect("default", [NewAccount("x", Tokens(Secret("t")), subject="s")])[0].id


def claim(number: int, line: Barrier, url: str, folder: str, account: str) -> str:
    """Renew an expired credential as every caller should: who has the lease asks, the others look again."""
    with opened(url, folder) as vault:
        line.wait()
        seen = vault.accounts.tokens("default", account)
        lease = vault.refreshing.claim("default", account, seen.version)
        if lease is None:
            return "none"
        saved = vault.refreshing.save(lease, Tokens(Secret(f"new-{number}")), refresh_at=None)
        return f"{saved} by {number}"


def lease(_number: int, line: Barrier, url: str, folder: str, account: str) -> str:
    """Ask for the lease, and keep it."""
    with opened(url, folder) as vault:
        line.wait()
        got = vault.refreshing.claim("default", account, 1)
        line.wait()  # a lease of a process that has ended is free
        return "none" if got is None else "lease"


def hold(_number: int, line: Barrier, url: str, folder: str, account: str) -> str:
    """Take the lease, and die with it."""
    vault = opened(url, folder)
    line.wait()
    assert vault.refreshing.claim("default", account, 1) is not None
    os._exit(9)


def start(_number: int, line: Barrier, url: str, folder: str) -> str:
    """Open a vault that nobody has opened before."""
    line.wait()
    with opened(url, folder) as vault:
        return vault.workspaces()[0].id


def key(_number: int, line: Barrier, _url: str, folder: str) -> str:
    """Make the key that nobody has made before."""
    line.wait()
    keys = load_keys(Path(folder), create=True, environ={})
    assert keys is not None
    return f"{keys.ring.newest} {keys.created}"


def run(what: Callable[..., str], number: int, line: Barrier, found: Queue[Any], given: list[str]) -> None:
    try:
        found.put(what(number, line, *given))
    except BaseException as error:
        found.put(f"{type(error).__name__}: {error}")
        raise


def main(name: str, count: int, *given: str) -> None:
    fork = multiprocessing.get_context("fork")
    line, found = fork.Barrier(count), fork.Queue()
    what = globals()[name]
    racers = [fork.Process(target=run, args=(what, each, line, found, given)) for each in range(count)]
    for racer in racers:
        racer.start()
    results = [] if what is hold else [found.get(timeout=60) for _ in racers]
    for racer in racers:
        racer.join()
    print(json.dumps(sorted(results)))  # noqa: T201 - that is what it is for


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
