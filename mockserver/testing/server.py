"""A mock server in a thread, for tests and for any other program."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from socket import socket
from types import TracebackType
from typing import TYPE_CHECKING

from mockserver.records.settings import make_settings
from mockserver.serving.app import MockApp
from mockserver.serving.reach import protect
from mockserver.serving.server import BackgroundServer
from mockserver.serving.tls import make_tls
from mockserver.testing.environment import name_openai_url
from mockserver.testing.transport import MockTransport

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from mockserver.endpoints.parts import Parts
    from mockserver.records.settings import SettingWords
    from mockserver.serving.service import Log
    from mockserver.testing.cassette_words import CassetteWords
    from mockserver.testing.cassettes import MockCassette
    from mockserver.testing.clock import MockClock
    from mockserver.testing.server_scripts import ServerScripts
    from mockserver.testing.session import MockSession


class MockServer:
    """A mock server in a thread of its own, for tests and for any other program.

        with MockServer("weather.yaml") as server:
            client = anthropic.Anthropic(base_url=server.url, api_key="any")

    ``async with`` does the same. Without either, ``start`` and ``stop``, which do nothing when that is done already. A
    server may be started again: it keeps its sessions, and gets a new port unless one was given. With a ``store`` on
    disk it holds the folder from the beginning until it is stopped, and cannot be asked until it starts again.

    Args:
        fixtures: scenario files or folders.
        host: the address to listen on. When other machines can reach it, the control interface asks for
            ``control_token``.
        port: the port; 0 picks a free one.
        log: called with one line a request.
        config: a config file whose options hold where no argument says otherwise; True for the nearest one, from the
            working directory upwards. Host and port are arguments alone. None: no file.
        settings: further fields of ``Settings`` (``profile``, ``unmatched``, ``seed``, ``store`` ...).

    Raises:
        ScenarioError: the fixtures or the config file hold mistakes.
        StoreError: the folder of the store cannot be used.
        RecordingError: nothing can be recorded as ``record`` says, or there is nothing to replay; a ValueError.
        TypeError, ValueError: a setting has no such value.
        OSError: the address is taken (when it starts).
    """

    def __init__(
        self,
        *fixtures: str | Path,
        host: str = "127.0.0.1",
        port: int = 0,
        log: Log | None = None,
        config: str | Path | bool | None = None,
        **settings: Unpack[SettingWords],
    ) -> None:
        paths, words = tuple(map(str, fixtures)), dict(settings)
        if config:
            from mockserver.config.applying import apply

            paths, words = apply(config, paths, words)
        self.settings = protect(make_settings(paths, words), host)
        app = self._make_app(log)
        # The certificate of a server that speaks https.
        self.tls = make_tls(self.settings)
        self._server = BackgroundServer(app, host, port, self.tls)
        self.mock: Parts = app.mock
        self._cassettes: list[MockCassette] = []

    def __repr__(self) -> str:
        return f"<MockServer {self.url if self._server.is_running else 'not running'}>"

    @property
    def url(self) -> str:
        """The address clients use; "" before the first start."""
        return self._server.url

    @property
    def openai_url(self) -> str:
        """The base URL of clients that use the chat wire: ``openai.OpenAI(base_url=server.openai_url)``."""
        return name_openai_url(self.url)

    @property
    def control_token(self) -> str:
        """The token that the control interface asks for over a socket; "" when it asks for none.

        It is that of the settings. Without one there, a server that other machines can reach makes one up, unless
        ``no_control_token`` is set. Methods of this class need none.
        """
        return self.settings.control_token

    @property
    def transport(self) -> MockTransport:
        """The way to this server without a socket, for clients of httpx and httpx2; works also while it is stopped."""
        return MockTransport(self.mock)

    def start(self, listener: socket | None = None) -> MockServer:
        """Starts listening; returns once requests are answered.

        Args:
            listener: a listening socket to serve, and to close in the end, in place of one of the server's own.

        Raises:
            OSError: the address is taken.
            StoreError: another server has taken the folder of the store meanwhile.
        """
        self.mock.store.open()
        try:
            self._server.start(listener)
        except BaseException:
            self.mock.store.close()
            raise
        return self

    def stop(self) -> None:
        """Stops listening and waits for the thread to end; answers under way are cut. A folder is let go."""
        self._server.stop()
        for cassette in self._cassettes:
            cassette.save()
        self.mock.store.close()

    def session(self, api_key: str, *folders: Path) -> MockSession:
        """The session of clients that use this key: to script it and to look at what came.

        Args:
            api_key: the key.
            folders: where ``load`` looks for fixtures with a relative path.
        """
        from mockserver.testing.session import MockSession

        return MockSession(self.mock, api_key, lambda: self.url, folders, transport=self.transport)

    @cached_property
    def scripts(self) -> ServerScripts:
        """Scripts for all sessions: ``server.scripts.when(user="weather").reply("Sunny.")``."""
        from mockserver.testing.server_scripts import ServerScripts

        return ServerScripts(self.mock)

    def cassette(self, path: str | Path, **words: Unpack[CassetteWords]) -> MockCassette:
        """Replay a cassette for all sessions, or record one of those that have none of their own: as
        ``MockSession.cassette``. A relative path starts at the current directory. What was recorded is written at the
        end of the ``with``, else by ``stop``.

        Raises:
            RecordingError: there is nothing to replay and nothing may be recorded, or there is no key for the upstream.
            ScenarioError: the file holds mistakes.
            ValueError: a word has no such value.
        """
        from mockserver.testing.cassettes import open_cassette

        found = open_cassette(self.mock, None, Path(path), **words)
        self._cassettes.append(found)
        return found

    @property
    def clock(self) -> MockClock:
        """The clock of all sessions that have none of their own, which can be moved; ``reset`` puts it right."""
        from mockserver.testing.clock import MockClock

        return MockClock(self.mock)

    def reset(self, session: str | None = None) -> None:
        """Forgets everything that happened in one session, or in all, with the scripts for all. Cassettes of all
        sessions begin again.
        """
        self.mock.store.reset(session)
        if session is None:
            self.mock.compiler.functions.clear()
            for cassette in self._cassettes:
                cassette.begin()
        else:
            self.mock.compiler.functions.forget(session)

    def _make_app(self, log: Log | None) -> MockApp:
        return MockApp(self.settings, log=log)

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
