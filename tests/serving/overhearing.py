"""A client that hears exactly what a server sends: headers, the chunks of HTTP and their times, and how it ends."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import BinaryIO
from urllib.parse import urlsplit

from msgspec import Struct

from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse

# Parts of a body, each with the time at which it came.
Timed = list[tuple[bytes, float]]
# What each server says of its own connections and of its own time.
OWN = ("connection", "date", "keep-alive", "transfer-encoding")


class Heard(Struct, frozen=True):
    """An answer as it came. Chunks are those of HTTP; a body with a length is one."""

    status: int
    headers: tuple[tuple[str, str], ...]
    chunks: tuple[Chunk, ...]
    first: float
    end: str

    @property
    def told(self) -> tuple[object, ...]:
        """All that is the same when it is given again."""
        headers = tuple(pair for pair in self.headers if pair[0] not in OWN)
        return self.status, headers, [chunk.data for chunk in self.chunks], self.end

    def exchange(self, method: str, path: str, body: bytes, number: int = 1) -> RecordedExchange:
        """The exchange as it is recorded."""
        headers = tuple(pair for pair in self.headers if pair[0] not in ("connection", "transfer-encoding"))
        response = RecordedResponse(self.status, headers, self.chunks, first=self.first, end=self.end)
        return RecordedExchange(RecordedRequest(method, path, {}, body), response, id=number)


def overhear(url: str, body: bytes, *, path: str = "/v1/messages", method: str = "POST", key: str = "key") -> Heard:
    """Send a request, and hear the answer."""
    head = (
        *(f"{method} {path} HTTP/1.1", "host: 127.0.0.1", f"x-api-key: {key}", "anthropic-version: 2023-06-01"),
        *("content-type: application/json", f"content-length: {len(body)}", "connection: close"),
    )
    address = urlsplit(url)
    with (
        socket.create_connection((address.hostname or "", address.port or 80), timeout=20) as connection,
        connection.makefile("rb") as incoming,
    ):
        began = time.monotonic()
        connection.sendall("\r\n".join((*head, "", "")).encode() + body)
        status = int(incoming.readline().split()[1])
        headers = tuple(iter(lambda: _read_header(incoming), ("", "")))
        heard = time.monotonic()
        chunks, is_whole = _read_body(incoming, dict(headers), has_body=method != "HEAD" and status not in (204, 304))
        pieces, last = [], heard
        for data, at in chunks:
            pieces.append(Chunk(data, round(at - last, 6)))
            last = at
        return Heard(status, headers, tuple(pieces), round(heard - began, 6), "close" if is_whole else "abort")


def _read_header(incoming: BinaryIO) -> tuple[str, str]:
    name, _, value = incoming.readline().decode("latin-1").strip().partition(": ")
    return name.lower(), value


def _read_body(incoming: BinaryIO, headers: dict[str, str], *, has_body: bool) -> tuple[Timed, bool]:
    found: Timed = []
    try:
        if not has_body:
            return found, incoming.read() == b""
        if "content-length" in headers:
            size = int(headers["content-length"])
            data = incoming.read(size)
            return ([(data, time.monotonic())] if data else []), len(data) == size
        while size := int(incoming.readline() or b"x", 16):
            data = incoming.read(size)
            found.append((data, time.monotonic()))
            if len(data) < size or incoming.readline() != b"\r\n":
                return found, False
    except (ConnectionError, ValueError):
        return found, False
    return found, True


def chunked(*chunks: bytes, is_whole: bool = True) -> bytes:
    """A body in chunks of HTTP."""
    body = b"".join([b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks])
    return body + (b"0\r\n\r\n" if is_whole else b"")


@contextmanager
def raw_server(answer: bytes) -> Iterator[str]:
    """A server that answers each request with these bytes, whatever they are, and closes the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1024 * 1024)
                    connection.sendall(answer)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(20)
