"""The journal in memory: bounded in entries for each session, and in bytes for all together."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import takewhile

from mockserver.store.calls import CallRecord, Departure, Holding, JournalEntry
from mockserver.store.journals import News
from mockserver.store.memory.data import Data, SessionData

# Bytes that an entry takes besides those of the request and the answer: its records and objects.
_OVERHEAD = 4096


class MemoryJournal:
    """See `mockserver.store.protocols.JournalStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def reserve(self) -> int:
        """Entries get their numbers when they are appended."""
        return 0

    def append(self, session: str, record: CallRecord, departure: Departure | None = None, place: int = 0) -> int:  # noqa: ARG002
        """Append the record of a call."""
        data, call = self._data, record.call
        headers = call.headers
        weight = sum(map(len, headers.values()), record.weight + len(call.query) + _OVERHEAD)
        is_retry = headers.get("x-stainless-retry-count", "0") != "0"
        with data.lock:
            held = data.owner(session)
            entries = held.entries
            data.received = number = data.received + 1
            retry_of = _find_repeated(held, record) if is_retry else None
            entries[number] = JournalEntry(number, record, retry_of, departure)
            data.entries[number] = (held, weight)
            data.entry_bytes += weight
            if len(entries) > data.settings.journal_entries:
                self._make_room(next(iter(entries)))
            while data.entry_bytes > data.settings.journal_bytes and len(data.entries) > 1:
                self._make_room(next(iter(data.entries)))
            self._note_change()
        return number

    def finish(self, ticket: int, departure: Departure) -> None:
        """Note how the answer left."""
        data = self._data
        with data.lock:
            found = data.entries.get(ticket)
            if found is None:
                return
            entries = found[0].entries
            begun = entries[ticket]
            entries[ticket] = JournalEntry(ticket, begun.record, begun.retry_of, departure)
            self._note_change()

    def get(self, number: int) -> JournalEntry | None:
        """The entry of that number."""
        with self._data.lock:
            found = self._data.entries.get(number)
            return found[0].entries[number] if found else None

    def entries(self, session: str | None = None, *, after: int = 0) -> tuple[JournalEntry, ...]:
        """The entries of a session, or of all, oldest first."""
        with self._data.lock:
            if session is None:
                found = [held.entries[number] for number, (held, _) in self._data.entries.items()]
            else:
                found = self._find_strays(session)
                found += [entry for held in self._data.selected(session) for entry in held.entries.values()]
        return tuple(entry for entry in found if entry.number > after) if after else tuple(found)

    def follow(self, session: str | None, after: int, unfinished: Sequence[int], most: int) -> News:
        """What has happened in a session, or in all."""
        data = self._data
        with data.lock:
            came = [found[0].entries[number] for number in unfinished if (found := data.entries.get(number))]
            came += self._find_later(session, after)
            came.sort(key=lambda entry: entry.number)
            news = [entry for entry in came if entry.departure or entry.number > after]
            under_way = tuple([entry.number for entry in came if not entry.departure])
            shown = tuple(news[max(0, len(news) - most) :])
            return News(shown, len(news) - len(shown), data.received, under_way, data.clearings)

    def _find_later(self, session: str | None, after: int) -> Iterable[JournalEntry]:
        """The entries with numbers above ``after``; of one session after the other."""
        data = self._data
        if session is None:
            numbers = takewhile(lambda number: number > after, reversed(data.entries))
            return (data.entries[number][0].entries[number] for number in numbers)
        held = [entry for each in data.selected(session) for entry in _newer(each, after)]
        strays = (entry for entry in _newer(data.strays, after) if entry.record.call.session == session)
        return [*held, *strays]

    def held(self, session: str) -> Holding:
        """How much it holds of a session."""
        with self._data.lock:
            held = self._data.sessions.get(session)
            if held is None:
                strays = [entry.number for entry in self._find_strays(session)]
                return Holding(len(strays), max(strays, default=None))
            return Holding(len(held.entries), next(reversed(held.entries), None))

    def clear(self, session: str | None = None) -> int:
        """Forget the entries of a session, or of all."""
        with self._data.lock:
            strays = self.clear_one(self._data.strays) if session is None else self.clear_strays(session)
            return strays + sum(map(self.clear_one, self._data.selected(session)))

    def clear_strays(self, session: str) -> int:
        """Forget the entries of calls that the session made when it was gone."""
        strays = self._find_strays(session)
        for entry in strays:
            self._drop(entry.number)
        if strays:
            self._data.clearings += 1
            self._note_change()
        return len(strays)

    def _find_strays(self, session: str) -> list[JournalEntry]:
        return [entry for entry in self._data.strays.entries.values() if entry.record.call.session == session]

    def clear_one(self, held: SessionData) -> int:
        """Forget the entries of this session."""
        numbers = tuple(held.entries)
        for number in numbers:
            self._drop(number)
        held.dropped = 0
        self._data.clearings += bool(numbers)
        self._note_change()
        return len(numbers)

    def received(self) -> int:
        """How many calls were recorded."""
        return self._data.received

    def latest(self) -> int:
        """The latest number of an entry so far."""
        return self._data.received

    def dropped(self, session: str | None = None) -> int:
        """How many entries of a session, or of all, had to make room."""
        with self._data.lock:
            return sum([held.dropped for held in self._data.selected(session)])

    def watch(self, seen: int, timeout: float) -> int:
        """Wait until something has changed."""
        data, deadline = self._data, time.monotonic() + timeout
        with data.lock:
            data.waiting += 1
            try:
                while data.changes <= seen and data.changed.wait(max(0.0, deadline - time.monotonic())):
                    pass
            finally:
                data.waiting -= 1
            return data.changes

    def _note_change(self) -> None:
        self._data.changes += 1
        if self._data.waiting:
            self._data.changed.notify_all()

    def _make_room(self, number: int) -> None:
        self._data.entries[number][0].dropped += 1
        self._drop(number)

    def _drop(self, number: int) -> None:
        held, weight = self._data.entries.pop(number)
        del held.entries[number]
        self._data.entry_bytes -= weight


def _newer(held: SessionData, after: int) -> Iterable[JournalEntry]:
    return takewhile(lambda entry: entry.number > after, reversed(held.entries.values()))


def _find_repeated(held: SessionData, record: CallRecord) -> int | None:
    """The latest call with the same path and body: the SDKs count their retries in a header, and repeat both."""
    call = record.call
    for number, entry in reversed(held.entries.items()):
        earlier = entry.record.call
        if earlier.body == call.body and earlier.path == call.path and earlier.session == call.session:
            return number
    return None
