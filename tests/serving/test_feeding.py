"""The feed over a socket: it comes at once, bothers nobody, and ends with its client or with the server."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from mockserver import MockServer
from mockserver.records.call import Call
from mockserver.records.delivery import Delivery
from mockserver.records.settings import PROFILES, Settings
from mockserver.serving import feeding, waiting
from mockserver.serving.app import MockApp
from mockserver.serving.feeding import Feeder
from mockserver.serving.heavy import HeavyWorker, is_heavy
from mockserver.serving.waiting import JournalWatch
from mockserver.store import CallRecord, MemoryStore
from tests.sockets import HELLO, STREAM, Connection, exchange, request, until

CALL = Call("GET", "/_mock/events", {})
RECORD = CallRecord(Call("POST", "/v1/messages", {}, b"{}"))


@pytest.fixture(autouse=True)
def _swift(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The thread that watches the journal ends soon, and with the test."""
    monkeypatch.setattr(waiting, "LOOK", 0.01)
    yield
    until(lambda: threads() == [])


@pytest.fixture(params=PROFILES)
def server(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    with MockServer(profile=request.param) as server:
        yield server


def post(key: str, *headers: str, body: bytes = HELLO) -> bytes:
    """A request for a message, as the API itself wants it."""
    return request(key, "anthropic-version: 2023-06-01", *headers, body=body)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name in ("journal watch", "heavy request")]


def feeder_of(server: MockServer) -> Any:
    return server._server._app._feeder  # nobody else can tell


def drain(server: MockServer) -> None:
    """The server is told to stop, and lets answers under way end."""
    follower = next(iter(feeder_of(server)._followers))
    follower.end.loop.call_soon_threadsafe(server._server._app.begin_drain)


def followers(server: MockServer) -> int:
    return len(feeder_of(server)._followers)


class Following(Connection):
    """A client that follows the journal."""

    def __enter__(self) -> Following:
        return self

    def __init__(self, server: MockServer, path: str = "/_mock/events", *headers: str) -> None:
        super().__init__(server)
        self.send("\r\n".join((f"GET {path} HTTP/1.1", "host: 127.0.0.1", *headers, "", "")).encode())
        self.status = int(self.incoming.readline().split()[1])
        self.headers = dict(iter(self._header, (b"", b"")))

    def read_event(self) -> tuple[str, Any]:
        """The next event: its name and data."""
        while True:
            line = self.incoming.readline().strip()
            if line.startswith(b"event: "):
                kind = line.removeprefix(b"event: ").decode()
                return kind, json.loads(self.incoming.readline().strip().removeprefix(b"data: "))

    def read_position(self) -> int:
        while not (line := self.incoming.readline()).startswith(b"id: "):
            pass
        return int(line.removeprefix(b"id: "))


def test_requests_are_told_as_they_come(server: MockServer) -> None:
    with Following(server) as following:
        assert (following.status, following.headers[b"content-type"]) == (200, b"text/event-stream")
        assert following.read_position() == 0
        for number in (1, 2):
            assert exchange(server, post("k"))[0] == 200
            kind, data = following.read_event()
            assert (kind, data["number"], data["finished"]) == ("request", number, True)
        with httpx2.Client(base_url=server.url) as client:
            client.post("/_mock/reset")
        assert following.read_event() == ("cleared", {})


def test_feed_of_a_folder(tmp_path: Path) -> None:
    with MockServer(store=str(tmp_path)) as server, Following(server) as following:
        assert following.read_position() == 0
        exchange(server, post("k"))
        assert following.read_event()[1]["number"] == 1
        with httpx2.Client(base_url=server.url) as client:
            client.delete("/_mock/requests")
        assert following.read_event() == ("cleared", {})


def test_stream_is_told_twice(server: MockServer) -> None:
    server.session("k").when().reply("Slow.", pace={"first": "200ms"})
    with Following(server) as following:
        following.read_position()
        assert exchange(server, post("k", body=STREAM))[0] == 200
        assert [following.read_event()[1]["finished"] for _ in range(2)] == [False, True]


def test_path_of_a_session_feeds_of_it(server: MockServer) -> None:
    with Following(server, "/_session/mine/_mock/events") as following:
        following.read_position()
        for session in ("other", "mine"):
            assert exchange(server, post("k", f"x-mock-session: {session}"))[0] == 200
        assert following.read_event()[1]["session"] == "mine"


def test_who_comes_back_misses_nothing(server: MockServer) -> None:
    for _ in range(3):
        exchange(server, post("k"))
    with Following(server, "/_mock/events", "last-event-id: 1") as following:
        assert [following.read_event()[1]["number"] for _ in range(2)] == [2, 3]


def test_feeds_are_bounded(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeder_of(server), "most", 1)
    with Following(server) as following:
        following.read_position()
        with httpx2.Client(base_url=server.url) as client:
            refused = client.get("/_mock/events", headers={"origin": "http://localhost:5173"})
        assert (refused.status_code, "1 do" in refused.json()["error"]["message"]) == (503, True)
        assert refused.headers["access-control-allow-origin"] == "http://localhost:5173"
    until(lambda: followers(server) == 0)
    with Following(server) as following:
        assert following.status == 200


