"""Faults of connections and servers: answers that break off, end early, stall, or arrive late or torn."""

from __future__ import annotations

from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Frame, Frames, insert, part, wait_left, with_header
from mockserver.delivery.kinds import CUT, PLACES, TEAR, FaultKind, OneOf, positive, seconds, text
from mockserver.records.errors import TYPES
from mockserver.records.events import Event
from mockserver.records.reply import Fault


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


def slow_headers(draft: Draft, fault: Fault) -> Draft:
    """Wait before the status line and headers."""
    return replace(draft, delay=draft.delay + fault.options.get("for", 3.0))


def _silenced(draft: Draft, fault: Fault, end: str) -> Draft:
    draft, place = part(draft, fault)
    if not draft.stream:
        # The length that was promised, of which only some comes.
        size = sum(len(frame.data) for frame in draft.frames)
        draft = with_header(draft, "content-length", str(size))
    return replace(_first(draft, place, wait_left(draft, fault, place)), end=end)


def _first(draft: Draft, place: int, wait: float = 0.0) -> Draft:
    """Only the frames before ``place``, and a pause behind them."""
    pause = (Frame(b"", delay=wait),) if wait else ()
    return replace(draft, frames=(*draft.frames[:place], *pause))


def _before_stop(frames: Frames) -> int:
    stops = [place for place, frame in enumerate(frames) if frame.event and frame.event.name == "message_stop"]
    return stops[0] if stops else max(0, len(frames) - 1)


CUTS = {
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
        {"type": OneOf(tuple(sorted(set(TYPES.values())))), "message": text},
        PLACES,
        whole=False,
    ),
    "split": FaultKind(
        split,
        "Pieces of so many `bytes`, each its own write, torn through events and characters; `pause` before each.",
        TEAR,
        {"bytes": positive, "pause": seconds},
        needs="bytes",
    ),
    "slow_headers": FaultKind(
        slow_headers, "The time `for` (3 s) passes before the status line and the headers.", TEAR, {"for": seconds}
    ),
}
