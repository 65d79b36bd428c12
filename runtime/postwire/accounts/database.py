"""The vault's database, a private SQLite file or PostgreSQL: opening, bringing up to date, transactions.

On SQLite all writes are short `BEGIN IMMEDIATE` transactions, one at a time; reads see no lock (WAL).
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Double,
    Engine,
    Select,
    bindparam,
    cast,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError

from postwire.accounts.home import create_private, locked, make_private, private_folder
from postwire.accounts.schema import REVISION, VERSION_TABLE
from postwire.errors import MissingExtra, PostwireError, UnknownName
from postwire.secret import scrub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUSY_TIMEOUT: Final = 5000  # milliseconds that a write waits for another process
# Any numbers that nobody else in the database locks.
_MIGRATION_LOCK: Final = 0x706F7374
_OPENING_LOCK: Final = _MIGRATION_LOCK + 1
_PRAGMAS: Final = (f"busy_timeout={BUSY_TIMEOUT}", "foreign_keys=ON", "secure_delete=ON")


class DatabaseUnusable(PostwireError):
    """The database cannot be used as it is; the operator must act."""


class Database:
    """The engine of one database.

    Args:
        url: as SQLAlchemy writes them: `sqlite:////path/to/file.db`, `postgresql://user@host/name`.
        clock: seconds since 1970, instead of the computer's clock; by default PostgreSQL's own clock counts
            there, so that machines need not agree.

    Raises:
        MissingExtra: PostgreSQL, and `postwire[postgres]` is not installed.
        DatabaseUnusable: the address is no use, nobody answers, or a newer Postwire has written there.
    """

    def __init__(self, url: str, clock: Callable[[], float] | None = None) -> None:
        self._url = _parsed(url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        if clock is None and self.is_sqlite:
            clock = time.time
        self._now = _server_clock() if clock is None else bindparam(None, callable_=clock, type_=Double())
        self._one_writer = threading.Lock() if self.is_sqlite else nullcontext()
        self._engines: list[Engine] = []
        try:
            self._open()
        except BaseException as error:
            self.close()
            if not isinstance(error, OperationalError):
                raise
            # Its text can hold the address with the password.
            said = scrub(str(error.orig)).partition("\n")[0]
            raise DatabaseUnusable(
                f"The vault's database cannot be opened: {said}",
                remedy="Check POSTWIRE_DATABASE and its rights.",
            ) from None

    def _open(self) -> None:
        if self.is_sqlite:
            _prepare_file(Path(self._url.database or ""), self._url)
            self._reader = _sqlite(self._url, "", "query_only=ON")
            self._writer = _sqlite(self._url, "BEGIN IMMEDIATE", "synchronous=NORMAL")
            self._durable = _sqlite(self._url, "BEGIN IMMEDIATE", "synchronous=FULL")
            self._engines = [self._reader, self._writer, self._durable]
        else:
            self._writer = self._durable = _postgres(self._url)
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")
            self._engines = [self._writer]
            _migrate_postgres(self._writer)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read with, each statement by itself."""
        with self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """A transaction, kept if the block ends well.

        Args:
            durable: on the disk before this returns, whatever happens to the power then.

        Raises:
            UnknownName: a row belongs to a workspace, or an account, that does not exist.
        """
        try:
            with self._one_writer, (self._durable if durable else self._writer).begin() as connection:
                yield connection
        except IntegrityError:  # its text holds values
            raise UnknownName(
                "There is no such workspace, or no such account.", remedy="Create it first."
            ) from None

    @contextmanager
    def write_alone(self) -> Iterator[Connection]:
        """A transaction that no other one like it runs beside, in any process."""
        with self.write(durable=True) as connection:
            if not self.is_sqlite:
                connection.execute(_lock(_OPENING_LOCK))
            yield connection

    def now(self) -> ColumnElement[float]:
        """The moment at which a statement is executed, in seconds since 1970, as an expression for it."""
        return self._now

    def moment(self, connection: Connection) -> float:
        """What `now` is at this moment, as a number."""
        return float(connection.execute(select(self._now)).scalar_one())

    def close(self) -> None:
        """Close all connections."""
        for engine in self._engines:
            engine.dispose()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUnusable("The address of the vault's database is not one.", remedy=_FORMS) from None
    kind = parsed.get_backend_name()
    if kind == "postgres":
        kind = "postgresql"
    if kind == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if kind != "sqlite" or parsed.database in {None, "", ":memory:"}:
        raise DatabaseUnusable(f"The vault cannot use a {kind} database of this form.", remedy=_FORMS)
    return parsed


_FORMS: Final = "Give sqlite:////path/to/file.db or postgresql://user:password@host/name."


def _server_clock() -> ColumnElement[float]:
    return cast(func.extract("epoch", func.statement_timestamp()), Double)


# SQLite


def _prepare_file(file: Path, url: URL) -> None:
    """Make the file, private from its first byte, and bring it up to date."""
    private_folder(file.parent)
    with locked(file.with_name(f"{file.name}.lock")):  # Alembic's own transaction would not keep others out
        create_private(file)
        for suffix in ("", "-wal", "-shm"):  # SQLite gives the last two the rights of the first
            make_private(file.with_name(file.name + suffix))
        _migrate_file(url)


def _sqlite(url: URL, begin: str, *pragmas: str) -> Engine:
    engine = create_engine(url, hide_parameters=True, pool_size=4)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # or the driver begins transactions of its own
        for pragma in (*_PRAGMAS, *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if begin:
            connection.exec_driver_sql(begin)

    return engine


def _migrate_file(url: URL) -> None:
    # Rebuilding a table needs its foreign keys off, and WAL stays with the file: both outside transactions.
    engine = _sqlite(url, "BEGIN IMMEDIATE", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF")
    try:
        if _version(engine) != REVISION:
            with engine.begin() as connection:
                _migrate(connection)
    finally:
        engine.dispose()


# PostgreSQL


def _postgres(url: URL) -> Engine:
    # Prepared statements do not survive a pooler that gives each transaction another connection.
    arguments = {"prepare_threshold": None, "connect_timeout": 10}
    try:
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=arguments)
    except ImportError:
        raise MissingExtra(
            "PostgreSQL needs an extra that is not installed.", remedy="pip install 'postwire[postgres]'"
        ) from None


def _migrate_postgres(engine: Engine) -> None:
    if _version(engine) == REVISION:
        return
    with engine.begin() as connection:
        connection.execute(_lock(_MIGRATION_LOCK))
        _migrate(connection)


def _lock(number: int) -> Select[Any]:
    return select(func.pg_advisory_xact_lock(number))


# Both


def _version(engine: Engine) -> str:
    with engine.connect() as connection:
        return _checked_version(connection)


def _checked_version(connection: Connection) -> str:
    """The revision of the tables; "" before the first.

    Raises:
        DatabaseUnusable: it is newer than this code.
    """
    if not inspect(connection).has_table(VERSION_TABLE):
        return ""
    found = str(connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar() or "")  # noqa: S608
    if found > REVISION:
        raise DatabaseUnusable(
            f"The vault was written by a newer Postwire (tables {found}, this one knows {REVISION}).",
            remedy="Update Postwire; a copy of the vault from before is safe to use with this version.",
        )
    return found


def _migrate(connection: Connection) -> None:
    if _checked_version(connection) == REVISION:
        return  # another process did it while we waited
    from alembic import command  # noqa: PLC0415 - it is slow to import, and rarely needed
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
