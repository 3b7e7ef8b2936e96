"""Requests that may take long are answered in threads beside the event loop, so that others are answered meanwhile.

Which these are is known by the request, and by the caller: after an answer that took long, the same caller is answered
there for a while, and so are callers not heard of before.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Lock, Thread
from typing import Any, Generic, TypeVar

from msgspec import Struct

from mockserver.records.call import Call
from mockserver.serving.service import CONTROL, Exchange
from mockserver.store.errors import StoreClosedError
from mockserver.store.protocols import Runner

T = TypeVar("T")
# Bytes of a body from which answering may take long. Scenarios sent to a running server take longer for each byte.
LARGE, LARGE_CONTROL = 256 * 1024, 8 * 1024
# What is about the whole journal, all scenarios or all sessions may take long without a body.
_READERS = (
    *("requests", "events", "export", "verify", "scenarios", "stats", "metrics", "reset"),
    *("fixtures", "sessions", "batches", "files"),
)
READERS = tuple(f"{CONTROL}{name}" for name in _READERS)
# What says how much there is waits until the journal is written, and has a thread of its own: nobody waits long for it.
HEALTH = f"{CONTROL}health"
# What continues a thread is read with all that was said before.
CONTINUES = b"previous_message_id"
# A request that names files is read with their contents.
NAMES_FILES = b"file_id"
# Seconds of processor time from which an answer took long, and seconds for which its caller is remembered.
LONG, REMEMBERED = 0.05, 1.0
# So many callers are remembered.
MOST = 10_000
# So many functions of the user run at a time.
FUNCTIONS = 64


def is_heavy(call: Call) -> bool:
    """Whether answering a request may take long: its body is large, packed, or names what is large, or it reads
    the journal.
    """
    size = call.size
    if not call.path.startswith(CONTROL):
        return size > LARGE or "content-encoding" in call.headers or CONTINUES in call.body or NAMES_FILES in call.body
    return size > LARGE_CONTROL or call.path.startswith((*READERS, HEALTH)) or CONTINUES in call.body


class Job(Struct, Generic[T], frozen=True, eq=False):
    """A request that is to be answered, and the future of the event loop that waits for its answer."""

    answer: Callable[[Call], T]
    call: Call
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[T]

    def do(self) -> None:
        """Answer the request, unless nobody waits for it any more."""
        exchange = None
        try:
            # The store is closed when the server has stopped meanwhile.
            with suppress(StoreClosedError):
                if not self.future.cancelled():
                    exchange = self.answer(self.call)
        finally:
            # The loop is closed when the server has stopped meanwhile.
            with suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self._settle, exchange)

    def _settle(self, exchange: T | None) -> None:
        if self.future.done():
            return
        if exchange is None:
            self.future.set_exception(RuntimeError("answering failed in its thread, which has shown the traceback"))
        else:
            self.future.set_result(exchange)


class Lane:
    """Does jobs in threads, a few at a time: of several callers each in turn, of one caller in their order.

    One thread for what computes, since each more makes the event loop wait longer for its turn. A server that is told
    to stop does not wait for it.

    Args:
        most: how many jobs are done at a time.
    """

    def __init__(self, most: int = 1) -> None:
        self._lock = Lock()
        self._waiting: dict[int, deque[Job[Any]]] = {}
        self._free = most

    def add(self, caller: int, job: Job[Any]) -> None:
        """Do a job when it is its caller's turn."""
        with self._lock:
            self._waiting.setdefault(caller, deque()).append(job)
            if self._free:
                self._start_next()

    def _start_next(self) -> None:
        """Start the first job of the caller who has waited longest, if there is one. With the lock alone."""
        caller = next(iter(self._waiting), None)
        if caller is None:
            return
        self._free -= 1
        # The caller's other jobs come behind those of others.
        jobs = self._waiting.pop(caller)
        job = jobs.popleft()
        if jobs:
            self._waiting[caller] = jobs
        Thread(target=self._work, args=(job,), name="heavy request", daemon=True).start()

    def _work(self, job: Job[Any]) -> None:
        try:
            job.do()
        finally:
            with self._lock:
                self._free += 1
                self._start_next()


class HeavyWorker:
    """Answers requests here, in the event loop, or beside it: large bodies, readers of the journal, and callers whose
    answers take long. These do not wait for each other; the bodies of several are not in memory at once.

    Args:
        run: calls what uses the store in the event loop; None: the store waits for no other machine.
    """

    def __init__(self, run: Runner | None = None) -> None:
        self._run = run
        self._bodies, self._readers, self._health, self._slow = Lane(), Lane(), Lane(), Lane()
        self._functions = Lane(FUNCTIONS)
        # Callers by the hash of their session or key: until when, in monotonic time, their requests may take long.
        self._callers: dict[int, float] = {}
        self._busy_until = 0.0

    async def answer(self, answer: Callable[[Call], Exchange], call: Call) -> Exchange:
        """Answer a request."""
        caller = hash(call.session)
        timed = partial(self._time, answer, caller)
        if is_heavy(call):
            lane = self._choose(call.path)
        # In busy times those are suspect of whom nothing is known.
        elif self._busy_until and time.monotonic() < self._callers.get(caller, self._busy_until):
            lane = self._slow
        elif self._run is None:
            return timed(call)
        else:
            # Others are answered while it waits, so it is not known how long it takes.
            return await self._run(answer, call)
        return await _do(lane, caller, timed, call)

    async def answer_later(self, later: Callable[[], Exchange], call: Call) -> Exchange:
        """Answer a request whose answer waits for functions of the user."""
        return await _do(self._functions, hash(call.session), lambda _: later(), call)

    async def read(self, read: Callable[[], T], call: Call) -> T:
        """Read the journal for a call."""
        return await _do(self._readers, hash(call.session), lambda _: read(), call)

    def _choose(self, path: str) -> Lane:
        if path.startswith(HEALTH):
            return self._health
        return self._readers if path.startswith(CONTROL) else self._bodies

    def _time(self, answer: Callable[[Call], Exchange], caller: int, call: Call) -> Exchange:
        begun, start = time.monotonic(), time.thread_time()
        exchange = answer(call)
        until = 0.0
        # The processor's clock is slow to read, and never ahead of the other one.
        if time.monotonic() - begun > LONG and time.thread_time() - start > LONG:
            until = self._busy_until = time.monotonic() + REMEMBERED
        if len(self._callers) >= MOST:
            self._callers.clear()
        # A quick answer in a busy time does not clear its caller of the slow one before.
        self._callers[caller] = max(until, self._callers.get(caller, 0.0))
        return exchange


async def _do(lane: Lane, caller: int, answer: Callable[[Call], T], call: Call) -> T:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    job = Job(answer, call, loop, future)
    lane.add(caller, job)
    return await future
