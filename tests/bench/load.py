"""A light load generator over raw sockets, so that what is measured is the server."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One request, ready to be sent, and how its answer ends."""

    data: bytes

    @classmethod
    def post(cls, path: str, body: bytes) -> Request:
        head = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: bench\r\nanthropic-version: 2023-06-01\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return cls(head.encode() + body)


class Client(asyncio.Protocol):
    """Sends one request after the other over one connection."""

    def __init__(self, request: Request, count: int, done: asyncio.Future[None]) -> None:
        self.request, self.left, self.done = request, count, done
        self.received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request.data)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not is_complete(self.received):
            return
        if not self.received.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(bytes(self.received[:2000]).decode()))
            return
        self.received.clear()
        self.left -= 1
        if self.left:
            self.transport.write(self.request.data)
        else:
            self.transport.close()
            self.done.set_result(None)


def is_complete(received: bytearray) -> bool:
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(received[:end]).lower()
    at = head.find(b"content-length: ")
    if at < 0:
        return received.endswith(b"0\r\n\r\n")
    return len(received) >= end + 4 + int(head[at + 16 :].split(b"\r\n", 1)[0])


async def answer_size(port: int, request: Request) -> int:
    """The bytes of the body of an answer, as they come over the wire without their chunks' sizes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.data.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1))
    answer = await reader.read()
    writer.close()
    return len(answer.partition(b"\r\n\r\n")[2])


async def rate(port: int, request: Request, *, count: int, connections: int = 8) -> float:
    """Requests a second."""
    loop = asyncio.get_running_loop()
    waiting = []
    started = time.perf_counter()
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        await loop.create_connection(lambda done=done: Client(request, count // connections, done), "127.0.0.1", port)  # type: ignore[misc]
        waiting.append(done)
    await asyncio.gather(*waiting)
    return count / (time.perf_counter() - started)
