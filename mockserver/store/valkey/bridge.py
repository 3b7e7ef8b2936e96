"""Lets code that is not async wait for the engine without holding up the event loop.

``run`` calls a function in a greenlet of its own. Where an operation of the store deep below it has to wait, it calls
``wait``, which hands an awaitable up to ``run``; the event loop does other things until that is done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any, TypeVar, cast

from greenlet import getcurrent, greenlet

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
    return cast("T", parent.switch(awaitable))
