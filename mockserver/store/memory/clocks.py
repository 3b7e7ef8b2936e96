"""The clocks of sessions, in memory."""

from __future__ import annotations

from mockserver.store.clocks import REAL, ClockSetting
from mockserver.store.memory.data import Data


class MemoryClocks:
    """See `mockserver.store.clocks.ClockStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def get(self, session: str | None) -> ClockSetting | None:
        """The clock of a session, or of all."""
        with self._data.lock:
            held = self._data if session is None else self._data.sessions.get(session)
            return held.clock if held else None

    def change(self, session: str | None, before: ClockSetting | None, after: ClockSetting | None) -> bool:
        """Move a clock."""
        with self._data.lock:
            held = self._data if session is None else self._data.session(session)
            if held.clock != before:
                return False
            held.clock = after
            return True

    def active(self, session: str) -> ClockSetting:
        """The clock by which a session goes."""
        with self._data.lock:
            held = self._data.sessions.get(session)
            return (held.clock if held else None) or self._data.clock or REAL
