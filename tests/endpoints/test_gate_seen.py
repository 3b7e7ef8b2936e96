"""What clients, and those who look inside, see of what a gateway answers itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx2 as httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import journey
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.testing.server import MockServer

LONG = "sk-0123456789abcdefghijklmnopqrstuvwxyz"
FILE = f"""
like: new-api
language: en
keys:
  {LONG}: token_exhausted
  sk-poor: insufficient_user_quota
  sk-root: {{admin: true}}
models:
  gpt-9: {{error: model_not_found}}
"""
PROMPT: dict[str, Any] = {"model": "claude-x", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}
MESSAGES, CHAT, ID = "/v1/messages", "/v1/chat/completions", "x-oneapi-request-id"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("gateway") / "gateway.yaml"
    path.write_text(FILE, "utf-8")
    return str(path)


@pytest.fixture(scope="module")
def server(gateway: str) -> Iterator[MockServer]:
    with MockServer(gateway=gateway) as server:
        yield server


@pytest.fixture(scope="module")
def parts(gateway: str) -> Parts:
    return assembly.build(Settings(gateway=gateway))


def send(server: MockServer, path: str = MESSAGES, key: str = "sk-a", **body: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return httpx.post(f"{server.url}{path}", json={**PROMPT, **body}, headers=headers)


def test_sdk_retries_a_model_without_a_channel(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with (
        anthropic.Anthropic(base_url=server.url, api_key="sk-retries") as client,
        pytest.raises(anthropic.InternalServerError, match="No available channel for model gpt-9") as failed,
    ):
        client.messages.create(model="gpt-9", max_tokens=9, messages=[{"role": "user", "content": "Hello"}])
    assert failed.value.status_code == 503
    entries = server.mock.journal.entries("sk-retries")
    assert [entry.status for entry in entries] == [503] * 3
    assert {finding.rule for entry in entries for finding in entry.findings} == {"gateway.model_not_found"}


@pytest.mark.parametrize(("path", "endpoint"), [(MESSAGES, "messages"), (CHAT, "chat/completions")])
def test_journal_names_the_row_and_the_gateway(server: MockServer, path: str, endpoint: str) -> None:
    response = send(server, path, "sk-poor")
    assert response.status_code == 403
    entry = server.mock.journal.entries("sk-poor")[-1]
    (finding,) = entry.findings
    assert (finding.rule, finding.status, finding.code) == (
        "gateway.insufficient_user_quota",
        403,
        "insufficient_user_quota",
    )
    gateway = server.mock.gateway
    assert gateway is not None
    assert finding.source == f"{gateway.name} {gateway.version}"
    assert (entry.endpoint, entry.request_id) == (endpoint, response.headers[ID])


def test_no_key_is_seen_unmasked(server: MockServer) -> None:
    response = send(server, key=LONG)
    assert response.status_code == 401
    assert "TokenStatusExhausted[sk-012***xyz]" in response.text
    listed = httpx.get(f"{server.url}/_mock/requests", params={"session": "all"}).text
    assert LONG.removeprefix("sk-") not in response.text + listed


def test_probes_are_told_and_are_no_mistakes(server: MockServer) -> None:
    headers = {"x-mock-session": "probes"}
    assert httpx.head(f"{server.url}/", headers=headers).status_code == 200
    assert httpx.get(f"{server.url}/api/hello", headers=headers).status_code == 404
    entries = server.mock.journal.entries("probes")
    assert [(entry.is_probe, entry.findings) for entry in entries] == [(True, ())] * 2


def test_wrong_address_is_told_in_the_journal(server: MockServer) -> None:
    response = httpx.post(f"{server.url}/messages", headers={"x-mock-session": "lost"}, json=PROMPT)
    assert response.status_code == 200
    (finding,) = server.mock.journal.entries("lost")[-1].findings
    assert finding.rule == "gateway.page"
    assert "this client adds no /v1" in finding.hint


def test_session_in_a_wrong_place_stays_the_matter_of_the_server(server: MockServer) -> None:
    response = httpx.get(f"{server.url}/prefix/_session/a/v1/models")
    assert response.status_code == 404


def test_keys_of_the_server_and_of_the_file_are_let_in(gateway: str) -> None:
    with MockServer(gateway=gateway, api_keys=("sk-good",)) as server:
        assert send(server, key="sk-good").status_code == 200
        assert send(server, key="sk-root").status_code == 200
        assert send(server, key="sk-root-native").status_code == 200
        refused = send(server, CHAT, key="sk-bad")
        assert (refused.status_code, refused.json()["error"]["type"]) == (401, "new_api_error")


def test_scenarios_of_paths_ask_for_the_keys_of_the_gateway(gateway: str, tmp_path: Path) -> None:
    path = tmp_path / "scenarios.yaml"
    scenario = '{name: any, when: {path: "/*"}, reply: {raw: {body: said}}}'
    path.write_text(f"scenarios: [{scenario}]", "utf-8")
    with MockServer(path, gateway=gateway, api_keys=("sk-good",)) as server:
        # Of the page of the console no key is asked; that of an admin may have a channel behind it.
        for place, key in (
            ("/health", ""),
            ("/v1/files", "sk-root-native"),
            ("/v1/unknown", ""),
            (MESSAGES, "sk-good"),
        ):
            response = httpx.post(f"{server.url}{place}", json=PROMPT, headers={"authorization": key} if key else {})
            assert (response.status_code, response.text) == (200, "said"), place
        assert send(server, "/v1/files", "sk-bad").status_code == 401


def test_same_requests_to_fresh_servers_get_the_same_ids(gateway: str) -> None:
    seen = []
    for _ in range(2):
        with MockServer(gateway=gateway) as server:
            answers = [send(server), send(server, CHAT), send(server, model="gpt-9")]
            seen.append([(answer.headers[ID], answer.content) for answer in answers[::2]])
    assert seen[0] == seen[1]
    assert len({answer for answer, _ in seen[0]}) == 2


def test_one_api_has_the_chat_wire_alone() -> None:
    with MockServer(gateway="one-api") as server:
        refused = send(server)
        assert (refused.status_code, refused.json()["error"]["message"]) == (404, "Invalid URL (POST /v1/messages)")
        assert send(server, CHAT).status_code == 200
        assert send(server, CHAT, key="").json()["error"]["type"] == "one_api_error"
        assert "code" not in send(server, CHAT, key="").json()["error"]


def test_gateway_of_ones_own_has_the_wires_it_says(tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text("wires: [messages]\n", "utf-8")
    with MockServer(gateway=str(tmp_path / "gateway.yaml")) as server:
        assert send(server).status_code == 200
        assert send(server, CHAT, key="").json()["error"]["message"] == "Invalid URL (POST /v1/chat/completions)"


def test_paths_that_a_file_says_are_those_of_the_api(tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text("paths: [{path: /v1/messages/count_tokens}, {path: /v1/files*}]\n", "utf-8")
    prompt = {"model": "claude-sonnet-4-5", "messages": PROMPT["messages"]}
    with MockServer(gateway=str(tmp_path / "gateway.yaml")) as server:
        headers = {"authorization": "sk-a"}
        counted = httpx.post(f"{server.url}/v1/messages/count_tokens", json=prompt, headers=headers)
        assert (counted.status_code, counted.json()) == (200, {"input_tokens": 8})
        assert httpx.get(f"{server.url}/v1/files", headers=headers).json()["data"] == []
        assert httpx.get(f"{server.url}/v1/files").status_code == 401


def test_model_that_no_channel_takes_has_none(tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text("channels: [{name: one, models: claude-*}]\nlanguage: en\n", "utf-8")
    with MockServer(gateway=str(tmp_path / "gateway.yaml")) as server:
        assert send(server).status_code == 200
        assert httpx.get(f"{server.url}/v1/models", headers={"authorization": "sk-a"}).status_code == 200
        for path in (MESSAGES, CHAT):
            refused = send(server, path, model="gpt-4o")
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "model_not_found")
        rules = {finding.rule for finding in server.mock.journal.entries("sk-a")[-1].findings}
        assert rules == {"gateway.model_not_found"}


METHODS = st.sampled_from(["GET", "POST", "HEAD", "DELETE", "PUT", "OPTIONS", "BREW"])
PATHS = st.sampled_from([MESSAGES, CHAT, "/v1/models", "/v1/models/x", "/v1/files", "/v1", "/", "/api/x", "/v1beta/x"])
NAMES = st.sampled_from(["authorization", "x-api-key", "x-goog-api-key", "anthropic-version", "content-encoding"])
VALUES = st.sampled_from(
    ["", "Bearer ", "Bearer sk-root-1", "sk-root-", "sk--", "sk-poor-1", "-", "gzip", "\x00é", "1"]
)
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["gpt-9", "claude-x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["model", "messages", "role", "content", "stream"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(METHODS, PATHS, st.dictionaries(NAMES, VALUES), BODIES, st.sampled_from(["", "key=", "key=sk-root-9", "%"]))
def test_nothing_that_clients_send_breaks_a_gateway(
    parts: Parts, method: str, path: str, headers: dict[str, str], body: Any, query: str
) -> None:
    for content in (json.dumps(body).encode(), b"", b"{", b'{"model": "\xff"}'):
        concluded = journey.answer(Call(method, path, headers, content, query), parts)
        assert concluded.delivery.status < 500 or concluded.record.findings
        assert dict(concluded.delivery.headers)[ID] == concluded.record.request_id
