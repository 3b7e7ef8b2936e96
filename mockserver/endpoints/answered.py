"""A call answered: what is to be sent, and what is to be noted of it."""

from __future__ import annotations

from msgspec import Struct

from mockserver.records.delivery import Delivery
from mockserver.records.reply import Written
from mockserver.store import Entry, Session


class Answered(Struct, frozen=True):
    """An answer ready to be sent, and its line for the journal."""

    delivery: Delivery
    entry: Entry
    session: Session
    # The message from which a thread may be continued once it has left.
    thread_from: str | None = None

    @property
    def scenario(self) -> str:
        """What answered, for the access log."""
        return self.entry.scenario or ("generated" if isinstance(self.entry.outcome, Written) else "-")

    def begin(self) -> None:
        """Records the call in the journal; for an answer that does not leave at once."""
        self.session.journal.add(self.entry)

    def finish(self, events_sent: int, hung_up: bool, milliseconds: float) -> None:
        """Notes in the journal how the answer left; a thread may be continued from it now."""
        if self.thread_from is not None:
            self.session.threads.finish(self.thread_from)
        journal, number = self.session.journal, self.entry.number
        if number:
            journal.finish(number, events_sent=events_sent, hung_up=hung_up, duration_ms=milliseconds)
        else:
            entry = self.entry
            entry.events_sent, entry.hung_up, entry.duration_ms = events_sent, hung_up, milliseconds
            entry.finished = True
            journal.add(entry)
