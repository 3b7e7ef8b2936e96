"""Faults and paces of very long answers: pieces, comments and repetitions are bounded, and nothing is lost."""

from __future__ import annotations

import pytest

from mockserver.delivery.draft import Draft, Frame
from mockserver.delivery.garbling import insert_comments
from mockserver.delivery.planning import deliver_stream, deliver_whole
from mockserver.records.budget import LIMITS
from mockserver.records.errors import ScenarioError
from mockserver.records.reply import Fault, Pace
from mockserver.scenarios import parse
from mockserver.scenarios.scripts import Extensions
from mockserver.wires.messages.events import Event
from mockserver.wires.messages.faults import FAULTS
from tests.fault_cases import fault, sent, stream

SPLIT = Fault("split", options={"bytes": 1, "pause": 0.5})
MOST = LIMITS.pieces


@pytest.mark.parametrize(("length", "size"), [(MOST, 1), (MOST + 1, 2), (3_000_000, 60)])
def test_pieces_of_long_answers_are_larger(length: int, size: int) -> None:
    body = b"x" * length
    delivery = deliver_whole(body, headers=(), faults=(SPLIT,), kinds=FAULTS)
    assert len(delivery.pieces) == -(-length // size) <= MOST
    assert {len(piece.data) for piece in delivery.pieces[:-1]} == {size}
    assert {piece.delay for piece in delivery.pieces} == {0.5}
    assert b"".join(piece.data for piece in delivery.pieces) == body


def events(count: int) -> list[Event]:
    delta = {"type": "text_delta", "text": "ab"}
    return [Event({"type": "content_block_delta", "index": 0, "delta": delta})] * count


def test_many_paced_events_are_joined_and_take_their_time() -> None:
    pace = Pace(first=1.0, tokens_per_second=1_000)
    delivery = deliver_stream(events(150_000), headers=(), pace=pace, tokens=150_000)
    assert len(delivery.pieces) == 50_000 <= MOST
    assert sum(piece.events for piece in delivery.pieces) == 150_000
    assert sum(piece.delay for piece in delivery.pieces) == pytest.approx(151)
    few = deliver_stream(events(1_000), headers=(), pace=pace, tokens=1_000)
    assert len(few.pieces) == 1_000


def test_comments_are_bounded() -> None:
    frames = tuple([Frame(b"data: x\n\n", Event({"type": "ping"}))] * 250_000)
    draft = Draft(200, (), frames, stream=True)
    short, long = (insert_comments(draft, Fault("comment_keepalive", options={"text": "x" * n})) for n in (1, 10_000))
    assert len(short.frames) - len(frames) <= LIMITS.comments
    added = sum(len(frame.data) for frame in long.frames) - 9 * len(frames)
    assert LIMITS.comment_bytes * 0.9 < added < LIMITS.comment_bytes * 1.1


def test_repetition_of_a_tools_input_ends() -> None:
    once = len(sent(stream(fault("tool_input_twice"))))
    often = len(sent(stream(*[fault("tool_input_twice")] * 40)))
    assert once < often < 200_000_000


def test_faults_of_an_answer_are_counted() -> None:
    known = Extensions(parse_fault=lambda _: Fault("crlf"))
    with pytest.raises(ScenarioError, match="an answer has 10 faults at most, not 11"):
        parse({"reply": {"text": "x", "faults": ["crlf"] * 11}}, "sent", known)
    parse({"reply": {"text": "x", "faults": ["crlf"] * 10}}, "sent", known)
