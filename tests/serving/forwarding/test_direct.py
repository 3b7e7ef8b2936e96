"""Clients without a socket are forwarded, too: sync and async, of both libraries, as they read."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import httpx2
import pytest

from mockserver import MockServer, asgi_transport
from mockserver.recordings.recorder import Upstream
from mockserver.testing.transport import MockTransport
from tests.sockets import until

from .upstreams import OK, make_recorder, send_and_close, serving

HELLO: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Who are you?"}],
}
SIZED = OK + b"content-length: 5\r\n\r\nhello"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"


@pytest.fixture(scope="module")
def upstream() -> Iterator[MockServer]:
    with MockServer(profile="anthropic", seed=7) as server:
        yield server


def record(transport: MockTransport, upstream: str | Upstream, *, keeps_errors: bool = False) -> Any:
    """What is kept of all calls of a transport: a function, which waits for it."""
    recorder, kept = make_recorder(upstream, keeps_errors=keeps_errors)
    transport.mock.recorders.set(recorder)

    def find_kept() -> list[Any]:
        assert transport.mock.recorders.queue.wait(30)
        return kept

    return find_kept


def test_sdk_is_answered_by_the_upstream(upstream: MockServer) -> None:
    transport = asgi_transport()
    kept = record(transport, upstream.url)
    sdk = anthropic.Anthropic(api_key="any", http_client=httpx2.Client(transport=transport))
    message = sdk.messages.create(**HELLO)
    with sdk.messages.stream(**HELLO) as stream:
        text = stream.get_final_text()
    assert len(message.content) == 1
    assert [each.response.is_stream for each in kept()] == [False, True]
    assert text
    assert [entry.forwarded for entry in transport.session("any").requests] == [True, True]


def test_async_sdk_is_answered_by_the_upstream(upstream: MockServer) -> None:
    transport = asgi_transport()
    kept = record(transport, upstream.url)

    async def ask() -> None:
        async with httpx2.AsyncClient(transport=transport) as http:
            sdk = anthropic.AsyncAnthropic(api_key="any", http_client=http)
            await sdk.messages.create(**HELLO)
            async with sdk.messages.stream(**HELLO) as stream:
                assert await stream.get_final_text()

    asyncio.run(ask())
    assert [each.response.is_stream for each in kept()] == [False, True]


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_parts_pass_one_by_one(library: Any) -> None:
    go = threading.Semaphore(0)

    def drip(connection: socket.socket) -> None:
        connection.sendall(OK + b"content-length: 5\r\n\r\n")
        for at in range(5):
            assert go.acquire(timeout=30)
            connection.sendall(b"hello"[at : at + 1])

    transport = asgi_transport()
    with serving(drip) as raw, library.Client(transport=transport, base_url="http://mock") as client:
        kept = record(transport, raw.url)
        with client.stream("GET", "/v1/a%2Fb?q=%20") as answered:
            came, parts = [], answered.iter_raw()
            for _ in range(5):
                go.release()
                came.append(next(parts))
        assert came == [b"h", b"e", b"l", b"l", b"o"]
        assert [chunk.data for chunk in kept()[0].response.chunks] == came
        assert raw.requests[0].startswith(b"GET /v1/a%2Fb?q=%20 HTTP/1.1\r\n")


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_failures_are_those_of_the_library(library: Any) -> None:
    transport = asgi_transport()
    with library.Client(transport=transport, base_url="http://mock") as client:
        kept = record(transport, "http://127.0.0.1:1")
        assert client.get("/v1/odd").status_code == 502
        with serving(send_and_close(CHUNKED)) as raw:
            kept = record(transport, raw.url)
            with pytest.raises(library.RemoteProtocolError):
                client.get("/v1/odd")
        assert kept() == []
        with serving(lambda connection: connection.recv(1)) as raw:
            kept = record(transport, raw.url)
            with pytest.raises(library.ReadTimeout):
                client.get("/v1/odd", timeout=0.05)
        assert [entry.status for entry in transport.mock.journal.entries()] == [502, 200, 499]


def test_silence_in_the_body_is_a_timeout() -> None:
    def play(connection: socket.socket) -> None:
        connection.sendall(CHUNKED)
        connection.recv(1)

    transport = asgi_transport()
    with serving(play) as raw, httpx2.Client(transport=transport, base_url="http://mock") as client:
        record(transport, raw.url)
        with client.stream("GET", "/v1/odd", timeout=0.05) as answered, pytest.raises(httpx2.ReadTimeout):
            list(answered.iter_raw())
        assert raw.left.wait(30)


def test_client_that_stops_reading_ends_the_answer() -> None:
    def play(connection: socket.socket) -> None:
        connection.sendall(CHUNKED)
        connection.recv(1)

    transport = asgi_transport()
    with serving(play) as raw, httpx2.Client(transport=transport, base_url="http://mock") as client:
        kept = record(transport, raw.url, keeps_errors=True)
        with client.stream("GET", "/v1/odd") as answered:
            next(answered.iter_raw())
        assert raw.left.wait(30)
        assert [(each.response.end, each.response.body) for each in kept()] == [("abort", b"hello")]


@pytest.mark.parametrize("sent", [b"", CHUNKED])
def test_async_client_that_is_cancelled_ends_the_answer(sent: bytes) -> None:
    """Before the head comes, and behind it."""

    def play(connection: socket.socket) -> None:
        asked.set()
        connection.sendall(sent)
        if not sent:
            assert left.wait(30)
            connection.sendall(CHUNKED)
        connection.recv(1)

    asked, left = threading.Event(), threading.Event()
    transport = asgi_transport()

    async def ask(url: str) -> None:
        async with httpx2.AsyncClient(transport=transport, base_url=url, timeout=90) as client:
            reading = asyncio.ensure_future(client.get("/v1/odd"))
            await asyncio.to_thread(asked.wait, 30)
            await asyncio.sleep(0.05)
            reading.cancel()
            await asyncio.wait([reading])
            left.set()

    with serving(play) as raw:
        kept = record(transport, raw.url)
        asyncio.run(ask(raw.url))
        assert raw.left.wait(30)
        until(lambda: transport.mock.journal.entries())
        assert kept() == []


def test_loop_ends() -> None:
    transport = asgi_transport()
    with serving(SIZED) as raw, httpx2.Client(transport=transport, base_url="http://mock") as client:
        record(transport, raw.url)
        assert client.get("/v1/odd").text == "hello"
        passed = raw.requests[0].partition(b"x-mock-forwarded: ")[2].partition(b"\r\n")[0].decode()
        assert client.get("/v1/odd", headers={"x-mock-forwarded": f"other, {passed}"}).status_code == 508


def test_client_without_the_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)
    transport = asgi_transport()
    record(transport, "http://127.0.0.1:1")
    with httpx.Client(transport=transport, base_url="http://mock") as client:
        answered = client.get("/v1/odd")
    assert (answered.status_code, "messages-mockserver[record]" in answered.text) == (502, True)
