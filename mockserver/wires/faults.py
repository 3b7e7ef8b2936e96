"""The faults of every wire format in one table, as scenarios name them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from mockserver.delivery.cuts import CUTS, TEARS
from mockserver.delivery.garbling import BROKEN_JSON
from mockserver.delivery.kinds import FaultKind
from mockserver.delivery.reading import FaultError, read_fault
from mockserver.delivery.substitutes import SUBSTITUTES
from mockserver.records.reply import Fault
from mockserver.wires.table import WIRES


def _join() -> dict[str, FaultKind]:
    """The faults of all formats; of those that several have, the kind that the first one words for its own events."""
    joined: dict[str, FaultKind] = {}
    for wire in WIRES:
        faults: Mapping[str, FaultKind] = import_module(f"mockserver.wires.{wire}.faults").FAULTS
        joined |= {name: kind for name, kind in faults.items() if name not in joined}
    return joined


# A scenario may answer in any format, so it may name the faults of all.
FAULTS: Mapping[str, FaultKind] = _join()

# Those that know nothing of messages, and strike answers that are no streams.
_ANY = frozenset(name for name, kind in {**CUTS, **TEARS, **BROKEN_JSON, **SUBSTITUTES}.items() if kind.whole)


def strikes_any(fault: Fault) -> bool:
    """Whether a fault strikes any whole answer, and not streams or messages alone."""
    return fault.then in _ANY


def parse_fault(given: str | Mapping[str, Any]) -> Fault:
    """The fault that a scenario names: a name, or a mapping with ``then``, at most one place, and options.

    Raises:
        FaultError: a ``ValueError``; it holds every problem that ``check_fault`` finds.
    """
    fault, problems = read_fault(given, FAULTS)
    if problems or fault is None:
        raise FaultError(problems)
    return fault


def check_fault(given: Any) -> list[str]:
    """The mistakes in a fault as written in a scenario; an empty list when there is none."""
    return [text for _, text in read_fault(given, FAULTS)[1]]
