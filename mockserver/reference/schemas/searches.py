"""What the patterns of a JSON Schema cost: how large each becomes when compiled, and how long a search with it takes.

A counted repetition stands for copies of what it repeats: four of ``{10}`` in each other make ten thousand. Estimates
are rather too high than too low; they follow the text alone, so they are the same on each machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockserver.records.budget import LIMITS

# An escape, a class, a bracket, a repetition, or one character.
# Each alternative reads on without going back: one without its end takes all the rest, and is no pattern anyway.
_TOKEN = re.compile(r"\\[pP]\{[^}]*\}?|(?s:\\.)|\[(?:[^\]\\]|(?s:\\.))*\]?|\{[\d\s,]*\}?|(?s:.)")
# Classes over all of Unicode: by property, and those that leave something out.
_PROPERTY = re.compile(r"\\[pP]")
_WIDE = re.compile(r"\\[DWSs]|\[\^|^\.$|[^\x00-\x7f]")
# Groups of a special kind, back references and possessive repetitions: no linear search knows them.
_BACKTRACKING = re.compile(r"\(\?[^:]|\\[1-9kKG]|[*+?}]\+")
_MOST = 10**12
# The size that each pattern has at least, that of reading one character, and the most characters that are read.
_BASE, _READING, _LONGEST = 100, 20, 100_000


def measure_size(pattern: str) -> int:
    """The size of a compiled pattern: about 0.3 microseconds of compiling each."""
    least = _BASE + _READING * len(pattern)
    return least if len(pattern) > _LONGEST else least + _add_up(pattern, _measure_token)


def count_positions(pattern: str) -> int:
    """The positions in a pattern at which a search may be at the same time."""
    return _add_up(pattern, lambda _: 1)


def count_comparisons(positions: int, length: int, *, backtracks: bool) -> int:
    """How often a character of a text of that length is compared with a position, at most.

    A pattern that goes back and forth may look at the whole rest of the text from each of its characters.
    """
    return length * positions * (length if backtracks else 1) + (1_000 * length if backtracks else 0)


def count_steps(pattern: str, text: str) -> int:
    """The steps of about five microseconds that it takes to compile a pattern and search a text with it, at most."""
    size = measure_size(pattern)
    if size > LIMITS.schema_patterns:
        return size
    compared = count_comparisons(
        count_positions(pattern), len(text), backtracks=_BACKTRACKING.search(pattern) is not None
    )
    return size // 16 + compared // 500


def list_patterns(schema: Any) -> Iterator[str]:
    """All that could be a pattern in a schema, at whatever place."""
    stack = [schema] if isinstance(schema, Mapping | list) else []
    while stack:
        each = stack.pop()
        if isinstance(each, Mapping):
            if isinstance(each.get("pattern"), str):
                yield each["pattern"]
            if isinstance(each.get("patternProperties"), Mapping):
                yield from each["patternProperties"]
        inner = each.values() if isinstance(each, Mapping) else each
        stack.extend(part for part in inner if isinstance(part, Mapping | list))


def _add_up(pattern: str, measure: Callable[[str], int]) -> int:
    """The sum of a pattern's parts, each as often as it is repeated."""
    outer: list[int] = []
    total = last = 0
    for part in _TOKEN.findall(pattern):
        if part == "(":
            outer.append(total)
            total = last = 0
            continue
        if (times := _read_repetition(part)) is not None:
            total, last = total - last, min(last * times + 1, _MOST)
        elif part == ")" and outer:
            total, last = outer.pop(), total + 1
        else:
            last = measure(part)
        total += last
    return sum(outer) + total


def _read_repetition(part: str) -> int | None:
    """How many copies a quantifier makes of what stands before it; None for another part."""
    if part in ("*", "+", "?"):
        return 1
    if part[0] != "{" or part[-1] != "}":
        return None
    return max((min(int(number[:10]), 10**9) for number in re.findall(r"0*(\d+)", part)), default=1)


def _measure_token(token: str) -> int:
    if found := len(_PROPERTY.findall(token)):
        return 1_000 * found
    return 40 + len(token) if _WIDE.search(token) else 3 + len(token) // 2
