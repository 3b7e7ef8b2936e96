"""Durations in logarithmic buckets: percentiles of any number of them in a bounded memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import ceil, log10

from msgspec import Struct, field

# 48 buckets for each power of ten: a duration is at most 2.5 % from the middle of its bucket.
PER_DECADE = 48
# Milliseconds: what is shorter counts as so long, and what is longer than the other goes into the last bucket.
SHORTEST, LONGEST = 0.01, 1e7
_LAST = PER_DECADE * 9
_STEP = 10 ** (1 / PER_DECADE)


def find_bucket(milliseconds: float) -> int:
    """The bucket of a duration. Bucket ``n`` holds what is longer than its lower bound, up to ``upper_bound(n)``."""
    if SHORTEST < milliseconds < LONGEST:
        return ceil(log10(milliseconds / SHORTEST) * PER_DECADE)
    return 0 if milliseconds <= SHORTEST else _LAST


def upper_bound(bucket: int) -> float:
    """The longest duration in a bucket, in milliseconds."""
    return float(SHORTEST * 10 ** (bucket / PER_DECADE))


def add_counts(sums: dict[int, int], more: Mapping[int, int]) -> None:
    """Add counts to others, key by key."""
    for key, count in more.items():
        sums[key] = sums.get(key, 0) + count


class Histogram(Struct):
    """Durations in milliseconds: how many are in each bucket, their sum, and the longest one."""

    counts: dict[int, int] = field(default_factory=dict)
    sum: float = 0.0
    longest: float = 0.0

    def add(self, bucket: int, milliseconds: float) -> bool:
        """Add a duration, whose bucket is known; whether it is the first one there."""
        counts = self.counts
        is_new = bucket not in counts
        counts[bucket] = 1 if is_new else counts[bucket] + 1
        self.sum += milliseconds
        if milliseconds > self.longest:
            self.longest = milliseconds
        return is_new

    def absorb(self, other: Histogram) -> None:
        """Add the durations of another one."""
        add_counts(self.counts, other.counts)
        self.sum += other.sum
        self.longest = max(self.longest, other.longest)

    @property
    def number(self) -> int:
        """How many durations there are."""
        return sum(self.counts.values())

    def percentiles(self, *wanted: float) -> list[float]:
        """The shortest durations that so many percent of all do not exceed, in milliseconds, each at most 2.5 % off
        between ``SHORTEST`` and ``LONGEST``; 0.0 where there are none.
        """
        buckets = sorted(self.counts)
        reached = list(accumulate(self.counts[bucket] for bucket in buckets))
        if not reached:
            return [0.0] * len(wanted)
        ranks = [max(1, ceil(reached[-1] * percent / 100)) for percent in wanted]
        return [self._middle(buckets[bisect_right(reached, rank - 1)]) for rank in ranks]

    def count_up_to(self, bounds: Sequence[int]) -> list[int]:
        """How many durations are in all buckets up to each of these, which ascend."""
        buckets = sorted(self.counts)
        reached = [0, *accumulate(self.counts[bucket] for bucket in buckets)]
        return [reached[bisect_right(buckets, bound)] for bound in bounds]

    def _middle(self, bucket: int) -> float:
        middle = upper_bound(bucket) * (1 + 1 / _STEP) / 2 if bucket else SHORTEST
        return min(middle, self.longest)
