"""Fixtures of aimock become scenarios that answer what these answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic import Anthropic

from mockserver.cassettes.formats.table import read_data
from mockserver.serving.assembly import lint
from mockserver.testing.server import MockServer

TOOL = {"name": "get_weather", "arguments": '{"city": "Oslo"}', "id": "toolu_1"}
MATCHES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"userMessage": "weather"}, {"user": {"contains": "weather"}}),
    ({"systemMessage": ["a", "b"]}, {"system": {"all": [{"contains": "a"}, {"contains": "b"}]}}),
    ({"model": "claude-haiku-4-5"}, {"model": "claude-haiku-4-5"}),
    ({"toolName": "get_weather"}, {"tools": ["get_weather"]}),
    ({"turnIndex": 1, "hasToolResult": True}, {"assistant_turns": 1, "tool_result": True}),
    ({"hasToolResult": True, "toolResultContains": "ok"}, {"tool_result": {"contains": "ok"}}),
    ({"toolCallId": "toolu_1"}, {"body": {"$.messages[-1].content[*].tool_use_id": {"equals": "toolu_1"}}}),
    ({"responseFormat": "json_object", "endpoint": "chat"}, {"output_format": True}),
]
ANSWERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"content": "Hi"}, {"content": [{"type": "text", "text": "Hi"}]}),
    ({"content": {"a": 1}}, {"content": [{"type": "text", "text": '{"a":1}'}]}),
    (
        {"content": "Let me see.", "toolCalls": [TOOL], "reasoning": "Hm.", "redactedThinking": ["abc"]},
        {
            "content": [
                {"type": "redacted_thinking", "data": "abc"},
                {"type": "thinking", "thinking": "Hm."},
                {"type": "text", "text": "Let me see."},
                {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}},
            ]
        },
    ),
    (
        {"blocks": [{"type": "toolCall", "name": "f", "arguments": {}}, {"type": "text", "text": "after"}]},
        {"content": [{"type": "tool_use", "name": "f", "input": {}}, {"type": "text", "text": "after"}]},
    ),
    (
        {"content": "cut", "finishReason": "length", "usage": {"input_tokens": 3, "total_tokens": 9}, "model": "m"},
        {
            "content": [{"type": "text", "text": "cut"}],
            "stop_reason": "max_tokens",
            "usage": {"input_tokens": 3},
            "model": "m",
        },
    ),
    (
        {"error": {"message": "Slow down", "type": "rate_limit_error"}, "status": 429, "retryAfter": 7},
        {"error": {"status": 429, "message": "Slow down"}, "headers": {"retry-after": "7"}},
    ),
]


def fixtures(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"fixtures": entries}).encode()


@pytest.mark.parametrize(("match", "when"), MATCHES)
def test_matches_become_conditions(match: dict[str, Any], when: dict[str, Any]) -> None:
    (scenario,) = read_data(fixtures({"match": match, "response": {"content": "Hi"}})).scenarios
    assert scenario["when"] == when


@pytest.mark.parametrize(("response", "answer"), ANSWERS)
def test_responses_become_answers(response: dict[str, Any], answer: dict[str, Any]) -> None:
    (scenario,) = read_data(fixtures({"match": {}, "response": response})).scenarios
    assert scenario == {"reply": {**answer, "literal": True}}


def test_times_become_a_pace() -> None:
    profile = {"match": {}, "response": {"content": "Hi"}, "streamingProfile": {"ttft": 400, "tps": 50}}
    timings = {"match": {}, "response": {"content": "Hi"}, "recordedTimings": {"ttftMs": 250}}
    paces = [each["reply"]["pace"] for each in read_data(fixtures(profile, timings)).scenarios]
    assert paces == [{"first": 0.4, "tokens_per_second": 50}, {"first": 0.25}]


def test_fixtures_of_other_models_are_left_out_and_unknown_ones_named() -> None:
    entries = (
        {"match": {"inputText": "a"}, "response": {"embedding": [1]}},
        {"match": {"userMessage": "a", "endpoint": "image"}, "response": {"image": {"url": "x"}}},
        {"match": {"soundsLike": "a"}, "response": {"content": "Hi"}},
        {"match": {}, "response": {"toolCalls": [{"name": "f", "arguments": "[1]"}]}},
        {"match": {}, "response": {"content": "Hi"}, "truncateAfterChunks": 0},
        {"match": {}, "response": {"content": "Hi"}, "chaos": {}},
    )
    reading = read_data(fixtures(*entries))
    assert reading.left_out == {"a fixture that is no chat": 2}
    assert reading.broken == (
        "entry 3: soundsLike of its match is not known here",
        "entry 4: the arguments of a tool are no object",
        "entry 5: its truncateAfterChunks breaks the answer: write it as a fault",
    )
    assert len(reading.scenarios) == 1


def test_scenarios_answer_as_the_fixtures_did(tmp_path: Any) -> None:
    entries: list[dict[str, Any]] = [{"match": match, "response": {"content": "Hi"}} for match, _ in MATCHES]
    entries += [{"match": {"userMessage": f"n{at}"}, "response": each} for at, (each, _) in enumerate(ANSWERS)]
    entries += [
        {"match": {"userMessage": "again", "sequenceIndex": at}, "response": {"content": f"{at} {{{{ x"}}
        for at in range(2)
    ]
    path = tmp_path / "aimock.json"
    path.write_text(json.dumps({"scenarios": list(read_data(fixtures(*entries)).scenarios)}))
    assert [problem for problem in lint([str(path)]) if problem.level == "error"] == []
    path.write_text(json.dumps({"scenarios": list(read_data(fixtures(*entries[-2:])).scenarios)}))
    with MockServer(path) as server:
        client = Anthropic(base_url=server.url, api_key="one")
        said = [
            client.messages.create(
                model="claude-haiku-4-5", max_tokens=99, messages=[{"role": "user", "content": "again"}]
            )
            for _ in range(2)
        ]
    assert [message.content[0].to_dict()["text"] for message in said] == ["0 {{ x", "1 {{ x"]
