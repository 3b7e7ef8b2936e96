"""From the start of the process to its first 200, compared with a bare uvicorn application."""

from __future__ import annotations

import statistics
import time
import urllib.request
from collections.abc import Iterator

from .rows import Row
from .throughput import body, serving

ROUNDS = 7


def first_answer(*command: str) -> float:
    started = time.perf_counter()
    with serving(*command) as port:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/messages",
            data=body(stream=False),
            headers={"content-type": "application/json", "x-api-key": "bench"},
        )
        with urllib.request.urlopen(request) as response:  # noqa: S310
            assert response.status == 200
        return time.perf_counter() - started


def rows() -> Iterator[Row]:
    ratios = []
    for _ in range(ROUNDS):
        echo = first_answer("-m", "tests.bench.echo", "0")
        ratios.append(first_answer("-m", "mockserver", "serve", "fixtures", "--port", "0", "--quiet") / echo)
    yield Row("start to first 200 / bare uvicorn echo", statistics.median(ratios), at_most=1.5)
