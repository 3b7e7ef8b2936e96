"""``make replicas``: kills replicas under load, and compares what they say with what clients were told.

python -m tests.replicas kill [--minutes 2] [--pause 5] [--replicas 2] [--store URL] [--seed S]

Exit 1 when a promise is broken: an entry of a script is given at most once, what was used up without being told is at
most what was in flight on a replica that was killed, batches are complete, no answer is a 5xx.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import cast

import httpx2 as httpx

from tests.crash.checking import Checker
from tests.crash.ledger import Ledger
from tests.crash.load import ACTIONS, CLIENTS, Caller
from tests.crash.server import Server
from tests.replicas.balancing import Balancer
from tests.store.valkey.engine import MISSING, find_engine, running

# A killed replica may lose the entries of what it answered in so many seconds before, and no others.
SLACK = 0.25
SHARED = 20_000
# Of a session with so many entries the oldest have made room.
FULL = 1000


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
        wrong = ledger.wrong + await checker.check(None, None, (0, 0)) + await _check_journal(checker, balancer)
        used = await _count_used(checker)
    told, lost = sum(map(len, ledger.told.values())), sum(ledger.unanswered.values())
    wrong += ["an answer is a 5xx"] if balancer.seen["5xx"] else []
    wrong += [f"{used - told} entries were not told, and {lost} calls were cut"] if used - told > lost else []
    print(f"  {len(balancer.kills)} kills, {dict(balancer.seen)}")
    print(f"  {used} entries of scripts used up, {told} told; {used - told} not, of {lost} calls that were cut")
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


async def _check_journal(checker: Checker, balancer: Balancer) -> list[str]:
    """Entries of a session come in order, and none is missing but of what a replica answered just before its kill."""
    wrong, lost, calls = [], 0, defaultdict[str, dict[str, float]](dict)
    for session, call, at in checker.ledger.calls:
        calls[session][call] = at
    for session, answered in sorted(calls.items()):
        entries = [entry async for entry in checker.read_journal(session)]
        numbers = [entry["number"] for entry in entries]
        if numbers != sorted(set(numbers)):
            wrong.append(f"the journal of {session} is not in order")
        if len(entries) >= FULL:  # the oldest have made room
            continue
        checker.ledger.looked_up += len(answered)
        missing = answered.keys() - {entry["request_id"] for entry in entries}
        killed = {call: balancer.kills.get(balancer.answered[call], math.inf) for call in missing}
        lost += len(missing)
        if late := [call for call in missing if killed[call] - answered[call] > SLACK]:
            wrong.append(f"{len(late)} calls of {session} are not in the journal, such as {late[0]}")
    print(f"  {lost} calls lost from the journal, each answered less than {SLACK} s before its replica was killed")
    return wrong


async def _count_used(checker: Checker) -> int:
    """How many entries of the scripts that clients asked are used up."""
    used = 0
    for session in sorted({session for session, _ in checker.ledger.scripts}):
        url = f"/_mock/scenarios?session={session}&scope=session"
        rows = (await checker.get(url, "")).json()["scenarios"]
        used += sum(row["used"] for row in rows if (session, row["name"]) in checker.ledger.scripts)
    return used


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
