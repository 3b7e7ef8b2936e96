"""A response ready to be sent: status, headers, and timed pieces of bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

# Names in lower case. Names are sent as latin-1, values as UTF-8.
Headers = tuple[tuple[str, str], ...]


# Long streams are many of them: the garbage collector need not look at what can be in no cycle.
class Piece(Struct, frozen=True, gc=False):
    """Bytes sent in one write, ``delay`` seconds after the piece before. ``events`` counts the SSE events it ends."""

    data: bytes
    delay: float = 0.0
    events: int = 0


class Delivery(Struct, frozen=True):
    """A response ready to be sent. ``end`` is ``close`` (complete), ``abort`` (cut) or ``hang`` (silence).

    ``source`` gives the parts of a body that is too large to hold, behind the pieces. The body of one with a ``feed``
    has no end: each call gives what is to be sent by then, b"" when there is nothing.
    """

    status: int
    headers: Headers
    pieces: tuple[Piece, ...]
    end: str = "close"
    # Seconds before the status line and headers leave.
    delay: float = 0.0
    source: Callable[[], Iterator[bytes]] | None = None
    feed: Callable[[], bytes] | None = None
