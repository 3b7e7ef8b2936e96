"""What is left over is removed, and a full disk leaves nothing half."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mockserver.records.settings import Settings
from mockserver.store import Departure, Thread
from mockserver.store.errors import StoreFullError
from mockserver.store.sqlite import SqliteStore, open_store, schema
from tests.store.conformance.sessions import fill
from tests.store.conformance.subject import record

LARGE = b"x" * 300_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """A store of few entries."""
    store = open_store(tmp_path, Settings(journal_entries=3))
    yield store
    store.close()


def count(store: SqliteStore, table: str) -> int:
    return int(store._data.database.run(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608


def grow(store: SqliteStore) -> None:
    """Everything that a session can have, some of it too large for one row."""
    fill(store, "s")
    store.fingerprints.exchange("s", "msg_1", b"print", None, 0.0)
    store.objects.add("s", "file", "f_1", b"{}")
    store.objects.remove("s", "file", "f_1")
    store.journal.append("s", record(LARGE), Departure())
    store.threads.add("s", "msg_2", Thread(b"{}", (LARGE,)))
    store.journal.entries()


@pytest.mark.parametrize("end", ["reset", "forget", "reset all"])
def test_nothing_is_left_of_a_session_that_ended(store: SqliteStore, end: str) -> None:
    grow(store)
    assert all(count(store, table) for table in (*schema.OWNED, "pieces"))
    ends: dict[str, Callable[[], None]] = {
        "reset": lambda: store.reset("s"),
        "forget": lambda: store.forget("s"),
        "reset all": store.reset,
    }
    ends[end]()
    store._sweeper.sweep()
    store._sweeper.sweep()
    assert {table: count(store, table) for table in (*schema.OWNED, "pieces", "graves", "objects")} == dict.fromkeys(
        (*schema.OWNED, "pieces", "graves", "objects"), 0
    )


def test_large_entries_that_make_room_leave_nothing(store: SqliteStore) -> None:
    for _ in range(5):
        store.journal.append("s", record(LARGE), Departure())
    assert len(store.journal.entries("s")) == 3
    store._sweeper.sweep()
    assert count(store, "pieces") == 3 * 5
    store.journal.clear("s")
    store._sweeper.sweep()
    store._sweeper.sweep()
    assert (count(store, "pieces"), count(store, "entries")) == (0, 0)


def test_what_a_killed_process_left_is_removed_at_the_next_start(tmp_path: Path) -> None:
    store = open_store(tmp_path, Settings())
    store.journal.append("s", record(LARGE), Departure())
    store.journal.entries()
    database = store._data.database
    database.run("INSERT INTO pieces VALUES (4711, 0, x'00')")
    database.run("INSERT INTO counters VALUES (4711, x'00', 1, NULL)")
    store.close()
    store = open_store(tmp_path, Settings())
    try:
        store._sweeper.sweep()
        assert (count(store, "pieces"), count(store, "counters")) == (5, 0)
        assert store.journal.entries("s")[0].record.call.body == LARGE
    finally:
        store.close()


def test_figures_of_many_that_ended_become_one_row(store: SqliteStore) -> None:
    for number in range(5):
        store.sessions.begin_call(f"s{number}")
        store.stats.count(f"s{number}", record(), Departure())
        store.stats.read()
        store.forget(f"s{number}")
    store._sweeper.sweep()
    assert (count(store, "stats"), store.stats.read().requests) == (1, 5)
    store.reset()
    store.stats.count("other", record(), Departure())
    assert (store.stats.read().requests, store.stats.lifetime().requests) == (1, 6)


def test_old_things_expire(store: SqliteStore) -> None:
    store.sessions.begin_call("old")
    writer = store.blobs.create()
    writer.write(b"content")
    store.objects.add("s", "file", "f_1", b"{}", blobs=[writer.finish()])
    store.journal.append("s", record(LARGE), Departure())
    store.journal.entries()
    database = store._data.database
    database.run("UPDATE sessions SET used_at = 10 WHERE used > 0")
    database.run("UPDATE entries SET written_at = 10")
    database.run("UPDATE objects SET written_at = 10")
    store.sessions.begin_call("young")
    store.sessions.touch("s")
    store.journal.append("s", record(), Departure())
    store.objects.add("s", "file", "f_2", b"{}")
    store.expire(20.0)
    assert store.sessions.names() == ("young", "s")
    assert [entry.number for entry in store.journal.entries("s")] == [2]
    assert [each.id for each in store.objects.page("s", "file", 9).objects] == ["f_2"]
    assert (store.blobs.held(), count(store, "blobs")) == (0, 0)


def test_full_disk_refuses_and_leaves_nothing_half(store: SqliteStore) -> None:
    store.sessions.begin_call("s")
    database = store._data.database
    pages = database.run("PRAGMA page_count")[0][0]
    database.run(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFullError, match="The disk takes no more"):
        [store.objects.add("s", "file", f"f_{number}", LARGE) for number in range(100)]
    before = store.usage()
    assert not any(each.data != LARGE for each in store.objects.page("s", "file", 100).objects)
    store.journal.append("s", record(LARGE), Departure())
    assert store.journal.entries() == ()
    database.run(f"PRAGMA max_page_count = {pages * 100}")
    # It goes on when there is room again.
    assert store.usage() == before
    store.objects.add("s", "file", "f_1", LARGE)
    number = store.journal.append("s", record(LARGE), Departure())
    assert [entry.number for entry in store.journal.entries()] == [number]


def test_log_is_moved_into_the_database(store: SqliteStore) -> None:
    database = store._data.database
    store.sessions.begin_call("s")
    database.checkpoint(is_idle=True)
    log = database.path.with_name(f"{database.path.name}-wal")
    size = log.stat().st_size
    for _ in range(3):
        # Nothing to do: nothing was written since.
        database.checkpoint(is_idle=True)
    assert log.stat().st_size == size
    store.close()
    assert not log.exists()
