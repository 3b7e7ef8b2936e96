"""The mock without a socket: a transport for the clients of httpx and httpx2, sync and async."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from mockserver.endpoints.parts import Parts
from mockserver.serving.playback import Playback
from mockserver.serving.requests import make_call
from mockserver.serving.service import Service

if TYPE_CHECKING:
    import httpx
    import httpx2

    # The clients of both libraries take it; neither need be installed.
    class BaseTransport(  # type: ignore[misc]  # one request is not the other's, and both are answered
        httpx.BaseTransport, httpx.AsyncBaseTransport, httpx2.BaseTransport, httpx2.AsyncBaseTransport
    ): ...

else:
    BaseTransport = object


class ServiceTransport(BaseTransport):
    """Answers the requests of a client as a server would, in the client's own process and thread.

    Several clients and threads may share it.

    Args:
        mock: the parts of a server.
    """

    def __init__(self, mock: Parts) -> None:
        self.mock = mock
        self._service = Service(mock)

    def handle_request(self, request: Any) -> Any:
        """Answers a request of a sync client."""
        return self._play(request, request.read()).respond()

    async def handle_async_request(self, request: Any) -> Any:
        """Answers a request of an async client, under asyncio or trio."""
        return await self._play(request, await request.aread()).respond_async()

    def close(self) -> None:
        """Does nothing: no connection is held."""

    async def aclose(self) -> None:
        """Does nothing: no connection is held."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    def _play(self, request: Any, body: bytes) -> Playback:
        headers = [(name.lower(), value) for name, value in request.headers.raw]
        url, at = request.url, self.mock.clock.now()
        call = make_call(request.method, url.path, url.query, headers, body, at, in_process=True)
        return Playback(self._service.answer(call), request, _library_of(request))


def _library_of(request: Any) -> Any:
    """The library a request comes from, also when its class was derived from the library's."""
    modules = (sys.modules[kind.__module__.partition(".")[0]] for kind in type(request).__mro__)
    return next(module for module in modules if hasattr(module, "SyncByteStream"))
