"""The official openai SDK behind gateways: their forms of answers fit the schemas with what each adds, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import openai
import pytest
from openai import OpenAI

from mockserver.reference import schemas
from mockserver.testing.server import MockServer
from tests.clients.openai_checks import CheckedTransport, make_client
from tests.clients.test_openai import STREAMED, TOOL, Weather, ask, complete, read_call, say
from tests.clients.test_sdk import WEATHER

# What stands before the names of the schemas of each gateway's answers.
PREFIXES = {"new-api": "new_api_", "one-api": "one_api_"}
OWN: dict[str, Any] = {
    "like": "new-api",
    "language": "en",
    "retries": 1,
    "channels": [{"name": "busy", "error": "overloaded_error", "models": "claude-haiku*"}, "converted", "native"],
    "keys": {"sk-old": "token_expired", "sk-poor": "insufficient_user_quota", "sk-quick": "rate_limited"},
    "models": {"claude-none": {"error": "model_not_found"}},
}


@pytest.fixture(scope="module", params=PREFIXES)
def gateway(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(gateway: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockServer]:
    fixture = tmp_path_factory.mktemp("weather") / "weather.yaml"
    fixture.write_text(json.dumps(WEATHER))
    with MockServer(fixture, gateway=gateway) as server:
        yield server


@pytest.fixture
def client(server: MockServer, gateway: str) -> Iterator[OpenAI]:
    transport = CheckedTransport(PREFIXES[gateway])
    with make_client(server.url, "sk-any", transport) as client:
        yield client
    assert transport.check()


@STREAMED
def test_tool_loop_takes_two_turns(client: OpenAI, stream: bool) -> None:
    message = say(client, ask("What is the weather?", tools=[TOOL]))
    (call,) = map(read_call, message.tool_calls)
    assert call["id"].startswith("toolu_")
    assert json.loads(call["function"]["arguments"]) == {"city": "Oslo"}
    turn = {"role": "assistant", "content": message.content, "tool_calls": [call]}
    result = {"role": "tool", "tool_call_id": call["id"], "content": '{"temp": 21}'}
    done = complete(client, stream, ask("What is the weather?", turn, result, tools=[TOOL])).choices[0]
    assert (done.message.content, done.finish_reason) == ("It is 21 degrees in Oslo.", "stop")


def test_stream_says_what_the_completion_says(client: OpenAI) -> None:
    chunks = list(client.chat.completions.create(**ask(stream=True, stream_options={"include_usage": True})))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == say(client, ask()).content


def test_structured_output_is_parsed(client: OpenAI) -> None:
    message = client.chat.completions.parse(**ask(), response_format=Weather).choices[0].message
    assert isinstance(message.parsed, Weather)


def test_models_are_listed_in_the_shape_of_the_gateway(server: MockServer, gateway: str) -> None:
    with make_client(server.url, "sk-any", httpx.HTTPTransport()) as client:
        raw = client.models.with_raw_response.list()
        body = json.loads(raw.http_response.content)
        assert "gpt-4o" in [model.id for model in raw.parse()]
    errors = schemas.response_validator(f"{PREFIXES[gateway]}chat_models").iter_errors(body)
    assert [(list(error.instance_path), error.message) for error in errors] == []
    assert not schemas.response_validator("chat_models").is_valid(body)


def test_answers_name_their_request(server: MockServer) -> None:
    with make_client(server.url, "sk-any", httpx.HTTPTransport()) as client:
        raw = client.chat.completions.with_raw_response.create(**ask())
        with pytest.raises(openai.APIStatusError) as caught:
            client.get("/nowhere", cast_to=object)
    assert raw.headers["x-oneapi-request-id"].isalnum()
    assert caught.value.status_code == 404


def test_thinking_is_reasoning_of_new_api() -> None:
    transport = CheckedTransport("new_api_")
    with MockServer(gateway="new-api") as server, make_client(server.url, "sk-any", transport) as client:
        asked = {**ask(), "model": "claude-3-7-sonnet-20250219-thinking"}
        assert say(client, asked).model_extra["reasoning_content"]
        chunks = list(client.chat.completions.create(**asked, stream=True))
        said = [chunk.choices[0].delta.model_extra or {} for chunk in chunks if chunk.choices]
        assert "".join(each.get("reasoning_content", "") for each in said)
    assert transport.check() == 2


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockServer]:
    path: Path = tmp_path_factory.mktemp("gateway") / "gateway.yaml"
    path.write_text(json.dumps(OWN))
    with MockServer(gateway=str(path)) as server:
        yield server


@pytest.mark.parametrize(
    ("key", "model", "expected", "status", "code"),
    [
        ("sk-old", "claude-opus-4-8", openai.AuthenticationError, 401, ""),
        ("sk-poor", "claude-opus-4-8", openai.PermissionDeniedError, 403, "insufficient_user_quota"),
        ("sk-quick", "claude-opus-4-8", openai.RateLimitError, 429, ""),
        ("sk-any", "claude-none", openai.InternalServerError, 503, "model_not_found"),
    ],
)
def test_error_of_the_gateway_has_its_class(
    own: MockServer, key: str, model: str, expected: type[openai.APIStatusError], status: int, code: str
) -> None:
    transport = CheckedTransport("new_api_")
    with make_client(own.url, key, transport) as client, pytest.raises(expected, match="request id: ") as caught:
        client.chat.completions.create(**{**ask(), "model": model})
    assert (caught.value.status_code, caught.value.code, caught.value.type) == (status, code, "new_api_error")
    assert transport.check() == 1


def test_sdk_retries_while_there_is_no_channel(own: MockServer) -> None:
    transport = CheckedTransport("new_api_")
    with (
        make_client(own.url, "sk-retrying", transport, max_retries=1) as client,
        pytest.raises(openai.InternalServerError),
    ):
        client.chat.completions.create(**{**ask(), "model": "claude-none"})
    assert transport.check() == 2


def test_second_channel_answers_where_the_first_fails(own: MockServer) -> None:
    transport = CheckedTransport("new_api_")
    with make_client(own.url, "sk-any", transport) as client:
        assert say(client, {**ask(), "model": "claude-haiku-4-5"}).content
    assert transport.check() == 1


def test_converted_channel_answers_in_the_form_of_openai(own: MockServer) -> None:
    transport = CheckedTransport()
    with make_client(own.url, "sk-any", transport) as client:
        completion = client.chat.completions.create(**{**ask(), "model": "gpt-4o"})
    assert completion.id.startswith("chatcmpl-")
    assert transport.check() == 1
