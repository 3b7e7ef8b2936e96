"""What waits to be written to the engine."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from msgspec import Struct, field

from mockserver.store.calls import CallRecord, Departure
from mockserver.store.stats import Stats

# Entries, and bytes of them if it is more than one, that are written in one step.
_MOST_ENTRIES, _MOST_BYTES = 50, 512 * 1024


class PendingEntry(Struct, eq=False):
    """An entry that is to be written. ``owner`` is the id of the session when its call began; "": whichever it has."""

    ticket: int
    session: str
    owner: str
    place: int
    record: CallRecord
    departure: Departure | None
    size: int


class Batch(Struct, eq=False):
    """What is to be written: entries and departures by ticket, figures by session.

    ``dropped`` counts the entries for which there was no room, by session and owner.
    """

    entries: dict[int, PendingEntry] = field(default_factory=dict)
    departures: dict[int, Departure] = field(default_factory=dict)
    figures: dict[str, Stats] = field(default_factory=dict)
    dropped: dict[tuple[str, str], int] = field(default_factory=dict)
    size: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.entries or self.departures or self.figures or self.dropped)

    def add(self, pending: PendingEntry) -> None:
        """Write an entry."""
        self.entries[pending.ticket] = pending
        self.size += pending.size

    def finish(self, ticket: int, departure: Departure) -> None:
        """Write how an answer left, with its entry where that waits too."""
        pending = self.entries.get(ticket)
        if pending is None:
            self.departures[ticket] = departure
        else:
            pending.departure = departure

    def absorb(self, later: Batch) -> None:
        """Write what has come later, too."""
        self.entries.update(later.entries)
        self.size += later.size
        for ticket, departure in later.departures.items():
            self.finish(ticket, departure)
        for session, figures in later.figures.items():
            self.figures.setdefault(session, Stats()).absorb(figures)
        for whose, number in later.dropped.items():
            self.dropped[whose] = self.dropped.get(whose, 0) + number

    def bound(self, most: int) -> int:
        """Drop the oldest entries beyond so many bytes, but one; returns how many."""
        number = 0
        while self.size > most and len(self.entries) > 1:
            oldest = self._remove(next(iter(self.entries)))
            whose = oldest.session, oldest.owner
            self.dropped[whose] = self.dropped.get(whose, 0) + 1
            number += 1
        return number

    def peek(self) -> list[PendingEntry]:
        """The oldest entries, as many as are written in one step."""
        size, found = 0, list[PendingEntry]()
        for pending in islice(self.entries.values(), _MOST_ENTRIES):
            size += pending.size
            if found and size > _MOST_BYTES:
                break
            found.append(pending)
        return found

    def remove(self, entries: Sequence[PendingEntry]) -> None:
        """Let go of entries."""
        for pending in entries:
            self._remove(pending.ticket)

    def _remove(self, ticket: int) -> PendingEntry:
        pending = self.entries.pop(ticket)
        self.size -= pending.size
        return pending
