"""What safety costs, and what workers do: the journal, publishes a second, takeover, memory, idle time.

publishing.py [URL]      SQLite in a temporary folder by default; else an empty PostgreSQL database
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postwire import Account, Client
from postwire.accounts.keyring import KeyRing
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.accounts.vault import Vault
from postwire.media import sample
from postwire.publish.journal import Journal
from postwire.publish.ledger import Ledger
from postwire.publish.records import Ask
from postwire.secret import Secret
from postwire.simulator import serve
from postwire.values import Request, Response, Send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.publish.records import Run
    from postwire.simulator import Served

CALLS = 60
ACCOUNTS = 40
WORKSPACE = "sandbox"
SCOPES = frozenset({"user.info.basic", "video.publish", "video.upload", "video.list"})
GIVEN = {"video": sample.VIDEO, "privacy_level": "SELF_ONLY"}
ACTION = "tiktok.create_video_post"


def main(url: str = "") -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        os.environ.update(POSTWIRE_HOME=folder, POSTWIRE_KEY=KeyRing([b"k" * 32]).export())
        os.environ.update({"POSTWIRE_DATABASE": url} if url else {})
        served = stack.enter_context(serve())
        for limit in ("posts_per_day", "init_per_minute", "creator_per_minute", "pending_shares"):
            setattr(served.simulator.tiktok.settings, limit, 1_000_000)  # they are not what is measured
        os.environ["POSTWIRE_SANDBOX"] = served.origin
        vault = stack.enter_context(Vault())
        vault.add_workspace(WORKSPACE)
        keyed(served)
        effects(vault)
        throughput(vault, served)
        takeover(vault, served)
        idle()


def keyed(served: Served) -> None:
    """The same publish with and without a key, in turns."""
    times: dict[bool, list[float]] = {True: [], False: []}
    with Client(sandbox=served.origin) as client:
        for number in range(-5, CALLS):
            token = served.simulator.tiktok.connect()
            account = Account("tiktok", token, id=f"b-{number}", scopes=SCOPES)
            for safe in (False, True):
                began = time.perf_counter()
                client.run(ACTION, GIVEN, account=account, key=f"k{number}" if safe else None)
                if number >= 0:  # the first ones warm up
                    times[safe].append(time.perf_counter() - began)
    plain, safe = (1000 * statistics.median(times[kind]) for kind in (False, True))
    print(f"one publish, 3 requests: {plain:.1f} ms; with a key {safe:.1f} ms ({safe / plain:.2f} x)")


def effects(vault: Vault) -> None:
    """One request in the journal, without the request."""
    journal = Journal(vault)
    ledger = journal.claim(Ask("default", "bench", "acme.post", "acme/1", "f", {}))
    assert isinstance(ledger, Ledger)
    answer = Response(200, {}, b"{}")
    for what, repeatable in (("a create, on the disk before and after", False), ("a repeatable one", True)):
        times = []
        for number in range(200):
            send = Send(
                f"{repeatable}{number}", Request("POST", "https://acme.example/"), repeatable=repeatable
            )
            began = time.perf_counter()
            ledger.around(send, lambda before: before() or answer)
            times.append(time.perf_counter() - began)
        print(f"journal, {what}: {1000 * statistics.median(times):.2f} ms")


def throughput(vault: Vault, served: Served) -> None:
    """Many accounts with one publish each, by one worker and by two."""
    for number in range(ACCOUNTS):
        tokens = Tokens(Secret(served.simulator.tiktok.connect()), scopes=SCOPES)
        account = NewAccount("tiktok", tokens, subject=f"u-{number}", username=f"user{number}")
        vault.accounts.connect(WORKSPACE, [account])
    with Client(vault=vault, workspace=WORKSPACE, sandbox=served.origin) as client:
        for count in (1, 2):
            with workers(count):
                warm = client.submit(ACTION, GIVEN, account="user0")
                ended(client, [warm])
                began = time.monotonic()
                runs = [client.submit(ACTION, GIVEN, account=f"user{n}") for n in range(ACCOUNTS)]
                handed = time.monotonic() - began
                ended(client, runs)
                spent = time.monotonic() - began
            print(f"{count} worker(s): {ACCOUNTS / spent:.1f} publishes/s (handed over in {handed:.2f} s)")


def takeover(vault: Vault, served: Served) -> None:
    """From the end of a worker in mid-request until another has finished its run."""
    times = []
    with Client(vault=vault, workspace=WORKSPACE, sandbox=served.origin) as client:
        for number in range(3):
            with workers(1) as (first,):
                served.simulator.faults.add(path="/v2/post/publish/creator_info/query/", delay=3.0)
                run = client.submit(ACTION, GIVEN, account=f"user{number}")
                while client.journal.find(run.id).state == "waiting":
                    time.sleep(0.01)
                with workers(1):
                    first.kill()
                    began = time.monotonic()
                    ended(client, [run])
                    times.append(time.monotonic() - began)
    print(f"a dead worker's run is done by another after {statistics.median(times):.1f} s")


def idle() -> None:
    """What a worker with nothing to do takes."""
    with workers(1) as (process,):
        time.sleep(2)
        before = cpu(process.pid)
        time.sleep(5)
        used = (cpu(process.pid) - before) / 5
        status = Path(f"/proc/{process.pid}/status").read_text()
        memory = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
        print(f"an idle worker on five platforms: {100 * used:.1f} % of a core, {memory / 1000:.0f} MB")


@contextmanager
def workers(count: int) -> Iterator[list[subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "postwire", "worker", "--sandbox", "--patience", "0"]
    begun = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(count)]
    for process in begun:
        assert process.stderr is not None
        while "Working on" not in (line := process.stderr.readline()):
            assert line, "the worker ended"
    try:
        yield begun
    finally:
        for process in begun:
            process.send_signal(signal.SIGTERM)
        for process in begun:
            process.communicate(timeout=30)


def ended(client: Client, runs: list[Run]) -> None:
    for run in runs:
        while (found := client.journal.find(run.id)).state in {"waiting", "running"}:
            time.sleep(0.01)
        assert found.state == "done", found.error


def cpu(pid: int) -> float:
    fields: list[Any] = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main(*sys.argv[1:])
