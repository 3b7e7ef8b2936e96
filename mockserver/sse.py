"""Server-sent events: one event, and its bytes on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True)
class Event:
    """One event of a stream. ``padding`` is the number of spaces before the data's last brace (0 to 15 on the wire)."""

    data: Mapping[str, Any]
    padding: int = 0

    @property
    def name(self) -> str:
        """The event's name, which always equals the data's type."""
        return str(self.data["type"])

    def encode(self) -> bytes:
        """The event as the API writes it: line feeds only, compact JSON, padded (source: recorded)."""
        if self.name == "ping":
            return b'event: ping\ndata: {"type": "ping"}\n\n'
        body = orjson.dumps(self.data)
        return b"event: %b\ndata: %b%b}\n\n" % (self.name.encode(), body[:-1], b" " * self.padding)
