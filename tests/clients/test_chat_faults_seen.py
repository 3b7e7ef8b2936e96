"""What the official openai client makes of the faults of chat answers, over a real connection, as the docs tell it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

from mockserver.testing.server import MockServer
from mockserver.wires import WIRES
from mockserver.wires.chat.defects import DEFECTS
from tests.fault_cases import rows

CONTENT = [
    {"type": "thinking", "thinking": "Let me look."},
    {"type": "text", "text": "One moment please, I look it up."},
    {"type": "tool_use", "name": "weather", "input": {"city": "Oslo", "days": 3}},
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[openai.OpenAI]:
    scenarios: list[dict[str, Any]] = [
        {"name": name, "when": {"user": {"equals": name}}, "reply": {"content": CONTENT, "fault": name}}
        for name in DEFECTS
    ]
    fixture = tmp_path_factory.mktemp("faults") / "faults.yaml"
    fixture.write_text(json.dumps({"scenarios": [*scenarios, {"name": "sound", "reply": {"content": CONTENT}}]}))
    with (
        MockServer(fixture) as server,
        openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-any", max_retries=0, timeout=5) as client,
    ):
        yield client


def streamed(client: openai.OpenAI, user: str) -> Any:
    options: Any = {"stream_options": {"include_usage": True}}
    with client.chat.completions.stream(**call(user), **options) as stream:
        return stream.get_final_completion()


def whole(client: openai.OpenAI, user: str) -> Any:
    return client.chat.completions.create(**call(user))


def call(user: str) -> Any:
    return {"model": "claude-sonnet-4-6", "messages": [{"role": "user", "content": user}]}


def seen(say: Callable[[openai.OpenAI, str], Any], client: openai.OpenAI, name: str) -> str:
    """In the words of the docs: no difference, another completion, or the class of the exception."""
    try:
        completion = say(client, name)
    except Exception as error:
        return f"`{type(error).__name__}`"
    return "no difference" if told(completion) == told(say(client, "sound")) else "another completion"


def told(completion: Any) -> Any:
    """What a completion says, leaving out what differs from call to call."""
    (choice,) = completion.choices
    calls = [(each.function.name, each.function.arguments) for each in choice.message.tool_calls or ()]
    thought = getattr(choice.message, "reasoning_content", None)
    usage = completion.usage and completion.usage.completion_tokens
    return choice.message.content, thought, calls, choice.finish_reason, usage


@pytest.mark.parametrize("name", DEFECTS)
def test_the_docs_tell_what_the_openai_sdk_sees(client: openai.OpenAI, name: str) -> None:
    """The cell of the docs, but for what it explains in brackets."""
    cell = re.sub(r" \([^)]*\)", "", rows()[name][3])
    expected = seen(streamed, client, name)
    if WIRES["chat"].faults[name].whole:
        expected += f"; whole: {seen(whole, client, name)}"
    assert cell == expected
