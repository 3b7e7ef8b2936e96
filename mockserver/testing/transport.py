"""The mock without a socket, for tests: its transport, and the sessions behind it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.endpoints.batches.resuming import resume
from mockserver.records.settings import make_settings
from mockserver.serving import assembly
from mockserver.serving.storing import make_keeper
from mockserver.serving.transport import ServiceTransport

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from mockserver.endpoints.parts import Parts
    from mockserver.records.settings import SettingWords
    from mockserver.serving.storing import StoreKeeper
    from mockserver.testing.server_scripts import ServerScripts
    from mockserver.testing.session import MockSession


class MockTransport(ServiceTransport):
    """Answers the requests of a client as a server would, in the client's own process and thread.

        client = anthropic.Anthropic(api_key="any", http_client=httpx2.Client(transport=asgi_transport()))

    Pauses are slept; a silence longer than the client's read timeout ends at once in that timeout, since there is
    nothing to wait for. Several clients and threads may share it.

    Args:
        mock: the parts of a server.
        keeper: holds the store from each request on until this is closed; None: a server does.
    """

    def __init__(self, mock: Parts, *, keeper: StoreKeeper | None = None) -> None:
        super().__init__(mock)
        self._keeper = keeper

    def handle_request(self, request: Any) -> Any:
        """Answers a request of a sync client."""
        self._hold()
        return super().handle_request(request)

    async def handle_async_request(self, request: Any) -> Any:
        """Answers a request of an async client, under asyncio or trio."""
        self._hold()
        return await super().handle_async_request(request)

    def close(self) -> None:
        """Let go of the folder of the store, if there is one, and wait for what is still to be recorded.

        Clients do this when they are closed.
        """
        self.mock.recorders.queue.close()
        if self._keeper is not None:
            self._keeper.close()

    async def aclose(self) -> None:
        """The same for async clients."""
        self.close()

    def _hold(self) -> None:
        if self._keeper is not None:
            self._keeper.open()

    def session(self, api_key: str, *folders: Path) -> MockSession:
        """The session of clients that use this key: to script it and to look at what came.

        Args:
            api_key: the key.
            folders: where ``load`` looks for fixtures with a relative path.
        """
        from mockserver.testing.session import MockSession

        return MockSession(self.mock, api_key, folders=folders, transport=self)

    @cached_property
    def scripts(self) -> ServerScripts:
        """Scripts for all sessions: ``transport.scripts.when(user="weather").reply("Sunny.")``."""
        from mockserver.testing.server_scripts import ServerScripts

        return ServerScripts(self.mock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()


def asgi_transport(*fixtures: str | Path, **settings: Unpack[SettingWords]) -> MockTransport:
    """A mock server without a socket: ``Anthropic(http_client=httpx2.Client(transport=asgi_transport()))``.

    Args:
        fixtures: scenario files or folders.
        settings: further fields of ``Settings`` (``profile``, ``unmatched``, ``seed`` ...). With a ``store`` on disk
            close the client, or the transport, to let go of the folder. Batches that a killed server left there
            unfinished are finished first.

    Raises:
        ScenarioError: the fixtures hold mistakes.
        StoreError: the folder of the store cannot be used.
    """
    mock = assembly.build(make_settings(tuple(map(str, fixtures)), settings))
    keeper = make_keeper(mock)
    resume(mock)
    return MockTransport(mock, keeper=keeper)
