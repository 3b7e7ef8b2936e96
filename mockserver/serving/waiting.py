"""Answers that wait for the journal: ``POST /_mock/verify?wait=5s`` asks anew when something has come, and who follows
the journal is told.

Nobody polls. A store tells only threads of changes: over a socket one thread waits for all clients of the server that
wait, and only while one does. Clients without a socket wait in a thread of their own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from threading import Lock, Thread
from typing import Protocol

from msgspec import Struct

from mockserver.records.call import Call
from mockserver.serving.service import Exchange
from mockserver.store.journals import JournalStore
from mockserver.store.protocols import Runner

# Seconds between two looks, at least; when a look takes longer, as many as that.
PAUSE = 0.02
# Seconds after which the thread looks whether anybody still waits, should nothing change.
LOOK = 1.0


def count_changes(journal: JournalStore) -> int:
    """The number of changes of a journal so far."""
    return journal.watch(-1, 0.0)


def answer_in_thread(answer: Callable[[], Exchange], journal: JournalStore) -> Exchange:
    """The answer that ``answer`` gives at last, for a caller who may be blocked."""
    started = time.monotonic()
    while True:
        seen, exchange = count_changes(journal), answer()
        left = started + exchange.wait - time.monotonic()
        if left <= 0 or journal.watch(seen, left) <= seen:
            return exchange


async def answer_beside_loop(answer: Callable[[], Exchange], journal: JournalStore) -> Exchange:
    """The same for an async caller without a socket, under asyncio or trio, who may be cancelled."""
    from anyio import to_thread  # comes with the async clients

    started = time.monotonic()
    while True:
        seen, exchange = count_changes(journal), await to_thread.run_sync(answer)
        changes = seen
        while changes <= seen:
            left = started + exchange.wait - time.monotonic()
            if left <= 0:
                return exchange
            # The thread goes on when its caller is cancelled, but not for long.
            changes = await to_thread.run_sync(journal.watch, seen, min(left, LOOK), abandon_on_cancel=True)


async def answer_here(answer: Callable[[Call], Exchange], call: Call, run: Runner | None) -> Exchange:
    """The answer for an async caller without a socket; under another library than asyncio, which a store that waits
    does not know, from a thread.
    """
    if run is None:
        return answer(call)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        from anyio import to_thread

        return await to_thread.run_sync(answer, call)
    return await run(answer, call)


async def answer_later(later: Callable[[], Exchange]) -> Exchange:
    """The answer that waits for functions of the user, for an async caller without a socket."""
    from anyio import to_thread

    return await to_thread.run_sync(later, abandon_on_cancel=True)


class Sleep(Protocol):
    """Waits so many seconds, or until the future is done; returns whether the client has gone away."""

    def __call__(self, seconds: float, until: asyncio.Future[None] | None = None, /) -> Awaitable[bool]:
        """Wait."""


class Waiter(Struct, frozen=True, eq=False):
    """Somebody who waits for another change than the ``seen`` first ones."""

    seen: int
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]

    def wake(self) -> None:
        """End the waiting, from any thread. The loop is closed when its server has stopped meanwhile."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        if not self.future.done():
            self.future.set_result(None)


class JournalWatch:
    """Waits for changes of a journal. One thread does for all who wait, and only while somebody does.

    Args:
        journal: whose changes are waited for.
        run: calls what uses the store in the event loop; None: the store waits for no other machine.
    """

    def __init__(self, journal: JournalStore, run: Runner | None = None) -> None:
        self._journal, self._run = journal, run
        self._lock = Lock()
        self._waiters: set[Waiter] = set()
        self._is_watching = False
        self.is_open = True

    def open(self) -> None:
        """Wait from now on."""
        self.is_open = True

    def close(self) -> None:
        """Wait no longer: whoever waits goes on as things are. For a server that stops."""
        self.is_open = False
        with self._lock:
            waiters = tuple(self._waiters)
        for waiter in waiters:
            waiter.wake()

    async def count_changes(self) -> int:
        """The number of changes so far."""
        if self._run is None:
            return count_changes(self._journal)
        return await self._run(count_changes, self._journal)

    async def wait(self, seen: int, seconds: float, sleep: Sleep) -> bool:
        """Wait for other changes than the ``seen`` first ones; whether to look again.

        False: the client has gone, or the time is over.
        """
        loop = asyncio.get_running_loop()
        waiter = Waiter(seen, loop, loop.create_future())
        self._add(waiter)
        try:
            # The thread may not know of a change that came before this waiter.
            if await self.count_changes() > seen or not self.is_open:
                waiter.wake()
            return not await sleep(seconds, waiter.future) and waiter.future.done()
        finally:
            with self._lock:
                self._waiters.discard(waiter)

    def _add(self, waiter: Waiter) -> None:
        with self._lock:
            self._waiters.add(waiter)
            if not self._is_watching:
                self._is_watching = True
                Thread(target=self._watch, name="journal watch", daemon=True).start()

    def _watch(self) -> None:
        """Wake those who wait, until there are none."""
        changes = count_changes(self._journal)
        while True:
            with self._lock:
                due = [waiter for waiter in self._waiters if waiter.seen < changes]
                self._waiters.difference_update(due)
                self._is_watching = bool(self._waiters)
            for waiter in due:
                waiter.wake()
            if not self._is_watching:
                return
            changes = self._journal.watch(changes, LOOK)


class PatientAnswerer:
    """Answers requests anew until their answer is final, or the time that they would wait is over.

    Args:
        watch: waits for the changes that may bring another answer.
    """

    def __init__(self, watch: JournalWatch) -> None:
        self._watch = watch

    async def answer(self, answer: Callable[[], Awaitable[Exchange]], sleep: Sleep) -> Exchange:
        """The answer that ``answer`` gives at last; the present one when the client goes away, or the server stops."""
        started = time.monotonic()
        while True:
            # Looked at before the journal is read, so that no change in between is missed.
            seen, asked = await self._watch.count_changes(), time.monotonic()
            exchange = await answer()
            now = time.monotonic()
            left = started + exchange.wait - now
            if left <= 0 or not self._watch.is_open:
                return exchange
            pause = min(left, max(PAUSE, now - asked))
            if await sleep(pause) or not await self._watch.wait(seen, left - pause, sleep):
                return exchange
