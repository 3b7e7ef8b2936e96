"""Writes the journal and the figures in groups, in a thread of its own; a second one removes what is left over, and
moves the log, which may wait for the disk."""

from __future__ import annotations

import time
from itertools import chain
from threading import Condition, Event, RLock, Thread

from msgspec import Struct, field

from mockserver.store.calls import CallRecord, Departure
from mockserver.store.errors import StoreFailedError
from mockserver.store.kept.encoding import pack
from mockserver.store.kept.outage import Outage
from mockserver.store.sqlite.data import Data
from mockserver.store.sqlite.database import Row
from mockserver.store.sqlite.entries import PendingEntry, make_row
from mockserver.store.sqlite.figures import add_figures, add_to_rows
from mockserver.store.sqlite.pieces import PIECE
from mockserver.store.sqlite.slots import Slots
from mockserver.store.sqlite.sweeping import Sweeper
from mockserver.store.stats import Stats

# Seconds for which what is to be written is gathered; and under load, when the last group had so many entries: larger
# groups cost less, since what is written once for each session of a group is shared by more calls.
_GATHER, _GATHER_MORE, _MANY = 0.01, 0.06, 16
# Sessions whose figures are written by one statement.
_SESSIONS = 64
# Seconds after which what is left over is looked for, when nothing was written.
_IDLE = 0.5
# Rows of one transaction, and their bytes.
_ROWS, _BYTES = 64, 4 * PIECE
# One statement for all rows of a group. Each statement lets go of the interpreter, and who holds the database meanwhile
# would keep other processes from it until the interpreter is free again.
_INSERT = """INSERT INTO entries(number, owner, caller, request, size, written_at, is_retry, departure, slot, payload,
    data) SELECT * FROM (VALUES {}) WHERE EXISTS (SELECT 1 FROM sessions WHERE shelf = column2)"""
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Batch(Struct, eq=False):
    """What is to be written: entries and departures by number, figures by session, and entries that made room before
    they were written, by shelf."""

    entries: dict[int, PendingEntry] = field(default_factory=dict)
    departures: dict[int, Departure] = field(default_factory=dict)
    figures: dict[int, Stats] = field(default_factory=dict)
    dropped: dict[int, int] = field(default_factory=dict)
    size: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.entries or self.departures or self.figures or self.dropped)


