"""A server where the requests with one key go to a session that changes: to the test that runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from mockserver.serving.app import MockApp
from mockserver.testing.server import MockServer

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send
    from typing_extensions import Unpack

    from mockserver.records.settings import Settings, SettingWords
    from mockserver.serving.service import Log

_KEY_HEADERS, _SESSION_HEADER = (b"x-api-key", b"authorization"), b"x-mock-session"


class Target(Struct, frozen=True):
    """Where requests go: the name of a session, and what to say there when no scenario fits."""

    session: str
    advice: str = ""


class DirectedServer(MockServer):
    """A mock server that takes requests with one key to the session which ``find_target`` names at that moment.

    Args:
        fixtures: scenario files or folders.
        key: the key.
        find_target: called in the thread of the server.
        port: the port.
        settings: further fields of ``Settings``.
    """

    def __init__(
        self,
        *fixtures: str | Path,
        key: str,
        find_target: Callable[[], Target],
        port: int,
        **settings: Unpack[SettingWords],
    ) -> None:
        self._key, self._find_target = key, find_target
        super().__init__(*fixtures, port=port, **settings)

    def _make_app(self, log: Log | None) -> MockApp:
        return DirectedApp(self.settings, log, self._key, self._find_target)


class DirectedApp(MockApp):
    """The application of a `DirectedServer`."""

    def __init__(self, settings: Settings, log: Log | None, key: str, find_target: Callable[[], Target]) -> None:
        super().__init__(settings, log=log)
        self._key, self._find_target = key.encode(), find_target

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, in the session where it belongs."""
        if scope["type"] == "http" and self._is_directed(scope["headers"]):
            target = self._find_target()
            if target.advice:
                self.mock.store.overrides.change(target.session, {"advice": target.advice})
            scope = {**scope, "headers": [*scope["headers"], (_SESSION_HEADER, target.session.encode())]}
        await super().__call__(scope, receive, send)

    def _is_directed(self, headers: list[tuple[bytes, bytes]]) -> bool:
        """Whether a request has the key, and names no session itself; one in the path takes the place of this one."""
        return any(name in _KEY_HEADERS and value.endswith(self._key) for name, value in headers) and not any(
            name == _SESSION_HEADER for name, _ in headers
        )
