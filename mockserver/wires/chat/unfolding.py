"""A message, unfolded into the chunks of a stream."""

from __future__ import annotations

from typing import Any

import orjson
from msgspec import Struct

from mockserver.records.reply import Reply
from mockserver.wires.chat.forms import Form


class Chunk(Struct, frozen=True):
    """One event of a stream."""

    data: dict[str, Any]
    weight: int = 0
    opened_block: int | None = None
    is_last: bool = False

    def encode(self) -> bytes:
        """The event as it is written."""
        return b"data: " + (b"[DONE]" if self.is_last else orjson.dumps(self.data)) + b"\n\n"


class Unfolder(Struct, frozen=True):
    """Unfolds messages in a form."""

    form: Form

    def unfold(self, reply: Reply) -> tuple[Chunk, ...]:
        """The chunks of a reply."""
        return (Chunk({"id": reply.message["id"]}), Chunk({}, is_last=True))

    def stream(self, reply: Reply) -> tuple[bytes, int]:
        """The same as bytes, and how many events they are."""
        events = self.unfold(reply)
        return b"".join([event.encode() for event in events]), len(events)
