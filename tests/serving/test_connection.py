"""The parts of uvicorn that it does not document: these tests fail when one of them is gone."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any

import pytest

from mockserver import MockServer
from mockserver.serving import connection as module
from mockserver.serving.connection import MAX_WAITING, Connection
from tests.conftest import ROOT
from tests.sockets import HELLO, STREAM, request
from tests.sockets import Connection as Client


def test_uvicorn_is_one_that_was_looked_at() -> None:
    found = re.search(r'"uvicorn>=0\.(\d+),<0\.(\d+)"', (ROOT / "pyproject.toml").read_text())
    assert found
    low, high = map(int, found.groups())
    assert low <= int(version("uvicorn").split(".")[1]) < high


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The parts that were found below each request."""
    found: list[Any] = []

    class Spy(Connection):
        def limit_queue(self) -> None:
            assert self._transport is not None
            found.append((self._transport.get_protocol(), self._cycle))
            super().limit_queue()

    monkeypatch.setattr("mockserver.serving.client.Connection", Spy)
    return found


def test_parts_are_where_they_are_looked_for(seen: list[Any]) -> None:
    with MockServer() as server, Client(server) as client:
        client.send(request("k"))
        assert client.read()[0] == 200
        ((protocol, cycle),) = seen
        assert len(protocol.pipeline) == 0
        assert (cycle.flow.read_paused, cycle.disconnected) == (False, False)
        assert protocol.transport is cycle.transport


def test_no_more_is_read_while_many_requests_wait(seen: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading stops with the first request that has too many behind it, and all are answered in the end."""
    monkeypatch.setattr(module, "MAX_WAITING", 8)
    count = 4_000
    small = b"GET / HTTP/1.1\r\nhost: a\r\nx-api-key: k\r\nx-more: " + b"x" * 200 + b"\r\n\r\n"
    waiting: list[int] = []
    with MockServer(journal_entries=1) as server, Client(server) as client:
        client.socket.setblocking(False)
        left, answers, rest = memoryview(small * count), 0, b""
        client.socket.settimeout(20)
        while answers < count:
            left = left[client.socket.send(left[:100_000]) :] if left else left
            rest += client.socket.recv(1 << 20)
            answers += rest.count(b"HTTP/1.1 404")
            rest = rest[-11:] if not rest.endswith(b"HTTP/1.1 404") else b""
            waiting += [len(protocol.pipeline) for protocol, _ in seen[-1:]]
    assert len(seen) == count
    # A read may bring a quarter of a megabyte, whatever waits when it begins.
    assert max(waiting) <= MAX_WAITING + 262_144 // len(small)


def test_scripted_cut_closes_the_connection_quietly(caplog: pytest.LogCaptureFixture) -> None:
    with MockServer() as server:
        server.session("k").when().reply("Cut.", fault={"then": "disconnect", "after_events": 2})
        with Client(server) as client:
            client.send(request("k", body=STREAM) + request("k"))
            received = client.incoming.read()
    assert received.count(b"event:") == 2
    assert received.count(b"HTTP/1.1") == 1, "no error is made up"
    assert not caplog.records


def test_client_that_leaves_its_queue_is_no_mistake(caplog: pytest.LogCaptureFixture) -> None:
    """uvicorn lets only the last of several requests know that their client has gone."""
    with MockServer() as server:
        session = server.session("k")
        session.when().reply("Late.", pace={"first": "100ms"})
        with Client(server) as client:
            client.send(request("k", body=STREAM) + request("k", body=HELLO) * 2)
            while not session.requests:
                pass
        assert session.wait(20)
        assert [each.hung_up for each in session.requests] == [True]
    assert not caplog.records


def test_other_servers_have_no_such_parts() -> None:
    async def send(_: Any) -> None:
        """Of a server that is not uvicorn."""

    connection = Connection(send)
    connection.limit_queue()
    connection.close()
    assert not connection.is_closed()
