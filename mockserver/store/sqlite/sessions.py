"""The sessions in SQLite: idle ones expire, and the least recently used one makes room."""

from __future__ import annotations

from mockserver.records.masks import label, show_session
from mockserver.store.kept.encoding import to_bytes
from mockserver.store.sqlite.blobs import SqliteBlobs
from mockserver.store.sqlite.data import Data
from mockserver.store.sqlite.schema import SERVER, SESSION_OVERHEAD, STRAYS

# Sessions that made room and are remembered, by a digest of their names.
MOST_LOST = 10_000
_USE = """UPDATE sessions SET calls = calls + ?, used_at = ?,
    used = CASE used WHEN (SELECT max(used) FROM sessions) THEN used ELSE (SELECT max(used) + 1 FROM sessions) END
    WHERE digest = ?
    RETURNING id, calls, (SELECT sessions FROM totals), (SELECT size FROM totals)"""
_OLDEST = """SELECT id, digest, used_at, has_moved OR overrides NOTNULL OR faults NOTNULL OR clock NOTNULL OR
    script_ids NOTNULL OR object_bytes > 0 FROM sessions WHERE used > 0 ORDER BY used LIMIT 1"""
# What a reset leaves of a session: its name, its place among the others, and the number of its additions.
_RESET = """UPDATE sessions SET id = ?, shelf = ?, calls = 0, has_moved = 0, object_bytes = 0, turn_bytes = 0,
    entry_bytes = 0, entry_count = 0, dropped = 0, script_bytes = 0, script_revision = 0, script_ids = NULL,
    removed_ids = NULL, overrides = NULL, faults = NULL, clock = NULL, size = ? WHERE id = ?"""


