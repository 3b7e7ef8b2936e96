"""What the clients of a soak ask of the control interface, and of the folder of fixtures."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import httpx2 as httpx

from tests.soak.load import Action, Caller

SCENARIO = {
    "name": "soak",
    "when": {"user": "/he.*lo/"},
    "calls": [{"text": "x" * 5000}, {"error": {"status": 529}}, {"text": "{{ prompt.text }}", "times": 2}],
}
PACED = """
scenarios:
  - name: soak-paced
    when: {user: soak paced}
    reply: {text: VERSION %d of a text that takes a while., pace: {tokens_per_second: 20}}
"""
BROKEN = "scenarios: [{name: no end"
READ = (
    *("health", "ready", "requests?limit=5", "requests/1", "requests/1/events", "requests/2/changes", "scenarios"),
    *("settings", "clock", "stats", "metrics", "sessions", "batches", "files", "fixtures", "nothing", "scenarios/soak"),
    *("requests/1/scenario", "export?format=json", "export?format=scenarios", "scenarios/soak-paced", "openapi.json"),
)
SETTINGS = ({"pace": "realtime"}, {"pace": "none"}, {"validation": "warn"}, {"validation": "strict"}, {"pace": 3})
MOVES = ({"advance": "6m"}, {"freeze": True}, {"reset": True}, {"set": "2027-01-23T00:00:00Z"}, {"advance": "x"})


async def script(caller: Caller) -> None:
    """Scenarios of a session: added, continued, taken from, removed."""
    session = caller.session()
    await caller.send("POST", "/_mock/scenarios", SCENARIO, session)
    await caller.send("POST", "/_mock/scenarios/soak/calls", [{"text": "one more"}], session)
    for _ in range(caller.rng.randrange(4)):
        await caller.send("POST", "/v1/messages", caller.body("hello"), session)
    if caller.rng.random() < 0.5:
        await caller.send("DELETE", "/_mock/scenarios/soak", None, session)


async def look(caller: Caller) -> None:
    await caller.send("GET", f"/_mock/{caller.rng.choice(READ)}")


async def verify(caller: Caller) -> None:
    """Wait for a request that may come."""
    body = {"when": {"user": caller.rng.choice(("hello", "never"))}, "at_least": 1}
    await caller.send("POST", f"/_mock/verify?wait={caller.rng.randrange(400)}ms", body)


async def follow(caller: Caller) -> None:
    """Follow the journal, of a session or of all, for a moment."""
    headers = caller.headers() if caller.rng.random() < 0.5 else {}

    async def read() -> None:
        async with caller.http.stream("GET", caller.url("/_mock/events"), headers=headers) as response:
            async for _ in response.aiter_raw():
                pass

    with suppress(asyncio.TimeoutError, httpx.RemoteProtocolError):
        await asyncio.wait_for(read(), caller.rng.random())


async def explain(caller: Caller) -> None:
    await caller.send("POST", "/_mock/explain", caller.body("hello"))


async def change_settings(caller: Caller) -> None:
    await caller.send("PATCH", "/_mock/settings", caller.rng.choice(SETTINGS), f"s{caller.rng.randrange(20)}")


async def move_clock(caller: Caller) -> None:
    await caller.send("POST", "/_mock/clock", caller.rng.choice(MOVES))


async def clear(caller: Caller) -> None:
    await caller.send("DELETE", f"/_mock/{caller.rng.choice(('requests', 'stats', 'scenarios'))}")


async def reset(caller: Caller) -> None:
    """Reset a session; seldom all of them."""
    if caller.rng.random() < 0.05:
        caller.check(await caller.http.post(caller.url("/_mock/reset"), json={}))
    else:
        await caller.send("POST", "/_mock/reset", {})


CONTROLS: tuple[Action, ...] = (
    *(script,) * 3, *(look,) * 6, *(verify,) * 2, *(follow,) * 2, explain, change_settings, move_clock, clear,
    *(reset,) * 2,
)  # fmt: skip


async def reload_often(folder: Path) -> None:
    """Write a fixture anew every two seconds, now and then with a mistake; until cancelled."""
    number = 0
    while True:
        number += 1
        write_fixture(folder, number)
        await asyncio.sleep(2)


def write_fixture(folder: Path, number: int = 0) -> None:
    """Write the fixture with the paced stream; each fifth is broken."""
    draft = folder / "soak.draft"
    draft.write_text(BROKEN if number % 5 == 4 else PACED % number)
    draft.replace(folder / "soak.yaml")
