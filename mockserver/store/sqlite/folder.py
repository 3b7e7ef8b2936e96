"""The folder of a store: made for its owner alone, and used by one server at a time."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from errno import EACCES
from pathlib import Path
from time import monotonic, sleep
from typing import IO

from mockserver.store.errors import StoreError, StoreFailedError, StoreFullError
from mockserver.store.sqlite.database import connect, patiently
from mockserver.store.sqlite.schema import STEPS, VERSION

if sys.platform != "win32":
    import fcntl

DATABASE, LOCK, WORKERS = "store.db", "lock", "workers"
BLOBS, HALVES = "blobs", "halves"
# Tables by which a store is known, in every version.
_OWN = {"numbers", "sessions", "totals", "graves"}
# Rows can be returned by what changes them since this version of SQLite.
_OLDEST = (3, 35)
# Seconds for which the workers of a server that was killed are waited for, which finish their answers; between looks.
_PATIENCE, _LOOK = 12.0, 0.02


class Folder:
    """A folder of a store, checked and locked.

    Args:
        path: the folder; made when it is not there.
        worker: another process, which started this one, holds the lock.

    Raises:
        StoreError: it cannot be used.
    """

    def __init__(self, path: Path, *, worker: bool = False) -> None:
        self.path = path
        self._is_worker = worker
        self._lock: IO[str] | None = None
        self.open()

    def open(self) -> None:
        """Check and lock it again, after ``close``.

        Raises:
            StoreError: it cannot be used.
        """
        if sys.platform == "win32":
            raise StoreError("store: expected Linux or macOS, got Windows; use --store memory.")
        if sqlite3.sqlite_version_info < _OLDEST:
            raise StoreError(
                f"store: expected SQLite 3.35 or newer, got {sqlite3.sqlite_version}; use a newer Python, "
                "or --store memory."
            )
        try:
            _make(self.path)
            self._lock = _join(self.path) if self._is_worker else lock(self.path)
            if not self._is_worker:
                _wait_for_workers(self.path)
            _create(self.path / DATABASE)
            _prepare(self.path)
        except OSError as error:
            self.close()
            raise refuse_unwritable(self.path, error) from error
        except BaseException:
            self.close()
            raise

    @property
    def database(self) -> Path:
        """The file of the database."""
        return self.path / DATABASE

    @property
    def blobs(self) -> Path:
        """The folder of contents."""
        return self.path / BLOBS

    @property
    def halves(self) -> Path:
        """The folder of contents that no object holds yet."""
        return self.path / HALVES

    def close(self) -> None:
        """Let others use the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def lock(path: Path) -> IO[str]:
    """Lock the folder of a store, until the file returned is closed or the process ends.

    Raises:
        StoreError: another process uses it.
    """
    held = open(os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii")  # noqa: PTH123, SIM115  it is locked as long as it is open
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = held.read().strip()
        held.close()
        by = f"process {owner}" if owner else "another process"
        raise StoreError(
            f"store: expected a folder that no other server uses, but {path} is in use by {by}; stop that one, "
            "or name another folder."
        ) from error
    held.truncate(0)
    held.write(str(os.getpid()))
    held.flush()
    return held


def _join(path: Path) -> IO[str]:
    """Note that a worker uses the folder, until the file returned is closed or the process ends."""
    held = open(os.open(path / WORKERS, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii")  # noqa: PTH123, SIM115
    fcntl.flock(held, fcntl.LOCK_SH)
    return held


def has_workers(path: Path) -> bool:
    """Whether workers use the folder: those of the server that holds it, or of one that was killed."""
    with os.fdopen(os.open(path / WORKERS, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


def _wait_for_workers(path: Path) -> None:
    """Wait for the workers of a server that was killed."""
    deadline = monotonic() + _PATIENCE
    while has_workers(path):
        if monotonic() > deadline:
            raise StoreError(
                f"store: expected a folder that no other server uses, but workers of a server that was killed still "
                f"use {path}; end them, or name another folder."
            )
        sleep(_LOOK)


def _make(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (BLOBS, HALVES):
            (path / name).mkdir(mode=0o700, exist_ok=True)
            (path / name).chmod(0o700)
    except (FileExistsError, NotADirectoryError) as error:
        raise StoreError(f"store: expected a folder, but {path} is none; name another one.") from error
    check_writable(path)


def _create(database: Path) -> None:
    """Create the file of the database, for its owner alone; SQLite gives its other files the same rights.

    Only with the lock: closing it lets go of the locks that another store of this process has on it, and SQLite would
    remove the log from under that.
    """
    os.close(os.open(database, os.O_RDWR | os.O_CREAT, 0o600))


def check_writable(path: Path) -> None:
    """Ask whether files can be made in a folder, which SQLite does to read a database too.

    Raises:
        PermissionError: they cannot.
    """
    if not os.access(path, os.W_OK | os.X_OK):
        raise PermissionError(EACCES, os.strerror(EACCES))


def refuse_unwritable(path: Path, error: OSError) -> StoreError:
    """The error for a folder in which something cannot be written."""
    return StoreError(
        f"store: expected a folder that can be written, but {path} cannot ({error.strerror}); change its rights, "
        "or name another one."
    )


@contextmanager
def refusing_broken(path: Path) -> Iterator[None]:
    """Raise the error for a folder whose database is found to be broken meanwhile.

    Raises:
        StoreError: it is.
    """
    try:
        yield
    except StoreFullError:
        raise
    except (sqlite3.DatabaseError, StoreFailedError) as error:
        raise StoreError(
            f"store: expected a store of this server in {path}, but its {DATABASE} cannot be read "
            f"({error.__cause__ or error}); restore it from a copy, or delete the folder, or name another one."
        ) from error


def _prepare(path: Path) -> None:
    with refusing_broken(path):
        # Before anything is changed: another program's database stays as it is.
        with closing(sqlite3.connect(path / DATABASE, timeout=_PATIENCE)) as unchanged:
            read_version(unchanged, path)
        with closing(connect(path / DATABASE)) as connection:
            _migrate(connection, path)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    found = read_version(connection, path)
    if found > VERSION:
        raise StoreError(
            f"store: expected a folder of version {VERSION} at most, but {path} has version {found}, made by a newer "
            "server; use that one, or name another folder."
        )
    if found == VERSION:
        return
    patiently(connection, "BEGIN IMMEDIATE", ())
    # Another worker may have been quicker.
    for step in STEPS[read_version(connection, path) :]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def read_version(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the store in a database: 0 when that is empty.

    Raises:
        StoreError: another program made it.
        sqlite3.DatabaseError: it cannot be read.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if version < 0 or (_OWN - tables if version else tables):
        raise StoreError(
            f"store: expected a store of this server in {path}, but another program made its {DATABASE}; name another "
            "folder."
        )
    return version


def remove_orphans(folder: Folder, is_held: Callable[[str], bool]) -> None:
    """Remove the halves that a process left, and contents that no object holds. Nobody else may use the folder."""
    for half in folder.halves.iterdir():
        with suppress(OSError):
            half.unlink()
    for content in folder.blobs.iterdir():
        if not is_held(content.name):
            with suppress(OSError):
                content.unlink()
