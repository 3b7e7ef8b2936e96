"""The mock without a socket: a transport for the clients of httpx and httpx2, sync and async.

It plays deliveries itself, so this package and ``app`` are the two that sleep, and only as long as a pace asks for.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver import journey
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.serving import assembly, inspection
from mockserver.serving.app import call_of, encode_headers
from mockserver.serving.playing import Played, async_stream, sync_stream

if TYPE_CHECKING:
    import httpx
    import httpx2
    from typing_extensions import Unpack

    from mockserver.records.delivery import Delivery
    from mockserver.records.settings import SettingWords
    from mockserver.testing import MockSession

    # The clients of both libraries take it; neither need be installed.
    class Transport(  # type: ignore[misc]  # one request is not the other's, and both are answered
        httpx.BaseTransport, httpx.AsyncBaseTransport, httpx2.BaseTransport, httpx2.AsyncBaseTransport
    ): ...

else:
    Transport = object

LOGGER = logging.getLogger("mockserver")


class MockTransport(Transport):
    """Answers the requests of a client as a server would, in the client's own process and thread.

        client = anthropic.Anthropic(api_key="any", http_client=httpx2.Client(transport=asgi_transport()))

    Pauses are slept; a silence longer than the client's read timeout ends at once in that timeout, since there is
    nothing to wait for. Several clients and threads may share it.

    Args:
        mock: the parts of a server.
    """

    def __init__(self, mock: Parts) -> None:
        self.mock = mock
        self._control = inspection.control(mock)

    def session(self, api_key: str, *folders: Path) -> MockSession:
        """The session of clients that use this key: to script it and to look at what came.

        Args:
            api_key: the key.
            folders: where ``load`` looks for fixtures with a relative path.
        """
        from mockserver.testing import MockSession

        return MockSession(self.mock, api_key, folders=folders)

    def handle_request(self, request: Any) -> Any:
        """Answers a request of a sync client."""
        played = self._answered(request, request.read())
        with played.watched():
            if wait := played.begin():
                time.sleep(wait)
        return _response(played, sync_stream(played))

    async def handle_async_request(self, request: Any) -> Any:
        """Answers a request of an async client, under asyncio or trio."""
        played = self._answered(request, await request.aread())
        with played.watched():
            if wait := played.begin():
                from anyio import sleep

                await sleep(wait)
        return _response(played, async_stream(played))

    def close(self) -> None:
        """Does nothing: no connection is held."""

    async def aclose(self) -> None:
        """Does nothing: no connection is held."""

    def __enter__(self) -> MockTransport:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    async def __aenter__(self) -> MockTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    def _answered(self, request: Any, body: bytes) -> Played:
        delivery, finish = self._answer(_call(request, body))
        return Played(delivery, finish, request, _library(request))

    def _answer(self, call: Call) -> tuple[Delivery, Callable[[int, bool, float], None]]:
        if call.path.startswith("/_mock/"):
            return self._control.handle(call), lambda *_: None
        try:
            answered = journey.answer(call, self.mock)
        except Exception:  # ours to mend: an SDK would take the exception for a lost connection, and try again
            LOGGER.exception("%s %s failed inside the mock server", call.method, call.path)
            answered = journey.fail(call, self.mock)
        answered.begin()
        return answered.delivery, answered.finish


def asgi_transport(*fixtures: str | Path, **settings: Unpack[SettingWords]) -> MockTransport:
    """A mock server without a socket: ``Anthropic(http_client=httpx2.Client(transport=asgi_transport()))``.

    Args:
        fixtures: scenario files or folders.
        settings: further fields of ``Settings`` (``profile``, ``unmatched``, ``seed`` ...).

    Raises:
        ScenarioError: the fixtures hold mistakes.
        TypeError, ValueError: a setting has no such value.
    """
    return MockTransport(assembly.build(Settings(fixtures=tuple(map(str, fixtures)), **settings)))


def _call(request: Any, body: bytes) -> Call:
    headers = [(name.lower(), value) for name, value in request.headers.raw]
    return call_of(request.method, request.url.path, request.url.query, headers, body)


def _library(request: Any) -> Any:
    """The library a request comes from, also when its class was derived from the library's."""
    modules = (sys.modules[kind.__module__.partition(".")[0]] for kind in type(request).__mro__)
    return next(module for module in modules if hasattr(module, "SyncByteStream"))


def _response(played: Played, stream: Any) -> Any:
    headers = encode_headers(played.delivery.headers)
    if b"content-length" not in dict(headers):
        headers.append((b"transfer-encoding", b"chunked"))
    return played.library.Response(played.delivery.status, headers=headers, stream=stream, request=played.request)
