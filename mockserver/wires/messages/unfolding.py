"""The Messages API's own wire: a message as JSON, and unfolded into the events of a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson
from msgspec import Struct

from mockserver.blocks import block_type
from mockserver.blocks.chunking import Grain, Sizes, grain
from mockserver.blocks.dice import roll
from mockserver.blocks.fallback import find_late_fallback
from mockserver.blocks.units import Units
from mockserver.records.budget import LIMITS
from mockserver.records.reply import Block, Reply
from mockserver.wires.messages.empties import place_empty
from mockserver.wires.messages.events import Event, WrittenEvent
from mockserver.wires.messages.folding import MOVED, fold
from mockserver.wires.messages.pings import place_pings

__all__ = ["Run", "body", "find_parts", "fold", "stream", "unfold"]

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
FIRST_CALL = (*TOTALS[:4], "cache_creation")
# The iterations of a model that answers, or declined.
CALLS = ("message", "fallback_message")
ONLY_AT_END = frozenset(TOTALS[4:])

# Plain texts up to this many characters are cut in one of so many ways, all of which are remembered.
LONGEST, VARIANTS = 1000, 16
# The deltas of the finest model have so many characters; of finer ones fewer bytes are cut so finely.
FINEST = 4


def body(reply: Reply) -> bytes:
    """The whole message as compact JSON, keys in the order they stand in."""
    return orjson.dumps(reply.message)


def unfold(reply: Reply) -> tuple[Event, ...]:
    """The stream of ``reply.message``; ``reply.seed`` decides paddings and the sizes of deltas.

    Blocks come strictly one after the other; a ping follows the first block's start; exactly one message_delta
    (source: recorded streams since 2026-01).
    """
    events = tuple(event for part in find_parts(reply) for event in (part.events if isinstance(part, Run) else (part,)))
    if reply.pings is None:
        return events
    return tuple(place_pings(tuple(place_empty(events, reply.empty)), reply.pings))


def stream(reply: Reply) -> tuple[bytes, int]:
    """The same stream as bytes, and how many events it has."""
    if reply.pings is not None:
        events = unfold(reply)
        return b"".join([event.encode() for event in events]), len(events)
    count, written = 0, []
    for part in find_parts(reply):
        count += len(part.events) if isinstance(part, Run) else 1
        written.append(part.encode())
    return b"".join(written), count


class Run(Struct, frozen=True, eq=False):
    """Events in a row, and their bytes."""

    events: tuple[Event, ...]
    data: bytes

    def encode(self) -> bytes:
        """The events as the API writes them."""
        return self.data


# The last event of a stream, by its padding.
STOPS = tuple(
    Run((stop,), stop.encode()) for stop in (Event({"type": "message_stop"}, padding) for padding in range(16))
)


def find_parts(reply: Reply, copies: int = 1) -> list[Event | Run]:
    """The events of a reply, those of a plain text together: such a run is the same object each time.

    ``copies``: how often they will be written; together they are no more than those of one long answer.
    """
    message, dice = reply.message, roll(reply.seed)
    pieces = _find_grain(message, reply.pace.chunk if reply.pace else None, copies)
    parts: list[Event | Run] = [Event(_start(message, dice), next(dice) & 15)]
    for index, block in enumerate(message.get("content") or ()):
        if reply.pings is None and _is_plain(block):
            parts.append(_plain(index, block["text"], pieces.text, next(dice) % VARIANTS))
        else:
            parts += _block(index, block, dice, pieces, reply.estimates.get(index))
    parts.append(Event(_end(message), next(dice) & 15))
    parts.append(STOPS[next(dice) & 15])
    return parts


def _find_grain(message: Mapping[str, Any], chunk: str | int | None, copies: int) -> Grain:
    """How finely the message streams: as its model or its pace does, but a very long one in larger deltas."""
    size, most = copies * sum([_measure(block) for block in message.get("content") or ()]), LIMITS.fine_bytes
    if chunk is None:
        pieces = grain(str(message.get("model", "")))
    else:
        pieces = Grain(*[Units(chunk)] * 3)
        most = most * min(chunk, FINEST) // FINEST if isinstance(chunk, int) else most
    return pieces if size <= most else pieces.enlarge(-(-size // most))


def _measure(block: Block) -> int:
    """The bytes of a block that may come in deltas, as JSON."""
    return len(orjson.dumps(block)) if block_type(block).deltas else 0


def _is_plain(block: Block) -> bool:
    """Whether the block is nothing but a text that is short enough to be remembered."""
    text = block.get("text")
    return len(block) == 2 and block.get("type") == "text" and isinstance(text, str) and len(text) <= LONGEST


@lru_cache(maxsize=256)
def _plain(index: int, text: str, sizes: Sizes | Units, variant: int) -> Run:
    """The events of a plain text, made once: scripted texts are sent again and again."""
    made = _block(index, {"type": "text", "text": text}, roll(variant), Grain(sizes, sizes))
    events = tuple(WrittenEvent(event.data, event.padding, event.encode()) for event in made)
    return Run(events, b"".join(event.written for event in events))


def _block(
    index: int, block: Block, dice: Iterator[int], pieces: Grain, estimate: int | None = None
) -> Iterator[Event]:
    """The events of one block; an answer without blocks has no ping."""
    row = block_type(block)
    shell, deltas = row.unfold(block, dice, pieces)
    if estimate is not None and row.estimate is not None:
        deltas = row.estimate(deltas, estimate)
    yield Event({"type": "content_block_start", "index": index, "content_block": shell}, next(dice) & 15)
    if index == 0:
        yield PING
    for delta in deltas:
        yield Event({"type": "content_block_delta", "index": index, "delta": delta}, next(dice) & 15)
    yield Event({"type": "content_block_stop", "index": index}, next(dice) & 15)


def _start(message: Mapping[str, Any], dice: Iterator[int]) -> dict[str, Any]:
    start = {**message, "content": [], "stop_reason": None, "stop_sequence": None}
    for key in MOVED:
        start.pop(key, None)
    if "stop_details" in message:
        start["stop_details"] = None
    content = message.get("content") or ()
    models = find_late_fallback(content) if len(content) > 1 else None
    if models and models[1] == message.get("model"):
        start["model"] = models[0]
    if "usage" in message:
        start["usage"] = _usage_at_start(message, dice)
    return {"type": "message_start", "message": start}


def _usage_at_start(message: Mapping[str, Any], dice: Iterator[int]) -> dict[str, Any]:
    first_call = _find_compaction(message) or _find_declined(message)
    usage = {**message["usage"], **first_call}
    for key in ONLY_AT_END:
        usage.pop(key, None)
    if isinstance(usage.get("output_tokens"), int):
        first: Block = next(iter(message.get("content") or ()), {})
        chance, size = next(dice), next(dice)
        usage["output_tokens"] = min(usage["output_tokens"], block_type(first).tokens_at_start(chance, size))
    if first_call:
        return usage
    first_sampling = _find_first_sampling(message["usage"])
    if first_sampling:
        usage.update({key: first_sampling[key] for key in TOTALS[:3] if key in first_sampling})
    elif message["usage"].get("server_tool_use") and isinstance(usage.get("input_tokens"), int):
        # The model reads the findings of server tools only later: the input is smaller at the start (73 of 74).
        findings = sum(len(orjson.dumps(block)) for block in message["content"] if "tool_use_id" in block) // 4
        usage["input_tokens"] = max(min(usage["input_tokens"], 1), usage["input_tokens"] - findings)
    return usage


def _find_compaction(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The usage of the call that summed up the conversation: it comes first (source: recorded, 2026-08).

    A summary on demand comes whole with its signature; what its stream starts with is unknown.
    """
    listed = message["usage"].get("iterations")
    first = listed[0] if isinstance(listed, list) and listed else None
    summary: Block = next(iter(message.get("content") or ()), {})
    # Scripted usage may hold anything.
    if not isinstance(first, Mapping) or first.get("type") != "compaction" or "signature" in summary:
        return {}
    return {key: first[key] for key in FIRST_CALL if key in first}


