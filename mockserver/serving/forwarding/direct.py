"""Forwards calls of clients without a socket: they pull the answer, so it is read from the upstream as they read."""

from __future__ import annotations

import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from functools import cache, partial
from threading import Event, Lock
from typing import Any, NoReturn

from anyio import to_thread

from mockserver.endpoints.parts import Parts
from mockserver.recordings.clients import CONNECT, READ, NoClientError, open_client
from mockserver.recordings.keeping import KeepQueue
from mockserver.records.call import Call
from mockserver.serving.forwarding.concluding import FOREIGN, fail, finish
from mockserver.serving.forwarding.failures import UpstreamFailure, describe, describe_loop
from mockserver.serving.forwarding.headers import list_servers, pass_response_headers
from mockserver.serving.forwarding.incoming import from_request
from mockserver.serving.forwarding.leading import NO_ENCODINGS, Leader, is_about_batches
from mockserver.serving.forwarding.outgoing import list_decodable, make_request, read_parts
from mockserver.serving.forwarding.passage import CUT, LEFT, Passage
from mockserver.serving.sending import encode_headers
from mockserver.serving.service import Exchange, ForwardedCall

# Instead of a part of the body: there are no more.
_END = b""


class DirectForwarder:
    """Asks upstreams with one client of httpx2, from any thread. No connection is kept that nobody would close.

    Args:
        mock: the parts of the server.
    """

    def __init__(self, mock: Parts) -> None:
        self._queue, self._now = mock.recorders.queue, mock.clock.monotonic
        self._name = secrets.token_hex(8)
        self._lock = Lock()
        self._opened: tuple[Any, Any] | None = None

    async def forward_async(
        self, forwarded: ForwardedCall, request: Any, call: Call, library: Any
    ) -> DirectAnswer | Exchange:
        """As ``forward``, in a thread, for a client under asyncio or trio that may be cancelled."""
        gone = Event()
        forward = partial(self.forward, forwarded, request, call, library, gone)
        try:
            return await to_thread.run_sync(forward, abandon_on_cancel=True)
        except BaseException:
            gone.set()
            raise

    def forward(
        self, forwarded: ForwardedCall, request: Any, call: Call, library: Any, gone: Event | None = None
    ) -> DirectAnswer | Exchange:
        """The answer of an upstream, of which the head has come; or the exchange that says why there is none.

        Args:
            forwarded: the call.
            request: the client's, of which the call was made.
            call: the call, as it was sent.
            library: the library of the client.
            gone: says that the client waits no longer.

        Raises:
            ReadTimeout: of that library; the client would not have waited as long.
        """
        upstream, incoming = forwarded.forwarding.recorder.upstream, from_request(request, call)
        if self._name in list_servers(incoming.headers):
            return fail(forwarded, describe_loop(upstream))
        try:
            ours, http = self._open()
        except NoClientError as error:
            return fail(forwarded, UpstreamFailure(502, str(error), is_final=True))
        decodable, patience = list_decodable(http), _find_patience(request)
        passage = Passage(forwarded.forwarding, incoming, ours, decodable, self._now)
        answer = DirectAnswer(forwarded, passage, self._queue, request, library)
        timeout = {"connect": CONNECT, "read": min(patience, READ), "write": READ, "pool": None}
        try:
            wanted = NO_ENCODINGS if is_about_batches(forwarded.forwarding) else decodable
            asked = make_request(ours, incoming, upstream, wanted, self._name, read_parts(call), timeout)
            answer.begin(http.send(asked, stream=True), ours)
        except (ours.HTTPError, ours.InvalidURL, *FOREIGN) as error:
            answer.close_upstream()
            if isinstance(error, ours.ReadTimeout) and patience < READ:
                answer.give_up(error)
            return fail(forwarded, describe(error, upstream, ours))
        if gone is not None and gone.is_set():
            answer.close()
        return answer

    def _open(self) -> tuple[Any, Any]:
        with self._lock:
            if self._opened is None:
                self._opened = open_client("Client", kept=0)
            return self._opened


