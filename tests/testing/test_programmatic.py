"""Code that calls the caller's tools, scripted in shorthand, through the loop of the official SDK."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx2
import pytest

from mockserver import ScenarioError, asgi_transport

TOOL: Any = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "allowed_callers": ["code_execution_20260120"],
}
CODE: Any = {"type": "code_execution_20260120", "name": "code_execution"}
BY_CODE: Any = {"name": "get_weather", "input": {"city": "Oslo"}, "caller": "code_execution"}


def talk(profile: Any, stream: bool) -> list[Any]:
    """All answers of a loop that runs the tools, and claims that the API would have taken and given all of it."""
    api = asgi_transport(profile=profile, unmatched="error").session("key")
    api.turns([{"text": "I'll look.", "tool_use": BY_CODE}, {"tool_use": BY_CODE}, "Rain."])
    messages: list[Any] = [{"role": "user", "content": "Weather?"}]
    said: list[Any] = []
    asked: dict[str, Any] = {"model": "claude-opus-5", "max_tokens": 900, "tools": [CODE, TOOL]}
    with anthropic.Anthropic(api_key="key", http_client=httpx2.Client(transport=api.transport)) as client:
        while not said or said[-1].stop_reason == "tool_use":
            if stream:
                with client.messages.stream(**asked, messages=messages) as events:
                    answer = events.get_final_message()
            else:
                answer = client.messages.create(**asked, messages=messages)
            said.append(answer)
            assert answer.container
            asked["container"] = answer.container.id
            uses = [block for block in answer.content if block.type == "tool_use"]
            results: list[Any] = [{"type": "tool_result", "tool_use_id": use.id, "content": "wet"} for use in uses]
            messages += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": results}]
    api.check_at_end("valid", "used", "answers")
    api.finish()
    return said


@pytest.mark.parametrize("profile", ["relay", "anthropic"])
@pytest.mark.parametrize("stream", [False, True])
def test_loop_runs_to_its_end(profile: str, stream: bool) -> None:
    first, second, last = talk(profile, stream)
    assert [block.type for block in first.content] == ["text", "server_tool_use", "tool_use"]
    assert [block.caller.tool_id for block in (first.content[2], *second.content)] == [first.content[1].id] * 2
    assert [block.type for block in last.content] == ["code_execution_tool_result", "text"]
    assert last.content[0].content.stdout == "wet\nwet\n"
    assert len({answer.container.id for answer in (first, second, last)}) == 1


def test_other_callers_are_told() -> None:
    with pytest.raises(ScenarioError, match="caller: expected code_execution, got"):
        asgi_transport().session("key").reply(tool_use={"name": "x", "caller": "code"})
