"""Messages unfolded into the events of a stream."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver.records.reply import Reply
from mockserver.wires.messages.events import Event
from mockserver.wires.messages.folding import fold
from mockserver.wires.messages.unfolding import body, unfold
from tests.message_cases import BLOCKS, HOP, USAGE, datas, grammar, message

STREAMED = {"text", "thinking", "tool_use", "server_tool_use", "mcp_tool_use"}


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_starts_in_its_shell(name: str) -> None:
    start, *rest = (data for data in datas(message(BLOCKS[name])) if "index" in data)
    shell, block = start["content_block"], BLOCKS[name]
    assert list(shell) == list(block)
    emptied = {"text": "", "thinking": "", "input": {}, "signature": ""}
    if block["type"] not in STREAMED or "wrong" in name:
        assert shell == ({**block, "content": None} if name == "compaction at a threshold" else block)
    else:
        assert all(shell[field] == emptied[field] for field in emptied if field in block)
    assert rest[-1] == {"type": "content_block_stop", "index": 0}


DELTAS = {
    "text empty": [],
    "text cited": ["citations_delta", "text_delta"],
    "thinking": ["thinking_delta", "signature_delta"],
    "thinking omitted": ["signature_delta"],
    "thinking unsigned": ["thinking_delta"],
    "redacted_thinking": [],
    "compaction at a threshold": ["compaction_delta"],
    "compaction on demand": [],
    "web_search_tool_result": [],
    "unknown": [],
}


@pytest.mark.parametrize("name", DELTAS)
def test_deltas_come_in_their_order(name: str) -> None:
    said = [kind.split()[1] for kind in grammar(datas(message(BLOCKS[name]))) if "delta " in kind]
    assert said == DELTAS[name]


def test_omitted_thought_seldom_has_an_empty_delta() -> None:
    """Recorded: 4 of 18."""
    whole = message(BLOCKS["thinking omitted"])
    kinds = [
        [data["delta"]["type"] for data in datas(whole, seed) if "index" in data and "delta" in data]
        for seed in range(450)
    ]
    alone, behind = kinds.count(["signature_delta"]), kinds.count(["thinking_delta", "signature_delta"])
    assert alone + behind == 450
    assert 70 < behind < 130


@pytest.mark.parametrize(
    ("name", "hidden", "estimates"),
    [
        ("thinking", 0, {None}),
        ("thinking", 120, {None}),
        ("thinking omitted", 21, set()),
        ("thinking omitted", 69, [50, None]),
        ("thinking omitted", 170, [50, 50, 50, None]),
    ],
)
def test_hidden_thoughts_are_estimated(name: str, hidden: int, estimates: Any) -> None:
    whole = message(BLOCKS[name])
    events = unfold(Reply(whole, seed=7, estimates={0: hidden}))
    deltas = [event.data["delta"] for event in events if event.name == "content_block_delta"]
    found = [delta["estimated_tokens"] for delta in deltas if delta["type"] == "thinking_delta"]
    assert (found if isinstance(estimates, list) else set(found)) == estimates
    assert deltas[-1] == {"type": "signature_delta", "signature": whole["content"][0]["signature"]}
    assert fold(events) == whole


def test_a_seed_gives_the_same_stream() -> None:
    reply = Reply(message(*BLOCKS.values()), seed=7)
    assert unfold(reply) == unfold(reply)
    assert unfold(reply) != unfold(Reply(reply.message, seed=8))


def test_the_body_is_compact_json() -> None:
    whole = message(BLOCKS["text"])
    assert body(Reply(whole)) == json.dumps(whole, separators=(",", ":")).encode()


def test_the_start_knows_only_the_beginning() -> None:
    usage = {**USAGE, "server_tool_use": {"web_search_requests": 1}, "iterations": []}
    first = datas(message(BLOCKS["web_search_tool_result"], usage=usage, stop_reason="pause_turn"))[0]["message"]
    assert (first["content"], first["stop_reason"], first["stop_details"]) == ([], None, None)
    assert list(first["usage"]) == [key for key in USAGE if key != "output_tokens_details"]
    assert 1 <= first["usage"]["output_tokens"] <= 88
    assert 0 < first["usage"]["input_tokens"] < USAGE["input_tokens"], "search results are read only later"


@pytest.mark.parametrize("seed", range(20))
def test_the_start_never_counts_more_than_the_end(seed: int) -> None:
    usage = {**USAGE, "output_tokens": 3}
    first = datas(message(BLOCKS["tool_use"], usage=usage), seed)[0]["message"]
    assert first["usage"]["output_tokens"] <= 3


def test_the_end_has_the_totals() -> None:
    container = {"id": "container_01", "expires_at": "2026-11-23T09:00:00Z"}
    usage = {**USAGE, "server_tool_use": {"web_search_requests": 1}}
    managed: dict[str, Any] = {"applied_edits": []}
    end = datas(message(usage=usage, container=container, context_management=managed))[-2]
    assert list(end) == ["type", "delta", "usage", "context_management"]
    assert list(end["delta"]) == ["stop_reason", "stop_sequence", "stop_details", "container"]
    assert list(end["usage"]) == [
        "input_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "output_tokens",
        "output_tokens_details",
        "server_tool_use",
    ]


def test_a_late_fallback_starts_with_the_asked_model() -> None:
    """Who declines before saying anything is not named in message_start; who declines later is."""
    early, late = message(HOP, BLOCKS["text"]), message(BLOCKS["text"], HOP, BLOCKS["text"])
    assert datas(early)[0]["message"]["model"] == "claude-sonnet-5"
    assert datas(late)[0]["message"]["model"] == "claude-opus-5"
    assert fold(datas(early)) == early
    assert fold(datas(late)) == late


def test_transformations_are_repeated_after_a_late_fallback_alone() -> None:
    dropped = {"path": "messages.1.content.0", "type": "thinking_dropped", "reason": "model_binding_mismatch"}
    for content, is_repeated in (((HOP, BLOCKS["text"]), False), ((BLOCKS["text"], HOP, BLOCKS["text"]), True)):
        whole = message(*content, input_transformations=[dropped])
        events = datas(whole)
        assert events[0]["message"]["input_transformations"] == [dropped]
        assert events[-2].get("input_transformations") == ([dropped] if is_repeated else None)
        assert fold(events) == whole


def call(number: int, kind: str = "message") -> dict[str, Any]:
    split = {"ephemeral_5m_input_tokens": number, "ephemeral_1h_input_tokens": 1}
    counts = {"input_tokens": number * 100, "cache_read_input_tokens": 0, "cache_creation_input_tokens": number + 1}
    return {"type": kind, **counts, "cache_creation": split, "output_tokens": number * 10}


@pytest.mark.parametrize("early", [0, 1, 2])
def test_a_late_fallback_starts_with_the_counts_of_who_declined(early: int) -> None:
    calls = [*map(call, range(1, early + 2)), call(9, "fallback_message")]
    usage = {**USAGE, **{key: value for key, value in calls[-1].items() if key != "type"}, "iterations": calls}
    whole = message(*[HOP] * early, BLOCKS["text"], HOP, BLOCKS["text"], usage=usage)
    events = datas(whole)
    shown, declined = events[0]["message"]["usage"], calls[early]
    assert 1 <= shown["output_tokens"] <= declined["output_tokens"]
    assert {key: shown[key] for key in declined if key not in ("type", "output_tokens")} == {
        key: value for key, value in declined.items() if key not in ("type", "output_tokens")
    }
    assert fold(events) == whole


@pytest.mark.parametrize("listed", ["x", [], [None], [{"type": "message"}], [call(1, "advisor_message")]])
def test_a_late_fallback_starts_with_any_scripted_iterations(listed: Any) -> None:
    whole = message(BLOCKS["text"], HOP, BLOCKS["text"], usage={**USAGE, "iterations": listed})
    events = datas(whole)
    assert events[0]["message"]["usage"]["input_tokens"] == USAGE["input_tokens"]
    assert events[-2]["usage"]["iterations"] == listed


def test_streams_of_one_text_share_the_bytes_of_its_events() -> None:
    """A thousand paced streams of it do not hold them a thousand times."""
    one, other = (unfold(Reply(message({"type": "text", "text": "Many read this. " * 20}), seed=7)) for _ in range(2))
    assert len(one) > 10
    shared = [a.encode() is b.encode() for a, b in zip(one, other, strict=True)]
    assert all(shared[1:-2]), "all but the start and the end, which have what is the call's"
    assert [event.encode() for event in one] == [Event(event.data, event.padding).encode() for event in one]
