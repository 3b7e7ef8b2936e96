"""``pace``: how fast an answer leaves, as its author writes it."""

from __future__ import annotations

import re
from typing import Any

from mockserver.records.reply import Pace
from mockserver.scenarios.reading.node import Node

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "": 1.0}
KEYS = ("first", "jitter", "stall", "tokens_per_second")


def read_pace(node: Node) -> Pace | None:
    """The pace at a node: ``none``, or a mapping of ``first``, ``tokens_per_second``, ``jitter``, ``stall``."""
    if node.value == "none":
        return Pace()
    if not isinstance(node.value, dict):
        node.expect(f"none, or a mapping of {', '.join(KEYS)}")
        return None
    if not node.is_mapping(KEYS, "pace"):
        return None
    given = dict(node.items())
    stall = given.get("stall")
    after, wait = _stall(stall) if stall else (None, 0.0)
    return Pace(
        first=seconds(given["first"]) if "first" in given else 0.0,
        tokens_per_second=_positive(given["tokens_per_second"]) if "tokens_per_second" in given else 0.0,
        jitter=_fraction(given["jitter"]) if "jitter" in given else 0.0,
        stall_after=after,
        stall_for=wait,
    )


def seconds(node: Node) -> float:
    """A duration such as ``300ms``, ``1.5s`` or 2 (seconds)."""
    found = re.fullmatch(r"([0-9.]+)\s*(ms|s|m|)", _word(node.value))
    try:
        return (
            float(found[1]) * _UNITS[found[2]] if found else _wrong(node, "a time such as 300ms, 1.5s or 2 (seconds)")
        )
    except ValueError:
        return _wrong(node, "a time such as 300ms, 1.5s or 2 (seconds)")


def _stall(node: Node) -> tuple[int | None, float]:
    if not isinstance(node.value, dict) or not {"after", "for"} <= node.value.keys():
        node.expect("{after: a number of events, for: a time}")
        return None, 0.0
    node.is_mapping(("after", "for"), "stall")
    after = node.at("after")
    if not isinstance(after.value, int) or after.value < 0:
        after.expect("a number of events")
        return None, 0.0
    return after.value, seconds(node.at("for"))


def _fraction(node: Node) -> float:
    found = re.fullmatch(r"([0-9.]+)\s*(%?)", _word(node.value))
    try:
        value = float(found[1]) / (100 if found[2] else 1) if found else 2.0
    except ValueError:
        value = 2.0
    return value if value <= 1 else _wrong(node, "a part of the whole such as 20% or 0.2")


def _positive(node: Node) -> float:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float) or node.value <= 0:
        return _wrong(node, "a number above 0")
    return float(node.value)


def _word(value: Any) -> str:
    return "" if isinstance(value, bool) else str(value)


def _wrong(node: Node, wanted: str) -> float:
    node.expect(wanted)
    return 0.0
