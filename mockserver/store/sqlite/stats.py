"""The figures of calls in SQLite: each session has its own, and those of all are added up when somebody reads them."""

from __future__ import annotations

from contextlib import suppress

from mockserver.store.calls import CallRecord, Departure
from mockserver.store.errors import StoreFailedError
from mockserver.store.kept.figures import revive
from mockserver.store.sqlite.data import Data
from mockserver.store.sqlite.writer import Writer
from mockserver.store.stats import Stats


class SqliteStats:
    """See `mockserver.store.protocols.StatsStore`."""

    def __init__(self, data: Data, writer: Writer) -> None:
        self._data = data
        self._writer = writer

    def count(self, session: str, record: CallRecord, departure: Departure) -> None:
        """Count a call."""
        with suppress(StoreFailedError):  # the journal tells that
            held = self._data.find(session)
            self._writer.count(held.id if held else 0, record, departure)

    def read(self, session: str | None = None) -> Stats:
        """The figures of a session, or of all."""
        self._writer.flush()
        return self._read(session)

    def lifetime(self) -> Stats:
        """The figures of all calls since the folder was made."""
        self._writer.flush()
        return self._sum("epoch >= ?", 0)

    def clear(self, session: str | None = None) -> int:
        """Begin the figures anew."""
        self._writer.flush()
        with self._data.writing():
            number = self._read(session).requests
            if session is None:
                self._data.database.run("UPDATE stats SET owner = 0 WHERE owner <> 0")
                self._data.database.next("epoch")
            elif held := self._data.find(session):
                # All keep what a session loses.
                self._data.database.run("UPDATE stats SET owner = 0 WHERE owner = ?", held.id)
        return number

    def _read(self, session: str | None) -> Stats:
        if session is None:
            return self._sum("epoch = ?", self._data.database.number("epoch"))
        held = self._data.find(session)
        return self._sum("owner = ?", held.id) if held else Stats()

    def _sum(self, where: str, value: int) -> Stats:
        read = Stats()
        for (data,) in self._data.database.run(f"SELECT data FROM stats WHERE {where}", value):
            read.absorb(revive(data))
        return read
