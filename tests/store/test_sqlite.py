"""The store in SQLite does what every store must do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mockserver.records.settings import Settings
from mockserver.store import Store
from mockserver.store.sqlite import SqliteStore, open_store
from tests.store.conformance import StoreConformance


class TestSqliteStore(StoreConformance):
    """All subjects."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> Iterator[None]:
        self.folder, self.opened = tmp_path, list[SqliteStore]()
        yield
        for store in self.opened:
            store.close()

    def make_store(self, settings: Settings, monotonic: Callable[[], float]) -> Store:
        store = open_store(self.folder / str(len(self.opened)), settings, monotonic)
        self.opened.append(store)
        return store
