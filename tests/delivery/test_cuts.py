"""Faults of connections: where they strike, and what is left of the answer."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.records.reply import Pace
from tests.fault_cases import (
    ALL,
    BODY,
    CLEAN,
    fault,
    names,
    sent,
    stream,
    whole,
)


def test_disconnect_cuts_half_way() -> None:
    delivery = stream(fault("disconnect"))
    assert delivery.end == "abort"
    assert names(delivery) == ALL[: (len(ALL) + 1) // 2]
    cut = whole(fault("disconnect"))
    assert (cut.end, sent(cut)) == ("abort", BODY[: len(BODY) // 2])
    assert ("content-length", str(len(BODY))) in cut.headers


@pytest.mark.parametrize(
    ("place", "count"),
    [
        ({"after_events": 0}, 0),
        ({"after_events": 4}, 4),
        ({"after_events": 999}, len(ALL)),
        ({"at_block": 0}, 2),
        ({"at": "block 1"}, ALL.index("content_block_start", 2) + 1),
        ({"at_block": 9}, len(ALL)),
        ({"after_ms": 700}, len(ALL) - 1),
    ],
)
def test_places_say_where_it_strikes(place: dict[str, Any], count: int) -> None:
    delivery = stream(fault("disconnect", **place))
    assert len(names(delivery)) == count
    assert sum(piece.events for piece in delivery.pieces) == count


def test_moments_are_kept() -> None:
    """An unpaced stream keeps its last event back; a paced one is cut where it has come to."""
    unpaced = stream(fault("disconnect", after_ms="700ms"))
    assert [piece.delay for piece in unpaced.pieces] == [0.0, 0.7]
    pace = Pace(first=0.2, tokens_per_second=60)
    paced = stream(fault("disconnect", after_ms=700), pace=pace)
    assert sum(piece.delay for piece in paced.pieces) == pytest.approx(0.7)
    assert 0 < len(names(paced)) < len(ALL) - 1
    late = whole(fault("disconnect", after_ms=700), pace=pace)
    assert (late.delay, late.pieces) == (0.7, ())
    assert [piece.delay for piece in whole(fault("truncate", after_ms=700)).pieces] == [0.0, 0.7]


def test_stall_is_silent_for_good_or_a_while() -> None:
    for_good = stream(fault("stall", after_events=3))
    assert (for_good.end, names(for_good)) == ("hang", ALL[:3])
    a_while = stream(fault("stall", after_events=3, for_="2s"))
    assert (a_while.end, sent(a_while)) == ("close", CLEAN)
    assert [(piece.delay, piece.events) for piece in a_while.pieces] == [(0.0, 3), (2.0, len(ALL) - 3)]
    assert [piece.delay for piece in stream(fault("stall", after_events=99, for_=1)).pieces] == [0.0, 1.0]
    assert [piece.delay for piece in whole(fault("stall", for_="1m")).pieces] == [0.0, 60.0]
    assert whole(fault("stall")).end == "hang"


def test_truncate_ends_cleanly() -> None:
    delivery = stream(fault("truncate"))
    assert (delivery.end, names(delivery)) == ("close", ALL[:-1])
    assert names(stream(fault("truncate", after_events=5))) == ALL[:5]
    assert names(stream(fault("comment_keepalive"), fault("done_marker"), fault("truncate"))) == ALL[:-1]
    half = whole(fault("truncate"))
    assert ("content-length", str(len(BODY) // 2)) in half.headers
    assert half.end == "close"


def test_split_tears_events_and_characters() -> None:
    delivery = stream(fault("split", bytes=5, pause="1ms"))
    assert sent(delivery) == CLEAN
    assert {len(piece.data) for piece in delivery.pieces[:3]} == {5}
    assert {piece.delay for piece in delivery.pieces} == {0.001}
    assert sum(piece.events for piece in delivery.pieces) == len(ALL)
    assert any(is_torn(piece.data) for piece in delivery.pieces), "no UTF-8 character was torn"
    assert [len(piece.data) for piece in whole(fault("split", bytes=200)).pieces][:-1] == [200] * (len(BODY) // 200)


def is_torn(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return False


def test_slow_headers_delay_the_status() -> None:
    assert stream(fault("slow_headers")).delay == 3.0
    assert whole(fault("slow_headers", for_="500ms")).delay == 0.5
