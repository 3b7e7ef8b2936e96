"""A request of the journal becomes a scenario that answers the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest
import yaml

from mockserver.testing.server import MockServer
from tests.strict import error_of, message_of

HELLO: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 500,
    "messages": [{"role": "user", "content": "How is the weather in Oslo?"}],
    "tools": [{"name": "get_weather", "input_schema": {"type": "object"}}],
}
SCENARIOS = """
scenarios:
  - {when: {user: weather}, reply: {text: Let me see., tool_use: {name: get_weather, input: {city: Oslo}}}}
  - {when: {user: busy}, reply: {error: overloaded_error}}
  - {when: {endpoint: count_tokens, user: weather}, reply: {input_tokens: 77}}
  - {when: {user: gateway}, reply: {raw: {json: {code: 1}}}}
  - {when: {user: pages}, reply: {raw: {stream: true, body: "data: []\n\n"}}}
  - {when: {user: broken}, reply: {text: Half of it., fault: truncate}}
  - {when: {user: page}, reply: {raw: {status: 502, body: Bad gateway, headers: {content-type: text/plain}}}}
"""


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    headers = {"x-api-key": "sk-ant-planted-secret-0001", "anthropic-version": "2023-06-01"}
    with httpx.Client(transport=MockServer().transport, base_url="http://localhost", headers=headers) as client:
        assert client.post("/_mock/scenarios", content=SCENARIOS).status_code == 201
        yield client


def ask(client: httpx.Client, user: str = "", path: str = "/v1/messages", **changes: Any) -> httpx.Response:
    body = {**HELLO, **changes}
    if path != "/v1/messages":
        del body["max_tokens"]
    if user:
        body["messages"] = [{"role": "user", "content": user}]
    return client.post(path, json=body)


def make_scenario(client: httpx.Client) -> str:
    number = client.get("/_mock/requests?order=newest&limit=1").json()["requests"][0]["number"]
    answer = client.get(f"/_mock/requests/{number}/scenario")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/yaml"
    return answer.text


@pytest.mark.parametrize("stream", [False, True])
def test_scenario_answers_as_the_request_was_answered(client: httpx.Client, stream: bool) -> None:
    first = message_of(ask(client, stream=stream))
    text = make_scenario(client)
    (scenario,) = yaml.load(text, yaml.CSafeLoader)["scenarios"]
    assert scenario["when"] == {"user": "How is the weather in Oslo?"}
    assert scenario["name"] == "request-1"
    assert "planted" not in text
    client.delete("/_mock/scenarios")
    assert client.post("/_mock/scenarios", content=text).status_code == 201
    second = message_of(ask(client, stream=stream))
    assert [block["type"] for block in second["content"]] == ["text", "tool_use"]
    assert {**second, "id": "", "content": []} == {**first, "id": "", "content": []}
    assert [block.get("input") for block in second["content"]] == [None, {"city": "Oslo"}]


@pytest.mark.parametrize(
    ("user", "path", "reply"),
    [
        ("busy", "/v1/messages", {"error": "overloaded_error"}),
        ("weather", "/v1/messages/count_tokens", {"input_tokens": 77}),
        ("gateway", "/v1/messages", {"raw": {"json": {"code": 1}}}),
        ("page", "/v1/messages", {"raw": {"status": 502, "body": "Bad gateway"}}),
    ],
)
def test_other_answers_have_words_too(client: httpx.Client, user: str, path: str, reply: dict[str, Any]) -> None:
    ask(client, user, path)
    (scenario,) = yaml.load(make_scenario(client), yaml.CSafeLoader)["scenarios"]
    words = scenario["reply"]
    words.get("raw", {}).pop("headers", None)
    assert words == reply


def test_secrets_are_taken_out(client: httpx.Client) -> None:
    ask(client, "The weather for jo.planted@example.com, please")
    assert "planted" not in make_scenario(client)


def test_what_makes_no_scenario_says_why(client: httpx.Client) -> None:
    client.get("/v1/nothing")
    error = client.get("/_mock/requests/1/scenario")
    assert error.status_code == 422
    assert error.json()["error"]["message"].startswith("Request 1 makes no scenario: GET http://localhost/v1/nothing")
    client.patch("/_mock/settings", json={"unmatched": "error"})
    ask(client, "Who are you?")
    error = client.get("/_mock/requests/2/scenario")
    assert error.json()["error"]["message"] == (
        "Request 2 makes no scenario: POST /v1/messages (no scenario answered it)."
    )
    ask(client, "pages")
    error = client.get("/_mock/requests/3/scenario")
    assert error.json()["error"]["message"] == "Request 3 makes no scenario: the stream is not whole."
    ask(client, "broken")
    error = client.get("/_mock/requests/4/scenario")
    assert error.json()["error"]["message"].endswith("its answer as it was before a fault struck it (truncate).")
    assert client.get("/_mock/requests/99/scenario").status_code == 404
    assert error_of(client.post("/v1/messages", json={}), 400)
