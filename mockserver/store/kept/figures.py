"""Figures of calls as bytes."""

from __future__ import annotations

from msgspec import Struct

from mockserver.store.kept.encoding import pack, unpack
from mockserver.store.stats import OTHER, Series, Stats


class StoredStats(Struct, array_like=True):
    """Figures as they are written."""

    series: list[Series]
    scenarios: dict[str, int]
    generated: int
    refused: int
    unmatched: int
    failed: int
    hung_up: int

    def revive(self) -> Stats:
        """The figures."""
        stats = Stats(
            {(each.endpoint, each.model): each for each in self.series},
            {each.model for each in self.series if each.model not in (None, OTHER)},
        )
        stats.scenarios = self.scenarios
        stats.generated, stats.refused, stats.unmatched = self.generated, self.refused, self.unmatched
        stats.failed, stats.hung_up = self.failed, self.hung_up
        return stats


def store(stats: Stats) -> bytes:
    """Figures as bytes."""
    rest = stats.scenarios, stats.generated, stats.refused, stats.unmatched, stats.failed, stats.hung_up
    return pack(StoredStats(list(stats.series.values()), *rest))


def revive(data: bytes) -> Stats:
    """Figures of bytes."""
    return unpack(data, StoredStats).revive()
