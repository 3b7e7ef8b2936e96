"""The faults of chat answers: those of any format strike, an error is a chunk, those of messages change nothing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mockserver.delivery import deliver_stream, deliver_whole
from mockserver.records.delivery import Delivery
from mockserver.records.reply import Fault, Pace
from mockserver.wires import FAULTS as ALL
from mockserver.wires.chat.faults import FAULTS
from tests.fault_cases import HEADERS, fault, sent
from tests.message_cases import BLOCKS
from tests.wires.chat.cases import OPENAI, reply

GIVEN = reply(BLOCKS["thinking"], BLOCKS["text"], BLOCKS["tool_use"])
EVENTS = OPENAI.unfold(GIVEN)
BODY = OPENAI.write(GIVEN)
OVERLOADED = (
    b'data: {"error":{"message":"Overloaded","type":"overloaded_error","param":null,"code":"overloaded_error"}}\n\n'
)


def stream(*faults: Fault, pace: Pace | None = None) -> Delivery:
    return deliver_stream(EVENTS, headers=HEADERS, faults=faults, kinds=FAULTS, pace=pace, tokens=60)


def whole(*faults: Fault) -> Delivery:
    return deliver_whole(BODY, headers=HEADERS, faults=faults, kinds=FAULTS, tokens=60, events=EVENTS)


def encoded(count: int) -> bytes:
    return b"".join([event.encode() for event in EVENTS[:count]])


@pytest.mark.parametrize("name", FAULTS)
def test_faults_strike_chat_answers(name: str) -> None:
    assert stream(fault(name)) != stream()
    assert (whole(fault(name)) != whole()) is FAULTS[name].whole


@pytest.mark.parametrize("name", [name for name in ALL if name not in FAULTS])
def test_faults_of_messages_change_nothing(name: str) -> None:
    struck = fault(name)
    assert stream(struck) == stream()
    assert whole(struck) == whole()


def test_truncated_streams_have_no_mark_of_the_end() -> None:
    assert sent(stream(fault("truncate"))) == encoded(len(EVENTS) - 1)


@pytest.mark.parametrize("place", [0, 3, 99])
def test_error_ends_the_stream(place: int) -> None:
    assert sent(stream(fault("error", after_events=place))) == encoded(place) + OVERLOADED


def test_error_has_the_words_of_its_type() -> None:
    text = sent(stream(fault("error", type="rate_limit_error", after_events=1)))
    told = orjson.loads(text.splitlines()[2].removeprefix(b"data: "))["error"]
    assert told["code"] == told["type"] == "rate_limit_error"
    assert "model: claude-sonnet-5)" in told["message"]
    assert b'"message":"Not now."' in sent(stream(fault("error", message="Not now.")))


def test_error_may_be_glued_to_a_torn_chunk() -> None:
    torn = EVENTS[4].encode()
    told = sent(stream(fault("error", glued=True, after_events=4)))
    assert told == encoded(4) + torn[: len(torn) // 2] + OVERLOADED
    assert sent(stream(fault("error", unnamed=True))) == sent(stream(fault("error")))


@pytest.mark.parametrize("block", range(3))
def test_blocks_start_with_their_first_chunk(block: int) -> None:
    kept = sent(stream(fault("truncate", at_block=block))).split(b"\n\n")[:-1]
    last: dict[str, Any] = orjson.loads(kept[-1].removeprefix(b"data: "))["choices"][0]["delta"]
    assert [*last] == [("reasoning_content", "content", "tool_calls")[block]]
    before = orjson.loads(kept[-2].removeprefix(b"data: "))["choices"][0]["delta"]
    assert [*before] != [*last]


def test_paces_count_the_texts() -> None:
    told = stream(pace=Pace(first=0.5, tokens_per_second=100))
    assert len(told.pieces) > 5
    assert sum(piece.delay for piece in told.pieces) == pytest.approx(0.5 + 60 / 100)
