"""The wire: messages unfolded into streams and folded back, cut as the API cuts, with its headers and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.blocks.chunking import GRAINS, cut_input, cut_text, grain
from mockserver.blocks.dice import roll
from mockserver.records.delivery import headers_in
from mockserver.records.events import Event
from mockserver.records.reply import Failure, Reply
from mockserver.wires import WIRES
from mockserver.wires.messages import unfolding as messages
from mockserver.wires.messages.errors import error_body
from mockserver.wires.messages.headers import error_head, success_head

RECORDED = [
    json.loads(line) for line in (Path(__file__).parent.parent / "data/wires/streams.jsonl").read_text().splitlines()
]

USAGE = {
    "input_tokens": 2095,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
    "output_tokens": 503,
    "output_tokens_details": {"thinking_tokens": 12},
    "service_tier": "standard",
    "inference_geo": "global",
}
HOP = {"type": "fallback", "from": {"model": "claude-opus-5"}, "to": {"model": "claude-sonnet-5"}, "trigger": None}
CALLER = {"type": "direct"}

# One block of every type that the API puts out, keys in wire order.
BLOCKS: dict[str, dict[str, Any]] = {
    "text": {"type": "text", "text": "Oslo is fine, dry and bright.\nTake no umbrella."},
    "text cited": {
        "citations": [{"type": "char_location", "cited_text": "dry", "document_index": 0, "document_title": None}],
        "type": "text",
        "text": "It is dry.",
    },
    "text uncited": {"citations": None, "type": "text", "text": "Nothing to cite."},
    "text empty": {"type": "text", "text": ""},
    "thinking": {"type": "thinking", "thinking": "Let me see. The user asks for Oslo.", "signature": "EqQBCgIY" * 9},
    "thinking omitted": {"type": "thinking", "thinking": "", "signature": "EqQBCgIY" * 9},
    "thinking unsigned": {"type": "thinking", "thinking": "Hm.", "signature": ""},
    "redacted_thinking": {"type": "redacted_thinking", "data": "EvgFCkYIBxgC"},
    "tool_use": {
        "type": "tool_use",
        "id": "toolu_01",
        "name": "weather",
        "input": {"city": "Oslo", "days": [1, 2], "units": {"temp": "C"}},
        "caller": CALLER,
    },
    "tool_use without input": {"type": "tool_use", "id": "toolu_02", "name": "now", "input": {}, "caller": CALLER},
    "tool_use of a toolset": {
        "type": "tool_use",
        "id": "toolu_03",
        "name": "left_click",
        "input": {"coordinate": [3, 4]},
        "caller": CALLER,
        "toolset_name": "computer",
    },
    "server_tool_use": {
        "type": "server_tool_use",
        "id": "srvtoolu_01",
        "name": "web_search",
        "input": {"query": "Wetter in Ålesund"},
    },
    "web_search_tool_result": {
        "type": "web_search_tool_result",
        "tool_use_id": "srvtoolu_01",
        "content": [{"type": "web_search_result", "title": "Yr", "url": "https://yr.no", "encrypted_content": "E"}],
    },
    "web_fetch_tool_result": {
        "type": "web_fetch_tool_result",
        "tool_use_id": "srvtoolu_02",
        "content": {"type": "web_fetch_tool_result_error", "error_code": "url_not_allowed"},
        "caller": CALLER,
    },
    "code_execution_tool_result": {
        "type": "code_execution_tool_result",
        "tool_use_id": "srvtoolu_03",
        "content": {"type": "code_execution_result", "stdout": "3\n", "stderr": "", "return_code": 0, "content": []},
    },
    "bash_code_execution_tool_result": {
        "type": "bash_code_execution_tool_result",
        "tool_use_id": "srvtoolu_04",
        "content": {"type": "bash_code_execution_tool_result_error", "error_code": "unavailable"},
    },
    "text_editor_code_execution_tool_result": {
        "type": "text_editor_code_execution_tool_result",
        "tool_use_id": "srvtoolu_05",
        "content": {"type": "text_editor_code_execution_create_result", "is_file_update": False},
    },
    "tool_search_tool_result": {
        "type": "tool_search_tool_result",
        "tool_use_id": "srvtoolu_06",
        "content": {"type": "tool_search_tool_search_result", "tool_references": []},
    },
    "container_upload": {"type": "container_upload", "file_id": "file_01"},
    "advisor_tool_result": {
        "type": "advisor_tool_result",
        "tool_use_id": "srvtoolu_07",
        "content": {"type": "advisor_result", "text": "Go on.", "stop_reason": "end_turn"},
    },
    "mcp_tool_use": {
        "type": "mcp_tool_use",
        "id": "mcptoolu_01",
        "name": "echo",
        "input": {"a": 'said "so"', "b": None, "c": 1.5},
        "server_name": "s",
    },
    "mcp_tool_result": {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_01", "is_error": False, "content": "so"},
    "mcp_tool_listing": {"type": "mcp_tool_listing", "mcp_server_name": "s", "tools": []},
    "compaction at a threshold": {"type": "compaction", "content": "They spoke of Oslo.", "encrypted_content": None},
    "compaction that failed": {"type": "compaction", "content": None},
    "compaction on demand": {"type": "compaction", "content": "Oslo.", "encrypted_content": None, "signature": "E"},
    "text of a wrong type": {"type": "text", "text": None},
    "tool_use of a wrong type": {"type": "tool_use", "id": "toolu_04", "name": "now", "input": "{}"},
    "fallback in part": {"type": "fallback", "from": None},
    "unknown": {"type": "hologram", "text": "not a text block", "input": {}},
}
STREAMED = {"text", "thinking", "tool_use", "server_tool_use", "mcp_tool_use"}


def message(*content: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    """A whole message as the API gives it, keys in wire order."""
    whole = {
        "model": "claude-sonnet-5",
        "id": "msg_011CnsVH7brTwpraaSo2aQdx",
        "type": "message",
        "role": "assistant",
        "content": list(content),
        "container": None,
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "stop_details": None,
        "usage": USAGE,
        "context_management": None,
        **changed,
    }
    optional = ("container", "context_management")
    return {key: value for key, value in whole.items() if value is not None or key not in optional}


def datas(whole: Mapping[str, Any], seed: int = 0) -> list[Mapping[str, Any]]:
    return [event.data for event in messages.unfold(Reply(whole, seed=seed))]


def grammar(events: list[Mapping[str, Any]]) -> list[str]:
    """The kinds of events in a row; pings left out, as many deltas of one kind as there are counted once."""
    kinds: list[str] = []
    for data in events:
        kind = str(data["type"])
        if kind == "content_block_start":
            kind += " " + data["content_block"]["type"]
        elif kind == "content_block_delta":
            kind += " " + data["delta"]["type"]
        if kind != "ping" and not (kinds and "delta " in kind and kinds[-1] == kind):
            kinds.append(kind)
    return kinds


TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
ANY_BLOCK = st.one_of(
    st.sampled_from(list(BLOCKS.values())),
    TEXTS.map(lambda text: {"type": "text", "text": text}),
    st.builds(lambda text, sign: {"type": "thinking", "thinking": text, "signature": sign}, TEXTS, TEXTS),
    st.dictionaries(TEXTS, VALUES, max_size=4).map(
        lambda given: {"type": "tool_use", "id": "toolu_09", "name": "any", "input": given}
    ),
)
ANY_MESSAGE = st.builds(
    lambda content, model, container, managed: message(
        *content,
        model=model,
        container={"id": "container_01", "expires_at": "2026-11-23T09:00:00Z"} if container else None,
        context_management={"applied_edits": []} if managed else None,
    ),
    st.lists(ANY_BLOCK, max_size=5),
    st.sampled_from([*GRAINS, "gpt-6"]),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=50, deadline=None)
@given(whole=ANY_MESSAGE, seed=st.integers(0, 2**64))
def test_folding_gives_the_message_back(whole: dict[str, Any], seed: int) -> None:
    """The stream says exactly what the JSON says, in the same key order."""
    events = messages.unfold(Reply(whole, seed=seed))
    assert json.dumps(messages.fold(events)) == json.dumps(whole)
    assert messages.stream(Reply(whole, seed=seed)) == (b"".join(event.encode() for event in events), len(events))


@settings(max_examples=50, deadline=None)
@given(whole=ANY_MESSAGE, seed=st.integers(0, 2**64))
def test_streams_obey_the_grammar(whole: dict[str, Any], seed: int) -> None:
    events = messages.unfold(Reply(whole, seed=seed))
    names = [event.name for event in events]
    blocks = len(whole["content"])
    assert names[0] == "message_start"
    assert names[-2:] == ["message_delta", "message_stop"]
    assert names.count("content_block_start") == names.count("content_block_stop") == blocks
    assert [place for place, name in enumerate(names) if name == "ping"] == ([2] if blocks else [])
    assert all(0 <= event.padding <= 15 for event in events)
    open_block = -1
    for event in events:
        if event.name == "content_block_start":
            open_block += 1
        if "index" in event.data:
            assert event.data["index"] == open_block
        delta = event.data.get("delta", {})
        assert "" not in (delta.get("text"), delta.get("signature"))
        # Only an omitted thought may come as an empty delta.
        assert delta.get("thinking") != "" or whole["content"][open_block]["thinking"] == ""


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded["from"])
def test_recorded_streams_unfold_alike(recorded: dict[str, Any]) -> None:
    """A recorded stream folds to a message whose own stream has the same events, shells and keys."""
    whole = messages.fold(recorded["events"])
    ours = datas(whole)
    assert grammar(ours) == grammar(recorded["events"])
    for theirs, mine in zip(unchunked(recorded["events"]), unchunked(ours), strict=True):
        if mine["type"] == "content_block_start":
            assert json.dumps(mine) == json.dumps(theirs)
        else:
            assert keys(mine) == keys(theirs)


def unchunked(events: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [data for data in events if data["type"] not in ("ping", "content_block_delta")]


def keys(value: Any) -> Any:
    return [(key, keys(inner)) for key, inner in value.items()] if isinstance(value, Mapping) else None


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
    events = messages.unfold(Reply(whole, seed=7, estimates={0: hidden}))
    deltas = [event.data["delta"] for event in events if event.name == "content_block_delta"]
    found = [delta["estimated_tokens"] for delta in deltas if delta["type"] == "thinking_delta"]
    assert (found if isinstance(estimates, list) else set(found)) == estimates
    assert deltas[-1] == {"type": "signature_delta", "signature": whole["content"][0]["signature"]}
    assert messages.fold(events) == whole


def test_a_seed_gives_the_same_stream() -> None:
    reply = Reply(message(*BLOCKS.values()), seed=7)
    assert messages.unfold(reply) == messages.unfold(reply)
    assert messages.unfold(reply) != messages.unfold(Reply(reply.message, seed=8))


def test_the_body_is_compact_json() -> None:
    whole = message(BLOCKS["text"])
    assert messages.body(Reply(whole)) == json.dumps(whole, separators=(",", ":")).encode()


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
    assert messages.fold(datas(early)) == early
    assert messages.fold(datas(late)) == late


def test_texts_are_cut_like_tokens() -> None:
    text = "The quick brown fox jumps over the lazy dog, and then it rests. " * 40
    pieces = list(cut_text(text, grain("claude-sonnet-4-6").text, roll(3)))
    sizes = sorted(len(piece) for piece in pieces)
    before_space = sum(piece.startswith(" ") for piece in pieces) / len(pieces)
    assert "".join(pieces) == text
    assert len(pieces[0]) <= 42
    assert 20 <= sizes[len(sizes) // 2] <= 70
    assert 0.4 <= before_space <= 0.85


@pytest.mark.parametrize("cluster", ["e\u0301", "👍🏽", "👩\u200d🚀", "1\ufe0f\u20e3"])
def test_combined_characters_stay_whole(cluster: str) -> None:
    for seed in range(20):
        assert all(len(piece) % len(cluster) == 0 for piece in cut_text(cluster * 20, (1, 2, 3, 5) * 4, roll(seed)))


def test_tool_inputs_are_cut_between_properties() -> None:
    given = {"city": "Oslo", "days": [1, {"a": 2}], "größe": 'so "groß"'}
    written = '{"city": "Oslo", "days": [1,{"a":2}], "größe": "so \\"groß\\""}'
    for seed in range(20):
        pieces = list(cut_input(given, roll(seed)))
        assert "".join(pieces) == written
        assert pieces[0] == ""
        assert all(len(piece) <= 12 for piece in pieces[:-1])
        assert sum(piece.startswith(', "') for piece in pieces) + pieces.count(", ") == 2
        assert pieces[-1].endswith("}")
        assert pieces[-1] != "}"


def test_an_empty_input_is_one_empty_delta() -> None:
    assert list(cut_input({}, roll(0))) == [""]


def test_events_are_written_as_recorded() -> None:
    stop = Event({"type": "content_block_stop", "index": 0}, padding=3)
    assert stop.encode() == b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0   }\n\n'
    assert Event({"type": "ping"}, padding=9).encode() == b'event: ping\ndata: {"type": "ping"}\n\n'


START, STOP = datas(message())[0], datas(message())[-1]
OPEN, *_, CLOSE = (data for data in datas(message(BLOCKS["text"])) if "index" in data)
END = datas(message())[-2]
BAD_INPUT = {"type": "input_json_delta", "partial_json": '{"a":'}
TOOL = {"type": "content_block_start", "index": 0, "content_block": {**BLOCKS["tool_use"], "input": {}}}

BROKEN = [
    ([], "the stream ends without message_stop, nor does it start with message_start"),
    ([START, OPEN], "the stream ends without message_stop, block 0 is still open"),
    ([START, START], "event 1 (message_start): a second message_start"),
    ([OPEN], "event 0 (content_block_start): no message_start came before"),
    ([START, OPEN, OPEN], "event 2 (content_block_start): block 0 has not been stopped"),
    ([START, {**OPEN, "index": 1}], "event 1 (content_block_start): index is 1, expected 0"),
    ([START, CLOSE], "event 1 (content_block_stop): no block is open"),
    ([START, OPEN, {**CLOSE, "index": 4}], "event 2 (content_block_stop): index is 4, but block 0 is open"),
    ([START, STOP], "event 1 (message_stop): no message_delta came before"),
    ([START, END, OPEN], "event 2 (content_block_start): a block after message_delta"),
    ([START, {"type": "content_block_start", "index": 0}], "malformed or incomplete: KeyError('content_block')"),
    (
        [START, OPEN, {"type": "content_block_delta", "index": 0, "delta": BAD_INPUT}],
        "a input_json_delta for a block of type 'text'",
    ),
    (
        [START, TOOL, {"type": "content_block_delta", "index": 0, "delta": BAD_INPUT}, CLOSE],
        "event 3 (content_block_stop): the tool input is no JSON",
    ),
    (
        [START, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}],
        "event 1 (error): the stream breaks off with overloaded_error: Overloaded",
    ),
]


@pytest.mark.parametrize(("events", "said"), BROKEN, ids=[said[-40:] for _, said in BROKEN])
def test_broken_streams_are_described(events: list[Mapping[str, Any]], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        messages.fold(events)


def test_unknown_events_are_skipped() -> None:
    assert messages.fold([{"type": "news"}, START, END, {"type": "ping"}, STOP]) == message()


def test_errors_have_the_recorded_shape() -> None:
    failure = Failure(529, "overloaded_error", "Overloaded")
    detailed = Failure(404, "not_found_error", "gone", {"error_code": "file_expired"})
    assert error_body(failure, "req_1") == (
        b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}'
    )
    assert orjson.loads(error_body(detailed)) == {
        "type": "error",
        "error": {"type": "not_found_error", "message": "gone", "details": {"error_code": "file_expired"}},
    }


def test_success_headers_stand_in_order() -> None:
    headers = headers_in(success_head(request_id="req_1", at=1763888400.7, used=(1499, 2600), stream=True))
    names = [name.decode() for name, _ in headers]
    limits = [
        f"anthropic-ratelimit-{group}-{part}"
        for group in ("input-tokens", "output-tokens", "requests", "tokens")
        for part in ("limit", "remaining", "reset")
    ]
    assert names == ["content-type", "cache-control", *limits, "request-id", "anthropic-organization-id"]
    values = dict(headers)
    left = {group: int(values[b"anthropic-ratelimit-%b-remaining" % group]) for group in (b"input-tokens", b"tokens")}
    assert left[b"input-tokens"] == 449_000
    assert left[b"tokens"] == 449_000 + int(values[b"anthropic-ratelimit-output-tokens-remaining"])
    assert values[b"anthropic-ratelimit-tokens-reset"] == b"2025-11-23T09:00:00Z"


def test_extra_headers_replace_and_follow() -> None:
    headers = headers_in(
        success_head(request_id="req_1", at=0, limited=False, extra={"Content-Type": "text/plain", "X-More": "ü"})
    )
    assert headers[0] == (b"content-type", b"text/plain")
    assert headers[-1] == (b"x-more", "ü".encode())
    assert len(headers) == 4


@pytest.mark.parametrize(
    ("status", "retry", "limited", "organized"),
    [
        (400, b"false", False, True),
        (401, b"false", False, False),
        (404, b"false", False, True),
        (429, b"true", True, True),
        (500, None, False, True),
        (529, b"true", False, True),
    ],
)
def test_errors_say_whether_to_retry(status: int, retry: bytes | None, limited: bool, organized: bool) -> None:
    headers = dict(headers_in(error_head(status, request_id="req_1", at=0)))
    assert headers.get(b"x-should-retry") == retry
    assert (b"anthropic-ratelimit-tokens-limit" in headers) is limited
    assert (b"anthropic-organization-id" in headers) is organized
    assert headers[b"request-id"] == b"req_1"


def test_the_registry_names_the_wires() -> None:
    assert WIRES["messages"].fold(WIRES["messages"].unfold(Reply(message()))) == message()
