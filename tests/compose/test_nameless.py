"""Errors that were recorded before the API named requests in them name none."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mockserver.compose.failure import make_failure
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer
from mockserver.wires.messages.errors import error_body

ERROR = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


@pytest.mark.parametrize(
    ("body", "is_named"),
    [(ERROR, False), ({**ERROR, "request_id": "req_1"}, True), ({"detail": "?"}, True), (None, True)],
)
def test_errors_name_requests_as_recorded(body: Any, is_named: bool) -> None:
    recorded = None
    if body is not None:
        response = RecordedResponse(529, (), (Chunk(orjson.dumps(body)),))
        recorded = RecordedExchange(RecordedRequest("POST", "/v1/messages"), response)
    failure = make_failure(
        Answer("error", error={"status": 529}, recorded=recorded), Prompt({"model": "claude-haiku-4-5"})
    )
    assert ("request_id" in orjson.loads(error_body(failure, "req_2"))) is is_named
