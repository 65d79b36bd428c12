"""The engine DBOS behind our port: the only module that imports it."""

from __future__ import annotations

import secrets
import socket
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import make_url

from postwire.accounts.home import create_private
from postwire.errors import MissingExtra, PostwireError
from postwire.publish.liveness import FileLocks, PostgresLocks

try:
    import dbos._serialization as formats
    from dbos import DBOS
    from dbos import DBOSPortableJSONSerializer as Plain
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "dbos":
        raise
    raise MissingExtra(
        "Workers need an extra that is not installed.", remedy="pip install 'postwire[durable]'"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from postwire.publish.liveness import Locks

NAME: Final = "postwire"
# Changed only when older jobs could not be run any more: jobs of other versions are left alone.
VERSION: Final = "1"
WORKFLOW: Final = "run"
_GIVEN_UP: Final = ["MAX_RECOVERY_ATTEMPTS_EXCEEDED", "ERROR", "CANCELLED"]
_ENDED: Final = ["SUCCESS", *_GIVEN_UP]
_DEADLY: Final = 20  # workers that one run may end before it is given up


class Durable:
    """DBOS in this process; there can be one.

    Args:
        database: address of the vault's database: PostgreSQL is used as it is, beside a SQLite file lies
            another one.
        threads: how many runs at once.
        poll: seconds between two looks for jobs.
        checks: how often in a row a worker must seem dead before it is taken for dead.
    """

    def __init__(self, database: str, *, threads: int = 16, poll: float = 0.5, checks: int = 1) -> None:
        self._url = _engine_url(database)
        self._threads = threads
        self._poll = poll
        self._checks = checks
        self._missed: dict[str, int] = {}
        self.id = f"{socket.gethostname()}-{secrets.token_hex(8)}"
        self._own = self._locks()
        self._probe = self._locks()
        if not self._own.hold(self.id):
            raise PostwireError(f"The name {self.id} is taken by another worker.")

    def start(self, queues: Sequence[str], perform: Callable[[str], str]) -> None:
        """As `Engine`."""
        refuse_pickle()
        if self._url.startswith("sqlite"):
            _prepare(Path(make_url(self._url).database or ""))
        DBOS(
            config={
                "name": NAME,
                "system_database_url": self._url,
                "application_version": VERSION,
                "executor_id": self.id,
                "serializer": Plain(),  # never pickle
                "log_level": "ERROR",
                "run_migrations": True,
                "notification_listener_polling_interval_sec": 1.0,
            }
        )

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=_DEADLY)
        def _run(job: dict[str, str]) -> dict[str, str]:
            # What was sent is in the journal, so that a run that begins again goes on where it was.
            return {"state": perform(job["run"])}

        DBOS.listen_queues(list(queues))
        DBOS.launch()
        for queue in queues:
            DBOS.register_queue(
                queue,
                partition_concurrency=1,
                worker_concurrency=self._threads,
                polling_interval_sec=self._poll,
            )

    def submit(self, job: str, run: str, queue: str, account: str) -> None:
        """As `Engine`."""
        options: Any = {
            "workflow_name": WORKFLOW,
            "queue_name": queue,
            "workflow_id": job,
            "queue_partition_key": account,
        }
        DBOS.enqueue_workflow_with_options(options, {"run": run})

    def recover(self) -> int:
        """As `Engine`; only after `checks` looks in a row."""
        for locks in (self._own, self._probe):
            locks.keep()
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        owners = {each.executor_id for each in pending if each.executor_id} - {self.id}
        self._missed = {owner: count for owner, count in self._missed.items() if owner in owners}
        return sum(self._recover(owner) for owner in sorted(owners))

    def lost(self) -> list[str]:
        """As `Engine`."""
        found = DBOS.list_workflows(status=_GIVEN_UP, load_input=False, load_output=False)
        return [each.workflow_id.partition("#")[0] for each in found]

    def forget(self, older_than: float) -> int:
        """As `Engine`."""
        border = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - older_than))
        old = DBOS.list_workflows(status=_ENDED, end_time=border, load_input=False, load_output=False)
        DBOS.delete_workflows([each.workflow_id for each in old])
        return len(old)

    def stop(self, patience: float) -> None:
        """As `Engine`."""
        DBOS.destroy(workflow_completion_timeout_sec=int(patience))
        self._probe.close()
        self._own.close()

    def _recover(self, owner: str) -> int:
        if not self._probe.hold(owner):
            self._missed.pop(owner, None)
            return 0
        try:
            self._missed[owner] = self._missed.get(owner, 0) + 1
            if self._missed[owner] < self._checks:
                return 0
            # Marked internal, but it is what DBOS itself recovers with; its replacement by public calls is
            # a short launch under the dead one's name.
            return len(DBOS._recover_pending_workflows([owner]))  # noqa: SLF001 - as above
        finally:
            self._probe.free(owner)

    def _locks(self) -> Locks:
        url = make_url(self._url)
        if url.get_backend_name() == "sqlite":
            return FileLocks(Path(url.database or "").parent)
        return PostgresLocks(url)


def refuse_pickle() -> None:
    """Never load a row that says it is a pickle: whoever can write rows could run code.

    DBOS has no setting for this.
    """

    def refused(_: str) -> Any:
        raise PostwireError("A row of the engine's database is a pickle, and is not read.")

    setattr(formats.DBOSDefaultSerializer, "deserialize", refused)  # noqa: B010 - a method, to mypy


def _engine_url(database: str) -> str:
    url = make_url(database)
    if url.get_backend_name() != "sqlite":
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    file = Path(url.database or "")
    return f"sqlite:///{file.with_name(f'{file.stem}-engine.db')}"


def _prepare(file: Path) -> None:
    """A private file in WAL mode, which is several times faster and lets others read meanwhile."""
    create_private(file)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
