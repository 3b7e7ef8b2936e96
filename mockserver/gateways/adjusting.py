"""What a gateway changes of a request before it goes on."""

from __future__ import annotations

from msgspec.structs import replace

from mockserver.gateways.records import Channel, Gateway
from mockserver.wires import Translation


def adjust(said: Translation, gateway: Gateway, channel: Channel) -> Translation:  # noqa: ARG001
    """The request as it goes on to a channel."""
    if said.body.get("max_tokens"):
        return said
    return replace(said, body={**said.body, "max_tokens": gateway.max_tokens})
