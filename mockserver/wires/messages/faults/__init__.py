"""The faults of answers in this format: those that edit its events and messages, beside those of any format."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.delivery.cuts import CUTS, TEARS
from mockserver.delivery.garbling import BROKEN_JSON, LINES
from mockserver.delivery.kinds import FaultKind
from mockserver.delivery.substitutes import SUBSTITUTES
from mockserver.wires.messages.faults.blocks import BLOCKS
from mockserver.wires.messages.faults.contents import CONTENTS, ERRORS
from mockserver.wires.messages.faults.gateways import GATEWAYS
from mockserver.wires.messages.faults.totals import TOTALS

__all__ = ["FAULTS"]

# In the order of docs/faults.md.
FAULTS: Mapping[str, FaultKind] = {
    **CUTS,
    **ERRORS,
    **TEARS,
    **BROKEN_JSON,
    **CONTENTS,
    **LINES,
    **GATEWAYS,
    **TOTALS,
    **BLOCKS,
    **SUBSTITUTES,
}
