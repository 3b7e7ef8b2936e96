"""The shapes that faults take for granted: what a script gives raw may look like a message or an event, and be none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.records.depth import is_too_deep
from mockserver.wires.messages.events import TEXT_FIELDS


def is_message(value: Any) -> bool:
    """Whether a JSON value has the shape of a message, as far as faults look into one."""
    if not isinstance(value, dict) or value.get("type") != "message" or is_too_deep(value):
        return False
    content = value.get("content")
    return isinstance(content, list) and all(map(_is_typed, content)) and _has_totals(value)


def is_event(value: Any) -> bool:
    """Whether a JSON value has the shape of an event of this format, as far as faults look into one."""
    if not _is_typed(value) or is_too_deep(value) or not value.keys() >= NEEDED.get(value["type"], frozenset()):
        return False
    return _has_totals(value) and all(is_right(value[key]) for key, is_right in PARTS.items() if key in value)


def _is_typed(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str)


def _has_totals(holder: Mapping[str, Any]) -> bool:
    return isinstance(holder.get("usage"), dict | None) and isinstance(holder.get("stop_reason"), str | None)


def _is_delta(value: Any) -> bool:
    if not isinstance(value, dict) or not _has_totals(value):
        return False
    # Those of message_delta have no type.
    is_whole = value.get("type") != "input_json_delta" or "partial_json" in value
    return is_whole and all(isinstance(value[key], str) for key in {"type", *TEXT_FIELDS} & value.keys())


NEEDED: Mapping[str, frozenset[str]] = {
    "message_start": frozenset({"message"}),
    "content_block_start": frozenset({"index", "content_block"}),
    "content_block_delta": frozenset({"index", "delta"}),
    "content_block_stop": frozenset({"index"}),
    "message_delta": frozenset({"delta"}),
}
PARTS: Mapping[str, Callable[[Any], bool]] = {
    "index": lambda value: isinstance(value, int),
    "message": lambda value: isinstance(value, dict) and _has_totals(value),
    "content_block": _is_typed,
    "delta": _is_delta,
}
