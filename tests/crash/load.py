"""What the clients do until the server is killed. Whatever is acknowledged is written into the ledger."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import httpx2 as httpx

from tests.crash.ledger import Batch, Ledger

MODEL = "claude-haiku-4-5"
CLIENTS = 16
BOUNDARY = "a-boundary-of-the-crash-proof"
KEY = {"x-api-key": "crash"}
# A script that many clients share is long enough for a life.
SHARED = 3000
JOURNAL_WITHIN = 0.1  # seconds


class Caller:
    """One of the clients. It has a session of its own in each life of the server, so that no journal is full."""

    def __init__(self, http: httpx.AsyncClient, ledger: Ledger, rng: Random, session: str) -> None:
        self.http = http
        self.ledger = ledger
        self.rng = rng
        self.session = session
        self.names = (f"{session}-{number}." for number in itertools.count())
        ledger.sessions.add(session)

    async def work(self) -> None:
        """Do one thing after the other until the server is gone."""
        try:
            while True:
                await self.rng.choice(ACTIONS)(self)
        except httpx.TransportError:
            return

    async def ask(self) -> None:
        """A call that no script answers."""
        response = await self.send("/v1/messages", message("Hi"))
        self.ledger.calls.append((self.session, response.headers["request-id"], time.monotonic()))

    async def take(self) -> None:
        """The next answer of any script."""
        script = self.rng.choice(list(self.ledger.scripts))
        await take(self, script)

    async def add_script(self) -> None:
        """A script, from which whoever wants may take."""
        await self.share(self.rng.randint(1, 5))

    async def share(self, length: int) -> None:
        name = next(self.names)
        if (await self.send("/_mock/scenarios", scenario(name, length))).is_success:
            self.ledger.scripts[self.session, name] = length

    async def upload(self) -> None:
        """A file, sent in pieces, so that many kills come in its middle."""
        content = self.rng.randbytes(self.rng.choice((0, 10, 5_000, 300_000, 1_500_000)))
        response = await self.post_file(form(content))
        if self.accept(response):
            self.ledger.keep_file(response.json()["id"], self.session, content)

    async def post_file(self, body: AsyncIterator[bytes]) -> httpx.Response:
        headers = {**self.headers(), "content-type": f"multipart/form-data; boundary={BOUNDARY}"}
        return await self.http.post("/v1/files", content=body, headers=headers)

    async def delete(self) -> None:
        """One of the files of this session. A delete that is not acknowledged leaves its file in either state."""
        mine = [file_id for file_id, (session, _, _) in self.ledger.files.items() if session == self.session]
        if len(mine) < 3:
            return
        file_id = self.rng.choice(mine)
        _, content, _ = self.ledger.files.pop(file_id)
        response = await self.http.delete(f"/v1/files/{file_id}", headers=self.headers())
        if self.accept(response):
            self.ledger.deleted[file_id] = (self.session, content)

    async def batch(self) -> None:
        """A batch of items that a script of their own answers, in their order."""
        length = self.rng.choice((1, 5, 40, 400))
        name = next(self.names)
        await self.send("/_mock/scenarios", scenario(name, length))
        ids = [f"item-{number}" for number in range(length)]
        items = [{"custom_id": custom_id, "params": message(f"take {name}")} for custom_id in ids]
        response = await self.send("/v1/messages/batches", {"requests": items})
        if response.status_code == 200:
            self.ledger.keep_batch(response.json()["id"], Batch(self.session, ids, name))

    async def poll(self) -> None:
        """Look at a batch, and sometimes read its results."""
        mine = [batch_id for batch_id, batch in self.ledger.batches.items() if batch.session == self.session]
        if not mine:
            return
        url = f"/v1/messages/batches/{self.rng.choice(mine)}"
        response = await self.http.get(url, headers=self.headers())
        if self.accept(response) and response.json()["results_url"]:
            self.accept(await self.http.get(f"{url}/results", headers=self.headers()))

    def headers(self) -> dict[str, str]:
        return {**KEY, "x-mock-session": self.session, "anthropic-version": "2023-06-01"}

    async def send(self, path: str, body: Any, session: str = "") -> httpx.Response:
        headers = {**self.headers(), "x-mock-session": session or self.session}
        response = await self.http.post(path, json=body, headers=headers)
        self.accept(response)
        return response

    def accept(self, response: httpx.Response) -> bool:
        """Whether it succeeded; what did not is written down."""
        if response.is_success:
            return True
        self.ledger.wrong.append(f"{response.request.method} {response.request.url.path}: {response.text[:200]}")
        return False


async def take(caller: Caller, script: tuple[str, str]) -> bool:
    """Take the next answer of a script, and write down which one it was; False when the script has run out."""
    session, name = script
    try:
        response = await caller.send("/v1/messages", message(f"take {name}"), session)
    except httpx.TransportError:
        caller.ledger.lose(script)
        raise
    if response.status_code != 200:
        return False
    text = response.json()["content"][0]["text"]
    if not text.startswith(f"{name} "):
        return False
    caller.ledger.tell(script, int(text.rpartition(" ")[2]))
    return True


def message(text: str) -> dict[str, Any]:
    """A request with one text."""
    return {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": text}]}


def scenario(name: str, length: int) -> dict[str, Any]:
    """A script of answers that say which they are. Names end in a dot, so that none begins another one."""
    return {"name": name, "when": {"user": f"take {name}"}, "calls": [f"{name} {number}" for number in range(length)]}


async def form(content: bytes) -> AsyncIterator[bytes]:
    """The body of an upload, piece by piece."""
    yield (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="some.bin"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    for start in range(0, len(content), 100_000):
        yield content[start : start + 100_000]
        await asyncio.sleep(0.005)
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


async def live(url: str, ledger: Ledger, rng: Random, life: int, kill: Callable[[], float], seconds: float) -> float:
    """Load for so long, then the kill.

    Returns:
        The time by the monotonic clock until which calls that were answered are to be in the journal. The store commits
        it in groups, within a tenth of a second of a machine that has time.
    """
    limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as http:
        shared = Caller(http, ledger, rng, f"shared-{life}")
        await shared.share(SHARED)
        callers = [Caller(http, ledger, Random(rng.random()), f"c{life}-{number}") for number in range(CLIENTS)]
        tasks = [asyncio.create_task(caller.work()) for caller in callers]
        with measure_delay() as delay:
            await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
            killed = await asyncio.to_thread(kill)
        await asyncio.gather(*tasks)
    return killed - JOURNAL_WITHIN - delay[0]


@contextmanager
def measure_delay() -> Iterator[list[float]]:
    """The longest time by which a thread that sleeps woke too late in the last second, in seconds."""
    delay, done = [0.0], threading.Event()

    def sleep() -> None:
        recent: deque[float] = deque(maxlen=100)
        while not done.is_set():
            start = time.monotonic()
            time.sleep(0.01)
            recent.append(time.monotonic() - start - 0.01)
            delay[0] = max(recent)

    thread = threading.Thread(target=sleep, daemon=True)
    thread.start()
    try:
        yield delay
    finally:
        done.set()
        thread.join()


ACTIONS: tuple[Callable[[Caller], Awaitable[None]], ...] = (
    *(Caller.ask,) * 6, *(Caller.take,) * 8, *(Caller.add_script,) * 2, *(Caller.upload,) * 3, Caller.delete,
    *(Caller.batch,) * 2, *(Caller.poll,) * 2,
)  # fmt: skip
