"""What the folder of a store holds, for those who look at it or clear it from outside."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from mockserver.store.errors import StoreError
from mockserver.store.kept.holdings import Holdings
from mockserver.store.sqlite.folder import (
    BLOBS,
    DATABASE,
    HALVES,
    LOCK,
    check_writable,
    has_workers,
    lock,
    read_version,
    refuse_unwritable,
)
from mockserver.store.sqlite.schema import FIRST_OWNER, VERSION

_COUNTS = {
    "sessions": f"SELECT count(*) FROM sessions WHERE id >= {FIRST_OWNER}",
    "entries": "SELECT count(*) FROM entries",
    "scripts": "SELECT count(*) FROM scripts",
}
_OBJECTS = "SELECT kind, count(*) FROM objects GROUP BY kind ORDER BY kind"


def is_in_use(path: Path) -> bool:
    """Whether a server holds this folder, or the workers of one that was killed still end their answers."""
    if not (path / LOCK).exists():
        return False
    try:
        with lock(path):
            return has_workers(path)
    except StoreError:
        return True
    except OSError:
        return False


def read_holdings(path: Path) -> Holdings:
    """What a folder holds; a server may be using it meanwhile.

    Raises:
        StoreError: it is no folder of a store, or cannot be written, which reading it needs.
    """
    _check_folder(path)
    version: int | None = None
    counts: dict[str, int] | None = None
    objects: dict[str, int] = {}
    with suppress(sqlite3.Error), closing(sqlite3.connect(path / DATABASE, timeout=5)) as connection:
        version = read_version(connection, path)
        if version == VERSION:
            objects = dict(connection.execute(_OBJECTS).fetchall())
            counts = {name: int(connection.execute(sql).fetchone()[0]) for name, sql in _COUNTS.items()}
        elif version == 0:
            counts = dict.fromkeys(_COUNTS, 0)
    size = sum(file.stat().st_size for file in list_files(path))
    return Holdings(version, counts, objects, size, is_in_use(path))


def clear(path: Path) -> Holdings:
    """Remove what a folder holds, and leave it empty; returns what that was.

    Raises:
        StoreError: it is no folder of a store, a server uses it, or it cannot be written.
    """
    _check_folder(path)
    try:
        with lock(path):
            if has_workers(path):
                raise StoreError(
                    f"store: expected a folder that no server uses, but workers of one that was killed use "
                    f"{path}; end them."
                )
            held = read_holdings(path)
            for file in list_files(path):
                file.unlink(missing_ok=True)
    except OSError as error:
        raise refuse_unwritable(path, error) from error
    return held


def list_files(path: Path) -> Iterator[Path]:
    """The files of a store in its folder, without its lock."""
    yield from sorted(path.glob(f"{DATABASE}*"))
    for name in (BLOBS, HALVES):
        with suppress(OSError):
            yield from sorted((path / name).iterdir())


def _check_folder(path: Path) -> None:
    if not (path / DATABASE).is_file():
        raise StoreError(
            f"store: expected a folder in which a server has kept things, but {path} has no {DATABASE}; name the one "
            "that was given to --store."
        )
    try:
        check_writable(path)
    except OSError as error:
        raise refuse_unwritable(path, error) from error
