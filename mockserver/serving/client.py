"""The client of an ASGI request: how it is sent the steps of a delivery, and whether it is still there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any

from mockserver.serving.connection import Connection
from mockserver.serving.sending import Data, Head, Step, encode_headers

if TYPE_CHECKING:
    from starlette.types import Receive, Send

# Seconds after which a waiting answer looks whether its connection is closed, should nobody have told it.
LOOK = 1.0
# Others have their turn after so many parts of a body: sending need not wait for anything, while the client reads.
BREATH = 50


class Client:
    """The other side of a connection, for one request."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self.connection = Connection(send)
        self._receive = receive
        self._send = send
        self._departure: asyncio.Task[None] | None = None
        self._written = 0

    def write(self, step: Step) -> Awaitable[None]:
        """Send a step of a delivery."""
        if isinstance(step, Data):
            self._written += 1
            if self._written % BREATH == 0:
                return self._send_after_others(step)
            return self._send(_write_data(step))
        if isinstance(step, Head):
            headers = encode_headers(step.headers)
            if b"date" in dict(headers):
                self.connection.drop_date()
            return self._send({"type": "http.response.start", "status": step.status, "headers": headers})
        self.connection.close()
        return self._nothing()

    async def sleep(self, seconds: float | None, until: asyncio.Future[None] | None = None) -> bool:
        """Wait, no longer than until the future is done; True as soon as the client has gone away."""
        if self._departure is None:
            self._departure = asyncio.ensure_future(_wait_for_departure(self._receive))
        departure = self._departure
        ends = (departure,) if until is None else (departure, until)
        left = float("inf") if seconds is None else seconds
        while left > 0 and not any(end.done() for end in ends) and not self.connection.is_closed():
            await _wait_for_any(ends, min(left, LOOK))
            left -= LOOK
        return departure.done() or self.connection.is_closed()

    def forget(self) -> None:
        """End the watch over the client."""
        if self._departure is not None:
            self._departure.cancel()

    async def _send_after_others(self, step: Data) -> None:
        """Send a part of a body once those who wait for the event loop have had their turn."""
        await asyncio.sleep(0)
        await self._send(_write_data(step))

    async def _nothing(self) -> None:
        """There is nothing to wait for."""


def _write_data(step: Data) -> dict[str, Any]:
    return {"type": "http.response.body", "body": step.data, "more_body": step.more}


async def _wait_for_any(ends: Sequence[asyncio.Future[None]], seconds: float) -> None:
    """Returns when one of them is done, or after so many seconds: `asyncio.wait` in half its time, for the pauses of
    paced streams.
    """
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()

    def wake(_: asyncio.Future[None] | None = None) -> None:
        if not waiter.done():
            waiter.set_result(None)

    timer = loop.call_later(seconds, wake)
    for end in ends:
        end.add_done_callback(wake)
    try:
        await waiter
    finally:
        timer.cancel()
        for end in ends:
            end.remove_done_callback(wake)


async def _wait_for_departure(receive: Receive) -> None:
    """Returns when the client has gone. What may come before says once more that its request is complete."""
    while (await receive())["type"] != "http.disconnect":
        pass
