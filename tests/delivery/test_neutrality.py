"""Delivery knows no wire format: events of a made-up one are timed and cut like any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from msgspec import Struct

from mockserver.delivery import FaultKind, deliver_stream
from mockserver.delivery.cuts import CUTS, TEARS
from mockserver.delivery.garbling import BROKEN_JSON, LINES
from mockserver.delivery.substitutes import SUBSTITUTES
from mockserver.records.reply import Fault, Pace

HEADERS = (("content-type", "application/x-ndjson"),)
KINDS: Mapping[str, FaultKind] = {**CUTS, **TEARS, **BROKEN_JSON, **LINES, **SUBSTITUTES}
OPTIONS: Mapping[str, Mapping[str, Any]] = {"split": {"bytes": 3}}


class Line(Struct, frozen=True):
    """An event of the made-up format."""

    data: Mapping[str, Any]

    @property
    def weight(self) -> int:
        return len(self.data.get("word", ""))

    @property
    def opened_block(self) -> int | None:
        return self.data.get("opens")

    @property
    def is_last(self) -> bool:
        return "end" in self.data

    def encode(self) -> bytes:
        return orjson.dumps(self.data) + b"\n"


EVENTS = (Line({"opens": 0}), Line({"word": "Oslo"}), Line({"opens": 1}), Line({"word": "is"}), Line({"end": 1}))


def test_the_weight_of_events_sets_their_time() -> None:
    delivery = deliver_stream(EVENTS, headers=HEADERS, pace=Pace(tokens_per_second=1), tokens=3)
    assert [(piece.delay, piece.events) for piece in delivery.pieces] == [(0.0, 1), (2.0, 2), (1.0, 2)]


@pytest.mark.parametrize(
    ("fault", "count"),
    [(Fault("disconnect", at_block=1), 3), (Fault("disconnect", after_events=1), 1), (Fault("truncate"), 4)],
)
def test_events_say_where_a_fault_strikes(fault: Fault, count: int) -> None:
    delivery = deliver_stream(EVENTS, headers=HEADERS, faults=(fault,), kinds=KINDS)
    assert b"".join(piece.data for piece in delivery.pieces) == b"".join(event.encode() for event in EVENTS[:count])


@pytest.mark.parametrize("name", KINDS)
def test_every_fault_strikes_any_format(name: str) -> None:
    fault = Fault(name, options=OPTIONS.get(name, {}))
    assert deliver_stream(EVENTS, headers=HEADERS, faults=(fault,), kinds=KINDS) != deliver_stream(
        EVENTS, headers=HEADERS
    )
