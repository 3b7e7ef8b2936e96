"""The faults of chat answers by name: those of any format, and those of this one."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.delivery.cuts import CUTS, TEARS
from mockserver.delivery.garbling import BROKEN_JSON, LINES
from mockserver.delivery.kinds import FaultKind
from mockserver.delivery.substitutes import SUBSTITUTES

FAULTS: Mapping[str, FaultKind] = {**CUTS, **TEARS, **BROKEN_JSON, **LINES, **SUBSTITUTES}
