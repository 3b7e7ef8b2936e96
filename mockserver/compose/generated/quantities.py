"""Numbers for a JSON Schema: within its bounds, and the user's own where they fit."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random
from typing import Any

Range = tuple[Fraction, Fraction]

# The least and the greatest number that can be written as JSON here: a 64-bit integer, signed or unsigned, and a float.
INTEGERS = (Fraction(-(2**63)), Fraction(2**64 - 1))
FLOATS = (Fraction(-sys.float_info.max), Fraction(sys.float_info.max))
# The greatest distance of a generated number from its one bound.
SPAN = 100


def choose_integer(schema: Mapping[str, Any], rng: Random, mentioned: Sequence[float]) -> int:
    """An integer for ``schema``. Raises ValueError when there is none in its range."""
    step = Fraction(str(schema["multipleOf"])) if schema.get("multipleOf") else Fraction(1)
    # A multiple of n/d is an integer when it is one of n.
    step = Fraction(step.numerator)
    return int(_find_multiple(schema, step, rng, [each for each in mentioned if each == int(each)], INTEGERS))


def choose_number(schema: Mapping[str, Any], rng: Random, mentioned: Sequence[float]) -> float | int:
    """A number for ``schema``. Raises ValueError when there is none in its range."""
    if schema.get("multipleOf"):
        found = _choose_multiple(schema, rng, mentioned)
    else:
        low, high = _find_bounds(schema, FLOATS)
        fitting = [each for each in mentioned if low <= each <= high]
        found = fitting[0] if fitting else _choose_between(float(low), float(high), rng, schema)
    return int(found) if found == int(found) and abs(found) < 2**53 else found


def _choose_multiple(schema: Mapping[str, Any], rng: Random, mentioned: Sequence[float]) -> float:
    """A multiple that is also one in floating point, if twenty draws find one: 0.56 / 0.01 is not 56."""
    step = schema["multipleOf"]
    found = 0.0
    for attempt in range(20):
        found = float(_find_multiple(schema, Fraction(str(step)), rng, () if attempt else mentioned, FLOATS))
        if (found / step).is_integer():
            break
    return found


def _choose_between(low: float, high: float, rng: Random, schema: Mapping[str, Any]) -> float:
    for digits in (1, 2, 4, 8, 15):
        found = round(rng.uniform(low, high), digits)
        if low <= found <= high and found not in (schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")):
            return found
    return low / 2 + high / 2


def _find_multiple(
    schema: Mapping[str, Any], step: Fraction, rng: Random, mentioned: Sequence[float], possible: Range
) -> Fraction:
    low, high = _find_bounds(schema, possible)
    first, last = math.ceil(low / step), math.floor(high / step)
    first += [first * step] == _read_numbers(schema, "exclusiveMinimum")
    last -= [last * step] == _read_numbers(schema, "exclusiveMaximum")
    if first > last:
        raise ValueError(f"no multiple of {step} lies between {low} and {high}")
    for each in mentioned:
        if (Fraction(each) / step).denominator == 1 and first <= Fraction(each) / step <= last:
            return Fraction(each)
    return rng.randint(first, last) * step


def _find_bounds(schema: Mapping[str, Any], possible: Range) -> Range:
    lows = _read_numbers(schema, "minimum", "exclusiveMinimum")
    highs = _read_numbers(schema, "maximum", "exclusiveMaximum")
    span = max(Fraction(SPAN), 10 * Fraction(str(schema.get("multipleOf") or 1)))
    if lows:
        low = max(*lows, possible[0])
        return low, min(min(highs, default=low + span), possible[1])
    high = min(min(highs, default=span), possible[1])
    return max(high - span if high <= 0 else Fraction(high >= 1), possible[0]), high


def _read_numbers(schema: Mapping[str, Any], *names: str) -> list[Fraction]:
    # Draft 4 wrote exclusiveMinimum as a boolean.
    found = (schema.get(name) for name in names)
    return [Fraction(str(each)) for each in found if isinstance(each, (int, float)) and not isinstance(each, bool)]
