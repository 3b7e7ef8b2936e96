"""Faults of connections: answers that are cut, end early, stall, or arrive late or in pieces."""

from __future__ import annotations

from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Frame, insert_frame, keep_first, replace_frame, set_header
from mockserver.delivery.kinds import CUT, PLACES, TEAR, FaultKind, positive, seconds
from mockserver.delivery.places import find_end, find_place, remaining_wait
from mockserver.records.budget import LIMITS
from mockserver.records.reply import Fault


def disconnect(draft: Draft, fault: Fault) -> Draft:
    """Cut the connection."""
    return _break_off(draft, fault, "abort")


def stall(draft: Draft, fault: Fault) -> Draft:
    """Fall silent for a while, or for good with the connection left open."""
    if "for" not in fault.options:
        return _break_off(draft, fault, "hang")
    draft, place = find_place(draft, fault)
    pause = fault.options["for"] + remaining_wait(draft, fault, place)
    if place == len(draft.frames):
        return insert_frame(draft, place, Frame(b"", delay=pause))
    frame = draft.frames[place]
    return replace_frame(draft, place, replace(frame, delay=frame.delay + pause))


def truncate(draft: Draft, fault: Fault) -> Draft:
    """End cleanly, but too early: a stream without its last event, unless a place is given."""
    draft, place = find_place(draft, fault, find_end)
    return keep_first(draft, place, remaining_wait(draft, fault, place))


def split(draft: Draft, fault: Fault) -> Draft:
    """Split the bytes into pieces of one size, regardless of events and UTF-8 characters.

    Where these would be more than ``LIMITS.pieces``, they are larger.
    """
    length = sum([len(frame.data) for frame in draft.frames])
    size, pause = max(fault.options["bytes"], -(-length // LIMITS.pieces)), fault.options.get("pause", 0.0)
    pieces: list[Frame] = []
    for frame in draft.frames:
        chunks = [frame.data[start : start + size] for start in range(0, len(frame.data), size)] or [b""]
        frames = [Frame(chunk, delay=pause) for chunk in chunks]
        frames[0] = replace(frames[0], delay=frame.delay + pause)
        frames[-1] = replace(frames[-1], event=frame.event)
        pieces += frames
    return replace(draft, frames=tuple(pieces), is_split=True)


def slow_headers(draft: Draft, fault: Fault) -> Draft:
    """Wait before the status line and headers."""
    return replace(draft, delay=draft.delay + fault.options.get("for", 3.0))


def _break_off(draft: Draft, fault: Fault, end: str) -> Draft:
    draft, place = find_place(draft, fault)
    if not draft.stream:
        # The response promises its whole length, and sends only a part.
        size = sum(len(frame.data) for frame in draft.frames)
        draft = set_header(draft, "content-length", str(size))
    return replace(keep_first(draft, place, remaining_wait(draft, fault, place)), end=end)


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
        "A clean end too early: without the last event, or at the place given; a whole body ends half-way.",
        CUT,
        places=PLACES,
    ),
}
TEARS = {
    "split": FaultKind(
        split,
        "Pieces of so many `bytes`, each its own write, torn through events and characters; `pause` before each.",
        TEAR,
        {"bytes": positive, "pause": seconds},
        needs=("bytes",),
    ),
    "slow_headers": FaultKind(
        slow_headers, "The time `for` (3 s) passes before the status line and the headers.", TEAR, {"for": seconds}
    ),
}
