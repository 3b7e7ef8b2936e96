"""Sending a delivery: one function, over whatever can write and wait."""

from __future__ import annotations

import time
from array import array
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import lru_cache
from math import inf

from msgspec import Struct

from mockserver.records.delivery import Delivery, Headers


class Head(Struct, frozen=True):
    """The status line and the headers are sent."""

    status: int
    headers: Headers


class Data(Struct, frozen=True):
    """A part of the body is sent. ``events`` counts the SSE events it ends; ``more`` says that another part follows."""

    data: bytes
    events: int
    more: bool


class Cut(Struct, frozen=True):
    """The connection is closed in the middle of the answer."""


Step = Head | Data | Cut
Write = Callable[[Step], Awaitable[None]]
# Waits so many seconds, None until the client goes away, and returns whether it has gone.
Sleep = Callable[["float | None"], Awaitable[bool]]
Now = Callable[[], float]


class Sent(Struct, frozen=True):
    """How a delivery was sent: how many of its events, whether the client went away before its end, and when the first
    byte of its body left, in monotonic seconds; None: unknown, or none did. ``times`` are those of all pieces sent.
    """

    events: int = 0
    hung_up: bool = False
    first: float | None = None
    times: Sequence[float] = ()


GONE = Sent(hung_up=True)
NO_DATA = Data(b"", 0, more=False)


class _Schedule:
    """When the next part of a delivery is due, by its monotonic clock: counted from the first pause on."""

    __slots__ = ("_due", "_now")

    def __init__(self, now: Now) -> None:
        self._now, self._due = now, inf

    def wait(self, delay: float) -> float:
        """How much of a delay is left; what is due then is due after all of it."""
        late = max(self._now() - self._due, 0.0)
        self._due = (self._now() if self._due == inf else self._due) + delay
        return max(delay - late, 0.0)


async def send(delivery: Delivery, write: Write, sleep: Sleep, now: Now = time.monotonic) -> Sent:
    """Send a delivery at its pace: its head, the parts of its body, and the pauses before and between them.

    Each part has its time, counted from the first pause on: one that leaves late shortens the pauses behind it, so that
    in a busy server a long stream is late by what its last pause was late, not by the sum of all.

    Args:
        delivery: what is sent.
        write: takes each step to the client.
        sleep: waits, and returns whether the client has gone away; nothing more is sent to it then.
        now: the monotonic time.
    """
    pieces, is_complete, events, first = delivery.pieces, delivery.end == "close", 0, None
    times = array("d")
    schedule = _Schedule(now)
    if delivery.delay and await sleep(schedule.wait(delivery.delay)):
        return GONE
    if pieces or is_complete:
        await write(Head(delivery.status, delivery.headers))
    if delivery.source is not None:
        return await _send_source(delivery.source(), _read_size(delivery.headers), write, sleep, now)
    if not pieces and is_complete:
        await write(NO_DATA)
    for left, piece in zip(range(len(pieces) - 1, -1, -1), pieces, strict=True):
        if piece.delay and await sleep(schedule.wait(piece.delay)):
            return Sent(events, hung_up=True, first=first, times=times)
        await write(Data(piece.data, piece.events, more=left > 0 or not is_complete))
        times.append(now())
        if first is None and piece.data:
            first = times[-1]
        events += piece.events
    if delivery.end == "hang" and await sleep(None):
        return Sent(events, hung_up=True, first=first, times=times)
    if delivery.end == "abort":
        await write(Cut())
    return Sent(events, first=first, times=times)


async def _send_source(parts: Iterator[bytes], size: int, write: Write, sleep: Sleep, now: Now) -> Sent:
    """Send the parts of a large body as they are read; cut it short when it is deleted meanwhile."""
    first = None
    for part in parts:
        await write(Data(part, 0, more=True))
        size -= len(part)
        if first is None and part:
            first = now()
        if await sleep(0.0):
            return Sent(hung_up=True, first=first)
    await write(Cut() if size > 0 else NO_DATA)
    return Sent(first=first)


def _read_size(headers: Headers) -> int:
    return int(dict(headers)["content-length"])


def is_immediate(delivery: Delivery) -> bool:
    """Whether all of it leaves at once and to its end."""
    if delivery.source is not None:
        return False
    return delivery.end == "close" and not delivery.delay and not any(piece.delay for piece in delivery.pieces)


def encode_headers(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers as bytes: names in latin-1, values in UTF-8."""
    return [*map(_encode_header, headers)]


# Most headers are the same in all answers, or for a second.
@lru_cache(maxsize=1024)
def _encode_header(header: tuple[str, str]) -> tuple[bytes, bytes]:
    name, value = header
    return name.encode("latin-1"), value.encode(errors="surrogateescape")  # of an upstream: any bytes
