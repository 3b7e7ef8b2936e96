"""How answers leave: in as few pieces as their pace allows."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.delivery import deliver_frames, deliver_stream, deliver_whole, realtime
from mockserver.records.delivery import Delivery
from mockserver.records.reply import Pace
from mockserver.wires.messages.events import Event
from mockserver.wires.messages.raw import read_frames

HEADERS = (("content-type", "text/event-stream; charset=utf-8"),)
WORDS = ("It", " is fine", " in Oslo today", ".")


def delta(text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


DATAS: tuple[dict[str, Any], ...] = (
    {"type": "message_start", "message": {"usage": {"output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    *(delta(word) for word in WORDS),
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 8}},
    {"type": "message_stop"},
)
EVENTS = tuple(Event(data) for data in DATAS)
BYTES = b"".join(event.encode() for event in EVENTS)
BODY = orjson.dumps({"type": "message", "content": []})


def sent(delivery: Delivery) -> bytes:
    return b"".join(piece.data for piece in delivery.pieces)


def seconds(delivery: Delivery) -> float:
    return delivery.delay + sum(piece.delay for piece in delivery.pieces)


def test_an_unpaced_stream_is_one_piece() -> None:
    delivery = deliver_stream(EVENTS, headers=HEADERS)
    assert [(piece.data, piece.delay, piece.events) for piece in delivery.pieces] == [(BYTES, 0.0, len(EVENTS))]
    assert (delivery.status, delivery.headers, delivery.end, delivery.delay) == (200, HEADERS, "close", 0.0)


def test_a_whole_body_tells_its_length() -> None:
    delivery = deliver_whole(BODY, headers=HEADERS, status=404)
    assert delivery.status == 404
    assert delivery.headers == (*HEADERS, ("content-length", str(len(BODY))))
    assert sent(delivery) == BODY


def test_tokens_take_their_time() -> None:
    """Eight output tokens at four a second take two seconds, spread over the deltas by their length."""
    delivery = deliver_stream(EVENTS, headers=HEADERS, tokens=8, pace=Pace(first=0.5, tokens_per_second=4))
    assert seconds(delivery) == pytest.approx(2.5)
    assert [piece.events for piece in delivery.pieces] == [3, 1, 1, 1, 4]
    waits = [piece.delay for piece in delivery.pieces]
    assert waits[0] == 0.5
    assert waits[3] == pytest.approx(2 * len(WORDS[2]) / len("".join(WORDS)))


def test_untold_tokens_are_estimated() -> None:
    cut = EVENTS[:-2]
    pace = Pace(tokens_per_second=2)
    without_count = (Event({"type": "message_start", "message": {}}), *cut[1:])
    assert seconds(deliver_stream(without_count, headers=HEADERS, pace=pace)) == pytest.approx(
        len("".join(WORDS)) / 4 / 2
    )


def test_a_stall_interrupts_once() -> None:
    pace = Pace(stall_after=4, stall_for=7)
    delivery = deliver_stream(EVENTS, headers=HEADERS, pace=pace)
    assert [(piece.delay, piece.events) for piece in delivery.pieces] == [(0.0, 4), (7.0, 6)]


@settings(max_examples=30)
@given(
    pace=st.builds(
        Pace,
        first=st.floats(0, 5),
        tokens_per_second=st.just(0.0) | st.floats(0.01, 500),
        jitter=st.floats(0, 1),
        stall_after=st.none() | st.integers(0, 12),
        stall_for=st.floats(0, 9),
    ),
    seed=st.integers(0, 2**32),
)
def test_pace_changes_only_the_time(pace: Pace, seed: int) -> None:
    """Whole, the answer waits exactly as long as its stream takes, before its headers."""
    stream = deliver_stream(EVENTS, headers=HEADERS, pace=pace, seed=seed, tokens=8)
    whole = deliver_whole(BODY, headers=HEADERS, pace=pace, seed=seed, tokens=8, events=EVENTS)
    assert sent(stream) == BYTES
    assert sum(piece.events for piece in stream.pieces) == len(EVENTS)
    assert all(piece.delay >= 0 for piece in stream.pieces)
    assert whole.delay == pytest.approx(seconds(stream))
    assert stream == deliver_stream(EVENTS, headers=HEADERS, pace=pace, seed=seed, tokens=8)


def test_jitter_depends_on_the_seed() -> None:
    pace = Pace(tokens_per_second=4, jitter=0.2)
    once, again = (deliver_stream(EVENTS, headers=HEADERS, pace=pace, seed=seed, tokens=8) for seed in (1, 2))
    assert once != again
    assert seconds(once) == pytest.approx(2, rel=0.2)


def test_an_error_waits_for_its_first_byte() -> None:
    assert deliver_whole(BODY, headers=HEADERS, pace=Pace(first=0.3, tokens_per_second=1)).delay == 0.3


@pytest.mark.parametrize(
    ("body", "moments"),
    [
        (b"data: a\n\ndata: b\n\ndata: c\n\n", [1.0, 2.0, 3.0]),
        (b": hello\n\ndata: a\n\ndata: b\n\n", [1.0, 2.0]),
        (b"data: [DONE]\n\n", [1.0]),
        (Event(delta("four")).encode() + Event(delta("five")).encode(), [1.0, 2.0]),
        (BYTES[: BYTES.index(b"event: ping")] + Event(delta("four")).encode(), [1.0, 2.0]),
    ],
)
def test_first_event_of_others_comes_after_the_first_pause(body: bytes, moments: list[float]) -> None:
    pieces = deliver_frames(read_frames(body), headers=HEADERS, pace=Pace(first=1.0, tokens_per_second=1.0)).pieces
    assert [*accumulate(piece.delay for piece in pieces)] == moments


def test_model_lines_differ_in_pace() -> None:
    assert realtime("haiku").tokens_per_second > realtime("opus").tokens_per_second
    assert realtime(None) == realtime("gpt") == realtime("sonnet")
