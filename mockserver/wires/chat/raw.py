"""Reads the event stream that a script gives raw on the chat wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.delivery.draft import Frames
from mockserver.records.depth import is_too_deep
from mockserver.records.events import StreamEvent
from mockserver.wires.chat.events import DONE, Chunk
from mockserver.wires.chat.folding import PIECES
from mockserver.wires.messages.raw import ForeignEvent, read_frames_with


def read_frames(body: bytes) -> Frames:
    """The events of a body, byte for byte: chunks of completions with the weights of their texts, and the mark of the
    end.
    """
    return read_frames_with(body, _read_event)


def _read_event(parsed: Any, data: bytes, written: bytes) -> StreamEvent:
    if data.strip() == b"[DONE]":
        return DONE
    is_chunk = isinstance(parsed, dict) and not is_too_deep(parsed) and _list_deltas(parsed) is not None
    return Chunk(parsed, _weigh(parsed)) if is_chunk else ForeignEvent(written)


def _list_deltas(chunk: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """The deltas of a chunk; None where it is none."""
    choices = chunk.get("choices")
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        return None
    deltas = [choice.get("delta") or {} for choice in choices]
    return deltas if all(isinstance(delta, dict) for delta in deltas) else None


def _weigh(chunk: Mapping[str, Any]) -> int:
    """The characters of the answer in a chunk."""
    deltas = _list_deltas(chunk) or []
    texts = [delta.get(name) for delta in deltas for name in PIECES]
    calls = [call for delta in deltas if isinstance(delta.get("tool_calls"), list) for call in delta["tool_calls"]]
    functions = [
        call["function"] for call in calls if isinstance(call, dict) and isinstance(call.get("function"), dict)
    ]
    written = [*texts, *[function.get("arguments") for function in functions]]
    return sum([len(text) for text in written if isinstance(text, str)])