def test_client_that_goes_is_let_go(server: MockServer) -> None:
    with Following(server) as following:
        following.read_position()
        until(lambda: "journal watch" in threads())
    until(lambda: followers(server) == 0)
    until(lambda: threads() == [])


def test_silence_is_broken_by_comments(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "QUIET", 0.05)
    with Following(server) as following:
        while following.incoming.readline() != feeding.PING[:-1]:
            pass


def test_feed_ends_when_the_server_drains(server: MockServer) -> None:
    """At once, and whole: the connection could be used again."""
    with Following(server) as following:
        following.read_position()
        until(lambda: "journal watch" in threads())
        drain(server)
        while following.incoming.readline() != b"0\r\n":
            pass
        refused = Following(server)
        assert refused.status == 503
        refused.socket.close()


def test_feed_that_rests_ends_at_once_too(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "PAUSE", 60.0)
    with Following(server) as following:
        following.read_position()
        drain(server)
        until(lambda: followers(server) == 0)


def test_client_that_reads_nothing_is_told_what_it_missed(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing piles up for it, and it does not keep the server."""
    monkeypatch.setattr("mockserver.control.feed._MOST", 3)
    feeder = feeder_of(server)
    with Following(server) as following:
        following.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        (follower,) = feeder._followers
        follower.client.connection._transport.set_write_buffer_limits(0)
        stuck = follower.client.connection._transport
        stuck.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        long = "x-mock-session: " + "s" * 10
        with Connection(server) as connection:
            while not (feeder._writing and stuck.get_write_buffer_size()):
                connection.send(post("k", long) * 20)
                assert [connection.read()[0] for _ in range(20)] == [200] * 20
            size = stuck.get_write_buffer_size()
            for _ in range(5):
                connection.send(post("k", long) * 20)
                assert [connection.read()[0] for _ in range(20)] == [200] * 20
            assert stuck.get_write_buffer_size() == size < 100_000
        drain(server)
        until(lambda: followers(server) == 0)


def test_test_clients_are_given_an_end() -> None:
    with TestClient(MockApp(), base_url="http://127.0.0.1") as client:
        client.get("/v1/models", headers={"x-api-key": "k"})
        got = client.get("/_mock/events")
    assert (got.status_code, got.text.count("event: request")) == (200, 1)


def test_clients_without_a_socket_are_given_an_end(server: MockServer) -> None:
    async def talk() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=server.transport, base_url="http://127.0.0.1") as client:
            got: httpx2.Response = await client.get("/_mock/events")
            return got

    exchange(server, post("k"))
    with httpx2.Client(transport=server.transport, base_url="http://127.0.0.1") as client:
        for got in (client.get("/_mock/events"), asyncio.run(talk())):
            assert got.text.count("event: request") == 1


def test_journal_is_read_beside_the_event_loop() -> None:
    assert is_heavy(CALL)


# How seldom it looks


class Recorded:
    """A client that notes for how long it is made to sleep, and wakes at once; it goes after some rounds."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.rests: list[float] = []

    async def write(self, _: object) -> None:
        """Everything is taken."""

    async def sleep(self, seconds: float, _: asyncio.Future[None] | None = None) -> bool:
        if seconds == 0.0:
            self.rounds -= 1
        elif seconds != feeding.QUIET:
            self.rests.append(seconds)
        return self.rounds <= 0


def look(rounds: int, spent: float, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses behind looks that each take so many seconds of processor time, one right behind the other."""
    clock = iter(range(10**6))
    times = SimpleNamespace(thread_time=lambda: next(clock) * spent, monotonic=lambda: 1000.0)
    monkeypatch.setattr("mockserver.serving.feeding.time", times)
    client: Any = Recorded(rounds)
    feeder = Feeder(JournalWatch(MemoryStore(Settings()).journal), HeavyWorker())
    asyncio.run(feeder.send(Delivery(200, (), ()), lambda: b"", CALL, client))
    rests: list[float] = client.rests
    return rests


def test_looks_take_a_fraction_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    each = feeding.TIMES * (0.01 + feeding.OVERHEAD)
    assert look(3, 0.01, monkeypatch) == pytest.approx([each, 2 * each, 3 * each])
    assert feeding.TIMES >= 25


def test_quick_looks_are_few_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look(1, 0.0, monkeypatch) == [feeding.PAUSE]
    assert 0.05 <= feeding.PAUSE <= 0.1


def test_nobody_is_woken_while_a_feed_rests(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that come meanwhile pay nothing."""
    monkeypatch.setattr(feeding, "PAUSE", 60.0)
    with Following(server) as following:
        following.read_position()
        until(lambda: threads() == [])
        for _ in range(3):
            exchange(server, post("k"))
        assert (threads(), server.mock.store.journal._data.waiting) == ([], 0)  # type: ignore[attr-defined]
