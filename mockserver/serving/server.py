"""A running server: uvicorn by its public interface, in the main thread or in one of its own."""

from __future__ import annotations

import asyncio
import errno
import logging
import math
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import uvicorn

from mockserver.recordings.errors import RecordingError
from mockserver.recordings.keeping import PATIENCE
from mockserver.serving.app import MockApp
from mockserver.serving.connection import abort_all, abort_closing, close_all
from mockserver.serving.preloading import preload
from mockserver.serving.protocol import GuardedProtocol
from mockserver.serving.recording import check_address
from mockserver.serving.tls import Tls

LOGGER = logging.getLogger("mockserver")
# Seconds that answers under way may take when the server is asked to stop. Containers are killed after ten.
DRAIN = 8.0
HURRY = 0.2
# Seconds after these in which a server ends that is not held up; with them and DRAIN it ends before it would be killed.
LATE = 0.8
# Seconds for which a client is waited for that does not answer the end of TLS: one that is idle reads nothing.
GOODBYE = 0.05
# Seconds between two looks at what is still under way while the server stops.
LOOK = 0.005
# Seconds until a connection is closed on which nothing comes: as long as a developer may stop at a breakpoint.
IDLE = 75
# Connections that wait to be accepted.
BACKLOG = 2048


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one.

    Raises:
        OSError: the address is taken or is none of this machine's; or it is empty, which would stand for all of them.
    """
    if not host:
        raise OSError(errno.EADDRNOTAVAIL, "expected an address, got an empty text; 0.0.0.0 stands for all of them")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket, tls: Tls | None = None) -> str:
    """The address that clients on this machine use; of a server that listens everywhere, the loopback one.

    With TLS a name of this machine that the certificate holds, if it holds one.
    """
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    if tls is not None:
        host = tls.choose_name(host)
    scheme = "http" if tls is None else "https"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


class UvicornServer(uvicorn.Server):
    """uvicorn, serving the application on one socket. It drains on SIGTERM and hurries on SIGINT."""

    def __init__(self, app: MockApp, on_start: Callable[[], None], tls: Tls | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=GuardedProtocol,
                ws="none",
                lifespan="on",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=IDLE,
                workers=1,
                backlog=BACKLOG,
            )
        )
        _quiet_uvicorn()
        preload()
        self._app, self._on_start, self._tls = app, on_start, tls
        self._stopping = asyncio.Event()
        self._deadline = math.inf
        # When the process ends whatever is being computed; known once a signal came.
        self._end = math.inf

    def serve_on(self, listener: socket.socket) -> None:
        """Serve until told to stop."""
        self.run([listener])

    def hurry(self) -> None:
        """Stop now: answers under way are cut. For any thread."""
        with suppress(RuntimeError):  # it stopped already
            self._loop.call_soon_threadsafe(self.stop, HURRY)

    def stop(self, patience: float) -> None:
        """Stop, and give answers under way so many seconds. The shortest of several patiences holds."""
        self._stop_by(time.monotonic() + patience)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        if self._tls is not None:
            # uvicorn could read the files itself, but would ask at the terminal for a password.
            self.config.ssl = self._tls.make_context(getattr(self.config.app, "https_notice", None))
        await super().startup(sockets)
        self._on_start()

    async def main_loop(self) -> None:
        """Wait until told to stop; renew the date of answers meanwhile."""
        while not await self.on_tick(0):
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections, each after the answer under way; in the end whatever is still under way."""
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        self._app.begin_drain()
        state = self.server_state
        for force in (close_all, abort_all):
            if await self._wait_for_quiet():
                break
            force(state.connections)
            self._deadline = time.monotonic() + HURRY
        if not await self._wait_for_quiet():
            for task in tuple(state.tasks):
                task.cancel()
        await self.lifespan.shutdown()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  uvicorn's signature
        """Stop at a signal: at once when a person asks, else once answers under way have left."""
        deadline = time.monotonic() + (HURRY if sig == signal.SIGINT else DRAIN)
        self._loop.call_soon_threadsafe(self._stop_by, deadline)
        is_first, self._end = self._end == math.inf, min(self._end, deadline + LATE)
        if is_first:
            threading.Thread(target=self._end_late_process, name="mockserver-end", daemon=True).start()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stops when a signal says so; only the main thread of a process gets them."""
        self._loop = asyncio.get_running_loop()
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        earlier = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in earlier.items():
                # A signal that comes a second time shall not change how the process ends.
                signal.signal(number, signal.SIG_IGN if self._stopping.is_set() else handler)

    def _stop_by(self, deadline: float) -> None:
        """Stop; answers under way have until then, in monotonic time, or until an earlier deadline given before."""
        self._deadline = min(self._deadline, deadline)
        self.should_exit = True
        self._stopping.set()

    def _end_late_process(self) -> None:
        """End the process once it is late.

        The event loop hears of a signal between two things it does, and a thread that reads fixtures is waited for.
        What is still being recorded has more time.
        """
        queue = self._app.mock.recorders.queue
        while (late := time.monotonic() - self._end) < 0 or (queue.is_busy and late < PATIENCE):
            time.sleep(LATE / 10)
        if queue.is_busy:
            LOGGER.warning("stopped while something was being recorded: the last exchanges are not written")
        os._exit(0)

    async def _wait_for_quiet(self) -> bool:
        """Waits until nothing is under way, at most until the deadline; whether that is so."""
        state, goodbye = self.server_state, time.monotonic() + GOODBYE
        while state.connections or state.tasks:
            # Each time: one that was accepted just before is made only now.
            for connection in tuple(state.connections):
                connection.shutdown()
            if time.monotonic() >= self._deadline:
                return False
            if self._tls is not None and time.monotonic() >= goodbye:
                abort_closing(state.connections)
            await asyncio.sleep(LOOK)
        return True


class BackgroundServer:
    """A server in a thread of its own.

    Args:
        app: what it serves.
        host: the address to listen on.
        port: the port; 0 picks a free one.
        tls: the certificate; None for plain http.
    """

    def __init__(self, app: MockApp, host: str, port: int, tls: Tls | None = None) -> None:
        self._app, self._tls = app, tls
        self._address = (host, port)
        self._running: tuple[UvicornServer, threading.Thread] | None = None
        self.url = ""

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped since."""
        return self._running is not None

    def start(self, listener: socket.socket | None = None) -> None:
        """Start listening; returns once requests are answered. Does nothing when it runs already.

        Args:
            listener: a listening socket to serve, and to close in the end; None binds one.

        Raises:
            OSError: the address is taken.
            RecordingError: the server would record itself.
            RuntimeError: it could not start; the reason is the cause.
        """
        if self._running is not None:
            return
        listener = listener or bind(*self._address)
        try:
            check_address(self._app.mock, *listener.getsockname()[:2])
        except RecordingError:
            listener.close()
            raise
        url = url_of(listener, self._tls)
        started = threading.Event()
        failures: list[BaseException] = []
        server = UvicornServer(self._app, started.set, self._tls)

        def serve() -> None:
            try:
                server.serve_on(listener)
            except BaseException as error:
                failures.append(error)
            finally:
                listener.close()
                started.set()

        thread = threading.Thread(target=serve, name="mockserver", daemon=True)
        thread.start()
        started.wait()
        if not server.started:
            thread.join()
            raise RuntimeError("the mock server could not start") from next(iter(failures), None)
        self._running, self.url = (server, thread), url

    def stop(self) -> None:
        """Stop listening and wait for the thread to end; answers under way are cut."""
        if self._running is not None:
            server, thread = self._running
            self._running = None
            server.hurry()
            thread.join()


def _quiet_uvicorn() -> None:
    """Lets uvicorn log errors only, unless the program has said what it wants to read."""
    logger = logging.getLogger("uvicorn")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.ERROR)
