"""Deliveries of recorded answers: pieces, delays, lengths and ends."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from mockserver.endpoints.replaying import deliver_recorded, merge_repeated
from mockserver.records.delivery import Delivery
from mockserver.records.exchanges import Chunk, RecordedResponse
from mockserver.records.reply import Fault, Pace, Recorded
from mockserver.wires import WIRES, parse_fault
from tests.recordings.making import CHUNKED, JSON, SSE, STREAM, cut, respond

CRLF = parse_fault({"then": "crlf"})
SLOW = respond(cut(STREAM, 100, 500, 900, delay=0.5), SSE, CHUNKED, first=2.0)


def deliver(response: RecordedResponse, *faults: Fault, **words: Any) -> Delivery:
    return deliver_recorded(Recorded(response, faults=faults, **words), WIRES["messages"], 0)[0]


def test_faults_strike_in_the_times_of_the_recording() -> None:
    """Each event comes when its last byte came."""
    delivery = deliver(SLOW, CRLF, is_timed=True)
    came = [*accumulate([piece.delay for piece in delivery.pieces])]
    ends = [*accumulate([len(piece.data.replace(b"\r\n", b"\n")) for piece in delivery.pieces])]
    assert b"".join([piece.data for piece in delivery.pieces]) == STREAM.replace(b"\n", b"\r\n")
    assert delivery.delay == 2.0
    for end, at in zip(ends, came, strict=True):
        assert at == 0.5 * sum([1, end > 100, end > 500, end > 900])


@pytest.mark.parametrize("is_timed", [False, True])
@pytest.mark.parametrize("faults", [(), (CRLF,)], ids=["sound", "with a fault"])
@pytest.mark.parametrize("body", [STREAM[:700], b""], ids=["begun", "empty"])
def test_cut_streams_are_cut(is_timed: bool, faults: tuple[Fault, ...], body: bytes) -> None:
    delivery = deliver(respond(body, SSE, CHUNKED, end="abort"), *faults, is_timed=is_timed)
    assert delivery.end == "abort"
    assert delivery.pieces  # so that the headers leave


def test_fault_that_ends_an_answer_wins() -> None:
    assert deliver(respond(STREAM, SSE, end="abort"), parse_fault({"then": "left_open"})).end == "hang"


@pytest.mark.parametrize("is_timed", [False, True])
@pytest.mark.parametrize(("told", "length"), [("18", "18"), ("99", "99"), ("4", "11"), ("many", "11")])
def test_length_of_a_cut_body_is_longer_than_it(is_timed: bool, told: str, length: str) -> None:
    """As the client was told; where what was told cannot be (it was that of a packed body), one byte more."""
    delivery = deliver(respond(b'{"type":1}', JSON, ("content-length", told), end="abort"), is_timed=is_timed)
    assert dict(delivery.headers)["content-length"] == length
    assert delivery.end == "abort"


@pytest.mark.parametrize(
    ("response", "is_timed", "length"),
    [
        (respond(b"12345", ("content-length", "3")), True, "5"),
        (respond(b"12345", ("content-length", "3")), False, "5"),
        (respond(b"12345", CHUNKED), True, None),
        (respond(b"12345", CHUNKED), False, "5"),
        (respond(STREAM, SSE, CHUNKED), False, None),
        (respond((), ("content-length", "0"), status=204), True, "0"),
        (respond((), ("content-length", "7"), status=304), True, None),
        (respond((), status=204), False, None),
    ],
)
def test_length_is_told_as_it_was(response: RecordedResponse, is_timed: bool, length: str | None) -> None:
    """A whole body that leaves at once has one in any case."""
    assert dict(deliver(response, is_timed=is_timed).headers).get("content-length") == length


def test_pace_says_nothing_beside_the_times_of_the_recording() -> None:
    pace = Pace(first=60.0, tokens_per_second=0.1)
    assert deliver(SLOW, pace=pace, is_timed=True) == deliver(SLOW, is_timed=True)
    paced = deliver(SLOW, pace=pace)
    assert len(paced.pieces) > 2
    assert paced.pieces[0].delay == 60.0


@pytest.mark.parametrize("end", ["close", "abort"])
def test_body_in_a_file_is_read_as_it_leaves(tmp_path: Path, end: str) -> None:
    content = tmp_path / "body"
    content.write_bytes(b"x" * 100_000)
    delivery = deliver(respond((), JSON, content=content, end=end), size=100_000)
    assert dict(delivery.headers)["content-length"] == str(100_000 + (end == "abort"))
    assert delivery.source is not None
    assert [len(part) for part in delivery.source()] == [65_536, 34_464]
    content.unlink()
    assert [*delivery.source()] == []


@pytest.mark.parametrize(
    ("headers", "extra", "merged"),
    [
        ((("a", "1"), ("b", "2")), {"a": "3"}, (("a", "3"), ("b", "2"))),
        ((("a", "1"), ("b", "2"), ("a", "3")), {"a": "4"}, (("a", "4"), ("b", "2"))),
        ((("a", "1"), ("a", "2")), {"b": "3"}, (("a", "1"), ("a", "2"), ("b", "3"))),
    ],
)
def test_headers_are_merged_in_place(headers: Any, extra: Any, merged: Any) -> None:
    assert merge_repeated(headers, extra) == merged


def test_events_are_counted_where_they_end() -> None:
    chunks = cut(STREAM, *range(50, len(STREAM), 50))
    delivery, events = deliver_recorded(Recorded(respond(chunks, SSE), is_timed=True), WIRES["messages"], 0)
    assert events == STREAM.count(b"\n\n") == sum([piece.events for piece in delivery.pieces])
    until = 0
    for piece, chunk in zip(delivery.pieces, chunks, strict=True):
        assert isinstance(chunk, Chunk)
        before, until = until, until + len(chunk.data)
        assert piece.events == STREAM[:until].count(b"\n\n") - STREAM[:before].count(b"\n\n")