class DirectAnswer:
    """An answer of an upstream, which its client pulls."""

    def __init__(
        self, forwarded: ForwardedCall, passage: Passage, queue: KeepQueue, request: Any, library: Any
    ) -> None:
        self._forwarded, self._passage, self._queue = forwarded, passage, queue
        self._request, self._library = request, library
        self._response: Any = None
        self._parts: Iterator[bytes] = iter(())
        self._ours: Any = None
        self._leader = Leader(forwarded.forwarding, ())

    def begin(self, response: Any, ours: Any) -> None:
        """The head has come.

        Raises:
            ValueError: it is none that can be passed on.
        """
        self._response, self._ours, self._parts = response, ours, response.iter_raw()
        self._passage.begin(response.status_code, pass_response_headers(response.status_code, response.headers.raw))
        self._leader = Leader(self._forwarded.forwarding, self._passage.headers)
        if self._passage.is_whole:
            self._finish()

    def respond(self) -> Any:
        """The response for a sync client, of which the body is still to be read."""
        return self._respond(_streams(self._library)[0])

    def respond_async(self) -> Any:
        """The same for an async client, under asyncio or trio."""
        return self._respond(_streams(self._library)[1])

    def take(self) -> bytes:
        """The next part of the body; b"" at its end.

        Raises:
            RemoteProtocolError, ReadTimeout: of the client's library.
        """
        while data := self._take_part():
            if led := self._leader.add(data):
                return led
        return self._leader.end()

    def _take_part(self) -> bytes:
        try:
            data = next(self._parts, _END)
        except self._ours.ReadTimeout as error:
            self.give_up(error)
        except (self._ours.HTTPError, *FOREIGN) as error:
            self._finish(CUT)
            told = "peer closed connection without sending complete message body"
            raise self._library.RemoteProtocolError(told, request=self._request) from error
        if data:
            self._passage.add(data)
        if not data or self._passage.is_whole:
            self._finish()
        return data

    def give_up(self, error: Exception) -> NoReturn:
        """The client waits no longer."""
        self.close()
        raise self._library.ReadTimeout("The read operation timed out", request=self._request) from error

    def close(self) -> None:
        """The client reads no further."""
        self.close_upstream()
        self._finish(LEFT)

    def close_upstream(self) -> None:
        """Close the connection, once there is one."""
        if self._response is None:
            return
        stream = self._response.extensions.get("network_stream")
        connection = stream and stream.get_extra_info("socket")
        if connection is not None and not self._passage.is_over:
            # A thread that reads from it ends only so.
            with suppress(OSError, ValueError):
                connection.shutdown(socket.SHUT_RDWR)
        self._response.close()

    def _respond(self, stream: Any) -> Any:
        headers = encode_headers(self._leader.headers)
        if b"content-length" not in dict(headers):
            headers.append((b"transfer-encoding", b"chunked"))
        return self._library.Response(self._passage.status, headers=headers, stream=stream(self), request=self._request)

    def _finish(self, cut: str = "") -> None:
        if not self._passage.is_over:
            finish(self._forwarded, self._passage, self._queue, cut)


@cache
def _streams(library: Any) -> tuple[Any, Any]:
    """The two kinds of stream; clients insist on the classes of their own library."""

    class Stream(library.SyncByteStream):  # type: ignore[misc]  # known only at run time
        def __init__(self, answer: DirectAnswer) -> None:
            self.answer = answer

        def __iter__(self) -> Iterator[bytes]:
            yield from iter(self.answer.take, _END)

        def close(self) -> None:
            self.answer.close()

    class AsyncStream(library.AsyncByteStream):  # type: ignore[misc]  # known only at run time
        def __init__(self, answer: DirectAnswer) -> None:
            self.answer = answer

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while data := await to_thread.run_sync(self.answer.take, abandon_on_cancel=True):
                yield data

        async def aclose(self) -> None:
            self.answer.close()

    return Stream, AsyncStream


def _find_patience(request: Any) -> float:
    """The seconds for which a client waits for the next part."""
    read = (request.extensions.get("timeout") or {}).get("read")
    return READ if read is None else float(read)
