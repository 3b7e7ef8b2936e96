"""A server in a thread: it starts, stops and fails where its user can see it, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mockserver import MockServer, ScenarioError
from mockserver.serving.app import MockApp
from mockserver.serving.server import bind
from tests.strict import message_of

HELLO = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}


def ask(server: MockServer, **more: Any) -> httpx2.Response:
    return httpx2.post(f"{server.url}/v1/messages", json={**HELLO, **more}, headers={"x-api-key": "k"})


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "mockserver"]


def test_start_and_stop_may_be_repeated() -> None:
    before = threads()
    server = MockServer()
    server.stop()
    assert server.start() is server.start()
    with server as entered:
        assert entered is server
        first = message_of(ask(server))
    server.stop()
    assert threads() == before
    with pytest.raises(httpx2.ConnectError):
        ask(server)
    with server:
        assert message_of(ask(server))["id"] != first["id"], "sessions go on"
    assert repr(server) == "<MockServer not running>"


def test_session_follows_its_server() -> None:
    """A session that was asked for once knows the port of today."""
    server = MockServer()
    api = server.session("k")
    assert (api.url, api.session_url) == ("", "")
    for _ in range(2):
        with server:
            assert api.url == server.url
            assert api.session_url == f"{server.url}/_session/k"
            assert httpx2.post(f"{api.url}/v1/messages", json=HELLO, headers={"x-api-key": "k"}).status_code == 200
    assert len(api.requests) == 2


def test_listening_socket_may_be_given() -> None:
    """What came before the server is answered, and nothing listens there afterwards."""
    listener = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with socket.create_connection(listener.getsockname()) as early:
        early.sendall(b"GET /api/hello HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n\r\n")
        server = MockServer().start(listener)
        assert server.url == url
        assert early.recv(1000).startswith(b"HTTP/1.1 200 ")
    server.stop()
    assert listener.fileno() == -1
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(url)


def test_server_for_async_code() -> None:
    async def talk() -> Any:
        async with MockServer() as server, httpx2.AsyncClient(base_url=server.url) as client:
            return await client.post("/v1/messages", json=HELLO)

    before = threads()
    assert message_of(asyncio.run(talk()))
    assert threads() == before


def test_taken_port_is_raised_in_the_caller() -> None:
    before = threads()
    with bind("127.0.0.1", 0) as taken:
        server = MockServer(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            server.start()
        server.stop()
    assert threads() == before


def test_failure_to_start_is_raised_in_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no lifespan today")

    monkeypatch.setattr("mockserver.serving.server.UvicornServer.serve", fail)
    before = threads()
    with pytest.raises(RuntimeError, match="could not start") as caught:
        MockServer().start()
    assert "no lifespan today" in str(caught.value.__cause__)
    assert threads() == before


def test_mistakes_are_told_before_anything_starts(tmp_path: Path) -> None:
    fixture = tmp_path / "bad.yaml"
    fixture.write_text("scenarios: [{reply: {txet: Hi}}]")
    before = threads()
    with pytest.raises(ScenarioError, match="txet"):
        MockServer(fixture)
    with pytest.raises(TypeError):
        MockServer(profil="relay")  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="profile: expected relay or anthropic, got 'antropic'"):
        MockServer(profile="antropic")  # type: ignore[arg-type]
    assert threads() == before


def test_stop_cuts_answers_under_way() -> None:
    before = threads()
    with MockServer() as server:
        server.session("k").reply("Never.", fault="stall")
        with httpx2.stream(
            "POST", f"{server.url}/v1/messages", json={**HELLO, "stream": True}, headers={"x-api-key": "k"}
        ) as response:
            pieces = response.iter_bytes()
            assert next(pieces)
            server.stop()
            with pytest.raises(httpx2.TransportError):
                list(pieces)
    assert threads() == before


def test_ipv6_has_a_url_too() -> None:
    try:
        server = MockServer(host="::1").start()
    except OSError:
        pytest.skip("no IPv6 here")
    with server:
        assert server.url.startswith("http://[::1]:")
        assert message_of(ask(server))


def test_log_tells_each_request() -> None:
    lines: list[str] = []
    with MockServer(log=lines.append) as server:
        ask(server)
        assert server.session("k").wait()
    assert len(lines) == 1
    assert lines[0].startswith("POST /v1/messages 200 generated ")


def test_application_may_be_served_by_anyone() -> None:
    """``MockApp`` is an ASGI application like any other."""

    async def ask_app() -> Any:
        transport = httpx2.ASGITransport(MockApp())
        async with httpx2.AsyncClient(transport=transport, base_url="http://mock") as client:
            return await client.post("/v1/messages", json=HELLO)

    assert message_of(asyncio.run(ask_app()))
