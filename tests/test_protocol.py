"""HTTP over a bare socket: both ways a call can take answer alike, in order, and to the end."""

from __future__ import annotations

import socket
import time
from typing import Any

import orjson
import pytest

from mockserver import MockServer
from mockserver.protocol import MOST_HEAD
from mockserver.runner import DRAIN
from mockserver.testing import MockSession

HELLO = orjson.dumps({"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]})
STREAM = HELLO[:-1] + b',"stream":true}'


def request(
    key: str, *headers: str, body: bytes = HELLO, line: str = "POST /v1/messages HTTP/1.1", sized: bool = True
) -> bytes:
    length = (f"content-length: {len(body)}",) if sized else ()
    head = (line, "host: 127.0.0.1", f"x-api-key: {key}", "content-type: application/json", *length, *headers)
    return "\r\n".join((*head, "", "")).encode() + body


class Connection:
    """A client of bytes."""

    def __init__(self, server: MockServer) -> None:
        host, port = server.url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self.incoming = self.socket.makefile("rb")

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.incoming.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self) -> tuple[int, bytes]:
        """The next answer: status and body."""
        status = int(self.incoming.readline().split()[1])
        headers = dict(iter(self._header, (b"", b"")))
        if status == 100:
            return self.read()
        if headers.get(b"transfer-encoding") == b"chunked":
            return status, b"".join(iter(self._chunk, b""))
        if b"content-length" in headers:
            return status, self.incoming.read(int(headers[b"content-length"]))
        return status, self.incoming.read()

    def is_at_end(self) -> bool:
        return self.incoming.read(1) == b""

    def _header(self) -> tuple[bytes, bytes]:
        name, _, value = self.incoming.readline().strip().partition(b": ")
        return name, value

    def _chunk(self) -> bytes:
        data = self.incoming.read(int(self.incoming.readline(), 16))
        assert self.incoming.readline() == b"\r\n"
        return data


def exchange(server: MockServer, *packets: bytes) -> tuple[int, bytes]:
    with Connection(server) as connection:
        for packet in packets:
            connection.send(packet)
        return connection.read()


@pytest.fixture
def session(running: MockServer, key: str) -> MockSession:
    session = running.session(key)
    session.reset()
    session.when().reply("Hello.")
    return session


VARIANTS = {
    "plain": lambda key: [request(key)],
    "headers in capitals": lambda key: [request(key, "X-Other: 1").replace(b"x-api-key", b"X-Api-Key")],
    "body in two packets": lambda key: [request(key)[:-20], HELLO[-20:]],
    "chunked": lambda key: [
        request(key, "transfer-encoding: chunked", sized=False, body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(HELLO), HELLO))
    ],
    "http 1.0": lambda key: [request(key, line="POST /v1/messages HTTP/1.0")],
    "last of its connection": lambda key: [request(key, "connection: close")],
    "asks to go on": lambda key: [request(key, "expect: 100-continue")],
    "from a browser": lambda key: [request(key, "origin: http://127.0.0.1:5173")],
    "asks for HTTP/2": lambda key: [
        request(key, "connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAMAAABk")
    ],
    "asks for HTTP/2 in two packets": lambda key: [
        request(key, "connection: upgrade", "upgrade: h2c")[:-20],
        HELLO[-20:],
    ],
    "escaped path": lambda key: [request(key, line="POST /v1%2Fmessages HTTP/1.1")],
    "with a query": lambda key: [request(key, line="POST /some/prefix/v1/messages?beta=true HTTP/1.1")],
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_kind_of_request_is_answered_alike(
    running: MockServer, session: MockSession, key: str, variant: str
) -> None:
    status, body = exchange(running, *VARIANTS[variant](key))
    assert (status, orjson.loads(body)["content"]) == (200, [{"type": "text", "text": "Hello."}])
    (call,) = session.requests
    assert (call.finished, call.hung_up, call.status) == (True, False, 200)
    assert call.headers["content-type"] == "application/json"


def test_answers_keep_the_order_of_their_requests(running: MockServer, session: MockSession, key: str) -> None:
    session.when(user="slow").reply("Slow.", pace={"first": "20ms"})
    slow = request(key, body=HELLO.replace(b"Hi", b"slow"))
    sent = [request(key), slow, request(key, body=STREAM), slow, request(key, "origin: http://127.0.0.1"), request(key)]
    with Connection(running) as connection:
        connection.send(b"".join(sent))
        answers = [connection.read() for _ in sent]
    assert {status for status, _ in answers} == {200}
    said = [b"Slow." if b"Slow." in body else b"stream" if b"message_stop" in body else b"plain" for _, body in answers]
    assert said == [b"plain", b"Slow.", b"stream", b"Slow.", b"plain", b"plain"]


@pytest.mark.usefixtures("session")
def test_what_is_no_http_is_refused_after_what_was(running: MockServer, key: str) -> None:
    with Connection(running) as connection:
        connection.send(request(key) + b"no HTTP at all\r\n\r\n")
        assert (connection.read()[0], connection.read()[0]) == (200, 400)
        assert connection.is_at_end()


@pytest.mark.parametrize(
    ("raw", "status", "length"),
    [
        ({"status": 204}, 204, 0),
        ({"status": 204, "body": "none"}, 204, 0),
        ({"status": 200, "body": "as it is"}, 200, 8),
        ({"status": 200, "body": "the last", "headers": {"connection": "close"}}, 200, 8),
        ({"status": 200, "body": "x-y: z", "headers": {"x-content-length": "2"}}, 200, 6),
    ],
)
def test_scripted_headers_are_obeyed(
    running: MockServer, session: MockSession, key: str, raw: Any, status: int, length: int
) -> None:
    session.when().reply(raw=raw)
    with Connection(running) as connection:
        connection.send(request(key))
        found, body = connection.read()
        assert (found, len(body)) == (status, length)
        if "connection" in raw.get("headers", {}):
            assert connection.is_at_end()


def test_body_that_is_too_long_is_refused_and_not_kept() -> None:
    with MockServer(max_body=1000) as server:
        body = HELLO[:-1] + b" " * 5000 + b"}"
        status, said = exchange(server, request("k", body=body))
        assert (status, orjson.loads(said)["error"]["type"]) == (413, "request_too_large")
        (call,) = server.session("k").requests
        assert len(call.body) == 1001


def test_call_under_way_is_answered_before_the_server_stops() -> None:
    server = MockServer()
    with server, Connection(server) as connection:
        assert server._running is not None
        runner, thread = server._running
        connection.send(request("k"))
        assert connection.read()[0] == 200
        connection.send(request("k")[:-5])
        while not any(getattr(each, "received", None) for each in runner.host.connections):
            time.sleep(0)
        runner.loop.call_soon_threadsafe(runner.stop, DRAIN)
        while not runner.host.stopping:
            time.sleep(0)
        connection.send(HELLO[-5:])
        assert connection.read()[0] == 200
        assert connection.is_at_end(), "it was the last one"
        thread.join()


def test_client_that_leaves_in_its_request_leaves_nothing_behind(
    running: MockServer, session: MockSession, key: str
) -> None:
    with Connection(running) as connection:
        connection.send(request(key)[:-5])
    assert exchange(running, request(key))[0] == 200
    assert len(session.requests) == 1


def test_headers_without_end_are_refused(running: MockServer, key: str) -> None:
    with Connection(running) as connection:
        connection.send(request(key)[:-30].replace(b"host:", b"x-long: " + b"x" * (MOST_HEAD + 1) + b"\r\nhost:"))
        assert connection.read() == (400, b"Request headers are too long.")


def test_idle_connection_is_closed_and_a_busy_one_is_not() -> None:
    server = MockServer()
    session = server.session("k")
    session.when(user="slow").reply("Slow.", pace={"first": "200ms"})
    with server:
        assert server._running is not None
        server._running[0].host.idle = 0.05
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
    session.when().reply("x" * 100_000)
    with Connection(running) as connection:
        connection.send(request(key) * 300)
        deadline = time.monotonic() + 20
        while len(session.requests) < 2:
            assert time.monotonic() < deadline
        assert exchange(running, request(key, "x-mock-session: another"))[0] == 200, "others are answered meanwhile"
        assert len(session.requests) < 300
        assert [connection.read()[0] for _ in range(300)] == [200] * 300
    assert session.wait(20)
    assert len(session.requests) == 300


def test_trailers_are_not_headers(running: MockServer, session: MockSession, key: str) -> None:
    body = b"%x\r\n%b\r\n0\r\nx-trailer: 1\r\n\r\n" % (len(HELLO), HELLO)
    chunked = request(key, "transfer-encoding: chunked", sized=False, body=body)
    assert exchange(running, chunked)[0] == 200
    assert exchange(running, chunked.replace(b"host:", b"origin: http://127.0.0.1\r\nhost:"))[0] == 200
    assert [set(call.headers) & {"host", "x-trailer"} for call in session.requests] == [{"host"}] * 2


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
        deadline = time.monotonic() + 20
        while not session.requests:
            assert time.monotonic() < deadline
    assert session.wait(20)
    assert session.requests[0].hung_up


def test_request_behind_one_that_asks_for_another_protocol_is_answered(
    running: MockServer, session: MockSession, key: str
) -> None:
    asking = request(key, "connection: close, upgrade", "upgrade: websocket", line="GET /v1/models HTTP/1.1", body=b"")
    with Connection(running) as connection:
        connection.send(request(key, "connection: upgrade", "upgrade: h2c") + request(key) + asking + request(key))
        assert [connection.read()[0] for _ in range(3)] == [200] * 3
        assert connection.is_at_end()
    assert len(session.requests) == 3


def test_tunnels_are_refused(running: MockServer, key: str) -> None:
    with Connection(running) as connection:
        connection.send(request(key, line="CONNECT example.com:443 HTTP/1.1", sized=False, body=b""))
        assert connection.read()[0] == 400


def test_what_fails_inside_is_not_blamed_on_the_client(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ImportError("uvicorn is not what it was")

    monkeypatch.setattr("mockserver.asgi.Ways.__init__", fail)
    with MockServer() as server:
        get = request("k", line="GET /v1/models HTTP/1.1", body=b"")
        assert exchange(server, get) == (500, b"Internal server error")
        assert "uvicorn is not what it was" in caplog.text
        assert exchange(server, get.replace(b"/v1", "/v1ü".encode())) == (400, b"Invalid HTTP request received.")


def test_client_that_reads_nothing_does_not_keep_the_server() -> None:
    server = MockServer()
    server.session("k").when().reply("x" * 400_000)
    with server, Connection(server) as connection:
        connection.send(request("k") * 40)
        while len(server.session("k").requests) < 2:
            time.sleep(0)
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 5


def test_answers_to_a_client_that_has_gone_end(running: MockServer, session: MockSession, key: str) -> None:
    """Also when more of its calls wait behind the one that is answered."""
    session.when(user="Hi").reply("Some words.", fault={"then": "stall", "for": "60s", "after_events": 2})
    with Connection(running) as connection:
        connection.send(request(key, body=STREAM) * 2)
        assert connection.incoming.readline()
    assert session.wait(20)
    assert [call.hung_up for call in session.requests] == [True]
