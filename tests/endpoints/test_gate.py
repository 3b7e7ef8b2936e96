"""What a gateway answers itself, over a socket: keys, paths, models, and in which order."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.testing.server import MockServer

FILE = """
like: new-api
channel: native
keys:
  sk-expired: token_expired
  sk-banned: user_banned
  sk-limited: rate_limited
  sk-silent: rate_limited_empty
  sk-poor: insufficient_user_quota
  sk-vip: {models: ["claude-*"], group: vip}
  sk-plain: {}
  sk-root: {admin: true}
paths:
  - {path: /v1/messages/count_tokens, method: PUT, body: {input_tokens: 0}}
models:
  gpt-9: {error: model_not_found}
  claude-9: {error: model_price_error}
  house-1: {owner: house}
"""
SCENARIOS = """
scenarios:
  - name: files
    when: {path: /v1/files, method: GET}
    reply: {raw: {body: "of a scenario"}}
  - name: status
    when: {path: /status}
    reply: {raw: {status: 204}}
  - name: fail
    when: {user: fail}
    reply: {error: {type: overloaded_error, retry_after: 3}}
  - name: raw
    when: {user: raw}
    reply: {raw: {status: 502, body: "<html>", headers: {content-type: text/html, X-New-Api-Version: v0}}}
"""
MESSAGES, CHAT, MODELS = "/v1/messages", "/v1/chat/completions", "/v1/models"
PROMPT: dict[str, Any] = {
    "model": "claude-sonnet-4-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Hello"}],
}
ID = "x-oneapi-request-id"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockServer]:
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "gateway.yaml").write_text(FILE, "utf-8")
    (folder / "scenarios.yaml").write_text(SCENARIOS, "utf-8")
    with MockServer(folder / "scenarios.yaml", gateway=str(folder / "gateway.yaml")) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: MockServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def text_of(response: httpx.Response) -> str:
    """The message of an error without the id of the request, which is that of the header."""
    message: str = response.json()["error"]["message"]
    text, _, told = message.partition(" (request id: ")
    assert told in ("", f"{response.headers[ID]})")
    return text


@pytest.mark.parametrize("path", [MESSAGES, CHAT])
@pytest.mark.parametrize(
    ("key", "body", "status", "code", "text"),
    [
        ("", PROMPT, 401, "", "无效的令牌"),
        ("sk-expired", PROMPT, 401, "", "该令牌已过期"),
        ("sk-banned", PROMPT, 403, "", "用户已被封禁"),
        ("sk-limited", PROMPT, 429, "", "您已达到请求数限制：1分钟内最多请求60次"),
        ("sk-plain-1", PROMPT, 403, "", "普通用户不支持指定渠道"),
        ("sk-any", {**PROMPT, "model": ""}, 400, "", "未指定模型名称，模型名称不能为空"),
        ("sk-any", {"messages": []}, 400, "", "未指定模型名称，模型名称不能为空"),
        ("sk-any", [], 400, "", "未指定模型名称，模型名称不能为空"),
        ("sk-any", {**PROMPT, "model": 7}, 400, "invalid_request", "无效的请求，field model must be a string"),
        ("sk-vip", {**PROMPT, "model": "gpt-9"}, 403, "access_denied", "该令牌无权访问模型 gpt-9"),
        ("sk-root-7", PROMPT, 400, "", "无效的渠道 Id"),
        (
            "sk-any",
            {**PROMPT, "model": "gpt-9"},
            503,
            "model_not_found",
            "分组 default 下模型 gpt-9 无可用渠道（distributor）",
        ),
    ],
)
def test_early_errors_are_the_same_on_every_wire(
    client: httpx.Client, path: str, key: str, body: Any, status: int, code: str, text: str
) -> None:
    response = client.post(path, json=body, headers=bearer(key) if key else {})
    assert (response.status_code, text_of(response)) == (status, text)
    error = response.json()["error"]
    assert (list(error), error["code"], error["type"]) == (["code", "message", "type"], code, "new_api_error")
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["x-new-api-version"]
    assert not {"request-id", "retry-after"} & response.headers.keys()


@pytest.mark.parametrize(("path", "is_messages"), [(MESSAGES, True), (CHAT, False)])
@pytest.mark.parametrize(
    ("key", "model", "status", "code", "text"),
    [
        ("sk-poor", "claude-sonnet-4-5", 403, "insufficient_user_quota", "用户额度不足, 剩余额度: ＄0.000000"),
        ("sk-any", "claude-9", 500, "model_price_error", "模型 claude-9 的价格尚未由管理员配置"),
        ("sk-poor", "claude-9", 500, "model_price_error", "模型 claude-9 的价格尚未由管理员配置"),
    ],
)
def test_late_errors_are_in_the_envelope_of_the_wire(
    client: httpx.Client, path: str, is_messages: bool, key: str, model: str, status: int, code: str, text: str
) -> None:
    response = client.post(path, json={**PROMPT, "model": model}, headers=bearer(key))
    assert response.status_code == status
    assert text_of(response).startswith(text)
    body = response.json()
    if is_messages:
        assert (list(body), body["type"], body["error"]["type"]) == (["error", "type"], "error", "new_api_error")
        assert list(body["error"]) == ["type", "message"]
    else:
        assert (list(body), body["error"]["param"], body["error"]["code"]) == (["error"], "", code)


def test_limit_without_words_has_an_empty_body(client: httpx.Client) -> None:
    response = client.post(MESSAGES, json=PROMPT, headers=bearer("sk-silent"))
    assert (response.status_code, response.content) == (429, b"")
    assert response.headers[ID]


@pytest.mark.parametrize(
    ("key", "body", "status"),
    [
        # Each request has the mistake of the next line, too.
        ("", b"{", 401),
        ("sk-expired-1", b"{", 401),
        ("sk-plain-1", b"{", 403),
        ("sk-root-7", b"{", 400),
        ("sk-vip", b'{"model": "gpt-9"}', 403),
        ("sk-poor", b'{"model": "gpt-9"}', 503),
        # What is missing is told before what is not paid.
        ("sk-poor", b'{"model": "claude-9"}', 500),
        ("sk-poor", b'{"model": "claude-9", "messages": [{"role": "user", "content": "a"}]}', 500),
    ],
)
def test_checks_have_the_order_of_the_gateway(client: httpx.Client, key: str, body: bytes, status: int) -> None:
    headers = {"content-type": "application/json", **(bearer(key) if key else {})}
    assert client.post(MESSAGES, content=body, headers=headers).status_code == status


def test_what_is_missing_is_told_before_what_is_not_paid(client: httpx.Client) -> None:
    for key, model in (("sk-poor", "claude-9"), ("sk-poor", "claude-x")):
        response = client.post(MESSAGES, json={"model": model, "max_tokens": 9}, headers=bearer(key))
        assert (response.status_code, text_of(response)) == (500, "field messages is required")


@pytest.mark.parametrize("path", [MESSAGES, CHAT])
@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"messages": {}}, "json: cannot unmarshal object into Go struct field "),
        ({"messages": ""}, "json: cannot unmarshal string into Go struct field "),
        ({"messages": 0}, "json: cannot unmarshal number into Go struct field "),
        ({"stream": "yes"}, "json: cannot unmarshal string into Go struct field "),
        ({"messages": []}, "field messages is required"),
    ],
)
def test_bodies_are_decoded_before_something_is_missed(
    client: httpx.Client, path: str, given: dict[str, Any], text: str
) -> None:
    response = client.post(path, json={"model": "claude-x", **given}, headers=bearer("sk-a"))
    assert (response.status_code, text_of(response)[: len(text)]) == (500, text)


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({"authorization": "sk-a"}, MESSAGES, 200),
        ({"authorization": "Bearer"}, MESSAGES, 401),
        ({"authorization": "bearer"}, CHAT, 401),
        ({"x-goog-api-key": "sk-a"}, "/v1beta/models/gemini-x:generateContent", 404),
        ({}, "/v1beta/models/gemini-x:streamGenerateContent?key=sk-a", 404),
        ({}, "/v1/models/gemini-x:generateContent?key=sk-a", 404),
        ({}, "/v1beta/models/gemini-x:generateContent", 401),
        ({"authorization": "bearer sk-a"}, MESSAGES, 200),
        ({"x-api-key": "sk-a"}, MESSAGES, 200),
        ({"x-api-key": "sk-expired", "authorization": "Bearer sk-a"}, MESSAGES, 401),
        ({"x-api-key": "sk-expired", "authorization": "Bearer sk-a"}, CHAT, 200),
        ({"x-api-key": "sk-a"}, CHAT, 401),
        ({"authorization": "Bearer sk-my-own-key"}, CHAT, 200),
    ],
)
def test_keys_come_in_their_headers(client: httpx.Client, headers: Mapping[str, str], path: str, status: int) -> None:
    assert client.post(path, json=PROMPT, headers=headers).status_code == status


def test_admin_chooses_the_channel(client: httpx.Client, server: MockServer) -> None:
    for key, channel in (("sk-root-1", "converted"), ("sk-root-native", "native"), ("sk-root", "native")):
        response = client.post(MESSAGES, json=PROMPT, headers={**bearer(key), "x-mock-session": key})
        assert response.status_code == 200
        entry = server.mock.store.journal.entries(key)[-1]
        assert entry.record.channel == channel


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("POST", "/v1/messages/count_tokens", 404, "Invalid URL (POST /v1/messages/count_tokens)"),
        ("GET", "/v1/messages/batches/x", 404, "Invalid URL (GET /v1/messages/batches/x)"),
        ("GET", "/v1/messages", 404, "Invalid URL (GET /v1/messages)"),
        ("GET", "/any/prefix/v1/unknown", 404, "Invalid URL (GET /v1/unknown)"),
        ("GET", "/api/hello", 404, "Invalid URL (GET /api/hello)"),
        ("POST", "/v1/files", 501, "API not implemented"),
        ("GET", "/v1/files/x/content", 501, "API not implemented"),
        ("DELETE", "/v1/models/x", 501, "API not implemented"),
    ],
)
def test_other_paths_are_answered_as_by_the_gateway(
    client: httpx.Client, method: str, path: str, status: int, message: str
) -> None:
    response = client.request(method, path, headers=bearer("sk-a"))
    assert (response.status_code, response.json()["error"]["message"]) == (status, message)
    assert list(response.json()["error"]) == ["message", "type", "param", "code"]


def test_paths_ask_for_a_key_where_the_gateway_does(client: httpx.Client) -> None:
    statuses = [client.get(path).status_code for path in ("/v1/unknown", "/v1/files/x", MODELS, "/", "/docs")]
    assert statuses == [404, 401, 401, 200, 200]


def test_paths_of_ones_own_may_have_any_body(client: httpx.Client) -> None:
    response = client.put("/v1/messages/count_tokens", headers=bearer("sk-a"))
    assert (response.status_code, response.json()) == (200, {"input_tokens": 0})
    assert response.headers["content-type"] == "application/json; charset=utf-8"


def test_console_is_anywhere_else(client: httpx.Client) -> None:
    response = client.get("/pricing")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<html" in response.text
    head = client.head("/")
    assert (head.status_code, head.content) == (200, b"")


def test_scenario_of_a_path_comes_before_the_gateway(client: httpx.Client) -> None:
    response = client.get("/v1/files", headers=bearer("sk-a"))
    assert (response.status_code, response.text) == (200, "of a scenario")
    assert client.get("/v1/files").status_code == 401
    assert client.get("/status").status_code == 204


@pytest.mark.parametrize("path", [MESSAGES, CHAT])
def test_scripted_errors_come_through_the_gateway(client: httpx.Client, path: str) -> None:
    body = {**PROMPT, "messages": [{"role": "user", "content": "fail"}]}
    response = client.post(path, json=body, headers=bearer("sk-a"))
    assert (response.status_code, text_of(response)) == (529, "Overloaded")
    assert response.json()["error"]["type"] == "overloaded_error"
    assert "retry-after" not in response.headers


def test_raw_answers_get_the_headers_that_they_do_not_say(client: httpx.Client) -> None:
    body = {**PROMPT, "messages": [{"role": "user", "content": "raw"}]}
    response = client.post(MESSAGES, json=body, headers=bearer("sk-a"))
    assert (response.status_code, response.text) == (502, "<html>")
    assert response.headers["x-new-api-version"] == "v0"
    assert re.fullmatch(r"20261101\d{6}\d{1,9}8268d9d6[a-zA-Z0-9]{8}", response.headers[ID])


def test_version_and_betas_are_never_needed(client: httpx.Client) -> None:
    headers = {**bearer("sk-a"), "anthropic-version": "1999-01-01", "anthropic-beta": "no-such-2020-01-01"}
    assert client.post(MESSAGES, json=PROMPT, headers=headers).status_code == 200


def test_compressed_body_is_unpacked(client: httpx.Client) -> None:
    headers = {**bearer("sk-a"), "content-encoding": "gzip", "content-type": "application/json"}
    content = gzip.compress(b'{"model": "gpt-9", "messages": []}')
    assert client.post(MESSAGES, content=content, headers=headers).status_code == 503


def test_body_that_cannot_be_unpacked_is_refused_on_the_wire(client: httpx.Client) -> None:
    headers = {**bearer("sk-a"), "content-encoding": "gzip", "content-type": "application/json"}
    for path, keys in ((MESSAGES, ["error", "type"]), (CHAT, ["error"])):
        response = client.post(path, content=b"no gzip", headers=headers)
        assert (response.status_code, list(response.json())) == (400, keys)


def test_pages_may_read_what_the_gateway_says(client: httpx.Client) -> None:
    response = client.post(MESSAGES, json=PROMPT, headers={"origin": "https://page.example"})
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (401, "*")
