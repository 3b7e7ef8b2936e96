"""The official client behind a relay gateway: through the API itself, and through an API that is converted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic import beta_tool

from mockserver.testing.server import MockServer

TOOL: Any = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
SCENARIOS = {
    "scenarios": [
        {
            "name": "weather",
            "when": {"user": "weather"},
            "turns": [
                {
                    "thinking": "I should look it up.",
                    "text": "One moment.",
                    "tool_use": {"name": "get_weather", "input": {"city": "Oslo"}},
                },
                {"text": "It is {{ tool_result.temp }} degrees in {{ tool_result.city }}."},
            ],
        },
        {"name": "busy", "when": {"user": "busy"}, "calls": [{"error": {"status": 529}}, "Here I am."]},
    ]
}
MODELS = ["claude-sonnet-4-6", "gpt-4o"]
THINKING = {"type": "enabled", "budget_tokens": 1024}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[anthropic.Anthropic]:
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "scenarios.json").write_text(json.dumps(SCENARIOS), "utf-8")
    (folder / "gateway.yaml").write_text("like: new-api\nretries: 1\n", "utf-8")
    with (
        MockServer(folder / "scenarios.json", gateway=str(folder / "gateway.yaml")) as server,
        anthropic.Anthropic(base_url=server.url, api_key="sk-any", max_retries=0) as client,
    ):
        yield client


def ask(model: str, *messages: Any, **more: Any) -> Any:
    return {"model": model, "max_tokens": 2000, "thinking": THINKING, "tools": [TOOL], "messages": [*messages], **more}


def user(text: str) -> Any:
    return {"role": "user", "content": text}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("streamed", [True, False])
def test_tool_loop_goes_through(client: anthropic.Anthropic, model: str, streamed: bool) -> None:
    """What a converted channel says goes back as it came: without a signature, with ids of OpenAI's."""
    asked = ask(model, user("What is the weather?"))
    if streamed:
        with client.messages.stream(**asked) as stream:
            first: Any = stream.get_final_message()
    else:
        first = client.messages.create(**asked)
    is_converted = model == "gpt-4o"
    kinds = [block.type for block in first.content]
    assert kinds == ["thinking", "tool_use"] if is_converted and not streamed else ["thinking", "text", "tool_use"]
    use = first.content[-1]
    assert (first.id[:4], use.id[:5]) == (("chat", "call_") if is_converted else ("msg_", "toolu"))
    assert bool(getattr(first.content[0], "signature", None)) is not is_converted
    assert (first.stop_reason, first.model, use.input) == ("tool_use", model, {"city": "Oslo"})
    result = {"type": "tool_result", "tool_use_id": use.id, "content": '{"temp": 21, "city": "Oslo"}'}
    back = [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    second: Any = client.messages.create(**ask(model, user("What is the weather?"), *back))
    assert second.content[-1].text == "It is 21 degrees in Oslo."


@beta_tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return json.dumps({"temp": 7, "city": city})


def run(client: anthropic.Anthropic, model: str, **more: Any) -> Any:
    asked: Any = {
        "model": model,
        "max_tokens": 2000,
        "tools": [get_weather],
        "messages": [user("What is the weather?")],
    }
    return client.beta.messages.tool_runner(**asked, **more).until_done().content[-1]


@pytest.mark.parametrize("model", MODELS)
def test_tool_runner_runs_through_without_a_thread(client: anthropic.Anthropic, model: str) -> None:
    assert run(client, model, thread=False).text == "It is 7 degrees in Oslo."


def test_threads_are_lost_on_the_way(client: anthropic.Anthropic) -> None:
    """The gateway leaves the field out: the API sees a result alone; one that is converted loses the question."""
    with pytest.raises(anthropic.BadRequestError, match="unexpected `tool_use_id`"):
        run(client, MODELS[0])
    assert "Oslo." not in run(client, MODELS[1]).text


def test_the_gateway_tries_again_in_the_clients_place(client: anthropic.Anthropic) -> None:
    """The client itself does not retry here."""
    message: Any = client.messages.create(**ask(MODELS[0], user("Are you busy?")))
    assert message.content[-1].text == "Here I am."


def test_names_with_endings_think(client: anthropic.Anthropic) -> None:
    asked: Any = {"model": "claude-3-7-sonnet-20250219-thinking", "messages": [user("Hello")], "max_tokens": 10}
    message = client.messages.create(**asked)
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.model == "claude-3-7-sonnet-20250219"


def test_streams_of_both_kinds_have_the_gateways_form(client: anthropic.Anthropic) -> None:
    for model, pings in zip(MODELS, (1, 0), strict=True):
        response = client.messages.with_raw_response.create(**ask(model, user("Hello")), stream=True)
        text = response.http_response.read().decode()
        events = text.count("\nevent: ") + 1
        assert text.count("\n\n\n") == events
        assert text.count("event: ping") == pings
        assert ("stop_sequence" in text) is bool(pings)
