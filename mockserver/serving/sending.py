"""Sending a delivery: the one description of its steps, and the one function that takes them over a connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import lru_cache

from msgspec import Struct

from mockserver.records.delivery import Delivery, Headers


class Wait(Struct, frozen=True):
    """Nothing is sent for so many seconds; for None until the client goes away."""

    seconds: float | None


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


Step = Wait | Head | Data | Cut
Write = Callable[["Head | Data | Cut"], Awaitable[None]]
# Waits, and returns whether the client has gone away.
Sleep = Callable[["float | None"], Awaitable[bool]]


class Sent(Struct, frozen=True):
    """How a delivery was sent: how many of its events, and whether the client went away before its end."""

    events: int = 0
    hung_up: bool = False


def steps(delivery: Delivery) -> Iterator[Step]:
    """Everything that happens on the connection, in its order."""
    pieces, is_complete = delivery.pieces, delivery.end == "close"
    if delivery.delay:
        yield Wait(delivery.delay)
    if pieces or is_complete:
        yield Head(delivery.status, delivery.headers)
    if not pieces and is_complete:
        yield Data(b"", 0, more=False)
    for left, piece in zip(range(len(pieces) - 1, -1, -1), pieces, strict=True):
        if piece.delay:
            yield Wait(piece.delay)
        yield Data(piece.data, piece.events, more=left > 0 or not is_complete)
    if delivery.end == "hang":
        yield Wait(None)
    elif delivery.end == "abort":
        yield Cut()


async def send(delivery: Delivery, write: Write, sleep: Sleep) -> Sent:
    """Send a delivery at its pace."""
    events = 0
    for step in steps(delivery):
        if isinstance(step, Wait):
            if await sleep(step.seconds):
                return Sent(events, hung_up=True)
        else:
            await write(step)
            if isinstance(step, Data):
                events += step.events
    return Sent(events)


def is_immediate(delivery: Delivery) -> bool:
    """Whether all of it leaves at once and to its end."""
    return delivery.end == "close" and not delivery.delay and not any(piece.delay for piece in delivery.pieces)


def encode_headers(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers as bytes: names in latin-1, values in UTF-8."""
    return [*map(_encode_header, headers)]


# Most headers are the same in all answers, or for a second.
@lru_cache(maxsize=1024)
def _encode_header(header: tuple[str, str]) -> tuple[bytes, bytes]:
    name, value = header
    return name.encode("latin-1"), value.encode()
