"""HTTP as uvicorn speaks it, with a shortcut: what can leave at once is answered without a task and ASGI's messages."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from mockserver.app import ANSWERED, MessagesApi, call_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from mockserver.answered import Answered
    from mockserver.reply import Delivery

# Answers without a body, by their status.
EMPTY = (204, 304)
# More bytes than this before the end of the headers are refused: nobody's memory is without bounds.
MOST_HEAD = 1 << 20
# With more bytes of answers waiting, the calls behind them take uvicorn's way, which reads no more of them.
MOST_UNSENT = 1 << 16
# Headers that say more about the connection than is heeded here.
NOT_OURS = re.compile(rb"\n(?:connection|content-length|transfer-encoding): ").search
# Escaped paths and those in absolute form need more thought; so does the control interface.
PLAIN = re.compile(rb"/(?!_mock/)[!$&-~]*").fullmatch


class Trailers(list[tuple[bytes, bytes]]):
    """Where headers behind the body go: nowhere."""

    def append(self, header: tuple[bytes, bytes]) -> None:
        """Lets it go."""


TRAILERS = Trailers()


class Outbox:
    """The connections of a server with answers to write, once the event loop has read what other clients sent: they
    are all woken together, which costs less.
    """

    def __init__(self) -> None:
        self.waiting: list[Protocol] = []

    def add(self, connection: Protocol) -> None:
        """Has the connection's answers written soon."""
        if not self.waiting:
            connection.loop.call_soon(self.flush)
        self.waiting.append(connection)

    def flush(self) -> None:
        """Writes all answers that wait."""
        waiting, self.waiting = self.waiting, []
        for connection in waiting:
            connection.flush()


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol for a ``MockApp``. Plain calls of the API are read here, answered by the application, and
    written in one go; all that waits, comes from a browser or is otherwise special takes uvicorn's own way.
    """

    # The headers of the call under way.
    said: list[tuple[bytes, bytes]]
    # Bytes that came before the end of a request's headers; None: it is past them.
    head: int | None = 0
    # What has come of a plain call's body; None: the call is not plain, or none is under way.
    received: bytearray | None = None
    # Answers that wait in the outbox.
    unsent = b""
    # The server stops: the answer to come is the connection's last.
    stopping = False
    # When the last plain call was answered, by ``time.perf_counter``; None: something came since.
    idle_since: float | None = None
    idle_timer: asyncio.TimerHandle | None = None

    def __init__(self, api: MessagesApi, outbox: Outbox, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self.api = api
        self.outbox = outbox

    def data_received(self, data: bytes) -> None:
        """Reads on."""
        if self.head is not None:
            self.head += len(data)
            if self.head > MOST_HEAD:
                self.send_400_response("Request headers are too long.")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request comes; what uvicorn needs to know of it can wait."""
        self.idle_since = None
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_headers_complete(self) -> None:
        """Decides which way the call takes."""
        self.head = None
        if self._is_plain():
            self.received = bytearray()
        else:
            self._begin()
        self.said, self.headers = self.headers, TRAILERS

    def on_body(self, body: bytes) -> None:
        """Keeps the part of the body; of one that is too long no more than shows that it is."""
        received = self.received
        if received is None:
            super().on_body(body)
        else:
            received += body[: self.api.max_body + 1 - len(received)]

    def on_message_complete(self) -> None:
        """Answers the call, at once when that can be."""
        self.head = 0
        if self.received is None:
            super().on_message_complete()
            return
        started = time.perf_counter()
        body, self.received = bytes(self.received), None
        path, _, query = self.url.partition(b"?")
        answered = self.api.answer(call_of("POST", path.decode(), query, self.said, body))
        if self.stopping or not self._write(answered.delivery):
            self._hand_over(answered)
            return
        self.api.note(answered, started, answered.delivery.pieces[0].events, hung_up=False)
        self.server_state.total_requests += 1
        self.idle_since = started
        if self.idle_timer is None:
            self.idle_timer = self.loop.call_later(self.timeout_keep_alive, self._close_when_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        if self.idle_timer is not None:
            self.idle_timer.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuses what is no HTTP, after the answers to what was."""
        self.flush()
        super().send_400_response(msg)

    def shutdown(self) -> None:
        """Closes the connection, after the answer to a call under way."""
        self.flush()
        if self.received is None:
            super().shutdown()
        else:
            self.stopping = True

    def _is_plain(self) -> bool:
        parser = self.parser
        return (
            (self.cycle is None or self.cycle.response_complete)
            and parser.get_method() == b"POST"
            and PLAIN(self.url) is not None
            and b"origin" not in dict(self.headers)
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.expect_100_continue
            and not self.flow.write_paused
            and len(self.unsent) < MOST_UNSENT
        )

    def _write(self, delivery: Delivery) -> bool:
        """Writes all of a delivery, if it leaves at once and its headers say nothing about the connection."""
        pieces, status = delivery.pieces, delivery.status
        if len(pieces) != 1 or delivery.end != "close" or delivery.delay or pieces[0].delay or status in EMPTY:
            return False
        body = pieces[0].data
        lines = [*map(b": ".join, self.server_state.default_headers), *map(b": ".join, delivery.headers)]
        size = b"content-length: %d" % len(body)
        if lines[-1] == size:
            del lines[-1]
        else:
            size = b"transfer-encoding: chunked"
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        head = STATUS_LINE[status] + b"\r\n".join(lines)
        if NOT_OURS(head):
            return False
        if not self.unsent:
            self.outbox.add(self)
        self.unsent += b"%b\r\n%b\r\n\r\n%b" % (head, size, body)
        return True

    def flush(self) -> None:
        """Writes the answers that wait."""
        unsent, self.unsent = self.unsent, b""
        if unsent:
            self.transport.write(unsent)

    def _close_when_idle(self) -> None:
        """Closes the connection when nothing came for long; one timer serves many answers."""
        self.idle_timer = None
        if self.idle_since is None or self.transport.is_closing():
            return
        left = self.idle_since + self.timeout_keep_alive - time.perf_counter()
        if left <= 0:
            self.transport.close()
        else:
            self.idle_timer = self.loop.call_later(left, self._close_when_idle)

    def _begin(self, more: Mapping[str, Any] = {}) -> None:
        """Takes uvicorn's own way, with more in the scope of the call."""
        said = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = said
        cast("dict[str, Any]", self.scope).update(more, headers=self.headers)
        super().on_headers_complete()

    def _hand_over(self, answered: Answered) -> None:
        """Lets uvicorn run the application to send the answer at its pace."""
        self.headers = self.said
        self._begin({ANSWERED: answered})
        if self.stopping:
            self.cycle.keep_alive = False
        super().on_message_complete()
