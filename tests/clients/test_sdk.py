"""The official Python SDK against a real server, as an application uses it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2 as httpx
import pytest
from anthropic import beta_tool

from mockserver.testing.server import MockServer

MODEL = "claude-opus-4-8"
TOOL: Any = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
WEATHER = {
    "scenarios": [
        {
            "name": "weather",
            "when": {"user": "weather", "tools": ["get_weather"]},
            "turns": [
                {"thinking": "I should look it up.", "tool_use": {"name": "get_weather", "input": {"city": "Oslo"}}},
                {"text": "It is {{ tool_result.temp }} degrees in Oslo."},
            ],
        }
    ]
}


@pytest.fixture
def client(running: MockServer, key: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=running.url, api_key=key, max_retries=0) as client:
        yield client


@pytest.fixture
def async_client(running: MockServer, key: str) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(base_url=running.url, api_key=key, max_retries=0)


def script(server: MockServer, key: str, scenarios: Any) -> None:
    url = f"{server.url}/_mock/scenarios"
    httpx.post(url, content=json.dumps(scenarios), headers={"x-api-key": key}).raise_for_status()


def ask(text: str, **more: Any) -> Any:
    return {"model": MODEL, "max_tokens": 1024, "messages": [{"role": "user", "content": text}], **more}


def test_message_is_created(client: anthropic.Anthropic) -> None:
    message = client.messages.create(**ask("Hello"))
    assert message.content[0].type == "text"
    assert message.stop_reason == "end_turn"
    assert message._request_id
    assert message._request_id.startswith("req_011")
    assert message.usage.input_tokens > 0


def test_stream_helper_follows_the_stream(client: anthropic.Anthropic) -> None:
    with client.messages.stream(**ask("Hello")) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert final.content[0].type == "text"
    assert final.content[0].text == text == client.messages.create(**ask("Hello")).content[0].text


async def stream_and_create(client: anthropic.AsyncAnthropic) -> tuple[Any, Any, list[str]]:
    kinds: list[str] = []
    async with client:
        async with client.messages.stream(**ask("Hello")) as stream:
            kinds += [event.type async for event in stream]
            streamed = await stream.get_final_message()
        return await client.messages.create(**ask("Hello")), streamed, kinds


@pytest.mark.asyncio
async def test_async_client_gets_the_same(async_client: anthropic.AsyncAnthropic) -> None:
    whole, streamed, kinds = await stream_and_create(async_client)
    assert [block.text for block in whole.content] == [block.text for block in streamed.content]
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"


@pytest.mark.parametrize("stream", [False, True])
def test_tool_loop_takes_two_turns(running: MockServer, client: anthropic.Anthropic, key: str, stream: bool) -> None:
    script(running, key, WEATHER)
    asked: list[Any] = [{"role": "user", "content": "What is the weather?"}]

    def send() -> Any:
        more: Any = {"model": MODEL, "max_tokens": 1024, "messages": asked, "tools": [TOOL]}
        if not stream:
            return client.messages.create(**more)
        with client.messages.stream(**more) as events:
            return events.get_final_message()

    first = send()
    thinking, use = first.content
    assert first.stop_reason == "tool_use"
    assert thinking.signature
    assert use.input == {"city": "Oslo"}
    result = {"type": "tool_result", "tool_use_id": use.id, "content": '{"temp": 21}'}
    asked += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    second = send()
    assert second.content[0].text == "It is 21 degrees in Oslo."
    assert second.stop_reason == "end_turn"


def test_tool_runner_of_the_sdk_finishes(running: MockServer, client: anthropic.Anthropic, key: str) -> None:
    script(running, key, WEATHER)
    called = []

    @beta_tool
    def get_weather(city: str) -> str:
        """The weather of a city."""
        called.append(city)
        return '{"temp": -3}'

    runner = client.beta.messages.tool_runner(**ask("How is the weather?"), tools=[get_weather])
    final = runner.until_done()
    assert called == ["Oslo"]
    assert final.content[0].type == "text"
    assert final.content[0].text == "It is -3 degrees in Oslo."


def test_thinking_goes_round_twice(client: anthropic.Anthropic) -> None:
    """The thinking block comes back signed, and a block that was tampered with is found out."""
    more: Any = {"thinking": {"type": "adaptive", "display": "summarized"}}
    first = client.messages.create(**ask("Think about it", **more))
    thinking = first.content[0]
    assert thinking.type == "thinking"
    assert thinking.thinking
    turns: list[Any] = [
        {"role": "user", "content": "Think about it"},
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": "Once more"},
    ]
    second = client.messages.create(model=MODEL, max_tokens=1024, messages=turns, **more)
    assert second.content[0].type == "thinking"
    forged = thinking.model_copy(update={"signature": thinking.signature[:-8] + "AAAAAAA="})
    turns[1] = {"role": "assistant", "content": [forged, *first.content[1:]]}
    with pytest.raises(anthropic.BadRequestError, match="Invalid `signature` in `thinking` block"):
        client.messages.create(model=MODEL, max_tokens=1024, messages=turns, **more)


@pytest.mark.parametrize(
    ("error", "status", "expected"),
    [
        ("invalid_request_error", 400, anthropic.BadRequestError),
        ("authentication_error", 401, anthropic.AuthenticationError),
        ("permission_error", 403, anthropic.PermissionDeniedError),
        ("not_found_error", 404, anthropic.NotFoundError),
        ("rate_limit_error", 429, anthropic.RateLimitError),
        ("api_error", 500, anthropic.InternalServerError),
        ("overloaded_error", 529, anthropic.OverloadedError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_scripted_error_has_its_class(
    running: MockServer,
    client: anthropic.Anthropic,
    key: str,
    error: str,
    status: int,
    expected: type[anthropic.APIStatusError],
    stream: bool,
) -> None:
    script(running, key, {"reply": {"error": error}})
    with pytest.raises(expected) as caught:
        client.messages.create(**ask("Hello", stream=stream))
    assert caught.value.status_code == status
    assert caught.value.type == error
    # A refused key comes from the edge of the API, which knows no request.
    assert (caught.value.request_id or "none")[:4] == ("none" if status == 401 else "req_")


def test_earned_errors_have_their_class(running_strict: MockServer, key: str) -> None:
    with anthropic.Anthropic(base_url=running_strict.url, api_key=key) as client:
        with pytest.raises(anthropic.BadRequestError, match="at least one message is required"):
            client.messages.create(model=MODEL, max_tokens=10, messages=[])
        with pytest.raises(anthropic.NotFoundError, match="model: claude-nobody"):
            client.messages.create(**{**ask("Hello"), "model": "claude-nobody"})
    with (
        MockServer(api_keys=("right",)) as server,
        anthropic.Anthropic(base_url=server.url, api_key="wrong") as client,
        pytest.raises(anthropic.AuthenticationError),
    ):
        client.messages.create(**ask("Hello"))


def test_retry_finds_the_next_call_of_the_script(running: MockServer, key: str) -> None:
    script(running, key, {"calls": [{"error": {"type": "overloaded_error", "retry_after": 0}}, {"text": "At last."}]})
    with anthropic.Anthropic(base_url=running.url, api_key=key) as client:
        message = client.messages.create(**ask("Hello"))
    assert message.content[0].text == "At last."
    first, second = running.mock.journal.entries(key)[-2:]
    assert (first.status, second.status, second.retry_of) == (529, 200, first.number)


def test_models_are_listed(client: anthropic.Anthropic) -> None:
    names = [model.id for model in client.models.list(limit=5)]
    assert len(names) > 5
    assert client.models.retrieve("claude-haiku-4-5").id == "claude-haiku-4-5-20251001"


def test_tokens_are_counted(client: anthropic.Anthropic) -> None:
    counted = client.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": "Hello"}])
    assert counted.input_tokens == client.messages.create(**ask("Hello")).usage.input_tokens


def test_structured_output_parses(client: anthropic.Anthropic) -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "degrees": {"type": "integer"}},
        "required": ["city", "degrees"],
        "additionalProperties": False,
    }
    config: Any = {"format": {"type": "json_schema", "schema": schema}}
    message = client.messages.create(**ask("Hello", output_config=config))
    told = json.loads(message.content[0].text)
    assert isinstance(told["degrees"], int)


def test_forced_tool_is_called(client: anthropic.Anthropic) -> None:
    message = client.messages.create(**ask("Hello", tools=[TOOL], tool_choice={"type": "tool", "name": "get_weather"}))
    (use,) = [block for block in message.content if block.type == "tool_use"]
    assert isinstance(use.input["city"], str)
    assert message.stop_reason == "tool_use"
