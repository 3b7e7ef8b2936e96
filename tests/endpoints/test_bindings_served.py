"""Dropped thoughts over HTTP: named in answers and at the start of streams, and counted nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from mockserver import asgi_transport
from mockserver.contract import validate_response, validate_stream
from mockserver.records.call import VERSIONS
from mockserver.wires.messages.unfolding import fold
from tests.strict import events_of, message_of

CONTROLS = "thinking-binding-controls-2026-08-01"
ERROR = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "error"}}
DROP = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}}
HI = {"role": "user", "content": "hi"}


@pytest.fixture(params=VERSIONS)
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    headers = {"x-api-key": "sk-valid", "anthropic-version": request.param, "anthropic-beta": CONTROLS}
    transport = asgi_transport(profile="anthropic")
    with httpx.Client(transport=transport, base_url="http://test", headers=headers) as client:
        yield client


def begin(client: httpx.Client, model: str) -> dict[str, Any]:
    body = {"model": model, "max_tokens": 2000, "system": "be kind", "messages": [HI]}
    said = message_of(client.post("/v1/messages", json=body))["content"]
    assert said[0]["type"] == "thinking"
    return {**body, "messages": [HI, {"role": "assistant", "content": said}, {"role": "user", "content": "go on"}]}


def answer(client: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    """The answer, the same whole and as a stream; its input is what count_tokens counts."""
    whole = message_of(client.post("/v1/messages", json=body))
    events = events_of(client.post("/v1/messages", json={**body, "stream": True}).raise_for_status().text)
    assert validate_response(whole, beta=True) == validate_stream(events, beta=True) == []
    assert list(fold(events)) == list(whole)
    (end,) = [event for event in events if event["type"] == "message_delta"]
    assert "input_transformations" not in end
    assert events[0]["message"]["input_transformations"] == whole["input_transformations"]
    sent = {key: value for key, value in body.items() if key != "max_tokens"}
    counted = client.post("/v1/messages/count_tokens", json=sent).raise_for_status().json()
    assert counted == {"input_tokens": whole["usage"]["input_tokens"]}
    return whole


def test_unreadable_thoughts_are_named(client: httpx.Client) -> None:
    begun = begin(client, "claude-opus-5-5")
    said = answer(client, {**begun, "model": "claude-sonnet-5"})
    path = {"path": "messages.1.content.0"}
    assert said["input_transformations"] == [{"type": "thinking_dropped", **path, "reason": "model_binding_mismatch"}]
    kept = [{**each, "content": each["content"][-1:]} for each in begun["messages"]]
    bare = answer(client, {**begun, "model": "claude-sonnet-5", "messages": [HI, kept[1], begun["messages"][2]]})
    assert said["usage"]["input_tokens"] == bare["usage"]["input_tokens"]
    assert list(said)[8:] == ["usage", "input_transformations", "diagnostics"]


@pytest.mark.parametrize("model", ["claude-haiku-5-5", "claude-sonnet-5-5"])
def test_unreadable_thoughts_are_no_error_in_another_conversation(client: httpx.Client, model: str) -> None:
    """The rule of the prefix is for thoughts that the model reads."""
    body = {**begin(client, "claude-opus-5-5"), "model": model, "system": "be rude", "thinking": ERROR}
    (entry,) = answer(client, body)["input_transformations"]
    assert entry["reason"] == "model_binding_mismatch"


def test_mismatch_is_dropped_on_demand(client: httpx.Client) -> None:
    body = {**begin(client, "claude-fable-5-2"), "system": "be rude", "thinking": DROP}
    (entry,) = answer(client, body)["input_transformations"]
    assert (entry["type"], entry["reason"]) == ("thinking_dropped", "prefix_binding_mismatch")


def test_mismatch_is_only_named_where_nobody_asks(client: httpx.Client) -> None:
    body = {**begin(client, "claude-opus-5-5"), "system": "be rude"}
    (entry,) = answer(client, body)["input_transformations"]
    assert (entry["type"], entry["reason"]) == ("thinking_mismatch_allowed", "prefix_binding_mismatch")
