"""Requests that may take long are answered in a thread beside the event loop, so that others are answered meanwhile.

Which these are is known by the size of the body, and by the caller: after an answer that took long, the same caller is
answered there for a while. So one who asks for much again and again holds up only itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Lock, Thread

from msgspec import Struct

from mockserver.records.call import Call
from mockserver.serving.service import CONTROL, Exchange

# Bytes of a body from which answering may take long. Scenarios sent to a running server take longer for each byte.
LARGE, LARGE_CONTROL = 256 * 1024, 8 * 1024
# What reads the whole journal may take long without a body.
READERS = (f"{CONTROL}requests", f"{CONTROL}verify")
# Seconds of processor time from which an answer took long, and seconds for which its caller is remembered.
LONG, REMEMBERED = 0.05, 1.0
# So many callers are remembered.
MOST = 1_000


def is_heavy(call: Call) -> bool:
    """Whether answering a request may take long: its body is large, or packed and may be, or it reads the journal."""
    size = len(call.body)
    if not call.path.startswith(CONTROL):
        return size > LARGE or "content-encoding" in call.headers
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
        # Callers by session or key, and until when, in monotonic time, their requests may take long.
        self._slow: dict[str, float] = {}

    async def answer(self, answer: Callable[[Call], Exchange], call: Call) -> Exchange:
        """Answer a request here, or in a thread when that may take long."""
        caller = call.session
        timed = partial(self._time, answer, caller)
        if is_heavy(call) or (self._slow and time.monotonic() < self._slow.get(caller, 0.0)):
            return await self.run(timed, call)
        return timed(call)

    def _time(self, answer: Callable[[Call], Exchange], caller: str, call: Call) -> Exchange:
        start = time.thread_time()
        exchange = answer(call)
        if time.thread_time() - start > LONG:
            if len(self._slow) >= MOST:
                self._slow.clear()
            self._slow[caller] = time.monotonic() + REMEMBERED
        return exchange

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
