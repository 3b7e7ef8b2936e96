"""From the start of the process to its first 200, compared with a bare uvicorn application."""

from __future__ import annotations

import statistics
import time
import urllib.request
from collections.abc import Iterator
from tempfile import TemporaryDirectory

from .rows import Row
from .throughput import body, serving

ROUNDS = 7


def first_answer(bytecode: str, *command: str) -> float:
    started = time.perf_counter()
    with serving(*command, bytecode=bytecode) as port:
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
    with TemporaryDirectory() as bytecode:
        for _ in range(ROUNDS + 1):
            echo = first_answer(bytecode, "-m", "tests.bench.echo", "0")
            ours = first_answer(bytecode, "-m", "mockserver", "serve", "fixtures", "--port", "0", "--quiet")
            ratios.append(ours / echo)
    # The first time everything is compiled.
    del ratios[0]
    yield Row("start to first 200 / bare uvicorn echo", statistics.median(ratios), at_most=1.5)
