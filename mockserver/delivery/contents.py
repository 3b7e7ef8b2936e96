"""Faults of what is said and how it is written: events garbled, missing, unknown, or with other line ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.delivery.draft import (
    Data,
    Draft,
    Frame,
    edit_bytes,
    edit_events,
    edit_message,
    insert,
    part,
    wait_left,
)
from mockserver.delivery.kinds import PLACES, WRITING, FaultKind, OneOf, positive, text
from mockserver.records.events import Event
from mockserver.records.reply import Fault

# What drop_event can take away: an event by its name, or a part of the message.
EVENTS = (
    "message_start",
    "content_block_start",
    "ping",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
)
PARTS = ("signature", "usage")


def malformed(draft: Draft, fault: Fault) -> Draft:
    """Leave out the last brace of one event's JSON, or of the whole body."""
    if not draft.stream:
        return edit_bytes(draft, _unclosed)
    draft, place = part(draft, fault)
    place = min(place, len(draft.frames) - 1)
    hurt = replace(draft.frames[place], data=_unclosed(draft.frames[place].data))
    return replace(draft, frames=(*draft.frames[:place], hurt, *draft.frames[place + 1 :]))


def drop_event(draft: Draft, fault: Fault) -> Draft:
    """Leave out the events of one name, or the usage or signature wherever they stand."""
    name, block = fault.options["event"], fault.at_block
    if name == "usage":
        draft = edit_message(draft, lambda message: _without(message, "usage"))
        return edit_events(draft, lambda data: [_without(data, "usage")])
    if name == "signature":
        draft = edit_message(draft, lambda message: _unsigned(message, block))
        return edit_events(draft, lambda data: [] if _signs(data) and _is_in(data, block) else [data])
    return edit_events(draft, lambda data: [] if data["type"] == name and _is_in(data, block) else [data])


def unknown_event(draft: Draft, fault: Fault) -> Draft:
    """Add an event of a type that no client knows; clients must skip it."""
    if not draft.stream:
        return draft
    draft, place = part(draft, fault, lambda frames: min(2, len(frames)))
    event = Event({"type": fault.options.get("name", "future_event"), "note": "sent by a fault"})
    return insert(draft, place, Frame(event.encode(), event, wait_left(draft, fault, place)))


def unknown_block(draft: Draft, fault: Fault) -> Draft:
    """Add a content block of a type that no client knows, before block ``at_block`` or as the last one."""
    block = {"type": fault.options.get("name", "future_block"), "data": "sent by a fault"}
    draft = edit_message(draft, lambda message: _with_block(message, block, fault.at_block))
    if not draft.stream:
        return draft
    starts = [
        frame.event.data["index"] for frame in draft.frames if frame.event and "content_block" in frame.event.data
    ]
    index = len(starts) if fault.at_block is None else min(fault.at_block, len(starts))
    opens, closes = "content_block_start", "content_block_stop"
    added = [{"type": opens, "index": index, "content_block": block}, {"type": closes, "index": index}]

    def edit(data: Data) -> Iterable[Data]:
        here = data["type"] == "message_delta" if index == len(starts) else _opens(data, index)
        moved = {**data, "index": data["index"] + 1} if data.get("index", -1) >= index else data
        return [*added, moved] if here else [moved]

    return edit_events(draft, edit)


def crlf(draft: Draft, _fault: Fault) -> Draft:
    """End the lines of a stream with carriage return and line feed."""
    return edit_bytes(draft, lambda data: data.replace(b"\n", b"\r\n")) if draft.stream else draft


def comment_keepalive(draft: Draft, fault: Fault) -> Draft:
    """Send SSE comments between the events of a stream, as gateways do to keep it open."""
    if not draft.stream:
        return draft
    comment = Frame(b": %b\n\n" % fault.options.get("text", "keepalive").encode())
    if any(getattr(fault, place) is not None for place in PLACES):
        draft, place = part(draft, fault)
        return insert(draft, place, comment)
    every, frames = fault.options.get("every", 1), [comment]
    for number, frame in enumerate(draft.frames, start=1):
        frames += [frame, comment] if number % every == 0 else [frame]
    return replace(draft, frames=tuple(frames))


def _unclosed(data: bytes) -> bytes:
    head, brace, tail = data.rpartition(b"}")
    return head + tail if brace else data[: len(data) // 2]


def _without(data: Data, key: str) -> Data:
    found = {name: value for name, value in data.items() if name != key}
    if isinstance(found.get("message"), Mapping):
        found["message"] = _without(found["message"], key)
    return data if found == data else found


def _signs(data: Data) -> bool:
    delta: Data = data.get("delta") or {}
    return delta.get("type") == "signature_delta"


def _unsigned(message: dict[str, Any], block: int | None) -> Data:
    content = [
        {**given, "signature": ""} if "signature" in given and block in (None, index) else given
        for index, given in enumerate(message["content"])
    ]
    return {**message, "content": content}


def _is_in(data: Data, block: int | None) -> bool:
    return block in (None, data.get("index"))


def _opens(data: Data, index: int) -> bool:
    return (data["type"], data.get("index")) == ("content_block_start", index)


def _with_block(message: dict[str, Any], block: Data, place: int | None) -> Data:
    content = list(message["content"])
    content.insert(len(content) if place is None else place, block)
    return {**message, "content": content}


CONTENTS = {
    "malformed": FaultKind(
        malformed, "The JSON of one event, or of the whole body, lacks its last brace.", WRITING, places=PLACES
    ),
    "drop_event": FaultKind(
        drop_event,
        "The events of the name `event` are missing; `usage` and `signature` take these away wherever they stand.",
        options={"event": OneOf((*EVENTS, *PARTS))},
        places=("at_block",),
        needs="event",
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
    "crlf": FaultKind(crlf, "Lines end with CR LF.", WRITING, whole=False),
    "comment_keepalive": FaultKind(
        comment_keepalive,
        "Comment lines with `text` before the stream and after every `every` events, or once at the place given.",
        WRITING,
        {"text": text, "every": positive},
        PLACES,
        whole=False,
    ),
}
