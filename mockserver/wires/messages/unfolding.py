"""The Messages API's own wire: a message as JSON, and unfolded into the events of a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson
from msgspec import Struct

from mockserver.records.reply import Block, Reply
from mockserver.wires.messages.chunking import Grain, Sizes, cut_input, cut_text, grain
from mockserver.wires.messages.dice import roll
from mockserver.wires.messages.events import Event
from mockserver.wires.messages.folding import MOVED, fold, mid_fallback

__all__ = ["body", "fold", "stream", "unfold"]

PING = Event({"type": "ping"})

# The counts that a stream's last usage repeats or brings; all others stand in the first (source: recorded).
TOTALS = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "output_tokens_details",
    "server_tool_use",
    "iterations",
    "fallback_credit",
)
ONLY_AT_END = frozenset(TOTALS[4:])

# Omitted thoughts come as a signature alone in 14 of 18 streams, behind one empty delta in 4 (source: recorded).
SAYS_NOTHING = 4 / 18 * 256
QUANTUM = 50

# Plain texts up to this many characters are cut in one of so many ways, all of which are remembered.
LONGEST, VARIANTS = 1000, 16

Delta = dict[str, Any]
Unfolding = Callable[[Block, Iterator[int], Grain], "tuple[Block, list[Delta]]"]


def body(reply: Reply) -> bytes:
    """The whole message as compact JSON, keys in the order they stand in."""
    return orjson.dumps(reply.message)


def unfold(reply: Reply) -> tuple[Event, ...]:
    """The stream that says ``reply.message``; ``reply.seed`` decides paddings and the sizes of deltas.

    Blocks come strictly one after the other; a ping follows the first block's start; exactly one message_delta
    (source: recorded streams since 2026-01).
    """
    return tuple(event for part in _parts(reply) for event in (part.events if isinstance(part, Run) else (part,)))


def stream(reply: Reply) -> tuple[bytes, int]:
    """The same stream written, and how many events it has."""
    parts = _parts(reply)
    count = sum([len(part.events) if isinstance(part, Run) else 1 for part in parts])
    return b"".join([part.encode() for part in parts]), count


class Run(Struct, frozen=True):
    """Events that come together, and their bytes."""

    events: tuple[Event, ...]
    data: bytes

    def encode(self) -> bytes:
        """The events as the API writes them."""
        return self.data


def _parts(reply: Reply) -> list[Event | Run]:
    message, dice = reply.message, roll(reply.seed)
    fine = grain(str(message.get("model", "")))
    parts: list[Event | Run] = [Event(_start(message, dice), next(dice) & 15)]
    for index, block in enumerate(message.get("content") or ()):
        if _is_plain(block):
            parts.append(_plain(index, block["text"], fine.text, next(dice) % VARIANTS))
        else:
            parts += _block(index, block, dice, fine, reply.estimates.get(index))
    parts.append(Event(_end(message), next(dice) & 15))
    parts.append(Event({"type": "message_stop"}, next(dice) & 15))
    return parts


def _is_plain(block: Block) -> bool:
    """Whether the block is nothing but a text that is short enough to be remembered."""
    text = block.get("text")
    return len(block) == 2 and block.get("type") == "text" and isinstance(text, str) and len(text) <= LONGEST


@lru_cache(maxsize=256)
def _plain(index: int, text: str, sizes: Sizes, variant: int) -> Run:
    """The events of a plain text, made once: what is scripted is said again and again."""
    events = tuple(_block(index, {"type": "text", "text": text}, roll(variant), Grain(sizes, sizes)))
    return Run(events, b"".join(event.encode() for event in events))


def _block(index: int, block: Block, dice: Iterator[int], fine: Grain, estimate: int | None = None) -> Iterator[Event]:
    """The events of one block; an answer without blocks has no ping."""
    shell, deltas = _unfolding(block)(block, dice, fine)
    if estimate is not None:
        deltas = _estimated(deltas, estimate)
    yield Event({"type": "content_block_start", "index": index, "content_block": shell}, next(dice) & 15)
    if index == 0:
        yield PING
    for delta in deltas:
        yield Event({"type": "content_block_delta", "index": index, "delta": delta}, next(dice) & 15)
    yield Event({"type": "content_block_stop", "index": index}, next(dice) & 15)


def _start(message: Mapping[str, Any], dice: Iterator[int]) -> dict[str, Any]:
    started = {**message, "content": [], "stop_reason": None, "stop_sequence": None}
    for key in MOVED:
        started.pop(key, None)
    if "stop_details" in message:
        started["stop_details"] = None
    content = message.get("content") or ()
    models = mid_fallback(content) if len(content) > 1 else None
    if models and models[1] == message.get("model"):
        started["model"] = models[0]
    if "usage" in message:
        started["usage"] = _usage_at_start(message, dice)
    return {"type": "message_start", "message": started}


def _usage_at_start(message: Mapping[str, Any], dice: Iterator[int]) -> dict[str, Any]:
    usage = {**message["usage"]}
    for key in ONLY_AT_END:
        usage.pop(key, None)
    if isinstance(usage.get("output_tokens"), int):
        first: Block = next(iter(message.get("content") or ()), {})
        usage["output_tokens"] = min(usage["output_tokens"], _said_at_start(first.get("type"), dice))
    if message["usage"].get("server_tool_use") and isinstance(usage.get("input_tokens"), int):
        # What server tools find is read by the model only later: the input is smaller at the start (73 of 74).
        found = sum(len(orjson.dumps(block)) for block in message["content"] if "tool_use_id" in block) // 4
        usage["input_tokens"] = max(min(usage["input_tokens"], 1), usage["input_tokens"] - found)
    return usage


def _said_at_start(first: str | None, dice: Iterator[int]) -> int:
    """Output tokens when the stream starts: 1 in 57 %, 2-8 in 27 %, 9-88 in 16 %; a tool first: 8-60 (n=2,247)."""
    chance, size = next(dice), next(dice)
    if first == "tool_use":
        return 8 + size % 53
    if chance < 0.57 * 256:
        return 1
    return 2 + size % 7 if chance < 0.84 * 256 else 9 + size % 80


def _end(message: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("stop_reason", "stop_sequence", "stop_details", "container")
    ended: dict[str, Any] = {"type": "message_delta", "delta": {key: message[key] for key in keys if key in message}}
    if "usage" in message:
        usage = message["usage"]
        ended["usage"] = {key: usage[key] for key in TOTALS if key in usage}
    if "context_management" in message:
        ended["context_management"] = message["context_management"]
    return ended


def _complete(block: Block, _dice: Iterator[int], _fine: Grain) -> tuple[Block, list[Delta]]:
    return block, []


def _text(block: Block, dice: Iterator[int], fine: Grain) -> tuple[Block, list[Delta]]:
    shell = {**block, "text": ""}
    deltas: list[Delta] = []
    if cited := block.get("citations"):
        shell["citations"] = []
        deltas = [{"type": "citations_delta", "citation": citation} for citation in cited]
    deltas += [{"type": "text_delta", "text": piece} for piece in cut_text(block["text"], fine.text, dice)]
    return shell, deltas


def _thinking(block: Block, dice: Iterator[int], fine: Grain) -> tuple[Block, list[Delta]]:
    shell = {**block, "thinking": ""}
    deltas = [
        {"type": "thinking_delta", "thinking": piece} for piece in cut_text(block["thinking"], fine.thinking, dice)
    ]
    if signature := block.get("signature"):
        shell["signature"] = ""
        if not deltas and next(dice) < SAYS_NOTHING:
            deltas.append({"type": "thinking_delta", "thinking": ""})
        deltas.append({"type": "signature_delta", "signature": signature})
    return shell, deltas


def _estimated(deltas: list[Delta], hidden: int) -> list[Delta]:
    """The deltas of a thinking block with estimates: null beside text; ``hidden`` tokens come as steps, then null.

    "a non-negative multiple of a fixed quantum" (source: the SDK's types; recorded: 50; nothing below that).
    """
    thought = [delta for delta in deltas if delta["type"] == "thinking_delta"]
    said = [{**delta, "estimated_tokens": None} for delta in thought]
    if hidden >= QUANTUM and not any(delta["thinking"] for delta in thought):
        steps = (*[QUANTUM] * (hidden // QUANTUM), None)
        said = [{"type": "thinking_delta", "thinking": "", "estimated_tokens": step} for step in steps]
    return said + deltas[len(thought) :]


def _tool_use(block: Block, dice: Iterator[int], _fine: Grain) -> tuple[Block, list[Delta]]:
    pieces = cut_input(block["input"], dice)
    return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


def _compaction(block: Block, _dice: Iterator[int], _fine: Grain) -> tuple[Block, list[Delta]]:
    # Asked for on demand the block is signed and comes complete; at a threshold it comes in exactly one delta.
    if "signature" in block:
        return block, []
    filled = {key: block[key] for key in ("content", "encrypted_content") if key in block}
    return {**block, **dict.fromkeys(filled)}, [{"type": "compaction_delta", **filled}]


def _unfolding(block: Block) -> Unfolding:
    unfolding, field, kind = UNFOLDINGS.get(block.get("type"), COMPLETE)
    # What a script made up may lack the field, or have something else there.
    return unfolding if isinstance(block.get(field), kind) else _complete


COMPLETE = (_complete, "type", object)
# Blocks that come in deltas, and the field these fill; all others, unknown ones too, stand complete in their start.
UNFOLDINGS: Mapping[Any, tuple[Unfolding, str, type]] = {
    "compaction": (_compaction, "type", str),
    "mcp_tool_use": (_tool_use, "input", Mapping),
    "server_tool_use": (_tool_use, "input", Mapping),
    "text": (_text, "text", str),
    "thinking": (_thinking, "thinking", str),
    "tool_use": (_tool_use, "input", Mapping),
}
