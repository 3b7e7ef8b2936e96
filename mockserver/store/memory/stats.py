"""The figures of calls in memory: each session has its own, and those of all are added up when somebody reads them."""

from __future__ import annotations

from mockserver.store.calls import CallRecord, Departure
from mockserver.store.memory.data import Data, SessionData
from mockserver.store.stats import Stats


class MemoryStats:
    """See `mockserver.store.protocols.StatsStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def count(self, session: str, record: CallRecord, departure: Departure) -> None:
        """Count a call."""
        data = self._data
        with data.lock:
            held = data.sessions.get(session)
            if held is None:
                data.settled.count(record, departure)
            elif held.stats.count(record, departure):
                data.weigh(held)

    def read(self, session: str | None = None) -> Stats:
        """The figures of a session, or of all."""
        read = Stats()
        with self._data.lock:
            for held in self._data.selected(session):
                read.absorb(held.stats)
            if session is None:
                read.absorb(self._data.settled)
        return read

    def lifetime(self) -> Stats:
        """The figures of all calls since the server started."""
        with self._data.lock:
            read = self.read()
            read.absorb(self._data.earlier)
        return read

    def clear(self, session: str | None = None) -> int:
        """Begin the figures anew."""
        data = self._data
        with data.lock:
            number = self.read(session).requests
            for held in data.selected(session):
                self.settle(held)
                data.weigh(held)
            if session is None:
                data.earlier.absorb(data.settled)
                data.settled = Stats()
        return number

    def settle(self, held: SessionData) -> None:
        """Take the figures of a session over into those of all."""
        self._data.settled.absorb(held.stats)
        held.stats = Stats()
