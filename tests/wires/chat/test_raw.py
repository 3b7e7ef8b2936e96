"""Event streams of chunks that a script gives raw: they are timed by their texts, and stay as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.delivery import deliver_frames
from mockserver.records.reply import Pace
from mockserver.wires import parse_fault
from mockserver.wires.chat.faults import FAULTS
from mockserver.wires.chat.raw import read_frames
from tests.message_cases import BLOCKS
from tests.wires.chat.cases import OPENAI, reply

GIVEN = reply(BLOCKS["thinking"], BLOCKS["text"], BLOCKS["tool_use"])
BODY = OPENAI.stream(GIVEN)[0]
EVENTS = OPENAI.unfold(GIVEN)


def test_chunks_are_read_with_their_weights() -> None:
    frames = read_frames(BODY)
    found = [frame.event for frame in frames if frame.event]
    assert [event.data for event in found] == [event.data for event in EVENTS]
    assert [event.weight for event in found] == [event.weight for event in EVENTS]
    assert [event.is_last for event in found] == [event.is_last for event in EVENTS]
    assert b"".join(frame.data for frame in frames) == BODY


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b": hello\n\ndata: 1\n\n",
        b"data:[DONE]\r\n\r\n",
        b'data: {"choices": 5}\n\n',
        b'data: {"choices": [5]}\n\n',
        b'data: {"choices": [{"delta": 5}]}\n\n',
        b'data: {"choices": [{"delta": {"content": 5, "tool_calls": [5, {"function": 5}, {"function": {}}]}}]}\n\n',
        b'data: {"choices": [{"delta": {"tool_calls": 5}}]}\n\n',
        b'data: {"cho',
        b"\xff\xfe data: \x00",
    ],
)
def test_any_body_can_be_read(body: bytes) -> None:
    frames = read_frames(body)
    assert b"".join(frame.data for frame in frames) == body
    assert sum(frame.event.weight for frame in frames if frame.event) == 0


@settings(max_examples=50)
@given(st.binary(max_size=60))
def test_any_bytes_stay(body: bytes) -> None:
    assert b"".join(frame.data for frame in read_frames(b"data: " + body)) == b"data: " + body


def test_raw_streams_are_paced_and_cut() -> None:
    cut = deliver_frames(
        read_frames(BODY),
        headers=(),
        pace=Pace(first=0.5, tokens_per_second=100),
        faults=(parse_fault("truncate"),),
        kinds=FAULTS,
    )
    assert b"".join(piece.data for piece in cut.pieces) == BODY.removesuffix(b"data: [DONE]\n\n")
    assert sum(piece.delay for piece in cut.pieces) > 0.5
