"""A response ready to be sent: status, headers, and timed pieces of bytes."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct


class Piece(Struct, frozen=True):
    """Bytes sent in one write, ``delay`` seconds after the piece before. ``events`` counts the SSE events it ends."""

    data: bytes
    delay: float = 0.0
    events: int = 0


Headers = Sequence[tuple[bytes, bytes]]


class Delivery(Struct, frozen=True):
    """A response ready to be sent. ``end`` is ``close`` (complete), ``abort`` (cut) or ``hang`` (silence)."""

    status: int
    # The headers as they stand on the wire, each line with its end.
    head: bytes
    pieces: tuple[Piece, ...]
    end: str = "close"
    # Seconds before the status line and headers leave.
    delay: float = 0.0

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The headers by name."""
        return headers_in(self.head)


def written(headers: Headers) -> bytes:
    """Headers as they stand on the wire."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def headers_in(head: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The headers written there: names and values."""
    lines = head.split(b"\r\n")[:-1]
    return tuple((name, value) for name, _, value in (line.partition(b": ") for line in lines))
