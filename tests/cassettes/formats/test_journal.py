"""Entries of a journal are read as exchanges, streams as streams."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver.cassettes.formats.table import read_data
from mockserver.contract import validate_stream
from tests.cassettes.formats.test_table import ASKED

MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-4-5",
    "content": [{"type": "text", "text": "Hello there."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "stop_details": None,
    "usage": {
        "input_tokens": 3,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 4,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "service_tier": "standard",
        "inference_geo": "not_available",
    },
}
ENTRY: dict[str, Any] = {
    "number": 7,
    "session": "s",
    "at": 1_790_000_000.5,
    "method": "POST",
    "path": "/v1/messages?beta=true",
    "status": 200,
    "stream": False,
    "unmatched": True,
    "request_id": "req_1",
    "headers": {"anthropic-version": "2023-06-01"},
    "body": ASKED,
    "answer": MESSAGE,
}


def journal(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"requests": entries, "total": len(entries), "next": None}).encode()


@pytest.mark.parametrize("data", [journal(ENTRY), json.dumps(ENTRY).encode(), json.dumps([ENTRY]).encode()])
def test_entries_are_read(data: bytes) -> None:
    reading = read_data(data)
    (exchange,) = reading.exchanges
    assert reading.format == "journal"
    assert (exchange.request.path, exchange.request.query, exchange.at) == ("/v1/messages", "beta=true", ENTRY["at"])
    assert json.loads(exchange.request.body) == ASKED
    assert json.loads(exchange.response.body) == MESSAGE
    assert exchange.response.headers == (("content-type", "application/json"), ("request-id", "req_1"))


def test_a_fault_of_times_alone_changes_no_answer() -> None:
    assert len(read_data(journal({**ENTRY, "faults": ["split", "stall", "slow_headers"]})).exchanges) == 1


def test_streams_are_made_again() -> None:
    (exchange,) = read_data(journal({**ENTRY, "stream": True})).exchanges
    assert exchange.response.is_stream
    assert validate_stream(exchange.response.body) == []


def test_other_answers_come_as_they_were() -> None:
    answer = {"status": 502, "headers": {"content-type": "text/plain"}, "body": "Bad gateway"}
    (exchange,) = read_data(journal({**ENTRY, "status": 502, "unmatched": False, "answer": answer})).exchanges
    assert (exchange.response.status, exchange.response.body) == (502, b"Bad gateway")
    assert exchange.response.headers == (("content-type", "text/plain"),)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"answer": None}, "it has no answer"),
        ({"answer": {"status": 200, "headers": {}, "body": "x" * 2000}}, "the journal shows 2000 characters of"),
        ({"answer": {"status": 200, "headers": {}, "body": ""}}, "does not keep what it downloaded"),
        ({"status": 0}, "its status is 0"),
        ({"headers": {"content-type": "multipart/form-data; boundary=b"}}, "does not keep what it uploaded"),
        ({"faults": ["split", "truncate"]}, "its answer as it was before a fault struck it (truncate)"),
    ],
)
def test_entries_without_an_answer_are_told(changes: dict[str, Any], words: str) -> None:
    (broken,) = read_data(journal({**ENTRY, "unmatched": False, **changes})).broken
    assert words in broken


def test_summaries_say_what_to_ask_for() -> None:
    summary = {key: value for key, value in ENTRY.items() if key not in ("answer", "body", "headers")}
    assert read_data(journal(summary)).broken == (
        "entry 1: only its summary is here: ask for /_mock/requests?full=true",
    )


def test_requests_that_nothing_answered_are_left_out() -> None:
    assert read_data(journal({**ENTRY, "status": 404})).left_out == {
        "POST /v1/messages?beta=true (no scenario answered it)": 1
    }
