"""Answers of each form, key for key in their order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from mockserver.blocks.partial_json import tear, write_properties
from mockserver.records.budget import LIMITS
from mockserver.records.reply import Pace, PingPlace, Reply
from mockserver.wires.chat.folding import fold
from mockserver.wires.chat.forms import FORMS
from tests.message_cases import BLOCKS, message
from tests.wires.chat.cases import WIRES, chunks, deltas, reply, whole

THOUGHT, TEXT, CALL, EMPTY = (BLOCKS[name] for name in ("thinking", "text", "tool_use", "tool_use without input"))
SHORT: Mapping[str, Any] = {"type": "text", "text": "Hi"}
OTHER: Mapping[str, Any] = {"type": "text", "text": "Bye"}
ID = "011CnsVH7brTwpraaSo2aQdx"
SORTED = '{"city":"Oslo","days":[1,2],"units":{"temp":"C"}}'


def dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def test_openai_writes_completions() -> None:
    given = whole(reply(SHORT))
    usage = given.pop("usage")
    assert dump(given) == (
        f'{{"id":"chatcmpl-{ID}","object":"chat.completion","created":1796000000,"model":"claude-sonnet-5","choices":'
        '[{"index":0,"message":{"role":"assistant","content":"Hi","refusal":null,"annotations":[]},"logprobs":null,'
        '"finish_reason":"stop"}],"service_tier":"default","system_fingerprint":null}'
    )
    assert [*usage] == ["prompt_tokens", "completion_tokens", "total_tokens", *DETAILS]


DETAILS = ("prompt_tokens_details", "completion_tokens_details")


def test_new_api_writes_completions() -> None:
    given = whole(reply(THOUGHT, SHORT, OTHER, CALL, stop_reason="tool_use"), "new-api")
    usage = given.pop("usage")
    call = {"id": "toolu_01", "type": "function", "function": {"name": "weather", "arguments": SORTED}}
    said = {"role": "assistant", "content": "Bye", "reasoning_content": THOUGHT["thinking"], "tool_calls": [call]}
    assert dump(given) == dump(
        {
            "id": f"msg_{ID}",
            "model": "claude-sonnet-5",
            "object": "chat.completion",
            "created": 1796000000,
            "choices": [{"index": 0, "message": said, "finish_reason": "tool_calls"}],
        }
    )
    assert dump(usage) == (
        '{"prompt_tokens":2095,"completion_tokens":503,"total_tokens":2598,"usage_semantic":"openai",'
        '"usage_source":"anthropic","prompt_tokens_details":{"cached_tokens":0,"text_tokens":0,"audio_tokens":0,'
        '"image_tokens":0},"completion_tokens_details":{"text_tokens":0,"audio_tokens":0,"reasoning_tokens":0},'
        '"input_tokens":2095,"output_tokens":0,"input_tokens_details":null,"claude_cache_creation_5_m_tokens":0,'
        '"claude_cache_creation_1_h_tokens":0}'
    )


def test_one_api_writes_completions() -> None:
    assert dump(whole(reply(SHORT, OTHER), "one-api")) == (
        f'{{"id":"chatcmpl-msg_{ID}","model":"asked","object":"chat.completion","created":1796000000,"choices":[{{"index"'
        ':0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":2095,'
        '"completion_tokens":503,"total_tokens":2598}}'
    )
    assert whole(reply(THOUGHT, SHORT), "one-api")["choices"][0]["message"] == {"role": "assistant", "content": ""}


CHUNKS = {
    "openai": (
        f'{{"id":"chatcmpl-{ID}","object":"chat.completion.chunk","created":1796000000,"model":"claude-sonnet-5",'
        '"service_tier":"default","system_fingerprint":null,"choices":[{"index":0,"delta":{"content":"Hi"},'
        '"logprobs":null,"finish_reason":null}],"usage":null}'
    ),
    "new-api": (
        f'{{"id":"msg_{ID}","object":"chat.completion.chunk","created":1796000000,"model":"claude-sonnet-5",'
        '"system_fingerprint":null,"choices":[{"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null,"index":0}],'
        '"usage":null}'
    ),
    "one-api": (
        f'{{"id":"chatcmpl-msg_{ID}","object":"chat.completion.chunk","created":1796000000,"model":"claude-sonnet-5",'
        '"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":""}]}'
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_chunks_have_the_keys_of_their_form(form: str) -> None:
    written = [dump(chunk) for chunk in chunks(reply({"type": "text", "text": "Hi"}), form)]
    assert CHUNKS[form] in written


def test_openai_streams_what_there_is_to_say() -> None:
    given = reply(THOUGHT, SHORT, BLOCKS["server_tool_use"], EMPTY, stop_reason="tool_use")
    first, *others = deltas(given)
    assert dump(first) == '{"role":"assistant","content":"","refusal":null}'
    assert {key for delta in others for key in delta} == {"reasoning_content", "content", "tool_calls"}
    begun, brought = [delta["tool_calls"] for delta in others if "tool_calls" in delta]
    function = {"name": "now", "arguments": ""}
    assert begun == [{"index": 0, "id": "call_02", "type": "function", "function": function}]
    assert brought == [{"index": 0, "function": {"arguments": "{}"}}]
    assert others[-1] == {}


def test_openai_has_no_text_beside_calls_alone() -> None:
    alone, beside = reply(THOUGHT, CALL), reply(SHORT, CALL)
    assert [whole(each)["choices"][0]["message"]["content"] for each in (alone, beside)] == [None, "Hi"]
    assert [deltas(each)[0]["content"] for each in (alone, beside)] == [None, ""]
    assert whole(reply())["choices"][0]["message"]["content"] == ""


def test_new_api_streams_each_start_and_delta() -> None:
    told = deltas(reply(THOUGHT, BLOCKS["text cited"], stop_reason="end_turn"), "new-api")
    assert told[0] == {"content": "", "role": "assistant"}
    assert told[1] == {}
    assert {"reasoning_content": "\n"} in told
    assert told[-2:] == [told[-2], {}]
    at = told.index({"reasoning_content": "\n"})
    assert told[at + 1 : at + 3] == [{"content": ""}, {}]


def test_new_api_counts_calls_by_their_blocks() -> None:
    """So two calls without anything before them share an index."""
    begun = [call for delta in deltas(reply(EMPTY, CALL), "new-api") for call in delta.get("tool_calls", ())]
    assert {call["index"] for call in begun} == {0}
    assert all(call["type"] == "function" for call in begun)
    later = [call for delta in deltas(reply(THOUGHT, EMPTY, CALL), "new-api") for call in delta.get("tool_calls", ())]
    assert [call["index"] for call in later if "id" in call] == [0, 1]


@pytest.mark.parametrize("form", ["new-api", "one-api"])
def test_gateways_stream_inputs_of_server_tools(form: str) -> None:
    pieces = [call for delta in deltas(reply(BLOCKS["server_tool_use"]), form) for call in delta.get("tool_calls", ())]
    assert "".join(piece["function"]["arguments"] for piece in pieces) == '{"query": "Wetter in Ålesund"}'
    assert not any("id" in piece for piece in pieces)


def test_one_api_streams_every_event() -> None:
    told = chunks(reply(SHORT, EMPTY, stop_reason="tool_use"), "one-api")
    assert all(chunk["choices"][0]["delta"]["role"] == "assistant" for chunk in told)
    assert [chunk["choices"][0]["finish_reason"] for chunk in told] == [""] * (len(told) - 2) + ["tool_calls", ""]
    last = told[-2]["choices"][0]["delta"]
    assert last == {"role": "assistant", "tool_calls": [{"function": {"arguments": "{}"}}]}
    # Start, ping, delta, end; start, delta, end; the reason, and the end of all.
    assert len(told) == 9


@pytest.mark.parametrize(("form", "last"), [("openai", 3), ("new-api", 3), ("one-api", None)])
def test_usage_comes_when_it_is_asked_for(form: str, last: int | None) -> None:
    asked, other = (chunks(reply(SHORT, include_usage=flag), form) for flag in (True, False))
    assert [bool(chunk.get("usage")) for chunk in asked][-1] is (last is not None)
    assert not any(chunk.get("usage") for chunk in other)
    if last is not None:
        assert asked[-1]["choices"] == []
        assert asked[-1]["usage"] == whole(reply(SHORT), form)["usage"]
    assert [("usage" in chunk) for chunk in other] == [form == "new-api"] * len(other)


def test_choices_come_in_turn() -> None:
    told = [chunk["choices"][0] for chunk in chunks(reply(SHORT, n=3, include_usage=False))]
    assert [choice["index"] for choice in told] == sorted([0, 1, 2] * (len(told) // 3))
    each = [[{**choice, "index": 0} for choice in told if choice["index"] == index] for index in range(3)]
    assert each[0] == each[1] == each[2]


@pytest.mark.parametrize("form", FORMS)
def test_what_was_cut_off_is_not_closed_in_streams(form: str) -> None:
    torn = tear(write_properties(CALL["input"]), 12, eager=True)
    given = reply(SHORT, {**CALL, "input": torn}, stop_reason="max_tokens")
    pieces = [call["function"]["arguments"] for delta in deltas(given, form) for call in delta.get("tool_calls", ())]
    (call,) = whole(given, form)["choices"][0]["message"]["tool_calls"]
    assert "".join(pieces) == '{"city": "Os'
    assert call["function"]["arguments"] == ('{"city": "Os' if form == "openai" else "{}")


@pytest.mark.parametrize("form", FORMS)
def test_gateways_sort_the_keys_of_whole_inputs(form: str) -> None:
    given = reply({**CALL, "input": {"b": 1, "a": {"d": 2, "c": 3}}}, stop_reason="tool_use")
    (call,) = whole(given, form)["choices"][0]["message"]["tool_calls"]
    sent = '{"b": 1, "a": {"d":2,"c":3}}'
    assert call["function"]["arguments"] == (sent if form == "openai" else '{"a":{"c":3,"d":2},"b":1}')
    pieces = [call["function"]["arguments"] for delta in deltas(given, form) for call in delta.get("tool_calls", ())]
    assert "".join(pieces) == sent


def test_call_that_was_cut_off_at_once_has_an_empty_input() -> None:
    given = reply({**CALL, "input": tear(write_properties(CALL["input"]), 0, eager=True)}, stop_reason="max_tokens")
    for completion in (whole(given), fold(chunks(given))):
        (call,) = completion["choices"][0]["message"]["tool_calls"]
        assert call["function"]["arguments"] == "{}"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("usage", [{}, {"input_tokens": None, "output_tokens": "7", "cache_creation": 5}])
def test_any_usage_is_counted(form: str, usage: dict[str, Any]) -> None:
    counts = whole(reply(SHORT, usage=usage), form)["usage"]
    assert (counts["prompt_tokens"], counts["total_tokens"]) == (0, 0)


def test_cache_counts_by_lifetime() -> None:
    written = {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20}
    usage = {"input_tokens": 1, "cache_creation_input_tokens": 100, "cache_read_input_tokens": 5, "output_tokens": 2}
    told = whole(reply(SHORT, usage={**usage, "cache_creation": written}), "new-api")["usage"]
    assert (told["claude_cache_creation_5_m_tokens"], told["claude_cache_creation_1_h_tokens"]) == (80, 20)
    assert told["prompt_tokens_details"] == {
        "cached_tokens": 5,
        "cached_creation_tokens": 100,
        **dict.fromkeys(("text_tokens", "audio_tokens", "image_tokens"), 0),
    }
    alone = whole(reply(SHORT, usage={"input_tokens": 1, "cache_creation": written}), "new-api")["usage"]
    assert alone["prompt_tokens"] == alone["input_tokens"] == 31
    openai = whole(reply(SHORT, usage=usage))["usage"]["prompt_tokens_details"]
    assert openai == {"cached_tokens": 5, "cache_write_tokens": 100, "audio_tokens": 0}


@pytest.mark.parametrize(("tier", "told"), [("standard", "default"), ("priority", "priority"), ("batch", None)])
def test_service_tiers_have_their_words(tier: str, told: str | None) -> None:
    given = reply(SHORT, usage={"service_tier": tier})
    assert whole(given)["service_tier"] == told
    assert {chunk["service_tier"] for chunk in chunks(given)} == {told}


def test_ids_of_other_kinds_stay() -> None:
    given = reply({**CALL, "id": "mine"}, id="custom")
    assert whole(given)["id"] == "chatcmpl-custom"
    assert whole(given)["choices"][0]["message"]["tool_calls"][0]["id"] == "mine"


@pytest.mark.parametrize("form", FORMS)
def test_replies_without_a_form_are_written(form: str) -> None:
    """As one that a store keeps without a form, which older versions write."""
    given = Reply(message(SHORT))
    assert whole(given, form)["created"] == 0
    assert WIRES[form].stream(given)[1] == len(chunks(given, form)) + 1


def test_openai_has_no_empty_thoughts() -> None:
    """The Messages stream brings an empty delta for some hidden thoughts, and so does new-api."""
    given = [reply(BLOCKS["thinking omitted"], SHORT, seed=seed) for seed in range(20)]
    told = {form: [delta for each in given for delta in deltas(each, form)] for form in ("openai", "new-api")}
    assert {"reasoning_content": ""} in told["new-api"]
    assert not any("reasoning_content" in delta for delta in told["openai"])


@pytest.mark.parametrize("form", FORMS)
def test_each_block_is_opened_once(form: str) -> None:
    """By its first chunk, if it has one."""
    given = reply(SHORT, BLOCKS["server_tool_use"], CALL, BLOCKS["redacted_thinking"], stop_reason="tool_use")
    opened = [event.opened_block for event in WIRES[form].unfold(given) if event.opened_block is not None]
    assert opened == ([0, 2] if form == "openai" else [0, 1, 2, 3])


def test_recorded_pings_change_nothing() -> None:
    given = reply(SHORT, CALL)
    for form, wire in WIRES.items():
        pinged = replace(given, pings=(PingPlace(0, -1), PingPlace(1, 1, is_within=True)), empty={0: None})
        assert wire.stream(pinged) == wire.stream(given), form


@pytest.mark.parametrize("pace", [None, Pace(chunk=1)])
def test_many_choices_have_no_more_chunks_than_one_long_answer(pace: Pace | None) -> None:
    """Callers say how many choices there are."""
    text = "word " * 20_000
    given = replace(reply({"type": "text", "text": text}, n=64), pace=pace)
    told = [chunk["choices"][0] for chunk in chunks(given) if chunk["choices"]]
    assert len(told) <= LIMITS.fine_bytes // 4
    assert "".join(each["delta"].get("content", "") for each in told if each["index"] == 63) == text
