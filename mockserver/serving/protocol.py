"""HTTP/1.1: what can leave at once is answered without a task and ASGI's messages; all else takes uvicorn's way."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpRequestParser

from mockserver.serving.app import ANSWERED, LOGGER, call_of, encode_headers
from mockserver.serving.host import Host, status_line

if TYPE_CHECKING:
    from mockserver.endpoints.conclusion import Conclusion
    from mockserver.records.delivery import Delivery
    from mockserver.serving.asgi import Way

# Answers without a body, by their status.
EMPTY = (204, 304)
# More bytes than this before the end of the headers are refused: nobody's memory is without bounds.
MOST_HEAD = 1 << 20
# With more bytes of answers waiting, the calls behind them take uvicorn's way, which reads no more of them.
MOST_UNSENT = 1 << 16
# Escaped paths and those in absolute form need more thought; so does the control interface.
PLAIN = re.compile(rb"/(?!_mock/)[!$&-~]*").fullmatch
# What comes of a URL that is none, below the parser.
BAD_URL = (HttpParserError, UnicodeDecodeError)
NOTHING: Mapping[str, Any] = {}


class Trailers(list[tuple[bytes, bytes]]):
    """Where headers behind the body go: nowhere."""

    def append(self, header: tuple[bytes, bytes]) -> None:
        """Lets it go."""


TRAILERS = Trailers()


class Protocol(asyncio.Protocol):
    """A connection. Plain calls of the API are read here, answered by the application, and written in one go; all that
    waits, comes from a browser or is otherwise special takes uvicorn's way.
    """

    transport: asyncio.Transport
    # The request that is being read.
    url = b""
    headers: list[tuple[bytes, bytes]]
    said: list[tuple[bytes, bytes]]
    expects_100 = False
    # It asks for another protocol.
    asks_for_more = False
    # Bytes that came before the end of a request's headers; None: it is past them.
    head: int | None = 0
    # What has come of a plain call's body; None: the call is not plain, or none is under way.
    received: bytearray | None = None
    # Answers that wait to be written, and whether the client does not take what was.
    unsent = b""
    is_full = False
    # The answer to come is the connection's last: the client said so, or the server stops.
    is_last = False
    # The last answer was given.
    is_over = False
    # When the last plain call was answered, by ``time.perf_counter``; None: something came since.
    idle_since: float | None = None
    idle_timer: asyncio.TimerHandle | None = None
    # uvicorn's way, once it was needed.
    way: Way | None = None

    def __init__(self, host: Host) -> None:
        self.host = host
        self.parser = self._new_parser()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        self.transport = transport  # type: ignore[assignment]  # sockets give these
        self.host.connections.add(self)
        if self.host.stopping:
            self.shut_down()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        if self.idle_timer is not None:
            self.idle_timer.cancel()
        if self.way is not None:
            self.way.connection_lost(exc)
        # It refers to this object in turn.
        self.parser = None  # type: ignore[assignment]
        self.host.connections.discard(self)
        self.host.look_whether_empty()

    def pause_writing(self) -> None:
        """The client does not take what was written."""
        self.is_full = True
        if self.way is not None:
            self.way.pause_writing()

    def resume_writing(self) -> None:
        """It goes on to take it."""
        self.is_full = False
        if self.way is not None:
            self.way.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Reads on."""
        if self.head is not None:
            self.head += len(data)
            if self.head > MOST_HEAD:
                self._refuse(400, b"Request headers are too long.")
                return
        if self.way is not None:
            self.way.wake()
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            if self.asks_for_more:
                self._read_plainly(data[upgrade.args[0] :])
        except HttpParserError as error:
            if isinstance(error, HttpParserCallbackError) and not isinstance(error.__context__, BAD_URL):
                LOGGER.exception("a request failed inside the mock server")
                self._refuse(500, b"Internal server error")
            else:
                self._refuse(400, b"Invalid HTTP request received.")

    def on_message_begin(self) -> None:
        """A request comes."""
        self.idle_since = None
        self.url, self.headers, self.expects_100 = b"", [], False

    def on_url(self, url: bytes) -> None:
        """A part of its URL."""
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers."""
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expects_100 = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Decides which way the call takes."""
        self.head = None
        self.said, self.headers = self.headers, TRAILERS
        # CONNECT counts as an upgrade too, and is refused like any other method.
        self.asks_for_more = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if self.is_over or self.asks_for_more:
            return
        self.is_last = not self.parser.should_keep_alive()
        if self._is_plain():
            self.received = bytearray()
        else:
            self._take_way()

    def on_body(self, body: bytes) -> None:
        """Keeps the part of the body; of one that is too long no more than shows that it is."""
        received = self.received
        if received is not None:
            received += body[: self.host.api.max_body + 1 - len(received)]
        elif self.way is not None:
            self.way.on_body(body)

    def on_message_complete(self) -> None:
        """Answers the call, at once when that can be."""
        self.head = 0
        if self.received is None:
            if self.way is not None and not self.asks_for_more:
                self.way.on_message_complete()
            return
        started = time.perf_counter()
        body, self.received = bytes(self.received), None
        path, _, query = self.url.partition(b"?")
        api = self.host.api
        answered = api.answer(call_of("POST", path.decode(), query, self.said, body))
        if not self._write(answered.delivery):
            self._hand_over(answered)
            return
        api.note(answered, started, answered.delivery.pieces[0].events, hung_up=False)
        self.idle_since = started
        if self.idle_timer is None:
            self.idle_timer = self.host.loop.call_later(self.host.idle, self._close_when_idle)

    def flush(self) -> None:
        """Writes the answers that wait."""
        unsent, self.unsent = self.unsent, b""
        if unsent:
            self.transport.write(unsent)
        if self.is_over:
            self.transport.close()

    def shut_down(self) -> None:
        """Closes the connection, after the answer to a call under way."""
        self.flush()
        if self.received is not None:
            self.is_last = True
        elif self.way is not None:
            self.way.shutdown()
        else:
            self.transport.close()

    def _is_plain(self) -> bool:
        parser = self.parser
        return (
            (self.way is None or not self.way.is_busy)
            and parser.get_method() == b"POST"
            and PLAIN(self.url) is not None
            and b"origin" not in dict(self.said)
            and parser.get_http_version() == "1.1"
            and not self.expects_100
            and not self.is_full
            and len(self.unsent) < MOST_UNSENT
        )

    def _write(self, delivery: Delivery) -> bool:
        """Writes all of a delivery, if it leaves at once and its headers say nothing about the connection."""
        pieces, status = delivery.pieces, delivery.status
        if len(pieces) != 1 or delivery.end != "close" or delivery.delay or pieces[0].delay or status in EMPTY:
            return False
        body = pieces[0].data
        head = b"%bdate: %b\r\n%b" % (status_line(status), self.host.date(), _written(encode_headers(delivery.headers)))
        size = b"\ncontent-length: %d\r\n" % len(body)
        if head.endswith(size):
            head = head[: -len(size)]
        else:
            head, size = head[:-1], b"\ntransfer-encoding: chunked\r\n"
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        if b"\nconnection: " in head or b"\ncontent-length: " in head or b"\ntransfer-encoding: " in head:
            return False  # they say more about the connection than is heeded here
        if not self.unsent:
            self.host.send_soon(self)
        if self.is_last:
            size += b"connection: close\r\n"
            self.is_over = True
        self.unsent += b"%b%b\r\n%b" % (head, size, body)
        return True

    def _read_plainly(self, rest: bytes) -> None:
        """Reads a request that asks for another protocol as if it had not asked: the parser takes what comes behind its
        headers for that protocol's. "A server MAY ignore a received Upgrade header field" (source: RFC 9110, 7.8).
        """
        start = b"%b %b HTTP/1.1\r\n" % (self.parser.get_method(), self.url)
        kept = [(name, _unasked(value) if name == b"connection" else value) for name, value in self.said]
        self.parser = self._new_parser()
        if self.way is not None:
            self.way.parser = self.parser
        self.data_received(start + _written([header for header in kept if header[0] != b"upgrade"]) + b"\r\n" + rest)

    def _new_parser(self) -> HttpRequestParser:
        parser = HttpRequestParser(self)
        # What comes behind a request that asks to close the connection does not matter to it.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def _refuse(self, status: int, message: bytes) -> None:
        """Answers what cannot be read, after the plain calls that could, and closes the connection."""
        self.flush()
        told = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close" % len(message)
        self.transport.write(b"%bdate: %b\r\n%b\r\n\r\n%b" % (status_line(status), self.host.date(), told, message))
        self.transport.close()

    def _close_when_idle(self) -> None:
        """Closes the connection when nothing came for long; one timer serves many answers."""
        self.idle_timer = None
        if self.idle_since is None or self.transport.is_closing():
            return
        left = self.idle_since + self.host.idle - time.perf_counter()
        if left <= 0:
            self.transport.close()
        else:
            self.idle_timer = self.host.loop.call_later(left, self._close_when_idle)

    def _take_way(self, more: Mapping[str, Any] = NOTHING) -> Way:
        """Takes uvicorn's way, with more in the scope of the call."""
        if self.way is None:
            self.way = self.host.ways.open(self.parser, self.transport)
            if self.is_full:
                self.way.pause_writing()
        date = (b"date", self.host.date())
        self.way.begin(self.url, self.said, date, more, expects_100=self.expects_100)
        return self.way

    def _hand_over(self, answered: Conclusion) -> None:
        """Lets uvicorn run the application to send the answer at its pace."""
        way = self._take_way({ANSWERED: answered})
        if self.is_last:
            way.end()
        way.on_message_complete()


def _unasked(connection: bytes) -> bytes:
    """The value of a ``connection`` header without the wish for another protocol."""
    return b",".join(token for token in connection.split(b",") if token.strip().lower() != b"upgrade")


def _written(headers: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])
