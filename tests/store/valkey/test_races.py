"""What others do on the same thread while a call waits for the engine, and callers that go away meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from mockserver.records import budget
from mockserver.store.valkey import bridge

Futures = list[asyncio.Future[int]]


async def begin(function: Callable[[Callable[[], int]], int]) -> tuple[asyncio.Task[int], Futures]:
    """Begins a function in a bridge, which is given one that waits; the futures are those it waits for."""
    futures: Futures = []

    def wait() -> int:
        futures.append(asyncio.get_running_loop().create_future())
        return bridge.wait(futures[-1])

    task = asyncio.ensure_future(bridge.run(function, wait))
    await asyncio.sleep(0)
    return task, futures


def burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_seconds_of_others_are_not_those_of_the_request() -> None:
    def work(wait: Callable[[], int]) -> int:
        with budget.guard():
            before = budget.seconds_left()
            wait()
            return round(1000 * (before - budget.seconds_left()))

    async def interleave() -> int:
        task, (future,) = await begin(work)
        burn(0.2)
        future.set_result(0)
        return await task

    assert asyncio.run(interleave()) < 100


def test_own_seconds_are_counted_after_waiting_too() -> None:
    def work(wait: Callable[[], int]) -> int:
        with budget.guard():
            before = budget.seconds_left()
            burn(0.05)
            wait()
            burn(0.05)
            return round(1000 * (before - budget.seconds_left()))

    async def interleave() -> int:
        task, (future,) = await begin(work)
        future.set_result(0)
        return await task

    assert asyncio.run(interleave()) >= 100


def test_budgets_of_calls_that_interleave_are_their_own() -> None:
    def work(wait: Callable[[], int]) -> int:
        with budget.guard():
            own = budget.current_work()
            wait()
            return int(own is budget.current_work())

    async def interleave() -> list[int]:
        begun = [await begin(work) for _ in range(3)]
        for _, (future,) in reversed(begun):
            future.set_result(0)
        return [await task for task, _ in begun]

    assert asyncio.run(interleave()) == [1, 1, 1]


def test_function_of_a_cancelled_caller_comes_to_its_end() -> None:
    done: list[int] = []

    def work(wait: Callable[[], int]) -> int:
        done.append(wait())
        done.append(wait())
        return 3

    async def interleave() -> bool:
        task, futures = await begin(work)
        for number in (1, 2):
            task.cancel()
            await asyncio.sleep(0)
            futures[-1].set_result(number)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        with suppress(asyncio.CancelledError):
            await task
        return task.cancelled()

    assert asyncio.run(interleave())
    assert done == [1, 2]


def test_errors_come_through_to_the_function_and_its_caller() -> None:
    def work(wait: Callable[[], int]) -> int:
        with pytest.raises(LookupError):
            wait()
        return wait()

    async def interleave() -> None:
        task, futures = await begin(work)
        futures[0].set_exception(LookupError())
        while len(futures) < 2:
            await asyncio.sleep(0)
        futures[1].set_exception(ArithmeticError())
        with pytest.raises(ArithmeticError):
            await task

    asyncio.run(interleave())


def test_cancelled_answer_of_the_engine_ends_the_function() -> None:
    async def interleave() -> bool:
        task, (future,) = await begin(lambda wait: wait())
        future.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return task.cancelled()

    assert asyncio.run(interleave())
