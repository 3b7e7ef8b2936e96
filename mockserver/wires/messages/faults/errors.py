"""The fault that ends a stream with an error event, written as the API or a gateway writes it."""

from __future__ import annotations

import orjson
from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Frame, Frames, keep_first
from mockserver.delivery.kinds import ADDING, PLACES, FaultKind, OneOf, flag, text
from mockserver.delivery.places import find_place, remaining_wait
from mockserver.records.errors import TYPES, word_error
from mockserver.records.events import StreamEvent
from mockserver.records.reply import Fault
from mockserver.wires.messages.events import Event
from mockserver.wires.messages.faults.edits import remove_name

# In a message for which the stream names no model.
NO_MODEL = "unknown"


def error(draft: Draft, fault: Fault) -> Draft:
    """Break a stream off with an error event: with its name or without, as JSON alone, on its own or glued to half an
    event.
    """
    if not draft.stream:
        return draft
    event = _make_event(draft, fault)
    return end_with(draft, fault, None if fault.options.get("bare") else event, _write(event, fault))


def end_with(draft: Draft, fault: Fault, event: StreamEvent | None, data: bytes) -> Draft:
    """The stream up to the place of a fault, and an event written as ``data``: glued to half an event where the fault
    says so.
    """
    draft, place = find_place(draft, fault)
    wait = remaining_wait(draft, fault, place)
    torn = _tear_event(draft.frames, place, wait) if fault.options.get("glued") else ()
    kept = keep_first(draft, place - 1 if torn and place == len(draft.frames) else place)
    return replace(kept, frames=(*kept.frames, *torn, Frame(data, event, 0.0 if torn else wait)))


def _write(event: Event, fault: Fault) -> bytes:
    if fault.options.get("bare"):
        # As a gateway writes an error of its own, to which nothing tells that a stream has begun.
        kind, message = event.data["error"]["type"], event.data["error"]["message"]
        return orjson.dumps({"error": {"type": kind, "message": message}, "type": "error"})
    return remove_name(event.encode()) if fault.options.get("unnamed") else event.encode()


def _make_event(draft: Draft, fault: Fault) -> Event:
    kind = fault.options.get("type", "overloaded_error")
    message = fault.options.get("message") or word_error(kind, _find_model(draft.frames))
    # In a stream the error names its details first, null when there are none (source: recorded).
    return Event({"type": "error", "error": {"details": None, "type": kind, "message": message}})


def _find_model(frames: Frames) -> str:
    starts = [frame.event.data for frame in frames if frame.event and frame.event.data.get("type") == "message_start"]
    return str(starts[0].get("message", {}).get("model", NO_MODEL)) if starts else NO_MODEL


def _tear_event(frames: Frames, place: int, wait: float) -> Frames:
    """The first half of the event that would come next, of the last one at the end; it is no event any more."""
    if not frames:
        return ()
    frame = frames[min(place, len(frames) - 1)]
    return (Frame(frame.data[: len(frame.data) // 2], delay=wait),)


ERRORS = {
    "error": FaultKind(
        error,
        "An `error` event, and the stream's end; `overloaded_error` unless `type` says another, which words the "
        "`message`. `unnamed: true`: without its `event:` line; `glued: true`: right behind half an event; "
        "`bare: true`: its JSON alone, as no event at all.",
        ADDING,
        {
            "type": OneOf(tuple(sorted(set(TYPES.values())))),
            "message": text,
            "unnamed": flag,
            "glued": flag,
            "bare": flag,
        },
        PLACES,
        whole=False,
    ),
}
