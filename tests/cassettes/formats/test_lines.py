"""Lines with the bodies alone, and what is said of others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver.cassettes.formats.table import read_data
from tests.cassettes.formats.test_table import ASKED, SAID

COUNT = "/v1/messages/count_tokens"
EVENTS: list[dict[str, Any]] = [{"type": "message_start", "message": SAID}, {"type": "message_stop"}]
STREAM = "".join(f"event: {each['type']}\ndata: {json.dumps(each, separators=(',', ':'))}\n\n" for each in EVENTS)


def write_error(kind: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": "No"}}


@pytest.mark.parametrize(
    ("response", "path", "status", "kind"),
    [
        (SAID, "/v1/messages", 200, "application/json"),
        ({"input_tokens": 9}, COUNT, 200, "application/json"),
        ({"type": "message_batch", "id": "msgbatch_1"}, "/v1/messages/batches", 200, "application/json"),
        (write_error("overloaded_error"), "/v1/messages", 529, "application/json"),
        (write_error("rate_limit_error"), "/v1/messages", 429, "application/json"),
        (write_error("some_error"), "/v1/messages", 400, "application/json"),
        (STREAM, "/v1/messages", 200, "text/event-stream; charset=utf-8"),
        (EVENTS, "/v1/messages", 200, "text/event-stream; charset=utf-8"),
    ],
)
def test_bodies_alone_tell_the_rest(response: Any, path: str, status: int, kind: str) -> None:
    (exchange,) = read_data(json.dumps({"request": ASKED, "response": response}).encode()).exchanges
    assert (exchange.request.method, exchange.request.path, exchange.response.status) == ("POST", path, status)
    assert exchange.response.header("content-type") == kind
    body = exchange.response.body.decode()
    assert body == STREAM if "event" in kind else json.loads(body) == response


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"request": None, "request_left_out": "long", "status": 200, "method": "POST"}, "its request is left out"),
        ({"request": ASKED, "response": None}, "it has no answer"),
        ({"request": "Hi", "response": SAID}, "its request is no JSON object"),
    ],
)
def test_rows_that_lack_something_are_told(row: dict[str, Any], words: str) -> None:
    (broken,) = read_data(json.dumps([row]).encode()).broken
    assert broken == f"entry 1: {words}"
