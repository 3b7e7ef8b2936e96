"""The objects of sessions in memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from mockserver.store.claims import ClaimLostError
from mockserver.store.memory.blobs import MemoryBlobs
from mockserver.store.memory.data import ITEM_OVERHEAD, Data, SessionData
from mockserver.store.objects import Given, ObjectPage, StoredObject

# Removed objects of a session whose numbers are known: lists that are being paged through go on behind them.
MOST_REMOVED = 10_000


class MemoryObjects:
    """See `mockserver.store.objects.ObjectStore`."""

    def __init__(self, data: Data, blobs: MemoryBlobs) -> None:
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
        with self._data.lock:
            found = given and self._of(session, given.kind).get(given.id)
            if given and (found is None or found.data != given.data):
                raise ClaimLostError
            held = self._data.session(session)
            before = held.objects.setdefault(kind, {}).pop(object_id, None)
            self._data.object_numbers += 1
            added = StoredObject(object_id, data, self._data.object_numbers, parent, tuple(blobs))
            self._blobs.take(added.blobs)
            held.objects[kind][object_id] = added
            self._settle(held, added, before)
            return added

    def get(self, session: str, kind: str, object_id: str) -> StoredObject | None:
        """The object of that id."""
        with self._data.lock:
            return self._of(session, kind).get(object_id)

    def replace(self, session: str, kind: str, object_id: str, before: bytes, data: bytes) -> bool:
        """Replace the data of an object."""
        with self._data.lock:
            objects = self._of(session, kind)
            found = objects.get(object_id)
            if found is None or found.data != before:
                return False
            # Its place in the order stays.
            objects[object_id] = changed = StoredObject(object_id, data, found.number, found.parent, found.blobs)
            held = self._data.sessions[session]
            held.object_bytes += changed.size - found.size
            self._data.weigh(held)
            return True

    def remove(self, session: str, kind: str, object_id: str) -> bool:
        """Remove an object and those that belong to it."""
        with self._data.lock:
            if object_id not in self._of(session, kind):
                return False
            held = self._data.sessions[session]
            self._drop(held, kind, object_id)
            for each, objects in held.objects.items():
                for below in [found.id for found in objects.values() if found.parent == object_id]:
                    self._drop(held, each, below)
            self._data.weigh(held)
            return True

    def find_number(self, session: str, kind: str, object_id: str) -> int | None:
        """The number of an object, also of one that was removed."""
        with self._data.lock:
            found = self._of(session, kind).get(object_id)
            if found is not None:
                return found.number
            held = self._data.sessions.get(session)
            return held.removed_objects.get((kind, object_id)) if held else None

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
        with self._data.lock:
            found = (each for each in self._of(session, kind).values() if parent in (None, each.parent))
            fitting = [each for each in found if _is_between(each.number, below, above)]
        if above is None:
            fitting.reverse()
        chosen = tuple(islice(fitting, limit))
        return ObjectPage(chosen if above is None else chosen[::-1], len(fitting) > limit)

    def count(self, session: str, kind: str) -> int:
        """How many objects of a kind there are."""
        with self._data.lock:
            return len(self._of(session, kind))

    def find_sessions(self, kind: str) -> tuple[str, ...]:
        """The names of the sessions that have objects of a kind."""
        with self._data.lock:
            return tuple(name for name, held in self._data.sessions.items() if held.objects.get(kind))

    def clear_one(self, held: SessionData) -> None:
        """Forget the objects of this session; with the lock held."""
        for objects in held.objects.values():
            for each in objects.values():
                self._blobs.release(each.blobs)
        held.objects.clear()
        held.object_bytes = 0

    def _of(self, session: str, kind: str) -> dict[str, StoredObject]:
        held = self._data.sessions.get(session)
        return held.objects.get(kind, {}) if held else {}

    def _drop(self, held: SessionData, kind: str, object_id: str) -> None:
        dropped = held.objects[kind].pop(object_id)
        held.removed_objects[kind, object_id] = dropped.number
        if len(held.removed_objects) > MOST_REMOVED:
            del held.removed_objects[next(iter(held.removed_objects))]
        held.object_bytes -= ITEM_OVERHEAD + dropped.size
        self._blobs.release(dropped.blobs)

    def _settle(self, held: SessionData, added: StoredObject, before: StoredObject | None) -> None:
        held.object_bytes += ITEM_OVERHEAD + added.size
        if before is not None:
            held.object_bytes -= ITEM_OVERHEAD + before.size
            self._blobs.release(before.blobs)
        self._data.weigh(held)


def _is_between(number: int, below: int | None, above: int | None) -> bool:
    return (below is None or number < below) and (above is None or number > above)
