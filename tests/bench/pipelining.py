"""One client that pipelines small requests: the memory it makes a server hold.

Ours runs on httptools, with a bound; h11 needs none, but each request costs more.
"""

from __future__ import annotations

import select
import socket
import statistics
import time
from collections.abc import Iterator

from . import servers
from .load import Request
from .requests import body, cost
from .rows import Row

MEGABYTES = 23
# A server that reads no more than it answers is not sent all.
SECONDS = 10


def held(server: servers.Server, request: Request) -> float:
    """The megabytes more that a server holds at most while it is sent 23 MB of requests, and its answers are read."""
    before = peak = server.memory()
    block = request.data * (65536 // len(request.data))
    sent, deadline = 0, time.monotonic() + SECONDS
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.setblocking(False)
        while sent < MEGABYTES * 1_000_000 and time.monotonic() < deadline:
            readable, writable, _ = select.select([connection], [connection], [], 0.1)
            if readable:
                connection.recv(1 << 20)
            if writable:
                sent += connection.send(block[sent % len(request.data) :])
            peak = max(peak, server.memory())
    return (peak - before) / 1e6


def small(path: str) -> Request:
    return Request(f"GET {path} HTTP/1.1\r\nhost: a\r\n\r\n".encode())


def rows() -> Iterator[Row]:
    with servers.serving(*servers.ours("fixtures")) as server:
        ours = held(server, small("/"))
    yield Row(f"memory for {MEGABYTES} MB of pipelined requests: ours", ours, unit="MB", at_most=64)
    for http in ("httptools", "h11"):
        with servers.serving(*servers.bare(500, 3000, http)) as server:
            bare = held(server, small("/whole"))
        yield Row(f"memory for {MEGABYTES} MB of pipelined requests: bare on {http}", bare, unit="MB")
    request = Request.post("/whole", body(stream=False))
    with (
        servers.serving(*servers.bare(500, 3000, "h11")) as h11,
        servers.serving(*servers.bare(500, 3000, "httptools")) as httptools,
    ):
        costs = [cost(h11, request) / cost(httptools, request) for _ in range(7)]
    yield Row("bare on h11 / bare on httptools", statistics.median(costs))
