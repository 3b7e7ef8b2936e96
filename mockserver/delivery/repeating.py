"""Puts one frame into a stream again and again: after every few events, or every few seconds."""

from __future__ import annotations

from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Frame, Frames
from mockserver.delivery.places import find_place, has_place, remaining_wait
from mockserver.records.budget import LIMITS
from mockserver.records.reply import Fault


def repeat_frame(draft: Draft, fault: Fault, added: Frame, natural: int, end: int) -> Draft:
    """Add a frame where a fault strikes, and then again as its option ``every`` says.

    Args:
        draft: the stream.
        fault: with ``every``, the events between two frames (0: no frame at all), or as a float the seconds, which a
            pace must fill. Without it the frame comes once at the fault's place, or without a place after each event.
        added: the frame.
        natural: the place of the first one, if the fault names none.
        end: the last place where one may stand.

    Seconds without a place fill the pauses before the natural place, too. No more are added than ``LIMITS.comments``,
    nor more bytes than ``LIMITS.comment_bytes``.
    """
    every = fault.options.get("every", None if has_place(fault) else 1)
    if every == 0:
        return draft
    draft, place = find_place(draft, fault, lambda _frames: natural)
    place = min(place, end)
    first = replace(added, delay=remaining_wait(draft, fault, place))
    earlier, later = draft.frames[:place], draft.frames[place:]
    most = max(1, min(LIMITS.comments, LIMITS.comment_bytes // len(added.data)))
    if isinstance(every, float):
        every = max(every, sum([frame.delay for frame in draft.frames]) / most)
        earlier = earlier if has_place(fault) else _fill_pauses(earlier, added, every)
        later = _fill_pauses(later, added, every)
    elif every:
        later = _fill_gaps(later, added, max(every, -(-len(later) // most)), end - place)
    return replace(draft, frames=(*earlier, first, *later))


def _fill_gaps(frames: Frames, added: Frame, every: int, end: int) -> Frames:
    filled: list[Frame] = []
    events = 0
    for place, frame in enumerate(frames, start=1):
        filled.append(frame)
        if frame.event is None:
            continue
        events += 1
        if events % every == 0 and place <= end:
            filled.append(added)
    return tuple(filled)


def _fill_pauses(frames: Frames, added: Frame, every: float) -> Frames:
    filled: list[Frame] = []
    passed = 0.0
    for frame in frames:
        left = frame.delay
        while passed + left > every:
            filled.append(replace(added, delay=every - passed))
            left, passed = left - (every - passed), 0.0
        filled.append(replace(frame, delay=left))
        passed += left
    return tuple(filled)
