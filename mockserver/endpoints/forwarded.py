"""The conclusions of calls that an upstream answers, or would have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver.endpoints.conclusion import Conclusion, conclude, translate_body
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.forwarding import Forwarding
from mockserver.recordings.answers import read_message
from mockserver.records.delivery import Delivery
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.reply import JSON, NO_RETRY, Failure, Raw, StoredReply, Value
from mockserver.reference.costs import find_cost, read_tokens
from mockserver.store import CallRecord
from mockserver.store.reports import find_model, parse_shallow
from mockserver.wires import WIRES

# It is never sent.
_NOTHING = Delivery(502, (), ())
# Bytes of an answer of which the message is looked for.
MOST_FOLDED = 256 * 1024
_TYPES = {504: "timeout_error", 508: "api_error"}


class UpstreamAnswer(Struct, frozen=True):
    """What the journal keeps of an answer: its status, content type, and body, decoded; "" when that is too large."""

    status: int
    media_type: str = ""
    body: bytes = b""


def hand_on(forwarding: Forwarding) -> Conclusion:
    """The conclusion that says what is forwarded."""
    return Conclusion(_NOTHING, _make_record(forwarding), forwarding.arrival.session, forward=forwarding)


def conclude_answered(forwarding: Forwarding, answer: UpstreamAnswer) -> Conclusion:
    """The conclusion once an upstream has answered: for journal and figures, since the answer has left.

    The journal does not keep the upstream's key, which callers do not know, where the answer repeats it.
    """
    from mockserver.recordings.redacting import hide_known  # only for those who record

    secrets, size = forwarding.recorder.upstream.secrets, len(answer.body)
    answer = replace(answer, body=hide_known(answer.body, secrets))
    came = _make_response(answer)
    frames = WIRES[forwarding.arrival.wire].read_frames(answer.body) if came.is_stream else ()
    outcome, message = _read_outcome(answer, came, forwarding)
    tokens = read_tokens(message["usage"]) if message else None
    record = replace(
        _make_record(forwarding),
        status=answer.status,
        outcome=outcome,
        size=size,
        events_total=sum([frame.event is not None for frame in frames]),
        tokens=tokens,
        cost=find_cost(message, tokens, forwarding.lookup) if message and tokens else None,
    )
    return Conclusion(
        Delivery(answer.status, (), ()), record, forwarding.arrival.session, place=forwarding.arrival.place
    )


def conclude_failed(forwarding: Forwarding, status: int, message: str, *, is_final: bool = False) -> Conclusion:
    """The conclusion when no answer can be had of an upstream: the API's error body with this status.

    ``is_final`` tells clients that no retry can mend it.
    """
    headers = NO_RETRY if is_final else {}
    failure = Failure(status, _TYPES.get(status, "api_error"), message, headers=headers, is_ours=True)
    concluded = conclude(forwarding.arrival, Decision(failure))
    record = concluded.record
    mine = replace(_make_record(forwarding), status=record.status, outcome=record.outcome, size=record.size)
    return replace(concluded, record=mine)


def _make_record(forwarding: Forwarding) -> CallRecord:
    arrival = forwarding.arrival
    return CallRecord(
        call=arrival.call.without_spool(),
        endpoint=arrival.endpoint,
        request_id=arrival.request_id,
        candidates=forwarding.candidates,
        model=(arrival.endpoint and find_model(arrival.call.body)) or None,
        forwarded=True,
        objection=forwarding.objection,
        wire=arrival.wire,
        read=translate_body(arrival.call, WIRES[arrival.wire]),
    )


def _make_response(answer: UpstreamAnswer) -> RecordedResponse:
    headers = (("content-type", answer.media_type),) if answer.media_type else ()
    return RecordedResponse(answer.status, headers, (Chunk(answer.body),))


def _read_outcome(
    answer: UpstreamAnswer, came: RecordedResponse, forwarding: Forwarding
) -> tuple[StoredReply | Raw | Value, Mapping[str, Any] | None]:
    """What the journal keeps, and the message in it, if there is one."""
    from mockserver.recordings.redacting import hide_known  # only for those who record

    message = read_message(came) if len(answer.body) <= MOST_FOLDED else None
    if message is not None:
        # A stream may bring the key in parts.
        secrets = forwarding.recorder.upstream.secrets
        whole = hide_known(orjson.dumps(message), secrets) if came.is_stream else answer.body
        return StoredReply(whole, is_recorded=True), message
    if answer.media_type.startswith(JSON) and isinstance(parse_shallow(answer.body), dict):
        return Value(answer.body, status=answer.status), None
    body = _redact_stream(forwarding, came) if came.is_stream else answer.body
    return Raw(answer.status, body, dict(came.headers)), None


def _redact_stream(forwarding: Forwarding, came: RecordedResponse) -> bytes:
    """The body of a stream without a message, whose deltas may hold a secret in parts; of a large one nothing."""
    if len(came.body) > MOST_FOLDED:
        return b""
    from mockserver.recordings.redacting import make_rules, redact  # only for those who record

    asked = RecordedRequest("POST", "", forwarding.arrival.call.headers)
    secrets = forwarding.recorder.upstream.secrets
    return redact(RecordedExchange(asked, came), make_rules(()), secrets).response.body
