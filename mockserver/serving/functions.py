"""Calls functions of the user: each in a thread of its own, so that one that never ends blocks nobody but itself."""

from __future__ import annotations

import asyncio
import inspect
import logging
import traceback
from collections.abc import Awaitable
from concurrent.futures import Future, wait
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any

from mockserver.records.functions import Function, GoneError, OutOfTimeError
from mockserver.records.masks import show_text
from mockserver.records.prompt import Prompt

LOGGER = logging.getLogger("mockserver")
CALLERS = (__file__, str(Path(asyncio.__file__).parent))


def call_function(function: Function, prompt: Prompt, seconds: float) -> Any:
    """What a function returns, sync or async; the console gets the traceback of what it raises.

    Raises:
        GoneError: it is not there any more.
        OutOfTimeError: it takes more than so many seconds. A sync function runs on: Python cannot stop it.
        BaseException: what it raises.
    """
    future: Future[Any] = Future()
    # A daemon, so that the program can end while it runs.
    Thread(target=_run, args=(function, prompt, seconds, future), name=function.name, daemon=True).start()
    if not wait([future], seconds).done:
        raise OutOfTimeError
    error = future.exception()
    if error is not None and not isinstance(error, OutOfTimeError | GoneError):
        trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        LOGGER.error("the function %s failed\n%s", show_text(function.name), show_text(trace))
    return future.result()


def _run(function: Function, prompt: Prompt, seconds: float, future: Future[Any]) -> None:
    try:
        value = function.call(prompt)
        if inspect.isawaitable(value):
            value = asyncio.run(_await(value, seconds))
        future.set_result(value)
    except BaseException as error:  # told by whoever waits for the future
        future.set_exception(error.with_traceback(_skip_ours(error.__traceback__)))


def _skip_ours(trace: TracebackType | None) -> TracebackType | None:
    """The lines from the function on: what calls it says nothing to its author."""
    while trace is not None and trace.tb_next is not None and trace.tb_frame.f_code.co_filename.startswith(CALLERS):
        trace = trace.tb_next
    return trace


async def _await(value: Awaitable[Any], seconds: float) -> Any:
    """Await a value; what takes too long is cancelled by the end of its event loop, since nobody waits for it."""
    task = asyncio.ensure_future(value)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        raise OutOfTimeError
    return task.result()
