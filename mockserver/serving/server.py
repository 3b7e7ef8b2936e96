"""A running server: for the command line in the main thread, for tests in a thread of its own."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from mockserver.records.settings import Settings
from mockserver.serving.app import Log, MockApp
from mockserver.serving.runner import Runner

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from mockserver.endpoints.parts import Parts
    from mockserver.records.settings import SettingWords
    from mockserver.serving.transport import MockTransport
    from mockserver.testing import MockSession


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one.

    Raises:
        OSError: the address is taken or is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """The address clients use."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class MockServer:
    """A mock server in a thread of its own, for tests and for any other program.

        with MockServer("weather.yaml") as server:
            client = anthropic.Anthropic(base_url=server.url, api_key="any")

    ``async with`` does the same. Without either, ``start`` and ``stop``, which do nothing when that is done already. A
    server may be started again: it keeps its sessions, and gets a new port unless one was given.

    Args:
        fixtures: scenario files or folders.
        host: the address to listen on.
        port: the port; 0 picks a free one.
        log: called with one line a request.
        settings: further fields of ``Settings`` (``profile``, ``unmatched``, ``seed`` ...).

    Raises:
        ScenarioError: the fixtures hold mistakes.
        TypeError, ValueError: a setting has no such value.
        OSError: the address is taken (when it starts).
    """

    def __init__(
        self,
        *fixtures: str | Path,
        host: str = "127.0.0.1",
        port: int = 0,
        log: Log | None = None,
        **settings: Unpack[SettingWords],
    ) -> None:
        self.settings = Settings(fixtures=tuple(map(str, fixtures)), **settings)
        self._app = MockApp(self.settings, log=log)
        self._address = (host, port)
        self._running: tuple[Runner, threading.Thread] | None = None
        self.url = ""

    def __repr__(self) -> str:
        return f"<MockServer {self.url if self._running else 'not running'}>"

    @property
    def mock(self) -> Parts:
        """What the server is made of; its ``store`` holds the sessions, its ``journal`` shows what came."""
        return self._app.mock

    @property
    def transport(self) -> MockTransport:
        """The way to this server without a socket, for clients of httpx and httpx2; works also while it is stopped."""
        from mockserver.serving.transport import MockTransport

        return MockTransport(self.mock)

    def start(self) -> MockServer:
        """Starts listening; returns once requests are answered.

        Raises:
            OSError: the address is taken.
        """
        if self._running is not None:
            return self
        listener = bind(*self._address)
        started = threading.Event()
        failures: list[BaseException] = []
        runner = Runner(self._app, on_start=started.set)

        def serve() -> None:
            try:
                runner.run(listener)
            except BaseException as error:
                failures.append(error)
            finally:
                listener.close()
                started.set()

        thread = threading.Thread(target=serve, name="mockserver", daemon=True)
        url = url_of(listener)
        thread.start()
        started.wait()
        if not runner.started:
            thread.join()
            raise RuntimeError("the mock server could not start") from next(iter(failures), None)
        self._running, self.url = (runner, thread), url
        return self

    def stop(self) -> None:
        """Stops listening and waits for the thread to end; answers under way are cut."""
        if self._running is not None:
            runner, thread = self._running
            self._running = None
            runner.hurry()
            thread.join()

    def session(self, api_key: str, *folders: Path) -> MockSession:
        """The session of clients that use this key: to script it and to look at what came.

        Args:
            api_key: the key.
            folders: where ``load`` looks for fixtures with a relative path.
        """
        from mockserver.testing import MockSession

        return MockSession(self.mock, api_key, self.url, folders)

    def reset(self, session: str | None = None) -> None:
        """Forgets everything that happened, in one session or in all."""
        self.mock.store.reset(session)

    def __enter__(self) -> MockServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> MockServer:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Clients in this event loop may have to close their connections meanwhile.
        from anyio import to_thread

        await to_thread.run_sync(self.stop)
