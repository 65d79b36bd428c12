"""Other processes for tests: workers, and victims that end at a request of theirs, as with kill -9.

As a script it is a worker: `workers.py ORIGIN [AT] [WHEN]`, on the vault of the environment. As a module it
gives what a forked process does (`Forks`): a server that has loaded all of it forks them in milliseconds.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postwire import Client
from postwire.accounts.vault import Vault
from postwire.decide.limits import Limiter
from postwire.errors import PostwireError
from postwire.publish.durable import Durable
from postwire.publish.journal import Journal
from postwire.publish.ledger import Ledger
from postwire.publish.portable import media_folder
from postwire.publish.worker import Worker
from postwire.transport import HttpTransport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from multiprocessing.context import ForkServerProcess

    from postwire.drive import World

ROOT = Path(__file__).parents[2]
PLATFORMS = ("instagram", "linkedin", "meta", "tiktok", "x")
MOMENTS = ("before", "after", "noted")
PATIENCE = 300.0  # seconds that nothing takes, however busy the machine is


@dataclass(frozen=True)
class Death:
    """When a process ends itself: at its nth request, `before` it is sent (but noted that it will be),
    `after` it is answered (which is not noted), or when that is `noted` too. 0: never."""

    at: int = 0
    moment: str = "before"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Dying(HttpTransport):
    """Ends the process at the nth request of all."""

    count = 0

    def __init__(self, origin: str, death: Death) -> None:
        super().__init__(sandbox=origin)
        self._death = death

    def send(self, request: Any, sent: Any = None) -> Any:
        Dying.count += 1
        mine = Dying.count == self._death.at
        if mine and self._death.moment == "before":
            die()
        answer = super().send(request, sent)
        if mine and self._death.moment == "after":
            die()
        if mine:
            _die_when_noted()
        return answer


def _die_when_noted() -> None:
    noted = Ledger.end

    def end(*given: Any) -> None:
        noted(*given)
        die()

    setattr(Ledger, "end", end)  # noqa: B010 - a method, to mypy


@contextmanager
def opened(origin: str, death: Death, workspace: str = "default") -> Iterator[Client]:
    """A client that waits for nothing, on the vault of the environment."""
    with (
        Vault() as vault,
        Client(
            vault=vault,
            workspace=workspace,
            sandbox=origin,
            media=media_folder(),
            transport=Dying(origin, death),
        ) as client,
    ):
        object.__setattr__(client._world, "sleep", lambda _: None)
        yield client


def perform(environ: Mapping[str, str], origin: str, run: str, death: Death) -> None:
    """Do a run as a worker does that has been given it."""
    os.environ.update(environ)
    with opened(origin, death) as client:
        client.perform(run, unlimited)


def call(
    environ: Mapping[str, str],
    origin: str,
    action: str,
    given: Mapping[str, Any],
    account: str,
    key: str,
    death: Death,
) -> None:
    """Do a run under a key as a program does; whatever comes of it is in the journal."""
    os.environ.update(environ)
    with opened(origin, death) as client, suppress(PostwireError):
        client.run(action, given, account=account, key=key)


def unlimited(world: World) -> World:
    """The world of a run that counts no calls."""
    return replace(world, limiter=Limiter())


def work(
    environ: Mapping[str, str],
    origin: str,
    ready: Any,
    death: Death = Death(),
    platforms: Sequence[str] = PLATFORMS,
    naps: float = 0.01,
) -> None:
    """Be a worker until SIGTERM."""
    os.environ.update(environ)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with Vault() as vault:

        def client(workspace: str) -> Client:
            made = Client(
                vault=vault,
                workspace=workspace,
                sandbox=origin,
                media=media_folder(),
                transport=Dying(origin, death),
            )
            object.__setattr__(made._world, "sleep", lambda _: stop.wait(naps))
            return made

        engine = Durable(vault.url, poll=0.1, checks=2)
        worker = Worker(Journal(vault), engine, client, platforms)
        ready.set()
        worker.run(stop, every=0.1, patience=1.0)


class Forks:
    """Forks processes of this module; all of them have ended when it is closed."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.publish.workers", "tests.publish.preload"])
        self._begun: list[ForkServerProcess] = []
        with pytest.MonkeyPatch.context() as patch:  # the server does not look at our sys.path
            patch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT), str(ROOT / "runtime"))))
            ensure_running()

    def start(self, target: Any, *given: Any, **more: Any) -> ForkServerProcess:
        """Begin one."""
        process = self._context.Process(target=target, args=given, kwargs=more, daemon=True)
        process.start()
        self._begun.append(process)
        return process

    def worker(self, environ: Mapping[str, str], origin: str, **more: Any) -> ForkServerProcess:
        """Begin a worker, which works from now on."""
        ready = self._context.Event()
        process = self.start(work, environ, origin, ready, **more)
        assert ready.wait(PATIENCE)
        return process

    def ended(self, target: Any, *given: Any) -> int:
        """Begin one and wait for its end; its exit code, negative for a signal."""
        process = self.start(target, *given)
        process.join(PATIENCE)
        assert process.exitcode is not None
        self._begun.remove(process)
        return process.exitcode

    def close(self) -> None:
        """End them."""
        for process in self._begun:
            process.kill()
            process.join(PATIENCE)
        self._begun.clear()


class _Said:
    """Tells the starter of a script."""

    def set(self) -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()


def main(origin: str, at: str = "0", when: str = "before") -> None:
    work({}, origin, _Said(), Death(int(at), when), ["tiktok"])


if __name__ == "__main__":
    main(*sys.argv[1:])
