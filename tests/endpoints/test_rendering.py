"""Outcomes become deliveries: status, headers and body of each kind."""

from __future__ import annotations

import pytest

from mockserver.endpoints.rendering import Rendering, render
from mockserver.records.call import Call
from mockserver.records.reply import Failure, Fault, Outcome, Pace, Raw, Reply, StoredReply, StreamPlan, Value
from mockserver.wires import WIRES
from tests.message_cases import BLOCKS, message

CALL = Call("GET", "/v1/models", {}, at=1763888400.0)
REPLY = Reply(message(BLOCKS["text"]))


def rendered(outcome: Outcome, *, stream: bool = False) -> Rendering:
    return render(outcome, WIRES["messages"], CALL, "req_1", stream=stream, seed=0)


def sent(rendering: Rendering) -> bytes:
    return b"".join(piece.data for piece in rendering.delivery.pieces)


def test_replies_are_streamed_or_sent_whole() -> None:
    wire = WIRES["messages"]
    whole, stream = rendered(REPLY), rendered(REPLY, stream=True)
    assert (sent(whole), whole.events) == (wire.write(REPLY), 0)
    assert (sent(stream), stream.events) == wire.stream(REPLY)
    assert whole.outcome == StoredReply(wire.write(REPLY))
    assert stream.outcome == StoredReply(wire.write(REPLY), stream=StreamPlan())
    assert dict(stream.delivery.headers)["content-type"] == "text/event-stream; charset=utf-8"


def test_failures_have_the_status_and_body_of_the_wire() -> None:
    rendering = rendered(Failure(529, "overloaded_error", "Overloaded"), stream=True)
    assert rendering.delivery.status == 529
    assert sent(rendering).endswith(b'"request_id":"req_1"}')
    assert dict(rendering.delivery.headers)["x-should-retry"] == "true"


def test_raw_answers_have_only_their_own_headers() -> None:
    rendering = rendered(Raw(502, b"<html>", {"Content-Type": "text/html"}))
    assert rendering.delivery.headers == (("content-type", "text/html"), ("content-length", "6"))


def test_raw_streams_have_no_length() -> None:
    body, headers = b": hi\n\ndata: 1\n\ndata: 2\n\n", {"content-type": "text/event-stream"}
    streamed, whole = rendered(Raw(200, body, headers, stream=True)), rendered(Raw(200, body, headers))
    assert (sent(streamed), streamed.events, streamed.delivery.pieces[0].events) == (body, 2, 2)
    assert streamed.delivery.headers == (("content-type", "text/event-stream"),)
    assert (sent(whole), whole.events, dict(whole.delivery.headers)["content-length"]) == (body, 0, str(len(body)))
    empty = rendered(Raw(200, b"", stream=True))
    assert (sent(empty), empty.delivery.headers) == (b"", (("content-length", "0"),))


def test_raw_streams_are_paced_and_cut() -> None:
    cut = (Fault("disconnect", after_events=2),)
    raw = Raw(200, b"data: 1\n\n" * 5, faults=cut, pace=Pace(tokens_per_second=10), stream=True)
    pieces, end = rendered(raw).delivery.pieces, rendered(raw).delivery.end
    assert [(piece.data, piece.delay) for piece in pieces] == [
        (b"data: 1\n\n", 0.0),
        (b"data: 1\n\n", 0.1),
    ]
    assert end == "abort"


def test_values_may_be_anything() -> None:
    plain, table = rendered(Value(b"[1]")), rendered(Value(b"a,b", "text/csv", 202, {"x-more": "1"}))
    assert (plain.delivery.status, sent(plain)) == (200, b"[1]")
    assert plain.delivery.headers[:2] == (("content-type", "application/json"), ("request-id", "req_1"))
    assert (table.delivery.status, sent(table)) == (202, b"a,b")
    headers = dict(table.delivery.headers)
    assert (headers["content-type"], headers["x-more"], headers["content-length"]) == ("text/csv", "1", "3")


@pytest.mark.parametrize(
    "outcome",
    [
        Raw(204, b"some"),
        Raw(304, b"some"),
        Raw(204, b"a", stream=True),
        Value(b"some", status=204),
        Failure(204, "api_error", "some"),
        Failure(304, "api_error", "some"),
    ],
)
def test_some_statuses_have_no_body(outcome: Outcome) -> None:
    rendering = rendered(outcome)
    assert sent(rendering) == b""
    assert dict(rendering.delivery.headers).get("content-length", "0") == "0"


def test_half_a_character_is_no_header() -> None:
    """It has no bytes; what cannot be sent is known before anything is sent."""
    with pytest.raises(ValueError, match="surrogates not allowed"):
        rendered(Raw(200, b"", {"x-broken": "\ud800"}))
