"""The running server over a real socket: requests, errors, sessions, browsers, load."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.testing.server import MockServer
from tests.strict import error_of, events_of, message_of

CURL = {
    "model": "claude-3-7-sonnet-20250219",
    "max_tokens": 20000,
    "thinking": {"type": "enabled", "budget_tokens": 16000},
    "messages": [{"role": "user", "content": "你是谁?"}],
}
HELLO = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def client(running: MockServer, key: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, headers={"x-api-key": key}) as client:
        yield client


@pytest.fixture
def strict_client(running_strict: MockServer, key: str) -> Iterator[httpx.Client]:
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    with httpx.Client(base_url=running_strict.url, headers=headers) as client:
        yield client


@pytest.mark.parametrize("stream", [False, True])
def test_the_request_this_project_began_with(running: MockServer, stream: bool) -> None:
    """Raw Authorization, no version header, a retired model: a thinking block with a signature, then Chinese text."""
    headers = {"Authorization": "sk-any", "Content-Type": "application/json"}
    body = json.dumps({**CURL, **({"stream": True} if stream else {})})
    message = message_of(httpx.post(f"{running.url}/v1/messages", content=body, headers=headers))
    thinking, text = message["content"]
    assert (thinking["type"], text["type"]) == ("thinking", "text")
    assert len(thinking["signature"]) > 200
    assert any("\u4e00" <= character <= "\u9fff" for character in text["text"])
    assert message["usage"]["input_tokens"] > 20
    assert message["usage"]["output_tokens"] > message["usage"]["output_tokens_details"]["thinking_tokens"] > 0


def test_stream_says_what_the_whole_answer_says(client: httpx.Client) -> None:
    whole = message_of(client.post("/v1/messages", json=HELLO))
    streamed = message_of(client.post("/v1/messages", json={**HELLO, "stream": True}))
    assert streamed["content"] == whole["content"]
    assert streamed["usage"] == whole["usage"]


@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-key": "good"},
        {"authorization": "Bearer good"},
        {"authorization": "bearer good"},
        {"authorization": "good"},
    ],
)
def test_key_is_found_wherever_it_stands(headers: dict[str, str]) -> None:
    with MockServer(api_keys=("good", "better")) as server:
        message_of(httpx.post(f"{server.url}/v1/messages", json=HELLO, headers=headers))
        bad = {name: value.replace("good", "bad") for name, value in headers.items()}
        refused = httpx.post(f"{server.url}/v1/messages", json=HELLO, headers=bad)
        assert error_of(refused, 401) == {"type": "authentication_error", "message": "API key is invalid."}
        assert "bad" not in refused.text


@pytest.mark.parametrize(
    "path", ["/v1/messages", "/v1/messages?beta=true", "/anthropic/v1/messages", "/a/b/v1/messages/"]
)
def test_any_prefix_leads_to_the_endpoint(client: httpx.Client, path: str) -> None:
    message_of(client.post(path, json=HELLO))


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("POST", "/v1/messagez", 404, "Not found"),
        ("GET", "/", 404, "Not found"),
        ("GET", "/v1/messages", 405, "Method Not Allowed"),
        ("DELETE", "/v1/messages/count_tokens", 405, "Method Not Allowed"),
    ],
)
def test_wrong_route_gets_the_error_of_the_api(
    client: httpx.Client, method: str, path: str, status: int, message: str
) -> None:
    assert error_of(client.request(method, path), status)["message"] == message


@pytest.mark.parametrize(
    ("content", "headers", "status", "start"),
    [
        (b"{not json", {}, 400, "The request body is not valid JSON: "),
        (b"", {}, 400, "The request body is not valid JSON: "),
        (b"[]", {}, 400, ""),
        (b'{"a": "\xff"}', {}, 400, "The request body is not valid JSON: "),
        (b"{}", {"content-type": "application/json; charset=utf-16"}, 400, "Unsupported charset"),
        (b"{}", {"content-encoding": "br"}, 400, "Unsupported Content-Encoding"),
        (b"{}", {"content-encoding": "gzip"}, 400, "The request body could not be decoded"),
    ],
)
def test_unreadable_body_is_refused(
    client: httpx.Client, content: bytes, headers: dict[str, str], status: int, start: str
) -> None:
    error = error_of(client.post("/v1/messages", content=content, headers=headers), status)
    assert error["type"] == "invalid_request_error"
    assert error["message"].startswith(start)


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_compressed_body_is_read(client: httpx.Client, encoding: str, pack: Any) -> None:
    packed = pack(json.dumps(HELLO).encode())
    message_of(client.post("/v1/messages", content=packed, headers={"content-encoding": encoding}))


def test_body_over_the_limit_is_refused(client: httpx.Client) -> None:
    answered = client.post("/v1/messages", content=b" " * (32 * 1024 * 1024 + 1))
    assert error_of(answered, 413)["type"] == "request_too_large"


def test_profile_anthropic_wants_key_and_version(strict_client: httpx.Client) -> None:
    url = strict_client.base_url.join("/v1/messages")
    no_key = httpx.post(url, json=HELLO)
    assert error_of(no_key, 401)["message"] == "x-api-key header is required"
    no_version = httpx.post(url, json=HELLO, headers={"x-api-key": "k"})
    assert error_of(no_version, 400)["message"] == "anthropic-version: header is required"
    unknown_beta = strict_client.post(url, json=HELLO, headers={"anthropic-beta": "nothing-2020-01-01"})
    assert "nothing-2020-01-01" in error_of(unknown_beta, 400)["message"]
    retired = strict_client.post(url, json={**HELLO, "model": CURL["model"]})
    assert error_of(retired, 404) == {"type": "not_found_error", "message": f"model: {CURL['model']}"}


def test_no_fit_is_an_error_that_no_client_retries(strict_client: httpx.Client) -> None:
    answered = strict_client.post("/v1/messages", json=HELLO)
    assert error_of(answered, 404)["message"].startswith("No scenario fits this request")
    assert answered.headers["x-should-retry"] == "false"


def test_versions_differ_in_their_rules(client: httpx.Client) -> None:
    warm = {**HELLO, "temperature": 1.0}
    message_of(client.post("/v1/messages", json=warm, headers={"anthropic-version": "2023-06-01"}))
    refused = client.post("/v1/messages", json=warm, headers={"anthropic-version": "2026-10-21"})
    assert error_of(refused, 400)["message"].startswith("temperature")


def test_browser_may_ask_from_any_page(client: httpx.Client) -> None:
    asked = "x-api-key, anthropic-version, anthropic-dangerous-direct-browser-access, x-stainless-lang, content-type"
    origin = {"origin": "https://app.example", "access-control-request-method": "POST"}
    preflight = client.options("/v1/messages", headers={**origin, "access-control-request-headers": asked})
    assert preflight.status_code == 200
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in asked.split(", "))
    answered = client.post("/v1/messages", json=HELLO, headers={"origin": "https://app.example"})
    assert answered.headers["access-control-allow-origin"] == "*"
    assert answered.headers["access-control-expose-headers"] == "*"


def test_count_agrees_with_usage(client: httpx.Client) -> None:
    counted = client.post("/v1/messages/count_tokens", json={k: v for k, v in HELLO.items() if k != "max_tokens"})
    assert counted.json() == {
        "input_tokens": message_of(client.post("/v1/messages", json=HELLO))["usage"]["input_tokens"]
    }
    assert not [name for name in counted.headers if name.startswith("anthropic-ratelimit")]


def test_two_fresh_servers_give_the_same_bytes() -> None:
    """So does one that was reset: times in answers, of containers and of fetched pages, come from a virtual clock."""
    code, fetch = ("code_execution", "20250825", "Calculate 3*4."), ("web_fetch", "20250910", "Fetch https://a.org/b.")
    runs, fetches = (
        {**HELLO, "tools": [{"type": f"{name}_{date}", "name": name}], "messages": [{"role": "user", "content": text}]}
        for name, date, text in (code, fetch)
    )
    asked = [HELLO, {**HELLO, "stream": True}, {**HELLO, "messages": []}, CURL, runs, fetches]
    answers = []
    for _ in range(2):
        with MockServer() as server, httpx.Client(base_url=server.url, headers={"x-api-key": "k"}) as client:
            for _ in range(2):
                told = [client.post("/v1/messages", json=body) for body in asked]
                answers.append([(one.content, one.headers["request-id"]) for one in told])
                client.post("/_mock/reset").raise_for_status()
    assert answers[0] == answers[1] == answers[2]
    assert b'"expires_at":"2026-11-01T00:05:00.005000Z"' in answers[0][4][0]
    assert b'"retrieved_at":"2026-11-01T00:00:00.006000"' in answers[0][5][0]
    assert len({request_id for _, request_id in answers[0]}) == len(asked)


def test_two_servers_in_one_process_never_meet(key: str) -> None:
    calls = {"calls": [{"text": "only once"}]}
    with MockServer() as first, MockServer() as second:
        added = httpx.post(f"{first.url}/_mock/scenarios", json=calls, headers={"x-api-key": key})
        assert added.status_code == 201
        headers = {"x-api-key": key}
        told = [
            message_of(httpx.post(f"{server.url}/v1/messages", json=HELLO, headers=headers))["content"][0]["text"]
            for server in (second, first, first)
        ]
        assert [text == "only once" for text in told] == [False, True, False]
        assert len(first.mock.journal.entries(key)) == 2


def test_two_hundred_streams_at_once_stay_apart(running: MockServer) -> None:
    """No event is lost, and none strays into another stream: each carries its own text, paced so that they overlap."""
    count = 200
    texts = [f"stream {number} " * 15 for number in range(count)]

    async def one(client: httpx.AsyncClient, number: int) -> dict[str, Any]:
        headers = {"x-api-key": f"load-{number}"}
        script = {"reply": {"text": texts[number], "pace": {"first": "20ms", "tokens_per_second": 2000}}}
        added = await client.post("/_mock/scenarios", json=script, headers=headers)
        assert added.status_code == 201
        body = {**HELLO, "stream": True, "messages": [{"role": "user", "content": f"number {number}"}]}
        return message_of(await client.post("/v1/messages", json=body, headers=headers))

    async def everyone() -> list[dict[str, Any]]:
        limits = httpx.Limits(max_connections=count)
        async with httpx.AsyncClient(base_url=running.url, limits=limits, timeout=60) as client:
            return await asyncio.gather(*(one(client, number) for number in range(count)))

    messages = asyncio.run(everyone())
    assert [message["content"][0]["text"] for message in messages] == texts
    assert len({message["id"] for message in messages}) == count


def test_client_that_hangs_up_is_noted(running: MockServer, key: str) -> None:
    headers = {"x-api-key": key}
    slow = {"reply": {"text": "word " * 200, "pace": {"tokens_per_second": 20}}}
    httpx.post(f"{running.url}/_mock/scenarios", json=slow, headers=headers).raise_for_status()
    body = {**HELLO, "stream": True}
    with httpx.stream("POST", f"{running.url}/v1/messages", json=body, headers=headers) as response:
        next(response.iter_bytes())
    assert running.mock.journal.wait(key, 20)
    (entry,) = running.mock.journal.entries(key)
    assert entry.hung_up is True
    assert 0 < entry.events_sent < entry.events_total


def test_refusal_is_recorded_with_its_rule(running: MockServer, client: httpx.Client, key: str) -> None:
    error_of(client.post("/v1/messages", json={**HELLO, "top_p": 7}), 400)
    (entry,) = running.mock.journal.entries(key)
    (finding,) = entry.findings
    assert finding.path == "top_p"
    assert finding.rule
    assert finding.source


@pytest.mark.parametrize(("mode", "findings"), [("warn", 1), ("off", 0)])
def test_validation_can_be_softened(mode: Any, findings: int, key: str) -> None:
    with MockServer(validation=mode) as server:
        headers = {"x-api-key": key}
        message_of(httpx.post(f"{server.url}/v1/messages", json={**HELLO, "bogus": 1}, headers=headers))
        (entry,) = server.mock.journal.entries(key)
        assert len(entry.findings) == findings
        broken = httpx.post(f"{server.url}/v1/messages", json={"messages": 7}, headers=headers)
        assert broken.status_code in (200, 400)


def test_stream_events_are_the_recorded_ones(client: httpx.Client) -> None:
    names = [event["type"] for event in events_of(client.post("/v1/messages", json={**HELLO, "stream": True}).text)]
    assert names[:3] == ["message_start", "content_block_start", "ping"]
    assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]


@pytest.mark.parametrize("prefix", ["", "/_session/lines"])
def test_names_with_line_breaks_are_found(running: MockServer, prefix: str) -> None:
    with httpx.Client(base_url=running.url, headers={"x-mock-session": "lines"}) as client:
        client.post("/_mock/scenarios", json={"name": "a\nb\n", "calls": ["x"]}).raise_for_status()
        assert client.post(f"{prefix}/_mock/scenarios/a%0Ab%0A/calls", json="y").json()["answers"] == 2
        assert client.delete(f"{prefix}/_mock/scenarios/a%0Ab%0A").json() == {"removed": ["a\nb\n"]}
