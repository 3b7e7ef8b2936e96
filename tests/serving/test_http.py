"""HTTP over a bare socket: requests are answered however they are written, in order, and to the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
import pytest

from mockserver import MockServer
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


# What uvicorn answers itself, or makes of a request; docs/http.md tells users.
REFUSED = {
    "no HTTP": b"no HTTP at all\r\n\r\n",
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "unknown version": b"GET /v1/models HTTP/1.2\r\nhost: a\r\n\r\n",
    "unknown method": b"get /v1/models HTTP/1.1\r\nhost: a\r\n\r\n",
    "tunnel": b"CONNECT example.com:443 HTTP/1.1\r\nhost: a\r\n\r\n",
    "absolute form without a path": b"GET http://host HTTP/1.1\r\nhost: a\r\n\r\n",
    "letters outside ASCII": "GET /v1ü HTTP/1.1\r\nhost: a\r\n\r\n".encode(),
    "two lengths": b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("case", REFUSED)
def test_unreadable_requests_are_refused(running: MockServer, case: str, caplog: pytest.LogCaptureFixture) -> None:
    with Connection(running) as connection:
        connection.send(REFUSED[case])
        assert connection.read() == (400, b"Invalid HTTP request received.")
        assert connection.is_at_end()
    assert not caplog.records


CHUNKED = "transfer-encoding: chunked"
UNREADABLE: dict[str, Callable[[str], bytes]] = {
    "no HTTP": lambda _: b"no HTTP at all\r\n\r\n" * 3,
    "broken chunks": lambda key: request(key, CHUNKED, sized=False, body=b"no length\r\n"),
    "endless head": lambda key: request(key, body=b"")[:-2] + b"x-long: " + b"x" * 600_000,
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_requests_before_an_unreadable_one_are_answered(
    running: MockServer, session: MockSession, key: str, case: str
) -> None:
    """None takes the refusal for its answer, and it does not stand in the middle of a stream."""
    session.when(user="slow").reply("Some slow words.", pace={"first": "20ms", "tokens_per_second": 200})
    slow = request(key, body=STREAM.replace(b"Hi", b"slow"))
    sent = [request(key), slow, request(key), slow]
    with Connection(running) as connection:
        connection.send(b"".join([*sent, UNREADABLE[case](key)]))
        answers = [connection.read() for _ in sent]
        assert [status for status, _ in answers] == [200] * 4
        assert b"message_stop" in answers[-1][1]
        assert connection.read()[0] == 400
        assert connection.is_at_end()


def test_unreadable_rest_of_a_body_is_refused(running: MockServer, key: str) -> None:
    with Connection(running) as connection:
        connection.send(request(key, CHUNKED, sized=False, body=b"1\r\n{\r\nno length\r\n"))
        assert connection.read()[0] == 400
        assert connection.is_at_end()


@pytest.mark.usefixtures("session")
def test_absolute_form_names_the_path(running: MockServer, key: str) -> None:
    assert exchange(running, request(key, line="POST http://host/v1/messages HTTP/1.1"))[0] == 200


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("header", ["x-other: 1", "connection: keep-alive"])
def test_http_1_0_gets_one_answer_a_connection(running: MockServer, key: str, header: str) -> None:
    with Connection(running) as connection:
        connection.send(request(key, header, line="POST /v1/messages HTTP/1.0"))
        assert connection.read()[0] == 200
        assert connection.is_at_end()


def test_request_for_another_protocol_is_answered_without_its_body(running: MockServer, key: str) -> None:
    """uvicorn takes all that follows the headers for the other protocol's."""
    with Connection(running) as connection:
        connection.send(request(key, "connection: upgrade", "upgrade: h2c"))
        status, body = connection.read()
        assert (status, b"Upgrade: h2c" in body and b"HTTP_1_1" in body) == (400, True)
        websocket = ("connection: upgrade", "upgrade: websocket")
        connection.send(request(key, *websocket, line="GET /v1/models HTTP/1.1", body=b""))
        assert connection.read()[0] == 200


def test_many_pipelined_requests_for_another_protocol_do_no_harm(
    running: MockServer, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    asking = request(key, "connection: upgrade", "upgrade: h2c", line="GET / HTTP/1.1", body=b"", sized=False)
    status, _ = exchange(running, asking * 600)
    assert status == 404
    assert exchange(running, request(key, line="GET /v1/models HTTP/1.1", body=b""))[0] == 200
    assert not caplog.records


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


@pytest.mark.parametrize("body", [HELLO, STREAM], ids=["whole", "stream"])
def test_last_call_of_a_connection_ends_it(body: bytes) -> None:
    with MockServer() as server, Connection(server) as connection:
        connection.send(request("k") + request("k", "connection: close", body=body) + request("k"))
        assert [connection.read()[0] for _ in range(2)] == [200] * 2
        assert connection.is_at_end()
        assert len(server.session("k").requests) == 2


MUCH = 50_000_000
ENDLESS: dict[str, Callable[[str], list[bytes]]] = {
    "headers": lambda key: [request(key)[: -len(HELLO) - 2], b"x-junk: 1\r\n" * 20_000],
    "one header": lambda key: [request(key)[: -len(HELLO) - 2] + b"x-junk: ", b"x" * 200_000],
    "a path": lambda _: [b"GET /", b"x" * 200_000],
    "trailers": lambda key: [
        request(key, "transfer-encoding: chunked", sized=False, body=b"%x\r\n%b\r\n0\r\n" % (len(HELLO), HELLO)),
        b"x-junk: 1\r\n" * 20_000,
    ],
    "a chunk's extension": lambda key: [
        request(key, "transfer-encoding: chunked", sized=False, body=b"%x;" % len(HELLO)),
        b"x" * 600_000,
    ],
}


@pytest.mark.parametrize("case", ENDLESS)
def test_what_is_no_body_is_bounded(running: MockServer, key: str, case: str) -> None:
    first, more = ENDLESS[case](key)
    with Connection(running) as connection:
        connection.send(first)
        answer = b""
        with suppress(ConnectionError):  # sent while the server had closed already
            for _ in range(MUCH // len(more)):
                connection.send(more)
            answer = b"all of it was taken"
        with suppress(ConnectionError):
            answer += connection.incoming.read()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert exchange(running, request(key))[0] == 200


def test_many_headers_of_many_requests_are_no_large_head(running: MockServer, key: str) -> None:
    one = request(key, *(f"x-{number}: {'y' * 100}" for number in range(500)))
    with Connection(running) as connection:
        for _ in range(6):
            connection.send(one)
        assert [connection.read()[0] for _ in range(6)] == [200] * 6


@pytest.mark.parametrize("path", ["/v1/messages", "/_mock/scenarios"])
def test_body_announced_too_long_is_refused_before_it_is_sent(running: MockServer, key: str, path: str) -> None:
    line = f"POST {path} HTTP/1.1"
    long = request(key, "expect: 100-continue", "content-length: 99999999999", line=line, sized=False, body=b"")
    with Connection(running) as connection:
        connection.send(long)
        status, body = connection.read()
    assert status == 413
    assert b"too large" in body or b"exceeds the maximum size" in body


def test_scripted_date_is_the_only_one(running: MockServer, key: str) -> None:
    running.session(key).when().reply("Old.", headers={"date": "Thu, 01 Jan 1970 00:00:00 GMT"})
    with Connection(running) as connection:
        connection.send(request(key, "connection: close"))
        answer = connection.incoming.read()
    assert answer.count(b"date: ") == 1
    assert b"date: Thu, 01 Jan 1970" in answer
