"""Records come back from bytes as they were, whatever their texts hold."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import Struct

from mockserver.records.call import Call
from mockserver.records.errors import Finding, Place
from mockserver.records.reply import Failure, Fault, Pace, PingPlace, Raw, StoredReply, StreamPlan, Value
from mockserver.store import CallRecord, Candidates, Departure, Thread
from mockserver.store.histogram import Histogram
from mockserver.store.kept.encoding import pack, to_bytes, to_text, unpack
from mockserver.store.kept.figures import revive, store
from mockserver.store.overrides import FaultPlan, Overrides
from mockserver.store.sqlite.entries import StoredEntry
from mockserver.store.stats import Stats

HALF = "half a letter: \ud83d"
OUTCOMES = (
    None,
    StoredReply(b'{"id": "\xff"}', (Fault("stall", after_events=4, options={"for": "1s", "at": [1, None]}),)),
    StoredReply(
        b"{}",
        stream=StreamPlan(
            2**64 - 1, Pace(chunk=3), {1: 0}, (PingPlace(0, 1),), {2: None, 3: {"type": "x"}}, {4: (HALF,)}
        ),
    ),
    StoredReply(b"{}", stream=StreamPlan(pieces=(b"\xff", b""))),
    Failure(529, "overloaded_error", HALF, details={"error_code": "x"}, pace=Pace(chunk=3)),
    Raw(502, b"<html>\xff", {"content-type": "text/html"}, stream=True),
    Value(b'{"input_tokens":3}', pace=Pace(chunk="word")),
)


def full(text: str) -> list[Struct]:
    """Records of every kind, with this text in them."""
    return [
        *(
            StoredEntry(
                CallRecord(
                    Call("POST", f"/{text}", {"a": text}, b"\xff\x00", at=1.5, local_path=text),
                    Thread(b"{}", (b"[]",)),
                    scenario=text,
                    place=Place(text, 3, 5),
                    candidates=Candidates(1, (1, 2), {text: 1}),
                    findings=(Finding(text, "rule", "source", details={"a": [1, text]}, at_edge=True),),
                    outcome=outcome,
                    tokens=(1, 2, 3, 4),
                    fallbacks=(text, None),
                ),
                (1, 2, 3),
            )
            for outcome in OUTCOMES
        ),
        Departure(1, True, 2.5, None),
        Departure(1, True, 2.5, 1.0, 2, b"\x00\xff\x00\x00" * 2),
        FaultPlan((Fault("stall", options={"text": text}),), 3),
        Overrides(pace=Pace(first=0.3), advice=text),
        Overrides(pace="realtime"),
        Histogram({1: 2}, 3.0, 4.0),
    ]


@pytest.mark.parametrize("text", ["plain", "ü \U0001f99c", HALF])
def test_records_come_back_as_they_were(text: str) -> None:
    for record in full(text):
        assert unpack(pack(record), type(record)) == record
    assert to_text(to_bytes(text)) == text


def test_records_of_an_older_version_are_read() -> None:
    """What was added since is left out of a row where it says nothing, so older rows lack it."""
    assert b"stream" not in pack(StoredEntry(CallRecord(Call("GET", "/", {}), outcome=Value(b"{}"))))
    departure = msgspec.msgpack.encode({"events_sent": 3, "hung_up": False, "duration_ms": 1.5, "first_ms": 1.0})
    assert unpack(b"\x01" + departure, Departure) == Departure(3, False, 1.5, 1.0)
    reply = msgspec.msgpack.encode({"outcome": "StoredReply", "message": b"{}", "faults": [], "is_recorded": True})
    assert unpack(b"\x01" + reply, StoredReply) == StoredReply(b"{}", is_recorded=True)
    record = CallRecord(Call("POST", "/v1/messages", {}), outcome=StoredReply(b"{}"))
    row = msgspec.to_builtins(record, builtin_types=(bytes,))
    for name in ("wire", "read", "channel", "tries", "spent", "gateway"):
        del row[name]
    assert unpack(b"\x01" + msgspec.msgpack.encode([row, None]), StoredEntry) == StoredEntry(record)


def test_figures_come_back_as_they_were() -> None:
    stats, record = Stats(), CallRecord(Call("POST", "/", {}), scenario=HALF, model="m", tokens=(1, 2, 3, 4))
    for departure in (Departure(1, True, 2.5, 1.0), Departure(0, False, 1e9)):
        stats.count(record, departure)
    again = revive(store(stats))
    assert again == stats
    # They go on as before.
    for each in (again, stats):
        each.count(record, Departure())
    assert again == stats
