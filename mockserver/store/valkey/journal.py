"""The journal on the engine: written in groups, read in pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from mockserver.store.calls import CallRecord, Departure, Holding, JournalEntry
from mockserver.store.errors import StoreFailedError
from mockserver.store.journals import News
from mockserver.store.kept.encoding import to_text, unpack
from mockserver.store.kept.entries import weigh
from mockserver.store.valkey import bridge
from mockserver.store.valkey.data import Data
from mockserver.store.valkey.writer import Writer

# Bytes of entries that are read in one go, if it is more than one, and entries.
_MOST_BYTES, _MOST_ENTRIES = 2 * 1024 * 1024, 200
# Entries that are dropped in one go, and those that are listed.
_AT_ONCE, _MANY = 100, 500
# Entries that go together with their session.
_MOST_AT_END = 1000
# Seconds between two looks for entries whose places are kept, and between two looks for changes.
_PAUSE, _LOOK = 0.002, 0.02


class ValkeyJournal:
    """See `mockserver.store.protocols.JournalStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self.writer = Writer(data)
        data.flush = self.flush
        self.open()

    def open(self) -> None:
        """Begin to write, again after ``close``."""
        self.writer.open()

    def close(self) -> None:
        """Write what is waiting."""
        self.writer.close()

    def reserve(self) -> int:
        """The place that ``begin_call`` has just kept."""
        place = self._data.place.get()
        if place:
            self._data.place.set(0)
        return place

    def append(self, session: str, record: CallRecord, departure: Departure | None = None, place: int = 0) -> int:
        """Append the record of a call."""
        owner = self._data.take_owner(place) if place else ""
        if not owner:
            # Of a call that failed before it began.
            with suppress(StoreFailedError):
                kept, place = self._data.link.call("keep_entry", *self._data.traits(session))
                owner = to_text(kept)
        return self.writer.append(session, owner, place, record, departure, weigh(record))

    def finish(self, ticket: int, departure: Departure) -> None:
        """Note how the answer left."""
        self.writer.finish(ticket, departure)

    def write(self) -> None:
        """Write what is waiting here, for who counts: other replicas write what they have a moment later."""
        self.writer.flush()

    def flush(self) -> int:
        """Write what is waiting, and wait until other replicas have written what they began before; returns the latest
        number of then.
        """
        self.writer.flush()
        kept, latest = self._data.link.call("kept_places", "")
        while kept:
            _pause()
            self.writer.flush()
            kept, _ = self._data.link.call("kept_places", latest)
        return int(latest)

    def get(self, number: int) -> JournalEntry | None:
        """The entry of that number."""
        self.flush()
        return next(self._read([number]), None)

    def entries(self, session: str | None = None, *, after: int = 0) -> tuple[JournalEntry, ...]:
        """The entries of a session, or of all, oldest first."""
        latest = self.flush()
        found = self._list(self._digest(session), after, latest)
        return tuple(entry for page in _cut(found) for entry in self._read(page))

    def follow(self, session: str | None, after: int, unfinished: Sequence[int], most: int) -> News:
        """What has happened in a session, or in all. Only entries that are given are read whole."""
        latest, digest = self.flush(), self._digest(session)
        rows, clearings = dict[int, int](), None
        for at in range(0, len(unfinished), _MANY):
            told, flat = self._data.link.call("follow", digest, 0, 0, 0, *unfinished[at : at + _MANY])
            clearings = told if clearings is None else clearings
            rows.update(_pair(flat))
        place = after
        while True:
            # What is cleared from now on is told the next time.
            told, flat = self._data.link.call("follow", digest, place, latest, _MANY)
            clearings = told if clearings is None else clearings
            page = sorted(_pair(flat))[:_MANY]
            rows.update(page)
            if len(page) < _MANY:
                break
            place = page[-1][0]
        rows = dict(sorted(rows.items()))
        news = [number for number, is_under_way in rows.items() if number > after or not is_under_way]
        shown = news[max(0, len(news) - most) :]
        under_way = tuple(number for number, is_under_way in rows.items() if is_under_way)
        return News(tuple(self._read(shown)), len(news) - len(shown), latest, under_way, clearings)

    def held(self, session: str) -> Holding:
        """How much it holds of a session."""
        self.write()
        return Holding(*self._data.link.call("held_entries", self._digest(session)))

    def clear(self, session: str | None = None) -> int:
        """Forget the entries of a session, or of all."""
        latest, cleared = self.flush(), 0
        operation = ("clear_all_entries", latest) if session is None else ("clear_entries", self._digest(session))
        while True:
            found = int(self._data.link.call(*operation, _AT_ONCE))
            cleared += found
            if found < _AT_ONCE:
                return cleared

    def shorten(self, session: str) -> None:
        """Drop the oldest entries of a session that is about to end, so that the last step is a short one."""
        digest = self._digest(session)
        while self._data.link.call("held_entries", digest)[0] > _MOST_AT_END:
            self._data.link.call("clear_entries", digest, _AT_ONCE)

    def received(self) -> int:
        """How many calls were recorded."""
        self.write()
        return int(self._data.link.call("received"))

    def latest(self) -> int:
        """The latest number of an entry so far."""
        return self.flush()

    def dropped(self, session: str | None = None) -> int:
        """How many entries of a session, or of all, had to make room."""
        self.write()
        if session is None:
            return sum(map(int, self._data.link.call("all_dropped")))
        return int(self._data.link.call("dropped_entries", self._digest(session)))

    def watch(self, seen: int, timeout: float) -> int:
        """Wait until something has changed, at any replica."""
        deadline = time.monotonic() + timeout
        while True:
            changes = self._count_changes(seen)
            left = deadline - time.monotonic()
            if changes > seen or left <= 0:
                return changes
            time.sleep(min(left, _LOOK))

    def expire(self, before: float) -> None:
        """Drop the entries that were written before a time, in seconds since 1970."""
        while self._data.link.call("expire_entries", before, _AT_ONCE) == _AT_ONCE:
            pass

    def _count_changes(self, seen: int) -> int:
        # Who waits goes on waiting while the engine is gone.
        with suppress(StoreFailedError):
            return int(self._data.link.call("changes"))
        return seen

    def _digest(self, session: str | None) -> str:
        return "" if session is None else self._data.digest(session)

    def _list(self, digest: str, after: int, latest: int) -> Iterator[tuple[int, int]]:
        """The numbers of entries, each with its size."""
        while True:
            found = self._data.link.call("list_entries", digest, after, latest, _MANY)
            # Each list gave its first ones: behind so many of them others may be missing.
            page = sorted((int(number), int(size)) for number, size, _ in (each.split(b":") for each in found))[:_MANY]
            yield from page
            if len(page) < _MANY:
                return
            after = page[-1][0]

    def _read(self, numbers: Sequence[int]) -> Iterator[JournalEntry]:
        if not numbers:
            return
        found = self._data.link.call("read_entries", *numbers)
        for number, held in zip(numbers, found, strict=True):
            if held is None:
                continue
            departed, retry_of, is_there, parts, data = held
            if parts:
                data = self._read_parts(number, parts)
                if data is None:
                    continue
            departure = None if is_there else Departure(hung_up=True)
            if departed is not None:
                departure = unpack(departed, Departure)
            yield JournalEntry(number, unpack(data, CallRecord), retry_of and int(retry_of), departure)

    def _read_parts(self, number: int, parts: int) -> bytes | None:
        """The record of a large entry; None: it has gone meanwhile."""
        found = list[bytes]()
        for part in range(parts):
            data = self._data.link.call("read_part", number, part)
            if data is None:
                return None
            found.append(data)
        return b"".join(found)


def _pause() -> None:
    """Wait a moment for other replicas; the event loop does other things meanwhile."""
    if bridge.can_wait():
        bridge.wait(asyncio.sleep(_PAUSE))
    else:
        time.sleep(_PAUSE)


def _pair(flat: Sequence[int]) -> Iterator[tuple[int, int]]:
    each = iter(flat)
    return zip(each, each, strict=True)


def _cut(found: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """Numbers, each with its size, in pages."""
    page, size = list[int](), 0
    for number, each in found:
        if page and (size + each > _MOST_BYTES or len(page) >= _MOST_ENTRIES):
            yield page
            page, size = [], 0
        page.append(number)
        size += each
    if page:
        yield page
