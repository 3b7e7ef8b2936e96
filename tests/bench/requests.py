"""CPU time a request, in turns: ours, a bare Starlette route that answers constants of the same size, and aimock."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from . import servers
from .engine import check_time
from .load import Request, answer_size, rate
from .rows import Row, Skipped
from .servers import Server

ROUNDS = 9
COUNT = 1600
CONNECTIONS = 16

SCENARIOS = """
scenarios:
  - name: bench
    when: {user: hello}
    reply:
      text: "%s"
"""
# As long as makes a stream of 19 events, taken all in all: the sizes of deltas differ from answer to answer.
TEXT = ("The quick brown fox jumps over the lazy dog, and then it does so again. " * 3)[:194]
# Makes 19 events of it in aimock.
CHUNK = 14


def body(*, stream: bool) -> bytes:
    return orjson.dumps(
        {
            "model": "claude-haiku-4-5",
            "max_tokens": 1024,
            "messages": [{"role": "user", "content": "hello"}],
            **({"stream": True} if stream else {}),
        }
    )


def cost(server: Server, request: Request, count: int = COUNT) -> float:
    """CPU seconds of the server a request."""
    before = server.cpu_seconds()
    asyncio.run(rate(server.port, request, count=count, connections=CONNECTIONS))
    return (server.cpu_seconds() - before) / count


def compare(measured: Mapping[str, tuple[Server, Request]]) -> dict[str, list[float]]:
    """The cost of a request of each server, measured in turns."""
    costs: dict[str, list[float]] = {name: [] for name in measured}
    for server, request in measured.values():
        cost(server, request)
    for _ in range(ROUNDS):
        for name, (server, request) in measured.items():
            costs[name].append(cost(server, request))
    return costs


def ratio(costs: Mapping[str, list[float]], one: str, other: str) -> float:
    """The median of how much more one costs than the other, round by round."""
    return statistics.median(a / b for a, b in zip(costs[one], costs[other], strict=True))


def rows() -> Iterator[Row | Skipped]:
    with TemporaryDirectory() as folder, ExitStack() as stack:
        fixture = Path(folder) / "bench.yaml"
        fixture.write_text(SCENARIOS % TEXT)
        ours = stack.enter_context(servers.serving(*servers.ours(fixture)))
        requests = {stream: Request.post("/v1/messages", body(stream=stream)) for stream in (False, True)}
        sizes = {stream: asyncio.run(answer_size(ours.port, each)) for stream, each in requests.items()}
        bare = stack.enter_context(servers.serving(*servers.bare(sizes[False], sizes[True])))
        no_aimock = servers.why_no_aimock()
        aimock = stack.enter_context(servers.serving_aimock(Path(folder), TEXT, CHUNK)) if not no_aimock else None
        for name, stream, aim in (("whole answer", False, 2.5), ("stream of 19 events", True, 2.8)):
            measured = {
                "ours": (ours, requests[stream]),
                "bare": (bare, Request.post("/stream" if stream else "/whole", body(stream=stream))),
                **({"aimock": (aimock, requests[stream])} if aimock else {}),
            }
            costs = compare(measured)
            yield from compared(name, costs, aim, no_aimock)
        # What checking costs in time of its own, beside all that a request costs.
        share = check_time(body(stream=False)) / statistics.median(costs["ours"])
        yield Row("checking one message / streamed request", share, at_most=0.15)


def compared(name: str, costs: Mapping[str, list[float]], aim: float, no_aimock: str) -> Iterator[Row | Skipped]:
    for server, times in costs.items():
        yield Row(f"{name}: {server}", statistics.median(times) * 1e6, unit="µs CPU")
    yield Row(f"{name}: ours / bare", ratio(costs, "ours", "bare"), at_most=aim)
    if no_aimock:
        yield Skipped(f"{name}: ours / aimock", no_aimock)
    else:
        yield Row(f"{name}: ours / aimock", ratio(costs, "ours", "aimock"), at_most=0.9)
