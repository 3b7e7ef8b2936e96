"""What relay gateways make of answers of APIs like OpenAI's that they convert, each by the name a scenario calls it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Frame
from mockserver.delivery.kinds import WRITING, FaultKind
from mockserver.records.reply import Block, Fault
from mockserver.wires.messages.events import Event
from mockserver.wires.messages.faults.edits import Data, edit_content, edit_events, edit_message, on_events, on_holder
from mockserver.wires.messages.faults.totals import COUNTS

# What stands before ids, and what OpenAI's API has in its place.
MESSAGE_IDS, CALL_IDS = ("msg_", "chatcmpl-"), ("toolu_", "call_")
# Counts of new-api's own in each usage (source code of new-api, 2026).
OWN_COUNTS = ("claude_cache_creation_5_m_tokens", "claude_cache_creation_1_h_tokens")
# What a message has, in this order; and at the start of a stream (source code of new-api, 2026).
FIELDS = ("id", "type", "role", "content", "stop_reason", "model", "usage")
FIRST_FIELDS = ("type", "model", "usage", "role", "id", "content")


def _use_chat_ids(draft: Draft, _fault: Fault) -> Draft:
    """Give a message and its calls of tools ids like those of OpenAI's API."""

    def edit(data: Data) -> list[Data]:
        if "message" in data:
            return [{**data, "message": _rename(data["message"], MESSAGE_IDS)}]
        return [{**data, "content_block": _rename_call(data["content_block"])}] if "content_block" in data else [data]

    return edit_message(
        edit_events(draft, edit), lambda message: edit_content(_rename(message, MESSAGE_IDS), _rename_call)
    )


def _rename_call(block: Block) -> Block:
    """A call of a tool as it comes of OpenAI's API, which knows no callers."""
    if block["type"] != "tool_use":
        return block
    return {key: value for key, value in _rename(block, CALL_IDS).items() if key != "caller"}


def _rename(holder: Data, prefixes: tuple[str, str]) -> Data:
    former, given = holder.get("id"), prefixes[0]
    if not isinstance(former, str) or not former.startswith(given):
        return holder
    return {**holder, "id": prefixes[1] + former.removeprefix(given)}


def _keep_few(draft: Draft, _fault: Fault) -> Draft:
    """Write what a converted message can have, in the gateway's order, and without the API's paddings."""
    frames = [_write_plainly(frame) for frame in draft.frames] if draft.stream else draft.frames
    draft = replace(draft, frames=tuple(frames))
    return edit_message(draft, lambda message: _end_turn(_select(message, FIELDS)))


def _write_plainly(frame: Frame) -> Frame:
    if not isinstance(frame.event, Event):
        return frame
    event = Event(_edit_event(frame.event.data))
    return replace(frame, data=event.encode(), event=event)


def _edit_event(data: Data) -> Data:
    if "message" in data:
        return {**data, "message": _select(data["message"], FIRST_FIELDS)}
    if data["type"] == "message_delta":
        return _select({**data, "delta": _end_turn(_select(data["delta"], FIELDS))}, ("type", "usage", "delta"))
    return data


def _select(holder: Data, keys: tuple[str, ...]) -> Data:
    return {key: holder[key] for key in keys if key in holder}


def _end_turn(holder: Data) -> Data:
    """OpenAI's API does not say that it was a stop sequence, nor which one."""
    return {**holder, "stop_reason": "end_turn"} if holder.get("stop_reason") == "stop_sequence" else holder


def _count_as_gateway(draft: Draft, _fault: Fault) -> Draft:
    start, end = on_holder("message_start", _estimate), on_holder("message_delta", _recount)
    return edit_message(edit_events(edit_events(draft, start), end), _recount)


def _recount(holder: Data) -> Data:
    """The usage that is known at the end."""
    return {**holder, "usage": _make_usage(holder.get("usage") or {})}


def _estimate(holder: Data) -> Data:
    """The usage that is told before the upstream has told any: all of the input, no output."""
    known = _make_usage(holder.get("usage") or {})
    return {**holder, "usage": _make_usage({"input_tokens": sum([known[key] for key in COUNTS[:3]])})}


def _make_usage(usage: Data) -> dict[str, int]:
    counts = {key: usage.get(key) for key in COUNTS}
    known = {key: value if type(value) is int else 0 for key, value in counts.items()}
    return {**known, **dict.fromkeys(OWN_COUNTS, 0)}


def _drop_text_beside_tools(draft: Draft, _fault: Fault) -> Draft:
    def edit(message: Data) -> Data:
        kinds = [block["type"] for block in message["content"]]
        if "tool_use" not in kinds:
            return message
        return {**message, "content": [block for block in message["content"] if block["type"] != "text"]}

    return edit_message(draft, edit)


def _drop_end(draft: Draft, _fault: Fault) -> Draft:
    """End where the upstream tells no usage: the last block stays open."""
    opened = [frame.event.opened_block for frame in draft.frames if frame.event]
    last = max([index for index in opened if index is not None], default=None)

    def is_end(data: Data) -> bool:
        is_last = data["type"] == "content_block_stop" and data["index"] == last
        return is_last or data["type"] in ("message_delta", "message_stop")

    return edit_events(draft, lambda data: [] if is_end(data) else [data])


def _skip_indexes(data: Data) -> list[Data]:
    """Number blocks 0, 2, 4 …, and stop those between, which were never started."""
    if "index" not in data:
        return [data]
    moved = {**data, "index": data["index"] * 2}
    if data["type"] != "content_block_stop":
        return [moved]
    return [moved, {"type": "content_block_stop", "index": moved["index"] + 1}]


def _add_newlines(draft: Draft, _fault: Fault) -> Draft:
    frames = [replace(frame, data=frame.data + b"\n") if frame.event else frame for frame in draft.frames]
    return replace(draft, frames=tuple(frames)) if draft.stream else draft


CONVERSIONS: Mapping[str, FaultKind] = {
    "chat_ids": FaultKind(
        _use_chat_ids,
        "Ids are OpenAI's, `chatcmpl-` and `call_`, and calls of tools have no `caller`.",
        seen="QuantumNous/new-api#1502",
    ),
    "few_fields": FaultKind(
        _keep_few,
        "A message has `id`, `type`, `role`, `content`, `stop_reason`, `model` and `usage` alone, at the start of a "
        "stream no `stop_reason`; a stop sequence ends with `end_turn`. Events have no spaces at their ends.",
    ),
    "gateway_usage": FaultKind(
        _count_as_gateway,
        "The usage has its four counts and two of new-api's own alone; that of `message_start` has no output, and "
        "counts cached tokens as all others.",
    ),
    "tools_without_text": FaultKind(
        _drop_text_beside_tools, "A whole answer that calls tools has no text.", streamed=False
    ),
    "no_end": FaultKind(
        _drop_end,
        "The last `content_block_stop`, `message_delta` and `message_stop` are missing.",
        whole=False,
        seen="QuantumNous/new-api#4697",
    ),
    "index_gaps": FaultKind(
        on_events(_skip_indexes),
        "Blocks have the indexes 0, 2, 4 …; those between are stopped, and never started.",
        whole=False,
        seen="QuantumNous/new-api#5482",
    ),
    "extra_newline": FaultKind(_add_newlines, "One more empty line follows each event.", WRITING, whole=False),
}
