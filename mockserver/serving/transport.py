"""The mock without a socket: a transport for the clients of httpx and httpx2, sync and async."""

from __future__ import annotations

import sys
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.serving.heavy import is_heavy
from mockserver.serving.playback import Playback
from mockserver.serving.requests import Received, make_call
from mockserver.serving.service import Exchange, Service
from mockserver.serving.waiting import answer_beside_loop, answer_here, answer_in_thread, answer_later

if TYPE_CHECKING:
    import httpx
    import httpx2

    from mockserver.serving.forwarding.direct import DirectForwarder

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
        call = self._make_call(request, request.read())
        answer = partial(self._service.answer, call)
        exchange = answer()
        if exchange.wait:
            exchange = answer_in_thread(answer, self.mock.store.journal)
        if exchange.later is not None:
            exchange = exchange.later()
        if exchange.forward is not None:
            answered = self._forwarder.forward(exchange.forward, request, call, _library_of(request))
            if not isinstance(answered, Exchange):
                return answered.respond()
            exchange = answered
        return Playback(exchange, request, _library_of(request)).respond()

    async def handle_async_request(self, request: Any) -> Any:
        """Answers a request of an async client, under asyncio or trio."""
        call = self._make_call(request, await request.aread())
        if is_heavy(call):
            exchange = await answer_beside_loop(partial(self._service.answer, call), self.mock.store.journal)
        else:
            exchange = await answer_here(self._service.answer, call, self.mock.store.runner)
        if exchange.later is not None:
            exchange = await answer_later(exchange.later)
        if exchange.forward is not None:
            answered = await self._forwarder.forward_async(exchange.forward, request, call, _library_of(request))
            if not isinstance(answered, Exchange):
                return answered.respond_async()
            exchange = answered
        return await Playback(exchange, request, _library_of(request)).respond_async()

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

    @cached_property
    def _forwarder(self) -> DirectForwarder:
        from mockserver.serving.forwarding.direct import DirectForwarder  # only for those who record

        return DirectForwarder(self.mock)

    def _make_call(self, request: Any, data: bytes) -> Call:
        headers = [(name.lower(), value) for name, value in request.headers.raw]
        url, at = request.url, self.mock.clock.now()
        body = Received(data)
        return make_call(request.method, url.path, url.query, headers, body, at, in_process=True, scheme=url.scheme)


def _library_of(request: Any) -> Any:
    """The library a request comes from, also when its class was derived from the library's."""
    modules = (sys.modules[kind.__module__.partition(".")[0]] for kind in type(request).__mro__)
    return next(module for module in modules if hasattr(module, "SyncByteStream"))
