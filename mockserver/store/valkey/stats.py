"""The figures of calls on the engine: each session has its own, and those of all are added up when somebody reads."""

from __future__ import annotations

from mockserver.store.calls import CallRecord, Departure
from mockserver.store.kept.figures import revive
from mockserver.store.stats import Stats
from mockserver.store.valkey.data import Data
from mockserver.store.valkey.figures import join_figures, sum_figures
from mockserver.store.valkey.journal import ValkeyJournal

# Sessions whose figures are cleared in one go.
_AT_ONCE = 200


class ValkeyStats:
    """See `mockserver.store.protocols.StatsStore`."""

    def __init__(self, data: Data, journal: ValkeyJournal) -> None:
        self._data, self._journal = data, journal

    def count(self, session: str, record: CallRecord, departure: Departure) -> None:
        """Count a call."""
        self._journal.writer.count(session, record, departure)

    def read(self, session: str | None = None) -> Stats:
        """The figures of a session, or of all."""
        self._journal.flush()
        if session is None:
            return self._read_all("0")
        held = self._data.link.call("figures", self._data.digest(session))[2]
        return Stats() if held is None else revive(held)

    def lifetime(self) -> Stats:
        """The figures of all calls since the store was made."""
        self._journal.flush()
        return self._read_all("1")

    def clear(self, session: str | None = None) -> int:
        """Begin the figures anew."""
        number = self.read(session).requests
        if session is None:
            place: bytes = b"-inf"
            while place:
                place = self._data.link.call("clear_some_figures", place, _AT_ONCE)
            self._data.link.call("end_figures")
        else:
            self._data.link.call("clear_figures", self._data.digest(session))
        return number

    def _read_all(self, with_earlier: str) -> Stats:
        join_figures(self._data)
        return sum_figures(self._data.link.call("all_figures", with_earlier))
