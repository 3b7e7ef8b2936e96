"""The store in memory does what every store must do, and holds nothing but data."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from mockserver.records.errors import Finding, Place
from mockserver.records.reply import Failure, Fault, Raw, StoredReply, Value
from mockserver.records.settings import Settings
from mockserver.store import (
    CallRecord,
    Candidates,
    Departure,
    Document,
    FaultPlan,
    MemoryStore,
    Script,
    Store,
    Thread,
)
from tests.store.conformance import StoreConformance
from tests.store.conformance.subject import record


class TestMemoryStore(StoreConformance):
    """All subjects."""

    def make_store(self, settings: Settings, monotonic: Callable[[], float]) -> Store:
        return MemoryStore(settings, monotonic)


OUTCOMES: list[StoredReply | Failure | Raw | Value | None] = [
    None,
    StoredReply(b'{"id": "msg_1"}', (Fault("stall", after_events=4, options={"for": "1s"}),)),
    Failure(529, "overloaded_error", "Overloaded", details={"error_code": "x"}, headers={"retry-after": "1"}),
    Raw(502, b"<html>\xff", {"content-type": "text/html"}),
    Value(b'{"input_tokens":3}'),
]


def test_everything_stored_is_bytes_and_text() -> None:
    """It can be written as JSON as it stands: there are no functions, open files or compiled forms in it."""
    store = MemoryStore(Settings())
    for outcome in OUTCOMES:
        full = CallRecord(
            record(b"{}", x_api_key="k").call,
            Thread(b'{"system": "x"}', (b'[{"role": "user", "content": "y"}]',)),
            scenario="a",
            position="0",
            place=Place("a.yaml", 3, 5),
            candidates=Candidates(1, (1, 2), {"a.yaml#a": 1}),
            findings=(Finding("message", "rule", "source", details={"a": 1}),),
            outcome=outcome,
        )
        store.journal.append("s", full, Departure(1, True, 2.5))
    store.scripts.add("s", [Script("a", Document("text", "name: a", "a.yaml"))])
    store.threads.add("s", "msg_1", Thread(b'{"system": "x"}', (b'[{"role": "user", "content": "y"}]',)))
    store.faults.set("s", FaultPlan((Fault("stall"),), 3))
    stored = (
        store.journal.entries(),
        store.scripts.current("s"),
        store.threads.get("s", "msg_1"),
        store.faults.get("s"),
        store.overrides.change("s", {"unmatched": "error"}),
        store.counters.counts("s"),
    )
    assert all(map(msgspec.json.encode, stored))
