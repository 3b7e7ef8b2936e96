"""One measured ratio and what it should be."""

from __future__ import annotations

import statistics
import timeit
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """``at_least`` and ``at_most`` are the aims; either may be left out."""

    name: str
    value: float
    unit: str = "ratio"
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_met(self) -> bool:
        above = self.at_least is None or self.value >= self.at_least
        return above and (self.at_most is None or self.value <= self.at_most)

    @property
    def aim(self) -> str:
        parts = []
        if self.at_least is not None:
            parts.append(f">= {self.at_least}")
        if self.at_most is not None:
            parts.append(f"<= {self.at_most}")
        return " and ".join(parts) or "-"


@dataclass(frozen=True)
class Skipped:
    """A figure that could not be measured here."""

    name: str
    reason: str


def seconds(work: Callable[[], object], *, rounds: int = 5, repeat: int = 1) -> float:
    """The median time of one run, without the garbage collector."""
    return statistics.median(timeit.repeat(work, repeat=rounds, number=repeat)) / repeat


def ratio(one: Callable[[], object], other: Callable[[], object], *, repeat: tuple[int, int]) -> float:
    """The median of how much longer one takes than the other, measured in turns, each repeated so often."""
    turns = (
        timeit.timeit(one, number=repeat[0]) / repeat[0] / (timeit.timeit(other, number=repeat[1]) / repeat[1])
        for _ in range(15)
    )
    return statistics.median(turns)
