"""How many answers each script has given, in SQLite."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.store.kept.encoding import pack, to_bytes, to_text, unpack
from mockserver.store.sqlite.data import Data, Known

_TAKE = """INSERT INTO counters(owner, counter, count) VALUES (:owner, :counter, 1)
    ON CONFLICT(owner, counter) DO UPDATE SET count = count + 1
    WHERE returned IS NULL AND (:length IS NULL OR count < :length) RETURNING count - 1"""


class SqliteCounters:
    """See `mockserver.store.protocols.CounterStore`. An answer is taken by one statement, so by one process."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def take(self, session: str, counter: str, length: int | None, *, moves_on: bool = False) -> int | None:
        """Use up the next answer of a script."""
        data, key = self._data, to_bytes(counter)
        held = data.find(session)
        if held is None or (moves_on and not held.has_moved):
            with data.writing():
                held = data.session(session)
                if moves_on and not held.has_moved:
                    data.database.run("UPDATE sessions SET has_moved = 1 WHERE id = ?", held.id)
                    data.note_change(held.digest)
                return self._take(held, key, length)
        return self._take(held, key, length)

    def era(self, session: str) -> int:
        """A number that a reset changes."""
        found = self._data.find(session)
        if found is None:
            with self._data.writing():
                found = self._data.session(session)
        return found.id

    def put_back(self, session: str, counter: str, position: int, era: int) -> None:
        """Give back an answer that could not be made."""
        data, key = self._data, to_bytes(counter)
        with data.writing():
            held = data.find(session)
            rows = data.database.run("SELECT count, returned FROM counters WHERE owner = ? AND counter = ?", era, key)
            if held is None or held.id != era or not rows or position >= rows[0][0]:
                return
            returned = {*(unpack(rows[0][1], list[int]) if rows[0][1] else ()), position}
            self._set_returned(era, key, sorted(returned))

    def counts(self, session: str) -> Mapping[str, int]:
        """How many answers were used up, by counter."""
        held = self._data.find(session)
        if held is None:
            return {}
        rows = self._data.database.run("SELECT counter, count, returned FROM counters WHERE owner = ?", held.id)
        return {
            to_text(counter): count - (len(unpack(returned, list[int])) if returned else 0)
            for counter, count, returned in rows
        }

    def _take(self, held: Known, key: bytes, length: int | None) -> int | None:
        if length is None or length > 0:
            rows = self._data.database.run(_TAKE, owner=held.id, counter=key, length=length)
            if rows:
                return int(rows[0][0])
        with self._data.writing():
            sql = "SELECT returned FROM counters WHERE owner = ? AND counter = ? AND returned IS NOT NULL"
            rows = self._data.database.run(sql, held.id, key)
            if not rows:
                return None
            first, *rest = unpack(rows[0][0], list[int])
            self._set_returned(held.id, key, rest)
            return first

    def _set_returned(self, owner: int, key: bytes, positions: list[int]) -> None:
        """Note the positions that were taken and given back, below those that are still out."""
        self._data.database.run(
            "UPDATE counters SET returned = ? WHERE owner = ? AND counter = ?",
            *(pack(positions) if positions else None, owner, key),
        )
