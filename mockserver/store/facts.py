"""The facts of a journal entry that hold no secrets: what answered, when, and how the answer left."""

from __future__ import annotations

from mockserver.records.errors import Place
from mockserver.store.calls import BatchItems, CallRecord, JournalEntry


class Facts:
    """The facts of a recorded call and its answer."""

    __slots__ = ("_record", "_stored")

    def __init__(self, stored: JournalEntry) -> None:
        self._stored: JournalEntry = stored
        self._record: CallRecord = stored.record

    @property
    def number(self) -> int:
        """Counts the calls of the server from 1."""
        return self._stored.number

    @property
    def retry_of(self) -> int | None:
        """The number of the call that this one repeats."""
        return self._stored.retry_of

    @property
    def finished(self) -> bool:
        """Whether the answer has left."""
        return self._stored.departure is not None

    @property
    def hung_up(self) -> bool | None:
        """Whether the client went away first; None as long as the answer is not finished."""
        return self._stored.departure.hung_up if self._stored.departure else None

    @property
    def events_sent(self) -> int:
        """The events of the stream that left."""
        return self._stored.departure.events_sent if self._stored.departure else 0

    @property
    def duration_ms(self) -> float:
        """The time until the last byte left."""
        return self._stored.departure.duration_ms if self._stored.departure else 0.0

    @property
    def events_total(self) -> int:
        """The events of the whole stream."""
        return self._record.events_total

    @property
    def endpoint(self) -> str:
        """The endpoint that answered; "" when there is none."""
        return self._record.endpoint

    @property
    def wire(self) -> str:
        """The wire format of the call and of its answer: ``messages`` or ``chat``."""
        return self._record.wire

    @property
    def gateway(self) -> str | None:
        """The name of the gateway that the server is like; None: it is the API itself."""
        return self._record.gateway or None

    @property
    def channel(self) -> str | None:
        """The channel of the gateway that answered; None: there is none."""
        return self._record.channel or None

    @property
    def tries(self) -> tuple[tuple[str, int], ...]:
        """The channels that failed before, each with its status."""
        return self._record.tries

    @property
    def spent(self) -> tuple[str, ...]:
        """The names of the scenarios whose answers those channels used up, one for each answer."""
        return self._record.spent

    @property
    def status(self) -> int:
        """The status answered."""
        return self._record.status

    @property
    def request_id(self) -> str:
        """The id in the answer's headers."""
        return self._record.request_id

    @property
    def scenario(self) -> str | None:
        """The name of the scenario that answered; None: a generated answer, or none that a scenario gives."""
        return self._record.scenario

    @property
    def position(self) -> str | None:
        """Which of the scenario's answers it was; None: none was used up."""
        return self._record.position

    @property
    def place(self) -> Place | None:
        """Where the scenario stands."""
        return self._record.place

    @property
    def unmatched(self) -> bool:
        """No scenario fitted: the answer was generated, or is the 404 that says so."""
        return self._record.unmatched

    @property
    def fallbacks(self) -> tuple[str | None, ...]:
        """The names of the scenarios that answered for further models, as ``scenario`` is for the first."""
        return self._record.fallbacks

    @property
    def items(self) -> BatchItems | None:
        """How the requests of the batch were answered that the call created; None: it created none."""
        return self._record.items

    @property
    def is_probe(self) -> bool:
        """Whether a client only looked if somebody is there: ``HEAD /``, ``GET /api/hello`` and the like."""
        return self._record.is_probe

    @property
    def forwarded(self) -> bool:
        """Whether an upstream answered, or was asked, because no scenario did and the session is recorded."""
        return self._record.forwarded

    @property
    def cost(self) -> float | None:
        """US dollars for the message answered, or for the requests of the batch; None where there is no price."""
        return self._record.cost
