"""``make soak``: clients of every kind for some minutes; exit 1 when the servers grow, leak or fail.

python -m tests.soak [--minutes M] [--store memory|sqlite|valkey] [--workers N] [--rate N] [--restart-engine] [--seed N]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import httpx2 as httpx

from mockserver.records.setting_checks import MEMORY
from tests.conftest import FIXTURES
from tests.soak.control import CONTROLS, reload_often, write_fixture
from tests.soak.load import ACTIONS, Caller
from tests.soak.places import ENGINE, STORES, Place, Sample, place
from tests.soak.stored import STORED
from tests.store.valkey import engine

CLIENTS = 16
MB = 1024 * 1024
# How much more memory the last quarter may take than the third, of each server: what was held for the first time.
GROWTH = 3 * MB
# How much more of the engine.
ENGINE_GROWTH = 2 * MB
# Connections to the engine that a server keeps for its threads, and threads that wait there for it: made when needed.
KEPT = {"descriptors": 20, "threads": 8, "engine clients": 20, "engine keys": 10}
COUNTED = ("descriptors", "tasks", "threads", "files", "engine clients", "engine keys")
# Seconds between two deaths of the engine.
LIFE = 20.0
Answers = Counter[int]
ALL = (*ACTIONS, *CONTROLS, *STORED)


async def soak(at: Place, seconds: float, folder: Path, options: argparse.Namespace) -> tuple[list[Sample], Answers]:
    """The samples of each second, and the number of answers of each status."""
    deadline, samples = time.monotonic() + seconds, []
    limits = httpx.Limits(max_connections=4 * CLIENTS)
    async with httpx.AsyncClient(timeout=60, limits=limits) as http:
        callers = [
            Caller(http, at.urls, Random(options.seed * 1000 + number), may_be_away=options.restart_engine)
            for number in range(CLIENTS)
        ]

        async def work(caller: Caller) -> None:
            begun = time.monotonic()
            while time.monotonic() < deadline:
                await caller.rng.choice(ALL)(caller)
                caller.calls += 1
                if options.rate:
                    # As many answers a second as it shall have, whatever one thing takes.
                    due = begun + caller.answers.total() * CLIENTS / options.rate
                    await asyncio.sleep(max(0.0, min(due, deadline) - time.monotonic()))

        tasks = [asyncio.create_task(work(caller)) for caller in callers]
        beside = [asyncio.create_task(reload_often(folder))]
        if options.restart_engine and at.engine is not None:
            beside.append(asyncio.create_task(at.engine.restart_often(LIFE)))
        while time.monotonic() < deadline and not any(task.done() for task in (*tasks, *beside)):
            await asyncio.sleep(1)
            samples.append(await asyncio.to_thread(at.measure))
            report(samples, sum((caller.answers for caller in callers), Counter[int]()))
        for task in beside:
            if task.done():
                task.result()  # it failed
            task.cancel()
        await asyncio.gather(*tasks)
    return samples, sum((caller.answers for caller in callers), Counter[int]())


def report(samples: list[Sample], answers: Answers) -> None:
    """A line each minute."""
    if len(samples) % 60 == 0:
        print(len(samples), f"{answers.total():,} answers", samples[-1], dict(sorted(answers.items())), flush=True)


def judge(at: Place, before: Sample, samples: list[Sample], after: Sample) -> list[str]:
    """What is wrong."""
    print(f"memory: {before['bytes'] / MB:.1f} MB before, {samples[-1]['bytes'] / MB:.1f} after")
    servers, wrong = len(at.servers), []
    for name, most in (("bytes", servers * GROWTH), ("engine bytes", ENGINE_GROWTH)):
        growth = find_growth([sample[name] for sample in samples if name in sample])
        print(f"{name}: growth {growth / MB:+.1f} MB")
        if growth > most:
            wrong.append(f"{name} grew by {growth / MB:.1f} MB")
    for name in COUNTED:
        most = max(sample.get(name, 0) for sample in samples)
        print(f"{name}: {before.get(name, 0)} before, {most} at most, {after.get(name, 0)} after")
        left = after.get(name, 0) - before.get(name, 0)
        # The files of what an engine lost stay for an hour.
        if left > (KEPT.get(name, 0) * servers if at.engine else 0) and not (name == "files" and at.kills):
            wrong.append(f"{left} {name} are left")
    return wrong


def find_growth(sizes: list[int]) -> float:
    """How much more the last quarter has than the third."""
    quarter = len(sizes) // 4
    if not quarter:
        return 0.0
    return statistics.mean(sizes[-quarter:]) - statistics.mean(sizes[-2 * quarter : -quarter])


def settle(at: Place) -> Sample:
    """What the servers hold, without sessions, once they have noticed that all clients are gone."""
    for url in at.urls[:1]:
        httpx.post(f"{url}/_mock/reset", json={}, timeout=30).raise_for_status()
    for _ in range(100):
        last = at.measure()
        time.sleep(0.2)
        if at.measure() == last:
            break
    return last


def run(options: argparse.Namespace, folder: Path) -> list[str]:
    fixtures = folder / "fixtures"
    fixtures.mkdir()
    write_fixture(fixtures)
    with place(folder, [str(FIXTURES), str(fixtures)], options.store, options.workers) as at:
        asyncio.run(soak(at, 3, fixtures, options))  # what is loaded when first needed
        before = settle(at)
        try:
            samples, answers = asyncio.run(soak(at, options.minutes * 60, fixtures, options))
        except BaseException:
            print(at.log.read_text(errors="replace")[-20_000:])
            raise
        wrong = judge(at, before, samples, settle(at))
        alarms = at.find_alarms()
        if alarms:
            print(at.log.read_text(errors="replace")[-20_000:])
            wrong.append(f"{len(alarms)} alarms in what the servers said")
    print(f"{answers.total():,} answers, {at.kills} deaths of the engine: {dict(sorted(answers.items()))}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Keeps servers under mixed load.")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long (default: 30)")
    parser.add_argument("--store", choices=STORES, default=MEMORY, help="what they keep their state in")
    parser.add_argument("--workers", type=int, default=1, help="how many servers share the store (default: 1)")
    parser.add_argument("--rate", type=float, default=0.0, help="answers a second at most; 0: as many as there can be")
    parser.add_argument("--restart-engine", action="store_true", help=f"kill the engine every {LIFE:g} seconds")
    parser.add_argument("--seed", type=int, default=0, help="of what the clients do")
    options = parser.parse_args()
    if (options.workers > 1 and options.store == MEMORY) or (options.restart_engine and options.store != ENGINE):
        parser.error("several servers share a folder or an engine; an engine is what --store valkey has")
    if options.store == ENGINE and engine.find_engine() is None:
        parser.error(engine.MISSING)
    with TemporaryDirectory(prefix="soak-") as folder:
        wrong = run(options, Path(folder))
    print(f"{options.store}, {options.minutes:g} minutes: {'; '.join(wrong) or 'nothing is wrong'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
