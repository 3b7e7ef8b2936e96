"""One client that pipelines requests and reads no answer: the memory it makes a server hold."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from . import servers
from .load import Request
from .requests import SCENARIOS, TEXT, body
from .rows import Row

MEGABYTES = 23


def held(server: servers.Server, request: Request) -> float:
    """The megabytes that a server holds more once it was sent 23 MB of requests, or takes no more of them."""
    before = peak = server.memory()
    sent, block = 0, request.data * (65536 // len(request.data))
    with socket.create_connection(("127.0.0.1", server.port), timeout=1) as connection:
        try:
            while sent < MEGABYTES * 1_000_000:
                connection.sendall(block)
                sent += len(block)
                peak = max(peak, server.memory())
        except TimeoutError:
            pass  # it reads no more
        end = time.monotonic() + 2
        while time.monotonic() < end:
            peak = max(peak, server.memory())
    return (peak - before) / 1e6


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        fixture = Path(folder) / "bench.yaml"
        fixture.write_text(SCENARIOS % TEXT)
        with servers.serving(*servers.ours(fixture)) as server:
            ours = held(server, Request.post("/v1/messages", body(stream=False)))
    yield Row(f"memory for {MEGABYTES} MB of pipelined requests: ours", ours, unit="MB", at_most=64)
    for http in ("httptools", "h11"):
        with servers.serving(*servers.bare(500, 3000, http)) as server:
            bare = held(server, Request.post("/whole", body(stream=False)))
        yield Row(f"memory for {MEGABYTES} MB of pipelined requests: bare on {http}", bare, unit="MB")
