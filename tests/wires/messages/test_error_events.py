"""The error event that a fault puts into a stream: its words, and how it is written."""

from __future__ import annotations

import orjson
import pytest

from mockserver.compose.failure import make_failure
from mockserver.delivery import deliver_stream
from mockserver.records.errors import TYPES
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Pace
from mockserver.wires import FAULTS
from mockserver.wires.messages.events import Event
from tests.fault_cases import ALL, EVENTS, MESSAGE, events, fault, names, sent, stream

OVERLOADED = b'data: {"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"}}\n\n'


def test_error_ends_the_stream() -> None:
    delivery = stream(fault("error", after_events=4))
    assert names(delivery) == [*ALL[:4], "error"]
    assert events(delivery)[-1]["error"] == {"details": None, "type": "overloaded_error", "message": "Overloaded"}
    other = events(stream(fault("error", type="api_error", message="Not now.")))[-1]["error"]
    assert (other["type"], other["message"]) == ("api_error", "Not now.")


@pytest.mark.parametrize("kind", sorted(set(TYPES.values())))
def test_error_has_the_words_of_its_type(kind: str) -> None:
    told = events(stream(fault("error", type=kind)))[-1]["error"]
    scripted = make_failure(Answer("error", error={"type": kind}), Prompt({"model": MESSAGE["model"]}))
    assert (told["type"], told["message"]) == (kind, scripted.message)


def test_error_may_not_know_the_model() -> None:
    """Another fault has taken message_start away."""
    told = events(stream(fault("no_message_start"), fault("error", type="rate_limit_error")))[-1]["error"]
    assert "model: unknown)" in told["message"]


def test_error_is_written_as_the_rest() -> None:
    named = b"event: error\n" + OVERLOADED
    assert sent(stream(fault("error"))).endswith(b"\n\n" + named)
    for faults in ([fault("no_event_names"), fault("error")], [fault("error"), fault("no_event_names")]):
        assert b"event:" not in sent(stream(*faults))
        assert sent(stream(*faults)).endswith(b"\n\n" + OVERLOADED)
    assert sent(stream(fault("crlf"), fault("error"))).endswith(b"\r\n" + named.replace(b"\n", b"\r\n"))
    assert sent(stream(fault("error"), fault("malformed", after_events=99))).endswith(b'"Overloaded"}\n\n')
    both = sent(stream(fault("crlf"), fault("comment_keepalive"), fault("done_marker"), fault("error")))
    assert both.count(b"\n") == both.count(b"\r\n")


def test_error_may_lack_its_name() -> None:
    text = sent(stream(fault("error", unnamed=True, after_events=4)))
    assert text == b"".join(event.encode() for event in EVENTS[:4]) + OVERLOADED


@pytest.mark.parametrize("place", range(len(EVENTS) + 1))
def test_error_may_be_glued_to_a_torn_event(place: int) -> None:
    """At the end the last event is torn."""
    written = [event.encode() for event in EVENTS]
    at = min(place, len(EVENTS) - 1)
    torn = written[at][: len(written[at]) // 2]
    delivery = stream(fault("error", glued=True, after_events=place), fault("comment_keepalive", every=99))
    assert sent(delivery) == b": keepalive\n\n" + b"".join(written[:at]) + torn + b"event: error\n" + OVERLOADED
    unnamed = stream(fault("error", glued=True, unnamed=True, after_events=place))
    assert sent(unnamed) == b"".join(written[:at]) + torn + OVERLOADED
    assert delivery.pieces[0].events == at + 1


def test_glued_error_comes_at_its_time() -> None:
    *_, last = stream(fault("error", glued=True, after_ms=1500), pace=Pace(first=1.0)).pieces
    assert (last.delay, last.data.endswith(OVERLOADED)) == (0.5, True)
    assert last.data.startswith(EVENTS[-1].encode()[:10]), "the torn half comes with it"
    assert b"event: error" in sent(deliver_stream((), headers=(), faults=(fault("error", glued=True),), kinds=FAULTS))


def test_recorded_order_of_the_keys() -> None:
    event = Event({"type": "error", "error": {"details": None, "type": "overloaded_error", "message": "Overloaded"}})
    assert orjson.loads(OVERLOADED[6:]) == event.data
