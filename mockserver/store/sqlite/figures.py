"""Figures of calls as bytes."""

from __future__ import annotations

from msgspec import Struct

from mockserver.store.kept.encoding import pack, unpack
from mockserver.store.sqlite.database import Database
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


def add_figures(database: Database, owner: int, figures: Stats) -> None:
    """Add figures to those of a session, or to those of all when it is gone; inside a transaction."""
    if not database.run("SELECT 1 FROM sessions WHERE id = ?", owner):
        owner = 0
    sql = "SELECT id, data FROM stats WHERE owner = ? AND epoch = ? LIMIT 1"
    epoch = database.number("epoch")
    rows = database.run(sql, owner, epoch)
    if rows:
        whole = revive(rows[0][1])
        whole.absorb(figures)
        database.run("UPDATE stats SET data = ?, size = ? WHERE id = ?", store(whole), whole.size, rows[0][0])
    else:
        sql = "INSERT INTO stats(owner, epoch, size, data) VALUES (?, ?, ?, ?)"
        database.run(sql, owner, epoch, figures.size, store(figures))


def settle_figures(database: Database) -> None:
    """Make one row of the figures that are no session's any more, and one of those of earlier."""
    epoch = database.number("epoch")
    for where in ("epoch = ?", "epoch < ?"):
        rows = database.run(f"SELECT id, epoch, data FROM stats WHERE owner = 0 AND {where} LIMIT 100", epoch)
        if len(rows) > 1:
            whole = Stats()
            for _, _, data in rows:
                whole.absorb(revive(data))
            database.run_many("DELETE FROM stats WHERE id = ?", [(row[0],) for row in rows])
            sql = "INSERT INTO stats(owner, epoch, size, data) VALUES (0, ?, ?, ?)"
            database.run(sql, rows[0][1], whole.size, store(whole))
