"""What a server that was killed and started again still knows, compared with what clients were told."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import httpx2 as httpx

from tests.crash.ledger import Batch, Ledger, digest
from tests.crash.load import KEY

# So many objects of earlier lives are looked at again after each kill; all of them at the end.
SAMPLE = 20
# How long a batch may take that was cut off, in seconds.
ENDS_WITHIN = 20.0

Item = TypeVar("Item")


class Checker:
    """Looks at a server through its own interface."""

    def __init__(self, http: httpx.AsyncClient, ledger: Ledger) -> None:
        self.http = http
        self.ledger = ledger

    async def check(self, rng: Random | None, until: float | None, since: tuple[int, int]) -> list[str]:
        """What is missing or wrong, of what is new and a sample of the rest; of all without a generator.

        Args:
            rng: chooses the sample.
            until: calls answered by then are in the journal; None: it is not looked at.
            since: how many batches and files were known before this life.
        """
        ledger = self.ledger
        batches = choose(list(ledger.batches), since[0], rng)
        files = choose(list(ledger.files), since[1], rng)
        wrong = [
            *await each(self.check_batch, batches),
            *await each(self.check_file, files),
            *await each(self.check_deleted, choose(list(ledger.deleted), 0, rng)),
            *await each(self.check_session, {session for session, _ in ledger.scripts}),
            *await each(self.check_list, sorted(ledger.sessions) if rng is None else sorted(ledger.sessions)[-5:]),
        ]
        return wrong if until is None else wrong + await self.check_journal(until)

    async def check_journal(self, until: float) -> list[str]:
        """The calls that were answered early enough; then they are forgotten."""
        calls, self.ledger.calls = self.ledger.calls, []
        self.ledger.looked_up += len(calls)
        wrong = []
        for session in sorted({session for session, _, _ in calls}):
            held = {entry["request_id"] async for entry in self.read_journal(session)}
            lost = [until - at for name, call, at in calls if name == session and at < until and call not in held]
            if lost:
                early = [f"{age * 1000:.0f} ms" for age in lost]
                wrong.append(f"calls of {session} are not in the journal, answered too early for that by {early}")
        return wrong

    async def check_session(self, session: str) -> list[str]:
        """Its scripts, and how far they are used up."""
        url = f"/_mock/scenarios?session={session}&scope=session"
        used = {each["name"]: each["used"] for each in (await self.get(url, "")).json()["scenarios"]}
        wrong = []
        for script in [script for script in self.ledger.scripts if script[0] == session]:
            told = self.ledger.told.get(script, set())
            unknown = self.ledger.unanswered.get(script, 0)
            if script[1] not in used:
                wrong.append(f"the scenario {script} is gone")
            elif not max(told, default=-1) < used[script[1]] <= len(told) + unknown:
                wrong.append(f"{script}: {used[script[1]]} used up, {len(told)} told, {unknown} not answered")
        return wrong

    async def check_file(self, file_id: str) -> list[str]:
        """Its size; what it holds is looked up in the folder."""
        session, _, size = self.ledger.files[file_id]
        response = await self.get(f"/v1/files/{file_id}", session)
        if response.status_code != 200 or response.json()["size_bytes"] != size:
            return [f"the file {file_id} of {size} bytes: {response.status_code} {response.text[:200]}"]
        return []

    async def check_deleted(self, file_id: str) -> list[str]:
        response = await self.get(f"/v1/files/{file_id}", self.ledger.deleted[file_id][0])
        return [] if response.status_code == 404 else [f"the file {file_id} was deleted, and is back"]

    async def check_batch(self, batch_id: str) -> list[str]:
        """That it ends, with a result for each item, in which its script has answered in order."""
        batch = self.ledger.batches[batch_id]
        rows = await self.finish(batch.session, batch_id)
        if isinstance(rows, str):
            return [rows]
        return [f"batch {batch_id}: {text}" for text in compare(rows, batch)]

    async def check_list(self, session: str) -> list[str]:
        """That each batch in its list ends, those that nobody was told of too."""
        response = await self.get("/v1/messages/batches?limit=1000", session)
        if response.status_code != 200:
            return [f"the batches of {session}: {response.status_code} {response.text[:200]}"]
        told = self.ledger.batches
        unknown = [batch["id"] for batch in response.json()["data"] if batch["id"] not in told]
        found = [await self.finish(session, batch_id) for batch_id in unknown]
        return [rows for rows in found if isinstance(rows, str)]

    async def finish(self, session: str, batch_id: str) -> list[Any] | str:
        """The results of a batch when it has ended; a text says what is wrong."""
        deadline = time.monotonic() + ENDS_WITHIN
        while time.monotonic() < deadline:
            response = await self.get(f"/v1/messages/batches/{batch_id}", session)
            if response.status_code != 200:
                return f"the batch {batch_id}: {response.status_code} {response.text[:200]}"
            if (batch := response.json())["processing_status"] == "ended":
                break
            await asyncio.sleep(0.05)
        else:
            return f"the batch {batch_id} does not end: {batch['request_counts']}"
        results = await self.get(f"/v1/messages/batches/{batch_id}/results", session)
        if results.status_code != 200:
            return f"the results of {batch_id}: {results.status_code} {results.text[:200]}"
        rows = [json.loads(line) for line in results.text.splitlines()]
        counts = Counter(row["result"]["type"] for row in rows)
        if {name: number for name, number in batch["request_counts"].items() if number} != dict(counts):
            return f"the batch {batch_id} tells {batch['request_counts']}, its results are {dict(counts)}"
        return rows

    async def read_journal(self, session: str) -> AsyncIterator[dict[str, Any]]:
        """The entries of a session."""
        after: int | None = 0
        while after is not None:
            answer = await self.get(f"/_mock/requests?session={session}&limit=1000&after={after}", "")
            assert answer.status_code == 200, answer.text
            page = answer.json()
            for entry in page["requests"]:
                yield entry
            after = page["next"]

    async def get(self, url: str, session: str) -> httpx.Response:
        headers = {**KEY, "anthropic-version": "2023-06-01"} | ({"x-mock-session": session} if session else {})
        return await self.http.get(url, headers=headers)


def compare(rows: Iterable[Any], batch: Batch) -> list[str]:
    """What is wrong with the results of a batch."""
    texts = {}
    for row in rows:
        if row["custom_id"] in texts:
            return [f"{row['custom_id']} has two results"]
        texts[row["custom_id"]] = row["result"]["message"]["content"][0]["text"] if "message" in row["result"] else None
    expected = {custom_id: f"{batch.script} {number}" for number, custom_id in enumerate(batch.custom_ids)}
    differ = [custom_id for custom_id in expected if texts.get(custom_id) != expected[custom_id]]
    differ += texts.keys() - expected.keys()
    return [f"{len(differ)} of {len(expected)} items, such as {differ[0]}: {texts.get(differ[0])}"] if differ else []


def check_folder(folder: Path, ledger: Ledger) -> list[str]:
    """What the data folder holds of contents: those of all files, none of deleted ones, and no half ones.

    A finished content is a file named by its digest; the halves of contents are files in a folder of their own.
    """
    paths = {path: digest(path.read_bytes()) for path in (folder / "blobs").iterdir()}
    wrong = [f"{path.name} holds something else" for path, name in paths.items() if name != path.name]
    wrong += [f"{path.name} is a half content" for path in (folder / "halves").iterdir()]
    held = set(paths.values())
    lost = [file_id for file_id, (_, name, size) in ledger.files.items() if size and name not in held]
    wrong += [f"the content of {len(lost)} files is not in the folder, such as {lost[0]}"] if lost else []
    dead = [file_id for file_id, (_, name) in ledger.deleted.items() if name in held and name != digest(b"")]
    return wrong + ([f"the content of {len(dead)} deleted files is left, such as {dead[0]}"] if dead else [])


def choose(ids: list[str], known: int, rng: Random | None) -> list[str]:
    """The new ones, and a sample of those that were known; all without a generator."""
    if rng is None:
        return ids
    return rng.sample(ids[:known], min(known, SAMPLE, len(ids))) + ids[known:]


async def each(check: Callable[[Item], Coroutine[Any, Any, list[str]]], items: Iterable[Item]) -> list[str]:
    """What the checks of all items find, some at a time."""
    gate = asyncio.Semaphore(4)

    async def one(item: Item) -> list[str]:
        async with gate:
            return await check(item)

    return [text for found in await asyncio.gather(*map(one, items)) for text in found]
