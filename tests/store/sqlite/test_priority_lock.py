"""The lock of the database: the event loop has it before the threads that answer large requests."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver import MockServer
from mockserver.store.sqlite import priority_lock
from mockserver.store.sqlite.priority_lock import PriorityLock
from tests.sockets import until


def start(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_first_thread_has_it_before_those_who_wait() -> None:
    lock, order = PriorityLock(), list[str]()

    def come_first() -> None:
        lock.first = threading.get_ident()
        with lock:
            order.append("first")

    def wait() -> None:
        with lock:
            order.append("other")

    with lock:
        others = [start(wait) for _ in range(3)]
        first = start(come_first)
        until(lambda: lock._is_wanted)
    for each in (first, *others):
        each.join(20)
    assert order == ["first", *["other"] * 3]


def test_others_stand_aside_while_the_first_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, aside, held = PriorityLock(), threading.Event(), threading.Event()
    monkeypatch.setattr(priority_lock, "sleep", lambda _: aside.set())

    def work() -> None:
        with lock:
            held.set()

    lock._is_wanted = True
    other = start(work)
    assert aside.wait(20)
    assert not held.is_set()
    lock._is_wanted = False
    other.join(20)
    assert held.is_set()


def test_one_thread_holds_it_at_a_time() -> None:
    lock, held, count, interval = PriorityLock(), [0], 2000, sys.getswitchinterval()

    def work() -> None:
        lock.first = lock.first or threading.get_ident()
        for _ in range(count):
            with lock, lock:
                held[0] += 1

    sys.setswitchinterval(1e-6)
    try:
        for worker in [start(work) for _ in range(5)]:
            worker.join(40)
    finally:
        sys.setswitchinterval(interval)
    assert held[0] == count * 5


def test_event_loop_of_a_server_is_first(tmp_path: Path) -> None:
    with MockServer(store=tmp_path / "kept") as server:
        running = server._server._running
        assert running is not None
        store = server._server._app.mock.store
        assert store._data.database.lock.first == running[1].ident  # type: ignore[attr-defined]
