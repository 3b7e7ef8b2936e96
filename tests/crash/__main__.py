"""``make crash``: kills servers under load, starts them again, and compares; exit 1 when a promise is broken.

python -m tests.crash [kills] [calls] [full] [measures] [--runs R] [--kills K] [--workers N ...] [--seed S]
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import httpx2 as httpx

from tests.crash.calls import answer_once
from tests.crash.checking import Checker, check_folder
from tests.crash.full import fill_disk
from tests.crash.ledger import Ledger
from tests.crash.load import CLIENTS, live
from tests.crash.measures import measure_batches, measure_holds
from tests.crash.server import Server

# How long a life lasts, in seconds, from the moment that all clients call.
LIFE = (0.05, 1.5)


def crash(folder: Path, workers: int, kills: int, rng: Random) -> list[str]:
    """What is wrong after so many kills of a server with one data folder."""
    ledger, data = Ledger(), folder / "data"
    server = Server("--store", str(data), "--workers", str(workers), log=folder / "log")
    until: float | None = None
    known = (0, 0)
    wrong: list[str] = []
    try:
        for life in range(kills):
            server.start()
            wrong += [f"after kill {life}: {text}" for text in asyncio.run(look(server, ledger, rng, until, known))]
            known = (len(ledger.batches), len(ledger.files))
            until = asyncio.run(live(server.url, ledger, rng, life, server.kill, rng.uniform(*LIFE)))
        server.start()
        wrong += asyncio.run(look(server, ledger, None, until, known)) + check_folder(data, ledger)
    finally:
        server.kill()
    print(f"  {workers} workers, {kills} kills: {ledger.summarize()}", flush=True)
    return wrong + ledger.wrong


async def look(
    server: Server, ledger: Ledger, rng: Random | None, until: float | None, known: tuple[int, int]
) -> list[str]:
    async with httpx.AsyncClient(base_url=server.url, timeout=60, limits=httpx.Limits(max_connections=4)) as http:
        return await Checker(http, ledger).check(rng, until, known)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description="Kills servers under load.")
    parser.add_argument("parts", nargs="*", help=f"what is done: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--runs", type=int, default=3, help="how often servers are killed (default: 3)")
    parser.add_argument("--kills", type=int, default=30, help="kills of each server (default: 30)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="servers to be killed (default: 1 2)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of all that is random (default: the time)")
    options = parser.parse_args()
    print(f"seed {options.seed}, {CLIENTS} clients")
    wrong = [text for part in options.parts or PARTS for text in PARTS[part](options)]
    print(*group(wrong), sep="\n")
    print(f"{len(wrong)} promises are broken" if wrong else "all that was promised holds")
    return 1 if wrong else 0


def group(wrong: list[str]) -> list[str]:
    """One of each kind of mistakes, with how many are like it but for names and numbers."""
    kinds: dict[str, list[str]] = {}
    for text in wrong:
        kinds.setdefault(re.sub(r"[\w.-]*\d[\w.-]*", "#", text)[:100], []).append(text)
    return [texts[0] + (f"\n  and {len(texts) - 1} like it" if texts[1:] else "") for texts in kinds.values()]


def kill_servers(options: argparse.Namespace) -> list[str]:
    wrong = []
    for run in range(options.runs):
        for workers in options.workers:
            with tempfile.TemporaryDirectory() as folder:
                found = crash(Path(folder), workers, options.kills, Random(f"{options.seed}-{run}-{workers}"))
            wrong += [f"run {run}, {workers} workers: {text}" for text in found]
    return wrong


def take_calls(options: argparse.Namespace) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        found = [asyncio.run(answer_once(Path(folder), workers)) for workers in options.workers]
    return [text for texts in found for text in texts]


def fill(_: argparse.Namespace) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        return fill_disk(Path(folder))


def measure(options: argparse.Namespace) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        return measure_holds(Path(folder), Random(options.seed)) + measure_batches(Path(folder))


PARTS: dict[str, Callable[[argparse.Namespace], list[str]]] = {
    "kills": kill_servers,
    "calls": take_calls,
    "full": fill,
    "measures": measure,
}

if __name__ == "__main__":
    sys.exit(main())
