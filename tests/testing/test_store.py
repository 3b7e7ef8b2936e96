"""Servers in Python with a folder for their store."""

from __future__ import annotations

from pathlib import Path

import httpx2 as httpx
import pytest

from mockserver import MockServer, StoreError, asgi_transport
from mockserver.serving import storing
from tests.sockets import until
from tests.strict import message_of

HELLO = {"model": "claude-opus-4-8", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
HEADERS = {"x-api-key": "demo", "anthropic-version": "2023-06-01"}


def ask(server: MockServer) -> str:
    return str(message_of(httpx.post(f"{server.url}/v1/messages", json=HELLO, headers=HEADERS))["content"][0]["text"])


def test_next_server_goes_on(tmp_path: Path) -> None:
    with MockServer(store=tmp_path / "kept") as server:
        server.session("demo").calls(["first", "second", "third"])
        assert ask(server) == "first"
    with MockServer(store=tmp_path / "kept") as server:
        assert ask(server) == "second"
        assert [each.number for each in server.session("demo").requests] == [1, 2]
        assert [each.number for each in server.mock.journal.entries()] == [1, 2]


def test_server_that_is_started_again_holds_its_folder_again(tmp_path: Path) -> None:
    server = MockServer(store=tmp_path / "kept")
    server.session("demo").calls(["first", "second", "third"])
    for expected in ("first", "second"):
        with server:
            assert ask(server) == expected
    with MockServer(store=tmp_path / "kept") as other:
        assert ask(other) == "third"
        with pytest.raises(StoreError, match="in use by process"):
            server.start()
    with server:
        assert len(server.mock.journal.entries()) == 3


def test_folder_in_use_is_refused_until_its_server_is_stopped(tmp_path: Path) -> None:
    server = MockServer(store=tmp_path / "kept")
    with pytest.raises(StoreError, match=r"expected a folder that no other server uses, but .* in use by process"):
        MockServer(store=tmp_path / "kept")
    server.stop()
    MockServer(store=tmp_path / "kept").stop()


def test_server_that_cannot_start_lets_its_folder_go(tmp_path: Path) -> None:
    with MockServer() as taken:
        port = int(taken.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            MockServer(port=port, store=tmp_path / "kept").start()
    MockServer(store=tmp_path / "kept").stop()


def test_transport_lets_its_folder_go_when_it_is_closed(tmp_path: Path) -> None:
    transport = asgi_transport(store=tmp_path / "kept")
    transport.session("demo").calls(["first", "second", "third"])
    for expected in ("first", "second"):
        with httpx.Client(transport=transport, base_url="http://mock") as client:
            answer = client.post("/v1/messages", json=HELLO, headers=HEADERS)
            assert message_of(answer)["content"][0]["text"] == expected
    with MockServer(store=tmp_path / "kept") as server:
        assert ask(server) == "third"


def test_transport_removes_what_is_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = asgi_transport(store=tmp_path / "kept")
    with httpx.Client(transport=transport, base_url="http://mock") as client:
        client.post("/v1/messages", json=HELLO, headers=HEADERS)
    monkeypatch.setattr(storing, "read_duration", lambda _: 0.001)
    transport = asgi_transport(store=tmp_path / "kept")
    with httpx.Client(transport=transport, base_url="http://mock") as client:
        client.post("/v1/messages", json=HELLO, headers={**HEADERS, "x-api-key": "another"})
        until(lambda: not transport.mock.store.sessions.exists("demo"), seconds=20)


@pytest.mark.anyio
async def test_transport_of_an_async_client_does_the_same(tmp_path: Path) -> None:
    transport = asgi_transport(store=tmp_path / "kept")
    async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
        message_of(await client.post("/v1/messages", json=HELLO, headers=HEADERS))
    MockServer(store=tmp_path / "kept").stop()


def test_function_of_an_earlier_server_is_told_as_gone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """In the answer, not by a traceback of ours."""
    with MockServer(store=tmp_path / "kept") as server:
        server.session("demo").reply(lambda _: "from a function")
        assert ask(server) == "from a function"
    with MockServer(store=tmp_path / "kept") as server:
        answer = httpx.post(f"{server.url}/v1/messages", json=HELLO, headers=HEADERS)
    assert answer.status_code == 500
    assert "the function that stood here is gone: " in answer.json()["error"]["message"]
    assert caplog.records == []
