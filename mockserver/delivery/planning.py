"""Plans the delivery of an answer: its events or body, timed by a pace and changed by faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Frame, Frames
from mockserver.delivery.kinds import FaultKind
from mockserver.delivery.pace import CHARACTERS_PER_TOKEN, compute_delays
from mockserver.records.budget import LIMITS
from mockserver.records.delivery import Delivery, Headers, Piece
from mockserver.records.events import StreamEvent
from mockserver.records.reply import Fault, Pace

NO_KINDS: Mapping[str, FaultKind] = {}


def deliver_stream(
    events: Sequence[StreamEvent],
    *,
    headers: Headers,
    status: int = 200,
    pace: Pace | None = None,
    tokens: int = 0,
    faults: tuple[Fault, ...] = (),
    kinds: Mapping[str, FaultKind] = NO_KINDS,
    seed: int = 0,
) -> Delivery:
    """A stream in as few pieces as its pace and faults allow: one, when there are none.

    Args:
        events: the events of the stream.
        headers: its headers.
        status: its status.
        pace: how fast it is sent; None: at once.
        tokens: the output tokens of the answer, which the pace counts; 0: they are estimated.
        faults: the faults to apply.
        kinds: the faults of the wire format by name.
        seed: decides the jitter.

    Returns:
        The delivery. A piece without bytes is only a pause.
    """
    draft = draft_stream(events, headers=headers, status=status, pace=pace, tokens=tokens, seed=seed)
    return finish(strike(draft, faults, kinds))


def draft_stream(
    events: Sequence[StreamEvent],
    *,
    headers: Headers = (),
    status: int = 200,
    pace: Pace | None = None,
    tokens: int = 0,
    seed: int = 0,
) -> Draft:
    """The stream of ``deliver_stream`` before any fault."""
    frames = tuple([Frame(event.encode(), event) for event in events])
    weights = [event.weight for event in events]
    return Draft(status, headers, set_pace(frames, weights, pace, tokens=tokens, seed=seed), stream=True)


def deliver_frames(
    frames: Frames,
    *,
    headers: Headers,
    status: int = 200,
    pace: Pace | None = None,
    faults: tuple[Fault, ...] = (),
    kinds: Mapping[str, FaultKind] = NO_KINDS,
    seed: int = 0,
) -> Delivery:
    """A stream that was written by others: its events and what stands between them.

    A pace counts the text in its events; where none has any, each event is a token. The first event comes after
    ``pace.first``, whatever it holds. The arguments are those of ``deliver_stream``.
    """
    draft = draft_frames(frames, headers=headers, status=status, pace=pace, seed=seed)
    return finish(strike(draft, faults, kinds))


def draft_frames(
    frames: Frames, *, headers: Headers = (), status: int = 200, pace: Pace | None = None, seed: int = 0
) -> Draft:
    """The stream of ``deliver_frames`` before any fault."""
    weights = [frame.event.weight if frame.event else 0 for frame in frames]
    if not any(weights):
        weights = [CHARACTERS_PER_TOKEN if frame.event else 0 for frame in frames]
    first = next((index for index, frame in enumerate(frames) if frame.event), None)
    if first is not None:
        weights[first] = 0
    return Draft(status, headers, set_pace(frames, weights, pace, seed=seed), stream=True)


def deliver_whole(
    body: bytes,
    *,
    headers: Headers,
    status: int = 200,
    pace: Pace | None = None,
    tokens: int = 0,
    faults: tuple[Fault, ...] = (),
    kinds: Mapping[str, FaultKind] = NO_KINDS,
    seed: int = 0,
    events: Sequence[StreamEvent] = (),
) -> Delivery:
    """A body sent whole, with its ``content-length``, which ``headers`` does not hold.

    With a pace it leaves after the time that the stream of ``events`` would take; without events (an error) after
    ``pace.first``.
    The other arguments are those of ``deliver_stream``.
    """
    delay = 0.0
    if pace:
        weights = [event.weight for event in events]
        delay = sum(compute_delays(weights, pace, tokens=tokens, seed=seed)) if weights else pace.first
    if not faults:
        return Delivery(status, (*headers, ("content-length", str(len(body)))), (Piece(body),), "close", delay)
    draft = Draft(status, headers, (Frame(body),), stream=False, delay=delay)
    return finish(strike(draft, faults, kinds))


def set_pace(frames: Frames, weights: Sequence[int], pace: Pace | None, *, tokens: int = 0, seed: int = 0) -> Frames:
    """The frames with the delays that a pace gives them by their weights; None: as they are."""
    if pace is None:
        return frames
    delays = compute_delays(weights, pace, tokens=tokens, seed=seed)
    return tuple([replace(frame, delay=delay) for frame, delay in zip(frames, delays, strict=True)])


def strike(draft: Draft, faults: tuple[Fault, ...], kinds: Mapping[str, FaultKind]) -> Draft:
    """Apply faults: in the order of their ranks (content, bytes, cuts), those of one rank as given."""
    for fault in order(faults, kinds):
        draft = kinds[fault.then].strike(draft, fault)
    return draft


def order(faults: tuple[Fault, ...], kinds: Mapping[str, FaultKind]) -> list[Fault]:
    """Faults in the order in which they apply; those of other formats change nothing."""
    return sorted([fault for fault in faults if fault.then in kinds], key=lambda fault: kinds[fault.then].rank)


def finish(draft: Draft) -> Delivery:
    """The delivery of a draft in as few pieces as its delays and faults allow."""
    headers = draft.headers
    if not draft.stream:
        headers = _add_length(headers, sum(len(frame.data) for frame in draft.frames))
    return Delivery(draft.status, headers, _make_pieces(draft), draft.end, draft.delay)


def _add_length(headers: Headers, size: int) -> Headers:
    """The headers with the length of the body, unless they hold one already."""
    if "content-length" in dict(headers):
        return headers
    return (*headers, ("content-length", str(size)))


def _make_pieces(draft: Draft) -> tuple[Piece, ...]:
    """Join frames without a delay between them into one piece, unless a fault split them.

    Of very many pieces some are joined, which leave after the pauses of all of them.
    """
    groups: list[list[Frame]] = []
    for frame in draft.frames:
        if not groups or frame.delay or draft.is_split:
            groups.append([])
        groups[-1].append(frame)
    if len(groups) > LIMITS.pieces:
        step = -(-len(groups) // LIMITS.pieces)
        groups = [[*chain(*groups[start : start + step])] for start in range(0, len(groups), step)]
    return tuple([_join(group) for group in groups])


def _join(frames: list[Frame]) -> Piece:
    events = sum([frame.event is not None for frame in frames])
    return Piece(b"".join([frame.data for frame in frames]), sum([frame.delay for frame in frames]), events)
