"""Shared by the tests of the messages format: a block of every type, messages made of them, and their streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.records.reply import Reply
from mockserver.wires.messages.unfolding import unfold

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


# One block of every type that the API sends, keys in wire order.
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
    return [event.data for event in unfold(Reply(whole, seed=seed))]


def grammar(events: list[Mapping[str, Any]]) -> list[str]:
    """The kinds of the events in order, without pings; deltas of one kind in a row count once."""
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
