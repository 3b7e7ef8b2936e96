"""Reads the journal as views that show no secrets."""

from __future__ import annotations

import time
from collections.abc import Sequence

from mockserver.store.calls import JournalEntry
from mockserver.store.entry import Entry
from mockserver.store.inspecting import Inspect, inspect_nothing
from mockserver.store.journals import JournalStore, News
from mockserver.store.misses import Explain, explain_nothing
from mockserver.store.reports import Write, write_nothing


class JournalReader:
    """The entries of a journal as views that mask secrets, parse bodies and explain why scenarios did not answer.

    Args:
        journal: where the entries are.
        explain: why the scenarios before the one that answered did not.
        secrets: the server's own, which the views mask as they mask those of the calls.
        inspect: what the API would not have answered, in scripted answers.
        write: writes an answer as it left, where that is not the Messages form.
    """

    def __init__(
        self,
        journal: JournalStore,
        explain: Explain = explain_nothing,
        secrets: tuple[str, ...] = (),
        inspect: Inspect = inspect_nothing,
        write: Write = write_nothing,
    ) -> None:
        self._journal = journal
        self._explain = explain
        self._secrets = secrets
        self._inspect = inspect
        self._write = write

    def entries(self, session: str | None = None, *, after: int = 0) -> tuple[Entry, ...]:
        """The calls of a session, or of all, with numbers above ``after``, oldest first."""
        return tuple(map(self.view, self._journal.entries(session, after=after)))

    def view(self, stored: JournalEntry) -> Entry:
        """The view of an entry."""
        return Entry(stored, self._explain, self._secrets, self._inspect, self._write)

    def follow(self, session: str | None, after: int, unfinished: Sequence[int], most: int) -> News:
        """What has happened in a session, or in all: `mockserver.store.protocols.JournalStore.follow`."""
        return self._journal.follow(session, after, unfinished, most)

    def received(self) -> int:
        """How many calls were recorded since the server started."""
        return self._journal.received()

    def latest(self) -> int:
        """The latest number of an entry so far."""
        return self._journal.latest()

    def dropped(self, session: str | None = None) -> int:
        """How many calls of a session, or of all, are not in the journal any more, since there was no room."""
        return self._journal.dropped(session)

    def holds(self, number: int) -> bool:
        """Whether a call is in the journal."""
        return self._journal.get(number) is not None

    def size(self, number: int) -> int:
        """The bytes of a call, with the thread it continues, and of its answer; 0 when it is not in the journal."""
        stored = self._journal.get(number)
        if stored is None:
            return 0
        return stored.record.weight

    def wait(self, session: str, timeout: float = 1.0) -> bool:
        """Wait at most ``timeout`` seconds until every answer of the session has left; whether they have."""
        # Looked at before the entries are, so that no change in between is missed.
        seen, deadline = self._journal.watch(-1, 0.0), time.monotonic() + timeout
        while not all(entry.departure for entry in self._journal.entries(session)):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            seen = self._journal.watch(seen, left)
        return True
