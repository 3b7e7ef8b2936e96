"""With manual thinking, a scripted answer that calls a tool begins with a thought."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx2
import pytest

from mockserver.records.reply import Answer, Block, Reply
from mockserver.testing.server import MockServer
from tests.composing import body, outcome

USE: Block = {"type": "tool_use", "name": "t", "input": {"a": 1}}
SUMMARY: Block = {"type": "compaction", "content": "S"}
SEARCH: Block = {"type": "server_tool_use", "name": "web_search", "input": {"query": "x"}}
TEXT: Block = {"type": "text", "text": "I look."}
MANUAL: dict[str, Any] = {"max_tokens": 3000, "thinking": {"type": "enabled", "budget_tokens": 1024}}
TOOLS = [{"name": "t", "input_schema": {"type": "object"}}]


def answered(*content: Block, answer: dict[str, Any] | None = None, **request: Any) -> list[Block]:
    asked = body(**{"model": "claude-haiku-4-5", **MANUAL, "tools": TOOLS, **request})
    asked = {key: value for key, value in asked.items() if value is not None}
    reply = outcome(Answer(content=content, **answer or {}), asked)
    assert isinstance(reply, Reply)
    return list(reply.message["content"])


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-5", "claude-sonnet-4-6"])
@pytest.mark.parametrize("content", [(USE,), (USE, USE), (TEXT, USE)])
@pytest.mark.parametrize("answer", [{}, {"stop_reason": "tool_use"}])
def test_tool_use_is_led_by_a_thought(model: str, content: tuple[Block, ...], answer: dict[str, Any]) -> None:
    first, *rest = answered(*content, answer=answer, model=model)
    assert first["type"] == "thinking"
    assert first["thinking"]
    assert first["signature"]
    assert [block["type"] for block in rest] == [block["type"] for block in content]
    assert answered(*content, answer=answer, model=model)[0] == first, "the same request gets the same thought"


@pytest.mark.parametrize(
    ("content", "answer", "kinds"),
    [
        ((SUMMARY, USE), {}, ["compaction", "thinking", "tool_use"]),
        ((SEARCH,), {"stop_reason": "pause_turn"}, ["thinking", "server_tool_use"]),
        ((TEXT, SEARCH), {"stop_reason": "pause_turn"}, ["thinking", "text", "server_tool_use"]),
        ((TEXT, {"type": "thinking", "thinking": "Hm."}, USE), {}, ["thinking", "text", "thinking", "tool_use"]),
    ],
)
def test_thought_leads_what_comes_back(content: tuple[Block, ...], answer: dict[str, Any], kinds: list[str]) -> None:
    assert [block["type"] for block in answered(*content, answer=answer, model="claude-sonnet-4-6")] == kinds


@pytest.mark.parametrize(
    ("content", "answer", "request_"),
    [
        ((TEXT,), {}, {}),
        ((USE,), {"enforce_limits": False}, {}),
        (({"type": "thinking", "thinking": "Hm."}, USE), {}, {}),
        (({"type": "redacted_thinking"}, USE), {}, {}),
        ((SUMMARY,), {"stop_reason": "compaction"}, {}),
        ((SUMMARY, {"type": "thinking", "thinking": "Hm."}, USE), {}, {}),
        ((SEARCH,), {"stop_reason": "pause_turn", "enforce_limits": False}, {}),
        ((USE,), {}, {"thinking": {"type": "disabled"}}),
        ((USE,), {}, {"thinking": None}),
        ((USE,), {}, {"model": "claude-opus-4-6", "thinking": {"type": "adaptive"}}),
        ((USE,), {}, {"model": "claude-opus-5-5"}),
        ((USE,), {}, {"model": "gpt-5"}),
        ((USE,), {}, {"tool_choice": {"type": "any"}}),
        ((USE,), {}, {"tool_choice": {"type": "tool", "name": "t"}}),
    ],
)
def test_others_stay_as_they_are(content: tuple[Block, ...], answer: dict[str, Any], request_: dict[str, Any]) -> None:
    found = answered(*content, answer=answer, **request_)
    assert [block["type"] for block in found] == [block["type"] for block in content]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-4-6"])
def test_loop_of_the_sdk_runs_through(model: str, stream: bool) -> None:
    server = MockServer(profile="anthropic", unmatched="error")
    session = server.session("key")
    session.turns([{"tool_use": {"name": "t", "input": {}}}, {"tool_use": {"name": "t", "input": {}}}, "Done."])
    messages: list[Any] = [{"role": "user", "content": "Go"}]
    with (
        httpx2.Client(transport=session.transport) as client,
        anthropic.Anthropic(base_url="http://mock", api_key="key", http_client=client) as api,
    ):
        for _ in range(3):
            more: Any = {**MANUAL, "model": model, "messages": messages, "tools": TOOLS}
            if stream:
                with api.messages.stream(**more) as events:
                    message = events.get_final_message()
            else:
                message = api.messages.create(**more)
            uses = [block for block in message.content if block.type == "tool_use"]
            results = [{"type": "tool_result", "tool_use_id": use.id, "content": "x"} for use in uses]
            messages += [{"role": "assistant", "content": message.content}, {"role": "user", "content": results}]
    assert [block.type for block in message.content] == ["text"]
    assert message.stop_reason == "end_turn"
    session.assert_valid()
    session.finish()
