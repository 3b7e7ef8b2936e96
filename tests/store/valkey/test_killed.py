"""The journal of a replica that is killed while it answers, and while entries wait to be written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
import valkey

from mockserver.records.settings import Settings
from mockserver.store.calls import Departure
from mockserver.store.valkey import ValkeyStore, open_store
from tests.crash.server import Server
from tests.store.conformance.subject import record

KEY = {"x-api-key": "key-of-a-test", "x-mock-session": "killed"}
CALLS, STREAMS = 60, 4
SLOW = """
scenarios:
  - when: {user: slow}
    reply: {text: One word after the other, pace: {tokens_per_second: 0.2}}
"""


@pytest.fixture
def name() -> str:
    """A name space of its own."""
    return uuid4().hex


@pytest.fixture
def server(engine: str, name: str, tmp_path: Path) -> Iterator[Server]:
    """A replica in a process of its own, whose streams take long."""
    (tmp_path / "slow.yaml").write_text(SLOW)
    made = Server(str(tmp_path), "--store", f"{engine}?name={name}", log=tmp_path / "log")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def survivor(engine: str, name: str, server: Server) -> Iterator[ValkeyStore]:
    """Another replica, in this process."""
    del server
    store = open_store(f"{engine}?name={name}", Settings())
    yield store
    store.close()


def body(text: str, *, stream: bool = False) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}]
    return {"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": messages, "stream": stream}


async def answer_until_killed(server: Server) -> list[str]:
    """Streams begin, calls are answered, and the server is killed right behind the last answer; returns their ids."""
    ids: list[str] = []
    async with httpx.AsyncClient(base_url=server.url, headers=KEY, timeout=30) as client:

        async def begin(begun: asyncio.Event) -> None:
            with suppress(httpx.TransportError):
                async with client.stream("POST", "/v1/messages", json=body("slow", stream=True)) as answer:
                    async for _ in answer.aiter_bytes():
                        begun.set()

        begun = [asyncio.Event() for _ in range(STREAMS)]
        streams = [asyncio.ensure_future(begin(each)) for each in begun]
        await asyncio.wait_for(asyncio.gather(*(each.wait() for each in begun)), 30)
        for number in range(CALLS):
            answer = await client.post("/v1/messages", json=body(f"c{number}"))
            ids.append(answer.headers["request-id"])
        server.kill()
        await asyncio.wait_for(asyncio.gather(*streams), 30)
    return ids


def test_journal_of_a_killed_replica_is_whole(engine: str, name: str, server: Server, survivor: ValkeyStore) -> None:
    told = asyncio.run(answer_until_killed(server))
    found = survivor.journal.entries("killed")
    numbers = [entry.number for entry in found]
    assert numbers == sorted(set(numbers))
    under_way = [entry.number for entry in found if entry.departure is None]
    assert len(under_way) == STREAMS
    # What was answered last may not have been written; what is there is whole, and none of it is missing in between.
    plain = [entry.record.request_id for entry in found if entry.departure is not None]
    assert plain
    assert plain == told[: len(plain)]
    silence(engine, name, survivor)
    ended = [entry for entry in survivor.journal.entries("killed") if entry.number in under_way]
    assert [entry.departure for entry in ended] == [Departure(hung_up=True)] * STREAMS
    survivor.sessions.begin_call("killed")
    survivor.journal.append("killed", record(b"later"), Departure(), survivor.journal.reserve())
    last = survivor.journal.entries("killed")[-1]
    assert (last.record.call.body, last.number > numbers[-1]) == (b"later", True)


def silence(engine: str, name: str, survivor: ValkeyStore) -> None:
    """As if the others had been killed a while ago."""
    key = f"{{mockserver:{name}}}:replicas"
    with valkey.Valkey.from_url(engine) as client:
        for replica in client.zrange(key, 0, -1):
            if replica != survivor._data.replica.encode():
                client.zincrby(key, -60, replica)
