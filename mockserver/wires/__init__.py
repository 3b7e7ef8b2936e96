"""The wire formats a reply can be said in. A new one is a module here and one name in ``WIRES``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from mockserver.records.events import Event
from mockserver.records.reply import Reply
from mockserver.wires.messages import unfolding as messages

__all__ = ["WIRES", "Wire"]


class Wire(Protocol):
    """What every wire format offers: a reply whole, a reply as events, and events put together again."""

    def body(self, reply: Reply) -> bytes:
        """The whole reply as the body of a response."""

    def unfold(self, reply: Reply) -> tuple[Event, ...]:
        """The reply as the events of a stream."""

    def stream(self, reply: Reply) -> tuple[bytes, int]:
        """The reply as the bytes of a stream, and how many events they are."""

    def fold(self, events: Iterable[Event | Mapping[str, Any]]) -> dict[str, Any]:
        """The message a stream says; raises ``ValueError`` when the stream is broken."""


WIRES: Mapping[str, Wire] = {"messages": messages}
