"""Tells where the faults of a stream strike it, and which of its events they keep from leaving."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Frames
from mockserver.delivery.kinds import CUT, FaultKind
from mockserver.delivery.planning import order, strike
from mockserver.records.reply import Fault


class Trace(Struct, frozen=True):
    """A stream with its faults.

    ``places`` has a row for each fault in the order in which they apply: the number of events before the place where it
    strikes; None: it changes nothing. ``lost`` are the frames that were cut off.
    """

    draft: Draft
    places: tuple[tuple[Fault, int | None], ...] = ()
    lost: Frames = ()


def trace(draft: Draft, faults: tuple[Fault, ...], kinds: Mapping[str, FaultKind]) -> Trace:
    """Apply faults as `planning.strike` does, and note what they do."""
    found = Trace(draft)
    for fault in order(faults, kinds):
        before, after = found.draft, strike(found.draft, (fault,), kinds)
        same = _count_same(before.frames, after.frames)
        place = _find_place(before, after, same)
        lost = found.lost
        if kinds[fault.then].rank == CUT and _count_events(after.frames) < _count_events(before.frames):
            lost = (*before.frames[same:], *lost)
        found = replace(found, draft=after, places=(*found.places, (fault, place)), lost=lost)
    return found


def _find_place(before: Draft, after: Draft, same: int) -> int | None:
    """The events before the first thing that differs; headers come before all of them."""
    if before == after:
        return None
    has_other_head = (before.status, before.headers, before.delay) != (after.status, after.headers, after.delay)
    return 0 if has_other_head else _count_events(before.frames[:same])


def _count_same(before: Frames, after: Frames) -> int:
    """The frames at the beginning that are the same in both."""
    for index, (old, new) in enumerate(zip(before, after, strict=False)):
        if old is not new and old != new:
            return index
    return min(len(before), len(after))


def _count_events(frames: Frames) -> int:
    return sum([frame.event is not None for frame in frames])
