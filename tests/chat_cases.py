"""Shared by the tests of the chat wire: requests that it takes, by what they show."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

TEXT: Json = {"type": "text", "text": "x"}
USER: Json = {"role": "user", "content": "Hi"}
PARAMETERS: Json = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FUNCTION: Json = {"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}
CALL: Json = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}
CALLED: Json = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT: Json = {"role": "tool", "tool_call_id": "call_1", "content": "21"}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAG7buVgAAAABJRU5ErkJggg=="
IMAGE: Json = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
SCHEMA: Json = {"name": "weather-1", "strict": True, "schema": {**PARAMETERS, "additionalProperties": False}}


def ask(*messages: Json, **more: Any) -> Json:
    """A request with these messages, else with a short one."""
    return {"model": "claude-haiku-4-5", "messages": list(messages or [USER]), **more}


REQUESTS: dict[str, Json] = {
    "plain": ask(),
    "streamed with usage": ask(stream=True, stream_options={"include_usage": True}),
    "streamed": ask(stream=True, stream_options=None),
    "parameters": ask(stream=None, n=2, stop="x", temperature=1, max_tokens=50, seed=1, user="me"),
    "limits": ask(n=1, top_p=0.5, stop=[*"abcd"], max_completion_tokens=100, presence_penalty=-2, logit_bias={"1": 2}),
    "effort": ask(reasoning_effort="high", verbosity="low", max_completion_tokens=5000),
    "instructions": ask({"role": "developer", "content": [TEXT]}, {"role": "system", "content": "y"}, USER),
    "names": ask({**USER, "name": "Ann"}, {"role": "assistant", "content": "Yes.", "name": "bot"}, USER),
    "image": ask({"role": "user", "content": [TEXT, IMAGE]}),
    "tools": ask(tools=[FUNCTION], tool_choice="auto", parallel_tool_calls=False),
    "tool forced": ask(tools=[FUNCTION], tool_choice={"type": "function", "function": {"name": "get_weather"}}),
    "tool required": ask(tools=[FUNCTION], tool_choice="required", stream=True),
    "tool result": ask(USER, CALLED, RESULT, tools=[FUNCTION]),
    "structured": ask(response_format={"type": "json_schema", "json_schema": SCHEMA}),
    "structured streamed": ask(response_format={"type": "json_schema", "json_schema": SCHEMA}, stream=True, n=2),
    "json": ask({"role": "user", "content": "Answer in JSON"}, response_format={"type": "json_object"}),
    "text": ask(response_format={"type": "text"}, metadata={"a": "b"}, store=False, service_tier="auto"),
}  # fmt: skip
