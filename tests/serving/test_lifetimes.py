"""How connections end: idle, left by their client, or because the server stops."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest
from starlette.testclient import TestClient

from mockserver import MockServer
from mockserver.serving.app import MockApp
from mockserver.serving.protocol import GuardedProtocol
from mockserver.serving.server import DRAIN, UvicornServer
from mockserver.testing import MockSession
from tests.sockets import HELLO, STREAM, Connection, exchange, request, until


def running_server(server: MockServer) -> tuple[UvicornServer, threading.Thread]:
    found = server._server._running
    assert found is not None
    return found


def test_call_under_way_is_answered_before_the_server_stops() -> None:
    server = MockServer()
    with server, Connection(server) as connection:
        uvicorn, thread = running_server(server)
        connection.send(request("k"))
        assert connection.read()[0] == 200
        connection.send(request("k")[:-5])
        until(lambda: uvicorn.server_state.tasks)
        uvicorn._loop.call_soon_threadsafe(uvicorn.stop, DRAIN)
        until(lambda: not any(each.is_serving() for each in uvicorn.servers))
        connection.send(HELLO[-5:])
        assert connection.read()[0] == 200
        assert connection.is_at_end(), "it was the last one"
        thread.join(20)
        assert not thread.is_alive()


def test_connection_that_is_made_while_the_server_stops_is_closed() -> None:
    """It was accepted before. Else its client would be answered until all connections are cut."""
    server = MockServer()
    with server, Connection(server) as connection:
        uvicorn, _ = running_server(server)
        connection.send(request("k")[:-5])
        until(lambda: uvicorn.server_state.tasks)
        uvicorn._loop.call_soon_threadsafe(uvicorn.stop, DRAIN)
        until(lambda: not any(each.is_serving() for each in uvicorn.servers))
        client, accepted = socket.socketpair()
        with client:
            making = uvicorn._loop.connect_accepted_socket(
                lambda: GuardedProtocol(uvicorn.config, uvicorn.server_state, {}), accepted
            )
            asyncio.run_coroutine_threadsafe(making, uvicorn._loop).result(20)
            client.settimeout(20)
            assert client.recv(1) == b""
        connection.send(HELLO[-5:])
        assert connection.read()[0] == 200, "the others have not been cut"


def test_server_that_drains_is_not_ready() -> None:
    app = MockApp()
    for _ in range(2):  # some start an application again
        with TestClient(app, base_url="http://127.0.0.1") as client:
            ready = client.get("/_mock/ready")
            assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
            app.begin_drain()
            ready = client.get("/_mock/ready")
            assert (ready.status_code, ready.json()) == (503, {"status": "draining"})
            assert client.get("/_mock/health").status_code == 200


def test_server_that_stops_is_not_ready() -> None:
    """Also to a request that came before, and could not be read whole."""
    server = MockServer()
    check = b"GET /_mock/ready HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1\r\n\r\n"
    with server, Connection(server) as connection:
        uvicorn, _ = running_server(server)
        connection.send(check)
        until(lambda: uvicorn.server_state.tasks)
        uvicorn._loop.call_soon_threadsafe(uvicorn.stop, DRAIN)
        until(lambda: not any(each.is_serving() for each in uvicorn.servers))
        connection.send(b"x")
        assert connection.read()[0] == 503
        assert connection.is_at_end()


def test_client_that_leaves_in_its_request_leaves_nothing_behind(
    running: MockServer, session: MockSession, key: str
) -> None:
    with Connection(running) as connection:
        connection.send(request(key)[:-5])
    assert exchange(running, request(key))[0] == 200
    assert len(session.requests) == 1


def test_idle_connections_outlive_a_breakpoint() -> None:
    assert UvicornServer(MockApp(), on_start=lambda: None).config.timeout_keep_alive >= 75


def test_idle_connection_is_closed_and_a_busy_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.serving.server.IDLE", 0.05)
    server = MockServer()
    session = server.session("k")
    session.when(user="slow").reply("Slow.", pace={"first": "200ms"})
    with server:
        with Connection(server) as connection:
            connection.send(request("k") + request("k"))
            assert (connection.read()[0], connection.read()[0]) == (200, 200)
            assert connection.is_at_end(), "nothing came any more"
        with Connection(server) as connection:
            slow = request("k", body=HELLO.replace(b"Hi", b"slow"))
            connection.send(request("k") + slow + request("k"))
            assert [connection.read()[0] for _ in range(3)] == [200] * 3
            assert connection.is_at_end()


def test_answers_that_nobody_reads_do_not_pile_up(running: MockServer, session: MockSession, key: str) -> None:
    session.when().reply("x" * 100_000, enforce_limits=False)
    with Connection(running) as connection:
        connection.send(request(key) * 300)
        until(lambda: len(session.requests) >= 2)
        assert exchange(running, request(key, "x-mock-session: another"))[0] == 200, "others are answered meanwhile"
        assert len(session.requests) < 300
        assert [connection.read()[0] for _ in range(300)] == [200] * 300
    assert session.wait(20)
    assert len(session.requests) == 300


def test_log_that_fails_costs_no_answer() -> None:
    def fail(line: str) -> None:
        raise ValueError(line)

    with MockServer(log=fail) as server, Connection(server) as connection:
        connection.send(request("k") * 2)
        assert (connection.read()[0], connection.read()[0]) == (200, 200)


def test_client_that_leaves_behind_a_slow_answer_is_noted(running: MockServer, session: MockSession, key: str) -> None:
    session.when().reply("Slow.", pace={"first": "20ms"})
    with Connection(running) as connection:
        connection.send(request(key) * 2)
        until(lambda: session.requests)
    assert session.wait(20)
    assert session.requests[0].hung_up


def test_client_that_reads_nothing_does_not_keep_the_server() -> None:
    server = MockServer()
    server.session("k").when().reply("x" * 400_000, enforce_limits=False)
    with server, Connection(server) as connection:
        connection.send(request("k") * 40)
        until(lambda: len(server.session("k").requests) >= 2)
        stopping = threading.Thread(target=server.stop, daemon=True)
        stopping.start()
        stopping.join(20)
        assert not stopping.is_alive()


def test_answers_to_a_client_that_has_gone_end(running: MockServer, session: MockSession, key: str) -> None:
    """Also when more of its calls wait behind the one that is answered."""
    session.when(user="Hi").reply("Some words.", fault={"then": "stall", "for": "60s", "after_events": 2})
    with Connection(running) as connection:
        connection.send(request(key, body=STREAM) * 2)
        assert connection.incoming.readline()
    assert session.wait(20)
    assert [call.hung_up for call in session.requests] == [True]
