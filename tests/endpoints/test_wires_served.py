"""Scenarios that tell the wires apart, and the seam for further ones: each wire is whole, and one more needs a row."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest

from mockserver.testing.transport import asgi_transport
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
