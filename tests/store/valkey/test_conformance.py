"""The store on an engine does what every store must do, alone and when several replicas share it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest

from mockserver.records.settings import Settings
from mockserver.store import Store
from mockserver.store.valkey import ValkeyStore, library, open_store
from mockserver.store.valkey.blobs import ValkeyBlobs
from mockserver.store.valkey.journal import ValkeyJournal
from mockserver.store.valkey.objects import ValkeyObjects
from tests.store.conformance import StoreConformance
from tests.store.sqlite.test_conformance import PARTS

# What belongs to one request is done by one replica.
PINNED = {(ValkeyBlobs, "create"), (ValkeyObjects, "add"), (ValkeyJournal, "append"), (ValkeyJournal, "finish")}


class Alternating:
    """A part of two stores on one engine; each operation is done by the other one than the one before.

    What a call leaves to be written is written: others wait for its place in the journal, which these calls have none.
    """

    def __init__(self, parts: list[Any], stores: list[ValkeyStore]) -> None:
        self._parts, self._stores = parts, stores
        self._turns = count()

    def __getattr__(self, name: str) -> Any:
        if name in PARTS:
            return Alternating([getattr(part, name) for part in self._parts], self._stores)
        for store in self._stores:
            store.journal.writer.flush()
        turn = 0 if (type(self._parts[0]), name) in PINNED else next(self._turns)
        return getattr(self._parts[turn % len(self._parts)], name)


class ValkeyConformance(StoreConformance):
    """Stores in name spaces of their own, closed at the end."""

    most_lost = 50

    @pytest.fixture(autouse=True)
    def _engine(self, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setattr(library, "MOST_LOST", self.most_lost)
        self.engine, self.path, self.opened = engine, tmp_path, list[ValkeyStore]()
        yield
        for store in self.opened:
            store.close()

    def open_at(self, name: str, settings: Settings, monotonic: Callable[[], float]) -> ValkeyStore:
        """A store that is closed at the end."""
        store = open_store(f"{self.engine}?name={name}&files={self.path / name}", settings, monotonic)
        self.opened.append(store)
        return store


class TestValkeyStore(ValkeyConformance):
    """All subjects."""

    def make_store(self, settings: Settings, monotonic: Callable[[], float]) -> Store:
        return self.open_at(uuid4().hex, settings, monotonic)


class TestReplicas(ValkeyConformance):
    """All subjects, each operation by another replica than the one before."""

    def make_store(self, settings: Settings, monotonic: Callable[[], float]) -> Store:
        name = uuid4().hex
        stores = [self.open_at(name, settings, monotonic) for _ in range(2)]
        # Names that are keys are known only to the replica that heard them.
        stores[1]._data.names = stores[0]._data.names
        return cast("Store", Alternating(stores, stores))
