"""Writes the journal and the figures in groups, in a thread of its own: no other one sends, whoever wants it done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread

from mockserver.store.calls import CallRecord, Departure
from mockserver.store.errors import StoreClosedError, StoreFailedError
from mockserver.store.kept.outage import Outage
from mockserver.store.stats import Stats
from mockserver.store.valkey import bridge
from mockserver.store.valkey.data import Data
from mockserver.store.valkey.pending import Batch, PendingEntry
from mockserver.store.valkey.sender import Sender

# Seconds for which what is to be written is gathered, and between two attempts while it cannot be written.
_GATHER, _AGAIN = 0.01, 0.2
# Bytes of entries that wait, at least; more than those of the journal are not kept.
_MOST_WAITING = 16 * 1024 * 1024


class Writer:
    """See above. What is handed in waits in memory; ``flush`` has it written at once.

    Args:
        data: what operations share.
    """

    def __init__(self, data: Data) -> None:
        self._data, self.outage = data, Outage()
        self._sender = Sender(data, self.outage)
        # What came, and what the thread has taken on and not yet written.
        self._batch, self._left, self._ticket = Batch(), Batch(), 0
        self._lock, self._writing = Lock(), Lock()
        self._waiters: list[Callable[[], None]] = []
        self._awake, self._urgent = Event(), Event()
        self._has_ended, self._is_working, self._is_busy, self._has_failed = True, False, False, False
        self._thread: Thread | None = None

    def open(self) -> None:
        """Begin to write, again after ``close``."""
        self._has_ended, self._is_working = False, True
        self._awake.clear()
        self._sender.renew()
        self._thread = Thread(target=self._work, name="store writer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what is waiting, and end the thread."""
        self._has_ended = True
        self._awake.set()
        self._urgent.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.flush()
        if self._left.entries:
            self.outage.note_failure(len(self._left.entries), StoreFailedError("the server ends"))
        self._left = Batch()

    def append(
        self, session: str, owner: str, place: int, record: CallRecord, departure: Departure | None, size: int
    ) -> int:
        """Write an entry; returns its ticket."""
        with self._lock:
            self._ticket = ticket = self._ticket + 1
            self._batch.add(PendingEntry(ticket, session, owner, place, record, departure, size))
            self._bound(self._batch)
        self._awake.set()
        return ticket

    def finish(self, ticket: int, departure: Departure) -> None:
        """Write how an answer left."""
        with self._lock:
            self._batch.finish(ticket, departure)
        self._awake.set()

    def count(self, session: str, record: CallRecord, departure: Departure) -> None:
        """Write the figures of a call."""
        with self._lock:
            figures = self._batch.figures.get(session)
            if figures is None:
                figures = self._batch.figures[session] = Stats()
            figures.count(record, departure)
        self._awake.set()

    def flush(self) -> None:
        """Write what is waiting, at once; under ``bridge.run`` the event loop does other things meanwhile."""
        with self._lock:
            if self._batch.is_empty and not self._is_busy and not self._has_failed:
                return
        if bridge.can_wait():
            is_asked = bridge.wait(self._wait_in_loop())
        elif is_asked := self._ask((written := Event()).set):
            written.wait()
        if not is_asked:
            self._write()

    def _ask(self, waiter: Callable[[], None]) -> bool:
        """Have the waiter called when what waits now was written, or could not be; False: nobody works."""
        with self._lock:
            if not self._is_working:
                return False
            self._waiters.append(waiter)
            self._awake.set()
            self._urgent.set()
            return True

    async def _wait_in_loop(self) -> bool:
        loop, written = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            # The loop may have ended meanwhile.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(written.set)

        is_asked = self._ask(wake)
        if is_asked:
            await written.wait()
        return is_asked

    def _work(self) -> None:
        try:
            while not self._has_ended:
                self._awake.wait()
                is_gone = self._has_failed or self._data.link.reason is not None
                self._urgent.wait(_AGAIN if is_gone else _GATHER)
                if not self._has_ended:
                    self._write()
        finally:
            with self._lock:
                self._is_working = False
                waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                waiter()

    def _write(self) -> None:
        """Write what waits now; what cannot be written goes on waiting."""
        with self._writing:
            with self._lock:
                waiters, self._waiters = self._waiters, []
                self._awake.clear()
                self._urgent.clear()
                later, self._batch, self._is_busy = self._batch, Batch(), True
            try:
                self._left.absorb(later)
                self._bound(self._left)
                self._has_failed = not self._try_to_send()
            finally:
                with self._lock:
                    self._is_busy = False
                for waiter in waiters:
                    waiter()
            if self._has_failed:
                self._awake.set()

    def _try_to_send(self) -> bool:
        try:
            self._sender.send(self._left)
        except StoreClosedError:
            return False
        except StoreFailedError as error:
            self.outage.note_failure(0, error)
            return False
        self.outage.note_success()
        return True

    def _bound(self, batch: Batch) -> None:
        """What waits for an engine that is gone has as much room as the journal."""
        lost = batch.bound(max(_MOST_WAITING, self._data.settings.journal_bytes))
        if lost:
            self.outage.note_failure(lost, StoreFailedError("there is no room for more entries that wait"))
