"""The objects of sessions in SQLite."""

from __future__ import annotations

import time
from collections.abc import Sequence

from mockserver.store.claims import ClaimLostError
from mockserver.store.kept.encoding import pack, to_bytes, to_text, unpack
from mockserver.store.objects import Given, ObjectPage, StoredObject
from mockserver.store.sqlite.blobs import SqliteBlobs
from mockserver.store.sqlite.data import Data
from mockserver.store.sqlite.database import Row
from mockserver.store.sqlite.schema import ITEM_OVERHEAD

# Removed objects of a session whose numbers are known: lists that are being paged through go on behind them.
MOST_REMOVED = 10_000
_COLUMNS = "id, data, number, parent, blobs"


class SqliteObjects:
    """See `mockserver.store.objects.ObjectStore`."""

    def __init__(self, data: Data, blobs: SqliteBlobs) -> None:
        self._data = data
        self._blobs = blobs

    def add(
        self,
        session: str,
        kind: str,
        object_id: str,
        data: bytes,
        *,
        parent: str = "",
        blobs: Sequence[str] = (),
        given: Given | None = None,
    ) -> StoredObject:
        """Add an object."""
        with self._data.writing():
            if given is not None:
                found = self.get(session, given.kind, given.id)
                if found is None or found.data != given.data:
                    raise ClaimLostError
            database, held = self._data.database, self._data.session(session)
            self._blobs.take(blobs)
            gone = "DELETE FROM objects WHERE owner = ? AND kind = ? AND id = ? RETURNING blobs"
            for (before,) in database.run(gone, held.id, kind, to_bytes(object_id)):
                self._blobs.release(unpack(before, list[str]))
            added = StoredObject(object_id, data, database.next("object"), parent, tuple(blobs))
            database.run(
                "INSERT INTO objects(number, owner, kind, id, parent, blobs, written_at, size, data) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(added.number, held.id, kind, to_bytes(object_id), to_bytes(parent), pack(added.blobs), time.time()),
                *(ITEM_OVERHEAD + added.size, data),
            )
            return added

    def get(self, session: str, kind: str, object_id: str) -> StoredObject | None:
        """The object of that id."""
        held = self._data.find(session)
        if held is None:
            return None
        sql = f"SELECT {_COLUMNS} FROM objects WHERE owner = ? AND kind = ? AND id = ?"
        rows = self._data.database.run(sql, held.id, kind, to_bytes(object_id))
        return _read(rows[0]) if rows else None

    def replace(self, session: str, kind: str, object_id: str, before: bytes, data: bytes) -> bool:
        """Replace the data of an object."""
        with self._data.writing():
            held = self._data.find(session)
            if held is None:
                return False
            sql = """UPDATE objects SET data = ?, size = size + ? - length(data)
                WHERE owner = ? AND kind = ? AND id = ? AND data = ? RETURNING number"""
            key = to_bytes(object_id)
            return bool(self._data.database.run(sql, data, len(data), held.id, kind, key, before))

    def remove(self, session: str, kind: str, object_id: str) -> bool:
        """Remove an object and those that belong to it."""
        with self._data.writing():
            held = self._data.find(session)
            if held is None:
                return False
            key, gone = to_bytes(object_id), "RETURNING kind, id, number, blobs"
            own = f"DELETE FROM objects WHERE owner = ? AND kind = ? AND id = ? {gone}"
            removed = self._data.database.run(own, held.id, kind, key)
            if not removed:
                return False
            below = f"DELETE FROM objects WHERE owner = ? AND parent = ? {gone}"
            for row in (*removed, *self._data.database.run(below, held.id, key)):
                self._note_removed(held.id, row)
            return True

    def find_number(self, session: str, kind: str, object_id: str) -> int | None:
        """The number of an object, also of one that was removed."""
        held = self._data.find(session)
        if held is None:
            return None
        for table in ("objects", "removed_objects"):
            sql = f"SELECT number FROM {table} WHERE owner = ? AND kind = ? AND id = ?"
            rows = self._data.database.run(sql, held.id, kind, to_bytes(object_id))
            if rows:
                return int(rows[0][0])
        return None

    def page(
        self,
        session: str,
        kind: str,
        limit: int,
        *,
        parent: str | None = None,
        below: int | None = None,
        above: int | None = None,
    ) -> ObjectPage:
        """Some objects of a kind, latest first."""
        held = self._data.find(session)
        if held is None:
            return ObjectPage()
        order = "DESC" if above is None else "ASC"
        sql = f"""SELECT {_COLUMNS} FROM objects WHERE owner = :owner AND kind = :kind
            AND (:parent IS NULL OR parent = :parent) AND number < :below AND number > :above
            ORDER BY number {order} LIMIT :most"""
        key = None if parent is None else to_bytes(parent)
        between = {"below": 2**62 if below is None else below, "above": 0 if above is None else above}
        rows = self._data.database.run(sql, owner=held.id, kind=kind, parent=key, most=limit + 1, **between)
        chosen = tuple(map(_read, rows[:limit]))
        return ObjectPage(chosen if above is None else chosen[::-1], len(rows) > limit)

    def count(self, session: str, kind: str) -> int:
        """How many objects of a kind there are."""
        held = self._data.find(session)
        sql = "SELECT count(*) FROM objects WHERE owner = ? AND kind = ?"
        return int(self._data.database.run(sql, held.id, kind)[0][0]) if held else 0

    def find_sessions(self, kind: str) -> tuple[str, ...]:
        """The names of the sessions that have objects of a kind."""
        sql = """SELECT digest, name, shown FROM sessions WHERE object_bytes > 0
            AND EXISTS (SELECT 1 FROM objects WHERE owner = sessions.id AND kind = ?) ORDER BY used"""
        return tuple(self._data.names.show(*row) for row in self._data.database.run(sql, kind))

    def expire(self, before: float) -> None:
        """Remove the objects that were added before a time, in seconds since 1970, with their contents."""
        with self._data.writing():
            sql = "DELETE FROM objects WHERE written_at < ? RETURNING blobs"
            for (blobs,) in self._data.database.run(sql, before):
                self._blobs.release(unpack(blobs, list[str]))

    def _note_removed(self, owner: int, row: Row) -> None:
        kind, key, number, blobs = row
        database = self._data.database
        self._blobs.release(unpack(blobs, list[str]))
        noted = "INSERT INTO removed_objects(owner, kind, id, number) VALUES (?, ?, ?, ?)"
        # An id may come again, and be removed again.
        database.run("DELETE FROM removed_objects WHERE owner = ? AND kind = ? AND id = ?", owner, kind, key)
        database.run(noted, owner, kind, key, number)
        database.run(
            "DELETE FROM removed_objects WHERE place <= (SELECT place FROM removed_objects WHERE owner = :owner "
            "ORDER BY place DESC LIMIT 1 OFFSET :most) AND owner = :owner",
            owner=owner,
            most=MOST_REMOVED,
        )


def _read(row: Row) -> StoredObject:
    object_id, data, number, parent, blobs = row
    return StoredObject(to_text(object_id), data, number, to_text(parent), tuple(unpack(blobs, list[str])))
