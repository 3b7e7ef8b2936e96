"""A delivery played to a client in the same process: its pieces, its pauses, and the errors a lost connection means."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from mockserver.records.delivery import Delivery, Piece

Finish = Callable[[int, bool, float], None]


class Played:
    """A delivery on its way to the client that sent ``request``.

    Notes once, by ``finish``, how many events left, whether the client went away first, and the milliseconds it took.
    """

    def __init__(self, delivery: Delivery, finish: Finish, request: Any, library: Any) -> None:
        self.delivery = delivery
        self.request = request
        self.library = library
        self._finish = finish
        self._started = time.perf_counter()
        self._patience: float | None = (request.extensions.get("timeout") or {}).get("read")
        self._silence = 0.0
        self._left = len(delivery.pieces)
        self._events = 0
        self._bytes = 0
        self._finished = False

    def begin(self) -> float:
        """Seconds to wait before the headers.

        Raises:
            ReadTimeout, RemoteProtocolError: of the client's library; no answer will come.
        """
        wait = self.pause(self.delivery.delay)
        if not self.delivery.pieces and self.delivery.end != "close":
            self.end()
        return wait

    def pause(self, seconds: float) -> float:
        """The seconds, when the client is patient enough.

        Raises:
            ReadTimeout: of the client's library.
        """
        self._silence += seconds
        if self._patience is not None and self._silence > self._patience:
            raise self._timeout()
        return seconds

    def pieces(self) -> Iterator[bytes]:
        """The body, at its pace."""
        with self.watched():
            for piece in self.delivery.pieces:
                if piece.delay:
                    time.sleep(self.pause(piece.delay))
                if data := self._send(piece):
                    yield data
            self.end()

    async def async_pieces(self) -> AsyncIterator[bytes]:
        """The body, at its pace, under asyncio or trio."""
        with self.watched():
            for piece in self.delivery.pieces:
                if piece.delay:
                    from anyio import sleep

                    await sleep(self.pause(piece.delay))
                if data := self._send(piece):
                    yield data
            self.end()

    def _send(self, piece: Piece) -> bytes:
        if piece.data:
            self._silence = 0.0
        self._left -= 1
        self._events += piece.events
        self._bytes += len(piece.data)
        return piece.data

    def end(self) -> None:
        """The end of the connection, behind the last piece.

        Raises:
            ReadTimeout, RemoteProtocolError: of the client's library, when it is not a clean one.
        """
        if self.delivery.end == "hang":
            raise self._timeout()
        self.done(hung_up=False)
        if self.delivery.end == "abort":
            raise self.library.RemoteProtocolError(self._broken(), request=self.request)

    def done(self, *, hung_up: bool) -> None:
        """Notes how it ended; only the first time."""
        if not self._finished:
            self._finished = True
            # A client that stops reading behind the last event has missed nothing.
            hung_up = hung_up and (self._left > 0 or self.delivery.end != "close")
            self._finish(self._events, hung_up, (time.perf_counter() - self._started) * 1000)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Whatever is raised inside means that the client goes away."""
        try:
            yield
        except BaseException:
            self.done(hung_up=True)
            raise

    def _timeout(self) -> Exception:
        error: Exception = self.library.ReadTimeout("The read operation timed out", request=self.request)
        return error

    def _broken(self) -> str:
        if not self.delivery.pieces:
            return "Server disconnected without sending a response."
        promised = dict(self.delivery.headers).get("content-length")
        how = f"received {self._bytes} bytes, expected {int(promised)}" if promised else "incomplete chunked read"
        return f"peer closed connection without sending complete message body ({how})"


def sync_stream(played: Played) -> Any:
    """The body of a response, for the sync client of the library that asked."""
    return _streams(played.library)[0](played)


def async_stream(played: Played) -> Any:
    """The body of a response, for the async client of the library that asked."""
    return _streams(played.library)[1](played)


@cache
def _streams(library: Any) -> tuple[Any, Any]:
    """The two kinds of stream; clients insist on the classes of their own library."""

    class Stream(library.SyncByteStream):  # type: ignore[misc]  # known only at run time
        def __init__(self, played: Played) -> None:
            self.played = played

        def __iter__(self) -> Iterator[bytes]:
            return self.played.pieces()

        def close(self) -> None:
            self.played.done(hung_up=True)

    class AsyncStream(library.AsyncByteStream):  # type: ignore[misc]  # known only at run time
        def __init__(self, played: Played) -> None:
            self.played = played

        def __aiter__(self) -> AsyncIterator[bytes]:
            return self.played.async_pieces()

        async def aclose(self) -> None:
            self.played.done(hung_up=True)

    return Stream, AsyncStream
