"""The journal of a session, and the shelf that bounds all journals of a server together."""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Condition, RLock

from mockserver.store.entry import Entry

# What an entry weighs besides what came and went: records, the message as objects.
_OVERHEAD = 4096


class Shelf:
    """Numbers the entries of a server and keeps their bytes below ``limit`` by dropping the oldest of any session."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self.number = 0
        self.order: OrderedDict[int, Journal] = OrderedDict()
        # Held for each change and each read: tests read from other threads than the server's.
        self.lock = RLock()
        self.changed = Condition(self.lock)
        # How many readers wait for a change.
        self.waiting = 0


class Journal:
    """The calls of one session, oldest first, at most ``entries`` of them."""

    def __init__(self, shelf: Shelf, entries: int) -> None:
        self._shelf = shelf
        self._limit = entries
        self._entries: OrderedDict[int, Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> Entry:
        """Record a call as its answer begins; gives the entry its number and links a retry to the call it repeats."""
        shelf, call = self._shelf, entry._call
        headers = call.headers
        size = len(call.body) + sum(map(len, headers.values())) + len(call.query) + entry.size + _OVERHEAD
        with shelf.lock:
            shelf.number = number = shelf.number + 1
            entry.number, entry.weight = number, size
            if headers.get("x-stainless-retry-count", "0") != "0":
                entry.retry_of = self._repeated(entry)
            self._entries[number] = entry
            shelf.order[number] = self
            shelf.bytes += size
            if len(self._entries) > self._limit:
                self._drop(next(iter(self._entries)))
            while shelf.bytes > shelf.limit and len(shelf.order) > 1:
                oldest = next(iter(shelf.order))
                shelf.order[oldest]._drop(oldest)
        return entry

    def finish(self, number: int, *, events_sent: int = 0, hung_up: bool = False, duration_ms: float = 0.0) -> None:
        """Complete the entry when its answer has left, or could not; one that was dropped since is let go."""
        with self._shelf.lock:
            entry = self._entries.get(number)
            if entry is None:
                return
            self._entries[number] = entry.completed(events_sent=events_sent, hung_up=hung_up, duration_ms=duration_ms)
            if self._shelf.waiting:
                self._shelf.changed.notify_all()

    def entries(self) -> tuple[Entry, ...]:
        """All entries, oldest first."""
        with self._shelf.lock:
            return tuple(self._entries.values())

    @property
    def latest(self) -> Entry | None:
        """The newest entry, if any."""
        with self._shelf.lock:
            return next(reversed(self._entries.values()), None)

    def get(self, number: int) -> Entry | None:
        """The entry of that number, or None."""
        return self._entries.get(number)

    def clear(self) -> None:
        """Forget all entries; numbers go on."""
        with self._shelf.lock:
            for number in tuple(self._entries):
                self._drop(number)

    def wait(self, timeout: float = 1.0) -> bool:
        """Wait at most ``timeout`` seconds until every answer has left; whether they have.

        For readers in other threads than the server's.
        """
        shelf, deadline = self._shelf, time.monotonic() + timeout
        with shelf.lock:
            shelf.waiting += 1
            try:
                while not all(entry.finished for entry in self._entries.values()):
                    if not shelf.changed.wait(max(0.0, deadline - time.monotonic())):
                        return False
            finally:
                shelf.waiting -= 1
        return True

    def _drop(self, number: int) -> None:
        entry = self._entries.pop(number)
        del self._shelf.order[number]
        self._shelf.bytes -= entry.weight

    def _repeated(self, entry: Entry) -> int | None:
        """The latest call with the same path and body: the SDKs count their retries in a header, and repeat both."""
        for number, earlier in reversed(self._entries.items()):
            if earlier._call.body == entry._call.body and earlier._call.path == entry._call.path:
                return number
        return None
