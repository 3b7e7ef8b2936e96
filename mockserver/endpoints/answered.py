"""A call answered: what is to be sent, and what is to be noted of it."""

from __future__ import annotations

from msgspec import Struct

from mockserver.records.delivery import Delivery
from mockserver.records.reply import Written
from mockserver.store import CallRecord, Departure, Store


# Not frozen: it learns its number in the journal.
class Answered(Struct):
    """An answer ready to be sent, and its record for the journal."""

    delivery: Delivery
    record: CallRecord
    session: str
    store: Store
    # The message from which a thread may be continued once it has left.
    thread_from: str | None = None
    # The number in the journal, once it is there.
    number: int = 0

    @property
    def scenario(self) -> str:
        """What answered, for the access log."""
        return self.record.scenario or ("generated" if isinstance(self.record.outcome, Written) else "-")

    def begin(self) -> None:
        """Records the call in the journal; for an answer that does not leave at once."""
        self.number = self.store.journal.append(self.session, self.record)

    def finish(self, events_sent: int, hung_up: bool, milliseconds: float) -> None:
        """Notes in the journal how the answer left; a thread may be continued from it now."""
        if self.thread_from is not None:
            self.store.threads.finish(self.session, self.thread_from)
        departure = Departure(events_sent, hung_up, milliseconds)
        if self.number:
            self.store.journal.finish(self.number, departure)
        else:
            self.number = self.store.journal.append(self.session, self.record, departure)
