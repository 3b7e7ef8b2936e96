"""How many answers each script has given, in memory."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.store.memory.data import Data


class MemoryCounters:
    """See `mockserver.store.protocols.CounterStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def take(self, session: str, counter: str, length: int | None, *, moves_on: bool = False) -> int | None:
        """Use up the next answer of a script."""
        with self._data.lock:
            held = self._data.session(session)
            held.has_moved = held.has_moved or moves_on
            if counter in held.returned:
                return self._take_returned(held.returned, counter)
            count = held.counts.get(counter, 0)
            if length is not None and count >= length:
                return None
            held.counts[counter] = count + 1
            return count

    def era(self, session: str) -> int:
        """A number that a reset changes."""
        with self._data.lock:
            return self._data.session(session).era

    def put_back(self, session: str, counter: str, position: int, era: int) -> None:
        """Give back an answer that could not be made."""
        with self._data.lock:
            held = self._data.session(session)
            if held.era == era and position < held.counts.get(counter, 0):
                held.returned[counter] = sorted({*held.returned.get(counter, ()), position})

    def counts(self, session: str) -> Mapping[str, int]:
        """How many answers were used up, by counter."""
        with self._data.lock:
            held = self._data.sessions.get(session)
            if held is None:
                return {}
            counts = held.counts.copy()
            for counter, positions in held.returned.items():
                counts[counter] -= len(positions)
            return counts

    @staticmethod
    def _take_returned(returned: dict[str, list[int]], counter: str) -> int:
        first, *rest = returned[counter]
        if rest:
            returned[counter] = rest
        else:
            del returned[counter]
        return first
