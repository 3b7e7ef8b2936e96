"""Scenarios that tell the wires apart, and the seam for further ones: each wire is whole, and one more needs a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import httpx2 as httpx
import orjson
import pytest
from msgspec.structs import replace

from mockserver.endpoints import messages, table
from mockserver.records.call import Call
from mockserver.records.reply import Failure, Reply
from mockserver.records.routing import Route, Router
from mockserver.testing.transport import asgi_transport
from mockserver.wires import WIRES, Translation
from tests.conftest import FIXTURES

URL = "http://localhost"
PATHS = {"messages": "/v1/messages", "chat": "/v1/chat/completions"}


def ask(client: httpx.Client, wire: str, user: str, **more: Any) -> httpx.Response:
    body = {"model": "claude-opus-5", "max_tokens": 99, "messages": [{"role": "user", "content": user}], **more}
    return client.post(PATHS[wire], json=body, headers={"x-api-key": "k"})


@pytest.mark.parametrize(
    ("wire", "user", "scenario"),
    [
        ("chat", "which wire", "on-the-chat-wire"),
        ("messages", "which wire", "on-the-messages-wire"),
        ("chat", "hello mock server", "hello"),
        ("messages", "hello mock server", "hello"),
    ],
)
def test_scenario_may_be_for_one_wire(wire: str, user: str, scenario: str) -> None:
    transport = asgi_transport(FIXTURES, unmatched="error")
    with httpx.Client(transport=transport, base_url=URL) as client:
        assert ask(client, wire, user).status_code == 200
    (entry,) = transport.session("k").requests
    assert entry.scenario == scenario


def test_raw_answers_on_the_chat_wire() -> None:
    with httpx.Client(transport=asgi_transport(FIXTURES, unmatched="error"), base_url=URL) as client:
        answer = ask(client, "chat", "an odd chunk", stream=True)
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.text.endswith('"obfuscation": "x7"}\n\ndata: [DONE]\n\n')
        assert ask(client, "messages", "an odd chunk", stream=True).status_code == 404


def test_counters_go_on_across_the_wires() -> None:
    transport = asgi_transport()
    transport.session("k").when(user="hi").calls(["One.", "Two.", "Three."])
    with httpx.Client(transport=transport, base_url=URL) as client:
        said = [ask(client, wire, "hi").text for wire in ("chat", "messages", "chat")]
    assert ["One." in said[0], "Two." in said[1], "Three." in said[2]] == [True] * 3
    transport.session("k").assert_called(3)
    transport.session("k").assert_called(2, endpoint="chat")


# The seam: a wire that the server does not have, in one row of WIRES and one of the routes.


def translate(body: Mapping[str, Any], _: Call, find_model: Any = None) -> Translation:  # noqa: ARG001
    asked = [{"role": "user", "content": body["ask"]}]
    stream = body.get("stream", False)
    return Translation({"model": "claude-opus-5", "max_tokens": 99, "stream": stream, "messages": asked})


def write(reply: Reply) -> bytes:
    return orjson.dumps({"said": reply.message["content"][0]["text"]})


def write_error(failure: Failure, _: str | None) -> bytes:
    return orjson.dumps({"wrong": failure.message})


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> str:
    """The path of the made-up wire."""
    wire = replace(WIRES["chat"], translate=translate, write=write, error=write_error)
    monkeypatch.setitem(WIRES.known, "made-up", wire)
    route = Route("POST", "/v1/made-up", messages.decide, wire="made-up")
    monkeypatch.setattr(table, "ROUTER", Router((*table.ROUTES, route)))
    return route.pattern


@pytest.mark.parametrize("profile", ["relay", "anthropic"])
def test_further_wire_needs_a_row_and_a_route(made_up: str, profile: Literal["relay", "anthropic"]) -> None:
    transport = asgi_transport(profile=profile, unmatched="error")
    api = transport.session("k")
    api.when(wire="chat").reply("Not this.")
    api.when(user="hi").calls(["Hello.", {"error": "overloaded_error"}])
    with httpx.Client(transport=transport, base_url=URL, headers={"x-api-key": "k"}) as client:
        first, second = (client.post(made_up, json={"ask": "Hi"}) for _ in range(2))
        missed = client.post(made_up, json={"ask": "Bye"})
    assert (first.status_code, first.json()) == (200, {"said": "Hello."})
    assert (second.status_code, second.json()) == (529, {"wrong": "Overloaded"})
    assert missed.status_code == 404
    assert 'wire: expected to be chat, got "made-up"' in missed.json()["wrong"]
    assert [(each.prompt.user, each.status) for each in api.requests if each.prompt] == [
        ("Hi", 200),
        ("Hi", 529),
        ("Bye", 404),
    ]


def test_further_wire_is_streamed(made_up: str) -> None:
    transport = asgi_transport()
    transport.session("k").reply("Hello.")
    with httpx.Client(transport=transport, base_url=URL, headers={"x-api-key": "k"}) as client:
        answer = client.post(made_up, json={"ask": "Hi", "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.endswith("data: [DONE]\n\n")
