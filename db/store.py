"""The engine and its two kinds of transaction: one that reads, one that writes."""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import DatabaseError as EngineError

from db.errors import DatabaseError, Missing
from db.terms import LARGEST

_BUSY_TIMEOUT_S = 30
_TOO_LARGE = f"There is nothing of that number here: the largest number is {LARGEST:,}."
_MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """A database and its transactions; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot to read from: what others write meanwhile is not seen in it."""
        with _sentences(), self.engine.connect() as connection:
            if not self.sqlite:
                # By default each statement would see the newest of its own moment.
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection
            connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that reads and writes; all of it is kept, or nothing."""
        with _sentences(), self.engine.connect() as connection:
            if self.sqlite:
                # IMMEDIATE: we read, then write; a deferred lock would fail instead of waiting.
                connection.info["begin"] = "BEGIN IMMEDIATE"
            with connection.begin():
                yield connection

    def close(self) -> None:
        self.engine.dispose()


def insert_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    """Insert one row into a table with a number of its own; returns that number."""
    key = connection.execute(insert(table).values(dict(values))).inserted_primary_key
    assert key is not None  # every such table has an integer key
    return int(key[0])


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn the faults of an engine that a person can act on into sentences."""
    try:
        yield
    except OverflowError as error:  # SQLite's driver, before it asks
        raise Missing(_TOO_LARGE) from error
    except EngineError as error:
        reason = str(error.orig)
        if "out of range" in reason:
            raise Missing(_TOO_LARGE) from error
        if "malformed" in reason or "not a database" in reason:
            raise DatabaseError(
                f"The database file is damaged ({reason}): restore a backup, or move it away to begin anew."
            ) from error
        if "disk is full" in reason or "disk I/O" in reason:
            raise DatabaseError(
                "The disk is full: nothing was changed, and to be read the database needs some room, too. Free some "
                "space and try again."
            ) from error
        if "readonly" in reason or "unable to open" in reason:
            raise DatabaseError(
                f"The database cannot be written ({reason}): check who owns its file and folder, and their rights."
            ) from error
        if "locked" in reason:
            raise DatabaseError(
                f"The database was busy for {_BUSY_TIMEOUT_S} s: nothing was changed. Try again."
            ) from error
        raise


def open_store(database_url: str) -> Store:
    """Open the database at `database_url`; its schema is left as it is (see `migrate`).

    Raises DatabaseError if the URL is none, or its driver is not installed.
    """
    try:
        url = make_url(database_url)
        if url.get_backend_name() != "sqlite":
            return Store(create_engine(url, pool_pre_ping=True))
    except (ArgumentError, ModuleNotFoundError) as error:
        # The URL itself is not repeated: it may hold a password.
        raise DatabaseError(
            f"ERRATA_DATABASE_URL names no database that can be opened here ({error}): write it like "
            "sqlite:////home/you/errata.sqlite, or leave it empty."
        ) from error
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_S, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Store(engine)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes too late and is always deferred; ours is sent by `_begin_sqlite`.
    connection.isolation_level = None
    cursor = connection.cursor()
    _use_wal(cursor)
    # FULL: an acknowledged correction survives a power cut, not only a killed process.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_S * 1000}")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Switch to WAL, which the file keeps; of several processes at a new file, the others wait."""
    until = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            # For this lock SQLite itself does not wait, whatever its busy timeout.
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.info.pop("begin", "BEGIN"))


def _alembic(store: Store) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["engine"] = store.engine
    return config


def schema_version(store: Store) -> str | None:
    """The revision of the schema that the database has, or None when it is new."""
    with _sentences(), store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_schema() -> str | None:
    """The revision of the schema that this code needs."""
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def migrate(store: Store) -> None:
    """Bring the schema to the newest revision; several processes may call it at once."""
    if schema_version(store) == newest_schema():
        return
    command.upgrade(_alembic(store), "head")


def check_integrity(store: Store) -> list[str]:
    """What the engine itself finds wrong with the file: sentences, none when all is well."""
    if not store.sqlite:
        return []
    with store.read() as connection:
        rows = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    found = [f"The database file is damaged: {row}." for row in rows if row != "ok"]
    return found + [f"Table {row[0]} has a row that points to a missing {row[2]}." for row in broken]
