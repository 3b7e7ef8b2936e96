"""Errors of a gateway that scenarios name: words, status, and the envelope of the stage at which they are said."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest

from mockserver.gateways.reading import load
from mockserver.records.errors import ScenarioError
from mockserver.serving import assembly
from mockserver.testing.server import MockServer
from mockserver.testing.transport import MockTransport, asgi_transport

PATHS = {"messages": "/v1/messages", "chat": "/v1/chat/completions"}
WIRES = list(PATHS)
GATEWAYS = ["", "new-api"]


def ask(transport: MockTransport, wire: str, error: Any) -> httpx.Response:
    transport.session("sk-k").reply(error=error)
    body = {"model": "claude-opus-5", "max_tokens": 99, "messages": [{"role": "user", "content": "Hi"}]}
    with httpx.Client(transport=transport, base_url="http://localhost") as client:
        answer: httpx.Response = client.post(PATHS[wire], json=body, headers={"authorization": "Bearer sk-k"})
        return answer


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("wire", WIRES)
def test_error_before_the_relay_has_one_shape_on_every_wire(gateway: str, wire: str) -> None:
    answer = ask(asgi_transport(gateway=gateway), wire, {"gateway": "model_not_found"})
    id_ = answer.headers["x-oneapi-request-id"]
    assert (answer.status_code, answer.json()) == (
        503,
        {
            "error": {
                "code": "model_not_found",
                "message": f"分组 default 下模型 claude-opus-5 无可用渠道（distributor） (request id: {id_})",
                "type": "new_api_error",
            }
        },
    )
    assert answer.headers["x-new-api-version"]


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_error_of_the_relay_has_that_of_the_wire(gateway: str) -> None:
    error = {"gateway": "insufficient_user_quota", "message": "Nothing left.", "status": 402}
    of_messages = ask(asgi_transport(gateway=gateway), "messages", error)
    of_chat = ask(asgi_transport(gateway=gateway), "chat", error)
    assert {of_messages.status_code, of_chat.status_code} == {402}
    told = of_messages.json()
    assert (told["type"], told["error"]["type"]) == ("error", "new_api_error")
    assert told["error"]["message"].startswith("Nothing left. (request id: ")
    assert of_chat.json()["error"]["code"] == "insufficient_user_quota"


def test_words_tell_of_the_call() -> None:
    told = ask(asgi_transport(), "chat", {"gateway": "invalid_url"}).json()["error"]
    assert told["message"].startswith("Invalid URL (POST /v1/chat/completions)")


def test_error_has_headers() -> None:
    answer = ask(asgi_transport(gateway="new-api"), "messages", {"gateway": "rate_limited", "headers": {"x-a": "b"}})
    assert (answer.status_code, answer.headers["x-a"]) == (429, "b")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            {"gateway": "insufficient_quota"},
            'is no error of the gateway new-api: did you mean "insufficient_user_quota"?',
        ),
        ({"gateway": "zzz"}, '"zzz" is no error of the gateway new-api: known are api_not_implemented, '),
        ({"gateway": "panic", "type": "api_error"}, "an error has either gateway or type, not both"),
        ({"gateway": "panic", "details": {}}, "an error has either gateway or details, not both"),
        ({"gateway": 5}, "error.gateway: expected"),
    ],
)
def test_mistake_is_told(error: Any, told: str) -> None:
    with MockServer() as server, pytest.raises(ScenarioError) as caught:
        server.session("k").reply(error=error)
    assert told in str(caught.value)


def test_placeholder_may_give_the_name() -> None:
    error = {"gateway": "{{ 'panic' if prompt.user == 'Hi' else 'zzz' }}"}
    assert ask(asgi_transport(), "messages", error).status_code == 500
    wrong = ask(asgi_transport(), "messages", {"gateway": "{{ prompt.user }}"}).json()["error"]["message"]
    assert '"Hi" is no error of the gateway new-api' in wrong


def test_names_are_those_of_the_servers_gateway(tmp_path: Any) -> None:
    file = tmp_path / "scenarios.yaml"
    file.write_text("scenarios: [{reply: {error: {gateway: mine}}}]\n", "utf-8")
    own = tmp_path / "own.yaml"
    own.write_text("name: own\nerrors: {mine: {status: 418, texts: {en: Mine.}, stage: gate}}\n", "utf-8")
    assert len(assembly.lint([str(file)])) == 1
    assert assembly.lint([str(file)], load(str(own))) == []
    with httpx.Client(transport=asgi_transport(file, gateway=str(own)), base_url="http://localhost") as client:
        body = {"model": "claude-opus-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        answer = client.post("/v1/messages", json=body, headers={"x-api-key": "sk-k"})
    assert (answer.status_code, answer.json()["error"]["message"].partition(" (")[0]) == (418, "Mine.")


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("name", ["model_not_found", "insufficient_user_quota"])
def test_journal_shows_the_body_as_it_left(gateway: str, wire: str, name: str) -> None:
    transport = asgi_transport(gateway=gateway)
    answer = ask(transport, wire, {"gateway": name})
    (entry,) = transport.session("sk-k").requests
    assert entry.status == answer.status_code
    assert entry.answer == answer.json()
