"""From the start of the process to its first 200, compared with a bare Starlette route on uvicorn."""

from __future__ import annotations

import statistics
import time
import urllib.request
from collections.abc import Iterator
from tempfile import TemporaryDirectory

from . import servers
from .requests import body
from .rows import Row

ROUNDS = 7


def first_answer(bytecode: str, path: str, *command: str) -> float:
    started = time.perf_counter()
    with servers.serving(*command, bytecode=bytecode) as server:
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.port}{path}",
            data=body(stream=False),
            headers={"content-type": "application/json", "x-api-key": "bench"},
        )
        with urllib.request.urlopen(request) as response:  # noqa: S310
            assert response.status == 200
        return time.perf_counter() - started


def rows() -> Iterator[Row]:
    ratios, times = [], []
    with TemporaryDirectory() as bytecode:
        for _ in range(ROUNDS + 1):
            bare = first_answer(bytecode, "/whole", *servers.bare(500, 3000))
            times.append(first_answer(bytecode, "/v1/messages", *servers.ours("fixtures")))
            ratios.append(times[-1] / bare)
    # The first time everything is compiled.
    yield Row("start to first 200: ours", statistics.median(times[1:]) * 1000, unit="ms")
    yield Row("start to first 200: ours / bare", statistics.median(ratios[1:]), at_most=1.5)
