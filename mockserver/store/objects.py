"""Objects of the API that outlive the call which made them, such as batches and files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct


class StoredObject(Struct, frozen=True):
    """An object of a session.

    ``data`` is what its endpoint keeps of it, as JSON. ``number`` orders the objects of a store: a later one has a
    higher number. ``parent`` is the id of the object to which it belongs, "" for none. ``blobs`` are the names of the
    contents that it holds.
    """

    id: str
    data: bytes
    number: int
    parent: str = ""
    blobs: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Its bytes without the contents."""
        return len(self.id) + len(self.data) + len(self.parent) + sum(map(len, self.blobs))


class Given(NamedTuple):
    """An object as it has to be: its kind, its id and its data."""

    kind: str
    id: str
    data: bytes


class ObjectPage(Struct, frozen=True):
    """Some objects of a list, and whether there are more in the direction asked for."""

    objects: tuple[StoredObject, ...] = ()
    has_more: bool = False


class ObjectStore(Protocol):
    """The objects of each session, by kind (``batch``, ``file`` ...) and id. A reset of the session forgets them."""

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
        """Add an object, instead of one that has its id already.

        Args:
            session: whose it is.
            kind: what it is.
            object_id: its id.
            data: what is kept of it, as JSON.
            parent: the id of the object with which it is removed.
            blobs: finished contents; they live as long as an object that holds them.
            given: an object of the session that has to be as it is said.

        Raises:
            ClaimLostError: it is not; nothing is added.
        """

    def get(self, session: str, kind: str, object_id: str) -> StoredObject | None:
        """The object of that id."""

    def replace(self, session: str, kind: str, object_id: str, before: bytes, data: bytes) -> bool:
        """Replace the data of an object; False when they are not those before any more, or it is gone."""

    def remove(self, session: str, kind: str, object_id: str) -> bool:
        """Remove an object, those that belong to it, of any kind, and their contents; whether it was there."""

    def find_number(self, session: str, kind: str, object_id: str) -> int | None:
        """The number of an object, also of one of the last 10,000 that were removed from the session."""

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
        """Some objects of a kind, latest first.

        Args:
            session: whose they are.
            kind: what they are.
            limit: how many, from 1.
            parent: only those that belong to this one.
            below: the latest of those with lower numbers.
            above: of those with higher numbers, the earliest.
        """

    def count(self, session: str, kind: str) -> int:
        """How many objects of a kind there are."""

    def find_sessions(self, kind: str) -> tuple[str, ...]:
        """The names of the sessions that have objects of a kind, as ``SessionStore.names`` gives them."""
