"""A delivery played to a client in the same process: its parts, its pauses, and the errors a lost connection means."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from mockserver.serving.sending import Cut, Data, Head, Sent, Step, Wait, encode_headers, steps
from mockserver.serving.service import Exchange

# Before there is one.
NO_HEAD = Head(0, ())


class Playback:
    """An answer on its way to the httpx or httpx2 client that sent ``request``.

    It takes the same steps as over a connection. Pauses are slept, but a silence longer than the client's read timeout
    ends at once in that timeout: there is nothing to wait for.
    """

    def __init__(self, exchange: Exchange, request: Any, library: Any) -> None:
        self.exchange = exchange
        self.request = request
        self.library = library
        self._steps = self._checked_steps()
        self._patience: float | None = (request.extensions.get("timeout") or {}).get("read")
        self._silence = 0.0
        self._bytes = 0
        self._events = 0
        self._head = NO_HEAD
        self._is_finished = False
        # Whether all that the client may expect has come, though it may not know yet.
        self._is_complete = exchange.delivery.end == "close" and not exchange.delivery.pieces
        exchange.begin()

    def respond(self) -> Any:
        """The response for a sync client, of which the body is still to be read.

        Raises:
            ReadTimeout, RemoteProtocolError: of the client's library; no answer will come.
        """
        with self._finish_on_error():
            for step in self._steps:
                if not isinstance(step, Wait):
                    break
                time.sleep(step.seconds or 0)
        return self._response(_streams(self.library)[0](self))

    async def respond_async(self) -> Any:
        """The response for an async client, under asyncio or trio; otherwise as ``respond``."""
        with self._finish_on_error():
            for step in self._steps:
                if not isinstance(step, Wait):
                    break
                await _sleep(step)
        return self._response(_streams(self.library)[1](self))

    def parts(self) -> Iterator[bytes]:
        """The body, at its pace."""
        with self._finish_on_error():
            for step in self._steps:
                if isinstance(step, Wait):
                    time.sleep(step.seconds or 0)
                elif isinstance(step, Data) and step.data:
                    yield step.data

    async def async_parts(self) -> AsyncIterator[bytes]:
        """The body, at its pace, under asyncio or trio."""
        with self._finish_on_error():
            for step in self._steps:
                if isinstance(step, Wait):
                    await _sleep(step)
                elif isinstance(step, Data) and step.data:
                    yield step.data

    def finish(self, *, hung_up: bool) -> None:
        """Have it recorded how it ended; only the first time."""
        if not self._is_finished:
            self._is_finished = True
            # A client that stops reading behind the last part has missed nothing.
            self.exchange.finish(Sent(self._events, hung_up=hung_up and not self._is_complete))

    @contextmanager
    def _finish_on_error(self) -> Iterator[None]:
        """Whatever is raised inside means that the client goes away."""
        try:
            yield
        except BaseException:
            self.finish(hung_up=True)
            raise

    def _checked_steps(self) -> Iterator[Step]:
        """The steps that can be taken; where the connection fails, the error of the client's library."""
        for step in steps(self.exchange.delivery):
            if isinstance(step, Wait):
                self._check_patience(step)
            elif isinstance(step, Cut):
                self.finish(hung_up=False)
                raise self.library.RemoteProtocolError(self._describe_cut(), request=self.request)
            elif isinstance(step, Data):
                self._count(step)
            else:
                self._head = step
            yield step
        self.finish(hung_up=False)

    def _check_patience(self, wait: Wait) -> None:
        self._silence += float("inf") if wait.seconds is None else wait.seconds
        if wait.seconds is None or (self._patience is not None and self._silence > self._patience):
            raise self.library.ReadTimeout("The read operation timed out", request=self.request)

    def _count(self, part: Data) -> None:
        if part.data:
            self._silence = 0.0
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


async def _sleep(wait: Wait) -> None:
    from anyio import sleep  # comes with the async clients

    await sleep(wait.seconds or 0)


@cache
def _streams(library: Any) -> tuple[Any, Any]:
    """The two kinds of stream; clients insist on the classes of their own library."""

    class Stream(library.SyncByteStream):  # type: ignore[misc]  # known only at run time
        def __init__(self, playback: Playback) -> None:
            self.playback = playback

        def __iter__(self) -> Iterator[bytes]:
            return self.playback.parts()

        def close(self) -> None:
            self.playback.finish(hung_up=True)

    class AsyncStream(library.AsyncByteStream):  # type: ignore[misc]  # known only at run time
        def __init__(self, playback: Playback) -> None:
            self.playback = playback

        def __aiter__(self) -> AsyncIterator[bytes]:
            return self.playback.async_parts()

        async def aclose(self) -> None:
            self.playback.finish(hung_up=True)

    return Stream, AsyncStream
