"""The journal shows what a gateway did: its own refusals, the channels that it tried, and what it changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.testing.server import MockServer

PATHS = {"messages": "/v1/messages", "chat": "/v1/chat/completions"}
MODEL = "claude-haiku-4-5"
GATEWAY = """
like: new-api
language: en
retries: 1
channels:
  - {name: busy, error: {status: 429, type: rate_limit_error, message: Slow down.}}
  - {name: sound, faults: {messages: [chat_ids, extra_newline]}}
"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    (tmp_path / "mine.yaml").write_text(GATEWAY)
    headers = {"authorization": "Bearer sk-any", "x-mock-session": "t"}
    transport = MockServer(gateway=tmp_path / "mine.yaml").transport
    with httpx.Client(transport=transport, base_url="http://localhost", headers=headers) as client:
        yield client


def ask(client: httpx.Client, wire: str, user: str = "hello", **changes: Any) -> httpx.Response:
    body = {"model": MODEL, "max_tokens": 99, "messages": [{"role": "user", "content": user}], **changes}
    return client.post(PATHS[wire], json=body)


def look(client: httpx.Client, more: str = "") -> Any:
    (latest,) = client.get("/_mock/requests?order=newest&limit=1").json()["requests"]
    return client.get(f"/_mock/requests/{latest['number']}{more}").json()


@pytest.mark.parametrize("wire", PATHS)
@pytest.mark.parametrize("stream", [False, True])
def test_channels_are_told(client: httpx.Client, wire: str, stream: bool) -> None:
    assert ask(client, wire, stream=stream).status_code == 200
    entry = look(client)
    (listed,) = client.get("/_mock/requests").json()["requests"]
    for shown in (entry, listed):
        assert (shown["wire"], shown["gateway"], shown["channel"]) == (wire, "mine", "sound")
        assert shown["tries"] == [{"channel": "busy", "status": 429}]
    assert (entry["composed"] is None) == (wire == "messages")
    assert (entry["answer"]["object" if wire == "chat" else "type"]) in ("chat.completion", "message")


@pytest.mark.parametrize("wire", PATHS)
def test_errors_in_mid_stream_are_shown_as_they_left(client: httpx.Client, wire: str) -> None:
    reply = {"text": "Hi.", "fault": {"then": "error", "bare": True}}
    assert client.post("/_mock/scenarios", json={"scenarios": [{"reply": reply}]}).status_code == 201
    answer = ask(client, wire, stream=True)
    told = look(client, "/events")["events"][-1]["data"]
    assert answer.text.endswith(told)
    assert f"(request id: {answer.headers['x-oneapi-request-id']})" in told


@pytest.mark.parametrize("wire", PATHS)
def test_errors_are_in_the_envelope_of_the_gateway(client: httpx.Client, wire: str) -> None:
    answered = client.post(PATHS[wire], json={"model": MODEL}, headers={"authorization": ""})
    assert answered.status_code == 401
    entry = look(client)
    assert entry["answer"] == answered.json()
    assert "request id:" in entry["answer"]["error"]["message"]
    assert (entry["gateway"], entry["channel"], entry["tries"]) == ("mine", None, [])
    assert entry["request_id"] == answered.headers["x-oneapi-request-id"]


@pytest.mark.parametrize("wire", PATHS)
def test_errors_of_upstreams_are_shown_as_they_left(client: httpx.Client, wire: str) -> None:
    client.post(
        "/_mock/scenarios", json={"when": {"user": "bad"}, "reply": {"error": {"type": "invalid_request_error"}}}
    )
    answered = ask(client, wire, "bad")
    entry = look(client)
    assert (answered.status_code, entry["answer"]) == (400, answered.json())
    assert entry["scenario"] is not None


def test_what_the_gateway_changed_is_told(client: httpx.Client) -> None:
    ask(client, "messages")
    assert look(client)["read"] is None
    body = {"model": f"{MODEL}-thinking", "messages": [{"role": "user", "content": "hello"}]}
    assert client.post(PATHS["messages"], json=body).status_code == 200
    entry = look(client)
    assert entry["body"] == body
    assert (entry["read"]["model"], entry["read"]["max_tokens"]) == (MODEL, 8192)
    assert entry["read"]["thinking"]["type"] == "enabled"
    assert entry["model"] == f"{MODEL}-thinking"


def test_drafts_say_who_refused(client: httpx.Client) -> None:
    client.post(PATHS["chat"], json={"model": MODEL}, headers={"authorization": ""})
    draft = client.get("/_mock/requests/1/scenario?draft=true").text
    assert draft.startswith("# The gateway refuses this request itself")


def test_explain_knows_the_gateway(client: httpx.Client) -> None:
    def explain(path: str, body: Any, **headers: str) -> Any:
        return client.post("/_mock/explain", json={"path": path, "body": body, "headers": headers}).json()

    client.post("/_mock/scenarios", json={"name": "x", "when": {"user": "hello"}, "reply": {"text": "Hi."}})
    body = {"model": MODEL, "messages": [{"role": "user", "content": "hello"}]}
    for path in PATHS.values():
        assert explain(path, body)["scenario"] == "x", path
        refused = explain(path, body, authorization="")
        assert (refused["answered_by"], bool(refused["finding"])) == ("error", True)
    assert explain("/v1/messages/count_tokens", body)["answered_by"] == "error"


def test_no_secret_is_shown_in_an_envelope(client: httpx.Client) -> None:
    secret = "sk-ant-api03-" + "s" * 40
    error = {"type": "invalid_request_error", "message": f"The key {secret} is none."}
    client.post("/_mock/scenarios", json={"when": {"user": secret}, "reply": {"error": error}})
    for wire in PATHS:
        ask(client, wire, secret)
        for more in ("", "/events", "/scenario?draft=true"):
            assert secret not in client.get(f"/_mock/requests/{look(client)['number']}{more}").text


@pytest.mark.parametrize("more", ["", "?draft=true"])
def test_scenarios_say_nothing_of_the_faults_of_a_channel(client: httpx.Client, more: str) -> None:
    client.post("/_mock/scenarios", json={"when": {"user": "hello"}, "reply": {"text": "Hi."}})
    ask(client, "messages", stream=True)
    assert look(client)["faults"] == ["chat_ids", "extra_newline"]
    assert look(client, "/events")["note"] is None
    written = client.get(f"/_mock/requests/{look(client)['number']}/scenario{more}")
    assert written.status_code == 200, written.text
    assert "Hi." in written.text
    assert "fault" not in written.text
