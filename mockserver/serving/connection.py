"""The connection below an ASGI request: the one place that uses parts of uvicorn which it does not document.

ASGI has no word for closing a connection in the middle of an answer, which faults and a hurried stop do, for an answer
with a date of its own, nor for the requests that wait behind the one being answered. uvicorn's ``send`` is a method of
its request cycle. The cycle holds the transport, its flow control, the headers that every answer gets, and whether the
client has gone; the transport's protocol holds the queue of requests.
pyproject.toml bounds the version of uvicorn, and tests/serving/test_connection.py fails when a part is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import Send

# With more requests than this waiting for their answers, no more are read from the connection: on httptools uvicorn
# reads on while it answers, and one client could make it hold gigabytes.
MAX_WAITING = 64


class Connection:
    """The connection below a request. Of servers other than uvicorn there is none to be had: nothing is done then."""

    __slots__ = ("_cycle", "_transport")

    def __init__(self, send: Send) -> None:
        self._cycle: Any = getattr(send, "__self__", None)
        self._transport: asyncio.Transport | None = getattr(self._cycle, "transport", None)

    def is_closed(self) -> bool:
        """Whether the client has gone, or the connection was closed here.

        uvicorn lets only the latest request of a connection know. Those before it have to look, and tell uvicorn, which
        would take an answer without an end for a mistake.
        """
        if self._transport is None or not self._transport.is_closing():
            return False
        self._cycle.disconnected = True
        return True

    def close(self) -> None:
        """Close the connection, in the middle of the answer, once the bytes written so far have left."""
        if self._transport is not None:
            self._transport.close()
            self._cycle.disconnected = True

    def abort(self) -> None:
        """Close the connection at once, whatever has not left yet."""
        if self._transport is not None:
            self._transport.abort()

    def drop_date(self) -> None:
        """Send no date with the answer but its own."""
        if self._cycle is not None:
            self._cycle.default_headers = [each for each in self._cycle.default_headers if each[0] != b"date"]

    def limit_queue(self) -> None:
        """Stop reading while too many requests wait; to be called when the body of a request has been read.

        uvicorn's flow control does not know that reading is paused here, so it does not resume it either.
        """
        if self._transport is None:
            return
        waiting = len(getattr(self._transport.get_protocol(), "pipeline", ()))
        if waiting > MAX_WAITING:
            self._transport.pause_reading()
        elif waiting and not self._cycle.flow.read_paused:
            self._transport.resume_reading()


def close_all(protocols: Iterable[Any]) -> None:
    """Close the connections of uvicorn's protocols once the bytes written so far have left."""
    for protocol in tuple(protocols):
        protocol.transport.close()


def abort_closing(protocols: Iterable[Any]) -> None:
    """Close at once the connections of uvicorn's protocols that are being closed, and on which all has left."""
    for protocol in tuple(protocols):
        if protocol.transport.is_closing() and not protocol.transport.get_write_buffer_size():
            protocol.transport.abort()


def abort_all(protocols: Iterable[Any]) -> None:
    """Close the connections of uvicorn's protocols at once: a client that does not read would keep them for ever."""
    for protocol in tuple(protocols):
        protocol.transport.abort()
