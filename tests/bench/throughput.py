"""Requests a second, compared with a bare uvicorn application in interleaved runs."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from .engine import check_time
from .load import Request, rate
from .rows import Row

ROUNDS = 29
COUNT = 1000

SCENARIOS = """
scenarios:
  - name: bench
    when: {user: hello}
    reply:
      text: "%s"
"""
# As long as makes a stream of 19 events, taken all in all: the sizes of deltas differ from answer to answer.
TEXT = ("The quick brown fox jumps over the lazy dog, and then it does so again. " * 3)[:194]


@contextmanager
def serving(*command: str, bytecode: str = "") -> Iterator[int]:
    """A server in a process of its own; yields its port. ``bytecode`` is a folder for compiled modules."""
    environment = dict(os.environ)
    if bytecode:
        # As for a user: compiled once, whatever the shell says that runs this.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = bytecode
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline().rsplit(":", 1)[1])
    finally:
        process.terminate()
        process.wait()


def body(*, stream: bool) -> bytes:
    return orjson.dumps(
        {
            "model": "claude-haiku-4-5",
            "max_tokens": 1024,
            "messages": [{"role": "user", "content": "hello"}],
            **({"stream": True} if stream else {}),
        }
    )


async def compare(ours: int, echo: int, request: Request) -> tuple[float, float]:
    """The median of our rate divided by the echo's, run by run, and our seconds a request."""
    await rate(ours, request, count=400)
    await rate(echo, request, count=400)
    ratios, times = [], []
    for _ in range(ROUNDS):
        theirs = await rate(echo, request, count=COUNT)
        own = await rate(ours, request, count=COUNT)
        ratios.append(own / theirs)
        times.append(1 / own)
    return statistics.median(ratios), statistics.median(times)


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        fixture = Path(folder) / "bench.yaml"
        fixture.write_text(SCENARIOS % TEXT)
        ours = ("-m", "mockserver", "serve", str(fixture), "--port", "0", "--quiet")
        with serving(*ours) as our_port, serving("-m", "tests.bench.echo", "0") as echo_port:
            for name, stream, aim in (("streamed answer", True, 0.3), ("whole answer", False, 0.4)):
                request = Request.post("/v1/messages", body(stream=stream))
                ratio, time = asyncio.run(compare(our_port, echo_port, request))
                yield Row(f"{name} / bare uvicorn echo", ratio, at_least=aim)
            yield Row("checking one message / whole request", check_time(body(stream=False)) / time, at_most=0.1)
