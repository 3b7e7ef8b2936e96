"""Deltas with nothing in them come where they were recorded, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mockserver.wires.messages.empties import find_empty, place_empty
from mockserver.wires.messages.events import Event

EMPTY = {"type": "thinking_delta", "thinking": ""}
FULL = {"type": "thinking_delta", "thinking": "Hm."}
SIGNED = {"type": "signature_delta", "signature": "abc"}


def block(index: int, *deltas: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": {"type": "thinking"}},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


@pytest.mark.parametrize(
    ("deltas", "found"),
    [
        ((), {0: None}),
        ((SIGNED,), {0: None}),
        ((EMPTY, SIGNED), {0: EMPTY}),
        ((EMPTY, FULL, SIGNED), {}),
        (({**EMPTY, "estimated_tokens": 50}, SIGNED), {}),
    ],
)
def test_empty_blocks_are_found(deltas: tuple[Mapping[str, Any], ...], found: dict[int, Any]) -> None:
    assert find_empty([{"type": "ping"}, *block(0, *deltas)]) == found


@pytest.mark.parametrize(
    ("made", "empty", "expected"),
    [
        ((EMPTY, SIGNED), {0: None}, (SIGNED,)),
        ((SIGNED,), {0: EMPTY}, (EMPTY, SIGNED)),
        ((EMPTY, SIGNED), {0: EMPTY}, (EMPTY, SIGNED)),
        ((EMPTY, SIGNED), {}, (EMPTY, SIGNED)),
        # Somebody has given the block something to say.
        ((FULL, SIGNED), {0: EMPTY}, (FULL, SIGNED)),
    ],
)
def test_empty_deltas_are_placed(
    made: tuple[Mapping[str, Any], ...], empty: dict[int, Any], expected: tuple[Mapping[str, Any], ...]
) -> None:
    events = [Event(each) for each in (*block(0, *made), *block(1, EMPTY))]
    assert [event.data for event in place_empty(events, empty)] == [*block(0, *expected), *block(1, EMPTY)]
