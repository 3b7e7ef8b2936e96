"""The faults of networks and servers: answers cut, stalled, torn, garbled, or with events missing or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from mockserver.delivery.draft import (
    Data,
    Draft,
    Frame,
    Frames,
    edit_bytes,
    edit_events,
    edit_message,
    insert,
    part,
    wait_left,
    with_header,
)
from mockserver.delivery.kinds import CUT, PLACES, TEAR, WRITING, FaultKind, one_of, positive, seconds, text
from mockserver.errors import TYPES
from mockserver.reply import Fault
from mockserver.sse import Event

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


def disconnect(draft: Draft, fault: Fault) -> Draft:
    """Cut the connection."""
    return _silenced(draft, fault, "abort")


def stall(draft: Draft, fault: Fault) -> Draft:
    """Fall silent for a while, or for good with the connection left open."""
    if "for" not in fault.options:
        return _silenced(draft, fault, "hang")
    draft, place = part(draft, fault)
    pause = fault.options["for"] + wait_left(draft, fault, place)
    if place == len(draft.frames):
        return insert(draft, place, Frame(b"", delay=pause))
    late = draft.frames[place]
    return replace(
        draft, frames=(*draft.frames[:place], replace(late, delay=late.delay + pause), *draft.frames[place + 1 :])
    )


def truncate(draft: Draft, fault: Fault) -> Draft:
    """End cleanly, but too early: a stream without its message_stop, unless a place is given."""
    draft, place = part(draft, fault, _before_stop)
    return _first(draft, place, wait_left(draft, fault, place))


def error(draft: Draft, fault: Fault) -> Draft:
    """Break a stream off with an error event."""
    if not draft.stream:
        return draft
    draft, place = part(draft, fault)
    # In a stream the error names its details first, null when there are none (source: recorded).
    said = {
        "details": None,
        "type": fault.options.get("type", "overloaded_error"),
        "message": fault.options.get("message", "Overloaded"),
    }
    event = Event({"type": "error", "error": said})
    wait = wait_left(draft, fault, place)
    return insert(_first(draft, place), place, Frame(event.encode(), event, wait))


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


def slow_headers(draft: Draft, fault: Fault) -> Draft:
    """Wait before the status line and headers."""
    return replace(draft, delay=draft.delay + fault.options.get("for", 3.0))


def split(draft: Draft, fault: Fault) -> Draft:
    """Tear the bytes into pieces of one size, right through events and UTF-8 characters."""
    size, pause = fault.options["bytes"], fault.options.get("pause", 0.0)
    torn: list[Frame] = []
    for frame in draft.frames:
        pieces = [frame.data[at : at + size] for at in range(0, len(frame.data), size)] or [b""]
        frames = [Frame(piece, delay=pause) for piece in pieces]
        frames[0] = replace(frames[0], delay=frame.delay + pause)
        frames[-1] = replace(frames[-1], event=frame.event)
        torn += frames
    return replace(draft, frames=tuple(torn), torn=True)


def _silenced(draft: Draft, fault: Fault, end: str) -> Draft:
    draft, place = part(draft, fault)
    if not draft.stream:
        # The length that was promised, of which only some comes.
        size = sum(len(frame.data) for frame in draft.frames)
        draft = with_header(draft, b"content-length", b"%d" % size)
    return replace(_first(draft, place, wait_left(draft, fault, place)), end=end)


def _first(draft: Draft, place: int, wait: float = 0.0) -> Draft:
    """Only the frames before ``place``, and a pause behind them."""
    pause = (Frame(b"", delay=wait),) if wait else ()
    return replace(draft, frames=(*draft.frames[:place], *pause))


def _before_stop(frames: Frames) -> int:
    stops = [place for place, frame in enumerate(frames) if frame.event and frame.event.name == "message_stop"]
    return stops[0] if stops else max(0, len(frames) - 1)


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


NETWORK = {
    "disconnect": FaultKind(disconnect, "The connection is cut, half-way unless a place is given.", CUT, places=PLACES),
    "stall": FaultKind(
        stall,
        "Silence for the time `for`; without it for good, the connection left open.",
        CUT,
        {"for": seconds},
        PLACES,
    ),
    "truncate": FaultKind(
        truncate,
        "A clean end too early: without `message_stop`, or at the place given; a whole body ends half-way.",
        CUT,
        places=PLACES,
    ),
    "error": FaultKind(
        error,
        "An `error` event, and the stream's end; `overloaded_error` unless `type` says another.",
        CUT,
        {"type": one_of(*sorted(set(TYPES.values()))), "message": text},
        PLACES,
        whole=False,
    ),
    "malformed": FaultKind(
        malformed, "The JSON of one event, or of the whole body, lacks its last brace.", WRITING, places=PLACES
    ),
    "drop_event": FaultKind(
        drop_event,
        "The events of the name `event` are missing; `usage` and `signature` take these away wherever they stand.",
        options={"event": one_of(*EVENTS, *PARTS)},
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
    "split": FaultKind(
        split,
        "Pieces of so many `bytes`, each its own write, torn through events and characters; `pause` before each.",
        TEAR,
        {"bytes": positive, "pause": seconds},
        needs="bytes",
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
    "slow_headers": FaultKind(
        slow_headers, "The time `for` (3 s) passes before the status line and the headers.", TEAR, {"for": seconds}
    ),
}
