"""Upstreams that break the rules: their clients get what came, or an error that says what failed; never a 500."""

from __future__ import annotations

import socket
import threading
import zlib
from collections.abc import Iterator

import httpx2
import pytest

from mockserver import MockServer
from tests.sockets import until

from .upstreams import OK, Play, recording, send_and_close, send_and_reset, serving

SIZED = OK + b"content-length: 5\r\n\r\nhello"

PASSED = {
    "headers of 64 kB": (OK + b"x-large: " + b"a" * 65_536 + b"\r\ncontent-length: 2\r\n\r\nok", b"ok"),
    "200 headers": (OK + b"".join(b"x-%d: 1\r\n" % at for at in range(200)) + b"content-length: 2\r\n\r\nok", b"ok"),
    "informational answers first": (
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + SIZED,
        b"hello",
    ),
    "more than announced": (OK + b"content-length: 5\r\n\r\nhello, world", b"hello"),
    "extensions and trailers": (
        OK + b"transfer-encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nx-trailer: 1\r\n\r\n",
        b"hello",
    ),
    "a length that is too long, and chunks": (
        OK + b"content-length: 50\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"hello",
    ),
    "a length that is too short, and chunks": (
        OK + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"hello",
    ),
    "bytes that are no UTF-8 in a header": (OK + b"x-name: caf\xe9\r\ncontent-length: 5\r\n\r\nhello", b"hello"),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "not modified, with a length": (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", b""),
    "a redirect": (b"HTTP/1.1 307 Away\r\nlocation: http://x.example/\r\ncontent-length: 5\r\n\r\nhello", b"hello"),
}


@pytest.mark.parametrize("name", PASSED)
def test_odd_answers_are_passed_on(running: MockServer, key: str, name: str) -> None:
    sent, body = PASSED[name]
    with serving(sent) as upstream, recording(running, key, upstream.url) as recorded:
        answered = recorded.client.get("/v1/odd")
        assert (answered.status_code, answered.content) == (int(sent.split()[1]) if b"103" not in sent else 200, body)
        assert [each.response.body for each in recorded.kept] == [body]


def test_header_bytes_are_those_of_the_upstream(running: MockServer, key: str) -> None:
    sent = OK + b"x-name: caf\xe9\r\nx-name: zwei\r\nx-utf: \xc3\xa9\r\ncontent-length: 0\r\n\r\n"
    with serving(sent) as upstream, recording(running, key, upstream.url) as recorded:
        raw = recorded.client.get("/v1/odd").headers.raw
        assert [value for name, value in raw if name == b"x-name"] == [b"caf\xe9", b"zwei"]
        assert dict(raw)[b"x-utf"] == b"\xc3\xa9"
        assert [value for name, value in recorded.kept[0].response.headers if name != "content-type"] == [
            "café",
            "zwei",
            "é",
            "0",
        ]


def test_old_answer_without_length_ends_with_its_connection(running: MockServer, key: str) -> None:
    play = send_and_close(b"HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\n", b"hel", b"lo")
    with serving(play) as upstream, recording(running, key, upstream.url) as recorded:
        assert recorded.client.get("/v1/odd").content == b"hello"
        assert recorded.kept[0].response.body == b"hello"


REFUSED: dict[str, Play | bytes] = {
    "nothing": send_and_close(),
    "a reset": send_and_reset(),
    "a reset in the head": send_and_reset(b"HTTP/1.1 200 OK\r\ncontent-"),
    "a head that ends": send_and_close(b"HTTP/1.1 200 OK\r\ncontent-"),
    "garbage": send_and_close(b"\x00\x01\x02 no HTTP at all\r\n\r\n"),
    "headers of 200 kB": OK + b"x-large: " + b"a" * 200_000 + b"\r\ncontent-length: 2\r\n\r\nok",
    "a length that is no number": OK + b"content-length: many\r\n\r\nok",
    "two lengths": OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\nok",
    "a status of 999": b"HTTP/1.1 999 Odd\r\ncontent-length: 2\r\n\r\nok",
    "a control character in a header": OK + b"x-name: a\x01b\r\ncontent-length: 2\r\n\r\nok",
}


@pytest.mark.parametrize("name", REFUSED)
def test_no_answer_is_a_bad_gateway(running: MockServer, key: str, name: str) -> None:
    with serving(REFUSED[name]) as upstream, recording(running, key, upstream.url) as recorded:
        answered = recorded.client.post("/v1/messages", content=b"{}")
        assert (answered.status_code, answered.json()["error"]["type"]) == (502, "api_error")
        assert upstream.url.removeprefix("http://") in answered.json()["error"]["message"]
        assert "x-should-retry" not in answered.headers
        assert recorded.kept == []
        assert recorded.recorder.tally.skipped.total() == 1
        # No connection is kept on which such a thing came.
        assert upstream.left.wait(30)


CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"
CUT: dict[str, Play] = {
    "less than announced": send_and_close(OK + b"content-length: 50\r\n\r\nhello"),
    "chunks without an end": send_and_close(CHUNKED),
    "a reset in the body": send_and_reset(CHUNKED),
    "a broken chunk": send_and_close(CHUNKED + b"zz\r\nhello"),
}


@pytest.mark.parametrize("name", CUT)
def test_cut_answers_are_cut(running: MockServer, key: str, name: str) -> None:
    plays: Iterator[Play] = iter([CUT[name], lambda connection: connection.sendall(SIZED)])
    with (
        serving(lambda connection: next(plays)(connection)) as upstream,
        recording(running, key, upstream.url) as recorded,
    ):
        with recorded.client.stream("GET", "/v1/odd") as answered:
            came: list[bytes] = []
            with pytest.raises(httpx2.RemoteProtocolError):
                came.extend(answered.iter_raw())
        if "reset" not in name:  # a reset may take back what was sent before it
            assert came == [b"hello"]
        assert recorded.kept == []
        assert dict(recorded.recorder.tally.skipped) == {"the answer was cut": 1}
        # The next one goes over new connections.
        assert recorded.client.get("/v1/odd").content == b"hello"


def test_cut_answer_is_kept_with_errors(running: MockServer, key: str) -> None:
    with (
        serving(CUT["chunks without an end"]) as upstream,
        recording(running, key, upstream.url, keeps_errors=True) as recorded,
    ):
        with pytest.raises(httpx2.RemoteProtocolError):
            recorded.client.get("/v1/odd")
        assert [(each.response.end, each.response.body) for each in recorded.kept] == [("abort", b"hello")]


def test_bytes_pass_one_by_one(running: MockServer, key: str) -> None:
    """Each is there before the next one is sent."""
    go = threading.Semaphore(0)

    def drip(connection: socket.socket) -> None:
        connection.sendall(OK + b"content-length: 5\r\n\r\n")
        for at in range(5):
            assert go.acquire(timeout=30)
            connection.sendall(b"hello"[at : at + 1])

    with serving(drip) as upstream, recording(running, key, upstream.url) as recorded:
        with recorded.client.stream("GET", "/v1/odd") as answered:
            parts = answered.iter_raw()
            came = []
            for _ in range(5):
                go.release()
                came.append(next(parts))
        assert came == [b"h", b"e", b"l", b"l", b"o"]
        assert [chunk.data for chunk in recorded.kept[0].response.chunks] == came


def test_endless_answer_ends_with_its_client(running: MockServer, key: str) -> None:
    def stream(connection: socket.socket) -> None:
        connection.sendall(OK + b"transfer-encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"4\r\nmore\r\n" * 1000)

    with serving(stream) as upstream, recording(running, key, upstream.url) as recorded:
        with recorded.client.stream("GET", "/v1/odd") as answered:
            assert next(answered.iter_raw()).startswith(b"more")
        assert upstream.left.wait(30)
        until(lambda: recorded.recorder.tally.skipped)
        assert dict(recorded.recorder.tally.skipped) == {"the client left": 1}
        assert recorded.kept == []


def test_client_that_leaves_before_the_head_ends_the_request(running: MockServer, key: str) -> None:
    came = threading.Event()

    def wait(connection: socket.socket) -> None:
        came.set()
        connection.recv(1)
        connection.close()
        upstream.left.set()

    with serving(wait) as upstream, recording(running, key, upstream.url) as recorded:
        with pytest.raises(httpx2.ReadTimeout):
            recorded.client.get("/v1/odd", timeout=httpx2.Timeout(30, read=0.05))
        assert came.wait(30)
        assert upstream.left.wait(30)
        assert recorded.kept == []


@pytest.mark.parametrize(("encoding", "window"), [("gzip", 31), ("deflate", 15), ("deflate", -15)])
def test_compressed_answers_pass_as_they_are(running: MockServer, key: str, encoding: str, window: int) -> None:
    packer = zlib.compressobj(wbits=window)
    texts = [b"event: a\n\n" * 50, b"event: b\n\n" * 50]
    parts = [packer.compress(texts[0]) + packer.flush(zlib.Z_SYNC_FLUSH), packer.compress(texts[1]) + packer.flush()]
    sent = OK + f"content-encoding: {encoding}\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    sent += b"".join([b"%x\r\n%b\r\n" % (len(part), part) for part in parts]) + b"0\r\n\r\n"
    with serving(sent) as upstream, recording(running, key, upstream.url) as recorded:
        with recorded.client.stream("GET", "/v1/odd") as answered:
            assert list(answered.iter_raw()) == parts
        assert answered.headers["content-encoding"] == encoding
        response = recorded.kept[0].response
        assert [chunk.data for chunk in response.chunks] == texts
        assert response.header("content-encoding") == ""


def test_answer_that_is_not_encoded_as_it_says_is_not_recorded(running: MockServer, key: str) -> None:
    with (
        serving(OK + b"content-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello") as upstream,
        recording(running, key, upstream.url) as recorded,
        recorded.client.stream("GET", "/v1/odd") as answered,
    ):
        assert b"".join(answered.iter_raw()) == b"hello"
        assert recorded.kept == []
        assert dict(recorded.recorder.tally.skipped) == {"a body that cannot be decoded": 1}
