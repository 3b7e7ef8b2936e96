"""5,000 paced streams over two workers: none lost, each event in its time, and the memory of each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

from mockserver import journey
from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.serving.assembly import build

from . import servers
from .load import Request
from .pacing import PacedLoad, allow_descriptors
from .requests import body
from .rows import Row, Skipped

STREAMS, SPAN, WORKERS = 5000, 20.0, 2
# Seconds for which a stream speaks, four times a second; the first event comes after FIRST.
LASTS, FIRST = 30, 0.5
SCENARIOS = """
scenarios:
  - name: paced
    when: {user: hello}
    reply: {text: "%s", pace: {first: %ss, chunk: 4, tokens_per_second: 4.37}}
"""
# Each piece has four characters; the tokens of all are a few more than the pieces, so their rate is as much higher.
TEXT = "one " * (4 * LASTS)
# A connection is a file of the server, and one of the load; both have some of their own.
SPARE = 200


def due_times(fixture: Path) -> list[float]:
    """The seconds after its beginning at which each event of the answer leaves, as the script says."""
    mock = build(Settings(fixtures=(str(fixture),)))
    call = Call("POST", "/v1/messages", {"x-api-key": "bench"}, body(stream=True))
    pieces = journey.answer(call, mock).delivery.pieces
    times = accumulate(piece.delay for piece in pieces)
    return [at for at, piece in zip(times, pieces, strict=True) for _ in range(piece.events)]


def rows() -> Iterator[Row | Skipped]:
    name = f"{STREAMS:,} paced streams over {WORKERS} workers"
    if (most := allow_descriptors()) < STREAMS + SPARE:
        yield Skipped(name, f"a process may have {most:,} files open here (ulimit -Hn)")
        return
    with TemporaryDirectory() as folder:
        fixture = Path(folder) / "paced.yaml"
        fixture.write_text(SCENARIOS % (TEXT, FIRST))
        due = due_times(fixture)
        request = Request.post("/v1/messages", body(stream=True)).data
        with servers.serving(*servers.ours(fixture, "--workers", str(WORKERS))) as server:
            servers.until_ready(server, WORKERS)
            # What the first streams import and remember is not theirs.
            PacedLoad(server.port, request, due[:1], 20, 0.5).run()
            yield from measure(name, server, PacedLoad(server.port, request, due, STREAMS, SPAN))


def measure(name: str, server: servers.Server, load: PacedLoad) -> Iterator[Row]:
    memory, held, shares = server.memory(), list[int](), list[int]()

    def look() -> None:
        held.append(server.memory() - memory)
        shares.extend(servers.count_files(pid) for pid in server.pids()[1:])

    cpu, own, began = server.cpu_seconds(), time.process_time(), time.perf_counter()
    arrivals = load.run(look)
    took = time.perf_counter() - began
    yield Row(f"{name}: came whole", arrivals.whole, unit="streams", at_least=STREAMS)
    yield Row(f"{name}: events late, median", arrivals.percentile(0.5) * 1000, unit="ms")
    yield Row(f"{name}: events late, p99", arrivals.percentile(0.99) * 1000, unit="ms", at_most=50)
    yield Row(f"{name}: memory of each", held[0] / STREAMS / 1000, unit="kB", at_most=40)
    yield Row(f"{name}: CPU an event", (server.cpu_seconds() - cpu) / len(arrivals.lateness) * 1e6, unit="µs CPU")
    yield Row(f"{name}: the share of the worker that has most", max(shares) / sum(shares))
    share = (time.process_time() - own) / took / servers.cores()
    yield Row(f"{name}: the load's share of the cores", share, at_most=0.3)
