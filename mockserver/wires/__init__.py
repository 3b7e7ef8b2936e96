"""The wire formats that an answer can have, each whole in its own folder."""

from __future__ import annotations

from mockserver.wires.faults import FAULTS, check_fault, parse_fault, strikes_any
from mockserver.wires.table import WIRES
from mockserver.wires.wire import SuccessHead, Translation, Wire

__all__ = ["FAULTS", "WIRES", "SuccessHead", "Translation", "Wire", "check_fault", "parse_fault", "strikes_any"]
