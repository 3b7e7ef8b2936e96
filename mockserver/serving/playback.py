"""A delivery played to a client in the same process: its parts, its pauses, and the errors a lost connection means."""

from __future__ import annotations

import time
from array import array
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from types import coroutine
from typing import Any

from mockserver.serving.sending import Cut, Data, Head, Sent, Step, encode_headers, send
from mockserver.serving.service import Exchange

# Before there is one.
NO_HEAD = Head(0, ())


# Handed to the client: a pause in seconds, or a step of the delivery.
Handed = float | Head | Data


@coroutine
def hand_over(what: Handed) -> Generator[Handed, None, None]:
    """Suspend the sender until the client asks for more."""
    yield what


class Playback:
    """An answer on its way to the httpx or httpx2 client that sent ``request``.

    It is sent as over a connection, but the client pulls: after each step the sender is suspended until the client asks
    for more. Pauses are slept, but a silence longer than the client's read timeout ends at once in that timeout: there
    is nothing to wait for.
    """

    def __init__(self, exchange: Exchange, request: Any, library: Any) -> None:
        self.exchange = exchange
        self.request = request
        self.library = library
        self._sender: Iterator[Handed] = send(exchange.delivery, self._write, self._sleep).__await__()
        self._patience: float | None = (request.extensions.get("timeout") or {}).get("read")
        self._silence = 0.0
        self._bytes = 0
        self._events = 0
        self._first: float | None = None
        self._times = array("d")
        self._head = NO_HEAD
        self._is_finished = False
        # Whether all that the client may expect has come, though it may not know yet.
        delivery = exchange.delivery
        self._is_complete = delivery.end == "close" and not delivery.pieces and delivery.source is None
        self._number = exchange.begin()

    def respond(self) -> Any:
        """The response for a sync client, of which the body is still to be read.

        Raises:
            ReadTimeout, RemoteProtocolError: of the client's library; no answer will come.
        """
        self.take()
        return self._response(_streams(self.library)[0](self))

    async def respond_async(self) -> Any:
        """The response for an async client, under asyncio or trio; otherwise as ``respond``."""
        await self.take_async()
        return self._response(_streams(self.library)[1](self))

    def take(self) -> Head | Data | None:
        """The next step of the delivery, when its time has come; None at the end."""
        with self._finish_on_error():
            for handed in self._sender:
                if not isinstance(handed, float):
                    return handed
                time.sleep(handed)
        self.finish(hung_up=False)
        return None

    async def take_async(self) -> Head | Data | None:
        """As ``take``, under asyncio or trio."""
        from anyio import sleep  # comes with the async clients

        with self._finish_on_error():
            for handed in self._sender:
                if not isinstance(handed, float):
                    return handed
                await sleep(handed)
        self.finish(hung_up=False)
        return None

    def finish(self, *, hung_up: bool) -> None:
        """Have it recorded how it ended; only the first time."""
        if not self._is_finished:
            self._is_finished = True
            # A client that stops reading behind the last part has missed nothing.
            is_cut = hung_up and not self._is_complete
            self.exchange.finish(Sent(self._events, is_cut, self._first, self._times), self._number)

    @contextmanager
    def _finish_on_error(self) -> Iterator[None]:
        """Whatever is raised inside means that the client goes away."""
        try:
            yield
        except BaseException:
            self.finish(hung_up=True)
            raise

    async def _write(self, step: Step) -> None:
        """Hand a step to the client; where the connection fails, raise the error of its library."""
        if isinstance(step, Cut):
            self.finish(hung_up=False)
            raise self.library.RemoteProtocolError(self._describe_cut(), request=self.request)
        if isinstance(step, Data):
            self._count(step)
        else:
            self._head = step
        await hand_over(step)

    async def _sleep(self, seconds: float | None) -> bool:
        """Hand a pause to the client, unless it would not wait so long."""
        self._silence += float("inf") if seconds is None else seconds
        if seconds is None or (self._patience is not None and self._silence > self._patience):
            raise self.library.ReadTimeout("The read operation timed out", request=self.request)
        await hand_over(float(seconds))
        return False

    def _count(self, part: Data) -> None:
        self._times.append(self.exchange.now())
        if part.data:
            self._silence = 0.0
            self._first = self._times[-1] if self._first is None else self._first
        self._bytes += len(part.data)
        self._events += part.events
        self._is_complete = not part.more

    def _describe_cut(self) -> str:
        if self._head is NO_HEAD:
            return "Server disconnected without sending a response."
        promised = dict(self._head.headers).get("content-length")
        how = f"received {self._bytes} bytes, expected {int(promised)}" if promised else "incomplete chunked read"
        return f"peer closed connection without sending complete message body ({how})"

    def _response(self, stream: Any) -> Any:
        headers = encode_headers(self._head.headers)
        if b"content-length" not in dict(headers):
            headers.append((b"transfer-encoding", b"chunked"))
        return self.library.Response(self._head.status, headers=headers, stream=stream, request=self.request)


@cache
def _streams(library: Any) -> tuple[Any, Any]:
    """The two kinds of stream; clients insist on the classes of their own library."""

    class Stream(library.SyncByteStream):  # type: ignore[misc]  # known only at run time
        def __init__(self, playback: Playback) -> None:
            self.playback = playback

        def __iter__(self) -> Iterator[bytes]:
            try:
                while isinstance(part := self.playback.take(), Data):
                    yield part.data
            finally:
                self.close()

        def close(self) -> None:
            self.playback.finish(hung_up=True)

    class AsyncStream(library.AsyncByteStream):  # type: ignore[misc]  # known only at run time
        def __init__(self, playback: Playback) -> None:
            self.playback = playback

        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                while isinstance(part := await self.playback.take_async(), Data):
                    yield part.data
            finally:
                self.playback.finish(hung_up=True)

        async def aclose(self) -> None:
            self.playback.finish(hung_up=True)

    return Stream, AsyncStream
