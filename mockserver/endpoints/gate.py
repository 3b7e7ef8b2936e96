"""What a gateway answers itself, before it relays anything."""

from __future__ import annotations

from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.parts import Parts


def admit(arrival: Arrival, parts: Parts) -> Arrival | Decision:  # noqa: ARG001
    """The arrival that the gateway lets through, with the channel that its key asks for; or what it answers itself."""
    return arrival
