"""Whether a worker lives: it holds a lock as long as its process does, and nobody else can take it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from postwire.accounts.home import FILE_MODE

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL

_ALIVE = {"keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


class Locks(Protocol):
    """Locks by name, each held by one process at most, which end with it."""

    def hold(self, name: str) -> bool:
        """Take a lock; False when another process has it."""
        ...

    def keep(self) -> None:
        """Take again what was lost with a server that was restarted; what is held stays."""
        ...

    def free(self, name: str) -> None:
        """Give a lock back."""
        ...

    def close(self) -> None:
        """Give all back."""
        ...


class FileLocks:
    """Locks of the processes of one machine: files in *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, int] = {}

    def hold(self, name: str) -> bool:
        """As `Locks`."""
        import fcntl  # noqa: PLC0415 - not on every platform

        number = os.open(self._folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, FILE_MODE)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(number)
            return False
        self._held[name] = number
        return True

    def keep(self) -> None:
        """As `Locks`: nothing can be lost."""

    def free(self, name: str) -> None:
        """As `Locks`; the file goes too."""
        (self._folder / f"{name}.lock").unlink(missing_ok=True)
        os.close(self._held.pop(name))

    def close(self) -> None:
        """As `Locks`."""
        for name in list(self._held):
            self.free(name)


class PostgresLocks:
    """Locks of all processes of a PostgreSQL: advisory ones of a session of their own."""

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(
            url, hide_parameters=True, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=_ALIVE
        )
        self._connection = self._engine.connect()
        self._held: set[str] = set()

    def hold(self, name: str) -> bool:
        """As `Locks`."""
        taken = bool(self._call("pg_try_advisory_lock", name))
        if taken:
            self._held.add(name)
        return taken

    def keep(self) -> None:
        """As `Locks`: those of a connection that broke are taken again by another one."""
        try:
            self._connection.execute(text("select 1"))
        except DBAPIError:
            self._connection.close()
            self._connection = self._engine.connect()
            for name in self._held:
                self._call("pg_try_advisory_lock", name)

    def free(self, name: str) -> None:
        """As `Locks`."""
        self._held.discard(name)
        self._call("pg_advisory_unlock", name)

    def close(self) -> None:
        """As `Locks`."""
        self._connection.close()
        self._engine.dispose()

    def _call(self, function: str, name: str) -> Any:
        statement = text(f"select {function}(hashtextextended(:name, 0))")
        return self._connection.execute(statement, {"name": f"postwire-worker:{name}"}).scalar()
