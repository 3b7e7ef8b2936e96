"""What a gateway answers itself, before it relays anything."""

from __future__ import annotations

from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.parts import Parts


def refuse(arrival: Arrival, parts: Parts) -> tuple[Arrival, Decision] | None:  # noqa: ARG001
    """What the gateway answers itself, with the arrival as the journal is to know it; None where it relays."""
    return None
