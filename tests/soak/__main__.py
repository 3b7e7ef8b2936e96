"""``make soak``: clients of every kind for some minutes; exit 1 when the server grows, leaks or fails.

python -m tests.soak [--minutes M]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from random import Random

import httpx2 as httpx

from tests.conftest import FIXTURES
from tests.soak.load import Caller

CLIENTS = 16
MB = 1024 * 1024
# How much more memory the last quarter may take than the second: what was held for the first time.
GROWTH = 6 * MB

Sample = dict[str, int]


class Server:
    """The process under load."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.soak.server", str(FIXTURES)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self._line().strip()

    def measure(self) -> Sample:
        """Bytes, descriptors and tasks that it holds now."""
        assert self.process.stdin is not None
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return dict(json.loads(self._line()))

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


async def soak(server: Server, seconds: float) -> tuple[list[Sample], int]:
    """The samples of each second, and the number of calls."""
    deadline, samples = time.monotonic() + seconds, []
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=server.url, timeout=60, limits=limits) as http:
        callers = [Caller(http, Random(number)) for number in range(CLIENTS)]

        async def work(caller: Caller) -> None:
            while time.monotonic() < deadline:
                await caller.call()

        tasks = [asyncio.create_task(work(caller)) for caller in callers]
        while time.monotonic() < deadline and not any(task.done() for task in tasks):
            await asyncio.sleep(1)
            samples.append(await asyncio.to_thread(server.measure))
        await asyncio.gather(*tasks)
    return samples, sum(caller.calls for caller in callers)


def judge(before: Sample, samples: list[Sample], after: Sample) -> list[str]:
    """What is wrong."""
    quarter = len(samples) // 4
    sizes = [sample["bytes"] for sample in samples]
    growth = statistics.mean(sizes[-quarter:]) - statistics.mean(sizes[quarter : 2 * quarter])
    print(f"memory: {before['bytes'] / MB:.1f} MB before, {sizes[-1] / MB:.1f} after, growth {growth / MB:+.1f} MB")
    wrong = [f"memory grew by {growth / MB:.1f} MB"] if growth > GROWTH else []
    for name in ("descriptors", "tasks"):
        print(f"{name}: {before[name]} before, {max(s[name] for s in samples)} at most, {after[name]} after")
        if after[name] > before[name]:
            wrong.append(f"{after[name] - before[name]} {name} are left")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Keeps a server under mixed load.")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long (default: 30)")
    options = parser.parse_args()
    server = Server()
    try:
        asyncio.run(soak(server, 3))  # what is loaded when first needed
        before = settle(server)
        samples, calls = asyncio.run(soak(server, options.minutes * 60))
        wrong = judge(before, samples, settle(server))
    finally:
        server.process.kill()
    print(f"{calls:,} calls in {options.minutes:g} minutes: {'; '.join(wrong) or 'nothing is wrong'}")
    return 1 if wrong else 0


def settle(server: Server) -> Sample:
    """What the server holds once it has noticed that all clients are gone."""
    for _ in range(50):
        last = server.measure()
        time.sleep(0.1)
        if server.measure() == last:
            break
    return last


if __name__ == "__main__":
    sys.exit(main())
