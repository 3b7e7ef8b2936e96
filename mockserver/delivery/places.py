"""The place in an answer where a fault strikes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Frame, Frames
from mockserver.records.reply import Fault


def find_middle(frames: Frames) -> int:
    """The number of frames before the middle: the default place of most faults."""
    return (len(frames) + 1) // 2


def find_end(frames: Frames) -> int:
    """The number of frames before the event that ends a stream, or else before the last frame."""
    ends = (index for index, frame in enumerate(frames) if frame.event and frame.event.is_last)
    return next(ends, max(0, len(frames) - 1))


def has_place(fault: Fault) -> bool:
    """Whether the fault names its place."""
    return not (fault.after_events is None and fault.after_ms is None and fault.at_block is None)


def find_place(draft: Draft, fault: Fault, default: Callable[[Frames], int] = find_middle) -> tuple[Draft, int]:
    """Find where a fault strikes: the number of frames before it. A whole body is split into halves first.

    ``default`` finds the place when the fault names none. A number of events beyond the last means the end; a time
    after the end means before the last frame.
    """
    if not draft.stream and len(draft.frames) == 1:
        draft, default = _halve(draft), find_middle
    if fault.after_ms is not None:
        return _place_at_time(draft, fault.after_ms)
    if fault.at_block is not None and draft.stream:
        return draft, _place_in_block(draft.frames, fault.at_block)
    if fault.after_events is not None:
        return draft, _place_after_events(draft, fault.after_events)
    return draft, default(draft.frames)


def remaining_wait(draft: Draft, fault: Fault, place: int) -> float:
    """Seconds to wait before ``place`` so that a fault strikes at its time."""
    if fault.after_ms is None:
        return 0.0
    passed = _sum_delays(draft)[place - 1] if place else 0.0
    return max(0.0, fault.after_ms / 1000 - draft.delay - passed)


def _sum_delays(draft: Draft) -> list[float]:
    return list(accumulate(frame.delay for frame in draft.frames))


def _place_at_time(draft: Draft, moment: int) -> tuple[Draft, int]:
    # An answer that ends earlier keeps its last frame back, so that the fault is seen.
    if draft.delay * 1000 > moment:
        return replace(draft, delay=moment / 1000), 0
    due = sum((draft.delay + passed) * 1000 <= moment for passed in _sum_delays(draft))
    return draft, max(0, min(due, len(draft.frames) - 1))


def _place_in_block(frames: Frames, block: int) -> int:
    starts = (index for index, frame in enumerate(frames, start=1) if frame.event and frame.event.opened_block == block)
    return next(starts, len(frames))


def _place_after_events(draft: Draft, events: int) -> int:
    if not draft.stream:
        return min(events, 1)
    seen = accumulate(frame.event is not None for frame in draft.frames)
    return next((at + 1 for at, count in enumerate(seen) if count >= events), len(draft.frames)) if events else 0


def _halve(draft: Draft) -> Draft:
    (whole,) = draft.frames
    half = len(whole.data) // 2
    return replace(draft, frames=(replace(whole, data=whole.data[:half]), Frame(whole.data[half:])))
