"""What a gateway does around the endpoints: it picks a channel, and tries the next one where that fails."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.parts import Parts
from mockserver.gateways.channels import list_channels
from mockserver.store.reports import find_model

Endpoint = Callable[[Arrival, Parts], Decision]


def relay(endpoint: Endpoint, arrival: Arrival, parts: Parts) -> Decision:
    """The decision of an endpoint, asked through one channel after the other until one answers."""
    gateway = parts.gateway
    if gateway is None:
        return endpoint(arrival, parts)
    channels = list_channels(gateway, find_model(arrival.call.body) or "")
    channel = next(channels)
    return replace(endpoint(arrival, replace(parts, channel=channel)), channel=channel.name)
