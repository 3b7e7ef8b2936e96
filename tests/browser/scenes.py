"""A busy server, as people have it: sessions with conversations, tools, thinking, refusals, retries and faults."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import httpx2 as httpx

from mockserver.testing.server import MockServer
from tests.browser.asking import MODEL, ask

Block = dict[str, Any]

WEATHER = {
    "name": "get_weather",
    "description": "The weather at a place, now.",
    "input_schema": {"type": "object", "properties": {"location": {"type": "string"}, "unit": {"type": "string"}}},
}
SYSTEM = [
    {
        "type": "text",
        "text": "You are the travel assistant of a small agency. " + "Be exact about times, places and prices. " * 260,
        "cache_control": {"type": "ephemeral"},
    }
]
AGENT, CHAT = "travel-agent", "chat-page"


def play(server: MockServer) -> None:
    """All of them, one after the other."""
    talk_with_tools(server)
    chat(server)
    fail(server)
    ask_others(server)


def talk_with_tools(server: MockServer) -> None:
    """A streamed loop of thoughts and tools, with a prompt that is cached."""
    messages: list[Block] = [{"role": "user", "content": "Please think between the tools: where is better weather?"}]
    for result in ("Sunny, 21 degrees", "Rain, 9 degrees", None):
        answer = _stream(server, messages)
        if result is None:
            break
        used = next(block for block in answer if block["type"] == "tool_use")
        results = [{"type": "tool_result", "tool_use_id": used["id"], "content": result}]
        messages = [*messages, {"role": "assistant", "content": answer}, {"role": "user", "content": results}]


def _stream(server: MockServer, messages: list[Block]) -> list[Block]:
    """Ask twice, since the answer of a stream is not put together here: what the stream said, as blocks."""
    more: Block = {"tools": [WEATHER], "system": SYSTEM, "thinking": {"type": "adaptive"}}
    ask(server, "", key=AGENT, messages=messages, stream=True, **more)
    content: list[Block] = ask(server, "", key=AGENT, messages=messages, **more).json()["content"]
    return content


def chat(server: MockServer) -> None:
    """Plain questions, answered by scenarios or by generated texts."""
    for text in (
        "hello",
        "Are there infinitely many primes?",
        "Write a short note to the guests of table four: their dessert is late, since the oven has a mind of its own.",
        "stream at once",
        "Summarise the minutes of the meeting of 12 November in three sentences, for somebody who was not there.",
    ):
        ask(server, text, key=CHAT, stream=True)


def fail(server: MockServer) -> None:
    """Refusals, errors that are retried, and faults."""
    ask(server, "How long may an answer be?", key=CHAT, max_tokens=10_000_000)
    ask(server, "", key=CHAT, messages=[])
    ask(server, "Who is there?", key=CHAT, model="claude-9-nobody")
    for count in ("0", "1"):
        _retry(server, "please be overloaded once", count)
    for name in ("disconnect", "tool_input_cut", "error_200"):
        with suppress(httpx.HTTPError):
            ask(server, f"fault {name}", key=AGENT, stream=True, tools=[{**WEATHER, "name": "look"}])


def _retry(server: MockServer, text: str, count: str) -> None:
    body = {"model": MODEL, "max_tokens": 1024, "messages": [{"role": "user", "content": text}]}
    headers = {"x-mock-session": AGENT, "x-api-key": "sk-ant-any", "anthropic-version": "2023-06-01"}
    httpx.post(f"{server.url}/v1/messages", json=body, headers={**headers, "x-stainless-retry-count": count})


def ask_others(server: MockServer) -> None:
    """Endpoints besides messages, and a path that is none."""
    headers = {"x-mock-session": CHAT, "x-api-key": "sk-ant-any", "anthropic-version": "2023-06-01"}
    body = {"model": MODEL, "messages": [{"role": "user", "content": "How many tokens are these?"}]}
    httpx.post(f"{server.url}/v1/messages/count_tokens", json=body, headers=headers)
    httpx.get(f"{server.url}/v1/models", headers=headers)
    httpx.get(f"{server.url}/v1/nowhere", headers=headers)
