"""Requests that may take long are answered in a thread beside the event loop, so that others are answered meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread

from msgspec import Struct

from mockserver.records.call import Call
from mockserver.serving.service import CONTROL, Exchange

# Bytes of a body from which answering may take long. Scenarios sent to a running server take longer for each byte.
LARGE, LARGE_CONTROL = 256 * 1024, 8 * 1024
# What reads the whole journal may take long without a body.
READERS = (f"{CONTROL}requests", f"{CONTROL}verify")


def is_heavy(call: Call) -> bool:
    """Whether answering a request may take long: it has a large body, or reads the journal."""
    size = len(call.body)
    if not call.path.startswith(CONTROL):
        return size > LARGE
    return size > LARGE_CONTROL or call.path.startswith(READERS)


class Job(Struct, frozen=True, eq=False):
    """A request that is to be answered, and the future of the event loop that waits for its answer."""

    answer: Callable[[Call], Exchange]
    call: Call
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Exchange]

    def do(self) -> None:
        """Answer the request, unless nobody waits for it any more."""
        exchange = None
        try:
            if not self.future.cancelled():
                exchange = self.answer(self.call)
        finally:
            # The loop is closed when the server has stopped meanwhile.
            with suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self._settle, exchange)

    def _settle(self, exchange: Exchange | None) -> None:
        if self.future.done():
            return
        if exchange is None:
            self.future.set_exception(RuntimeError("answering failed in its thread, which has shown the traceback"))
        else:
            self.future.set_result(exchange)


class HeavyWorker:
    """Answers requests in threads, one after the other: the bodies of several are not in memory at once.

    A server that is told to stop does not wait for them.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[Job] = deque()
        self._is_busy = False

    async def run(self, answer: Callable[[Call], Exchange], call: Call) -> Exchange:
        """Answer a request while the event loop goes on."""
        loop = asyncio.get_running_loop()
        job = Job(answer, call, loop, loop.create_future())
        self._waiting.append(job)
        self._start_next(is_done=False)
        return await job.future

    def _start_next(self, *, is_done: bool) -> None:
        """Start the next job, unless there is none, or another is being done."""
        with self._lock:
            if self._is_busy and not is_done:
                return
            self._is_busy = bool(self._waiting)
            if self._is_busy:
                Thread(target=self._work, args=(self._waiting.popleft(),), name="heavy request", daemon=True).start()

    def _work(self, job: Job) -> None:
        try:
            job.do()
        finally:
            self._start_next(is_done=True)
