"""Pace and faults of any wire format: plans when an answer's bytes are sent, and how faults change them."""

from __future__ import annotations

from mockserver.delivery.kinds import FaultKind
from mockserver.delivery.pace import realtime
from mockserver.delivery.planning import deliver_frames, deliver_stream, deliver_whole

__all__ = ["FaultKind", "deliver_frames", "deliver_stream", "deliver_whole", "realtime"]
