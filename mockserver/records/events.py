"""Server-sent events: one event, and its bytes on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Struct

PING = b'event: ping\ndata: {"type": "ping"}\n\n'
# The end of an event by its padding, made once: streams are encoded in the hot path.
TAILS = tuple(b" " * padding + b"}\n\n" for padding in range(16))
# The beginning of an event by its type; any other's is made when it comes.
HEADS = {
    name: f"event: {name}\ndata: ".encode()
    for name in (
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    )
}


class Event(Struct, frozen=True):
    """One event of a stream. ``padding`` is the number of spaces before the data's last brace (0 to 15 on the wire)."""

    data: Mapping[str, Any]
    padding: int = 0

    @property
    def name(self) -> str:
        """The event's name, which always equals the data's type."""
        return str(self.data["type"])

    def encode(self) -> bytes:
        """The event as the API writes it: line feeds only, compact JSON, padded (source: recorded)."""
        name = self.data["type"]
        if name == "ping":
            return PING
        head = HEADS.get(name) or f"event: {name}\ndata: ".encode()
        return head + orjson.dumps(self.data)[:-1] + TAILS[self.padding]
