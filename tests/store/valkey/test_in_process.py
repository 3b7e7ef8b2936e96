"""Clients without a socket, servers in Python and the pytest plugin, with a store on an engine."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest

from mockserver import MockServer, asgi_transport
from tests.plugin.projects import ASK, run
from tests.strict import message_of

pytest_plugins = ("pytester",)
HELLO: Any = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
URL, HEADERS = "http://mock/v1/messages", {"x-api-key": "demo"}
TEXTS = ["one", "two", "three", "four"]


@pytest.fixture
def store(engine: str) -> str:
    return f"{engine}?name={uuid4().hex}"


def read_text(answer: Any) -> str:
    return str(message_of(answer)["content"][0]["text"])


def test_sync_client_gets_answers(store: str) -> None:
    with asgi_transport(store=store) as transport:
        session = transport.session("demo")
        session.calls(TEXTS)
        with httpx.Client(transport=transport, headers=HEADERS) as client:
            assert [read_text(client.post(URL, json=HELLO)) for _ in TEXTS] == TEXTS
            assert "message_stop" in client.post(URL, json={**HELLO, "stream": True}).text
            assert len(session.requests) == len(TEXTS) + 1


def test_async_clients_get_answers_under_asyncio(store: str) -> None:
    async def ask(transport: Any) -> list[str]:
        async with httpx.AsyncClient(transport=transport, headers=HEADERS) as client:
            return sorted(map(read_text, await asyncio.gather(*[client.post(URL, json=HELLO) for _ in TEXTS])))

    transport = asgi_transport(store=store)
    transport.session("demo").calls(TEXTS * 2)
    assert asyncio.run(ask(transport)) == sorted(TEXTS)
    # Each loop has a connection of its own; with its client the store was closed, which the next one opens again.
    assert asyncio.run(ask(transport)) == sorted(TEXTS)
    transport.close()


def test_async_clients_get_answers_under_trio(store: str) -> None:
    trio = pytest.importorskip("trio")
    answers: list[str] = []

    async def ask(transport: Any) -> None:
        async with httpx.AsyncClient(transport=transport, headers=HEADERS) as client:
            answers.extend([read_text(await client.post(URL, json=HELLO)) for _ in TEXTS])
            assert "message_stop" in (await client.post(URL, json={**HELLO, "stream": True})).text

    transport = asgi_transport(store=store)
    transport.session("demo").calls(TEXTS)
    trio.run(ask, transport)
    assert answers == TEXTS
    transport.close()


def test_replicas_in_one_process_share_sessions(store: str) -> None:
    with MockServer(store=store) as first, MockServer(store=store) as second:
        first.session("demo").calls(TEXTS)
        texts = [
            read_text(httpx.post(f"{server.url}/v1/messages", json=HELLO, headers=HEADERS))
            for server in (first, second, first, second)
        ]
        assert texts == TEXTS
        assert [each.number for each in second.session("demo").requests] == [1, 2, 3, 4]
        second.session("demo").reset()
        assert len(first.session("demo").requests) == 0


def test_next_server_goes_on(store: str) -> None:
    for expected in TEXTS[:2]:
        with MockServer(store=store) as server:
            if expected == TEXTS[0]:
                server.session("demo").calls(TEXTS)
            assert read_text(httpx.post(f"{server.url}/v1/messages", json=HELLO, headers=HEADERS)) == expected


@pytest.mark.usefixtures("swept")
def test_plugin_takes_a_server_on_an_engine(pytester: pytest.Pytester, store: str) -> None:
    pytester.makepyfile(asking=ASK)
    pytester.makeconftest(
        f"""
import pytest
from mockserver import MockServer

@pytest.fixture(scope="session")
def messages_server():
    with MockServer(store={store!r}, unmatched="error") as server:
        yield server
"""
    )
    result = run(
        pytester,
        """
def test_one(messages_api):
    messages_api.reply("Hi there.")
    assert ask() == "Hi there."
    messages_api.assert_called(1)

def test_another_has_a_session_of_its_own(messages_api):
    messages_api.calls(["a", "b"])
    assert [ask(), ask()] == ["a", "b"]
    assert len(messages_api.requests) == 2
""",
    )
    result.assert_outcomes(passed=2)
