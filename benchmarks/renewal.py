"""Renewals under stress, against the simulator on a loopback port: races, kills, cancelled callers.

renewal.py [URL]      SQLite in a temporary folder, or an empty PostgreSQL database
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postwire.simulator import serve
from postwire.simulator.faults import Fault

if TYPE_CHECKING:
    from postwire.simulator import Served

SCRIPT = Path(__file__).parents[1] / "tests" / "accounts" / "renewers.py"
DELAY = 0.02  # seconds that the token endpoint takes
KILLS, KILL_WINDOW = 80, 0.13
CANCELS, CANCEL_WINDOW = 40, 0.06
CALLS = 200
# That an answer is on the disk before it is read is what the second figure of a kill shows.
SPEC = importlib.util.spec_from_file_location("renewers", SCRIPT)
assert SPEC is not None
assert SPEC.loader is not None
renewers = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(renewers)


def processes(what: str, place: tuple[str, str, str], *given: object) -> Any:
    runtime = str(Path(__file__).parents[1] / "runtime")
    command = [sys.executable, str(SCRIPT), what, *place, *map(str, given)]
    environ = {**os.environ, "PYTHONPATH": runtime}
    return json.loads(subprocess.run(command, env=environ, capture_output=True, check=True).stdout)


def asked(served: Served) -> int:
    return sum("/token" in each.path for each in served.simulator.requests)


def connected(place: tuple[str, str, str], served: Served, seconds: int) -> str:
    """A fresh TikTok account whose token still lives so long."""
    served.simulator.tiktok.configure({"access_seconds": seconds})
    with renewers.opened(*place) as renewing:
        account = str(renewers.connect(renewing.connections, served.origin, "tiktok"))
    served.simulator.tiktok.configure({"access_seconds": 7200})
    served.simulator.requests.clear()
    return account


def race(place: tuple[str, str, str], served: Served) -> None:
    account = connected(place, served, 60)
    tokens = processes("race", place, account, 8, 4)
    alive = set(tokens) <= served.simulator.tiktok.access.keys()
    print(
        f"race: {len(tokens)} callers in 8 processes, {asked(served)} refresh, "
        f"{len(set(tokens))} token, {'alive' if alive else 'DEAD'}"
    )


def kill(place: tuple[str, str, str], served: Served) -> None:
    account = connected(place, served, 7200)
    reports = processes("kill", place, account, KILLS, KILL_WINDOW)
    lost = [each for each in reports if "lost" in each]
    avoidable = [each for each in lost if each["kept"] or "interrupted" not in each["reason"]]
    found = sum(each["kept"] for each in reports)
    print(
        f"kill -9 evenly over {KILL_WINDOW * 1000:.0f} ms: {len(lost)} of {KILLS} lost, all within the "
        f"exchange but {len(avoidable)}; {found} saved from an answer on the disk"
    )


def cancel(place: tuple[str, str, str], served: Served) -> None:
    account = connected(place, served, 7200)
    with renewers.opened(*place) as renewing:

        async def ask(seconds: float) -> bool:
            try:
                await asyncio.wait_for(renewing.afresh(account, renewers.ALWAYS), seconds)
            except TimeoutError:
                return True
            return False

        async def everyone() -> int:
            return sum([await ask(CANCEL_WINDOW * each / CANCELS) for each in range(CANCELS)])

        gone = asyncio.run(everyone())
        alive = renewing.fresh(account).token.reveal() in served.simulator.tiktok.access
    print(f"cancelled callers: {gone} of {CANCELS} gone before the end, {0 if alive else 1} connection lost")


def call(place: tuple[str, str, str], served: Served) -> None:
    account = connected(place, served, 7200)
    with renewers.opened(*place) as renewing:
        good = [timed(lambda: renewing.fresh(account)) for _ in range(CALLS)]
        served.simulator.faults.clear()
        new = [timed(lambda: renewing.fresh(account, renewers.ALWAYS)) for _ in range(CALLS // 4)]
    print(f"a good token: {good_ms(good)}; one that is renewed over loopback: {good_ms(new)}")


def timed(what: Any) -> float:
    begin = time.perf_counter()
    what()
    return time.perf_counter() - begin


def good_ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.2f} ms"


def main(url: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder, serve() as served:
        place = (url or f"sqlite:///{folder}/vault.db", folder, served.origin)
        served.simulator.faults.add(Fault(platform="tiktok", path="/*/token*", times=0, delay=DELAY))
        for what in (race, kill, cancel, call):
            what(place, served)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
