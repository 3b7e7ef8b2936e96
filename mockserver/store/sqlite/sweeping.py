"""Removes what is left over: entries beyond the bounds, what belongs to nobody any more, and dead contents."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate

from mockserver.store.sqlite.blobs import SqliteBlobs
from mockserver.store.sqlite.data import Data
from mockserver.store.sqlite.database import Database
from mockserver.store.sqlite.figures import settle_figures
from mockserver.store.sqlite.schema import OWNED

# Rows that are deleted by one transaction, so that it is short, and owners that are swept at a time.
_AT_ONCE, _OWNERS = 20, 50
# By what the rows of the tables without row ids are told apart.
_KEYS = {"counters": "counter", "prefixes": "digest", "pieces": "piece"}
_OLDEST = """SELECT number, size FROM entries WHERE EXISTS (SELECT 1 FROM sessions WHERE shelf = entries.owner)
    ORDER BY number LIMIT ?"""
# Of some shelves those that hold more entries than they may, and how many more.
_FULL = """SELECT shelf, entry_count - ? FROM sessions WHERE shelf IN (SELECT value FROM json_each(?))
    AND entry_count > ?"""


def _delete(table: str, owner: str) -> str:
    key = _KEYS.get(table, "rowid")
    return (
        f"DELETE FROM {table} WHERE {owner} = :owner AND {key} IN "
        f"(SELECT {key} FROM {table} WHERE {owner} = :owner LIMIT {_AT_ONCE}) RETURNING 1"
    )


_DELETIONS = tuple(_delete(table, "owner") for table in OWNED)
_DELETE_PIECES = _delete("pieces", "payload")


def bury_orphans(database: Database) -> None:
    """Have that swept which processes that were killed have left. Nobody else may use the database."""
    with database.writing():
        for table in OWNED:
            whose = "shelf" if table == "entries" else "id"
            sql = f"INSERT OR IGNORE INTO graves SELECT DISTINCT owner FROM {table} "
            database.run(f"{sql} WHERE owner NOT IN (SELECT {whose} FROM sessions)")
        written = "SELECT payload FROM {} WHERE payload NOTNULL"
        sql = "INSERT OR IGNORE INTO graves SELECT DISTINCT -payload FROM pieces WHERE payload NOT IN "
        database.run(f"{sql} ({written.format('entries')} UNION {written.format('turns')})")


class Sweeper:
    """See above; each of its transactions is short."""

    def __init__(self, data: Data, blobs: SqliteBlobs) -> None:
        self._data = data
        self._database = data.database
        self._blobs = blobs

    def bound_journal(self, owners: Iterable[int]) -> None:
        """Let the oldest entries go of those who have too many, and of all."""
        database, settings = self._database, self._data.settings
        shelves = json.dumps(list(owners))
        while full := database.run(_FULL, settings.journal_entries, shelves, settings.journal_entries):
            for owner, more in full:
                sql = "SELECT number FROM entries WHERE owner = ? ORDER BY number LIMIT ?"
                rows = database.run(sql, owner, min(more, _AT_ONCE))
                self._drop_entries([number for (number,) in rows])
        while (more := database.run("SELECT entry_bytes FROM totals")[0][0] - settings.journal_bytes) > 0:
            oldest = database.run(_OLDEST, _AT_ONCE + 1)
            # One is always kept.
            sizes = list(accumulate(size for _, size in oldest[:-1]))
            if not sizes:
                return
            self._drop_entries([number for number, _ in oldest[: bisect_left(sizes, more) + 1]][: len(sizes)])

    def sweep(self) -> None:
        """Remove what belongs to sessions that were reset or are gone, and contents that nobody holds."""
        self._blobs.remove_dead()
        graves = self._database.run("SELECT owner FROM graves LIMIT ?", _OWNERS)
        for (owner,) in graves:
            for sql in (_DELETE_PIECES,) if owner < 0 else _DELETIONS:
                while self._database.run(sql, owner=abs(owner)):
                    self._database.give_way()
            with self._data.writing():
                self._database.run("UPDATE stats SET owner = 0 WHERE owner = ?", owner)
                self._database.run("DELETE FROM graves WHERE owner = ?", owner)
        if graves:
            with self._data.writing():
                settle_figures(self._database)

    def expire_entries(self, before: float) -> None:
        """Let the entries go that were written before a time."""
        sql = (
            "DELETE FROM entries WHERE number IN (SELECT number FROM entries WHERE written_at < ? LIMIT ?) RETURNING 1"
        )
        while self._database.run(sql, before, _AT_ONCE):
            self._database.give_way()

    def _drop_entries(self, numbers: Sequence[int]) -> None:
        with self._data.writing():
            owners = Counter(
                owner
                for number in numbers
                for (owner,) in self._database.run("DELETE FROM entries WHERE number = ? RETURNING owner", number)
            )
            for owner, dropped in owners.items():
                self._database.run("UPDATE sessions SET dropped = dropped + ? WHERE shelf = ?", dropped, owner)
        self._database.give_way()
