"""Lets code that is not async wait for the engine without holding up the event loop.

``run`` calls a function in a greenlet of its own. Where an operation of the store deep below it has to wait, it calls
``wait``, which hands a future up to ``run``; the event loop does other things until that is done. What others do then
takes nothing of the seconds of the request under way. A function that has begun comes to its end, as it does with a
store that waits for nothing: who is cancelled meanwhile hears of it then.
"""

from __future__ import annotations

from asyncio import CancelledError, Future, shield
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, TypeVar, cast

from greenlet import getcurrent, greenlet

from mockserver.records.budget import uncounted

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
    cancelled: CancelledError | None = None
    while not caller.dead:
        try:
            value = await shield(result)
        except CancelledError as error:  # noqa: PERF203  each error is the function's own
            if result.cancelled():
                result = caller.throw(error)
            else:
                cancelled = error
        except BaseException as error:
            result = caller.throw(error)
        else:
            result = caller.switch(value)
    if cancelled is not None:
        raise cancelled
    return cast("T", result)


def can_wait() -> bool:
    """Whether this code was called by ``run``."""
    return isinstance(getcurrent(), _Caller)


def wait(future: Future[T]) -> T:
    """Wait until it is done; only where ``can_wait`` says so."""
    parent = cast("greenlet", getcurrent().parent)
    with uncounted():
        return cast("T", parent.switch(future))
