"""The records of the journal: plain data, from which views work out everything else."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from mockserver.records.call import Call
from mockserver.records.errors import Finding, Place
from mockserver.records.reply import Failure, Raw, StoredReply, Value
from mockserver.store.threads import NO_THREAD, Thread

# Times of pieces that an entry keeps.
MOST_TIMES = 4096


def sum_costs(costs: Iterable[float | None]) -> float | None:
    """The sum of costs in US dollars; None where one of them is not known."""
    total = 0.0
    for cost in costs:
        if cost is None:
            return None
        total += cost
    return round(total, 10)


class Candidates(Struct, frozen=True):
    """The scenarios that could have answered a call, as they were at that time.

    ``fixtures`` is the revision of the loaded files, ``scripts`` the ids of the session's own scripts in their order,
    ``counts`` how many answers each had given.
    """

    fixtures: int
    scripts: tuple[int, ...]
    counts: Mapping[str, int]


class BatchItems(Struct, frozen=True):
    """How the requests of a batch were answered.

    ``scenarios`` says how many answers each scenario gave; ``generated`` counts the generated ones, ``unmatched`` those
    that no scenario fitted and that got an error for it, ``refused`` those that the API refuses. ``cost`` is that of
    all in US dollars; None where some model has no price.
    """

    scenarios: Mapping[str, int] = {}
    generated: int = 0
    unmatched: int = 0
    refused: int = 0
    cost: float | None = 0.0

    @property
    def lacks_scenarios(self) -> bool:
        """Whether there are requests that no scenario fitted."""
        return bool(self.generated or self.unmatched)

    def show(self, show: Callable[[str], str]) -> dict[str, Any]:
        """The same as JSON values, the names masked by ``show``."""
        scenarios = {show(name): number for name, number in self.scenarios.items()}
        return {**asdict(self), "scenarios": scenarios}

    def join(self, more: BatchItems) -> BatchItems:
        """With further requests."""
        scenarios = dict(self.scenarios)
        for name, number in more.scenarios.items():
            scenarios[name] = scenarios.get(name, 0) + number
        return BatchItems(
            scenarios,
            self.generated + more.generated,
            self.unmatched + more.unmatched,
            self.refused + more.refused,
            sum_costs((self.cost, more.cost)),
        )


class CallRecord(Struct, frozen=True):
    """A call and its answer.

    ``call`` is as received and holds secrets, ``thread`` is what a continued thread adds to it.
    """

    call: Call
    thread: Thread = NO_THREAD
    endpoint: str = "messages"
    status: int = 200
    request_id: str = ""
    # The scenario that answered: its name, which of its entries (None: none was used up), and where it stands. None: a
    # generated answer.
    scenario: str | None = None
    position: str | None = None
    place: Place | None = None
    # No scenario fitted: the answer was generated, or is the 404 that says so.
    unmatched: bool = False
    # None: the call was refused before a scenario was looked for, or needs none.
    candidates: Candidates | None = None
    findings: tuple[Finding, ...] = ()
    outcome: StoredReply | Failure | Raw | Value | None = None
    # Bytes of the answer.
    size: int = 0
    events_total: int = 0
    # A client looked whether somebody is there.
    is_probe: bool = False
    # The scenarios that answered for further models after the first one declined. None: a generated answer.
    fallbacks: tuple[str | None, ...] = ()
    # How the requests of a batch were answered that the call has created; None: it has created none.
    items: BatchItems | None = None
    # The model asked for, as sent, for the figures; None: none was named.
    model: str | None = None
    # The tokens of the message answered, in the order of ``reference.costs.TOKENS``; None: no message was answered.
    tokens: tuple[int, int, int, int] | None = None
    # US dollars for that message, or for the requests of a batch; None: there is no price.
    cost: float | None = None
    # An upstream answered, or was asked; what this server would have refused the call for.
    forwarded: bool = False
    objection: Finding | None = None
    # The wire format of the call and of its answer. ``read`` is the body as it was read, in the Messages form, as JSON;
    # b"": as it was sent.
    wire: str = "messages"
    read: bytes = b""
    # The channel of the gateway that answered, and the status of each that failed before it, by its name.
    channel: str = ""
    tries: tuple[tuple[str, int], ...] = ()
    # The scenarios whose answers those used up, one for each.
    spent: tuple[str, ...] = ()
    # The name of the gateway that the server was like; "": it was the API itself.
    gateway: str = ""

    @property
    def asked(self) -> bytes:
        """The body in the Messages form: as it was read, else as it was sent."""
        return self.read or self.call.body

    @property
    def weight(self) -> int:
        """The bytes of the call, with the thread it continues, and of its answer."""
        return len(self.call.body) + len(self.read) + self.thread.size + self.size

    @property
    def is_failure(self) -> bool:
        """Whether the API would refuse the call, or no scenario fitted and an error says so."""
        return bool(self.findings) or (self.unmatched and self.status == 404)


class Holding(Struct, frozen=True):
    """How many entries of a session the journal holds, and the number of the latest; None: it holds none."""

    entries: int = 0
    latest: int | None = None


class Departure(Struct, frozen=True, omit_defaults=True):
    """How an answer left: the events sent, whether the client went away first, and the times until the last byte and
    until the first one of the body (None: none left).

    Of an answer that does not leave at once, ``pieces`` were sent, and ``times`` are the milliseconds until they were,
    packed by ``pack_times``: of each, or of very many of every second, third and so on.
    """

    events_sent: int = 0
    hung_up: bool = False
    duration_ms: float = 0.0
    first_ms: float | None = None
    pieces: int = 0
    times: bytes = b""


def pack_times(times: Sequence[float]) -> bytes:
    """Times in few bytes: four for each, and of very many only some."""
    step = -(-len(times) // MOST_TIMES) or 1
    return array("f", times[::step]).tobytes()


def unpack_times(departure: Departure) -> list[float]:
    """The time of each piece that was sent, in milliseconds; those left out have that of the one before."""
    kept = array("f")
    kept.frombytes(departure.times[: len(departure.times) // 4 * 4])
    step = -(-departure.pieces // len(kept)) if kept else 1
    return [kept[index // step] for index in range(departure.pieces)] if kept else []


class JournalEntry(Struct, frozen=True):
    """A record in the journal. ``number`` counts the calls of the server from 1.

    ``retry_of`` is the number of the call that this one repeats. ``departure`` is None until the answer has left.
    """

    number: int
    record: CallRecord
    retry_of: int | None = None
    departure: Departure | None = None
