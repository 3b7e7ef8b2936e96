"""Fixtures of aimock, written by hand or recorded: ``{"fixtures": [{"match": {...}, "response": {...}}]}``.

They keep rules for requests, and not these, so they become scenarios. Source: its types and its recorder, of 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from mockserver.cassettes.formats.form import Content, ForeignError, Format
from mockserver.cassettes.formats.parts import read_status, write_json

Words = dict[str, Any]
_STOPS = {
    "stop": "end_turn",
    "tool_calls": "tool_use",
    "length": "max_tokens",
    "content_filter": "refusal",
}
# The answers of other kinds of models, by a key of theirs.
_OTHERS = ("audio", "embedding", "image", "images", "json", "transcription", "video")
# What breaks an answer on its way.
_FAULTS = ("chaos", "disconnectAfterMs", "truncateAfterChunks")


def _recognises(content: Content) -> bool:
    fixtures = content.value.get("fixtures") if isinstance(content.value, Mapping) else None
    return isinstance(fixtures, list) and all(isinstance(each, Mapping) and "match" in each for each in fixtures[:3])


def _list_entries(content: Content) -> Sequence[Any]:
    entries: list[Any] = content.value["fixtures"]
    return entries


def _contain(value: Any) -> Words:
    parts = [value] if isinstance(value, str) else list(value)
    return {"contains": parts[0]} if len(parts) == 1 else {"all": [{"contains": each} for each in parts]}


# What each key of ``match`` is in ``when``. ``userMessage`` is contained in the last text of the user.
_MATCH: Mapping[str, Callable[[Any], Words]] = {
    "userMessage": lambda value: {"user": _contain(value)},
    "systemMessage": lambda value: {"system": _contain(value)},
    "toolResultContains": lambda value: {"tool_result": _contain(value)},
    "model": lambda value: {"model": value},
    "toolName": lambda value: {"tools": [value]},
    "toolCallId": lambda value: {"body": {"$.messages[-1].content[*].tool_use_id": {"equals": value}}},
    "turnIndex": lambda value: {"assistant_turns": value},
    "hasToolResult": lambda value: {"tool_result": value},
    "responseFormat": lambda value: {"output_format": value != "text"},
    # The scenario before it has given its answer then.
    "sequenceIndex": lambda _: {},
    "endpoint": lambda _: {},
}


def _write_scenario(entry: Any) -> Words:
    match, response = entry["match"], entry["response"]
    if match.get("endpoint", "chat") != "chat" or "inputText" in match or any(key in response for key in _OTHERS):
        raise ForeignError("a fixture that is no chat")
    if unknown := sorted(set(match) - set(_MATCH)):
        raise ValueError(f"{unknown[0]} of its match is not known here")
    if fault := next((key for key in _FAULTS if entry.get(key) not in (None, {})), ""):
        raise ValueError(f"its {fault} breaks the answer: write it as a fault")
    when: Words = {}
    for key in _MATCH:
        if key in match:
            when.update(_MATCH[key](match[key]))
    if "toolResultContains" in match:
        when["tool_result"] = _contain(match["toolResultContains"])
    answer = {**_write_answer(response), **_write_pace(entry), "literal": True}
    given = {"calls": [answer]} if "sequenceIndex" in match else {"reply": answer}
    return {**({"when": when} if when else {}), **given}


def _write_answer(response: Mapping[str, Any]) -> Words:
    if "error" in response:
        error = response["error"]
        wait = {"headers": {"retry-after": str(response["retryAfter"])}} if response.get("retryAfter") else {}
        status = read_status(response.get("status") or 500)
        return {"error": {"status": status, "message": str(error.get("message", ""))}, **wait}
    stop = response.get("finishReason")
    usage = {key: value for key, value in (response.get("usage") or {}).items() if key.endswith("put_tokens")}
    return {
        "content": _list_blocks(response),
        **({"stop_reason": _STOPS.get(stop, stop)} if stop else {}),
        **({"usage": usage} if usage else {}),
        **{key: response[key] for key in ("id", "model") if response.get(key)},
    }


def _list_blocks(response: Mapping[str, Any]) -> list[Words]:
    if response.get("webSearches"):
        raise ValueError("its web searches have no results: write them as web_search")
    signature = response.get("reasoningSignature")
    blocks: list[Words] = [
        {"type": "redacted_thinking", "data": each} for each in response.get("redactedThinking") or ()
    ]
    if response.get("reasoning"):
        signed = {"signature": signature} if signature else {}
        blocks.append({"type": "thinking", "thinking": response["reasoning"], **signed})
    return [*blocks, *map(_write_block, response.get("blocks") or _list_plain(response))]


def _list_plain(response: Mapping[str, Any]) -> list[Words]:
    """Text and tools in the order in which aimock writes them."""
    texts = [{"type": "text", "text": response["content"]}] if response.get("content") else []
    return [*texts, *({"type": "toolCall", **call} for call in response.get("toolCalls") or ())]


def _write_block(call: Mapping[str, Any]) -> Words:
    if call["type"] == "text":
        return {"type": "text", "text": _as_text(call["text"])}
    given = call["arguments"]
    arguments = orjson.loads(given or "{}") if isinstance(given, str) else given
    if not isinstance(arguments, dict):
        raise ValueError("the arguments of a tool are no object")
    named = {"id": call["id"]} if call.get("id") else {}
    return {"type": "tool_use", **named, "name": call["name"], "input": arguments}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else write_json(value).decode()


def _write_pace(entry: Mapping[str, Any]) -> Words:
    profile, timings = entry.get("streamingProfile") or {}, entry.get("recordedTimings") or {}
    first = profile.get("ttft") or timings.get("ttftMs")
    pace: Words = {"first": float(first) / 1000} if first else {}
    if profile.get("tps"):
        pace["tokens_per_second"] = profile["tps"]
    return {"pace": pace} if pace else {}


AIMOCK = Format("aimock", _recognises, _list_entries, scenario=_write_scenario)
