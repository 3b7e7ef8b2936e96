"""A folder that is let go and held again, by the same process or another, and what killed processes leave in it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from mockserver.records.settings import Settings
from mockserver.store import Departure, Thread
from mockserver.store.errors import StoreClosedError, StoreError
from mockserver.store.sqlite import SqliteStore, folder, open_store
from mockserver.store.sqlite.holdings import clear, is_in_use, read_holdings
from tests.store.conformance.subject import record


@contextmanager
def opened(*paths: Path, slot: int | None = None) -> Iterator[SqliteStore]:
    with ExitStack() as stack:
        for path in paths:
            store = open_store(path, Settings(), shared=slot is not None, slot=slot or 0)
            stack.callback(store.close)
        yield store


def test_store_that_is_closed_says_so_until_it_is_opened_again(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.counters.take("s", "script", None)
        store.journal.append("s", record(), Departure())
        store.close()
        for use in (
            lambda: store.sessions.begin_call("s"),
            lambda: store.counters.take("s", "script", None),
            lambda: store.journal.append("s", record(), Departure()),
            lambda: store.journal.entries(),
            lambda: store.scripts.active("s"),
            lambda: store.objects.count("s", "file"),
            lambda: store.usage(),
            lambda: store.reset(),
        ):
            with pytest.raises(StoreClosedError, match="its server was stopped; start it again"):
                use()
        store.close()
        store.open()
        store.open()
        assert store.counters.take("s", "script", None) == 1
        assert store.journal.append("s", record(), Departure()) == 2
        assert len(store.journal.entries()) == 2


def test_what_others_changed_meanwhile_is_seen(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert store.overrides.active("s").unmatched == "auto"
        store.close()
        with opened(tmp_path) as other:
            other.overrides.change("s", {"unmatched": "error"})
            with pytest.raises(StoreError, match="in use by process"):
                store.open()
            assert other.overrides.active("s").unmatched == "error"
        store.open()
        assert store.overrides.active("s").unmatched == "error"


def leave_unfinished(store: SqliteStore, name: str) -> None:
    """An answer on its way, of a thread."""
    store.threads.add(name, "msg_1", Thread(b"{}", (b"[]",)))
    store.threads.add(name, "msg_2", Thread(b"{}", (b"[]", b"[]")), "msg_1")
    store.journal.append(name, record())


def is_unfinished(store: SqliteStore, name: str) -> bool:
    (entry,) = store.journal.entries(name)
    turn = store.threads.get(name, "msg_1")
    assert turn is not None
    assert turn.is_busy is (entry.departure is None)
    assert entry.departure in (None, Departure(hung_up=True))
    return turn.is_busy


def test_answers_on_their_way_end_with_their_process(tmp_path: Path) -> None:
    with opened(tmp_path, slot=0) as parent:
        with opened(tmp_path, slot=1) as first, opened(tmp_path, slot=2) as second:
            leave_unfinished(first, "one")
            leave_unfinished(second, "two")
            assert is_unfinished(parent, "one")
            assert is_unfinished(parent, "two")
        # Another worker in the place of the first one alone.
        with opened(tmp_path, slot=1):
            assert not is_unfinished(parent, "one")
            assert is_unfinished(parent, "two")
    with opened(tmp_path) as alone:
        assert not is_unfinished(alone, "two")


def test_workers_of_a_killed_server_are_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, slot=0):
        pass
    waits: list[float] = []
    with opened(tmp_path, slot=1) as worker:
        monkeypatch.setattr(folder, "_PATIENCE", -1.0)
        with pytest.raises(StoreError, match="workers of a server that was killed still use"):
            open_store(tmp_path, Settings())
        folder.lock(tmp_path).close()  # a server that was refused holds nothing
        assert is_in_use(tmp_path)
        with pytest.raises(StoreError, match="but workers of one that was killed use"):
            clear(tmp_path)

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            worker.close()

        monkeypatch.setattr(folder, "_PATIENCE", 20.0)
        monkeypatch.setattr(folder, "sleep", sleep)
        with opened(tmp_path):
            assert len(waits) == 1


def test_folder_is_in_use_as_long_as_it_is_held(tmp_path: Path) -> None:
    assert not is_in_use(tmp_path)
    with opened(tmp_path):
        assert is_in_use(tmp_path)
    assert not is_in_use(tmp_path)
    with (tmp_path / folder.LOCK).open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert is_in_use(tmp_path)


def test_folder_is_cleared_of_what_is_the_stores(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    with opened(path) as store:
        writer = store.blobs.create()
        writer.write(b"content")
        store.objects.add("s", "file", "file_1", b"{}", blobs=[writer.finish()])
        store.journal.append("s", record(), Departure())
        (path / "notes.txt").write_text("mine")
        with pytest.raises(StoreError, match="in use by process"):
            clear(path)
    held = read_holdings(path)
    assert (held.version, held.counts, held.objects) == (1, {"sessions": 1, "entries": 1, "scripts": 0}, {"file": 1})
    assert clear(path).counts == held.counts
    assert {each.name for each in path.rglob("*") if each.is_file()} <= {"notes.txt", "lock", "workers", "slots"}
    with opened(path) as store:
        assert store.sessions.names() == ()


def test_folder_of_another_version_or_a_broken_one_can_be_looked_at_and_cleared(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"has no store\.db; name the one that was given to --store"):
        read_holdings(tmp_path)
    (tmp_path / "store.db").write_bytes(b"no database" * 500)
    assert (read_holdings(tmp_path).version, read_holdings(tmp_path).counts) == (None, None)
    assert clear(tmp_path).bytes == 5500
    with opened(tmp_path) as store:
        store._data.database.run("PRAGMA user_version = 99")
    assert (read_holdings(tmp_path).version, read_holdings(tmp_path).counts) == (99, None)
