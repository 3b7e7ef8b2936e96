"""What the connections of a server share."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.serving.app import MockApp
    from mockserver.serving.asgi import Ways
    from mockserver.serving.protocol import Protocol

# Seconds until a connection is closed on which nothing comes (uvicorn's default).
IDLE = 5.0


@cache
def status_line(status: int) -> bytes:
    """The first line of an answer."""
    return b"HTTP/1.1 %d %b\r\n" % (status, b"OK" if status == 200 else _phrase(status))


def _phrase(status: int) -> bytes:
    from http import HTTPStatus  # slow to import, and seldom needed

    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""


class Host:
    """What the connections of a server share.

    Answers wait here until the event loop has read what other clients sent: all clients are woken together, which costs
    less.
    """

    def __init__(self, app: MockApp) -> None:
        self.app = app
        self.api = app.api
        self.idle = IDLE
        self.loop = asyncio.get_running_loop()
        self.connections: set[Protocol] = set()
        self.unsent: list[Protocol] = []
        self.stopping = False
        # Set when no connection is left, after the server was told to stop.
        self.empty = asyncio.Event()
        self._ways: Ways | None = None
        self._second = 0
        self._date = b""

    @property
    def ways(self) -> Ways:
        """uvicorn's way for connections; only who goes it pays for its import."""
        if self._ways is None:
            from mockserver.serving.asgi import Ways

            self._ways = Ways(self.app, self.idle)
        return self._ways

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        """The calls under way."""
        return self._ways.tasks if self._ways else set()

    def date(self) -> bytes:
        """The value of the header of that name, now."""
        second = int(time.time())
        if second != self._second:
            self._second, self._date = second, formatdate(second, usegmt=True).encode()
        return self._date

    def send_soon(self, connection: Protocol) -> None:
        """Has the connection's answers written soon."""
        if not self.unsent:
            self.loop.call_soon(self.flush)
        self.unsent.append(connection)

    def flush(self) -> None:
        """Writes all answers that wait."""
        unsent, self.unsent = self.unsent, []
        for connection in unsent:
            connection.flush()

    def shut_down(self) -> None:
        """Closes all connections, each after the answer to a call under way."""
        self.stopping = True
        for connection in tuple(self.connections):
            connection.shut_down()
        self.look_whether_empty()

    def look_whether_empty(self) -> None:
        """Says so when the last connection of a server that stops has gone."""
        if self.stopping and not self.connections:
            self.empty.set()