class SqliteSessions:
    """See `mockserver.store.protocols.SessionStore`."""

    def __init__(self, data: Data, blobs: SqliteBlobs) -> None:
        self._data = data
        self._blobs = blobs

    def touch(self, session: str) -> None:
        """Use the session."""
        self._use(session, 0)

    def begin_call(self, session: str) -> int:
        """Use the session for a call; returns its number."""
        return self._use(session, 1)

    def exists(self, session: str) -> bool:
        """Whether there is a session of that name. From now on it is listed by it."""
        return self._data.find(session) is not None

    def names(self) -> tuple[str, ...]:
        """The names of all sessions."""
        rows = self._data.database.run("SELECT digest, name, shown FROM sessions WHERE used > 0 ORDER BY used")
        return tuple(self._data.names.show(*row) for row in rows)

    def label(self, session: str) -> str:
        """The name as it may be shown."""
        held = self._data.find(session)
        if held is None:
            return label(session)
        return held.name if held.is_revealed and held.name is not None else held.shown

    def reveal(self, session: str) -> None:
        """From now on the session is shown by its name, unless that looks like a key."""
        with self._data.writing():
            held = self._data.session(session)
            name = self._data.names.heard.get(held.digest, "")
            if not held.is_revealed and name == show_session(name) != "":
                sql = "UPDATE sessions SET is_revealed = 1, name = ?, shown = ? WHERE id = ?"
                self._data.database.run(sql, to_bytes(name), show_session(name), held.id)
                self._data.note_change(held.digest)

    def is_lost(self, session: str) -> bool:
        """Whether what was scripted for the session had to make room."""
        return self._data.is_lost(session)

    def reset(self, session: str | None) -> None:
        """Put one session back to its beginning, or forget all and what was set for all."""
        data = self._data
        with data.writing():
            if session is None:
                self._reset_all()
                return
            data.recall(session)
            self.clear_strays(session)
            held = data.find(session)
            if held is None:
                return
            self._bury(held.id, held.shelf)
            number = data.database.next("owner", 2)
            size = SESSION_OVERHEAD + len(data.names.heard.get(held.digest, held.shown))
            data.database.run(_RESET, number - 1, number, size, held.id)
            data.note_change(held.digest)

    def forget(self, session: str) -> None:
        """Drop a session with all it holds."""
        with self._data.writing():
            self._data.recall(session)
            self.clear_strays(session)
            held = self._data.find(session)
            if held is not None:
                self._drop(held.id, held.shelf)
                self._data.note_change()

    def clear_strays(self, session: str) -> int:
        """Forget the entries of calls that the session made when it was gone; returns how many there were."""
        sql = "DELETE FROM entries WHERE owner = ? AND caller = ? RETURNING number"
        return len(self._data.database.run(sql, STRAYS, self._data.digest(session)))

    def drop_idle(self, before: float) -> int:
        """Drop the sessions that were not used since a time, in seconds since 1970; returns how many there were."""
        dropped = 0
        while True:
            with self._data.writing():
                rows = self._data.database.run(_OLDEST)
                if not rows or rows[0][2] >= before:
                    return dropped
                self._make_way(*rows[0])
                dropped += 1

    def _use(self, session: str, calls: int) -> int:
        data = self._data
        now, digest = data.now(), data.digest(session)
        rows = data.database.run(_USE, calls, now, digest)
        if not rows:
            with data.writing():
                if calls and data.is_lost(session) and data.find(session) is None:
                    sql = "UPDATE lost SET calls = calls + 1 WHERE digest = ? RETURNING calls"
                    return int(data.database.run(sql, digest)[0][0])
                data.session(session)
                rows = data.database.run(_USE, calls, now, digest)
        used, number, sessions, size = rows[0]
        settings = data.settings
        if (
            sessions > settings.max_sessions or size > settings.session_bytes or settings.session_idle is not None
        ) and sessions > 1:
            self._make_room(used, now)
        return int(number)

    def _make_room(self, used: int, now: float) -> None:
        """Drop sessions that are idle or for which there is no room, but the one in use."""
        data, settings = self._data, self._data.settings
        while True:
            with data.writing():
                oldest, sums = data.database.run(_OLDEST), data.database.run("SELECT sessions, size FROM totals")[0]
                if not oldest or oldest[0][0] == used:
                    return
                is_idle = settings.session_idle is not None and oldest[0][2] + settings.session_idle < now
                if not (sums[0] > settings.max_sessions or sums[1] > settings.session_bytes or is_idle):
                    return
                self._make_way(*oldest[0])

    def _make_way(self, number: int, digest: bytes, _: float, is_scripted: bool) -> None:
        database = self._data.database
        if is_scripted:
            database.run("INSERT INTO lost(digest, calls) VALUES (?, 0) ON CONFLICT DO UPDATE SET calls = 0", digest)
            if database.run("SELECT count(*) FROM lost")[0][0] > MOST_LOST:
                database.run("DELETE FROM lost WHERE place = (SELECT min(place) FROM lost)")
        database.next("dropped")
        self._drop(number, database.run("SELECT shelf FROM sessions WHERE id = ?", number)[0][0])
        self._data.note_change()

    def _drop(self, number: int, shelf: int) -> None:
        self._bury(number, shelf)
        self._data.database.run("DELETE FROM sessions WHERE id = ?", number)

    def _bury(self, number: int, shelf: int) -> None:
        """Let what belongs to a session be deleted; nobody finds it from now on."""
        self._blobs.release_all(number)
        self._data.database.run("INSERT INTO graves VALUES (?), (?)", number, shelf)

    def _reset_all(self) -> None:
        database = self._data.database
        self._blobs.release_all(None)
        database.run("INSERT INTO graves SELECT id FROM sessions WHERE used > 0 UNION SELECT shelf FROM sessions "
                     "WHERE used > 0")  # fmt: skip
        database.run("DELETE FROM sessions WHERE used > 0")
        database.run("DELETE FROM lost")
        database.run("DELETE FROM entries WHERE owner = ?", STRAYS)
        for table in ("scripts", "texts"):
            database.run(f"DELETE FROM {table} WHERE owner = ?", SERVER)
        size = "UPDATE sessions SET overrides = NULL, faults = NULL, clock = NULL, script_ids = NULL, "
        database.run(f"{size} removed_ids = NULL, script_bytes = 0, script_revision = 0 WHERE id = ?", SERVER)
        # The figures so far are those of earlier.
        database.next("epoch")
        self._data.note_change()
