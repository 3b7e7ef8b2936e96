"""What the official client makes of every fault, over a real connection, as the docs tell it."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import pytest

from mockserver.testing.server import MockServer
from mockserver.wires import FAULTS
from tests.fault_cases import OF_MESSAGES, rows

# The shortest way to write each fault that needs more than its name, or would take long.
WRITTEN: dict[str, dict[str, Any]] = {
    "split": {"bytes": 5},
    "drop_event": {"event": "usage"},
    "slow_headers": {"for": "50ms"},
    "no_data": {"event": "content_block_delta"},
    "start_usage": {"output_tokens": 5},
    "delta_usage": {"output_tokens": 5},
}
CONTENT = [
    {"type": "thinking", "thinking": "Let me look."},
    {"type": "text", "text": "One moment please, I look it up."},
    {"type": "tool_use", "name": "weather", "input": {"city": "Oslo", "days": 3}},
]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[anthropic.Anthropic]:
    scenarios: list[dict[str, Any]] = [
        {
            "name": name,
            "when": {"user": {"equals": name}},
            "reply": {"content": CONTENT, "fault": {"then": name, **WRITTEN.get(name, {})}},
        }
        for name in OF_MESSAGES
    ]
    fixture = tmp_path_factory.mktemp("faults") / "faults.yaml"
    fixture.write_text(json.dumps({"scenarios": [*scenarios, {"name": "sound", "reply": {"content": CONTENT}}]}))
    with (
        MockServer(fixture) as server,
        anthropic.Anthropic(base_url=server.url, api_key="sk-any", max_retries=0, timeout=0.4) as client,
    ):
        yield client


def call(user: str) -> dict[str, Any]:
    return {
        "model": "claude-sonnet-4-6",
        "max_tokens": 2000,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "tools": [{"name": "weather", "input_schema": SCHEMA}],
        "messages": [{"role": "user", "content": user}],
    }


def streamed(client: anthropic.Anthropic, user: str) -> Any:
    with client.messages.stream(**call(user)) as stream:
        return stream.get_final_message()


def whole(client: anthropic.Anthropic, user: str) -> Any:
    return client.messages.create(**call(user))


def seen(say: Callable[[anthropic.Anthropic, str], Any], client: anthropic.Anthropic, name: str) -> str:
    """In the words of the docs: no difference, another message, or the class of the exception."""
    try:
        with warnings.catch_warnings():
            # The SDK warns of fields that have not their type.
            warnings.simplefilter("ignore", UserWarning)
            message = say(client, name)
    except Exception as error:
        return f"`{type(error).__name__}`"
    return "no difference" if told(message) == told(say(client, "sound")) else "another message"


def told(message: Any) -> Any:
    """What a message says, leaving out what differs from call to call."""
    if not isinstance(message, anthropic.types.Message) or message.content is None:
        return None
    blocks = [
        (block.type, *(getattr(block, field, None) for field in ("text", "thinking", "input", "name")))
        for block in message.content
    ]
    signed = [bool(getattr(block, "signature", None)) for block in message.content]
    usage = message.usage and (message.usage.output_tokens, message.usage.input_tokens is None)
    return blocks, signed, message.stop_reason, usage


@pytest.mark.parametrize("name", OF_MESSAGES)
def test_the_docs_tell_what_the_python_sdk_sees(client: anthropic.Anthropic, name: str) -> None:
    """The cell of the docs, but for what it explains in brackets."""
    cell = re.sub(r" \([^)]*\)", "", rows()[name][3])
    expected = seen(streamed, client, name)
    if FAULTS[name].whole:
        expected += f"; whole: {seen(whole, client, name)}"
    assert cell == expected
