"""The events of a stream, as every wire format has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class StreamEvent(Protocol):
    """One event of a stream. Each wire format has its own record of it."""

    @property
    def data(self) -> Mapping[str, Any]:
        """The JSON object that the event holds."""

    @property
    def weight(self) -> int:
        """The number of characters of the answer in it: a pace spreads its time over them."""

    @property
    def opened_block(self) -> int | None:
        """The index of the content block that starts with this event, if one does."""

    @property
    def is_last(self) -> bool:
        """Whether it ends a complete stream."""

    def encode(self) -> bytes:
        """The event as it stands on the wire."""
