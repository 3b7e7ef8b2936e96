"""Answers of cassettes in words have the form of the recording: its keys, their order, the places of its pings."""

from __future__ import annotations

from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.compose import compose
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Reply
from mockserver.serving.assembly import breaches
from tests.composing import CALL, HELLO, TOP, body, context

OLD: dict[str, Any] = {
    "id": "msg_01",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"text": "Hello!", "type": "text"}, {"type": "tool_use", "id": "toolu_1", "name": "a", "input": {}}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"output_tokens": 7, "input_tokens": 10, "cache_creation": {"ephemeral_1h_input_tokens": 0}},
}
ANSWER = Answer(content=(HELLO, CALL))


def record(message: Any, **response: Any) -> RecordedExchange:
    data = message if isinstance(message, bytes) else orjson.dumps(message)
    return RecordedExchange(
        RecordedRequest("POST", "/v1/messages"),
        RecordedResponse(200, (("content-type", "application/json"),), (Chunk(data),), **response),
    )


def reply(answer: Answer) -> Reply:
    made = compose(answer, Prompt(body()), context(body()))
    assert isinstance(made, Reply)
    return made


def test_keys_are_those_of_the_recording() -> None:
    """In its order; the values are those that are said and counted today."""
    followed = reply(replace(ANSWER, recorded=record(OLD)))
    today = reply(ANSWER)
    assert [*followed.message] == [*OLD]
    assert [*followed.message["usage"]] == ["output_tokens", "input_tokens", "cache_creation"]
    assert [*followed.message["usage"]["cache_creation"]] == ["ephemeral_1h_input_tokens"]
    assert [*followed.message["content"][0]] == ["text", "type"]
    assert [*followed.message["content"][1]] == ["type", "id", "name", "input"]
    assert followed.message["stop_reason"] == today.message["stop_reason"] == "tool_use"
    assert followed.message["usage"]["input_tokens"] == today.message["usage"]["input_tokens"]
    assert followed.message["content"][1]["input"] == CALL["input"]
    assert (today.is_recorded, followed.is_recorded) == (False, True)


def test_what_is_said_stays() -> None:
    """Though the recording has none of it."""
    said = replace(ANSWER, usage={"service_tier": "batch"}, extra={"mood": "wet"}, container={"id": "container_1"})
    message = reply(replace(said, recorded=record(OLD))).message
    assert [*message] == [*OLD, "container", "mood"]
    assert message["usage"]["service_tier"] == "batch"


def test_edited_content_needs_no_likeness() -> None:
    """Blocks of other types than the recorded ones, or more of them, are as they are today."""
    edited = replace(ANSWER, content=(CALL, CALL, HELLO), recorded=record(OLD))
    content = reply(edited).message["content"]
    assert ["caller" in block for block in content] == [True, False, False]


def test_without_a_recorded_message_the_form_is_that_of_today() -> None:
    for recorded in (record(b"<h1>"), record({"type": "error"}), record(OLD, end="abort"), record({**OLD, "usage": 1})):
        made = reply(replace(ANSWER, content=(HELLO,), recorded=recorded))
        assert [*made.message] == TOP
        assert not made.is_recorded


def test_recorded_answers_are_not_shared_between_calls() -> None:
    """Plain ones too: each has the form of its own recording."""
    plain = Answer(content=(HELLO,))
    first = reply(replace(plain, recorded=record(OLD))).message
    second = reply(replace(plain, recorded=record({key: OLD[key] for key in reversed(OLD)}))).message
    assert [*first] == [*reversed([*second])] == [*OLD]


def test_words_are_held_to_the_schema_of_today() -> None:
    """That a former form lacks keys is no mistake of theirs."""
    assert [*breaches(replace(ANSWER, recorded=record(OLD)), Prompt(body()))] == []
    wrong = replace(ANSWER, stop_reason="tired", recorded=record(OLD))
    assert [*breaches(wrong, Prompt(body()))] != []


def test_a_thought_has_the_signature_of_the_recording() -> None:
    """While its text is the recorded one; an edited one is signed by the server."""
    signed = {"type": "thinking", "thinking": "Hm.", "signature": "EqQBCgIYAhIM"}
    exchange = record({**OLD, "content": [signed, *OLD["content"]]})
    thought = {"type": "thinking", "thinking": "Hm."}
    followed = reply(Answer(content=(thought, HELLO), recorded=exchange))
    assert followed.message["content"][0] == signed
    edited = reply(Answer(content=({**thought, "thinking": "Hm!"}, HELLO), recorded=exchange))
    assert edited.message["content"][0]["signature"] not in ("", "EqQBCgIYAhIM")
    own = reply(Answer(content=({**thought, "signature": "Eo8B"}, HELLO), recorded=exchange))
    assert own.message["content"][0]["signature"] == "Eo8B"
