"""HTTP over a bare socket: both ways a call can take answer alike, in order, and to the end."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mockserver import MockServer
from mockserver.serving.protocol import MOST_HEAD
from mockserver.testing import MockSession
from tests.sockets import HELLO, STREAM, Connection, exchange, request

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


def test_headers_without_end_are_refused(running: MockServer, key: str) -> None:
    with Connection(running) as connection:
        connection.send(request(key)[:-30].replace(b"host:", b"x-long: " + b"x" * (MOST_HEAD + 1) + b"\r\nhost:"))
        assert connection.read() == (400, b"Request headers are too long.")


def test_trailers_are_not_headers(running: MockServer, session: MockSession, key: str) -> None:
    body = b"%x\r\n%b\r\n0\r\nx-trailer: 1\r\n\r\n" % (len(HELLO), HELLO)
    chunked = request(key, "transfer-encoding: chunked", sized=False, body=body)
    assert exchange(running, chunked)[0] == 200
    assert exchange(running, chunked.replace(b"host:", b"origin: http://127.0.0.1\r\nhost:"))[0] == 200
    assert [set(call.headers) & {"host", "x-trailer"} for call in session.requests] == [{"host"}] * 2


def test_request_behind_one_that_asks_for_another_protocol_is_answered(
    running: MockServer, session: MockSession, key: str
) -> None:
    asking = request(key, "connection: close, upgrade", "upgrade: websocket", line="GET /v1/models HTTP/1.1", body=b"")
    with Connection(running) as connection:
        connection.send(request(key, "connection: upgrade", "upgrade: h2c") + request(key) + asking + request(key))
        assert [connection.read()[0] for _ in range(3)] == [200] * 3
        assert connection.is_at_end()
    assert len(session.requests) == 3


@pytest.mark.parametrize("body", [HELLO, STREAM], ids=["whole", "stream"])
def test_last_call_of_a_connection_ends_it(body: bytes) -> None:
    with MockServer() as server, Connection(server) as connection:
        assert server._running is not None
        # That nothing comes any more shall not be what ends it.
        server._running[0].host.idle = 60
        connection.send(request("k") + request("k", "connection: close", body=body) + request("k"))
        assert [connection.read()[0] for _ in range(2)] == [200] * 2
        assert connection.is_at_end()
        assert len(server.session("k").requests) == 2


def test_tunnels_are_refused(running: MockServer, key: str) -> None:
    with Connection(running) as connection:
        connection.send(request(key, line="CONNECT example.com:443 HTTP/1.1", sized=False, body=b""))
        assert connection.read()[0] == 400


def test_what_fails_inside_is_not_blamed_on_the_client(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ImportError("uvicorn is not what it was")

    monkeypatch.setattr("mockserver.serving.asgi.Ways.__init__", fail)
    with MockServer() as server:
        get = request("k", line="GET /v1/models HTTP/1.1", body=b"")
        assert exchange(server, get) == (500, b"Internal server error")
        assert "uvicorn is not what it was" in caplog.text
        assert exchange(server, get.replace(b"/v1", "/v1ü".encode())) == (400, b"Invalid HTTP request received.")
