"""Faults that edit the events and messages of this format."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.wires import parse_fault
from tests.fault_cases import (
    ALL,
    CLEAN,
    WIRE,
    body,
    events,
    fault,
    names,
    sent,
    stream,
    whole,
)


@pytest.mark.parametrize("name", sorted(set(ALL)))
def test_drop_event_leaves_one_name_out(name: str) -> None:
    assert names(stream(fault("drop_event", event=name))) == [given for given in ALL if given != name]


def test_drop_event_may_spare_other_blocks() -> None:
    delivery = stream(fault("drop_event", event="content_block_stop", at_block=1))
    assert [data["index"] for data in events(delivery) if data["type"] == "content_block_stop"] == [0, 2]


def test_drop_event_takes_parts_away() -> None:
    assert b"usage" not in sent(stream(fault("drop_event", event="usage")))
    assert b"signature_delta" not in sent(stream(fault("drop_event", event="signature")))
    assert "usage" not in body(whole(fault("drop_event", event="usage")))
    assert body(whole(fault("drop_event", event="signature")))["content"][0]["signature"] == ""


def test_unknown_event_is_added() -> None:
    assert names(stream(fault("unknown_event"))) == [*ALL[:2], "future_event", *ALL[2:]]
    assert names(stream(fault("unknown_event", name="news", after_events=0)))[0] == "news"


@pytest.mark.parametrize("place", [None, 0, 1, 7])
def test_unknown_block_moves_the_others(place: int | None) -> None:
    given = fault("unknown_block", name="hologram", **({} if place is None else {"at_block": place}))
    delivery, message = stream(given), body(whole(given))
    types = ["thinking", "text", "tool_use"]
    types.insert(3 if place is None else place, "hologram")
    starts = [data for data in events(delivery) if data["type"] == "content_block_start"]
    assert [data["content_block"]["type"] for data in starts] == types
    assert [data["index"] for data in starts] == [0, 1, 2, 3]
    assert [block["type"] for block in message["content"]] == types
    assert WIRE.fold(events(delivery))["content"] == message["content"]


def test_no_event_names_leaves_data_lines() -> None:
    assert b"event:" not in sent(stream(fault("no_event_names")))
    assert names(stream(fault("no_event_names"))) == ALL


def test_done_markers_end_the_stream() -> None:
    assert sent(stream(fault("done_marker"))) == CLEAN + b"data: [DONE]\n\n"
    instead = stream(fault("done_for_message_stop"))
    assert sent(instead).endswith(b"data: [DONE]\n\n")
    assert names(instead) == ALL[:-1]


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("no_message_start", "message_start"),
        ("no_ping", "ping"),
        ("no_content_block_start", "content_block_start"),
        ("no_content_block_stop", "content_block_stop"),
    ],
)
def test_gateways_lose_events(name: str, missing: str) -> None:
    assert names(stream(fault(name))) == [given for given in ALL if given != missing]


def test_gateways_start_twice() -> None:
    assert names(stream(fault("duplicate_message_start"))) == ["message_start", *ALL]


def test_gateways_count_blocks_wrongly() -> None:
    assert {data.get("index", 0) for data in events(stream(fault("index_zero")))} == {0}


def test_gateways_lose_usage() -> None:
    start, *_, end, _stop = events(stream(fault("no_start_usage")))
    assert "usage" not in start["message"]
    assert "usage" in end
    start, *_, end, _stop = events(stream(fault("no_delta_usage")))
    assert "usage" in start["message"]
    assert "usage" not in end


def test_gateways_count_nothing() -> None:
    zeros = {"input_tokens": 0, "cache_creation": {"ephemeral_5m_input_tokens": 0}, "output_tokens": 0}
    start, *_, end, _stop = events(stream(fault("zero_usage")))
    assert start["message"]["usage"] == body(whole(fault("zero_usage")))["usage"] == zeros
    assert end["usage"] == {"input_tokens": 0, "output_tokens": 0}
    nulls = {"input_tokens": None, "cache_creation": None, "output_tokens": 60}
    assert body(whole(fault("null_usage")))["usage"] == nulls


def test_gateways_mistell_the_stop_reason() -> None:
    for name, reason in (
        ("null_stop_reason", None),
        ("openai_stop_reason", "tool_calls"),
        ("end_turn_for_tools", "end_turn"),
    ):
        assert events(stream(fault(name)))[-2]["delta"]["stop_reason"] == reason
        assert body(whole(fault(name)))["stop_reason"] == reason
        assert events(stream(fault(name)))[0]["message"]["stop_reason"] is None


def test_gateways_drop_signatures() -> None:
    delivery = stream(fault("no_signature"))
    assert b"signature" not in sent(delivery)
    assert "signature" not in body(whole(fault("no_signature")))["content"][0]


def tool_events(name: str) -> tuple[Any, str]:
    """The input in the tool's content_block_start, and what its deltas write."""
    found = [data for data in events(stream(fault(name))) if data.get("index") == 2]
    pieces = [data["delta"]["partial_json"] for data in found if "delta" in data]
    return found[0]["content_block"]["input"], "".join(pieces)


def test_gateways_mangle_tool_inputs() -> None:
    written = '{"city": "Oslo", "days": 3}'
    assert tool_events("tool_input_string") == (written, "")
    assert tool_events("tool_input_at_start") == ({"city": "Oslo", "days": 3}, "")
    assert tool_events("tool_input_twice") == ({}, written * 2)
    assert tool_events("tool_input_cut") == ({}, written[: len(written) * 2 // 3])
    assert body(whole(fault("tool_input_string")))["content"][2]["input"] == '{"city":"Oslo","days":3}'


def test_one_count_may_be_null() -> None:
    only = fault("null_usage", only="input_tokens")
    start, *_, end, _stop = events(stream(only))
    assert start["message"]["usage"]["input_tokens"] is end["usage"]["input_tokens"] is None
    assert start["message"]["usage"]["cache_creation"] == {"ephemeral_5m_input_tokens": 4}
    assert end["usage"]["output_tokens"] == 60
    assert body(whole(only))["usage"] == {**body(whole())["usage"], "input_tokens": None}
    several = fault("null_usage", only=["output_tokens", "cache_creation", "server_tool_use"])
    expected = {"input_tokens": 20, "cache_creation": None, "output_tokens": None}
    assert body(whole(several))["usage"] == expected, "a part that is not there stays away"


@pytest.mark.parametrize("count", ["input_tokens", "output_tokens", "cache_read_input_tokens"])
@pytest.mark.parametrize("value", [0, 12345, None])
def test_start_and_end_count_differently(count: str, value: int | None) -> None:
    before = events(stream())
    start, *_, end, _stop = events(stream(parse_fault({"then": "start_usage", count: value})))
    assert start["message"]["usage"] == {**before[0]["message"]["usage"], count: value}
    assert end == before[-2]
    start, *_, end, _stop = events(stream(parse_fault({"then": "delta_usage", count: value})))
    assert start == before[0]
    assert end["usage"] == {**before[-2]["usage"], count: value}
