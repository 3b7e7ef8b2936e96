"""The turns of message threads in SQLite: bounded in number for each session, and in bytes for all together."""

from __future__ import annotations

from mockserver.store.kept.concealing import conceal_thread
from mockserver.store.kept.encoding import pack, to_bytes, unpack
from mockserver.store.memory.threads import MOST
from mockserver.store.sqlite.data import Data
from mockserver.store.sqlite.pieces import PIECE, load_pieces, save_pieces
from mockserver.store.threads import Thread, Turn

# Bytes that a turn takes besides its messages.
_OVERHEAD = 1000
_OLDEST = """SELECT place FROM turns WHERE EXISTS (SELECT 1 FROM sessions WHERE id = turns.owner)
    ORDER BY place LIMIT 2"""


class SqliteThreads:
    """See `mockserver.store.protocols.ThreadStore`. What a thread repeats of its callers' secrets is masked."""

    def __init__(self, data: Data, slot: int) -> None:
        self._data = data
        self._slot = slot

    def get(self, session: str, message_id: str) -> Turn | None:
        """The turn that ended with a message."""
        held = self._data.find(session)
        if held is None:
            return None
        database = self._data.database
        sql = """SELECT payload, size, data, next NOTNULL, next NOTNULL AND EXISTS
            (SELECT 1 FROM turns following WHERE following.place = turns.next AND NOT is_finished)
            FROM turns WHERE owner = ? AND message = ?"""
        rows = database.run(sql, held.id, to_bytes(message_id))
        if not rows:
            return None
        payload, _, data, is_continued, is_busy = rows[0]
        if payload is not None:
            (data,) = load_pieces(database, payload, [int.from_bytes(data, "big")])
        return Turn(unpack(data, Thread), bool(is_continued), bool(is_busy))

    def add(self, session: str, message_id: str, thread: Thread, previous: str | None = None) -> bool:
        """Hold the thread at the end of a message."""
        data, database, size = pack(conceal_thread(thread)), self._data.database, _OVERHEAD + thread.size
        payload = None
        if len(data) > PIECE:
            payload, data = save_pieces(database, [data]), len(data).to_bytes(8, "big")
        with self._data.writing():
            owner, key = self._data.session(session).id, to_bytes(message_id)
            before = None
            if previous is not None:
                sql = "SELECT place, next FROM turns WHERE owner = ? AND message = ?"
                before = next(iter(database.run(sql, owner, to_bytes(previous))), None)
            if before is not None and before[1] is not None:
                return False
            database.run("DELETE FROM turns WHERE owner = ? AND message = ?", owner, key)
            added = (
                "INSERT INTO turns(owner, message, size, slot, payload, data) VALUES (?, ?, ?, ?, ?, ?) RETURNING place"
            )
            place = database.run(added, owner, key, size, self._slot, payload, data)[0][0]
            if before is not None:
                database.run("UPDATE turns SET next = ? WHERE place = ?", place, before[0])
            self._make_room(owner)
            return True

    def finish(self, session: str, message_id: str) -> None:
        """The turn's answer has left."""
        held = self._data.find(session)
        if held is not None:
            sql = "UPDATE turns SET is_finished = 1 WHERE owner = ? AND message = ?"
            self._data.database.run(sql, held.id, to_bytes(message_id))

    def clear(self, session: str | None = None) -> None:
        """Forget the turns of a session, or of all."""
        held = None if session is None else self._data.find(session)
        if session is None or held is not None:
            number = held.id if held else None
            self._data.database.run("DELETE FROM turns WHERE :owner IS NULL OR owner = :owner", owner=number)

    def _make_room(self, owner: int) -> None:
        """Forget the oldest turns; inside a transaction."""
        database = self._data.database
        database.run(
            "DELETE FROM turns WHERE owner = :owner AND place <= (SELECT place FROM turns WHERE owner = :owner "
            "ORDER BY place DESC LIMIT 1 OFFSET :most)",
            owner=owner,
            most=MOST,
        )
        # Threads hold conversations as the journal does, and get as much room.
        while database.run("SELECT turn_bytes FROM totals")[0][0] > self._data.settings.journal_bytes:
            oldest = database.run(_OLDEST)
            if len(oldest) < 2:
                return
            database.run("DELETE FROM turns WHERE place = ?", oldest[0][0])
