"""A worker: hands due runs to the engine, runs them, takes over from workers that died, and tidies up."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import OperationalError

from postwire.accounts.account import SANDBOX
from postwire.client import Client
from postwire.errors import ActionFailed
from postwire.media.store import MediaStore
from postwire.publish.courier import open_courier
from postwire.publish.hooks import Hooks
from postwire.publish.journal import Journal
from postwire.publish.limits import SharedLimiter
from postwire.publish.noticed import forget_notices
from postwire.publish.portable import media_folder
from postwire.publish.working import discard_media

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from postwire.accounts.vault import Vault
    from postwire.drive import World
    from postwire.media.fetch import FetchPolicy
    from postwire.publish.courier import Courier
    from postwire.publish.engine import Engine
    from postwire.publish.records import Run

KEPT: Final = 90 * 86_400.0  # seconds that ended runs are remembered, with their keys
_JOBS_KEPT: Final = 2 * 86_400.0
_MESSAGES_KEPT: Final = 30 * 86_400.0
_TIDY: Final = 3600.0
_SURE: Final = 10  # looks in a row at which another machine's worker must seem dead to be taken for dead
_PAUSES: Final = (0.1, 0.5, 1.0, 2.0, *[5.0] * 60)  # seconds, together five minutes
_log = logging.getLogger(__name__)


class Worker:
    """Runs what the journal has.

    Args:
        journal: of the vault.
        engine: not started yet.
        client: makes the client of a workspace.
        integrations: the platforms that this worker serves.
        workspaces: only these; all but `without` where none is named.
        without: not these.
        kept: seconds that ended runs are remembered.
        courier: sends webhooks meanwhile, in threads of its own.
    """

    def __init__(
        self,
        journal: Journal,
        engine: Engine,
        client: Callable[[str], Client],
        integrations: Sequence[str],
        *,
        workspaces: Iterable[str] = (),
        without: Iterable[str] = (),
        kept: float = KEPT,
        courier: Courier | None = None,
    ) -> None:
        self._journal = journal
        self._engine = engine
        self._make = client
        self._integrations = tuple(integrations)
        self._workspaces = frozenset(workspaces)
        self._without = frozenset(without)
        self._kept = kept
        self._courier = courier
        self._clients: dict[str, Client] = {}
        self._opening = threading.Lock()
        self._limiter = SharedLimiter(journal.store.database)
        self._tidied = time.monotonic()

    def run(self, stop: threading.Event, *, every: float = 0.5, patience: float = 30.0) -> None:
        """Work until *stop* is set; then wait so many seconds for what runs.

        What has not ended then goes on with another worker, or when this one starts again.
        """
        self._engine.start([_queue(name) for name in self._integrations], self._perform)
        with self._sending(stop, patience):
            try:
                while not stop.wait(every):
                    self._step()
            finally:
                self._engine.stop(patience)
                for client in self._clients.values():
                    client.close()

    @contextmanager
    def _sending(self, stop: threading.Event, patience: float) -> Iterator[None]:
        """Webhooks are sent by a thread of their own, however long their receivers take."""
        if self._courier is None:
            yield
            return
        sending = threading.Thread(
            target=self._courier.run, args=(stop,), name="postwire-courier", daemon=True
        )
        sending.start()
        yield
        sending.join(patience)

    def _step(self) -> None:
        for action in (self._feed, self._heed, self._engine.recover, self._bury, self._tidy):
            try:
                action()
            except Exception:  # noqa: BLE001 - a database that is away for a while must not end this
                _log.exception("The worker could not do a part of its round; it tries again.")

    def _feed(self) -> None:
        """Hand what is due to the engine. Doing so twice does no harm, so a death in between does none."""
        for run in self._journal.due():
            if self._is_ours(run):
                self._submit(run, f"{run.id}#{run.attempts}.{int(run.run_at or 0)}")
                self._journal.handed(run)

    def _heed(self) -> None:
        """Have pending runs looked at again of which a platform has spoken."""
        for number in self._journal.waits.due():
            run = self._journal.find(number)
            if self._is_ours(run):
                self._submit(run, f"{run.id}#{run.attempts}.told")

    def _submit(self, run: Run, job: str) -> None:
        queue = _queue(run.action.partition(".")[0])
        self._engine.submit(job, run.id, queue, f"{run.workspace}/{run.account}")

    def _is_ours(self, run: Run) -> bool:
        there = not self._workspaces or run.workspace in self._workspaces
        return there and run.workspace not in self._without and run.action.split(".")[0] in self._integrations

    def _bury(self) -> None:
        """Fail what ended too many workers, so that it keeps its account no longer."""
        for number in self._engine.lost():
            if self._journal.is_open(number):
                message = "This run ended one worker after another, and was given up."
                self._journal.fail(self._journal.take(number), ActionFailed("internal", message))

    def _tidy(self) -> None:
        if time.monotonic() - self._tidied > _TIDY:
            self._tidied = time.monotonic()
            store = MediaStore(media_folder())
            for number in self._journal.waits.sweep():
                discard_media(self._journal.find(number), store)
            self._journal.sweep(self._kept)
            forget_notices(self._journal.store.database)
            Hooks(self._journal.store).sweep(_MESSAGES_KEPT)
            self._engine.forget(_JOBS_KEPT)
            store.sweep(self._kept)

    def _perform(self, number: str) -> str:
        """Do a run; while the database is away wait for it, then go on from what is noted there."""
        for pause in _PAUSES:
            try:
                run = self._journal.find(number)
                return self._client(run.workspace).perform(number, self._world)
            except OperationalError:
                _log.warning("The database is away; the run %s waits for it.", number)
                time.sleep(pause)
        run = self._journal.find(number)
        return self._client(run.workspace).perform(number, self._world)

    def _world(self, world: World) -> World:
        return dataclasses.replace(world, limiter=self._limiter)

    def _client(self, workspace: str) -> Client:
        with self._opening:
            if workspace not in self._clients:
                self._clients[workspace] = self._make(workspace)
            return self._clients[workspace]


def _queue(integration: str) -> str:
    return f"postwire.{integration}"


def open_worker(
    vault: Vault,
    names: Sequence[str],
    *,
    sandbox: str | None = None,
    threads: int = 16,
    integrations: Iterable[Path | str] = (),
    fetch: FetchPolicy | None = None,
) -> Worker:
    """A worker over DBOS, of the real accounts; with *sandbox*, a simulator's origin, of the simulated ones.

    Args:
        vault: whose runs.
        names: the platforms that it serves.
        sandbox: where everything is sent; webhooks may go to this machine then.
        threads: how many runs at once, on each platform.
        integrations: folders with integrations of your own.
        fetch: how far the fetching of media addresses may go.

    Raises:
        MissingExtra: `postwire[durable]` is not installed.
    """
    from postwire.publish.durable import Durable  # noqa: PLC0415 - the engine, an extra

    checks = 1 if vault.store.database.is_sqlite else _SURE
    engine = Durable(vault.url, threads=threads, checks=checks)
    apart: dict[str, Any] = {"workspaces": [SANDBOX]} if sandbox else {"without": [SANDBOX]}
    courier = open_courier(vault.store, loopback=sandbox is not None, **apart)

    def client(workspace: str) -> Client:
        return Client(
            vault=vault,
            workspace=workspace,
            integrations=integrations,
            sandbox=sandbox,
            media=media_folder(),
            fetch=fetch,
        )

    return Worker(Journal(vault), engine, client, names, courier=courier, **apart)
