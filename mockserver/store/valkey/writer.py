"""Writes the journal and the figures in groups, in a thread of its own, which also says that something has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, RLock, Thread
from time import sleep

from msgspec import Struct, field
from valkey.exceptions import ResponseError

from mockserver.records.masks import name_session, show_session
from mockserver.store.calls import CallRecord, Departure
from mockserver.store.errors import StoreClosedError, StoreFailedError
from mockserver.store.kept.concealing import conceal_record
from mockserver.store.kept.encoding import pack, to_bytes
from mockserver.store.kept.entries import digest_request, is_retry
from mockserver.store.kept.outage import Outage
from mockserver.store.stats import Stats
from mockserver.store.valkey.data import Data
from mockserver.store.valkey.link import Argument

# Seconds for which what is to be written is gathered, and between two attempts while the engine is gone.
_GATHER, _AGAIN = 0.01, 0.2
# Bytes that are sent in one go, if it is more than one entry.
_MOST = 1024 * 1024
# Bytes of entries that wait, at least; more than those of the journal are not kept.
_MOST_WAITING = 16 * 1024 * 1024
# Tickets of entries that were written, and whose answers are still to leave, are remembered up to this number.
_MOST_TICKETS = 100_000
Operation = tuple[str, tuple[Argument, ...]]


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
    """What is to be written: entries and departures by ticket, figures by session."""

    entries: dict[int, PendingEntry] = field(default_factory=dict)
    departures: dict[int, Departure] = field(default_factory=dict)
    figures: dict[str, Stats] = field(default_factory=dict)
    size: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.entries or self.departures or self.figures)


class Writer:
    """See above. What is handed in waits in memory; ``flush`` writes it at once.

    Args:
        data: what operations share.
        add_figures: adds figures to those of a session.
    """

    def __init__(self, data: Data, add_figures: Callable[[str, Stats], None]) -> None:
        self._data, self._add_figures = data, add_figures
        self._lock, self._flushing = RLock(), RLock()
        self._batch, self._numbers, self._ticket = Batch(), dict[int, int](), 0
        self._awake, self._has_ended = Event(), True
        self._thread: Thread | None = None
        self.outage = Outage()

    def open(self) -> None:
        """Begin to write, again after ``close``."""
        self._has_ended = False
        self._awake.clear()
        self._thread = Thread(target=self._work, name="store writer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what is waiting, and end the thread."""
        self._has_ended = True
        self._awake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.flush()

    def append(
        self, session: str, owner: str, place: int, record: CallRecord, departure: Departure | None, size: int
    ) -> int:
        """Write an entry; returns its ticket."""
        with self._lock:
            self._ticket = ticket = self._ticket + 1
            batch = self._batch
            batch.entries[ticket] = PendingEntry(ticket, session, owner, place, record, departure, size)
            batch.size += size
            self._bound(batch)
        self._awake.set()
        return ticket

    def finish(self, ticket: int, departure: Departure) -> None:
        """Write how an answer left."""
        with self._lock:
            pending = self._batch.entries.get(ticket)
            if pending is None:
                self._batch.departures[ticket] = departure
            else:
                pending.departure = departure
        self._awake.set()

    def count(self, session: str, record: CallRecord, departure: Departure) -> None:
        """Write the figures of a call."""
        with self._lock:
            figures = self._batch.figures.get(session)
            if figures is None:
                figures = self._batch.figures[session] = Stats()
            figures.count(record, departure)
        self._awake.set()

    def flush(self) -> None:
        """Write what is waiting, at once."""
        with self._flushing:
            with self._lock:
                batch, self._batch = self._batch, Batch()
            if batch.is_empty:
                return
            try:
                self._write(batch)
                self.outage.note_success()
            except StoreClosedError:
                return
            except StoreFailedError as error:
                self._put_back(batch, error)

    def number(self, ticket: int) -> int | None:
        """The number of an entry that was written and is still under way."""
        with self._flushing, self._lock:
            return self._numbers.get(ticket)

    def _work(self) -> None:
        while not self._has_ended:
            self._awake.wait()
            self._awake.clear()
            if self._has_ended:
                return
            sleep(_GATHER)
            if self._data.link.reason is not None:
                sleep(_AGAIN)
            self.flush()

    def _bound(self, batch: Batch) -> None:
        """What waits for an engine that is gone has as much room as the journal."""
        most = max(_MOST_WAITING, self._data.settings.journal_bytes)
        while batch.size > most and len(batch.entries) > 1:
            oldest = batch.entries.pop(next(iter(batch.entries)))
            batch.size -= oldest.size
            self.outage.note_failure(1, StoreFailedError("there is no room for more entries that wait"))

    def _put_back(self, batch: Batch, error: StoreFailedError) -> None:
        """What was not sent waits for the engine. Of what was sent it is not known what became of it: it is lost."""
        with self._lock:
            later, self._batch = self._batch, batch
            batch.entries.update(later.entries)
            batch.size = sum(each.size for each in batch.entries.values())
            for ticket, departure in later.departures.items():
                if (pending := batch.entries.get(ticket)) is None:
                    batch.departures[ticket] = departure
                else:
                    pending.departure = departure
            for session, figures in later.figures.items():
                batch.figures.setdefault(session, Stats()).absorb(figures)
            self._bound(batch)
        self.outage.note_failure(0, error)
        self._awake.set()

    def _write(self, batch: Batch) -> None:
        # Before the entries: who finds these finds the figures.
        while batch.figures:
            session = next(iter(batch.figures))
            try:
                self._add_figures(session, batch.figures[session])
            except ResponseError as error:
                # Nothing that waiting mends, such as a key that somebody else uses.
                self.outage.note_failure(0, error)
            del batch.figures[session]
        while batch.entries:
            self._write_entries(batch, self._take(batch))
        if batch.departures:
            # They wait with the rest while the engine is gone.
            self._data.link.check()
        finished = list(batch.departures.items())
        batch.departures.clear()
        operations: list[Operation] = [
            ("finish_entry", (number, pack(departure)))
            for ticket, departure in finished
            if (number := self._numbers.pop(ticket, None)) is not None
        ]
        self._send(operations, 0)

    def _take(self, batch: Batch) -> list[PendingEntry]:
        size, taken = 0, list[PendingEntry]()
        for pending in batch.entries.values():
            size += pending.size
            if taken and size > _MOST:
                break
            taken.append(pending)
        return taken

    def _write_entries(self, batch: Batch, taken: Sequence[PendingEntry]) -> None:
        operations = [self._describe(pending) for pending in taken]
        self._data.link.check()
        for pending in taken:
            del batch.entries[pending.ticket]
            batch.size -= pending.size
        numbers = self._send(operations, len(taken))
        for pending, number in zip(taken, numbers, strict=True):
            if pending.departure is None and isinstance(number, int) and number:
                if len(self._numbers) >= _MOST_TICKETS:
                    self._numbers.pop(next(iter(self._numbers)))
                self._numbers[pending.ticket] = number

    def _send(self, operations: Sequence[Operation], entries: int) -> list[object]:
        """Send operations; those of so many entries are lost when that fails. Returns their answers."""
        if not operations:
            return []
        try:
            answers = self._data.link.call_all(operations)
        except StoreClosedError:
            raise
        except StoreFailedError as error:
            self.outage.note_failure(entries, error)
            raise
        for answer in answers:
            # It holds up no other one, whatever it means.
            if isinstance(answer, Exception):
                self.outage.note_failure(1, answer)
        return answers

    def _describe(self, pending: PendingEntry) -> Operation:
        data, record = self._data, pending.record
        name = shown = b""
        if "x-mock-session" in record.call.headers:
            chosen = name_session(record.call)
            if chosen == pending.session == show_session(pending.session):
                name, shown = to_bytes(pending.session), to_bytes(chosen)
        return "write_entry", (
            *data.traits(pending.session),
            *(pending.owner, pending.place, pending.size, digest_request(record.call), int(is_retry(record))),
            *(data.replica, name, shown, b"" if pending.departure is None else pack(pending.departure)),
            pack(conceal_record(record, data.settings.own_secrets)),
        )
