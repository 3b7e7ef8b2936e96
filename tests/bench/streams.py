"""Many paced streams at once on one worker: the CPU time of a start, the memory of each, and that none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from . import servers
from .load import Request
from .requests import TEXT, body
from .rows import Row

STREAMS = 1000
SCENARIOS = """
scenarios:
  - name: paced
    when: {user: hello}
    reply: {text: "%s", pace: {first: 2s, tokens_per_second: 20}}
"""


class Stream:
    """One client of a paced stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def read(self) -> bool:
        """Reads to the end; whether all events came."""
        answer = await self.reader.readuntil(b"\r\n0\r\n\r\n")
        self.writer.close()
        return answer.startswith(b"HTTP/1.1 200") and b"event: message_stop" in answer


async def measure(server: servers.Server) -> tuple[float, float, int]:
    """CPU seconds of a start, bytes of a stream, and how many came whole."""
    request = Request.post("/v1/messages", body(stream=True))
    # The first of its kind imports and fills caches.
    (await open_stream(server, request)).writer.close()
    await asyncio.sleep(0.5)
    memory, cpu = server.memory(), server.cpu_seconds()
    streams = [await open_stream(server, request) for _ in range(STREAMS)]
    # All have begun, none has sent its first event yet.
    await asyncio.sleep(0.3)
    start = (server.cpu_seconds() - cpu) / STREAMS
    came = asyncio.gather(*(stream.read() for stream in streams))
    await asyncio.sleep(2.5)
    held = (server.memory() - memory) / STREAMS
    return start, held, sum(await came)


async def open_stream(server: servers.Server, request: Request) -> Stream:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request.data)
    return Stream(reader, writer)


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        fixture = Path(folder) / "paced.yaml"
        fixture.write_text(SCENARIOS % TEXT)
        with servers.serving(*servers.ours(fixture)) as server:
            start, memory, whole = asyncio.run(measure(server))
    yield Row("start of a paced stream", start * 1000, unit="ms CPU", at_most=0.6)
    yield Row(f"memory of each of {STREAMS:,} paced streams", memory / 1000, unit="kB", at_most=40)
    yield Row(f"of {STREAMS:,} paced streams at once came whole", whole, unit="streams", at_least=STREAMS)
