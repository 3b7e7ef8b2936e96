"""What gateways make of answers that they convert: each fault alone, and all of a channel together."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.delivery import deliver_stream, deliver_whole
from mockserver.records.reply import Reply
from mockserver.wires import FAULTS, parse_fault
from mockserver.wires.messages.faults.conversions import CONVERSIONS
from tests.fault_cases import ALL, CLEAN, HEADERS, MESSAGE, WIRE, body, events, fault, names, sent, stream, whole
from tests.message_cases import BLOCKS, message

COUNTED = {
    "input_tokens": 20,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 60,
    "claude_cache_creation_5_m_tokens": 0,
    "claude_cache_creation_1_h_tokens": 0,
}


def test_ids_are_those_of_openai() -> None:
    start, *_, tool = [data for data in events(stream(fault("chat_ids"))) if {"message", "content_block"} & data.keys()]
    assert (start["message"]["id"], tool["content_block"]["id"]) == ("chatcmpl-01", "call_01")
    told = body(whole(fault("chat_ids")))
    assert (told["id"], told["content"][2]["id"]) == ("chatcmpl-01", "call_01")


def test_scripted_ids_stay() -> None:
    given = message(BLOCKS["tool_use"] | {"id": "mine"}, id="this")
    delivery = deliver_whole(WIRE.write(Reply(given)), headers=HEADERS, faults=(fault("chat_ids"),), kinds=FAULTS)
    told = body(delivery)
    assert (told["id"], told["content"][0]["id"], "caller" in told["content"][0]) == ("this", "mine", False)


def test_messages_have_few_fields() -> None:
    stopped = {**MESSAGE, "stop_reason": "stop_sequence", "stop_sequence": "END", "container": {"id": "c"}}
    given, reply = (fault("few_fields"),), Reply(stopped, seed=1)
    streamed = deliver_stream(WIRE.unfold(reply), headers=HEADERS, faults=given, kinds=FAULTS)
    told = body(deliver_whole(WIRE.write(reply), headers=HEADERS, faults=given, kinds=FAULTS))
    start, *_, end, stop = events(streamed)
    assert list(start["message"]) == ["type", "model", "usage", "role", "id", "content"]
    assert end == {"type": "message_delta", "usage": end["usage"], "delta": {"stop_reason": "end_turn"}}
    assert list(told) == ["id", "type", "role", "content", "stop_reason", "model", "usage"]
    assert told["stop_reason"] == "end_turn"
    assert sent(streamed).endswith(b'data: {"type":"message_stop"}\n\n')
    assert stop == {"type": "message_stop"}
    assert b" }\n" not in sent(streamed)
    assert events(stream(*given))[-2]["delta"] == {"stop_reason": "tool_use"}


def test_usage_is_that_of_the_gateway() -> None:
    start, *_, end, _ = events(stream(fault("gateway_usage")))
    assert start["message"]["usage"] == COUNTED | {"output_tokens": 0}
    assert end["usage"] == COUNTED == body(whole(fault("gateway_usage")))["usage"]


def test_the_estimate_counts_what_is_cached() -> None:
    usage = {**MESSAGE["usage"], "cache_read_input_tokens": 300, "cache_creation_input_tokens": None}  # type: ignore[dict-item]
    unfolded = WIRE.unfold(Reply({**MESSAGE, "usage": usage}, seed=1))
    given = (fault("gateway_usage"),)
    start, *_, end, _ = events(deliver_stream(unfolded, headers=HEADERS, faults=given, kinds=FAULTS))
    assert start["message"]["usage"]["input_tokens"] == 320
    assert start["message"]["usage"]["cache_read_input_tokens"] == 0
    assert (end["usage"]["input_tokens"], end["usage"]["cache_read_input_tokens"]) == (20, 300)


def test_text_is_lost_beside_tools_alone() -> None:
    assert [block["type"] for block in body(whole(fault("tools_without_text")))["content"]] == ["thinking", "tool_use"]
    assert stream(fault("tools_without_text")) == stream()
    plain = WIRE.write(Reply(message(BLOCKS["thinking"], BLOCKS["text"])))
    assert sent(deliver_whole(plain, headers=HEADERS, faults=(fault("tools_without_text"),), kinds=FAULTS)) == plain


def test_streams_without_an_end_leave_the_last_block_open() -> None:
    delivery = stream(fault("no_end"))
    assert names(delivery) == ALL[:-3]
    assert [data["index"] for data in events(delivery) if data["type"] == "content_block_stop"] == [0, 1]


def test_indexes_have_gaps_that_are_stopped() -> None:
    told = events(stream(fault("index_gaps")))
    assert [data["index"] for data in told if data["type"] == "content_block_start"] == [0, 2, 4]
    assert [data["index"] for data in told if data["type"] == "content_block_stop"] == [0, 1, 2, 3, 4, 5]
    assert {data["index"] for data in told if data["type"] == "content_block_delta"} == {0, 2, 4}


def test_events_are_followed_by_one_more_newline() -> None:
    assert sent(stream(fault("extra_newline"))) == CLEAN.replace(b"\n\n", b"\n\n\n")
    commented = sent(stream(fault("extra_newline"), fault("comment_keepalive", text="PING", every=99)))
    assert commented == b": PING\n\n" + CLEAN.replace(b"\n\n", b"\n\n\n")
    assert sent(stream(fault("extra_newline"), fault("crlf"))).count(b"\r\n\r\n\r\n") == len(ALL)


def test_bare_errors_are_no_events() -> None:
    text = sent(
        stream(fault("error", bare=True, type="api_error", message="Gone.", after_events=4), fault("extra_newline"))
    )
    assert text.endswith(b'\n\n\n{"error":{"type":"api_error","message":"Gone."},"type":"error"}')
    assert text.count(b"event: ") == 4


# What a channel that converts has: see the presets.
CONVERTED = ("no_signature", "no_ping", *CONVERSIONS)


@settings(max_examples=60)
@given(
    content=st.lists(st.sampled_from(list(BLOCKS.values())), max_size=5),
    chosen=st.lists(st.sampled_from(CONVERTED), unique=True),
    usage=st.sampled_from([{}, {"input_tokens": None}, {"input_tokens": "many", "output_tokens": 2.5}, COUNTED]),
    reason=st.sampled_from([None, "end_turn", "tool_use", "stop_sequence", "refusal"]),
)
def test_faults_of_channels_strike_any_message(
    content: list[dict[str, Any]], chosen: list[str], usage: dict[str, Any], reason: str | None
) -> None:
    """Whatever is scripted: a stream of events with their three newlines, and a message."""
    faults = tuple(parse_fault(name) for name in chosen)
    reply = Reply(message(*content, usage={"output_tokens": 1, **usage}, stop_reason=reason), seed=3)
    streamed = deliver_stream(WIRE.unfold(reply), headers=HEADERS, faults=faults, kinds=FAULTS)
    lines = re.findall(rb"^data: (.*)", sent(streamed), re.MULTILINE)
    assert all(orjson.loads(line)["type"] for line in lines)
    told = orjson.loads(sent(deliver_whole(WIRE.write(reply), headers=HEADERS, faults=faults, kinds=FAULTS)))
    assert told["type"] == "message"
    assert ("signature" in str([block for block in told["content"] if block["type"] == "thinking"])) <= (
        "no_signature" not in chosen
    )


@pytest.mark.parametrize("name", CONVERSIONS)
def test_conversions_leave_errors_alone(name: str) -> None:
    error = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    assert sent(deliver_whole(error, headers=HEADERS, faults=(fault(name),), kinds=FAULTS)) == error
