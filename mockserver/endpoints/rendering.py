"""The end of the journey: what was said becomes a delivery, in the wire format of the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from msgspec import Struct

from mockserver import delivery
from mockserver.delivery.headers import merge_headers
from mockserver.records.call import Call
from mockserver.records.delivery import Delivery, Piece
from mockserver.records.reply import Failure, Outcome, Raw, Reply, Written
from mockserver.wires import WIRES
from mockserver.wires.messages.errors import error_body
from mockserver.wires.messages.headers import error_head, success_head

Said = Outcome | Mapping[str, Any]
Kept = Written | Failure | Raw | Mapping[str, Any]


class Rendered(Struct, frozen=True):
    """A delivery, what the journal keeps of it, and how many events its stream has."""

    delivery: Delivery
    kept: Kept
    events: int = 0


def render(said: Said, call: Call, request_id: str, *, stream: bool, seed: int) -> Rendered:
    """What was said, ready to be sent. ``seed`` decides what a pace or a fault leaves to chance."""
    renderer: Callable[..., Rendered] = RENDERERS.get(type(said), _value)
    return renderer(said, call, request_id, stream, seed)


def _reply(reply: Reply, call: Call, request_id: str, stream: bool, _: int) -> Rendered:
    usage = reply.message["usage"]
    used = usage["input_tokens"], usage["output_tokens"]
    head = success_head(request_id=request_id, at=call.at, stream=stream, used=used, extra=reply.headers)
    wire = WIRES["messages"]
    body = wire.body(reply)
    kept = Written(body, reply.faults)
    if stream and reply.pace is None and not reply.faults:
        data, count = wire.stream(reply)
        return Rendered(Delivery(200, head, (Piece(data, 0.0, count),)), kept, count)
    # Served whole, the events only tell how long the stream would have taken.
    events = wire.unfold(reply) if stream or reply.pace else ()
    if stream:
        made = delivery.deliver_stream(events, headers=head, pace=reply.pace, faults=reply.faults, seed=reply.seed)
        return Rendered(made, kept, len(events))
    made = delivery.deliver_whole(
        body, headers=head, pace=reply.pace, faults=reply.faults, seed=reply.seed, events=events
    )
    return Rendered(made, kept)


def _failure(failure: Failure, call: Call, request_id: str, _: bool, seed: int) -> Rendered:
    head = error_head(failure.status, request_id=request_id, at=call.at, extra=failure.headers)
    made = delivery.deliver_whole(
        error_body(failure, request_id),
        status=failure.status,
        headers=head,
        pace=failure.pace,
        faults=failure.faults,
        seed=seed,
    )
    return Rendered(made, failure)


def _raw(raw: Raw, _: Call, __: str, ___: bool, seed: int) -> Rendered:
    head = merge_headers((), raw.headers)
    # These have none; a client would take it for the beginning of the next answer.
    body = b"" if raw.status in (204, 304) else raw.body
    made = delivery.deliver_whole(body, status=raw.status, headers=head, pace=raw.pace, faults=raw.faults, seed=seed)
    return Rendered(made, raw)


def _value(value: Mapping[str, Any], call: Call, request_id: str, _: bool, __: int) -> Rendered:
    head = success_head(request_id=request_id, at=call.at)
    return Rendered(delivery.deliver_whole(orjson.dumps(value), headers=head), value)


RENDERERS: Mapping[type, Callable[..., Rendered]] = {Reply: _reply, Failure: _failure, Raw: _raw}
