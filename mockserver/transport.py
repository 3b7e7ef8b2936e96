"""The mock without a socket: a transport for the clients of httpx and httpx2, sync and async.

It plays deliveries itself, so this file and ``app`` are the two that sleep, and only as long as a pace asks for.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from mockserver import assembly, inspection, journey
from mockserver.call import Call
from mockserver.settings import Settings

if TYPE_CHECKING:
    from mockserver.reply import Delivery
    from mockserver.testing import MockSession

# What clients read of a connection that ends inside an answer.
CUT = "peer closed connection without sending complete message body (incomplete chunked read)"


class MockTransport:
    """Answers the requests of a client as a server would, in the client's own process.

    Args:
        mock: the parts of a server; None makes one with ``settings``.
        settings: fields of ``Settings`` (``fixtures``, ``profile``, ``unmatched`` ...).

    Raises:
        ScenarioError: the fixtures hold mistakes.
    """

    def __init__(self, mock: assembly.Mock | None = None, **settings: Any) -> None:
        self.mock = mock or assembly.build(Settings(**settings))
        self._control = inspection.control(self.mock)

    def session(self, api_key: str) -> MockSession:
        """The session of clients that use this key: to script it and to look at what came."""
        from mockserver.testing import MockSession

        return MockSession(self.mock, api_key)

    def handle_request(self, request: Any) -> Any:
        """Answers a request of a sync client."""
        call = _call(request, request.read())
        delivery, finish = self._answered(call)
        library = sys.modules[type(request).__module__.partition(".")[0]]
        _start(delivery, library, request, time.sleep)
        stream = _sync_stream(library, _pieces(delivery, library, request, finish))
        return library.Response(delivery.status, headers=_headers(delivery), stream=stream, request=request)

    async def handle_async_request(self, request: Any) -> Any:
        """Answers a request of an async client."""
        call = _call(request, await request.aread())
        delivery, finish = self._answered(call)
        library = sys.modules[type(request).__module__.partition(".")[0]]
        waits: list[float] = []
        _start(delivery, library, request, waits.append)
        await asyncio.sleep(sum(waits))
        stream = _async_stream(library, _async_pieces(delivery, library, request, finish))
        return library.Response(delivery.status, headers=_headers(delivery), stream=stream, request=request)

    def close(self) -> None:
        """Nothing is held open."""

    async def aclose(self) -> None:
        """Nothing is held open."""

    def __enter__(self) -> MockTransport:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    async def __aenter__(self) -> MockTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    def _answered(self, call: Call) -> tuple[Delivery, Any]:
        if call.path.startswith("/_mock/"):
            return self._control.handle(call), lambda *_: None
        answered = journey.answer(call, self.mock)
        return answered.delivery, answered.finish


def _call(request: Any, body: bytes) -> Call:
    headers: dict[str, str] = {}
    for name, value in request.headers.multi_items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Call(
        method=request.method,
        path=request.url.path,
        headers=headers,
        body=body,
        query=request.url.query.decode("latin-1"),
        at=time.time(),
    )


def _headers(delivery: Delivery) -> list[tuple[bytes, bytes]]:
    return list(delivery.headers)


def _start(delivery: Delivery, library: Any, request: Any, wait: Any) -> None:
    """Waits before the headers; a connection cut or silent before them gives no response at all."""
    if delivery.delay:
        wait(delivery.delay)
    if not delivery.pieces and delivery.end != "close":
        _end(delivery, library, request)


def _end(delivery: Delivery, library: Any, request: Any) -> None:
    if delivery.end == "abort":
        raise library.RemoteProtocolError(CUT, request=request)
    if delivery.end == "hang":
        # The silence would last until the client's patience ends; there is nothing to wait for.
        raise library.ReadTimeout("the read operation timed out", request=request)


def _pieces(delivery: Delivery, library: Any, request: Any, finish: Any) -> Iterator[bytes]:
    sent, hung_up = 0, True
    try:
        for piece in delivery.pieces:
            if piece.delay:
                time.sleep(piece.delay)
            sent += piece.events
            yield piece.data
        hung_up = False
        _end(delivery, library, request)
    finally:
        finish(sent, hung_up, 0.0)


async def _async_pieces(delivery: Delivery, library: Any, request: Any, finish: Any) -> AsyncIterator[bytes]:
    sent, hung_up = 0, True
    try:
        for piece in delivery.pieces:
            if piece.delay:
                await asyncio.sleep(piece.delay)
            sent += piece.events
            yield piece.data
        hung_up = False
        _end(delivery, library, request)
    finally:
        finish(sent, hung_up, 0.0)


def _sync_stream(library: Any, pieces: Iterator[bytes]) -> Any:
    class Stream(library.SyncByteStream):  # type: ignore[misc]  # the client insists on its own library's class
        def __iter__(self) -> Iterator[bytes]:
            return pieces

        def close(self) -> None:
            pieces.close()  # type: ignore[attr-defined]  # a generator

    return Stream()


def _async_stream(library: Any, pieces: AsyncIterator[bytes]) -> Any:
    class Stream(library.AsyncByteStream):  # type: ignore[misc]  # the client insists on its own library's class
        def __aiter__(self) -> AsyncIterator[bytes]:
            return pieces

        async def aclose(self) -> None:
            await pieces.aclose()  # type: ignore[attr-defined]  # a generator

    return Stream()


def asgi_transport(app: assembly.Mock | MockSession | None = None, **settings: Any) -> MockTransport:
    """A transport that answers in-process: ``Anthropic(http_client=httpx2.Client(transport=asgi_transport()))``.

    Args:
        app: what answers: the ``mock`` of a ``MockServer``, a session, or None for a mock of its own.
        settings: for a mock of its own: fields of ``Settings``.

    Raises:
        ScenarioError: the fixtures hold mistakes.
    """
    from mockserver.testing import MockSession

    if isinstance(app, MockSession):
        return app.transport
    return MockTransport(app, **settings)
