"""Calls about the context of a conversation, each answer checked against the contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2 as httpx

from mockserver import asgi_transport
from mockserver.contract import validate_response, validate_stream
from mockserver.records.call import VERSIONS
from tests.strict import events_of

Json = dict[str, Any]
CLEARS, THRESHOLD, ON_DEMAND = "context-management-2025-06-27", "compact-2026-01-12", "compact-2026-09-04"
# Case 23: over the smallest trigger that the API takes.
LONG = {"role": "user", "content": "word " * 60_000}
COMPACT = {"type": "compact_20260112", "trigger": {"type": "input_tokens", "value": 50_000}}
BOUND = ("claude-fable-5-2", "claude-mythos-5-1", "claude-sonnet-4-6", "claude-opus-5-5")


@contextmanager
def client(*fixtures: str, beta: str, version: str = VERSIONS[-1], **settings: Any) -> Iterator[httpx.Client]:
    headers = {"x-api-key": "sk-valid", "anthropic-version": version, "anthropic-beta": beta}
    transport = asgi_transport(*fixtures, **{"profile": "anthropic", **settings})
    with httpx.Client(transport=transport, base_url="http://test", headers=headers) as made:
        yield made


def ask(caller: httpx.Client, **body: Any) -> Json:
    answer: Json = caller.post("/v1/messages", json={"max_tokens": 2000, **body}).raise_for_status().json()
    assert validate_response(answer, beta=True) == []
    return answer


def stream(caller: httpx.Client, **body: Any) -> list[Json]:
    answer = caller.post("/v1/messages", json={"max_tokens": 2000, "stream": True, **body}).raise_for_status()
    events = events_of(answer.text)
    assert validate_stream(events, beta=True) == []
    return events


def count(caller: httpx.Client, **body: Any) -> Json:
    counted: Json = caller.post("/v1/messages/count_tokens", json=body).raise_for_status().json()
    return counted


def read_files(number: int) -> list[Json]:
    messages: list[Json] = [{"role": "user", "content": "Read the files."}]
    for each in range(number):
        use = {"type": "tool_use", "id": f"toolu_{each}", "name": "read", "input": {"path": f"{each}.txt"}}
        result = {"type": "tool_result", "tool_use_id": f"toolu_{each}", "content": "A line of text.\n" * 50}
        messages += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    return messages
