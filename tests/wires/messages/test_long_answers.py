"""Streams of very long answers: larger deltas rather than hundreds of thousands of events."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mockserver.blocks.chunking import GRAINS, Sizes, cut_input, grain
from mockserver.blocks.dice import roll
from mockserver.blocks.units import Units
from mockserver.delivery.draft import Draft, Frame
from mockserver.records.budget import LIMITS
from mockserver.records.reply import Pace, Reply
from mockserver.wires.messages.events import Event
from mockserver.wires.messages.faults.contents import drop_event
from mockserver.wires.messages.folding import fold
from mockserver.wires.messages.unfolding import LONGEST, stream, unfold
from tests.fault_cases import fault
from tests.message_cases import message

# The model whose deltas are smallest.
FINE = "claude-opus-4-5"
# Of 5 characters and some more, as many deltas as an answer may have; blocks have a start and an end besides.
MOST = LIMITS.fine_bytes // 3
LONG = ("some words, again and again; " * 100_000)[:2_000_000]
CONTENTS: dict[str, list[dict[str, Any]]] = {
    "text": [{"type": "text", "text": LONG}],
    "many texts": [{"type": "text", "text": LONG[:LONGEST]}] * 2_000,
    "thinking": [{"type": "thinking", "thinking": LONG, "signature": "s" * 200}],
    "input": [{"type": "tool_use", "id": "toolu_1", "name": "a", "input": {"b": LONG}}],
    "keys": [{"type": "tool_use", "id": "toolu_1", "name": "a", "input": {f"k{n}": LONG[:400] for n in range(5_000)}}],
}


def reply(content: list[dict[str, Any]]) -> Reply:
    return Reply({**message(*content), "model": FINE}, seed=7)


def sizes_of(sizes: Sizes | Units) -> Sizes:
    assert isinstance(sizes, tuple)
    return sizes


@pytest.mark.parametrize("name", CONTENTS)
def test_a_long_answer_has_few_events(name: str) -> None:
    long = reply(CONTENTS[name])
    events = unfold(long)
    assert 1_000 < len(events) < MOST
    assert fold([event.data for event in events])["content"] == CONTENTS[name]
    assert stream(long) == (b"".join([event.encode() for event in events]), len(events))


@pytest.mark.parametrize(("name", "chunk"), [("many texts", "word"), ("thinking", "token"), ("input", 1)])
def test_a_long_answer_in_small_pieces_has_few_events(name: str, chunk: str | int) -> None:
    events = unfold(replace(reply(CONTENTS[name]), pace=Pace(chunk=chunk)))
    assert len(events) < MOST
    assert fold([event.data for event in events])["content"] == CONTENTS[name]


def test_small_pieces_grow_beyond_so_many_bytes() -> None:
    for chunk, most in ((1, 50_000), (2, 100_000), (50, 200_000)):
        for size, factor in ((most - 100, 1), (most + 100, 2)):
            events = unfold(replace(reply([{"type": "text", "text": "a" * size}]), pace=Pace(chunk=chunk)))
            assert max(event.weight for event in events) == chunk * factor


def test_the_longest_fine_answer_is_cut_as_before() -> None:
    block = {"type": "tool_use", "id": "toolu_1", "name": "a", "input": {"b": LONG[: LIMITS.fine_bytes - 200]}}
    events = unfold(reply([block]))
    assert max(event.weight for event in events) <= 13
    shorter, longer = (unfold(reply([{"type": "text", "text": LONG[:size]}])) for size in (150_000, 450_000))
    assert max(event.weight for event in shorter) <= max(sizes_of(grain(FINE).text)) + 12
    # Cut three times as large; edges of words make small pieces larger.
    assert len(longer) < 2 * len(shorter)


def test_all_sizes_grow_by_the_same_factor() -> None:
    for fine in GRAINS.values():
        large = fine.enlarge(4).enlarge(5)
        assert large.text == tuple(20 * size for size in sizes_of(fine.text))
        assert large.thinking == tuple(20 * size for size in sizes_of(fine.thinking))
        assert large.inputs == 20
    pieces = list(cut_input({"a": LONG[:10_000]}, roll(0), 20))
    assert all(40 <= len(piece) <= 240 for piece in pieces[1:-1])


def test_events_without_a_usage_stay_the_same() -> None:
    """They need not be encoded again when the usage is dropped."""
    delta = Event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}})
    draft = Draft(200, (), (Frame(delta.encode(), delta),), stream=True)
    assert drop_event(draft, fault("drop_event", event="usage")).frames[0].event is delta
