"""The bodies that are being received are bounded together, and hold up nobody."""

from __future__ import annotations

from contextlib import ExitStack

import orjson
import pytest

from mockserver import MockServer
from mockserver.serving import app
from mockserver.serving.bodies import Body, UnfinishedBodies
from tests.sockets import HELLO, Connection, exchange, request, until

LARGE = HELLO[:-1] + b" " * 400_000 + b"}"


class Noted(UnfinishedBodies):
    """Counts the bytes that came."""

    came = 0

    def extend(self, body: Body, piece: bytes) -> None:
        super().extend(body, piece)
        self.came += len(piece)


def note_bodies(monkeypatch: pytest.MonkeyPatch) -> list[Noted]:
    """The bodies of each server that is made from now on."""
    made: list[Noted] = []

    def make(most: int) -> Noted:
        made.append(Noted(most))
        return made[-1]

    monkeypatch.setattr(app, "UnfinishedBodies", make)
    return made


def test_bodies_that_fit_are_kept() -> None:
    bodies = UnfinishedBodies(100)
    one, two = bodies.begin(), bodies.begin()
    for piece in (b"a" * 30, b"b" * 20):
        bodies.extend(one, piece)
        bodies.extend(two, piece)
    assert (bytes(one.data), bodies.held) == (b"a" * 30 + b"b" * 20, 100)
    bodies.end(one)
    bodies.end(one)
    assert bodies.held == 50


def test_body_without_news_for_longest_makes_room_unless_it_is_small() -> None:
    bodies = UnfinishedBodies(100)
    small, stalled, live = bodies.begin(), bodies.begin(), bodies.begin()
    for body, size in ((small, 1), (stalled, 50), (live, 45), (live, 10)):
        bodies.extend(body, b"x" * size)
    assert [body.is_dropped for body in (small, stalled, live)] == [False, True, False]
    assert bodies.held == 56
    bodies.extend(stalled, b"more")
    bodies.end(stalled)
    assert (bodies.held, len(stalled.data)) == (56, 0)


def test_body_larger_than_all_room_makes_room_itself() -> None:
    bodies = UnfinishedBodies(100)
    body = bodies.begin()
    bodies.extend(body, b"x" * 101)
    assert (body.is_dropped, bodies.held) == (True, 0)


@pytest.mark.parametrize("path", ["/v1/messages", "/_mock/scenarios"])
def test_stalled_bodies_make_room_for_others(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(app, "MOST_UNFINISHED", 1_000_000)
    made, line = note_bodies(monkeypatch), f"POST {path} HTTP/1.1"
    with MockServer(max_body=500_000) as server, ExitStack() as stack:
        stalled = [stack.enter_context(Connection(server)) for _ in range(6)]
        whole = request("k", line=line, body=LARGE)
        for connection in stalled:
            connection.send(whole[:-100_000])
        until(lambda: made[0].came == 6 * (len(LARGE) - 100_000))
        assert made[0].held <= 1_000_000
        for _ in range(3):
            assert exchange(server, request("k", body=LARGE))[0] == 200
        answers = []
        for connection in stalled:
            connection.send(whole[-100_000:])
            answers.append(connection.read())
        dropped = [orjson.loads(body) for status, body in answers if status == 503]
        assert dropped
        assert all("make room" in body["error"]["message"] for body in dropped)
        assert exchange(server, request("k", body=LARGE))[0] == 200


def test_client_that_goes_away_leaves_room(monkeypatch: pytest.MonkeyPatch) -> None:
    made = note_bodies(monkeypatch)
    with MockServer() as server:
        (bodies,) = made
        with Connection(server) as connection:
            connection.send(request("k", body=LARGE)[:-1])
            until(lambda: bodies.held)
        until(lambda: not bodies.held)
