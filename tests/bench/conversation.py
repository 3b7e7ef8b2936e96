"""A conversation of 200 kB: the whole request beside the parsing of its body alone."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator

import orjson

from . import servers
from .engine import conversation
from .load import Request, rate
from .rows import Row, seconds

ROUNDS, COUNT = 7, 200
TRIPS, TOOLS = 125, 40


def rows() -> Iterator[Row]:
    talk = orjson.dumps({**conversation(TRIPS, TOOLS), "max_tokens": 64})
    request = Request.post("/v1/messages", talk)
    with servers.serving(*servers.ours("fixtures")) as server:
        costs, ratios = [], []
        for _ in range(ROUNDS + 1):
            before = server.cpu_seconds()
            asyncio.run(rate(server.port, request, count=COUNT, connections=4))
            costs.append((server.cpu_seconds() - before) / COUNT)
            ratios.append(costs[-1] / seconds(lambda: orjson.loads(talk), rounds=9, repeat=20))
    # The first round fills caches.
    name = f"a conversation of {len(talk) // 1000} kB"
    yield Row(f"{name}: whole request", statistics.median(costs[1:]) * 1000, unit="ms CPU")
    yield Row(f"{name}: whole request / parsing it", statistics.median(ratios[1:]), at_most=4)
