"""Functions that wait in an event loop: what is theirs alone stays theirs while others are at work."""

from __future__ import annotations

import asyncio
import time
from threading import Event, get_ident

import pytest

from mockserver.records import budget
from mockserver.store.valkey import bridge


async def nothing() -> str:
    """An answer at once."""
    return "done"


def test_others_take_nothing_of_a_call_s_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "thread_time", lambda: now)

    async def compute() -> None:
        nonlocal now
        now += 2 * budget.LIMITS.seconds

    def answer() -> tuple[float, float]:
        with budget.guard():
            before = budget.seconds_left()
            bridge.wait(compute())
            return before, budget.seconds_left()

    before, after = asyncio.run(bridge.run(answer))
    assert after == pytest.approx(before)


def test_what_blocks_is_done_beside_the_event_loop() -> None:
    is_done = Event()

    async def serve() -> tuple[bool, int]:
        blocked = asyncio.ensure_future(bridge.run(lambda: bridge.apart(lambda: (is_done.wait(30), get_ident()))))
        await asyncio.sleep(0)
        is_done.set()
        return await blocked

    was_done, thread = asyncio.run(serve())
    assert was_done
    assert thread != get_ident()


def test_what_blocks_is_done_at_once_elsewhere() -> None:
    assert bridge.apart(get_ident) == get_ident()


def test_answer_of_what_is_waited_for_comes_back() -> None:
    assert asyncio.run(bridge.run(lambda: bridge.wait(nothing()))) == "done"
