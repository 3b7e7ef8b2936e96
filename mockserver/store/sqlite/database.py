"""The connections to the database of a store, and the transactions on them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any

from mockserver.store.errors import StoreClosedError, StoreFailedError, StoreFullError
from mockserver.store.sqlite.priority_lock import PriorityLock

# Bytes of the log from which it is moved into the database; it is used again then, and keeps so many. And those from
# which it is cut, although writers must wait for that.
LOG, MOST_LOG = 32 * 1024 * 1024, 256 * 1024 * 1024
# Seconds between tries while another process writes, and for how long it is tried.
_PAUSE, _PATIENCE = 0.0002, 30.0
# Seconds for which one of many transactions lets others through.
_WAY = 0.0002
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    # Callers do not wait for the disk: the writer's thread moves the log into the database.
    "wal_autocheckpoint=0",
    f"journal_size_limit={LOG}",
    "temp_store=MEMORY",
    "trusted_schema=OFF",
)

Row = tuple[Any, ...]
Values = Sequence[Any] | Mapping[str, Any]


def connect(path: Path) -> sqlite3.Connection:
    """A connection for any thread, in which each statement is a transaction unless one was begun."""
    # Waiting for other processes is done here: SQLite would wait a millisecond at least, and up to 100.
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=512)
    for pragma in PRAGMAS:
        patiently(connection, f"PRAGMA {pragma}", ())
    return connection


def patiently(connection: sqlite3.Connection, sql: str, values: Values) -> list[Row]:
    """The rows of a statement, tried again while another process writes.

    Raises:
        StoreClosedError: the connection is closed.
        StoreFullError: the disk is full; nothing is changed.
        StoreFailedError: the disk fails, the database is broken, or the other process writes for too long; the same.
    """
    deadline = 0.0
    while True:
        try:
            return connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            deadline = deadline or time.monotonic() + _PATIENCE
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise _translate(connection, error) from error
        time.sleep(_PAUSE)


def _translate(connection: sqlite3.Connection, error: sqlite3.Error) -> Exception:
    """The error as those know it who call operations; a mistake in a statement of ours stays one."""
    if isinstance(error, sqlite3.ProgrammingError):
        # Our statements have no other mistakes of that kind.
        return StoreClosedError()
    if isinstance(error, sqlite3.IntegrityError):
        return error
    folder = Path(connection.execute("PRAGMA database_list").fetchone()[2]).parent
    if "full" in str(error):
        return StoreFullError(f"The disk takes no more: there is no room in {folder}, the folder of the store.")
    return StoreFailedError(f"The store in {folder} cannot be used: {error}.")


class Database:
    """The database of a store.

    One connection is shared by all who call operations, and by the writer of groups: each holds ``lock`` for a short
    while. What reads much has another connection, so that nobody waits for it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = PriorityLock()
        self._reading = RLock()
        self._depth = self._moved = 0
        self.open()

    def open(self) -> None:
        """Connect, again after ``close``."""
        with self.lock, self._reading:
            self._connection = connect(self.path)
            self._reader = connect(self.path)
            # Its own, since the disk may take a while.
            self._mover = connect(self.path)

    def run(self, sql: str, *values: Any, **named: Any) -> list[Row]:
        """The rows of one statement, which is a transaction of its own unless one has begun.

        Its values are given in their order, or by the names that they have in it.
        """
        with self.lock:
            return patiently(self._connection, sql, named or values)

    def run_many(self, sql: str, values: Sequence[Sequence[Any]]) -> None:
        """Do one statement with several sets of values; inside a transaction."""
        try:
            self._connection.executemany(sql, values)
        except sqlite3.Error as error:
            raise _translate(self._connection, error) from error

    @contextmanager
    def writing(self) -> Iterator[bool]:
        """A transaction; one inside another is a part of it. Gives whether it is the outer one."""
        with self.lock:
            if self._depth:
                yield False
                return
            patiently(self._connection, "BEGIN IMMEDIATE", ())
            self._depth += 1
            try:
                yield True
                patiently(self._connection, "COMMIT", ())
            except BaseException:
                # Of some errors SQLite itself has rolled back, and a disk that fails may hinder it.
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def give_way(self) -> None:
        """Let those through who wait, between two of many short transactions: a lock goes to who asks first."""
        time.sleep(_WAY)

    def next(self, name: str, count: int = 1) -> int:
        """Take numbers from a sequence; returns the last one of them."""
        sql = "UPDATE numbers SET value = value + ? WHERE name = ? RETURNING value"
        return int(self.run(sql, count, name)[0][0])

    def number(self, name: str) -> int:
        """The last number taken from a sequence."""
        return int(self.run("SELECT value FROM numbers WHERE name = ?", name)[0][0])

    def scan(self, sql: str, *values: Any, **named: Any) -> list[Row]:
        """The rows of a statement that reads much; it sees what is committed."""
        with self._reading:
            return patiently(self._reader, sql, named or values)

    def checkpoint(self, *, is_idle: bool) -> None:
        """Move the log into the database, beside those who write: when it is long, or when nothing else is to be done.

        Callers wait for that only when the log has become much too long.
        """
        log = self.path.with_name(f"{self.path.name}-wal")
        size = log.stat().st_size if log.exists() else 0
        if size > LOG or (is_idle and self._connection.total_changes != self._moved):
            patiently(self._mover, "PRAGMA wal_checkpoint(PASSIVE)", ())
            if size > MOST_LOG:
                # What came meanwhile is moved by the second one; it is little, so cutting the log takes no time.
                patiently(self._mover, "PRAGMA wal_checkpoint(PASSIVE)", ())
                patiently(self._mover, "PRAGMA wal_checkpoint(TRUNCATE)", ())
            if is_idle:
                # Who writes first in a log that was moved waits for the disk.
                self.run("UPDATE numbers SET value = value WHERE name = 'payload'")
                self._moved = self._connection.total_changes

    def close(self) -> None:
        """Close the connections."""
        with self.lock, self._reading:
            for connection in (self._mover, self._reader, self._connection):
                connection.close()
