"""The events of a streamed answer as they left: unfolded again from what the journal keeps of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver.blocks.partial_json import TornInput
from mockserver.control.events import Event, read_events
from mockserver.delivery.draft import Draft, Frame
from mockserver.delivery.planning import draft_frames, draft_stream, finish
from mockserver.delivery.tracing import Trace, trace
from mockserver.records.delivery import Delivery, Headers, Piece
from mockserver.records.masks import Scrubber
from mockserver.records.reply import Failure, Fault, Raw, Reply, StoredReply, StreamPlan
from mockserver.store import Departure, JournalEntry
from mockserver.store.calls import unpack_times
from mockserver.wires import Wire

STREAM = "text/event-stream"
NOT_STREAMED = "The answer was not streamed: it left whole."
STRUCK_WHOLE = "The answer was not streamed: this is its body, as the faults left it."
UNANSWERED = "There is no answer yet."
LEAVING = "The answer is still leaving: which events have left is known at its end."
PASSED_ON = "An upstream answered this request: its events were passed on as they came, and not kept."
NOT_KEPT = "The events of this answer were not kept: it was recorded and is long, or an older version wrote the entry."
MASKED = "Secrets are masked, so events may be cut at other places than those that left."


class Timeline(Struct, frozen=True):
    """A stream as it left, and what was to leave behind it; ``note`` says why there is none, or what differs."""

    delivery: Delivery | None = None
    trace: Trace | None = None
    note: str | None = None


def show_timeline(stored: JournalEntry, scrubber: Scrubber, wire: Wire) -> dict[str, Any]:
    """The events of an answer with their times, whether they left, the faults that struck it, and how it ended.

    An event is what a client of server-sent events reads, with its data parsed where it is JSON. What such a client
    passes over (a comment, half an event) has no name, and its bytes as text. ``wire`` is the format that was spoken.
    """
    outcome, departure = stored.record.outcome, stored.departure
    timeline = _restore(stored, scrubber, wire)
    shown = {"events": _list_events(timeline, departure, wire), "faults": _list_faults(timeline.trace, outcome)}
    note = timeline.note
    if note is None and departure is None:
        note = LEAVING
    return {**scrubber.value(shown), "end": _find_end(timeline.delivery, departure), "note": note}


def _restore(stored: JournalEntry, scrubber: Scrubber, wire: Wire) -> Timeline:
    """The delivery of a streamed answer, made again."""
    record = stored.record
    outcome = record.outcome
    if outcome is None:
        return Timeline(note=UNANSWERED)
    if isinstance(outcome, StoredReply):
        if outcome.stream is not None:
            head = wire.every_head(record.request_id) if wire.every_head else ()
            return _restore_reply(outcome, outcome.stream, head, scrubber, wire)
        if record.forwarded:
            return Timeline(note=PASSED_ON)
        if record.events_total:
            return Timeline(note=NOT_KEPT)
        return _restore_whole(_write_whole(outcome, scrubber, wire), outcome.faults, wire)
    if isinstance(outcome, Failure):
        body = wire.error(outcome, record.request_id)
        return _restore_whole(scrubber.document(body), outcome.faults, wire, outcome.status)
    if isinstance(outcome, Raw) and (outcome.stream or _has_events(outcome)):
        return _restore_raw(outcome, scrubber, wire)
    if isinstance(outcome, Raw):
        return _restore_whole(scrubber.document(outcome.body), outcome.faults, wire, outcome.status)
    return Timeline(note=NOT_STREAMED)


def _has_events(raw: Raw) -> bool:
    return any(name.lower() == "content-type" and value.startswith(STREAM) for name, value in raw.headers.items())


def _write_whole(stored: StoredReply, scrubber: Scrubber, wire: Wire) -> bytes:
    message = scrubber.document(stored.message)
    if wire.translate is None or stored.is_recorded:
        return message
    return scrubber.document(wire.write(Reply(orjson.loads(message), {}, form=stored.form)))


def _restore_reply(stored: StoredReply, plan: StreamPlan, head: Headers, scrubber: Scrubber, wire: Wire) -> Timeline:
    if plan.pieces:
        pieces = tuple(Piece(data) for data in _redact(plan.pieces, scrubber))
        return Timeline(Delivery(200, (), pieces, end=""))
    shown = scrubber.document(stored.message)
    message = orjson.loads(shown)
    if shown == stored.message:
        message = {**message, "content": _tear(message.get("content") or (), plan)}
    reply = Reply(
        *(message, {}, stored.faults, plan.pace, plan.seed, plan.estimates),
        pings=plan.pings,
        empty=plan.empty,
        form=scrubber.value(stored.form),
    )
    tokens = message["usage"]["output_tokens"]
    draft = draft_stream(wire.unfold(reply), headers=head, pace=plan.pace, tokens=tokens, seed=plan.seed)
    found = trace(draft, stored.faults, wire.faults)
    return Timeline(finish(found.draft), found, None if shown == stored.message else MASKED)


def _tear(content: Sequence[Mapping[str, Any]], plan: StreamPlan) -> list[Mapping[str, Any]]:
    """The blocks, with what was written of the inputs that were cut off."""
    return [
        {**block, "input": TornInput(plan.torn[index])} if index in plan.torn else block
        for index, block in enumerate(content)
    ]


def _restore_whole(body: bytes, faults: tuple[Fault, ...], wire: Wire, status: int = 200) -> Timeline:
    """A body that left in one, when faults changed it."""
    draft = Draft(status, (), (Frame(body),), stream=False)
    found = trace(draft, faults, wire.faults)
    if found.draft == draft:
        return Timeline(trace=found, note=NOT_STREAMED)
    return Timeline(finish(found.draft), found, STRUCK_WHOLE)


def _restore_raw(raw: Raw, scrubber: Scrubber, wire: Wire) -> Timeline:
    (body,) = _redact([raw.body], scrubber)
    draft = draft_frames(wire.read_frames(body), pace=raw.pace, seed=raw.seed)
    found = trace(draft, raw.faults, wire.faults)
    return Timeline(finish(found.draft), found, None if body == raw.body else MASKED)


def _redact(pieces: Sequence[bytes], scrubber: Scrubber) -> list[bytes]:
    """The pieces of a stream without the secrets of the call, which may stand in parts in several deltas."""
    from mockserver.recordings.redacting import make_rules  # with all that reads recordings: rarely needed
    from mockserver.recordings.redacting.bodies import redact_pieces

    return redact_pieces(pieces, STREAM, replace(make_rules(()), secrets=scrubber.list_secrets()))


def _list_events(timeline: Timeline, departure: Departure | None, wire: Wire) -> list[dict[str, Any]]:
    delivery = timeline.delivery
    if delivery is None:
        return []
    pieces = [piece.data for piece in delivery.pieces]
    sent, times = _list_times(delivery, departure)
    ends = [*accumulate(map(len, pieces))]
    shown = []
    body = b"".join(pieces)
    is_stream = timeline.note != STRUCK_WHOLE
    for event in read_events(wire.read_frames(body) if is_stream else [Frame(body)]):
        piece = bisect_left(ends, event.end)
        shown.append(_show(event, times[piece] if piece < sent else None, has_left=piece < sent))
    lost = () if timeline.trace is None else timeline.trace.lost
    return shown + [_show(event, None, has_left=False) for event in read_events(lost)]


def _show(event: Event, at: float | None, *, has_left: bool) -> dict[str, Any]:
    return {"event": event.name, "data": event.data, "at_ms": None if at is None else round(at, 3), "sent": has_left}


def _list_times(delivery: Delivery, departure: Departure | None) -> tuple[int, Sequence[float | None]]:
    """How many of the pieces left, and when each did, in milliseconds; None: that was not measured."""
    if departure is None:
        return 0, ()
    pieces = delivery.pieces
    if departure.pieces:
        return min(departure.pieces, len(pieces)), unpack_times(departure)
    if departure.events_sent >= sum([piece.events for piece in pieces]) and not departure.hung_up:
        return len(pieces), [departure.first_ms] * len(pieces)
    # An older version wrote it.
    counts = accumulate([piece.events for piece in pieces])
    sent = sum(count <= departure.events_sent for count in counts) if departure.events_sent else 0
    return sent, [None] * sent


def _list_faults(found: Trace | None, outcome: object) -> list[dict[str, Any]]:
    if found is None:
        return [_describe(fault, None) for fault in getattr(outcome, "faults", ())]
    return [_describe(fault, place) for fault, place in found.places]


def _describe(fault: Fault, place: int | None) -> dict[str, Any]:
    places: Iterable[tuple[str, Any]] = (
        ("after_events", fault.after_events),
        ("after_ms", fault.after_ms),
        ("at_block", fault.at_block),
    )
    given = {name: value for name, value in places if value is not None}
    return {"then": fault.then, **given, **fault.options, "struck_after": place}


def _find_end(delivery: Delivery | None, departure: Departure | None) -> str | None:
    """How an answer ended; None where that is not known, or the client went away before."""
    if delivery is None or departure is None or not delivery.end:
        return None
    if departure.hung_up and (delivery.end != "hang" or departure.pieces < len(delivery.pieces)):
        return None
    return delivery.end
