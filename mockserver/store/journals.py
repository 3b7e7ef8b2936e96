"""The journal of calls, and what has happened in it since somebody looked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from mockserver.store.calls import CallRecord, Departure, Holding, JournalEntry


class News(Struct, frozen=True):
    """The newest of the entries that came, or that were under way and are finished, oldest first.

    ``left_out`` is how many more there are, ``latest`` the number of the latest entry so far, given or not.
    ``unfinished`` are the numbers, in their order, of those that came, or were asked about, and are still under way.
    ``clearings`` is how often entries of any session were cleared so far; what had to make room does not count.
    """

    entries: tuple[JournalEntry, ...]
    left_out: int
    latest: int
    unfinished: tuple[int, ...]
    clearings: int


class JournalStore(Protocol):
    """The calls received and their answers, of each session and together, bounded in number and bytes."""

    def reserve(self) -> int:
        """The place that ``begin_call`` has just kept for the call which it began; 0 where entries get their numbers
        when they are appended.
        """

    def append(self, session: str, record: CallRecord, departure: Departure | None = None, place: int = 0) -> int:
        """Append the record of a call, with its departure when the answer has left already.

        Args:
            session: whose call it was.
            record: the record.
            departure: how the answer left; None: it is still to leave.
            place: what ``reserve`` gave; an entry that comes late gets a number of its own nevertheless.

        Returns:
            A ticket, by which ``finish`` knows the entry: above 0, and in most stores its number.
        """

    def finish(self, ticket: int, departure: Departure) -> None:
        """Note how the answer left. An entry that is no longer there is let go."""

    def get(self, number: int) -> JournalEntry | None:
        """The entry of that number."""

    def entries(self, session: str | None = None, *, after: int = 0) -> tuple[JournalEntry, ...]:
        """The entries of a session, or of all, with numbers above ``after``, oldest first."""

    def follow(self, session: str | None, after: int, unfinished: Sequence[int], most: int) -> News:
        """What has happened in a session, or in all. It costs as much as there is of it, not as there are entries.

        Args:
            session: whose entries.
            after: the latest number that is known.
            unfinished: the numbers up to that of entries that were under way.
            most: how many entries to give at most.
        """

    def held(self, session: str) -> Holding:
        """How much it holds of a session, without reading the entries."""

    def clear(self, session: str | None = None) -> int:
        """Forget the entries of a session, or of all; returns how many there were. Numbers go on."""

    def received(self) -> int:
        """How many calls were recorded since the server started."""

    def latest(self) -> int:
        """The latest number of an entry so far; calls that are recorded later get higher ones."""

    def dropped(self, session: str | None = None) -> int:
        """How many entries of a session, or of all, had to make room for later ones since it began or was cleared."""

    def watch(self, seen: int, timeout: float) -> int:
        """Wait at most ``timeout`` seconds until there are other changes than the ``seen`` first ones.

        Returns:
            The number of changes so far, to be handed in the next time.
        """
