"""Deltas with nothing in them, in a stream that was recorded: where a block is empty, the API sends some by chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mockserver.records.reply import Block
from mockserver.wires.messages.events import Event


def find_empty(events: Sequence[Mapping[str, Any]]) -> dict[int, Block | None]:
    """The blocks of recorded events that have nothing in them but a signature, by index: the empty delta of each, or
    None.
    """
    full = _find_full(events)
    indexes = [event.get("index") for event in events if event.get("type") == "content_block_start"]
    found: dict[int, Block | None] = {index: None for index in indexes if isinstance(index, int) and index not in full}
    for event in events:
        index = event.get("index")
        if _is_empty(event) and isinstance(index, int) and found.get(index, event) is None:
            found[index] = event["delta"]
    return found


def place_empty(events: Sequence[Event], empty: Mapping[int, Block | None]) -> Iterator[Event]:
    """The events with these empty deltas, and no others, in the blocks that have nothing in them."""
    blocks = empty.keys() - _find_full(event.data for event in events)
    for event in events:
        index = event.data.get("index")
        if index not in blocks:
            yield event
        elif not _is_empty(event.data):
            yield event
            if event.name == "content_block_start" and (delta := empty[index]) is not None:
                yield Event({"type": "content_block_delta", "index": index, "delta": delta})


def _find_full(events: Iterable[Mapping[str, Any]]) -> set[Any]:
    """The indexes of the blocks that have something in them."""
    return {event.get("index") for event in events if _is_delta(event) and not _is_empty(event) and not _signs(event)}


def _is_delta(event: Mapping[str, Any]) -> bool:
    return event.get("type") == "content_block_delta" and isinstance(event.get("delta"), Mapping)


def _is_empty(event: Mapping[str, Any]) -> bool:
    """Whether it is a delta of a type and an empty text alone."""
    return _is_delta(event) and len(event["delta"]) == 2 and "" in event["delta"].values()


def _signs(event: Mapping[str, Any]) -> bool:
    return bool(event["delta"].get("type") == "signature_delta")
