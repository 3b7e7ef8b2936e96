"""Sends the feed of the journal to those who follow it, seldom enough that nobody else has to wait for it.

Each follower's own task waits, reads and writes. So what a client does not read is not read from the journal either;
later it hears how much it missed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from msgspec import Struct

from mockserver.records.call import Call
from mockserver.records.delivery import Delivery
from mockserver.serving.client import Client
from mockserver.serving.heavy import HeavyWorker
from mockserver.serving.sending import NO_DATA, Data, Head
from mockserver.serving.waiting import JournalWatch, Waiter

Read = Callable[[], tuple[bytes, float]]
# So many follow the journal at a time.
MOST = 64
# The least seconds between two looks; the rest after a look, as a multiple of the processor time that it took; and the
# seconds that are added to that time, for the thread and the sending.
PAUSE, TIMES, OVERHEAD = 0.05, 50, 0.0006
# Seconds of silence after which a comment shows that the connection lives, to proxies too.
QUIET = 15.0
PING = b": ping\n\n"


class Follower(Struct, frozen=True, eq=False):
    """Somebody who follows the journal; ``end`` wakes who rests."""

    client: Client
    end: Waiter


class Feeder:
    """Tells its followers of the journal. They share one allowance of processor time.

    Args:
        watch: waits for changes of the journal.
        worker: reads it.
    """

    def __init__(self, watch: JournalWatch, worker: HeavyWorker) -> None:
        self._watch = watch
        self._worker = worker
        self._followers: set[Follower] = set()
        # Those whose client takes nothing at the moment.
        self._writing: set[Follower] = set()
        # Monotonic time until which all that was spent so far is paid for.
        self._rested = 0.0
        self.most = MOST

    @property
    def has_room(self) -> bool:
        """Whether one more may follow."""
        return len(self._followers) < self.most and self._watch.is_open

    def close(self) -> None:
        """Let all followers go; at once those that do not read. For a server that stops."""
        for follower in tuple(self._followers):
            follower.end.wake()
        for follower in tuple(self._writing):
            follower.client.connection.abort()

    async def send(self, delivery: Delivery, feed: Callable[[], bytes], call: Call, client: Client) -> None:
        """Send a feed until its client goes, or the server stops."""
        loop = asyncio.get_running_loop()
        follower = Follower(client, Waiter(0, loop, loop.create_future()))
        self._followers.add(follower)
        try:
            await client.write(Head(delivery.status, delivery.headers))
            await self._follow(follower, _measure(feed), call)
            await client.write(NO_DATA)
        finally:
            self._followers.discard(follower)

    async def _follow(self, follower: Follower, read: Read, call: Call) -> None:
        sleep, end = follower.client.sleep, follower.end.future
        told = time.monotonic()
        while self._watch.is_open:
            # Looked at before the journal is read, so that no change in between is missed.
            seen, begun = await self._watch.count_changes(), time.monotonic()
            data, spent = await self._worker.read(read, call)
            now = time.monotonic()
            if data or now - told >= QUIET:
                await self._write(follower, data or PING)
                told = now
            self._rested = max(self._rested, begun) + TIMES * (spent + OVERHEAD)
            if await sleep(max(PAUSE, self._rested - time.monotonic()), end):
                return
            await self._watch.wait(seen, QUIET, sleep)
            if await sleep(0.0):
                return

    async def _write(self, follower: Follower, data: bytes) -> None:
        """Write; it may have to wait until the client has read what came before."""
        self._writing.add(follower)
        try:
            await follower.client.write(Data(data, 0, more=True))
        finally:
            self._writing.discard(follower)


def _measure(feed: Callable[[], bytes]) -> Read:
    """Also says how many seconds of processor time reading took."""

    def measure() -> tuple[bytes, float]:
        start = time.thread_time()
        return feed(), time.thread_time() - start

    return measure
