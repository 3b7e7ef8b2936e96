"""The control interface and other endpoints than that of messages: adding, explaining, verifying."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.testing.server import MockServer

HELLO: dict[str, Any] = {"model": "claude-opus-5", "messages": [{"role": "user", "content": "Hi"}]}
OTHER = {**HELLO, "messages": [{"role": "user", "content": "x"}]}
COUNT = "/v1/messages/count_tokens"
FILE = """
scenarios:
  - {name: count, when: {endpoint: count_tokens, user: hi}, calls: [{input_tokens: 120}]}
  - {name: models, when: {endpoint: models}, reply: {error: 529}}
  - {name: message, when: {user: hello}, reply: Hello.}
  - {name: agent, when: {path: /v1/agents/*}, reply: {raw: {json: {}}}}
"""
CHAT = """
scenarios:
  - {name: chat, when: {wire: chat, user: hi}, reply: Hi.}
  - {name: native, when: {wire: messages}, reply: Hello.}
"""


@pytest.fixture(params=["relay", "anthropic"])
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    server = MockServer(profile=request.param, unmatched="error")
    headers = {"x-api-key": "k", "x-mock-session": "s", "anthropic-version": "2023-06-01"}
    with httpx.Client(transport=server.transport, base_url="http://localhost", headers=headers) as client:
        assert client.post("/_mock/scenarios", content=FILE).status_code == 201
        yield client


@pytest.mark.parametrize(
    ("given", "by", "scenario", "missed"),
    [
        ({"path": COUNT, "body": HELLO}, "scenario", "count", ["agent"]),
        ({"path": COUNT, "body": OTHER}, "computed", None, ["count", "agent"]),
        ({"path": COUNT, "body": {}}, "error", None, []),
        ({"method": "get", "path": "/v1/models"}, "scenario", "models", ["agent"]),
        ({"method": "GET", "path": "/v1/models/x"}, "scenario", "models", ["agent"]),
        ({"path": "/v1/agents/7", "body": {}}, "scenario", "agent", []),
        ({"path": "/v1/nothing", "body": {}}, "error", None, ["agent"]),
        ({"method": "DELETE", "path": "/v1/models"}, "error", None, ["agent"]),
        ({**HELLO, "max_tokens": 9}, "error", None, ["message", "agent"]),
    ],
)
def test_explaining_goes_by_the_endpoint(
    client: httpx.Client, given: dict[str, Any], by: str, scenario: str | None, missed: list[str]
) -> None:
    got = client.post("/_mock/explain", json=given).json()
    assert (got["answered_by"], got["scenario"]) == (by, scenario)
    assert [each["scenario"] for each in got["misses"]] == missed
    assert (got["finding"] is not None) is (by == "error" and given.get("path") is not None)


@pytest.mark.parametrize(
    ("path", "body", "scenario", "missed"),
    [
        ("/v1/chat/completions", HELLO, "chat", ["native"]),
        ("/v1/messages", {**HELLO, "max_tokens": 9}, "native", ["chat"]),
        ("/v1/chat/completions", OTHER, None, ["chat", "native"]),
    ],
)
def test_explaining_goes_by_the_wire(
    client: httpx.Client, path: str, body: dict[str, Any], scenario: str | None, missed: list[str]
) -> None:
    assert client.post("/_mock/scenarios", content=CHAT).status_code == 201
    got = client.post("/_mock/explain", json={"path": path, "body": body}).json()
    named = [each["scenario"] for each in got["misses"] if f"name: {each['scenario']}," in CHAT]
    assert (got["scenario"], named) == (scenario, missed)


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"exactly": 2}, 200),
        ({"endpoint": "messages", "exactly": 2}, 200),
        ({"endpoint": "chat", "exactly": 1}, 200),
        ({"endpoint": "chat/completions", "exactly": 1}, 200),
        ({"when": {"wire": "messages"}, "exactly": 1}, 200),
        ({"when": {"wire": "chat"}, "exactly": 1}, 200),
        ({"when": {"endpoint": "chat"}}, 400),
    ],
)
def test_verifying_counts_both_wires(client: httpx.Client, wanted: dict[str, Any], status: int) -> None:
    client.post("/v1/chat/completions", json=HELLO)
    client.post("/v1/messages", json={**HELLO, "max_tokens": 9})
    assert client.post("/_mock/verify", json=wanted).status_code == status


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"endpoint": "count_tokens", "exactly": 2}, 200),
        ({"endpoint": "messages/count_tokens", "when": {"user": "hi"}, "exactly": 1}, 200),
        ({"when": {"endpoint": "count_tokens", "user": "hi"}, "exactly": 1}, 200),
        ({"when": {"endpoint": "models"}, "exactly": 2}, 200),
        ({"endpoint": "models/{id}", "exactly": 1}, 200),
        ({"exactly": 0}, 200),
        ({"in_order": [{"endpoint": "count_tokens"}, {"endpoint": "models/{id}"}]}, 200),
        ({"in_order": [{"endpoint": "models"}, {"endpoint": "count_tokens"}]}, 409),
        ({"endpoint": "tokens"}, 400),
        ({"when": {"endpoint": "tokens"}}, 400),
    ],
)
def test_verifying_takes_their_names(client: httpx.Client, wanted: dict[str, Any], status: int) -> None:
    client.post(COUNT, json=HELLO)
    client.post(COUNT, json=OTHER)
    for path in ("/v1/models", "/v1/models/x"):
        client.get(path)
    answer = client.post("/_mock/verify", json=wanted)
    assert answer.status_code == status


def test_journal_tells_endpoint_and_scenario(client: httpx.Client) -> None:
    client.post(COUNT, json=HELLO)
    client.get("/v1/models/x")
    rows = client.get("/_mock/requests").json()["requests"]
    assert [(row["endpoint"], row["scenario"], row["position"], row["reason"]) for row in rows] == [
        ("messages/count_tokens", "count", "0", None),
        ("models/{id}", "models", "0", None),
    ]
    listed = client.get("/_mock/scenarios").json()["scenarios"]
    assert {row["name"]: row.get("used") for row in listed} == {"count": 1, "models": 1, "message": 0, "agent": 0}
