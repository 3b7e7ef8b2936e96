"""A disk that is full: who asks for more is told so, nothing is half kept, and all that was acknowledged is there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import httpx2 as httpx

from tests.crash.checking import Checker, check_folder
from tests.crash.ledger import Ledger
from tests.crash.load import Caller, form, scenario
from tests.crash.server import Server

# No file of the server may be larger, in bytes: its database reaches that, so do uploads.
ROOM = 3_000_000
MOST = 60


def fill_disk(folder: Path) -> list[str]:
    """What is wrong with a server whose files cannot grow any more, and after it was started with room again."""
    ledger, data = Ledger(), folder / "full"
    server = Server("--store", str(data), log=folder / "full-log", room=ROOM)
    server.start()
    try:
        asyncio.run(_fill(server, ledger))
    finally:
        server.kill()
    server.room = None
    server.start()
    try:
        wrong = asyncio.run(_check(server, ledger)) + check_folder(data, ledger)
    finally:
        server.kill()
    print(f"  a full disk: {ledger.summarize()}", flush=True)
    return wrong + ledger.wrong


async def _fill(server: Server, ledger: Ledger) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        caller = Caller(http, ledger, Random(0), "full")
        for content in (b"1" * 1_000_000, b"2" * (2 * ROOM), b"3" * 1_000_000):
            await _upload(caller, content)
        for number in range(MOST):
            name = f"full-{number}."
            words = scenario(name, 1)
            words["calls"][0] += "x" * (ROOM // 10)
            response = await http.post("/_mock/scenarios", json=words, headers=caller.headers())
            if not response.is_success:
                _judge(response, ledger)
                return
            ledger.scripts["full", name] = 1
    ledger.wrong.append("the disk is never full")


async def _upload(caller: Caller, content: bytes) -> None:
    response = await caller.post_file(form(content))
    if response.is_success:
        caller.ledger.keep_file(response.json()["id"], caller.session, content)
    else:
        _judge(response, caller.ledger)


def _judge(response: httpx.Response, ledger: Ledger) -> None:
    """A refusal says why; a 500 is a mistake of the server."""
    said = f"{response.request.url.path} with a full disk: {response.status_code} {response.text[:200]}"
    if response.status_code == 500 or "error" not in response.json():
        ledger.wrong.append(said)


async def _check(server: Server, ledger: Ledger) -> list[str]:
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        return await Checker(http, ledger).check(None, None, (0, 0))
