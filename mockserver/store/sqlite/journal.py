"""The journal in SQLite: written in groups, read from the database."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.records.masks import name_session, show_session
from mockserver.store.calls import CallRecord, Departure, Holding, JournalEntry
from mockserver.store.errors import StoreFailedError
from mockserver.store.journals import News
from mockserver.store.kept.encoding import to_bytes
from mockserver.store.kept.entries import weigh
from mockserver.store.sqlite.data import Data
from mockserver.store.sqlite.entries import COLUMNS, read_row
from mockserver.store.sqlite.schema import STRAYS
from mockserver.store.sqlite.sessions import SqliteSessions
from mockserver.store.sqlite.writer import Writer

# The number of an entry that was dropped, which no other has.
_DROPPED = -1


class SqliteJournal:
    """See `mockserver.store.protocols.JournalStore`."""

    def __init__(self, data: Data, sessions: SqliteSessions, writer: Writer) -> None:
        self._data = data
        self._sessions = sessions
        self._writer = writer

    def reserve(self) -> int:
        """Entries get their numbers when they are appended."""
        return 0

    def append(self, session: str, record: CallRecord, departure: Departure | None = None, place: int = 0) -> int:  # noqa: ARG002
        """Append the record of a call; one that cannot be written is dropped, since its answer is made already."""
        try:
            return self._append(session, record, departure)
        except StoreFailedError as error:
            self._writer.outage.note_failure(1, error)
            return _DROPPED

    def _append(self, session: str, record: CallRecord, departure: Departure | None) -> int:
        held = self._data.find(session)
        shelf = held.shelf if held else self._data.owner(session)[1]
        if (held is None or held.name is None) and "x-mock-session" in record.call.headers:
            self._note_name(session, record)
        return self._writer.append(shelf, self._data.digest(session), record, departure, weigh(record))

    def finish(self, ticket: int, departure: Departure) -> None:
        """Note how the answer left."""
        self._writer.finish(ticket, departure)

    def get(self, number: int) -> JournalEntry | None:
        """The entry of that number."""
        found = self._read(
            f"SELECT {COLUMNS} FROM entries WHERE number = :number AND owner IN (SELECT shelf FROM sessions)",
            number=number,
        )
        return found[0] if found else None

    def entries(self, session: str | None = None, *, after: int = 0) -> tuple[JournalEntry, ...]:
        """The entries of a session, or of all, oldest first."""
        last = self._writer.received()
        whose, values = self._select(session)
        sql = f"SELECT {COLUMNS} FROM entries WHERE number > :after AND number <= :last AND {whose} ORDER BY number"
        return self._read(sql, after=after, last=last, **values)

    def follow(self, session: str | None, after: int, unfinished: Sequence[int], most: int) -> News:
        """What has happened in a session, or in all. Only entries that are given are read whole."""
        # What is cleared from now on is told the next time.
        latest, clearings = self._writer.received(), self._writer.clearings()
        self._writer.flush()
        whose, values = self._select(session)
        sql = f"SELECT number, departure IS NULL FROM entries WHERE number <= :latest AND {whose} AND number"
        database = self._data.database
        rows = database.scan(f"{sql} IN ({_list(unfinished)})", latest=latest, **values) if unfinished else []
        rows += database.scan(f"{sql} > :after", after=after, latest=latest, **values)
        news = sorted(number for number, is_under_way in rows if number > after or not is_under_way)
        shown = news[max(0, len(news) - most) :]
        sql = f"SELECT {COLUMNS} FROM entries WHERE number IN ({_list(shown)}) AND {whose} ORDER BY number"
        entries = self._read(sql, **values) if shown else ()
        under_way = tuple(sorted(number for number, is_under_way in rows if is_under_way))
        return News(entries, len(news) - len(shown), latest, under_way, clearings)

    def _select(self, session: str | None) -> tuple[str, dict[str, object]]:
        """The condition for the entries of a session, or of all, and its values."""
        if session is None:
            return "owner IN (SELECT shelf FROM sessions)", {}
        held = self._data.find(session)
        values: dict[str, object] = {"shelf": held.shelf if held else 0, "caller": self._data.digest(session)}
        return f"(owner = :shelf OR owner = {STRAYS} AND caller = :caller)", values

    def held(self, session: str) -> Holding:
        """How much it holds of a session."""
        self._writer.flush()
        held = self._data.find(session)
        sql = "SELECT count(*), max(number) FROM entries WHERE owner = ? AND (owner <> ? OR caller = ?)"
        shelf = held.shelf if held else STRAYS
        return Holding(*self._data.database.run(sql, shelf, STRAYS, self._data.digest(session))[0])

    def clear(self, session: str | None = None) -> int:
        """Forget the entries of a session, or of all."""
        self._writer.flush()
        data, database = self._data, self._data.database
        with data.writing():
            if session is not None:
                strays = self._sessions.clear_strays(session)
                held = data.find(session)
                shelves = [held.shelf] if held else []
            else:
                strays = len(database.run("DELETE FROM entries WHERE owner = ? RETURNING number", STRAYS))
                shelves = [shelf for (shelf,) in database.run("SELECT shelf FROM sessions WHERE used > 0")]
            cleared = strays + sum(map(self._clear_shelf, shelves))
            data.note_change()
        self._writer.note_clearing()
        return cleared

    def received(self) -> int:
        """How many calls were recorded."""
        return self._writer.received()

    def latest(self) -> int:
        """The latest number of an entry so far."""
        return self._writer.received()

    def dropped(self, session: str | None = None) -> int:
        """How many entries of a session, or of all, had to make room."""
        self._writer.flush()
        held = None if session is None else self._data.find(session)
        if session is not None and held is None:
            return 0
        sql = "SELECT coalesce(sum(dropped), 0) FROM sessions WHERE used > 0 AND (:id IS NULL OR id = :id)"
        return int(self._data.database.run(sql, id=held.id if held else None)[0][0])

    def watch(self, seen: int, timeout: float) -> int:
        """Wait until something has changed."""
        return self._writer.watch(seen, timeout)

    def _clear_shelf(self, shelf: int) -> int:
        """Give a session an empty shelf; returns how many entries were on the former one."""
        database = self._data.database
        ((entries,),) = database.run("SELECT entry_count FROM sessions WHERE shelf = ?", shelf)
        sql = "UPDATE sessions SET shelf = ?, entry_bytes = 0, entry_count = 0, dropped = 0 WHERE shelf = ?"
        database.run(sql, database.next("owner"), shelf)
        database.run("INSERT INTO graves VALUES (?)", shelf)
        return int(entries)

    def _read(self, sql: str, **values: object) -> tuple[JournalEntry, ...]:
        self._writer.flush()
        database = self._data.database
        return tuple(read_row(database, row) for row in database.scan(sql, **values))

    def _note_name(self, session: str, record: CallRecord) -> None:
        """Keep the name of a session that its calls choose, unless it looks like a key."""
        shown = name_session(record.call)
        if shown == session == show_session(session):
            with self._data.writing():
                held = self._data.find(session)
                if held is not None and held.name is None:
                    sql = "UPDATE sessions SET name = ?, shown = ? WHERE id = ?"
                    self._data.database.run(sql, to_bytes(session), shown, held.id)
                    self._data.note_change(held.digest)


def _list(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))
