"""Requests a second, compared with a bare uvicorn application in interleaved runs."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from .load import Request, rate
from .rows import Row

ROUNDS = 7
COUNT = 4000

SCENARIOS = """
scenarios:
  - name: bench
    when: {user: hello}
    reply:
      text: "%s"
"""
# Long enough for a stream of about 19 events.
TEXT = "The quick brown fox jumps over the lazy dog, and then it does so again. " * 6


@contextmanager
def serving(*command: str) -> Iterator[int]:
    """A server in a process of its own; yields its port."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
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


async def compare(ours: int, echo: int, request: Request) -> float:
    """The median of our rate divided by the echo's, run by run."""
    await rate(ours, request, count=400)
    await rate(echo, request, count=400)
    ratios = []
    for _ in range(ROUNDS):
        theirs = await rate(echo, request, count=COUNT)
        ratios.append(await rate(ours, request, count=COUNT) / theirs)
    return statistics.median(ratios)


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        fixture = Path(folder) / "bench.yaml"
        fixture.write_text(SCENARIOS % TEXT)
        ours = ("-m", "mockserver", "serve", str(fixture), "--port", "0", "--quiet")
        with serving(*ours) as our_port, serving("-m", "tests.bench.echo", "0") as echo_port:
            for name, stream, aim in (("whole answer", False, 0.4), ("streamed answer", True, 0.3)):
                request = Request.post("/v1/messages", body(stream=stream))
                ratio = asyncio.run(compare(our_port, echo_port, request))
                yield Row(f"{name} / bare uvicorn echo", ratio, at_least=aim)
