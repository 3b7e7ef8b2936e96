"""``make replicas``: kills replicas under load, and compares what they say with what clients were told.

python -m tests.replicas kill [--minutes 2] [--pause 5] [--replicas 2] [--store URL] [--seed S]

Exit 1 when a promise is broken: an entry of a script is given at most once, what was used up without being told is at
most what was in flight on a replica that was killed, batches are complete, no answer is a 5xx.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import cast

import httpx2 as httpx

from tests.crash.checking import Checker
from tests.crash.ledger import Ledger
from tests.crash.load import ACTIONS, CLIENTS, JOURNAL_WITHIN, Caller
from tests.crash.server import Server
from tests.replicas.balancing import Balancer
from tests.store.valkey.engine import MISSING, find_engine, running

# Calls of which the answer came so long before or after a kill, in seconds, are in the journal.
SLACK = JOURNAL_WITHIN + 0.4
SHARED = 20_000


async def kill(servers: list[Server], rng: Random, seconds: float, pause: float) -> list[str]:
    """What is wrong after so long a load, with a kill at each pause."""
    ledger = Ledger()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(timeout=60, limits=limits) as http:
        balancer = Balancer(http, servers, rng)
        client = cast("httpx.AsyncClient", balancer)
        await Caller(client, ledger, rng, "shared").share(SHARED)
        callers = [Caller(client, ledger, Random(rng.random()), f"c{number}") for number in range(CLIENTS)]
        end = time.monotonic() + seconds
        await asyncio.gather(*(_work(caller, end) for caller in callers), _kill_on(balancer, end, pause))
        checker = Checker(client, ledger)
        wrong = ledger.wrong + await checker.check(None, None, (0, 0)) + await _check_journal(checker, balancer.kills)
    told, lost = sum(map(len, ledger.told.values())), sum(ledger.unanswered.values())
    print(f"  {len(balancer.kills)} kills, {dict(balancer.seen)}, {told} entries told, {lost} calls of scripts cut")
    print(f"  {ledger.summarize()}")
    return wrong


async def _work(caller: Caller, end: float) -> None:
    while time.monotonic() < end:
        with contextlib.suppress(httpx.TransportError):
            await caller.rng.choice(ACTIONS)(caller)


async def _kill_on(balancer: Balancer, end: float, pause: float) -> None:
    while time.monotonic() + pause < end:
        await asyncio.sleep(pause)
        await balancer.kill_one()


async def _check_journal(checker: Checker, kills: list[float]) -> list[str]:
    """Entries of a session come in order, and none is missing but of calls answered just before a kill."""
    wrong = []
    for session in sorted({session for session, _, _ in checker.ledger.calls}):
        entries = [entry async for entry in checker.read_journal(session)]
        numbers = [entry["number"] for entry in entries]
        if numbers != sorted(set(numbers)):
            wrong.append(f"the journal of {session} is not in order")
        if numbers and len(entries) >= 1000:  # the oldest have made room
            continue
        held = {entry["request_id"] for entry in entries}
        checker.ledger.looked_up += sum(name == session for name, _, _ in checker.ledger.calls)
        missing = [at for name, call, at in checker.ledger.calls if name == session and call not in held]
        if late := [at for at in missing if not any(abs(each - at) <= SLACK for each in kills)]:
            wrong.append(f"{len(late)} calls of {session} are not in the journal, answered long before or after a kill")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.replicas", description="Kills replicas under load.")
    parser.add_argument("part", choices=["kill"], help="what is done")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--pause", type=float, default=5.0, help="seconds between two kills (default: 5)")
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--store", help="the store (default: an engine of this run)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of all that is random (default: the time)")
    options = parser.parse_args()
    if options.store is None and find_engine() is None:
        print(f"skipped: {MISSING}")
        return 0
    print(f"seed {options.seed}, {CLIENTS} clients, {options.replicas} replicas")
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        store = options.store or f"{stack.enter_context(running(folder))}?name=replicas&files={folder / 'files'}"
        servers = [Server("--store", store, log=folder / f"log-{number}") for number in range(options.replicas)]
        for server in servers:
            server.start()
            stack.callback(server.kill)
        wrong = asyncio.run(kill(servers, Random(options.seed), options.minutes * 60, options.pause))
    print(*wrong[:20], sep="\n")
    print(f"{len(wrong)} promises are broken" if wrong else "all that was promised holds")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
