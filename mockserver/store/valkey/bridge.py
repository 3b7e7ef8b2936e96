"""Lets code that is not async wait for the engine without holding up the event loop.

``run`` calls a function in a greenlet of its own. Where an operation of the store deep below it has to wait, it calls
``wait``, which hands an awaitable up to ``run``; the event loop does other things until that is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any, TypeVar, cast

from greenlet import getcurrent, greenlet

from mockserver.records import budget

T = TypeVar("T")


class _Caller(greenlet):
    """The greenlet of a function that was called by ``run``."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function, getcurrent())
        # What the function sets there is gone when it has returned.
        self.gr_context = copy_context()


async def run(function: Callable[..., T], *args: object) -> T:
    """Call a function that may ``wait``; returns what it returns, and raises what it raises."""
    caller = _Caller(function)
    result = caller.switch(*args)
    while not caller.dead:
        try:
            value = await result
        except BaseException as error:  # noqa: PERF203  each of them is the function's own
            result = caller.throw(error)
        else:
            result = caller.switch(value)
    return cast("T", result)


def can_wait() -> bool:
    """Whether this code was called by ``run``."""
    return isinstance(getcurrent(), _Caller)


def wait(awaitable: Awaitable[T]) -> T:
    """Wait until it is done; only where ``can_wait`` says so."""
    parent = cast("greenlet", getcurrent().parent)
    if not budget.is_timed():
        return cast("T", parent.switch(awaitable))
    # What others compute in this thread meanwhile is not this request's.
    with budget.uncounted():
        return cast("T", parent.switch(awaitable))


def apart(function: Callable[[], T]) -> T:
    """Call a function that blocks, or holds a lock while it waits: beside the event loop, if it was called by ``run``.

    In one thread a lock keeps nobody out.
    """
    return wait(asyncio.to_thread(function)) if can_wait() else function()
