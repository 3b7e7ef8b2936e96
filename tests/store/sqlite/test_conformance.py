"""The store in SQLite does what every store must do, alone and when several processes share its folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from mockserver.records.settings import Settings
from mockserver.store import Store
from mockserver.store.sqlite import SqliteStore, open_store, sessions
from mockserver.store.sqlite.blobs import SqliteBlobs
from mockserver.store.sqlite.journal import SqliteJournal
from mockserver.store.sqlite.objects import SqliteObjects
from tests.store.conformance import StoreConformance

# What belongs to one request is done by one process: it takes a content that it has written itself, and finishes an
# entry that it has appended.
PINNED = {(SqliteBlobs, "create"), (SqliteObjects, "add"), (SqliteJournal, "append"), (SqliteJournal, "finish")}


class Alternating:
    """A part of two stores on one folder; each operation is done by the other one than the one before."""

    def __init__(self, parts: list[Any]) -> None:
        self._parts = parts
        self._turns = count()

    def __getattr__(self, name: str) -> Any:
        if name in PARTS:
            return Alternating([getattr(part, name) for part in self._parts])
        turn = 0 if (type(self._parts[0]), name) in PINNED else next(self._turns)
        return getattr(self._parts[turn % len(self._parts)], name)


PARTS = {
    *("sessions", "counters", "scripts", "server_scripts", "journal", "stats", "threads", "prompt_cache"),
    *("fingerprints", "faults", "overrides", "clocks", "objects", "blobs"),
}


class SqliteConformance(StoreConformance):
    """Stores in folders of their own, closed at the end."""

    most_lost = 50

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setattr(sessions, "MOST_LOST", self.most_lost)
        self.path, self.folders, self.opened = tmp_path, count(), list[SqliteStore]()
        yield
        for store in self.opened:
            store.close()

    def open_in(self, folder: Path, *given: Any, **options: Any) -> SqliteStore:
        """A store that is closed at the end."""
        store = open_store(folder, *given, **options)
        self.opened.append(store)
        return store


class TestSqliteStore(SqliteConformance):
    """All subjects."""

    def make_store(self, settings: Settings, monotonic: Callable[[], float]) -> Store:
        return self.open_in(self.path / str(next(self.folders)), settings, monotonic)


class TestSharedFolder(SqliteConformance):
    """All subjects, each operation by another store than the one before."""

    def make_store(self, settings: Settings, monotonic: Callable[[], float]) -> Store:
        folder = self.path / str(next(self.folders))
        stores = [self.open_in(folder, settings, monotonic, shared=True, slot=slot) for slot in range(2)]
        # Names that are keys are known only to the process that heard them.
        stores[1]._data.names = stores[0]._data.names
        return cast("Store", Alternating(stores))
