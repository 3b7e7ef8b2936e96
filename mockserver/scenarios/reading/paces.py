"""``pace``: how fast an answer leaves, as its author writes it."""

from __future__ import annotations

import re
from typing import Any

from mockserver.records.reply import Pace
from mockserver.scenarios.reading.spot import Spot

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "": 1.0}
KEYS = ("first", "jitter", "stall", "tokens_per_second")


def read_pace(spot: Spot) -> Pace | None:
    """The pace at a spot: ``none``, or a mapping of ``first``, ``tokens_per_second``, ``jitter``, ``stall``."""
    if spot.value == "none":
        return Pace()
    if not isinstance(spot.value, dict):
        spot.expect(f"none, or a mapping of {', '.join(KEYS)}")
        return None
    if not spot.is_mapping(KEYS, "pace"):
        return None
    given = dict(spot.items())
    stall = given.get("stall")
    after, wait = _stall(stall) if stall else (None, 0.0)
    return Pace(
        first=seconds(given["first"]) if "first" in given else 0.0,
        tokens_per_second=_positive(given["tokens_per_second"]) if "tokens_per_second" in given else 0.0,
        jitter=_fraction(given["jitter"]) if "jitter" in given else 0.0,
        stall_after=after,
        stall_for=wait,
    )


def seconds(spot: Spot) -> float:
    """A duration such as ``300ms``, ``1.5s`` or 2 (seconds)."""
    found = re.fullmatch(r"([0-9.]+)\s*(ms|s|m|)", _word(spot.value))
    try:
        return (
            float(found[1]) * _UNITS[found[2]] if found else _wrong(spot, "a time such as 300ms, 1.5s or 2 (seconds)")
        )
    except ValueError:
        return _wrong(spot, "a time such as 300ms, 1.5s or 2 (seconds)")


def _stall(spot: Spot) -> tuple[int | None, float]:
    if not isinstance(spot.value, dict) or not {"after", "for"} <= spot.value.keys():
        spot.expect("{after: a number of events, for: a time}")
        return None, 0.0
    spot.is_mapping(("after", "for"), "stall")
    after = spot.at("after")
    if not isinstance(after.value, int) or after.value < 0:
        after.expect("a number of events")
        return None, 0.0
    return after.value, seconds(spot.at("for"))


def _fraction(spot: Spot) -> float:
    found = re.fullmatch(r"([0-9.]+)\s*(%?)", _word(spot.value))
    try:
        value = float(found[1]) / (100 if found[2] else 1) if found else 2.0
    except ValueError:
        value = 2.0
    return value if value <= 1 else _wrong(spot, "a part of the whole such as 20% or 0.2")


def _positive(spot: Spot) -> float:
    if isinstance(spot.value, bool) or not isinstance(spot.value, int | float) or spot.value <= 0:
        return _wrong(spot, "a number above 0")
    return float(spot.value)


def _word(value: Any) -> str:
    return "" if isinstance(value, bool) else str(value)


def _wrong(spot: Spot, wanted: str) -> float:
    spot.expect(wanted)
    return 0.0
