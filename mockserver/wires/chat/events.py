"""Server-sent events of the chat wire: chunks without names, and the mark of the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Struct

from mockserver.records.reply import NOTHING

END = b"data: [DONE]\n\n"


class Chunk(Struct, frozen=True):
    """One event of a stream. ``weight`` is the number of characters of the answer in it."""

    data: Mapping[str, Any]
    weight: int = 0
    opened_block: int | None = None
    is_last: bool = False

    def encode(self) -> bytes:
        """The event as it is written: a line of data, or the mark of the end."""
        return END if self.is_last else b"data: %b\n\n" % orjson.dumps(self.data)


DONE = Chunk(NOTHING, is_last=True)
