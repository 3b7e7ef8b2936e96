"""10,000 sessions: what they hold in memory, and whether a request costs more when there are so many."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from mockserver.records.settings import Settings

from . import servers
from .load import Request, rate
from .requests import SCENARIOS, TEXT, body
from .rows import Row
from .servers import Server

SESSIONS, FEW, ROUNDS, COUNT = 10_000, 100, 7, 2000
CONNECTIONS = 8
# What the bounds allow for sessions and journal together.
MOST = Settings().session_bytes + Settings().journal_bytes


def make_request(session: int) -> Request:
    """A request of a session; all are of one length."""
    request = Request.post("/v1/messages", body(stream=False))
    return Request(request.data.replace(b"x-api-key: bench", b"x-api-key: b%05d" % session))


async def ask_each(server: Server, sessions: Sequence[int]) -> None:
    """Ask once for each session, over a few connections."""

    async def ask(some: Sequence[int]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for session in some:
            writer.write(make_request(session).data)
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
            await reader.readexactly(size)
            assert head.startswith(b"HTTP/1.1 200"), head
        writer.close()

    await asyncio.gather(*(ask(sessions[start::CONNECTIONS]) for start in range(CONNECTIONS)))


def cost(server: Server, sessions: Sequence[int]) -> float:
    """CPU seconds a request, one for each session."""
    before = server.cpu_seconds()
    asyncio.run(ask_each(server, sessions))
    return (server.cpu_seconds() - before) / len(sessions)


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        fixture = Path(folder) / "bench.yaml"
        fixture.write_text(SCENARIOS % TEXT)
        for store, options in (("memory", ()), ("a folder", ("--store", f"{folder}/kept"))):
            with (
                servers.serving(*servers.ours(fixture, *options)) as many,
                servers.serving(*servers.ours(fixture, *(options and ("--store", f"{folder}/few")))) as few,
            ):
                yield from measure(store, many, few)


def measure(store: str, many: Server, few: Server) -> Iterator[Row]:
    """One server with many sessions beside one with few of them, in turns."""
    for server in (many, few):
        asyncio.run(rate(server.port, make_request(0), count=COUNT))
    memory = many.memory()
    asyncio.run(ask_each(many, range(SESSIONS)))
    yield Row(
        f"{SESSIONS:,} sessions in {store}: memory", (many.memory() - memory) / 1e6, unit="MB", at_most=MOST / 1e6
    )
    ratios = []
    for turn in range(ROUNDS):
        # Others each time, so that those of long ago are asked for.
        some = [(turn * COUNT + number) % SESSIONS for number in range(COUNT)]
        ratios.append(cost(many, some) / cost(few, [number % FEW for number in some]))
    yield Row(f"{store}: a request with {SESSIONS:,} sessions / {FEW}", statistics.median(ratios), at_most=1.15)
