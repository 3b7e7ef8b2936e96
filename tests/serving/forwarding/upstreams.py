"""Upstreams that send whatever bytes a test wants, and the recording of a session that asks them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2

from mockserver import MockServer
from mockserver.endpoints.parts import Parts
from mockserver.recordings.recorder import Recorder, Upstream
from mockserver.records.exchanges import RecordedExchange

Play = Callable[[socket.socket], object]
HELLO: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Who are you?"}],
}
VERSION = {"anthropic-version": "2023-06-01"}
OK = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"


@dataclass
class RawUpstream:
    """A server of raw bytes: ``play`` answers each request; ``requests`` are those that came, as bytes."""

    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    left: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(play: Play | bytes) -> Iterator[RawUpstream]:
    """Serve on a free port; ``left`` is set once a client has closed its connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    upstream = RawUpstream(f"http://127.0.0.1:{listener.getsockname()[1]}")
    opened: list[socket.socket] = []
    threading.Thread(target=_accept, args=(listener, upstream, play, opened), daemon=True).start()
    try:
        yield upstream
    finally:
        for each in (listener, *opened):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def _accept(listener: socket.socket, upstream: RawUpstream, play: Play | bytes, opened: list[socket.socket]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            opened.append(connection)
            upstream.connections += 1
            threading.Thread(target=_serve, args=(connection, upstream, play), daemon=True).start()


def _serve(connection: socket.socket, upstream: RawUpstream, play: Play | bytes) -> None:
    with suppress(OSError), connection:
        while data := _read_request(connection):
            upstream.requests.append(data)
            if isinstance(play, bytes):
                connection.sendall(play)
            else:
                play(connection)
    upstream.left.set()


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65_536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    size = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
    while len(body) < size:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def send_and_close(*parts: bytes) -> Play:
    """Sends these parts, and closes the connection."""

    def play(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    return play


def send_and_reset(*parts: bytes) -> Play:
    """Sends these parts, and resets the connection."""

    def play(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connection.close()

    return play


@dataclass
class Recording:
    """A session that is recorded: its client, and what was kept."""

    mock: Parts
    client: httpx2.Client
    key: str
    recorder: Recorder
    exchanges: list[RecordedExchange]

    @property
    def kept(self) -> list[RecordedExchange]:
        """What is kept, once nothing waits to be."""
        assert self.mock.recorders.queue.wait(30)
        return self.exchanges


def make_recorder(upstream: str | Upstream, *, keeps_errors: bool = False) -> tuple[Recorder, list[RecordedExchange]]:
    kept: list[RecordedExchange] = []
    asked = upstream if isinstance(upstream, Upstream) else Upstream(upstream, (("x-api-key", "sk-of-upstream"),))
    return Recorder(asked, kept.append, keeps_errors), kept


@contextmanager
def recording(
    server: MockServer, key: str, upstream: str | Upstream, *, keeps_errors: bool = False
) -> Iterator[Recording]:
    """Record the session of a key while the block runs."""
    recorder, kept = make_recorder(upstream, keeps_errors=keeps_errors)
    server.mock.recorders.set(recorder, key)
    try:
        with httpx2.Client(base_url=server.url, headers={"x-api-key": key}, timeout=60) as client:
            yield Recording(server.mock, client, key, recorder, kept)
    finally:
        server.mock.recorders.set(None, key)
