"""Defects that real relay gateways show, each by the name a scenario calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.delivery.combine import (
    Edit,
    answering,
    appending,
    dropping,
    headed,
    on_blocks,
    on_bytes,
    on_events,
    on_holders,
    with_tool_inputs,
)
from mockserver.delivery.draft import Data, Draft
from mockserver.delivery.kinds import CUT, WRITING, FaultKind
from mockserver.records.reply import Fault

HTML = (
    b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"
)
ERROR = b'{"error":{"message":"upstream error: no available channel","type":"new_api_error","param":"","code":null}}'

# How gateways that speak the OpenAI format inside name the reason for stopping.
FINISH_REASONS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls"}


def _twice_started(data: Data) -> list[Data]:
    return [data, data] if data["type"] == "message_start" else [data]


def _unused(holder: Data) -> Data:
    return {key: value for key, value in holder.items() if key != "usage"}


def _unused_in(name: str) -> Edit:
    def edit(data: Data) -> list[Data]:
        if data["type"] != name:
            return [data]
        return [{**data, "message": _unused(data["message"])} if "message" in data else _unused(data)]

    return edit


def _zero_usage(holder: Data) -> Data:
    return {**holder, "usage": _zeros(holder.get("usage") or {})}


def _zeros(usage: Data) -> Data:
    return {
        key: _zeros(value) if isinstance(value, Mapping) else 0 if isinstance(value, int) else value
        for key, value in usage.items()
    }


def _null_usage(holder: Data) -> Data:
    usage = holder.get("usage") or {}
    return {**holder, "usage": {key: value if key == "output_tokens" else None for key, value in usage.items()}}


def _stopping(rename: Callable[[Any], Any]) -> Callable[[Data], Data]:
    """Change the stop reason where the holder has it."""

    def edit(holder: Data) -> Data:
        if "delta" in holder:
            return {**holder, "delta": edit(holder["delta"])}
        return {**holder, "stop_reason": rename(holder.get("stop_reason"))}

    return edit


def _index_zero(data: Data) -> list[Data]:
    return [{**data, "index": 0}] if "index" in data else [data]


def _unsigned(data: Data) -> list[Data]:
    if "content_block" in data:
        return [{**data, "content_block": _no_signature(data["content_block"])}]
    return [] if _delta(data) == "signature_delta" else [data]


def _no_signature(block: Data) -> Data:
    return {key: value for key, value in block.items() if key != "signature"} if block["type"] == "thinking" else block


def _delta(data: Data) -> str:
    delta = data.get("delta") or {}
    return str(delta.get("type", ""))


def _as_string(data: Data, given: str) -> list[Data]:
    return _at_start(data, given or "{}")


def _as_object(data: Data, given: str) -> list[Data]:
    try:
        return _at_start(data, orjson.loads(given or "{}"))
    except orjson.JSONDecodeError:
        # Another fault has already spoiled it.
        return _at_start(data, given)


def _at_start(data: Data, given: Any) -> list[Data]:
    if "content_block" in data:
        return [{**data, "content_block": {**data["content_block"], "input": given}}]
    return [] if _delta(data) == "input_json_delta" else [data]


def _string_input(block: Data) -> Data:
    return {**block, "input": orjson.dumps(block["input"]).decode()} if "input" in block else block


def _same(block: Data) -> Data:
    return block


def _input_twice(data: Data, given: str) -> list[Data]:
    return [_input_delta(data, given or "{}"), data] if data["type"] == "content_block_stop" else [data]


def _input_cut(data: Data, given: str) -> list[Data]:
    if data["type"] == "content_block_stop":
        return [_input_delta(data, given[: len(given) * 2 // 3]), data]
    return [] if _delta(data) == "input_json_delta" else [data]


def _input_delta(data: Data, written: str) -> Data:
    delta = {"type": "input_json_delta", "partial_json": written}
    return {"type": "content_block_delta", "index": data["index"], "delta": delta}


def _unnamed(data: bytes) -> bytes:
    return data.partition(b"\n")[2] if data.startswith(b"event:") else data


def _empty(draft: Draft, _fault: Fault) -> Draft:
    return replace(draft, frames=())


def _left_open(draft: Draft, _fault: Fault) -> Draft:
    return replace(draft, end="hang") if draft.stream else draft


def _done_for_stop(draft: Draft, fault: Fault) -> Draft:
    return appending(b"data: [DONE]\n\n")(dropping("message_stop")(draft, fault), fault)


GATEWAYS = {
    "no_event_names": FaultKind(
        on_bytes(_unnamed), "The `event:` lines are missing.", WRITING, whole=False, seen="openclaw/openclaw#37571"
    ),
    "done_marker": FaultKind(
        appending(b"data: [DONE]\n\n"), "`data: [DONE]` follows the stream.", whole=False, seen="earendil-works/pi#3708"
    ),
    "done_for_message_stop": FaultKind(
        _done_for_stop, "`data: [DONE]` comes instead of `message_stop`.", whole=False, seen="huggingface/tau#692"
    ),
    "no_message_start": FaultKind(
        dropping("message_start"), "`message_start` is missing.", whole=False, seen="NousResearch/hermes-agent#72833"
    ),
    "duplicate_message_start": FaultKind(
        on_events(_twice_started), "`message_start` comes twice.", whole=False, seen="QuantumNous/new-api#1502"
    ),
    "no_ping": FaultKind(dropping("ping"), "The `ping` is missing.", whole=False),
    "no_content_block_start": FaultKind(
        dropping("content_block_start"),
        "Every `content_block_start` is missing.",
        whole=False,
        seen="looplj/axonhub#1655",
    ),
    "no_content_block_stop": FaultKind(
        dropping("content_block_stop"),
        "Every `content_block_stop` is missing.",
        whole=False,
        seen="xemantic/anthropic-sdk-kotlin#147",
    ),
    "index_zero": FaultKind(
        on_events(_index_zero), "All blocks have index 0.", whole=False, seen="router-for-me/CLIProxyAPI#539"
    ),
    "no_start_usage": FaultKind(
        on_events(_unused_in("message_start")), "`message_start` has no usage.", whole=False, seen="api7/aisix#712"
    ),
    "no_delta_usage": FaultKind(
        on_events(_unused_in("message_delta")),
        "`message_delta` has no usage.",
        whole=False,
        seen="earendil-works/pi#6567",
    ),
    "zero_usage": FaultKind(
        on_holders(_zero_usage, "message_start", "message_delta"),
        "All counts of the usage are 0.",
        seen="mlx-node/mlx-node#45",
    ),
    "null_usage": FaultKind(
        on_holders(_null_usage, "message_start", "message_delta"),
        "All of the usage but `output_tokens` is null.",
        seen="karthink/gptel#1331",
    ),
    "null_stop_reason": FaultKind(
        on_holders(_stopping(lambda _reason: None), "message_delta"), "`stop_reason` is still null at the end."
    ),
    "openai_stop_reason": FaultKind(
        on_holders(_stopping(lambda reason: FINISH_REASONS.get(reason, reason)), "message_delta"),
        "`stop_reason` is OpenAI's: `stop`, `length`, `tool_calls`.",
    ),
    "end_turn_for_tools": FaultKind(
        on_holders(_stopping(lambda _reason: "end_turn"), "message_delta"),
        "`stop_reason` is `end_turn` although tools are called.",
        seen="maximhq/bifrost#6123",
    ),
    "no_signature": FaultKind(
        on_blocks(_no_signature, _unsigned),
        "Thinking blocks have no signature, not even the key.",
        seen="QwenLM/qwen-code#6893",
    ),
    "tool_input_string": FaultKind(
        with_tool_inputs(_as_string, _string_input), "A tool's input is a text of JSON, and comes in the block's start."
    ),
    "tool_input_at_start": FaultKind(
        with_tool_inputs(_as_object, _same), "A tool's input comes in the block's start, without deltas.", whole=False
    ),
    "tool_input_twice": FaultKind(
        with_tool_inputs(_input_twice, _same),
        "A tool's input comes twice, so that it is no JSON.",
        whole=False,
        seen="archestra-ai/archestra#5409",
    ),
    "tool_input_cut": FaultKind(
        with_tool_inputs(_input_cut, _same),
        "The last third of a tool's input is missing.",
        whole=False,
        seen="decolua/9router#3416",
    ),
    "html_page": FaultKind(
        answering(HTML, "text/html; charset=utf-8"),
        "An HTML error page with the answer's status.",
        seen="Alishahryar1/free-claude-code#1858",
    ),
    "error_200": FaultKind(
        answering(ERROR, "application/json"), "An error body of no known shape with the answer's status."
    ),
    "wrong_content_type": FaultKind(
        headed("content-type", "text/plain; charset=utf-8"), "`content-type` is `text/plain`."
    ),
    "gzip_mislabel": FaultKind(
        headed("content-encoding", "gzip"),
        "`content-encoding: gzip` stands over a body that is not packed.",
        seen="tombii/better-ccflare#243",
    ),
    "empty_body": FaultKind(_empty, "The body is empty.", CUT),
    "left_open": FaultKind(
        _left_open, "The connection stays open after the last event.", CUT, whole=False, seen="earendil-works/pi#5592"
    ),
}
