"""Spans of time as options say them: ``30s``, ``10m``, ``12h``, ``7d``."""

from __future__ import annotations

import re

ALWAYS = "always"
SPAN = "a span of time such as 30s, 10m, 12h or 7d"
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_SPAN = re.compile(r"([1-9][0-9]{0,8})\s*([smhd])")


def read_span(text: str) -> float:
    """The seconds of a span of time.

    Raises:
        ValueError: it is none.
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"expected {SPAN}, got {text!r}")
    return float(found[1]) * _UNITS[found[2]]


def is_span(text: object) -> bool:
    """Whether a value is a span of time."""
    return isinstance(text, str) and _SPAN.fullmatch(text.strip()) is not None
