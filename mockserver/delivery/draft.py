"""An answer while its delivery is being planned: frames of bytes, and the ways to change and cut them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.delivery import Headers
from mockserver.records.events import Event
from mockserver.records.reply import Fault

Data = Mapping[str, Any]


class Frame(Struct, frozen=True):
    """Bytes that belong together: an event, or (``event`` is None) a comment or some of a whole body.

    ``delay`` is seconds after the frame before.
    """

    data: bytes
    event: Event | None = None
    delay: float = 0.0


Frames = tuple[Frame, ...]


class Draft(Struct, frozen=True):
    """A response before it is cut into pieces. ``stream`` tells events from a whole body, which is one frame."""

    status: int
    headers: Headers
    frames: Frames
    stream: bool
    end: str = "close"
    delay: float = 0.0
    # Frames were torn on purpose: each is a piece of its own.
    torn: bool = False


Strike = Callable[[Draft, Fault], Draft]


def edit_events(draft: Draft, edit: Callable[[Data], Iterable[Data]]) -> Draft:
    """Replace each event by those that ``edit`` makes of its data: none, one or several."""
    frames: list[Frame] = []
    delay = 0.0
    for frame in draft.frames:
        if frame.event is None:
            frames.append(frame)
            continue
        # What is left out leaves its time to what follows.
        delay += frame.delay
        for data in edit(frame.event.data):
            event = frame.event if data is frame.event.data else Event(data, frame.event.padding)
            frames.append(Frame(frame.data if event is frame.event else event.encode(), event, delay))
            delay = 0.0
    return replace(draft, frames=tuple(frames))


def edit_bytes(draft: Draft, edit: Callable[[bytes], bytes]) -> Draft:
    """Change the bytes of every frame."""
    return replace(draft, frames=tuple(replace(frame, data=edit(frame.data)) for frame in draft.frames))


def edit_message(draft: Draft, edit: Callable[[dict[str, Any]], Data]) -> Draft:
    """Change the message of a whole answer; a body that is no message (an error, say) stays."""
    if draft.stream or not draft.frames:
        return draft
    message = _parsed(draft.frames[0].data)
    if not isinstance(message, dict) or message.get("type") != "message":
        return draft
    return with_body(draft, orjson.dumps(edit(message)))


def with_body(draft: Draft, body: bytes) -> Draft:
    """The same answer with another body, all in one frame."""
    delay = draft.frames[0].delay if draft.frames else 0.0
    return replace(draft, frames=(Frame(body, delay=delay),))


def with_header(draft: Draft, name: str, value: str) -> Draft:
    """The same answer with a header set, in the place of one of that name or at the end."""
    kept = tuple((key, value if key == name else given) for key, given in draft.headers)
    return replace(draft, headers=kept if (name, value) in kept else (*kept, (name, value)))


def insert(draft: Draft, place: int, *frames: Frame) -> Draft:
    """The same answer with more frames before the one at ``place``."""
    return replace(draft, frames=(*draft.frames[:place], *frames, *draft.frames[place:]))


def half_way(frames: Frames) -> int:
    """The natural place of most faults."""
    return (len(frames) + 1) // 2


def part(draft: Draft, fault: Fault, natural: Callable[[Frames], int] = half_way) -> tuple[Draft, int]:
    """Where a fault strikes: the number of frames before it. A whole body is halved first, to have an inside.

    ``natural`` finds the place when the fault names none. A number of events that never come is the end; a moment that
    comes after the end is before the last frame.
    """
    if not draft.stream and len(draft.frames) == 1:
        draft, natural = _halved(draft), half_way
    if fault.after_ms is not None:
        return _at_time(draft, fault.after_ms)
    count = len(draft.frames)
    if fault.at_block is not None and draft.stream:
        return draft, next((at + 1 for at, frame in enumerate(draft.frames) if _starts(frame, fault.at_block)), count)
    if fault.after_events is not None:
        return draft, _after(draft, fault.after_events)
    return draft, natural(draft.frames)


def wait_left(draft: Draft, fault: Fault, place: int) -> float:
    """Seconds to wait before ``place`` so that a fault strikes at its time."""
    if fault.after_ms is None:
        return 0.0
    passed = _elapsed(draft)[place - 1] if place else 0.0
    return max(0.0, fault.after_ms / 1000 - draft.delay - passed)


def _elapsed(draft: Draft) -> list[float]:
    return list(accumulate(frame.delay for frame in draft.frames))


def _at_time(draft: Draft, moment: int) -> tuple[Draft, int]:
    # An answer that is over by then keeps its last frame back, so that the fault is seen.
    if draft.delay * 1000 > moment:
        return replace(draft, delay=moment / 1000), 0
    due = sum((draft.delay + passed) * 1000 <= moment for passed in _elapsed(draft))
    return draft, max(0, min(due, len(draft.frames) - 1))


def _after(draft: Draft, events: int) -> int:
    if not draft.stream:
        return min(events, 1)
    seen = accumulate(frame.event is not None for frame in draft.frames)
    return next((at + 1 for at, count in enumerate(seen) if count >= events), len(draft.frames)) if events else 0


def _starts(frame: Frame, block: int) -> bool:
    return (
        frame.event is not None
        and frame.event.data.get("type") == "content_block_start"
        and frame.event.data.get("index") == block
    )


def _halved(draft: Draft) -> Draft:
    (whole,) = draft.frames
    half = len(whole.data) // 2
    return replace(draft, frames=(replace(whole, data=whole.data[:half]), Frame(whole.data[half:])))


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
