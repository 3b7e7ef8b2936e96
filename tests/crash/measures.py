"""How long the store holds the event loop, and what a large batch takes, on a machine that does nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import IO, Any

import httpx2 as httpx

from tests.crash.ledger import Ledger
from tests.crash.load import KEY, live, message
from tests.crash.server import Server

MB = 1024 * 1024
GROWTH = 150 * MB
CPU = 5.0  # seconds for FEW items
MANY, FEW = 100_000, 10_000
HELD_SECONDS = 20


def measure_holds(folder: Path, rng: Random, seconds: float = HELD_SECONDS) -> list[str]:
    """The operations of the store that hold the event loop too long, under the load of a life."""
    command = [sys.executable, "-m", "tests.crash.timed", str(folder / "timed")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            url, ledger = _line(process.stdout), Ledger()
            holds: dict[str, Any] = {}

            def ask_and_kill() -> float:
                assert process.stdin is not None
                process.stdin.write("?\n")
                process.stdin.flush()
                holds.update(json.loads(_line(process.stdout)))
                process.kill()
                return 0.0

            asyncio.run(live(url, ledger, rng, 0, ask_and_kill, seconds))
        finally:
            process.kill()
    rows = sorted(holds.items(), key=lambda row: -row[1][-1])
    lines = [f"{name}: {calls} calls, longest {longest * 1000:.1f} ms" for name, (calls, _, longest) in rows]
    print(*(f"  {line}" for line in lines[:8]), sep="\n", flush=True)
    held = [
        f"{name} held the event loop {late} times of {calls} too long, {longest * 1000:.1f} ms at most"
        for name, (calls, late, longest) in rows
        if late
    ]
    return held + ledger.wrong


def measure_batches(folder: Path) -> list[str]:
    """What is wrong with large batches, in the memory of the server and with a data folder."""
    wrong = []
    for name, options in {"memory": (), "folder": ("--store", str(folder / "batches"))}.items():
        server = Server(*options, log=folder / f"batches-{name}-log")
        server.start()
        try:
            _run_batch(server, 10)  # what is loaded when first needed
            few, many = _run_batch(server, FEW), _run_batch(server, MANY)
        finally:
            server.kill()
        for number, (growth, cpu, _) in ((FEW, few), (MANY, many)):
            print(f"  {name}: {number:,} items: {growth / MB:+.0f} MB, {cpu:.1f} s of CPU", flush=True)
        wrong += [f"{name}: {text}" for _, _, texts in (few, many) for text in texts]
        wrong += [f"{name}: {FEW:,} items took {few[1]:.1f} s of CPU"] if few[1] > CPU else []
        wrong += [f"{name}: {MANY:,} items took {many[0] / MB:.0f} MB"] if many[0] > GROWTH else []
    return wrong


def _run_batch(server: Server, number: int) -> tuple[int, float, list[str]]:
    """The bytes that the server grew by at most, its seconds of CPU, and what is wrong with the results."""
    lines = (json.dumps({"custom_id": f"item-{each}", "params": message("Hi")}) for each in range(number))
    body = f'{{"requests": [{", ".join(lines)}]}}'
    headers = {**KEY, "content-type": "application/json", "anthropic-version": "2023-06-01"}
    with httpx.Client(base_url=server.url, timeout=600, headers=headers) as http, peak_of(server.pid) as peak:
        cpu = _cpu(server.pid)
        batch = http.post("/v1/messages/batches", content=body).raise_for_status().json()
        deadline = time.monotonic() + 600
        while batch["processing_status"] != "ended" and time.monotonic() < deadline:
            time.sleep(0.05)
            batch = http.get(f"/v1/messages/batches/{batch['id']}").raise_for_status().json()
        seen = Counter[str]()
        with http.stream("GET", f"/v1/messages/batches/{batch['id']}/results") as results:
            for line in results.iter_lines():
                row = json.loads(line)
                seen[row["custom_id"]] += row["result"]["type"] == "succeeded"
        cpu = _cpu(server.pid) - cpu
    complete = len(seen) == number and set(seen.values()) == {1}
    return peak[0], cpu, [] if complete else [f"{number:,} items have {len(seen):,} results, or not one each"]


@contextmanager
def peak_of(pid: int) -> Iterator[list[int]]:
    """The most by which a process grows inside the block, in bytes, looked at a hundred times a second."""
    before, peak, done = _memory(pid), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            peak[0] = max(peak[0], _memory(pid) - before)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def _memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _cpu(pid: int) -> float:
    """The seconds that a process has worked."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline().strip()
