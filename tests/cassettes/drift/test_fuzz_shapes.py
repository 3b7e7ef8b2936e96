"""Whatever an upstream answers, comparing it ends, and raises nothing."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from mockserver.cassettes.drift import shapes
from mockserver.cassettes.drift.checking import check_request, check_response
from mockserver.cassettes.drift.comparing import compare, make_pool
from mockserver.cassettes.drift.renaming import match_ids, rename
from mockserver.cassettes.drift.thoughts import match_thoughts, replace_thoughts
from mockserver.cassettes.drift.unaskable import explain_answer, find_reason
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from tests.cassettes.recording import HEADERS

NAMES = ("type", "message", "content", "usage", "delta", "index", "id", "error", "stop_reason", "content_block")
WORDS = st.sampled_from(
    ("message", "text", "thinking", "message_start", "content_block_delta", "message_stop", "error")
)
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4) | WORDS
VALUES = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(NAMES), below, max_size=5)
)
TYPES = st.sampled_from(("application/json", "text/event-stream", "application/x-jsonl", "text/html", ""))
BODIES = (
    st.binary(max_size=40)
    | VALUES.map(orjson.dumps)
    | st.lists(VALUES, max_size=5).map(
        lambda values: b"".join(b"data: " + orjson.dumps(each) + b"\n\n" for each in values)
    )
)
RESPONSES = st.builds(
    lambda kind, body, status: RecordedResponse(status, (("content-type", kind),), (Chunk(body),)),
    TYPES,
    BODIES,
    st.sampled_from((200, 400, 404)),
)
PATHS = st.sampled_from(("/v1/messages", "/v1/files", "/v1/models", "/v1/messages/batches", "/v1/agents", ""))


@given(PATHS, st.binary(max_size=20) | VALUES.map(orjson.dumps), RESPONSES, RESPONSES)
def test_nothing_raises(path: str, body: bytes, was: RecordedResponse, now: RecordedResponse) -> None:
    exchange = RecordedExchange(RecordedRequest("POST", path, HEADERS, body), was, id=1)
    found = compare(exchange, now, make_pool([exchange]))
    assert compare(exchange, was, make_pool([exchange])) == []
    assert all(each.means for each in found)
    assert isinstance(find_reason(exchange, ()) + explain_answer(exchange, now), str)
    thoughts = match_thoughts(exchange, now)
    assert replace_thoughts(rename(exchange.request, match_ids(exchange, now)), thoughts).path == path
    assert all(map(str, [*check_request(exchange), *check_response(exchange)]))


@given(VALUES, VALUES)
def test_a_merged_shape_knows_both(one: Any, other: Any) -> None:
    merged = shapes.merge(shapes.describe(one), shapes.describe(other))
    assert list(shapes.compare(merged, shapes.describe(one), "")) == []
    assert list(shapes.compare(merged, shapes.describe(other), "")) == []
