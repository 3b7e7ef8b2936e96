"""What an open page costs the clients of a server: CPU time a request while somebody follows the journal, and while
nobody does, in turns on one server.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from . import servers, streams
from .load import Request, rate
from .requests import TEXT, body
from .rows import Row

TURNS, COUNT = 12, 4000
# Enough of them that the events of their answers keep the server busy.
STREAMS = 300
SCENARIOS = """
scenarios:
  - name: quick
    when: {user: hello, stream: false}
    reply: {text: "%(text)s"}
  - name: paced
    when: {user: hello, stream: true}
    reply: {text: "%(text)s", pace: {first: 0.2s, tokens_per_second: 100}}
"""
FOLLOW = b"GET /_mock/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"


@asynccontextmanager
async def following(port: int) -> AsyncIterator[None]:
    """Follows the journal, and reads all of it, as a page does."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(FOLLOW)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    reading = asyncio.ensure_future(read_all(reader))
    try:
        yield
    finally:
        reading.cancel()
        writer.close()


async def read_all(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


async def measure_requests(server: servers.Server) -> float:
    """The CPU seconds of requests one after the other."""
    before = server.cpu_seconds()
    await rate(server.port, Request.post("/v1/messages", body(stream=False)), count=COUNT)
    return server.cpu_seconds() - before


async def measure_streams(server: servers.Server) -> float:
    """The CPU seconds of paced streams at once."""
    before = server.cpu_seconds()
    request = Request.post("/v1/messages", body(stream=True))
    opened = [await streams.open_stream(server, request) for _ in range(STREAMS)]
    whole = await asyncio.gather(*(stream.read() for stream in opened))
    assert all(whole)
    return server.cpu_seconds() - before


async def compare(server: servers.Server, *, is_paced: bool) -> float:
    """How many times as much it takes while somebody follows: the median of pairs, each the other way round than the
    one before.
    """
    measure = measure_streams if is_paced else measure_requests
    await measure(server)
    ratios = []
    for turn in range(TURNS // 2 if is_paced else TURNS):
        times = {}
        for is_followed in (turn % 2 == 0, turn % 2 == 1):
            if is_followed:
                async with following(server.port):
                    times[True] = await measure(server)
            else:
                times[False] = await measure(server)
        ratios.append(times[True] / times[False])
    return statistics.median(ratios)


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        fixture = Path(folder) / "followed.yaml"
        fixture.write_text(SCENARIOS % {"text": TEXT})
        with servers.serving(*servers.ours(fixture)) as server:
            plain = asyncio.run(compare(server, is_paced=False))
            paced = asyncio.run(compare(server, is_paced=True))
    yield Row("whole answers: followed / not followed", plain, at_most=1.05)
    yield Row(f"{STREAMS} paced streams at once: followed / not followed", paced, at_most=1.05)
