"""Pings at other places, events without data, and events behind the end."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pytest

from mockserver.delivery import deliver_stream
from mockserver.records.delivery import Delivery
from mockserver.records.reply import Pace
from mockserver.wires import FAULTS
from mockserver.wires.messages.events import NAMES, PING
from tests.fault_cases import ALL, CLEAN, EVENTS, events, fault, names, sent, stream

QUIET = [name for name in ALL if name != "ping"]


def pinged(*places: int) -> list[str]:
    """The names of a stream with pings after so many of its other events."""
    return [name for at, given in enumerate(QUIET) for name in ["ping"] * (at in places) + [given]]


@pytest.mark.parametrize(
    ("options", "places"),
    [
        ({}, range(2, len(QUIET))),
        ({"every": 1, "after_events": 0}, range(len(QUIET))),
        ({"every": 2}, range(2, len(QUIET), 2)),
        ({"every": 3, "after_events": 1}, range(1, len(QUIET), 3)),
        ({"every": 99}, [2]),
        ({"every": 0}, []),
        ({"every": 0, "after_events": 3}, []),
        ({"after_events": 0}, [0]),
        ({"after_events": 5}, [5]),
        ({"after_events": 99}, [len(QUIET) - 1]),
        ({"every": 4, "after_events": 99}, [len(QUIET) - 1]),
        ({"every": "5s"}, [2]),
    ],
)
def test_pings_come_where_they_are_wanted(options: dict[str, Any], places: Any) -> None:
    delivery = stream(fault("pings", **options))
    assert names(delivery) == pinged(*places)
    assert sent(delivery).count(PING) == len(places)
    assert sum(piece.events for piece in delivery.pieces) == len(QUIET) + len(places)


@pytest.mark.parametrize("name", ["done_marker", "after_stop", "done_for_message_stop"])
def test_pings_stop_before_the_end(name: str) -> None:
    found = names(stream(fault(name), fault("pings", every=1)))
    assert found[found.index("message_delta") + 1 :][:2] == ["ping", "message_stop"][: 1 + ("message_stop" in found)]
    assert found.count("ping") == len(QUIET) - 2


def test_pings_may_begin_with_a_block() -> None:
    found = names(stream(fault("pings", at_block=2)))
    assert found[found.index("ping") - 1 :][:3] == ["content_block_start", "ping", "content_block_delta"]
    assert found.count("ping") == 1


def times(delivery: Delivery, text: bytes) -> list[float]:
    moments = accumulate(piece.delay for piece in delivery.pieces)
    return [round(at, 3) for at, piece in zip(moments, delivery.pieces, strict=True) if text in piece.data]


@pytest.mark.parametrize(("name", "text"), [("pings", PING), ("comment_keepalive", b": keepalive\n\n")])
def test_pauses_are_filled(name: str, text: bytes) -> None:
    pace = Pace(first=1.0, stall_after=4, stall_for=7.0)
    delivery = stream(fault(name, every="2s", after_events=1), pace=pace)
    assert times(delivery, text) == [1.0, 3.0, 5.0, 7.0]
    assert sum(piece.delay for piece in delivery.pieces) == pytest.approx(8.0), "the answer takes as long as ever"
    assert sent(delivery).replace(text, b"") == CLEAN.replace(text, b"")
    early = stream(fault(name, every="250ms", after_events=0), pace=Pace(first=1.0))
    assert times(early, text) == [0.0, 0.25, 0.5, 0.75]


@pytest.mark.parametrize(
    ("name", "text", "natural"), [("pings", PING, 1.0), ("comment_keepalive", b": keepalive\n\n", 0.0)]
)
@pytest.mark.parametrize("pause", ["300ms", 0.3])
def test_first_pause_is_filled(name: str, text: bytes, natural: float, pause: Any) -> None:
    delivery = stream(fault(name, every=pause), pace=Pace(first=1.0))
    assert sorted({*times(delivery, text), natural}) == sorted({0.3, 0.6, 0.9, natural})
    assert sum(piece.delay for piece in delivery.pieces) == pytest.approx(1.0)


def test_pings_of_very_long_pauses_are_bounded() -> None:
    delivery = stream(fault("pings", every="1ms"), pace=Pace(stall_after=4, stall_for=100_000.0))
    assert 10_000 < sent(delivery).count(PING) <= 20_001


def test_answers_without_blocks_may_be_pinged() -> None:
    start, end, stop = EVENTS[0], EVENTS[-2], EVENTS[-1]
    for events_, expected in (
        ((start, end, stop), ["message_start", "ping", "message_delta", "message_stop"]),
        ((), ["ping"]),
    ):
        found = deliver_stream(events_, headers=(), faults=(fault("pings", every=5),), kinds=FAULTS)
        assert names(found) == expected


@pytest.mark.parametrize("name", NAMES)
def test_events_may_have_no_data(name: str) -> None:
    delivery = stream(fault("no_data", event=name))
    assert names(delivery) == [given for given in ALL if given != name]
    assert sent(delivery).count(b"event: %b\n\n" % name.encode()) == ALL.count(name)
    assert sum(piece.events for piece in delivery.pieces) == len(ALL)


def test_events_of_one_block_may_have_no_data() -> None:
    delivery = stream(fault("no_data", event="content_block_delta", at="block 1"))
    indexes = {data["index"] for data in events(delivery) if data["type"] == "content_block_delta"}
    assert indexes == {0, 2}
    crlf = sent(stream(fault("crlf"), fault("no_data", event="ping")))
    assert b"event: ping\r\n\r\n" in crlf
    assert crlf == sent(stream(fault("no_data", event="ping"), fault("crlf")))


@pytest.mark.parametrize("name", NAMES)
def test_events_may_follow_the_end(name: str) -> None:
    found = events(stream(fault("after_stop", event=name)))
    assert [data["type"] for data in found] == [*ALL, name]
    assert found[-1] == [data for data in found[:-1] if data["type"] == name][-1]


def test_delta_follows_the_end() -> None:
    assert names(stream(fault("after_stop"))) == [*ALL, "content_block_delta"]
    bare = (EVENTS[0], EVENTS[-1])
    found = events(deliver_stream(bare, headers=(), faults=(fault("after_stop"),), kinds=FAULTS))
    assert found[-1]["delta"] == {"type": "text_delta", "text": "sent by a fault"}
    paced = stream(fault("after_stop"), pace=Pace(first=1.0, tokens_per_second=10))
    assert sum(piece.delay for piece in paced.pieces) == pytest.approx(
        sum(piece.delay for piece in stream(pace=Pace(first=1.0, tokens_per_second=10)).pieces)
    )
