"""Pace and faults of any wire format: the times at which an answer's bytes leave, and what goes wrong on the way.

Pure: nothing here waits or sends.
"""

from __future__ import annotations

from mockserver.delivery.kinds import FaultKind
from mockserver.delivery.pace import realtime
from mockserver.delivery.planning import deliver_stream, deliver_whole

__all__ = ["FaultKind", "deliver_stream", "deliver_whole", "realtime"]
