"""How an outcome becomes a delivery, in the wire format of its route."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver.blocks.partial_json import TornInput
from mockserver.delivery import deliver_frames, deliver_stream, deliver_whole
from mockserver.delivery.headers import merge_headers
from mockserver.endpoints.replaying import NO_BODY, deliver_recorded
from mockserver.records.call import Call
from mockserver.records.delivery import Delivery, Headers, Piece
from mockserver.records.reply import (
    JSON,
    Block,
    Content,
    Failure,
    Outcome,
    Raw,
    Recorded,
    Reply,
    StoredReply,
    StreamPlan,
    Value,
)
from mockserver.wires import Wire

# Bytes of a content that leaves in one piece.
WHOLE = 256 * 1024
# Bytes of a recorded stream that the journal keeps as it left.
MOST_KEPT = 64 * 1024
_NOT_TORN: Mapping[int, tuple[str, ...]] = {}


class Rendering(Struct, frozen=True):
    """A delivery, the outcome as the journal keeps it, the number of events of a stream, and the bytes of a body that
    is not among the delivery's pieces.
    """

    delivery: Delivery
    outcome: StoredReply | Failure | Raw | Value
    events: int = 0
    size: int = 0


class Context(Struct, frozen=True):
    """The exchange that an outcome is rendered for: its wire, the time of the call, and so on."""

    wire: Wire
    at: float
    request_id: str
    stream: bool
    seed: int


def render(
    outcome: Outcome,
    wire: Wire,
    call: Call,
    request_id: str,
    *,
    stream: bool,
    seed: int,
    form: Mapping[str, Any] | None = None,
) -> Rendering:
    """Make the delivery of an outcome.

    Args:
        outcome: what was decided.
        wire: the wire format of the route.
        call: the call that it answers.
        request_id: the id of the exchange, for its headers.
        stream: whether the caller asked for a stream.
        seed: decides what a pace or a fault leaves to chance.
        form: what the request says of the form of a reply, see ``Prompt.form``.
    """
    if form and isinstance(outcome, Reply):
        outcome = replace(outcome, form=form)
    return RENDERERS[type(outcome)](outcome, Context(wire, call.at, request_id, stream, seed))


def _render_reply(reply: Reply, context: Context) -> Rendering:
    wire, usage = context.wire, reply.message["usage"]
    # The journal keeps the Messages form: the body itself where the wire has it.
    kept = orjson.dumps(reply.message) if wire.translate else wire.write(reply)
    headers = wire.success_head(
        request_id=context.request_id,
        at=context.at,
        stream=context.stream,
        used=(usage["input_tokens"], usage["output_tokens"]),
        extra=reply.headers,
    )
    if context.stream:
        stored = StoredReply(kept, reply.faults, reply.is_recorded, _plan_stream(reply), reply.form)
        return _render_stream(reply, headers, stored, wire)
    stored = StoredReply(kept, reply.faults, reply.is_recorded, form=reply.form)
    delivery = deliver_whole(
        wire.write(reply) if wire.translate else kept,
        headers=headers,
        pace=reply.pace,
        tokens=usage["output_tokens"],
        faults=reply.faults,
        kinds=wire.faults,
        seed=reply.seed,
        # They only say how long the stream would have taken.
        events=wire.unfold(reply) if reply.pace else (),
    )
    return Rendering(delivery, stored)


def _render_stream(reply: Reply, headers: Headers, stored: StoredReply, wire: Wire) -> Rendering:
    if reply.pace is None and not reply.faults:
        data, count = wire.stream(reply)
        return Rendering(Delivery(200, headers, (Piece(data, 0.0, count),)), stored, count)
    events = wire.unfold(reply)
    delivery = deliver_stream(
        events,
        headers=headers,
        pace=reply.pace,
        tokens=reply.message["usage"]["output_tokens"],
        faults=reply.faults,
        kinds=wire.faults,
        seed=reply.seed,
    )
    return Rendering(delivery, stored, len(events))


def _plan_stream(reply: Reply) -> StreamPlan:
    """What the journal needs besides the message to unfold the same stream again."""
    torn = _NOT_TORN
    for block in reply.message.get("content") or ():
        if type(block.get("input")) is TornInput:
            torn = _list_torn(reply.message["content"])
    return StreamPlan(reply.seed, reply.pace, reply.estimates, reply.pings, reply.empty, torn)


def _list_torn(content: Sequence[Block]) -> dict[int, tuple[str, ...]]:
    inputs = {index: block.get("input") for index, block in enumerate(content)}
    return {index: found.written for index, found in inputs.items() if isinstance(found, TornInput)}


def _render_failure(failure: Failure, context: Context) -> Rendering:
    wire, request_id = context.wire, context.request_id
    headers = wire.error_head(
        failure.status,
        request_id=None if failure.at_edge else request_id,
        at=context.at,
        extra=failure.headers,
    )
    body = b"" if failure.status in NO_BODY else wire.error(failure, request_id)
    return Rendering(_deliver_body(failure, body, headers, context), failure)


def _render_raw(raw: Raw, context: Context) -> Rendering:
    body, headers = b"" if raw.status in NO_BODY else raw.body, merge_headers((), raw.headers)
    if not (raw.stream and body):
        return Rendering(_deliver_body(raw, body, headers, context), raw)
    frames = context.wire.read_frames(body)
    delivery = deliver_frames(
        frames,
        headers=headers,
        status=raw.status,
        pace=raw.pace,
        faults=raw.faults,
        kinds=context.wire.faults,
        seed=context.seed,
    )
    if raw.faults:
        raw = replace(raw, seed=context.seed)
    return Rendering(delivery, raw, sum([frame.event is not None for frame in frames]))


def _render_value(value: Value, context: Context) -> Rendering:
    extra = value.headers if value.media_type == JSON else {"content-type": value.media_type, **value.headers}
    headers = context.wire.success_head(request_id=context.request_id, at=context.at, extra=extra)
    body = b"" if value.status in NO_BODY else value.body
    return Rendering(_deliver_body(value, body, headers, context), value)


def _render_content(content: Content, context: Context) -> Rendering:
    headers = context.wire.success_head(
        request_id=context.request_id, at=context.at, extra={"content-type": content.media_type, **content.headers}
    )
    stored = Value(b"", content.media_type, headers=content.headers, faults=content.faults, pace=content.pace)
    if content.size <= WHOLE or content.faults or content.pace:
        return Rendering(_deliver_body(content, b"".join(content.read()), headers, context), stored)
    delivery = Delivery(200, (*headers, ("content-length", str(content.size))), (), source=content.read)
    return Rendering(delivery, stored, size=content.size)


def _render_recorded(recorded: Recorded, context: Context) -> Rendering:
    response = recorded.response
    delivery, events = deliver_recorded(recorded, context.wire, context.seed)
    size = recorded.size if delivery.source is not None else 0
    stored: StoredReply | Raw
    if recorded.message is not None:
        pieces = tuple([piece.data for piece in delivery.pieces]) if response.is_stream else ()
        stream = StreamPlan(pieces=pieces) if 0 < sum(map(len, pieces)) <= MOST_KEPT else None
        stored = StoredReply(orjson.dumps(recorded.message), recorded.faults, is_recorded=True, stream=stream)
    else:
        body = b"" if response.content is not None else response.body
        stored = Raw(response.status, body, dict(response.headers), recorded.faults, recorded.pace, response.is_stream)
    return Rendering(delivery, stored, events, size)


def _deliver_body(
    outcome: Failure | Raw | Value | Content, body: bytes, headers: Headers, context: Context
) -> Delivery:
    return deliver_whole(
        body,
        headers=headers,
        status=200 if isinstance(outcome, Content) else outcome.status,
        pace=outcome.pace,
        faults=outcome.faults,
        kinds=context.wire.faults,
        seed=context.seed,
    )


# A further kind of outcome is a function above and a row here.
RENDERERS: Mapping[type[Outcome], Callable[[Any, Context], Rendering]] = {
    Reply: _render_reply,
    Failure: _render_failure,
    Raw: _render_raw,
    Value: _render_value,
    Content: _render_content,
    Recorded: _render_recorded,
}
