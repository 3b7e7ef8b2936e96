"""The store that settings ask for, what is removed from it by its age, and who lets go of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from mockserver.records.clock import Clock
from mockserver.records.settings import Settings
from mockserver.serving import storing
from mockserver.serving.storing import StoreKeeper, open_store
from mockserver.store import Departure, MemoryStore, Store
from mockserver.store.sqlite import SqliteStore
from tests.sockets import until
from tests.store.conformance.subject import record

CLOCK = Clock(time.time, time.monotonic)
WEEK = 7 * 86_400.0


def test_store_is_in_memory_or_in_a_folder(tmp_path: Path) -> None:
    assert isinstance(open_store(Settings(), CLOCK), MemoryStore)
    store = open_store(Settings(store=str(tmp_path / "kept")), CLOCK)
    assert isinstance(store, SqliteStore)
    store.close()


class Recorder:
    """A store that only says what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def __getattr__(self, name: str) -> object:
        return lambda *given: self.asked.append((name, *given))


def keep(held: object, **settings: str) -> StoreKeeper:
    return StoreKeeper(held, Settings(**settings), lambda: WEEK + 1.0)  # type: ignore[arg-type]


def test_keeper_removes_what_is_old_at_once_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "SELDOM", 0.001)
    store = Recorder()
    keeper = keep(store, store="kept")
    keeper.open()
    until(lambda: store.asked.count(("expire", 1.0)) > 2)
    keeper.close()
    assert store.asked[0] == ("open",)
    assert store.asked[-1] == ("close",)
    assert {*store.asked} == {("open",), ("expire", 1.0), ("close",)}


@pytest.mark.parametrize("settings", [{}, {"store": "kept", "keep": "always"}])
def test_keeper_removes_nothing_in_memory_or_where_all_is_kept(settings: dict[str, str]) -> None:
    store = Recorder()
    keeper = keep(store, **settings)
    keeper.open()
    keeper.close()
    assert store.asked == [("open",), ("close",)]


def test_worker_leaves_that_to_the_process_that_started_it() -> None:
    store = Recorder()
    keeper = StoreKeeper(store, Settings(store="kept"), lambda: 0.0, is_worker=True)  # type: ignore[arg-type]
    keeper.open()
    keeper.close()
    assert store.asked == [("open",), ("close",)]


def test_failure_to_remove_is_told_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(storing, "SELDOM", 0.001)
    failures: list[float] = []

    class Broken(Recorder):
        def expire(self, before: float) -> None:
            failures.append(before)
            raise OSError("the disk is gone")

    keeper = keep(Broken(), store="kept")
    keeper.open()
    until(lambda: len(failures) > 1)
    keeper.close()
    assert "removing what is old from the store failed" in caplog.text
    assert "the disk is gone" in caplog.text


def fill(store: Store) -> None:
    store.sessions.begin_call("s")
    store.journal.append("s", record(), Departure())
    store.objects.add("s", "file", "file_1", b"{}")


def test_what_nobody_used_for_so_long_is_gone(tmp_path: Path) -> None:
    settings = Settings(store=str(tmp_path / "kept"), keep="12h")
    store = open_store(settings, CLOCK)
    fill(store)
    for hours, left in ((11, 1), (13, 0)):
        keeper = StoreKeeper(store, settings, lambda hours=hours: time.time() + hours * 3600)  # type: ignore[misc]
        keeper.open()
        keeper.close()
        store.open()
        held = (len(store.sessions.names()), len(store.journal.entries()), store.objects.count("s", "file"))
        assert held == (left, left, left)
    store.close()
