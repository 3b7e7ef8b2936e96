"""The event loop of a server: listens, and stops when told."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from mockserver.serving.app import MockApp
from mockserver.serving.host import Host
from mockserver.serving.protocol import Protocol

# How long answers under way may take when the server is asked to stop, in seconds. Containers are killed after ten.
DRAIN = 8.0
HURRY = 0.2
# Connections that wait to be accepted.
BACKLOG = 2048


class Runner:
    """Serves an application on one socket, says when it listens, drains on SIGTERM and hurries on SIGINT."""

    def __init__(self, app: MockApp, on_start: Callable[[], None]) -> None:
        self.app = app
        self.on_start = on_start
        self.started = False
        self.patience = DRAIN

    def run(self, listener: socket.socket) -> None:
        """Serves until told to stop."""
        _roomy(_run, self.serve(listener))

    async def serve(self, listener: socket.socket) -> None:
        """Serves until told to stop."""
        self.loop = asyncio.get_running_loop()
        self.told = asyncio.Event()
        self.host = Host(self.app)
        async with self.app.lifespan():
            with self._signals():
                server = await self.loop.create_server(partial(Protocol, self.host), sock=listener, backlog=BACKLOG)
                self.started = True
                self.on_start()
                await self.told.wait()
                server.close()
                await self._drain()

    def hurry(self) -> None:
        """Stop now: streams under way are cut. For any thread."""
        with suppress(RuntimeError):  # it stopped already
            self.loop.call_soon_threadsafe(self.stop, HURRY)

    def stop(self, patience: float) -> None:
        """Stop, and give answers under way so many seconds; told to hurry a second time, cut them at once."""
        if not self.told.is_set():
            self.patience = patience
            self.told.set()
        elif patience == HURRY:
            self._cut()

    async def _drain(self) -> None:
        """Waits for answers under way, but not for long."""
        self.host.shut_down()
        try:
            await asyncio.wait_for(self.host.empty.wait(), self.patience)
        except asyncio.TimeoutError:
            self._cut()
        if self.host.tasks:
            _, left = await asyncio.wait(self.host.tasks, timeout=HURRY)
            await self._give_up(left)

    async def _give_up(self, left: set[asyncio.Task[None]]) -> None:
        """Ends what goes on all the same: writing to a client that does not read, closing waits for it too."""
        for connection in tuple(self.host.connections):
            connection.transport.abort()
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=HURRY)

    def _cut(self) -> None:
        for task in self.host.tasks:
            task.cancel()
        for connection in self.host.connections:
            connection.transport.close()
        self.host.empty.set()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Stops when a signal says so; only the main thread of a process hears them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def told(number: int, _: object) -> None:
            self.loop.call_soon_threadsafe(self.stop, HURRY if number == signal.SIGINT else DRAIN)

        kept = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in kept.items():
                # Who says it a second time gets no other end than this.
                signal.signal(number, signal.SIG_IGN if self.told.is_set() else handler)


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Runs it in the quickest event loop there is."""
    try:
        import uvloop
    except ImportError:  # pragma: no cover (none for this platform)
        asyncio.run(work)
    else:
        uvloop.run(work)


def _roomy(work: Callable[[Any], None], argument: Any) -> None:
    work(argument)


# Python keeps the frames of calls in chunks of 16 kB, and takes and gives back a chunk each time calls cross its edge
# (3.11 and later): where that happens within each request, all takes up to three times as long. A frame that claims
# this much room is given a chunk with more than enough left for all calls below it.
_roomy.__code__ = _roomy.__code__.replace(co_stacksize=7500)
