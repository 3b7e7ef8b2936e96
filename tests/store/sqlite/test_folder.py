"""The folder of a store: what is refused, and how one of an older version is brought up to date."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from mockserver.records.settings import Settings
from mockserver.store.errors import StoreError
from mockserver.store.sqlite import folder as folders
from mockserver.store.sqlite import open_store, schema
from mockserver.store.sqlite.folder import DATABASE, LOCK, WORKERS
from mockserver.store.sqlite.holdings import clear, is_in_use, read_holdings


def make_file(path: Path) -> Path:
    (path / "file").write_text("x")
    return path / "file"


def make_newer(path: Path) -> Path:
    open_store(path, Settings()).close()
    with closing(sqlite3.connect(path / DATABASE)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    return path


def make_broken(path: Path) -> Path:
    (path / DATABASE).write_bytes(b"no database at all" * 1000)
    return path


def make_foreign(version: int) -> Callable[[Path], Path]:
    """A database of another program, which may use the same number for its version."""

    def make(path: Path) -> Path:
        with closing(sqlite3.connect(path / DATABASE)) as connection:
            connection.execute("CREATE TABLE sessions(other)")
            connection.execute(f"PRAGMA user_version = {version}")
        return path

    return make


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "file": (make_file, "expected a folder, but .*/file is none; name another one"),
    "below a file": (lambda path: make_file(path) / "below", "expected a folder, but .*/below is none"),
    "newer": (make_newer, f"has version {schema.VERSION + 1}, made by a newer server; use that one"),
    "broken": (make_broken, f"its {DATABASE} cannot be read .*; restore it from a copy, or delete the folder"),
    **{
        f"foreign, {version}": (make_foreign(version), f"another program made its {DATABASE}; name another folder")
        for version in (-1, 0, schema.VERSION, schema.VERSION + 1)
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_folder_that_cannot_be_used_is_refused(name: str, tmp_path: Path) -> None:
    make, told = REFUSED[name]
    folder = make(tmp_path)
    for _ in range(2):
        with pytest.raises(StoreError, match=told) as caught:
            open_store(folder, Settings())
        assert str(caught.value).startswith("store: expected")


@pytest.mark.parametrize("version", [0, schema.VERSION])
def test_database_of_another_program_stays_as_it_is(version: int, tmp_path: Path) -> None:
    make_foreign(version)(tmp_path)
    before = (tmp_path / DATABASE).read_bytes()
    for look in (lambda: open_store(tmp_path, Settings()), lambda: read_holdings(tmp_path), lambda: clear(tmp_path)):
        with pytest.raises(StoreError, match="another program made"):
            look()
        assert (tmp_path / DATABASE).read_bytes() == before


def test_empty_database_holds_nothing_yet(tmp_path: Path) -> None:
    (tmp_path / DATABASE).touch()
    held = read_holdings(tmp_path)
    assert (held.version, held.counts) == (0, {"sessions": 0, "entries": 0, "scripts": 0})
    open_store(tmp_path, Settings()).close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match=r"cannot .*; change its rights, or name another one"):
        open_store(tmp_path / "new", Settings())


def test_what_the_system_says_of_a_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StoreError, match=r"cannot \(Permission denied\); change its rights, or name another one"):
        open_store(tmp_path, Settings())


def test_folder_in_which_nothing_can_be_made_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its database is not taken for a broken one."""
    open_store(tmp_path, Settings()).close()
    monkeypatch.setattr(os, "access", lambda *_: False)
    for look in (lambda: open_store(tmp_path, Settings()), lambda: read_holdings(tmp_path), lambda: clear(tmp_path)):
        with pytest.raises(StoreError, match=r"cannot \(Permission denied\); change its rights, or name another one"):
            look()


def test_table_that_is_broken_is_told_when_it_is_opened(tmp_path: Path) -> None:
    """At the start or anew, and nothing of it stays open."""
    store = open_store(tmp_path, Settings())
    store.sessions.begin_call("s")
    store.close()
    ((page,),) = read(tmp_path, "SELECT rootpage FROM sqlite_master WHERE name = 'entries'")
    with (tmp_path / DATABASE).open("r+b") as file:
        file.seek((int(str(page)) - 1) * 4096)
        file.write(b"\xff" * 4096)
    for opening in (lambda: open_store(tmp_path, Settings()), store.open):
        with pytest.raises(StoreError, match=f"its {DATABASE} cannot be read .*; restore it from a copy"):
            opening()
    assert not is_in_use(tmp_path)


