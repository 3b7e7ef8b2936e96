"""The faults of answers in this format: those that edit its events and messages, beside those of any format."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from mockserver.delivery.cuts import CUTS, TEARS
from mockserver.delivery.garbling import BROKEN_JSON, LINES
from mockserver.delivery.kinds import FaultKind
from mockserver.delivery.substitutes import SUBSTITUTES
from mockserver.wires.messages.faults.blocks import BLOCKS
from mockserver.wires.messages.faults.contents import CONTENTS
from mockserver.wires.messages.faults.conversions import CONVERSIONS
from mockserver.wires.messages.faults.errors import ERRORS
from mockserver.wires.messages.faults.gateways import GATEWAYS
from mockserver.wires.messages.faults.totals import TOTALS

__all__ = ["FAULTS"]

TRUNCATE = "A clean end too early: without `message_stop`, or at the place given; a whole body ends half-way."

# In the order of docs/faults.md.
FAULTS: Mapping[str, FaultKind] = {
    **CUTS,
    "truncate": replace(CUTS["truncate"], says=TRUNCATE),
    **ERRORS,
    **TEARS,
    **BROKEN_JSON,
    **CONTENTS,
    **LINES,
    **GATEWAYS,
    **TOTALS,
    **BLOCKS,
    **CONVERSIONS,
    **SUBSTITUTES,
}
