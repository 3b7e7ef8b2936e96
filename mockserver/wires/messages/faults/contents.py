"""Faults of the content of an answer: events and blocks that are missing, or of unknown types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mockserver.delivery.draft import Draft
from mockserver.delivery.kinds import PLACES, FaultKind, OneOf, text
from mockserver.delivery.places import find_place
from mockserver.records.reply import Fault
from mockserver.wires.messages.events import NAMES
from mockserver.wires.messages.faults.edits import Data, delta_type, edit_events, edit_message, insert_event

# The parts of a message that drop_event can take away, besides whole events.
PARTS = ("signature", "usage")


def drop_event(draft: Draft, fault: Fault) -> Draft:
    """Leave out the events of one name, or the usage or signature wherever they stand."""
    name, block = fault.options["event"], fault.at_block
    if name == "usage":
        draft = edit_message(draft, lambda message: _without(message, "usage"))
        return edit_events(draft, lambda data: [_without(data, "usage")])
    if name == "signature":
        draft = edit_message(draft, lambda message: _without_signatures(message, block))
        return edit_events(draft, lambda data: [] if _is_signature(data) and _is_in(data, block) else [data])
    return edit_events(draft, lambda data: [] if data["type"] == name and _is_in(data, block) else [data])


def unknown_event(draft: Draft, fault: Fault) -> Draft:
    """Add an event of a type that no client knows; clients must skip it."""
    if not draft.stream:
        return draft
    draft, place = find_place(draft, fault, lambda frames: min(2, len(frames)))
    data = {"type": fault.options.get("name", "future_event"), "note": "sent by a fault"}
    return insert_event(draft, fault, place, data)


def unknown_block(draft: Draft, fault: Fault) -> Draft:
    """Add a content block of a type that no client knows, before block ``at_block`` or as the last one."""
    block = {"type": fault.options.get("name", "future_block"), "data": "sent by a fault"}
    draft = edit_message(draft, lambda message: _insert_block(message, block, fault.at_block))
    return _insert_block_events(draft, block, fault.at_block) if draft.stream else draft


def _insert_block_events(draft: Draft, block: Data, place: int | None) -> Draft:
    count = sum(frame.event is not None and frame.event.opened_block is not None for frame in draft.frames)
    index = count if place is None else min(place, count)
    added: list[Data] = [
        {"type": "content_block_start", "index": index, "content_block": block},
        {"type": "content_block_stop", "index": index},
    ]

    def edit(data: Data) -> Iterable[Data]:
        is_next = data["type"] == "message_delta" if index == count else _opens(data, index)
        moved = {**data, "index": data["index"] + 1} if data.get("index", -1) >= index else data
        return [*added, moved] if is_next else [moved]

    return edit_events(draft, edit)


def _insert_block(message: Data, block: Data, place: int | None) -> Data:
    content = list(message["content"])
    content.insert(len(content) if place is None else place, block)
    return {**message, "content": content}


def _without(data: Data, key: str) -> Data:
    if key not in data and "message" not in data:
        return data
    rest = {name: value for name, value in data.items() if name != key}
    if isinstance(rest.get("message"), Mapping):
        rest["message"] = _without(rest["message"], key)
    return data if rest == data else rest


def _without_signatures(message: Data, block: int | None) -> Data:
    content = [
        {**given, "signature": ""} if "signature" in given and block in (None, index) else given
        for index, given in enumerate(message["content"])
    ]
    return {**message, "content": content}


def _is_signature(data: Data) -> bool:
    return delta_type(data) == "signature_delta"


def _is_in(data: Data, block: int | None) -> bool:
    return block in (None, data.get("index"))


def _opens(data: Data, index: int) -> bool:
    return (data["type"], data.get("index")) == ("content_block_start", index)


CONTENTS = {
    "drop_event": FaultKind(
        drop_event,
        "The events of the name `event` are missing; `usage` and `signature` take these away wherever they stand.",
        options={"event": OneOf((*NAMES, *PARTS))},
        places=("at_block",),
        needs=("event",),
    ),
    "unknown_event": FaultKind(
        unknown_event,
        "One event of an unknown type, called `name`, right after the first block's start unless a place is given.",
        options={"name": text},
        places=PLACES,
        whole=False,
    ),
    "unknown_block": FaultKind(
        unknown_block,
        "One content block of an unknown type, called `name`, as the last one or before block `at_block`.",
        options={"name": text},
        places=("at_block",),
    ),
}