def _find_declined(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The usage of the model that declined in mid-stream: the message starts as its own (source: inferred, 2026-11).

    Those that declined before it wrote nothing, and each has an iteration.
    """
    content, listed = message.get("content") or (), message["usage"].get("iterations")
    if not isinstance(listed, list) or not find_late_fallback(content):
        return {}
    before = next(place for place, block in enumerate(content) if block.get("type") != "fallback")
    calls = [each for each in listed if isinstance(each, Mapping) and each.get("type") in CALLS]
    return {key: calls[before][key] for key in FIRST_CALL if key in calls[before]} if before < len(calls) else {}


def _find_first_sampling(usage: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The first sampling of the model that answers, where an advisor was asked: all that had been read at the start."""
    listed: Any = usage.get("iterations")
    kinds = [isinstance(each, Mapping) and each.get("type") for each in listed] if isinstance(listed, list) else []
    return listed[kinds.index("message")] if "advisor_message" in kinds and "message" in kinds else None


def _end(message: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("stop_reason", "stop_sequence", "stop_details", "container", "safeguard_results")
    end: dict[str, Any] = {"type": "message_delta", "delta": {key: message[key] for key in keys if key in message}}
    if "usage" in message:
        usage = message["usage"]
        end["usage"] = {key: usage[key] for key in TOTALS if key in usage}
    if "context_management" in message:
        end["context_management"] = message["context_management"]
    if "input_transformations" in message and find_late_fallback(message.get("content") or ()):
        # "Carries it only when a server-side model fallback happened mid-stream" (source: the SDK's types).
        end["input_transformations"] = message["input_transformations"]
    return end
