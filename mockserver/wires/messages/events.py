"""Server-sent events as the API writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Struct

from mockserver.blocks import BLOCKS

PING = b'event: ping\ndata: {"type": "ping"}\n\n'
# The end of an event by its padding, made once: streams are encoded in the hot path.
TAILS = tuple(b" " * padding + b"}\n\n" for padding in range(16))
NAMES = (
    "message_start",
    "content_block_start",
    "ping",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
)
# The beginning of an event by its type, made once; a fault may add other types.
HEADS = {name: f"event: {name}\ndata: ".encode() for name in NAMES}
# The fields of deltas that hold text of the answer.
TEXT_FIELDS = frozenset(
    key for row in BLOCKS.values() for delta in row.deltas for key, kind in delta.keys.items() if kind is str
)


class Event(Struct, frozen=True):
    """One event of a stream. ``padding`` is the number of spaces before the data's last brace (0 to 15 on the wire)."""

    data: Mapping[str, Any]
    padding: int = 0

    @property
    def name(self) -> str:
        """The event's name, which always equals the data's type."""
        return str(self.data["type"])

    @property
    def weight(self) -> int:
        """The number of characters of the answer in it."""
        delta = self.data.get("delta")
        return sum([len(delta[key]) for key in TEXT_FIELDS if key in delta]) if isinstance(delta, dict) else 0

    @property
    def opened_block(self) -> int | None:
        """The index of the content block that starts with this event, if one does."""
        return self.data.get("index") if self.data["type"] == "content_block_start" else None

    @property
    def is_last(self) -> bool:
        """Whether it ends a complete stream."""
        return bool(self.data["type"] == "message_stop")

    def encode(self) -> bytes:
        """The event as the API writes it: line feeds only, compact JSON, padded (source: recorded)."""
        name = self.data["type"]
        if name == "ping":
            return PING
        head = HEADS.get(name) or f"event: {name}\ndata: ".encode()
        return head + orjson.dumps(self.data)[:-1] + TAILS[self.padding]


class WrittenEvent(Event, frozen=True):
    """An event that is sent again and again: thousands of paced streams hold its bytes once."""

    written: bytes = b""

    def encode(self) -> bytes:
        """The event as the API writes it."""
        return self.written
