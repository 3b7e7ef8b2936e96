"""What stands behind a gateway, and what a retry moves through."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.gateways.records import Channel, Gateway

NATIVE = Channel("native")


def list_channels(gateway: Gateway, model: str) -> Iterator[Channel]:
    """The channels that a request for a model is sent to, one after the other until one answers."""
    first = gateway.find_channel(gateway.channel)
    fitting = [first] if first else []
    fitting += [channel for channel in gateway.channels if channel is not first and channel.takes(model)]
    yield from (fitting or [NATIVE])[: gateway.retries + 1]
