"""The ground of each subject: a new store for each test, threads that run at once, and a record of a call."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.store import CallRecord, Store

T = TypeVar("T")
WORKERS = 8


class ManualClock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Subject:
    """Tests of one subject. Each store's class says how a store is made."""

    clock: ManualClock
    # The lost sessions that are remembered; a store that takes long may try it with fewer.
    most_lost = 10_000

    def make_store(self, settings: Settings, monotonic: Callable[[], float]) -> Store:
        """A new and empty store."""
        raise NotImplementedError

    def open(self, **settings: Any) -> Store:
        """A new store with these settings, on a clock of its own."""
        self.clock = ManualClock()
        return self.make_store(Settings(**settings), self.clock)


def at_once(work: Callable[[int], T]) -> list[T]:
    """The results of ``work``, done by several threads that begin together and are interrupted all the time."""
    results: dict[int, T] = {}
    barrier = threading.Barrier(WORKERS)

    def run(number: int) -> None:
        barrier.wait(30)
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(WORKERS)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        sys.setswitchinterval(interval)
    assert len(results) == WORKERS
    return [results[number] for number in range(WORKERS)]


def record(body: bytes = b"{}", *, query: str = "", size: int = 0, **headers: str) -> CallRecord:
    """The record of a call with these headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return CallRecord(Call("POST", "/v1/messages", named, body, query, at=7.0), size=size)
