"""Endpoints of the API that the server has not: each is told of by name, in the API's shape."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2 as httpx
import pytest
import yaml

from mockserver.derive import surface
from mockserver.endpoints.outside import find_refusal, find_wire_refusal
from mockserver.reference import schemas
from mockserver.testing.server import MockServer
from tests.strict import error_of

ROUTES = [tuple(route.split(" ")) for route in surface.read_noted(schemas.folder()).routes or ()]


@pytest.fixture(params=["relay", "anthropic"])
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    server = MockServer(profile=request.param, prefixes=("/proxy",), api_keys=("right",))
    with httpx.Client(transport=server.transport, base_url="http://mock") as client:
        yield client


def test_each_route_of_the_sdk_is_known() -> None:
    assert len(ROUTES) > 250
    for method, pattern in ROUTES:
        refusal = find_refusal(method, pattern.replace("{}", "x_1"))
        assert refusal is not None, pattern
        assert refusal.finding.status == 404
        assert refusal.finding.message.startswith(f"{method} {pattern.replace('{}', '{id}')} is known")
        other = find_refusal("PATCH", pattern.replace("{}", "x_1"))
        assert other is not None
        assert other.finding.status == 405
        assert method in other.headers["allow"].split(", ")


@pytest.mark.parametrize("prefix", ["", "/proxy"])
@pytest.mark.parametrize(
    ("method", "path", "shown"),
    [
        ("POST", "/v1/agents", "POST /v1/agents"),
        ("GET", "/v1/agents/agent_1?beta=true", "GET /v1/agents/{id}"),
        ("GET", "/v1/agents/agent_1/", "GET /v1/agents/{id}"),
        ("GET", "/v1/environments/env_1/work/poll", "GET /v1/environments/{id}/work/poll"),
        ("GET", "/v1/environments/env_1/work/w_1", "GET /v1/environments/{id}/work/{id}"),
        ("POST", "/v1/oauth/token", "POST /v1/oauth/token"),
        ("GET", "/v1/organizations/workspaces", "GET /v1/organizations/workspaces"),
    ],
)
def test_endpoint_is_named_as_known(client: httpx.Client, prefix: str, method: str, path: str, shown: str) -> None:
    error = error_of(client.request(method, prefix + path), 404)
    assert error["type"] == "not_found_error"
    assert error["message"].startswith(f"{shown} is known as an endpoint of the API, and this mock server does not")


def test_script_in_the_message_answers() -> None:
    told = find_refusal("GET", "/v1/sessions/s_1/threads/t_1/events")
    assert told is not None
    when = yaml.safe_load(told.finding.message.rpartition("answer it: ")[2])
    assert when == {"when": {"path": "/v1/sessions/*/threads/*/events", "method": "GET"}}
    server = MockServer()
    server.session("a").when(**when["when"]).reply(raw={"json": {"data": []}})
    with httpx.Client(transport=server.transport, base_url="http://mock") as client:
        assert client.get("/v1/sessions/s/threads/t/events", headers={"x-api-key": "a"}).json() == {"data": []}


def test_wrong_method_is_told_with_the_right_ones(client: httpx.Client) -> None:
    answer = client.put("/v1/agents")
    error = error_of(answer, 405)
    assert error["type"] == "invalid_request_error"
    assert error["message"].startswith("Method Not Allowed: at /v1/agents the API takes GET and POST alone.")
    assert answer.headers["allow"] == "GET, POST"
    assert client.head("/v1/agents").status_code == 405


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/v1/complete", "Text Completions are no longer part of the API. Use POST /v1/messages."),
        ("/proxy/v1/complete/", "Text Completions are no longer part of the API. Use POST /v1/messages."),
        ("/v1/experimental/generate_prompt", "The experimental prompt tools were removed from the API on 2026-08-17"),
        ("/v1/experimental", "The experimental prompt tools were removed from the API on 2026-08-17"),
    ],
)
def test_removed_endpoint_says_so(client: httpx.Client, path: str, told: str) -> None:
    assert error_of(client.post(path, json={}), 404)["message"].startswith(told)


@pytest.mark.parametrize("path", ["/v1/completes", "/v1/agent", "/v1/agents//versions", "/agents", "/v1"])
def test_other_paths_are_unknown(client: httpx.Client, path: str) -> None:
    assert error_of(client.get(path), 404)["message"] == "Not found"


def test_journal_names_the_rule() -> None:
    server = MockServer()
    with httpx.Client(transport=server.transport, base_url="http://mock") as client:
        client.get("/v1/vaults")
        client.post("/v1/complete")
    rules = [finding.rule for entry in server.mock.journal.entries() for finding in entry.findings]
    assert rules == ["route.not_simulated", "route.removed"]


OTHER_WIRES = [
    ("/v1/responses", "OpenAI's Responses API"),
    ("/v1/responses/resp_1/cancel", "OpenAI's Responses API"),
    ("/v1/embeddings", "OpenAI's embeddings"),
    ("/v1/completions", "OpenAI's completions"),
    ("/v1/images/generations", "OpenAI's images"),
    ("/v1/audio/speech", "OpenAI's audio"),
    ("/v1/moderations", "OpenAI's moderations"),
    ("/v1beta/models/gemini-2.5-pro:generateContent", "Google's Gemini API"),
    ("/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", "Google's Gemini API"),
    ("/v1/models/gemini-2.5-pro:generateContent", "Google's Gemini API"),
    ("/model/anthropic.claude-opus-4-5-v1:0/invoke", "Amazon Bedrock"),
    ("/model/anthropic.claude-opus-4-5-v1:0/invoke-with-response-stream", "Amazon Bedrock"),
    ("/model/us.anthropic.claude-opus-4-5-v1%3A0/converse", "Amazon Bedrock"),
    (
        "/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-opus-4-5@20251101:streamRawPredict",
        "Google's Vertex AI",
    ),
]


@pytest.mark.parametrize("prefix", ["", "/proxy"])
@pytest.mark.parametrize(("path", "name"), OTHER_WIRES)
def test_other_wire_is_named(client: httpx.Client, prefix: str, path: str, name: str) -> None:
    error = error_of(client.post(prefix + path, json={"model": "m"}), 404)
    assert error["type"] == "not_found_error"
    assert f" is in the wire format of {name}, and this mock server does not simulate it yet. " in error["message"]


@pytest.mark.parametrize("gateway", ["", "new-api"])
@pytest.mark.parametrize(("path", "name"), OTHER_WIRES)
def test_scenario_answers_on_another_wire(gateway: str, path: str, name: str) -> None:
    """With what the message says; a gateway has not all of them, and answers with its page or its own 404 there."""
    told = find_wire_refusal("POST", path.partition("?")[0])
    assert told is not None, name
    when = yaml.safe_load(told.finding.message.rpartition("answer it: ")[2])["when"]
    server = MockServer(gateway=gateway)
    server.session("sk-a").when(**when).reply(raw={"json": {"data": []}})
    with httpx.Client(transport=server.transport, base_url="http://mock", headers={"x-api-key": "sk-a"}) as client:
        answer = client.post(path, json={}, headers={"authorization": "Bearer sk-a"})
    assert (answer.status_code, answer.json()) == (200, {"data": []})


@pytest.mark.parametrize("gateway", ["new-api", "one-api"])
@pytest.mark.parametrize("path", ["/v1/embeddings", "/v1/images/generations", "/v1/moderations", "/v1/audio/speech"])
def test_gateway_says_so_in_its_own_envelope(gateway: str, path: str) -> None:
    with httpx.Client(transport=MockServer(gateway=gateway).transport, base_url="http://mock") as client:
        answer = client.post(path, json={"model": "m"}, headers={"authorization": "Bearer sk-a"})
    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (404, f"{gateway.replace('-', '_')}_error")
    assert "does not simulate it yet" in error["message"]
    assert error.get("code") == ("" if gateway == "new-api" else None)
    assert error["message"].endswith(f" (request id: {answer.headers['x-oneapi-request-id']})")
