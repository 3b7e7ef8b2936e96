"""A script of calls that many connections take from: each of its answers is given once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import httpx2 as httpx

from tests.crash.ledger import Ledger
from tests.crash.load import CLIENTS, Caller, take
from tests.crash.server import Server

ENTRIES = 1000


async def answer_once(folder: Path, workers: int) -> list[str]:
    """What is wrong when connections, a new one for each call, take all answers of a script of a server."""
    ledger = Ledger()
    server = Server("--store", str(folder / f"calls-{workers}"), "--workers", str(workers), log=folder / "log")
    await asyncio.to_thread(server.start)
    limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=0)
    try:
        async with httpx.AsyncClient(base_url=server.url, timeout=60, limits=limits) as http:
            callers = [Caller(http, ledger, Random(0), "calls") for _ in range(CLIENTS)]
            await callers[0].share(ENTRIES)
            await asyncio.gather(*map(take_all, callers))
    finally:
        server.kill()
    (told,) = ledger.told.values()
    print(f"  {workers} workers, {CLIENTS} connections at a time: {len(told)} of {ENTRIES} answers", flush=True)
    missing = [f"{ENTRIES - len(told)} of {ENTRIES} answers of a script never came"] if len(told) < ENTRIES else []
    return missing + ledger.wrong


async def take_all(caller: Caller) -> None:
    """Take from the one script until it has run out."""
    (script,) = caller.ledger.scripts
    while await take(caller, script):
        pass
