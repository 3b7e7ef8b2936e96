"""Sends entries of the journal, departures and figures to the engine, each once.

A step of which no answer came is sent again, under the same number, before any other: the engine knows the number of
the latest step that it did for this replica, and what came of it. Departures may be noted twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct

from mockserver.records.masks import name_session, show_session
from mockserver.store.calls import Departure
from mockserver.store.errors import StoreFullError
from mockserver.store.kept.concealing import conceal_record
from mockserver.store.kept.encoding import pack, to_bytes
from mockserver.store.kept.entries import digest_request, is_retry
from mockserver.store.kept.outage import Outage
from mockserver.store.valkey.data import Data
from mockserver.store.valkey.figures import Total, describe_figures
from mockserver.store.valkey.link import Argument
from mockserver.store.valkey.pending import Batch, PendingEntry

# Tickets of entries that were written, and whose answers are still to leave, are remembered up to this number.
_MOST_TICKETS = 100_000
# Departures, and sessions whose figures are put, in one step.
_MOST_DEPARTURES, _MOST_SESSIONS = 200, 50
# Bytes of an entry that are sent in one part.
MOST_PART = 4 * 1024 * 1024


class Step(Struct, eq=False):
    """An operation that is done once. ``done`` hears its answer, ``refuse`` that there is no room for it."""

    operation: str
    args: Sequence[Argument]
    done: Callable[[list[int]], None]
    refuse: Callable[[StoreFullError], None]


class Sender:
    """See above. For one thread at a time.

    Args:
        data: what operations share.
        outage: hears what is lost.
    """

    def __init__(self, data: Data, outage: Outage) -> None:
        self._data, self._outage = data, outage
        self._numbers, self._finished = dict[int, int](), dict[int, Departure]()
        self.renew()

    def renew(self) -> None:
        """Begin anew, as another replica."""
        self._number, self._total = 0, Total()
        self._step: Step | None = None

    def send(self, batch: Batch) -> None:
        """Send all of a batch, and take out what was sent.

        Raises:
            StoreGoneError: the engine cannot be reached.
            StoreFullError: it takes no more. What was refused waits, but entries are lost.
        """
        self._data.link.check()
        self._repeat()
        # Before the entries: who finds these finds the figures.
        while batch.figures:
            self._send_figures(batch)
        if batch.dropped:
            self._send_dropped(batch)
        while batch.entries:
            self._send_entries(batch)
        for ticket in list(batch.departures):
            departure, number = batch.departures.pop(ticket), self._numbers.pop(ticket, None)
            if number is not None:
                self._finished[number] = departure
        while self._finished:
            self._send_departures()

    def _do(self, step: Step) -> None:
        self._number, self._step = self._number + 1, step
        self._repeat()

    def _repeat(self) -> None:
        """Do the step of which no answer came."""
        step = self._step
        if step is None:
            return
        try:
            (answer,) = self._ask(("once", (self._data.replica, self._number, step.operation, *step.args)))
        except StoreFullError as error:
            self._step = None
            step.refuse(error)
            return
        self._step = None
        step.done(answer)

    def _ask(self, *operations: tuple[str, Sequence[Argument]]) -> list[Any]:
        answers = self._data.link.call_all(operations)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    def _send_figures(self, batch: Batch) -> None:
        data, sessions = self._data, tuple(islice(batch.figures, _MOST_SESSIONS))
        digests = [data.digest(session) for session in sessions]
        held = self._ask(*(("figures", (digest,)) for digest in digests))
        figures = [batch.figures[session] for session in sessions]
        total, args = self._total.extend(figures)
        # While no answer has come, they wait in the step: what comes later of these sessions is put behind it.
        for session in sessions:
            del batch.figures[session]

        def put_back() -> None:
            for session, each in zip(sessions, figures, strict=True):
                batch.absorb(Batch(figures={session: each}))

        def done(answer: list[int]) -> None:
            era, is_known = answer
            if era:
                self._total = total.settle(era, is_known=bool(is_known))
            else:
                put_back()  # another replica was quicker

        def refuse(error: StoreFullError) -> None:
            put_back()
            raise error

        rows = describe_figures(digests, held, figures)
        self._do(Step("put_figures", (data.replica, *args, *rows), done, refuse))

    def _send_dropped(self, batch: Batch) -> None:
        dropped = {whose: batch.dropped[whose] for whose in islice(batch.dropped, _MOST_SESSIONS)}
        rows = [(self._data.digest(session), owner, number) for (session, owner), number in dropped.items()]
        for whose in dropped:
            del batch.dropped[whose]

        def refuse(error: StoreFullError) -> None:
            batch.absorb(Batch(dropped=dropped))
            raise error

        self._do(Step("note_dropped", [value for row in rows for value in row], _ignore, refuse))

    def _send_entries(self, batch: Batch) -> None:
        taken = batch.peek()
        args = [value for pending in taken for value in self._describe(pending)]
        batch.remove(taken)

        def done(numbers: list[int]) -> None:
            for pending, number in zip(taken, numbers, strict=True):
                if pending.departure is None and number:
                    if len(self._numbers) >= _MOST_TICKETS:
                        self._numbers.pop(next(iter(self._numbers)))
                    self._numbers[pending.ticket] = number

        def refuse(error: StoreFullError) -> None:
            self._outage.note_failure(len(taken), error)

        self._do(Step("write_entries", args, done, refuse))

    def _send_departures(self) -> None:
        some = dict(islice(self._finished.items(), _MOST_DEPARTURES))
        self._ask(("finish_entries", [value for number, left in some.items() for value in (number, pack(left))]))
        for number in some:
            del self._finished[number]

    def _describe(self, pending: PendingEntry) -> Iterator[Argument]:
        data, record = self._data, pending.record
        name = shown = b""
        if "x-mock-session" in record.call.headers:
            chosen = name_session(record.call)
            if chosen == pending.session == show_session(pending.session):
                name, shown = to_bytes(pending.session), to_bytes(chosen)
        packed, parts = pack(conceal_record(record, data.settings.own_secrets)), 0
        if len(packed) > MOST_PART:
            parts = self._send_parts(pending.ticket, packed)
            packed = b""
        yield from data.traits(pending.session)
        yield from (pending.owner, pending.place, pending.size, digest_request(record.call), int(is_retry(record)))
        yield from (data.replica, name, shown, b"" if pending.departure is None else pack(pending.departure))
        yield from (packed, parts, pending.ticket)

    def _send_parts(self, ticket: int, packed: bytes) -> int:
        """Send a large record in parts, which go by themselves if the entry does not come; returns how many."""
        starts = range(0, len(packed), MOST_PART)
        for part, start in enumerate(starts):
            self._ask(("keep_part", (self._data.replica, ticket, part, packed[start : start + MOST_PART])))
        return len(starts)


def _ignore(answer: list[int]) -> None:
    del answer
