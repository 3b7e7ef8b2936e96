"""How often a call asks the engine before its answer leaves, counted between the two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest

from mockserver import MockServer
from tests.store.valkey.proxy import Proxy, counting
from tests.strict import message_of

HELLO: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
CALLS = 5


@pytest.fixture
def proxy(engine: str) -> Iterator[Proxy]:
    with counting(engine) as made:
        yield made


@pytest.fixture
def server(proxy: Proxy) -> Iterator[MockServer]:
    with MockServer(store=f"{proxy.url}?name={uuid4().hex}") as made:
        yield made


def ask(server: MockServer, path: str = "/v1/messages", **more: Any) -> httpx.Response:
    answer = httpx.post(f"{server.url}{path}", json={**HELLO, **more}, headers={"x-api-key": "counted"}, timeout=30)
    return answer.raise_for_status()


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v1/messages", {}),
        ("/v1/messages", {"stream": True}),
        ("/v1/chat/completions", {"model": "gpt-5"}),
    ],
    ids=["whole", "stream", "chat"],
)
def test_plain_answer_costs_one(server: MockServer, proxy: Proxy, path: str, more: dict[str, Any]) -> None:
    ask(server, path, **more)
    proxy.begin()
    for _ in range(CALLS):
        ask(server, path, **more)
    assert proxy.beside("begin_call") == ["begin_call"] * CALLS


def test_first_answer_of_a_session_costs_one(server: MockServer, proxy: Proxy) -> None:
    proxy.begin()
    ask(server)
    assert proxy.beside("begin_call") == ["begin_call"]


def test_scripted_answer_costs_two(server: MockServer, proxy: Proxy) -> None:
    server.session("counted").calls([str(number) for number in range(CALLS + 1)])
    texts = [message_of(ask(server))["content"][0]["text"]]
    proxy.begin()
    texts += [message_of(ask(server))["content"][0]["text"] for _ in range(CALLS)]
    assert texts == [str(number) for number in range(CALLS + 1)]
    asked = proxy.beside("begin_call")
    assert asked[::2] == ["begin_call"] * CALLS
    assert len(asked) == 2 * CALLS
