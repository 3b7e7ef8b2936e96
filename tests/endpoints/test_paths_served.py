"""Paths besides those of messages: probes of clients, and scenarios that name a path or a method."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.cli.reporting import make_json_report, make_junit_report
from mockserver.testing.server import MockServer
from mockserver.testing.sources import ServerSource
from tests.strict import error_of, message_of

HEADERS = {"x-api-key": "any", "anthropic-version": "2023-06-01"}
HELLO: dict[str, Any] = {"model": "claude-opus-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
FILE = """
scenarios:
  - name: message
    reply: For messages.
  - name: agent
    when: {path: /v1/agents/*, method: POST}
    calls:
      - raw: {status: 201, json: {id: agent_1}}
      - error: overloaded_error
      - A message.
  - name: deleted
    when: {method: [delete, PUT]}
    reply: {raw: {status: 204}}
  - name: token
    when: {path: oauth/token, body: {$.grant: code}}
    reply: {raw: {json: {ok: true}}}
  - name: counted
    when: {path: /v1/messages/count_tokens, user: count me}
    reply: {raw: {json: {input_tokens: 7}}}
  - name: models
    when: {path: /v1/models, method: GET, headers: {x-page: "2"}}
    reply: {raw: {json: {data: []}}}
"""


@pytest.fixture(params=["relay", "anthropic"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> MockServer:
    file = tmp_path / "file.yaml"
    file.write_text(FILE)
    return MockServer(file, profile=request.param, unmatched="error")


@pytest.fixture
def client(server: MockServer) -> Iterator[httpx.Client]:
    with httpx.Client(transport=server.transport, base_url="http://mock") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/api/hello", "/proxy/api/hello", "/v1/messages", "/v1/models", "/v1/none"])
def test_head_is_a_probe(server: MockServer, client: httpx.Client, path: str) -> None:
    client.head(path)
    (entry,) = server.mock.journal.entries()
    assert entry.is_probe
    assert entry.summary()["probe"] is True
    assert entry.findings == ()


@pytest.mark.parametrize("path", ["/", "/proxy", "/proxy/"])
def test_nothing_is_at_the_root(server: MockServer, client: httpx.Client, path: str) -> None:
    answer = client.head(path, headers={"origin": "https://app.example"})
    assert (answer.status_code, answer.content) == (404, b"")
    assert not answer.headers.keys() & {"content-type", "request-id", "access-control-allow-origin"}
    assert error_of(client.get("/"), 404)["message"] == "Not found"
    assert [entry.is_probe for entry in server.mock.journal.entries()] == [True, True]


@pytest.mark.parametrize("path", ["/api/hello", "/api/hello/"])
def test_hello_is_answered_without_a_key(client: httpx.Client, path: str) -> None:
    whole, head = client.get(path, headers={"origin": "https://app.example"}), client.head(path)
    assert (whole.status_code, whole.content) == (200, b'{"message": "hello"}')
    assert "access-control-allow-origin" not in whole.headers
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "20", b"")


def test_hello_is_answered_below_any_prefix_of_a_relay() -> None:
    with httpx.Client(transport=MockServer().transport, base_url="http://mock") as client:
        assert client.get("/proxy/api/hello").content == b'{"message": "hello"}'


def test_head_over_a_socket_has_no_body() -> None:
    with MockServer() as server:
        head = httpx.head(f"{server.url}/api/hello")
        refused = httpx.head(f"{server.url}/v1/messages")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "20", b"")
    assert (refused.status_code, refused.headers["allow"], refused.content) == (405, "POST", b"")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/event_logging/batch"),
        ("POST", "/api/event_logging/v2/batch"),
        ("GET", "/api/claude_cli/bootstrap"),
        ("GET", "/mcp-registry/v0/servers"),
    ],
)
def test_other_questions_of_clients_are_no_mistakes(
    server: MockServer, client: httpx.Client, method: str, path: str
) -> None:
    assert error_of(client.request(method, path), 404)["message"] == "Not found"
    assert server.mock.journal.entries()[0].is_probe


@pytest.mark.parametrize(("method", "path"), [("GET", "/x"), ("POST", "/"), ("POST", "/api/hello"), ("GET", "/v1/x")])
def test_other_unknown_paths_are_mistakes(server: MockServer, client: httpx.Client, method: str, path: str) -> None:
    assert error_of(client.request(method, path, headers=HEADERS), 404)["message"] == "Not found"
    (entry,) = server.mock.journal.entries()
    assert (entry.is_probe, [finding.rule for finding in entry.findings]) == (False, ["route"])


def test_probes_are_no_failures_in_reports(server: MockServer, client: httpx.Client) -> None:
    for method, path in [("HEAD", "/"), ("GET", "/api/hello"), ("HEAD", "/v1/messages"), ("GET", "/x")]:
        client.request(method, path)
    sources = [ServerSource(server.mock)]
    suite = make_junit_report(sources)
    assert (suite.get("tests"), suite.get("failures")) == ("4", "1")
    assert [case.get("name") for case in suite.iter("testcase")] == ["1: probe", "2: probe", "3: probe", "4: 404"]
    report = json.loads(make_json_report(sources, 0))
    assert (report["refused"], [each["probe"] for each in report["requests"]]) == (1, [True, True, True, False])


def test_scenario_answers_on_its_path(server: MockServer, client: httpx.Client) -> None:
    first = client.post("/v1/agents/7", json={"name": "a"}, headers=HEADERS)
    assert (first.status_code, first.json()) == (201, {"id": "agent_1"})
    second = client.post("/v1/agents/7/versions?beta=true", content=b"no JSON", headers=HEADERS)
    assert error_of(second, 529)["type"] == "overloaded_error"
    third = client.post("/v1/agents/7", json={"messages": 7, "tools": "x", "model": ["y"]}, headers=HEADERS)
    assert third.json()["content"] == [{"type": "text", "text": "A message."}]
    assert error_of(client.post("/v1/agents/7", headers=HEADERS), 404)["message"].startswith("POST /v1/agents/{id} is")
    assert error_of(client.get("/v1/agents/7", headers=HEADERS), 404)["message"].startswith("GET /v1/agents/{id} is")
    shown = [(entry.scenario, entry.position, entry.is_probe) for entry in server.mock.journal.entries()]
    assert shown == [*(("agent", str(number), False) for number in range(3)), *[(None, None, False)] * 2]
    assert message_of(client.post("/v1/messages", json=HELLO, headers=HEADERS))["content"][0]["text"] == "For messages."


def test_scenario_answers_to_its_method(client: httpx.Client) -> None:
    assert client.delete("/v1/files/1", headers=HEADERS).status_code == 204
    assert client.put("/anything", headers=HEADERS).status_code == 204
    assert client.delete("/v1/messages", headers=HEADERS).status_code == 204
    assert client.patch("/v1/nothing/1", headers=HEADERS).status_code == 404


def test_scenario_answers_for_endpoints_that_are_there(client: httpx.Client) -> None:
    count = {**HELLO, "messages": [{"role": "user", "content": "Count me."}]}
    del count["max_tokens"]
    path = "/v1/messages/count_tokens"
    assert client.post(path, json=count, headers=HEADERS).json() == {"input_tokens": 7}
    other = {**count, "messages": HELLO["messages"]}
    assert client.post(path, json=other, headers=HEADERS).json()["input_tokens"] > 7
    assert client.get("/v1/models", headers={**HEADERS, "x-page": "2"}).json() == {"data": []}
    assert client.get("/v1/models", headers=HEADERS).json()["data"]


@pytest.mark.parametrize("body", [{"grant": "code"}, {"grant": "code", "system": 7}])
def test_key_is_checked_as_ever(server: MockServer, client: httpx.Client, body: dict[str, Any]) -> None:
    is_strict = server.settings.profile == "anthropic"
    without = client.post("/oauth/token", json=body)
    assert without.status_code == (401 if is_strict else 200)
    assert client.post("/oauth/token", json=body, headers={"x-api-key": "any"}).json() == {"ok": True}
    assert client.post("/oauth/token", json={"grant": "none"}).status_code == 404
    agent = client.post("/v1/agents/1", headers={"x-api-key": "any"})
    assert agent.status_code == (400 if is_strict else 201)


def test_refused_calls_use_nothing_up(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(FILE)
    server = MockServer(file, api_keys=("right",))
    with httpx.Client(transport=server.transport, base_url="http://mock") as client:
        headers = {"x-mock-session": "one"}
        refused = client.post("/v1/agents/1", headers={**headers, "x-api-key": "wrong"})
        assert error_of(refused, 401)["message"] == "API key is invalid."
        assert client.post("/v1/agents/1", headers={**headers, "x-api-key": "right"}).status_code == 201


def test_probe_can_be_scripted() -> None:
    server = MockServer()
    session = server.session("any")
    session.when(path="/api/hello", method="HEAD").error("permission_error")
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=HEADERS) as client:
        assert client.head("/api/hello").status_code == 403
        assert client.get("/api/hello").status_code == 200


@pytest.mark.parametrize("when", ['{path: "*"}', "{method: [GET, HEAD]}", "{path: /api/hello}", "{path: /api/*}"])
@pytest.mark.parametrize("settings", [{"profile": "anthropic"}, {"api_keys": ("right",)}])
def test_scripted_probe_needs_no_key(tmp_path: Path, when: str, settings: dict[str, Any]) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(f"scenarios:\n  - when: {when}\n    reply: {{error: {{status: 503}}, times: always}}\n")
    server = MockServer(file, **settings)
    with httpx.Client(transport=server.transport, base_url="http://mock") as client:
        assert {client.request(method, "/api/hello").status_code for method in ("GET", "HEAD")} == {503}
        refused = client.get("/v1/models/x")
        assert refused.status_code == 401


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_refused_method_comes_from_the_edge(method: str) -> None:
    with httpx.Client(transport=MockServer().transport, base_url="http://mock") as client:
        answer = client.request(method, "/v1/messages", headers=HEADERS)
    assert error_of(answer, 405)["message"] == "Method Not Allowed"
    assert {*answer.headers} == {"content-type", "allow", "content-length"}


def test_refused_key_comes_from_the_edge() -> None:
    """A missing key is answered by the API itself, with the id of the request (seen 2026-08 and later)."""
    with httpx.Client(transport=MockServer(api_keys=("right",)).transport, base_url="http://mock") as client:
        wrong, missing = client.post("/v1/messages", headers=HEADERS), client.post("/v1/messages")
    assert error_of(wrong, 401)["message"] == "API key is invalid."
    assert wrong.json()["request_id"] is None
    assert {*wrong.headers} == {"content-type", "content-length"}
    assert error_of(missing, 401)["message"] == "x-api-key header is required"
    assert missing.headers.keys() >= {"request-id", "x-should-retry"}


def test_session_scripts_and_asserts_other_paths() -> None:
    server = MockServer(profile="anthropic", unmatched="error")
    session = server.session("any")
    session.when(path="/v1/agents/*").reply(raw={"json": {"id": "a"}})
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=HEADERS) as client:
        client.head("/")
        assert client.get("/v1/agents/1").json() == {"id": "a"}
        assert client.post("/v1/agents/2", json={}).json() == {"id": "a"}
    session.assert_called(2, when={"path": "/v1/agents/*"})
    session.assert_called(1, when={"path": "/v1/agents/*", "method": "POST"})
    session.assert_called(0)
    session.assert_valid()
    session.assert_all_used()
    session.finish()


def test_probes_without_a_key_are_no_strays() -> None:
    server = MockServer(profile="anthropic", unmatched="error")
    session = server.session("any")
    with httpx.Client(transport=server.transport, base_url="http://mock") as client:
        client.head("/")
        client.get("/api/hello")
    session.finish()
    assert session.summary().startswith("no request came with the key of this session, only probes")
