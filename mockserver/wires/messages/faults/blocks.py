"""Defects of real relay gateways in content blocks: lost signatures and mangled tool inputs."""

from __future__ import annotations

from typing import Any

import orjson

from mockserver.delivery.kinds import FaultKind
from mockserver.records.budget import LIMITS
from mockserver.wires.messages.faults.edits import Data, delta_type, on_blocks, on_tool_inputs


def _drop_signature(block: Data) -> Data:
    return {key: value for key, value in block.items() if key != "signature"} if block["type"] == "thinking" else block


def _drop_signature_events(data: Data) -> list[Data]:
    if "content_block" in data:
        return [{**data, "content_block": _drop_signature(data["content_block"])}]
    return [] if delta_type(data) == "signature_delta" else [data]


def _send_text_at_start(data: Data, written: str) -> list[Data]:
    return _send_at_start(data, written or "{}")


def _send_object_at_start(data: Data, written: str) -> list[Data]:
    try:
        return _send_at_start(data, orjson.loads(written or "{}"))
    except orjson.JSONDecodeError:
        # Another fault has already spoiled it.
        return _send_at_start(data, written)


def _send_at_start(data: Data, value: Any) -> list[Data]:
    if "content_block" in data:
        return [{**data, "content_block": {**data["content_block"], "input": value}}]
    return [] if delta_type(data) == "input_json_delta" else [data]


def _input_as_text(block: Data) -> Data:
    return {**block, "input": orjson.dumps(block["input"]).decode()} if "input" in block else block


def _repeat_input(data: Data, written: str) -> list[Data]:
    if data["type"] != "content_block_stop" or len(written) > LIMITS.repeated_input:
        return [data]
    return [_input_delta(data, written or "{}"), data]


def _cut_input(data: Data, written: str) -> list[Data]:
    if data["type"] == "content_block_stop":
        return [_input_delta(data, written[: len(written) * 2 // 3]), data]
    return [] if delta_type(data) == "input_json_delta" else [data]


def _input_delta(data: Data, written: str) -> Data:
    delta = {"type": "input_json_delta", "partial_json": written}
    return {"type": "content_block_delta", "index": data["index"], "delta": delta}


BLOCKS = {
    "no_signature": FaultKind(
        on_blocks(_drop_signature, _drop_signature_events),
        "Thinking blocks have no signature, not even the key.",
        seen="QwenLM/qwen-code#6893",
    ),
    "tool_input_string": FaultKind(
        on_tool_inputs(_send_text_at_start, _input_as_text),
        "A tool's input is a text of JSON, and comes in the block's start.",
    ),
    "tool_input_at_start": FaultKind(
        on_tool_inputs(_send_object_at_start),
        "A tool's input comes in the block's start, without deltas.",
        whole=False,
    ),
    "tool_input_twice": FaultKind(
        on_tool_inputs(_repeat_input),
        "A tool's input comes twice, so that it is no JSON.",
        whole=False,
        seen="archestra-ai/archestra#5409",
    ),
    "tool_input_cut": FaultKind(
        on_tool_inputs(_cut_input),
        "The last third of a tool's input is missing.",
        whole=False,
        seen="decolua/9router#3416",
    ),
}
