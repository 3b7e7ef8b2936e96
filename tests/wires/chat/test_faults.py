"""The faults of chat answers: those of any format strike, an error is a chunk, those of messages change nothing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.delivery import deliver_frames, deliver_stream, deliver_whole
from mockserver.records.delivery import Delivery
from mockserver.records.reply import Fault, Pace
from mockserver.wires import FAULTS as ALL
from mockserver.wires import parse_fault
from mockserver.wires.chat.defects import DEFECTS
from mockserver.wires.chat.faults import FAULTS
from mockserver.wires.chat.raw import read_frames
from tests.fault_cases import HEADERS, NEEDED, fault, sent
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
    assert sent(stream(fault("error", bare=True, after_events=4))) == encoded(4) + OVERLOADED[6:-2]


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


def test_finish_reasons_may_be_missing() -> None:
    told = [orjson.loads(line[6:]) for line in sent(stream(fault("no_finish_reason"))).split(b"\n\n")[:-2]]
    assert {choice["finish_reason"] for chunk in told for choice in chunk["choices"]} == {None}
    assert orjson.loads(sent(whole(fault("no_finish_reason"))))["choices"][0]["finish_reason"] is None


def test_usage_may_be_missing() -> None:
    assert b'"usage"' not in sent(stream(fault("no_usage")))
    assert sent(stream(fault("no_usage"))).endswith(
        EVENTS[-3].encode().replace(b',"usage":null', b"") + EVENTS[-1].encode()
    )
    assert "usage" not in orjson.loads(sent(whole(fault("no_usage"))))
    pace = Pace(first=0.4, tokens_per_second=60)
    total = sum(piece.delay for piece in stream(pace=pace).pieces)
    assert sum(piece.delay for piece in stream(fault("no_usage"), pace=pace).pieces) == pytest.approx(total)


def test_a_chunk_may_have_no_choices() -> None:
    first, rest = sent(stream(fault("empty_choices"))).split(b"\n\n", 1)
    assert orjson.loads(first[6:])["choices"] == []
    assert rest == encoded(len(EVENTS))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"choices": 5}', b'{"choices": [5]}', b'{"error": {}}'])
def test_what_is_no_completion_is_left_alone(body: bytes) -> None:
    for name in DEFECTS:
        struck = deliver_whole(body, headers=HEADERS, faults=(fault(name),), kinds=FAULTS)
        assert sent(struck) == body
        raw = deliver_frames(read_frames(b"data: " + body), headers=(), faults=(fault(name),), kinds=FAULTS)
        assert sent(raw) == b"data: " + body


CHOSEN = st.sampled_from(sorted(ALL)).map(lambda name: parse_fault({"then": name, **NEEDED.get(name, {})}))


@settings(max_examples=50)
@given(chosen=st.lists(CHOSEN, max_size=4), pace=st.none() | st.just(Pace(first=0.1, tokens_per_second=50, jitter=0.3)))
def test_any_faults_make_a_delivery(chosen: list[Fault], pace: Pace | None) -> None:
    for delivery in (stream(*chosen, pace=pace), whole(*chosen)):
        assert delivery.end in ("close", "abort", "hang")
        assert all(piece.delay >= 0 for piece in delivery.pieces)
    assert stream(*chosen, pace=pace) == stream(*chosen, pace=pace)
