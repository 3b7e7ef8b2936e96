"""Event streams that a script gives raw: they are read as events, and stay as they are written."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.delivery import deliver_frames, deliver_whole
from mockserver.records.reply import Pace
from mockserver.wires import FAULTS, parse_fault
from mockserver.wires.messages.events import NAMES
from mockserver.wires.messages.raw import read_frames
from tests.fault_cases import ALL, BODY, CLEAN, EVENTS, NEEDED, OF_MESSAGES, fault, sent, stream


def struck(body: bytes, *faults: Any, pace: Pace | None = None) -> Any:
    return deliver_frames(read_frames(body), headers=(), faults=faults, kinds=FAULTS, pace=pace)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_events_are_read_with_any_line_ends(end: bytes) -> None:
    body = CLEAN.replace(b"\n", end)
    frames = read_frames(body)
    assert [frame.event and frame.event.data for frame in frames] == [event.data for event in EVENTS]
    assert b"".join(frame.data for frame in frames) == body


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b"", []),
        (b"\n\n", [False]),
        (b": hello\n\ndata: 1\n\n", [False, True]),
        (b"data: {}\n\n\n\n: end", [True, False]),
        (b"data: [DONE]\n\n", [True]),
        (b"event: ping\n\n", [True]),
        (b'data: {"type":\ndata: "ping"}\n\ndata: {"ty', [True, True]),
        (b"<html>\n\n</html>", [False, False]),
        (b"\xff\xfe data: \x00", [False]),
    ],
)
def test_what_is_no_event_is_kept(body: bytes, events: list[bool]) -> None:
    frames = read_frames(body)
    assert [frame.event is not None for frame in frames] == events
    assert b"".join(frame.data for frame in frames) == body


def test_data_may_have_several_lines() -> None:
    (frame,) = read_frames(b'event: ping\ndata: {"type":\ndata: "ping"}\n\n')
    assert frame.event is not None
    assert frame.event.data == {"type": "ping"}


@pytest.mark.parametrize("name", OF_MESSAGES)
def test_every_fault_strikes_a_raw_stream(name: str) -> None:
    """A stream of this format is struck as one that the server makes, but for the padding of changed events."""
    raw, own = struck(CLEAN, fault(name)), stream(fault(name))
    assert without_padding(sent(raw)) == without_padding(sent(own))
    assert (raw.end, raw.delay, raw.status, len(raw.pieces)) == (own.end, own.delay, own.status, len(own.pieces))


def without_padding(text: bytes) -> bytes:
    return re.sub(rb" +}", b"}", text)


OPENAI = b"".join(b'data: {"choices": [{"delta": {"content": "%d"}}]}\n\n' % number for number in range(6))


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("disconnect", {"after_events": 2}, b"".join(OPENAI.splitlines(True)[:4])),
        ("truncate", {}, b"".join(OPENAI.splitlines(True)[:10])),
        ("crlf", {}, OPENAI.replace(b"\n", b"\r\n")),
        ("no_message_start", {}, OPENAI),
        ("zero_usage", {}, OPENAI),
        ("done_marker", {}, OPENAI + b"data: [DONE]\n\n"),
        ("malformed", {"after_events": 5}, OPENAI[:-3] + b"\n\n"),
    ],
)
def test_other_streams_are_cut_and_rewritten(name: str, options: dict[str, Any], expected: bytes) -> None:
    assert sent(struck(OPENAI, fault(name, **options))) == expected


def test_error_may_break_off_any_stream() -> None:
    delivery = struck(OPENAI, fault("error", after_events=1, type="rate_limit_error"))
    text = sent(delivery)
    first, _, rest = text.partition(b"\n\n")
    assert OPENAI.startswith(first)
    assert rest.startswith(b"event: error\ndata: ")
    assert b"model: unknown)" in rest


def test_pace_counts_the_text_of_events() -> None:
    pace = Pace(first=1.0, tokens_per_second=10)
    paced = struck(CLEAN, pace=pace)
    weights = sum(event.weight for event in EVENTS)
    assert sum(piece.delay for piece in paced.pieces) == pytest.approx(1.0 + weights / 40)
    assert len(paced.pieces) == sum(event.weight > 0 for event in EVENTS) + 1


def test_pace_counts_events_without_text() -> None:
    paced = struck(b": hello\n\n" + OPENAI, pace=Pace(tokens_per_second=10))
    assert [piece.delay for piece in paced.pieces] == [0.0, *[pytest.approx(0.1)] * 5]
    assert [piece.events for piece in paced.pieces] == [1] * 6


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.sampled_from(["text_delta", "input_json_delta", "thinking", "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["type", "usage", "input"]), inner),
    max_leaves=4,
)
KEYS = ["index", "delta", "content_block", "message", "usage", "stop_reason", "content", "signature"]
DELTAS = st.dictionaries(st.sampled_from(["type", "text", "partial_json", "stop_reason", "usage"]), VALUES)
DATA = st.builds(
    lambda name, rest, delta: {**rest, "type": name, **({"delta": delta} if delta else {})},
    st.sampled_from([*NAMES, "message"]) | VALUES,
    st.dictionaries(st.sampled_from(KEYS), VALUES),
    st.none() | DELTAS,
)
CHOSEN = st.sampled_from(sorted(FAULTS)).map(lambda name: parse_fault({"then": name, **NEEDED.get(name, {})}))


@settings(max_examples=100)
@given(data=st.lists(DATA, max_size=4), chosen=st.lists(CHOSEN, max_size=3))
def test_any_json_can_be_struck(data: list[Any], chosen: list[Any]) -> None:
    body = b"".join(b"data: %b\n\n" % orjson.dumps(each) for each in data)
    assert sent(struck(body)) == body
    assert struck(body, *chosen, pace=Pace(first=0.1, tokens_per_second=50)).end in ("close", "abort", "hang")
    for each in data:
        whole = deliver_whole(orjson.dumps(each), headers=(), faults=tuple(chosen), kinds=FAULTS)
        assert whole.end in ("close", "abort", "hang")


@pytest.mark.parametrize(
    "value",
    [
        {"type": "message"},
        {"type": "message", "content": None},
        {"type": "message", "content": ["text"]},
        {"type": "message", "content": [{"text": "x"}], "usage": {}},
        {"type": "message", "content": [], "usage": [1]},
        {"type": "message", "content": [], "stop_reason": ["x"]},
        {"type": "message_start", "message": None},
        {"type": "message_delta", "delta": {"stop_reason": {}}},
        {"type": "content_block_start", "index": "0", "content_block": {}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": 5}},
        {"type": "content_block_delta", "index": 0, "delta": "text"},
        {"type": "content_block_stop"},
    ],
    ids=json.dumps,
)
def test_half_a_message_is_left_as_it_is(value: dict[str, Any]) -> None:
    body = orjson.dumps(value)
    for name in FAULTS:
        whole = deliver_whole(body, headers=(), faults=(fault(name),), kinds=FAULTS)
        assert whole.end == deliver_whole(BODY, headers=(), faults=(fault(name),), kinds=FAULTS).end
        assert struck(b"data: %b\n\n" % body, fault(name)).end == stream(fault(name)).end


def test_deep_values_are_left_as_they_are() -> None:
    deep = (
        b'{"type": "message", "usage": {}, "content": [' + b'{"type": "x", "input": ' * 300 + b"1" + b"}" * 300 + b"]}"
    )
    given_ = (fault("zero_usage"),)
    assert sent(deliver_whole(deep, headers=(), faults=given_, kinds=FAULTS)) == deep
    assert sent(struck(b"data: %b\n\n" % deep, *given_)) == b"data: %b\n\n" % deep


def test_the_stream_of_the_server_has_all_its_names() -> None:
    assert set(ALL) == set(NAMES)
