"""A wire format as a gateway speaks it."""

from __future__ import annotations

from functools import lru_cache

from mockserver.gateways.records import Channel, Gateway
from mockserver.wires import WIRES, Wire


def speak(name: str, gateway: Gateway, channel: Channel | None) -> Wire:
    """The wire format of that name as the gateway speaks it, for answers that come through a channel."""
    return _speak(name, gateway, channel.name if channel else "")


@lru_cache(maxsize=64)
def _speak(name: str, gateway: Gateway, channel: str) -> Wire:  # noqa: ARG001
    return WIRES[name]
