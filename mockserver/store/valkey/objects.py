"""The objects of sessions on the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from valkey.exceptions import ResponseError

from mockserver.store.claims import ClaimLostError
from mockserver.store.kept.encoding import to_text
from mockserver.store.objects import Given, ObjectPage, StoredObject
from mockserver.store.valkey.blobs import ValkeyBlobs
from mockserver.store.valkey.data import Data


class ValkeyObjects:
    """See `mockserver.store.objects.ObjectStore`."""

    def __init__(self, data: Data, blobs: ValkeyBlobs) -> None:
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
        """Add an object.

        Raises:
            ClaimLostError: another object is not as it has to be.
            KeyError: it is to hold a content that is not there.
            StoreFullError: there is no room for its contents.
        """
        sized = [part for name in blobs for part in (name, self._blobs.find_new(name))]
        traits, fence = self._data.traits(session), given or ("", "", b"")
        try:
            number = self._data.link.call("object_add", *traits, kind, object_id, data, parent, *fence, *sized)
        except ResponseError as error:
            if str(error).startswith("UNKNOWN "):
                raise KeyError(str(error).removeprefix("UNKNOWN ")) from error
            raise
        if number is None:
            raise ClaimLostError
        self._data.note_change()
        self._blobs.note_taken(blobs)
        return StoredObject(object_id, data, int(number), parent, tuple(blobs))

    def get(self, session: str, kind: str, object_id: str) -> StoredObject | None:
        """The object of that id."""
        found = self._data.link.call("object_get", self._data.digest(session), kind, object_id)
        return None if found is None else _read(found)

    def replace(self, session: str, kind: str, object_id: str, before: bytes, data: bytes) -> bool:
        """Replace the data of an object."""
        digest = self._data.digest(session)
        return bool(self._data.link.call("object_replace", digest, kind, object_id, before, data))

    def remove(self, session: str, kind: str, object_id: str) -> bool:
        """Remove an object and those that belong to it."""
        was_there = bool(self._data.link.call("object_remove", self._data.digest(session), kind, object_id))
        if was_there:
            self._blobs.remove_dead()
        return was_there

    def find_number(self, session: str, kind: str, object_id: str) -> int | None:
        """The number of an object, also of one that was removed."""
        found = self._data.link.call("object_number", self._data.digest(session), kind, object_id)
        return None if found is None else int(found)

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
        numbers = ["" if number is None else number for number in (below, above)]
        within = (int(parent is not None), parent or "")
        found = self._data.link.call("object_page", self._data.digest(session), kind, limit + 1, *within, *numbers)
        chosen = tuple(map(_read, found[:limit]))
        return ObjectPage(chosen if above is None else chosen[::-1], len(found) > limit)

    def count(self, session: str, kind: str) -> int:
        """How many objects of a kind there are."""
        return int(self._data.link.call("object_count", self._data.digest(session), kind))

    def find_sessions(self, kind: str) -> tuple[str, ...]:
        """The names of the sessions that have objects of a kind."""
        found = self._data.link.call("object_sessions", kind)
        show = self._data.names.show
        return tuple(show(bytes.fromhex(to_text(digest)), name, to_text(shown)) for digest, name, shown in found)

    def expire(self, before: float) -> None:
        """Remove the objects that were added before a time, in seconds since 1970, with their contents."""
        while self._data.link.call("object_expire", before):
            pass
        self._blobs.remove_dead()
        self._blobs.remove_orphans()


def _read(found: list[Any]) -> StoredObject:
    object_id, data, number, parent, blobs = found
    return StoredObject(to_text(object_id), data, int(number), to_text(parent), tuple(map(to_text, blobs)))