class Writer:
    """See above. What is handed in waits in memory, for at most 100 ms; ``flush`` writes it at once."""

    def __init__(self, data: Data, slots: Slots, sweeper: Sweeper) -> None:
        self._data = data
        self._database = data.database
        self._slots = slots
        self._sweeper = sweeper
        self._batch = Batch()
        self._flushing = RLock()
        self._awake, self._written = Event(), Event()
        self._has_ended = self._is_busy = False
        self._changed, self._waiting = Condition(), 0
        self.outage = Outage()
        self.open()

    def open(self) -> None:
        """Begin to write, again after ``close``."""
        self._has_ended = self._is_busy = False
        if self._slots.own == 0:
            self._slots.begin_numbers(self._database.number("received"))
        works = {"store writer": self._work, "store sweeper": self._tidy}
        self._threads = [Thread(target=work, name=name, daemon=True) for name, work in works.items()]
        for thread in self._threads:
            thread.start()

    def append(self, owner: int, caller: bytes, record: CallRecord, departure: Departure | None, size: int) -> int:
        """Write an entry; returns its number."""
        with self._database.lock:
            # Before it has its number: who reads a later one finds this one too.
            self._slots.take_on()
            number = self._slots.next_number()
            batch, most = self._batch, self._data.settings.journal_bytes
            batch.entries[number] = PendingEntry(number, owner, caller, record, departure, size)
            batch.size += size
            while batch.size > most and len(batch.entries) > 1:
                oldest = batch.entries.pop(next(iter(batch.entries)))
                batch.size -= oldest.size
                batch.dropped[oldest.owner] = batch.dropped.get(oldest.owner, 0) + 1
        self.note_change()
        return number

    def finish(self, number: int, departure: Departure) -> None:
        """Write how an answer left."""
        with self._database.lock:
            self._slots.take_on()
            pending = self._batch.entries.get(number)
            if pending is None:
                self._batch.departures[number] = departure
            else:
                pending.departure = departure
        self.note_change()

    def count(self, owner: int, record: CallRecord, departure: Departure) -> None:
        """Write the figures of a call."""
        with self._database.lock:
            self._slots.take_on()
            figures = self._batch.figures.get(owner)
            if figures is None:
                figures = self._batch.figures[owner] = Stats()
            figures.count(record, departure)
        self._awake.set()

    def received(self) -> int:
        """The latest number of an entry."""
        return self._slots.number()

    def note_change(self) -> None:
        """Something has changed in the journal: wake who waits."""
        self._slots.note_change()
        self._awake.set()
        if self._waiting:
            with self._changed:
                self._changed.notify_all()

    def note_clearing(self) -> None:
        """Entries of the journal were cleared: wake who waits."""
        self._slots.note_clearing()
        self.note_change()

    def clearings(self) -> int:
        """How often entries were cleared, by any process."""
        return self._slots.clearings()

    def watch(self, seen: int, timeout: float) -> int:
        """Wait until something has changed in the journal; returns how often something has."""
        deadline = time.monotonic() + timeout
        with self._changed:
            self._waiting += 1
            try:
                while self._slots.changes() <= seen and (left := deadline - time.monotonic()) > 0:
                    # Other processes cannot wake this one.
                    self._changed.wait(min(left, 0.02))
            finally:
                self._waiting -= 1
        return self._slots.changes()

    def flush(self) -> None:
        """Write what is waiting, and wait until other processes have done so. Not inside a transaction."""
        self._write_batch()
        if self._data.shared:
            self._slots.wait()

    def close(self) -> None:
        """Write what is waiting, and end the threads."""
        self._has_ended = True
        self._awake.set()
        self._written.set()
        for thread in self._threads:
            thread.join()
        self._write_batch()

    def _work(self) -> None:
        while not self._has_ended:
            self._awake.wait()
            self._awake.clear()
            if not self._has_ended:
                time.sleep(_GATHER_MORE if self._is_busy else _GATHER)
                try:
                    self._write_batch()
                except (OSError, StoreFailedError) as error:
                    self.outage.note_failure(0, error)
                self._written.set()

    def _tidy(self) -> None:
        while not self._has_ended:
            # What callers write by themselves makes the log longer too.
            is_idle = not self._written.wait(_IDLE)
            self._written.clear()
            if not self._has_ended:
                try:
                    self._sweeper.sweep()
                    self._database.checkpoint(is_idle=is_idle)
                except (OSError, StoreFailedError) as error:
                    self.outage.note_failure(0, error)

    def _write_batch(self) -> None:
        with self._flushing:
            with self._database.lock:
                batch, taken = self._batch, self._slots.taken()
                self._batch = Batch()
            self._is_busy = len(batch.entries) >= _MANY
            try:
                if not batch.is_empty:
                    self._write(batch)
                    self.outage.note_success()
            except StoreFailedError as error:
                self.outage.note_failure(len(batch.entries), error)
            finally:
                self._slots.note_written(taken)

    def _write(self, batch: Batch) -> None:
        secrets, rows, size = self._data.settings.own_secrets, list[Row](), 0
        for pending in tuple(batch.entries.values()):
            rows.append(make_row(self._database, pending, secrets, self._slots.own))
            size += len(rows[-1][-1])
            if len(rows) >= _ROWS or size >= _BYTES:
                self._insert(rows, batch)
                rows, size = [], 0
        self._insert(rows, batch)
        if batch.departures or batch.dropped:
            self._write_changes(batch)
        counted = tuple(batch.figures.items())
        for start in range(0, len(counted), _SESSIONS):
            left = add_to_rows(self._database, dict(counted[start : start + _SESSIONS]))
            if left:
                with self._data.writing():
                    for owner, figures in left.items():
                        add_figures(self._database, owner, figures)

    def _write_changes(self, batch: Batch) -> None:
        with self._data.writing():
            for number, departure in batch.departures.items():
                self._database.run("UPDATE entries SET departure = ? WHERE number = ?", pack(departure), number)
            for owner, dropped in batch.dropped.items():
                self._database.run("UPDATE sessions SET dropped = dropped + ? WHERE shelf = ?", dropped, owner)

    def _insert(self, rows: list[Row], batch: Batch) -> None:
        if not rows:
            return
        # First, so that no number is given a second time.
        self._database.run("UPDATE numbers SET value = max(value, ?) WHERE name = 'received'", rows[-1][0])
        self._database.run(_INSERT.format(", ".join([_ROW] * len(rows))), *chain.from_iterable(rows))
        for row in rows:
            del batch.entries[row[0]]
        self._sweeper.bound_journal({row[1] for row in rows})
