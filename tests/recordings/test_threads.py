"""Threads in cassettes that hold what no client sends: somebody edited them, or they come from another tool."""

from __future__ import annotations

import orjson
import pytest

from mockserver.recordings.asked import read_recorded
from mockserver.recordings.threads import continue_thread
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from tests.recordings.making import JSON, MESSAGE


@pytest.mark.parametrize("body", [b"", b"no JSON", b"\xff", b"[]", b'{"messages": {}}', b"[" * 5000])
def test_thread_that_begins_with_no_conversation_has_its_answer_alone(body: bytes) -> None:
    answer = RecordedResponse(200, (JSON,), (Chunk(orjson.dumps(MESSAGE)),))
    first = RecordedExchange(RecordedRequest("POST", "/v1/messages", {}, body), answer, 0.0, 1)
    sent = {"messages": [], "thread": {"type": "continue", "previous_message_id": MESSAGE["id"]}}
    asked = read_recorded(RecordedRequest("POST", "/v1/messages", {}, orjson.dumps(sent)))
    assert continue_thread(asked, [first]).history == ({"role": "assistant", "content": MESSAGE["content"]},)
