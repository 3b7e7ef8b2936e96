"""A client of raw bytes, for tests of connections."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import orjson

from mockserver import MockServer

HELLO = orjson.dumps({"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]})
STREAM = HELLO[:-1] + b',"stream":true}'


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    """Wait until ``holds`` is true, at most so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} seconds")
        time.sleep(0.001)


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
