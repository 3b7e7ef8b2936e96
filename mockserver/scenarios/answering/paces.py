"""``pace``: how fast an answer leaves, as its author writes it."""

from __future__ import annotations

import re
from typing import Any

from mockserver.records.reply import Pace
from mockserver.scenarios.format.checking import is_sound
from mockserver.scenarios.format.deliveries import PACE
from mockserver.scenarios.reading.node import Node

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "": 1.0}


def read_pace(node: Node) -> Pace | None:
    """The pace at a node that was checked: ``none``, or a mapping; None when that is wrong."""
    if not is_sound(PACE, node):
        return None
    if node.value == "none":
        return Pace()
    stall = node.value.get("stall")
    return Pace(
        first=_read_seconds(node.value.get("first", 0)),
        tokens_per_second=float(node.value.get("tokens_per_second", 0)),
        jitter=_read_fraction(node.value.get("jitter", 0)),
        stall_after=stall["after"] if stall else None,
        stall_for=_read_seconds(stall["for"]) if stall else 0.0,
        chunk=node.value.get("chunk"),
    )


def _read_seconds(duration: str | float) -> float:
    """A duration such as ``300ms``, ``1.5s`` or 2 (seconds)."""
    amount, unit = _split(duration)
    return float(amount) * _UNITS[unit]


def _read_fraction(part: str | float) -> float:
    """A part of the whole, such as ``20%`` or 0.2."""
    amount, unit = _split(part)
    return float(amount) / (100 if unit else 1)


def _split(value: Any) -> tuple[str, str]:
    """The number that a checked value begins with, and its unit."""
    amount = re.match("[0-9.]+", str(value))
    number = amount[0] if amount else "0"
    return number, str(value)[len(number) :].strip()
