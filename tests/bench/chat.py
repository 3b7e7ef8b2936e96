"""CPU time of the chat wire beside that of the Messages wire, in turns, for the same scenario."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from . import requests, servers
from .load import Request
from .rows import Row

AIM = 1.3
TURNS = 20
PARAMETERS: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as folder, ExitStack() as stack:
        fixture = Path(folder) / "bench.yaml"
        fixture.write_text(requests.SCENARIOS % requests.TEXT)
        server = stack.enter_context(servers.serving(*servers.ours(fixture)))
        for name, messages, chat in (
            ("whole answer", requests.body(stream=False), requests.body(stream=False)),
            ("stream of 19 events", requests.body(stream=True), requests.body(stream=True)),
            (f"{TURNS} turns with tools", talk(), chat_talk()),
        ):
            measured = {
                "messages": (server, Request.post("/v1/messages", messages)),
                "chat": (server, Request.post("/v1/chat/completions", chat)),
            }
            costs = requests.compare(measured)
            yield Row(f"{name}: chat / messages", requests.ratio(costs, "chat", "messages"), at_most=AIM)


def talk() -> bytes:
    """A conversation in which a tool was called in each turn, in the Messages format."""
    said: list[dict[str, Any]] = [{"role": "user", "content": "hello"}]
    for turn in range(TURNS):
        use: dict[str, Any] = {
            "type": "tool_use",
            "id": f"toolu_{turn:024}",
            "name": "get_weather",
            "input": {"city": "Oslo"},
        }
        result = {"type": "tool_result", "tool_use_id": use["id"], "content": "dry"}
        text = {"type": "text", "text": "I look."}
        said.append({"role": "assistant", "content": [text, use]})
        said.append({"role": "user", "content": [result, {"type": "text", "text": "hello"}]})
    tools = [{"name": "get_weather", "description": "The weather.", "input_schema": PARAMETERS}]
    return orjson.dumps({"model": "claude-haiku-4-5", "max_tokens": 1024, "tools": tools, "messages": said})


def chat_talk() -> bytes:
    """The same in the chat format."""
    said: list[dict[str, Any]] = [{"role": "user", "content": "hello"}]
    for turn in range(TURNS):
        function = {"name": "get_weather", "arguments": '{"city": "Oslo"}'}
        call: dict[str, Any] = {"id": f"toolu_{turn:024}", "type": "function", "function": function}
        said.append({"role": "assistant", "content": "I look.", "tool_calls": [call]})
        said.append({"role": "tool", "tool_call_id": call["id"], "content": "dry"})
        said.append({"role": "user", "content": "hello"})
    tool = {"name": "get_weather", "description": "The weather.", "parameters": PARAMETERS}
    tools = [{"type": "function", "function": tool}]
    return orjson.dumps({"model": "claude-haiku-4-5", "max_tokens": 1024, "tools": tools, "messages": said})
