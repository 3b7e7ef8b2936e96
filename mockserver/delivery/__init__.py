"""Pace and faults: how an answer's bytes leave, and what goes wrong on the way. Pure: nothing here waits or sends."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.delivery.draft import Draft, Frame
from mockserver.delivery.pace import delays, duration, realtime
from mockserver.delivery.table import FAULTS, check_fault, parse_fault, strike
from mockserver.records.delivery import Delivery, Headers, Piece
from mockserver.records.events import Event
from mockserver.records.reply import Fault, Pace

__all__ = ["FAULTS", "check_fault", "deliver_stream", "deliver_whole", "parse_fault", "realtime"]


def deliver_stream(
    events: Sequence[Event],
    *,
    headers: Headers,
    status: int = 200,
    pace: Pace | None = None,
    faults: tuple[Fault, ...] = (),
    seed: int = 0,
) -> Delivery:
    """A stream in as few pieces as its pace and faults allow: one, when there are none.

    ``seed`` decides the jitter. A piece without bytes is only a pause.
    """
    waits = delays(events, pace, seed) if pace else (0.0 for _ in events)
    frames = tuple(Frame(event.encode(), event, wait) for event, wait in zip(events, waits, strict=True))
    return _deliver(strike(Draft(status, headers, frames, stream=True), faults))


def deliver_whole(
    body: bytes,
    *,
    headers: Headers,
    status: int = 200,
    pace: Pace | None = None,
    faults: tuple[Fault, ...] = (),
    seed: int = 0,
    events: Sequence[Event] | None = None,
) -> Delivery:
    """A body sent whole, with its ``content-length``, which ``headers`` does not hold.

    With a pace it waits as long as the stream of ``events`` would take; without events (an error) for ``pace.first``.
    """
    delay = duration(events, pace, seed) if pace else 0.0
    if not faults:
        return Delivery(status, _sized(headers, len(body)), (Piece(body),), "close", delay)
    draft = strike(Draft(status, headers, (Frame(body),), stream=False, delay=delay), faults)
    return _deliver(draft)


def _sized(headers: Headers, size: int) -> Headers:
    """With the length of the body, unless one is told already."""
    if "content-length" in dict(headers):
        return headers
    return (*headers, ("content-length", str(size)))


def _deliver(draft: Draft) -> Delivery:
    headers = draft.headers
    if not draft.stream:
        headers = _sized(headers, sum(len(frame.data) for frame in draft.frames))
    return Delivery(draft.status, headers, _pieces(draft), draft.end, draft.delay)


def _pieces(draft: Draft) -> tuple[Piece, ...]:
    """Frames that follow at once travel together, unless they were torn on purpose."""
    groups: list[list[Frame]] = []
    for frame in draft.frames:
        if not groups or frame.delay or draft.torn:
            groups.append([])
        groups[-1].append(frame)
    return tuple(
        Piece(
            b"".join([frame.data for frame in group]),
            group[0].delay,
            sum(frame.event is not None for frame in group),
        )
        for group in groups
    )
