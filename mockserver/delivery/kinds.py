"""Kinds of faults, and the readers of their options."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from mockserver.delivery.draft import Strike

# The order in which the faults of one answer apply: they change its content, add events and comments, change its bytes,
# its end, its pieces.
CONTENT, ADDING, WRITING, CUT, TEAR = range(5)

PLACES = ("after_events", "after_ms", "at_block")

OptionReader = Callable[[Any], Any]
NO_OPTIONS: Mapping[str, OptionReader] = {}


class FaultKind(Struct, frozen=True):
    """A kind of fault: its function, its rank among others, and its options.

    ``options`` maps each option to its reader, which returns the value to use or raises ``ValueError``. ``places``
    are the keys that may say where it strikes. ``needs`` names options, one of which is required. ``whole`` is False
    when it does not change answers that are not streamed, ``streamed`` when it changes no others.
    """

    strike: Strike
    says: str
    rank: int = CONTENT
    options: Mapping[str, OptionReader] = NO_OPTIONS
    places: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    whole: bool = True
    streamed: bool = True
    # The issue that reported the defect, when it was seen at a real gateway.
    seen: str = ""


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_DURATION = r"(\d+(?:\.\d+)?)\s*(ms|s|m)"


def seconds(value: Any) -> float:
    """A duration: a number of seconds, or a text such as ``300ms``, ``1.5s``, ``2m``."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
        return float(value)
    found = re.fullmatch(_DURATION, value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"expected a duration such as 300ms, 1.5s or 2m, got {value!r}")
    return float(found[1]) * _UNITS[found[2]]


def milliseconds(value: Any) -> int:
    """A moment: a number of milliseconds, or a duration with its unit."""
    return round(seconds(value) * 1000) if isinstance(value, str) else count(value)


def count(value: Any) -> int:
    """A whole number from 0."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError(f"expected a whole number from 0, got {value!r}")


def positive(value: Any) -> int:
    """A whole number from 1."""
    if value == 0 or count(value) < 1:
        raise ValueError(f"expected a whole number from 1, got {value!r}")
    return count(value)


def interval(value: Any) -> int | float:
    """How often: after so many events, a whole number from 0; or every so many seconds, a duration with its unit."""
    if type(value) is float or isinstance(value, str):
        duration = seconds(value)
        if duration > 0:
            return duration
        raise ValueError(f"expected a duration above 0, got {value!r}")
    return count(value)


def count_or_null(value: Any) -> int | None:
    """A whole number from 0, or null."""
    return None if value is None else count(value)


def flag(value: Any) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise ValueError(f"expected true or false, got {value!r}")


def text(value: Any) -> str:
    """A text that is not empty."""
    if isinstance(value, str) and value:
        return value
    raise ValueError(f"expected a text, got {value!r}")


class OneOf(Struct, frozen=True, eq=False):
    """One of the given names."""

    names: tuple[str, ...]

    def __call__(self, value: Any) -> str:
        if value in self.names:
            return str(value)
        raise ValueError(f"expected one of {', '.join(self.names)}, got {value!r}")


class SomeOf(Struct, frozen=True, eq=False):
    """One of the given names, or a list of them."""

    names: tuple[str, ...]

    def __call__(self, value: Any) -> tuple[str, ...]:
        given = value if isinstance(value, list) and value else [value]
        return tuple([OneOf(self.names)(name) for name in given])


# The readers of places, the same for every fault.
PLACE_READERS: Mapping[str, OptionReader] = {"after_events": count, "after_ms": milliseconds, "at_block": count}
