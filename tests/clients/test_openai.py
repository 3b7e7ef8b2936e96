"""The official openai SDK against a real server, as an application uses it; answers fit the schemas of its types."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from mockserver import asgi_transport
from mockserver.testing.server import MockServer
from tests.clients.openai_checks import CheckedTransport, make_client
from tests.clients.test_sdk import WEATHER, script
from tests.pictures import png

MODEL = "claude-opus-4-8"
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


class City(BaseModel):
    """What a tool takes."""

    city: str


class Weather(BaseModel):
    """What a structured answer holds."""

    city: str
    degrees: int


@pytest.fixture
def client(running: MockServer, key: str) -> Iterator[OpenAI]:
    transport = CheckedTransport()
    with make_client(running.url, key, transport) as client:
        yield client
    assert transport.check()


def ask(*said: Any, **more: Any) -> Any:
    messages = [{"role": "user", "content": each} if isinstance(each, str) else each for each in said]
    return {"model": MODEL, "messages": messages or [{"role": "user", "content": "Hello"}], **more}


def complete(client: OpenAI, stream: bool, request: Any) -> Any:
    """The completion, whole or made of a stream by the helper of the SDK."""
    if not stream:
        return client.chat.completions.create(**request)
    with client.chat.completions.stream(**request) as events:
        return events.get_final_completion()


def read_call(call: Any) -> dict[str, Any]:
    """A call of a tool as it goes back in the next request."""
    function = {"name": call.function.name, "arguments": call.function.arguments}
    return {"id": call.id, "type": "function", "function": function}


def say(client: OpenAI, request: Any) -> Any:
    """The message of a whole completion."""
    return client.chat.completions.create(**request).choices[0].message


def test_completion_is_created(client: OpenAI) -> None:
    completion = client.chat.completions.create(**ask())
    (choice,) = completion.choices
    assert choice.finish_reason == "stop"
    assert choice.message.content
    assert completion.model == MODEL
    assert completion.object == "chat.completion"
    assert completion.usage
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    assert (completion._request_id or "").startswith("req_")


@pytest.mark.parametrize("wants_usage", [False, True])
def test_stream_says_what_the_completion_says(client: OpenAI, wants_usage: bool) -> None:
    whole = client.chat.completions.create(**ask())
    more = {"stream_options": {"include_usage": True}} if wants_usage else {}
    chunks = list(client.chat.completions.create(**ask(stream=True, **more)))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    last = chunks[-1]
    assert (last.choices == [], last.usage == whole.usage) == (wants_usage, wants_usage)
    assert [chunk.usage for chunk in chunks[:-1] if chunk.usage] == []


def test_helper_tells_what_happens_in_a_stream(client: OpenAI) -> None:
    with client.chat.completions.stream(**ask()) as stream:
        events = list(stream)
        final = stream.get_final_completion()
    kinds = [event.type for event in events]
    assert {"chunk", "content.delta", "content.done"} <= set(kinds)
    said = "".join(event.delta for event in events if event.type == "content.delta")
    assert said == final.choices[0].message.content == say(client, ask()).content


@STREAMED
def test_tool_loop_takes_two_turns(running: MockServer, client: OpenAI, key: str, stream: bool) -> None:
    script(running, key, WEATHER)
    first = complete(client, stream, ask("What is the weather?", tools=[TOOL])).choices[0]
    assert first.finish_reason == "tool_calls"
    (call,) = map(read_call, first.message.tool_calls)
    assert call["function"]["name"] == "get_weather"
    assert json.loads(call["function"]["arguments"]) == {"city": "Oslo"}
    turn = {"role": "assistant", "content": first.message.content, "tool_calls": [call]}
    result = {"role": "tool", "tool_call_id": call["id"], "content": '{"temp": 21}'}
    second = complete(client, stream, ask("What is the weather?", turn, result, tools=[TOOL])).choices[0]
    assert second.message.content == "It is 21 degrees in Oslo."
    assert second.finish_reason == "stop"


@STREAMED
def test_tools_are_called_in_parallel(running: MockServer, client: OpenAI, key: str, stream: bool) -> None:
    cities = ["Oslo", "Bergen"]
    uses = [{"name": "get_weather", "input": {"city": city}} for city in cities]
    script(running, key, {"turns": [{"text": "I look.", "tool_use": uses}, {"text": "Both are fine."}]})
    first = complete(client, stream, ask(tools=[TOOL])).choices[0].message
    calls = [*map(read_call, first.tool_calls)]
    assert first.content == "I look."
    assert [json.loads(call["function"]["arguments"])["city"] for call in calls] == cities
    assert len({call["id"] for call in calls}) == 2
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "dry"} for call in calls]
    asked = ask("Hello", {"role": "assistant", "content": "I look.", "tool_calls": calls}, *results, tools=[TOOL])
    assert complete(client, stream, asked).choices[0].message.content == "Both are fine."


@pytest.mark.parametrize("helper", ["create", "parse", "stream"])
def test_messages_go_back_as_the_sdk_reads_them(running: MockServer, client: OpenAI, key: str, helper: str) -> None:
    """With the fields that its helpers add: ``parsed``, ``parsed_arguments``."""
    script(running, key, WEATHER)
    tools: Any = [openai.pydantic_function_tool(City, name="get_weather")]
    history: list[Any] = ["What is the weather?"]
    for _ in range(2):
        request = ask(*history, tools=tools)
        create = client.chat.completions.parse if helper == "parse" else client.chat.completions.create
        answer = complete(client, True, request) if helper == "stream" else create(**request)
        message = answer.choices[0].message
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": '{"temp": 21}'} for call in message.tool_calls or ()
        ]
        history += [message, *results]
    assert history[-1].content == "It is 21 degrees in Oslo."


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "get_weather"}}], ids=str)
def test_forced_tool_is_called(client: OpenAI, choice: Any) -> None:
    (call,) = say(client, ask(tools=[TOOL], tool_choice=choice)).tool_calls
    assert isinstance(json.loads(call.function.arguments)["city"], str)


def test_structured_output_is_parsed(client: OpenAI) -> None:
    parsed = client.chat.completions.parse(**ask(), response_format=Weather).choices[0].message.parsed
    assert isinstance(parsed, Weather)
    with client.chat.completions.stream(**ask(), response_format=Weather) as stream:
        assert stream.get_final_completion().choices[0].message.parsed == parsed


def test_tool_of_a_model_is_parsed(client: OpenAI) -> None:
    tool = openai.pydantic_function_tool(Weather, name="tell")
    message = client.chat.completions.parse(**ask(tools=[tool], tool_choice="required")).choices[0].message
    assert [type(call.function.parsed_arguments) for call in message.tool_calls or ()] == [Weather]


def test_json_object_is_json(client: OpenAI) -> None:
    message = say(client, ask("Answer in JSON", response_format={"type": "json_object"}))
    assert isinstance(json.loads(message.content), dict)


@pytest.mark.parametrize(("reply", "error"), [
    ({"text": "I", "stop_reason": "max_tokens"}, openai.LengthFinishReasonError),
    ({"text": "I", "stop_reason": "refusal"}, openai.ContentFilterFinishReasonError),
])  # fmt: skip
def test_unfinished_output_is_not_parsed(
    running: MockServer, client: OpenAI, key: str, reply: Any, error: type[Exception]
) -> None:
    script(running, key, {"reply": reply})
    with pytest.raises(error):
        client.chat.completions.parse(**ask(), response_format=Weather)


@STREAMED
def test_several_choices_are_the_same_reply(running: MockServer, client: OpenAI, key: str, stream: bool) -> None:
    script(running, key, {"calls": [{"text": "One."}, {"text": "Two."}]})
    for text in ("One.", "Two."):
        choices = complete(client, stream, ask(n=3)).choices
        assert [choice.index for choice in choices] == [0, 1, 2]
        assert [choice.message.content for choice in choices] == [text] * 3


def test_picture_is_seen(running: MockServer, client: OpenAI, key: str) -> None:
    url = f"data:image/png;base64,{base64.b64encode(png(8, 8)).decode()}"
    script(running, key, {"scenarios": [{"when": {"user": "what"}, "reply": "A square."}]})
    parts = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "And what is it?"}]
    completion = client.chat.completions.create(**ask({"role": "user", "content": parts}))
    assert completion.choices[0].message.content == "A square."
    plain = client.chat.completions.create(**ask("And what is it?"))
    assert completion.usage
    assert plain.usage
    assert completion.usage.prompt_tokens > plain.usage.prompt_tokens


@pytest.mark.parametrize("role", ["system", "developer"])
def test_instructions_are_the_system_prompt(running: MockServer, client: OpenAI, key: str, role: str) -> None:
    script(running, key, {"scenarios": [{"when": {"system": "pirate"}, "reply": "Arr."}, {"reply": "No."}]})
    asked = ask({"role": role, "content": "You are a pirate."}, {"role": "user", "content": "Hello"})
    assert client.chat.completions.create(**asked).choices[0].message.content == "Arr."


def test_reasoning_is_shown_beside_the_answer(running: MockServer, client: OpenAI, key: str) -> None:
    script(running, key, {"reply": {"thinking": "Two and two.", "text": "Four."}})
    request = {**ask(reasoning_effort="high"), "model": "claude-sonnet-4-5"}
    whole = say(client, request)
    assert (whole.content, whole.model_extra["reasoning_content"]) == ("Four.", "Two and two.")
    chunks = client.chat.completions.create(**request, stream=True)
    thoughts = [(chunk.choices[0].delta.model_extra or {}).get("reasoning_content", "") for chunk in chunks]
    assert "".join(thoughts) == "Two and two."


def test_stop_sequence_ends_the_answer(running: MockServer, client: OpenAI, key: str) -> None:
    script(running, key, {"reply": "One. Two. Three."})
    (choice,) = client.chat.completions.create(**ask(stop=["Three"])).choices
    assert (choice.finish_reason, choice.message.content) == ("stop", "One. Two. ")


def test_models_are_listed(running: MockServer, key: str) -> None:
    """Without a gateway in the shape of the Messages API, of which the SDK reads the ids."""
    with make_client(running.url, key, httpx.HTTPTransport()) as client:
        names = [model.id for model in client.models.list()]
    assert "claude-opus-4-8" in names


@pytest.mark.asyncio
async def test_async_client_gets_the_same(running: MockServer, key: str) -> None:
    async with AsyncOpenAI(base_url=f"{running.url}/v1", api_key=key, max_retries=0) as client:
        whole = (await client.chat.completions.create(**ask())).choices[0].message.content
        chunks = [chunk async for chunk in await client.chat.completions.create(**ask(stream=True))]
        async with client.chat.completions.stream(**ask()) as stream:
            final = await stream.get_final_completion()
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole
    assert final.choices[0].message.content == whole


def test_client_needs_no_socket() -> None:
    session = asgi_transport().session("key")
    session.reply("Hello yourself.")
    with OpenAI(api_key="key", http_client=httpx.Client(transport=session.transport)) as client:
        assert client.chat.completions.create(**ask()).choices[0].message.content == "Hello yourself."
        with client.chat.completions.stream(**ask()) as stream:
            assert stream.get_final_completion().choices[0].message.content == "Hello yourself."
    session.assert_called(2, endpoint="chat/completions")


@pytest.mark.asyncio
async def test_async_client_needs_no_socket() -> None:
    session = asgi_transport().session("key")
    session.reply("Hello yourself.")
    async with AsyncOpenAI(api_key="key", http_client=httpx.AsyncClient(transport=session.transport)) as client:
        whole = await client.chat.completions.create(**ask())
        chunks = [chunk async for chunk in await client.chat.completions.create(**ask(stream=True))]
    assert whole.choices[0].message.content == "Hello yourself."
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hello yourself."
