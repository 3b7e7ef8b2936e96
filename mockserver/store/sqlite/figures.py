"""Figures of calls as rows."""

from __future__ import annotations

from mockserver.store.kept.figures import revive, store
from mockserver.store.sqlite.database import Database
from mockserver.store.stats import Stats


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