@pytest.mark.parametrize("name", [LOCK, WORKERS])
def test_lock_that_cannot_be_opened_is_told(name: str, tmp_path: Path) -> None:
    """Another user may have made it."""
    open_store(tmp_path, Settings()).close()
    (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / name).mkdir()
    for look in (lambda: open_store(tmp_path, Settings()), lambda: clear(tmp_path)):
        with pytest.raises(StoreError, match=r"cannot \(Is a directory\); change its rights, or name another one"):
            look()


def test_folder_in_use_is_refused_until_it_is_closed(tmp_path: Path) -> None:
    store = open_store(tmp_path, Settings())
    with pytest.raises(StoreError, match=f"in use by process {os.getpid()}; stop that one, or name another folder"):
        open_store(tmp_path, Settings())
    store.close()
    open_store(tmp_path, Settings()).close()


def test_folder_of_an_older_version_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Step by step, and all at once or not at all."""
    store = open_store(tmp_path, Settings())
    store.sessions.begin_call("s")
    store.close()
    steps = (*schema.STEPS, ("ALTER TABLE sessions ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'",), ("CREATE TABLE",))
    monkeypatch.setattr(folders, "STEPS", steps)
    monkeypatch.setattr(folders, "VERSION", len(steps))
    with pytest.raises(StoreError, match="cannot be read"):
        open_store(tmp_path, Settings())
    assert read(tmp_path, "PRAGMA user_version") == [(schema.VERSION,)]
    monkeypatch.setattr(folders, "STEPS", steps[:-1])
    monkeypatch.setattr(folders, "VERSION", len(steps) - 1)
    store = open_store(tmp_path, Settings())
    try:
        assert store.sessions.begin_call("s") == 2
    finally:
        store.close()
    assert read(tmp_path, "SELECT mood FROM sessions WHERE id >= 100") == [("calm",)]
    assert read(tmp_path, "PRAGMA user_version") == [(schema.VERSION + 1,)]


def read(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        return connection.execute(sql).fetchall()


def test_halves_and_orphans_are_removed_when_it_is_opened(tmp_path: Path) -> None:
    store = open_store(tmp_path, Settings())
    writer = store.blobs.create()
    writer.write(b"held")
    name = writer.finish()
    store.objects.add("s", "file", "f_1", b"{}", blobs=[name])
    half = store.blobs.create()
    half.write(b"half")
    half.finish()
    (tmp_path / "blobs" / "orphan").write_bytes(b"x")
    assert len(list((tmp_path / "halves").iterdir())) == 1
    store.close()
    store = open_store(tmp_path, Settings())
    try:
        assert [path.name for path in (tmp_path / "blobs").iterdir()] == [name]
        assert list((tmp_path / "halves").iterdir()) == []
    finally:
        store.close()


def test_file_of_a_content_goes_with_its_last_object(tmp_path: Path) -> None:
    store = open_store(tmp_path, Settings())
    try:
        for object_id in ("f_1", "f_2"):
            writer = store.blobs.create()
            writer.write(b"same")
            store.objects.add("s", "file", object_id, b"{}", blobs=[writer.finish()])
        assert len(list((tmp_path / "blobs").iterdir())) == 1
        store.objects.remove("s", "file", "f_1")
        store._sweeper.sweep()
        assert len(list((tmp_path / "blobs").iterdir())) == 1
        store.objects.remove("s", "file", "f_2")
        store._sweeper.sweep()
        assert list((tmp_path / "blobs").iterdir()) == list((tmp_path / "halves").iterdir()) == []
    finally:
        store.close()


def test_store_that_is_opened_twice_keeps_its_locks(tmp_path: Path) -> None:
    """Else who looks at the folder from another process would remove the log."""
    look = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM numbers'); c.close()"
    with closing(open_store(tmp_path / "kept", Settings())):
        with pytest.raises(StoreError, match="is in use by process"):
            open_store(tmp_path / "kept", Settings())
        subprocess.run([sys.executable, "-c", look, str(tmp_path / "kept" / DATABASE)], check=True)
        assert (tmp_path / "kept" / f"{DATABASE}-wal").exists()
