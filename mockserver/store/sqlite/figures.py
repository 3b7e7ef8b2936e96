"""Figures of calls as rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain

from mockserver.store.kept.figures import revive, store
from mockserver.store.sqlite.database import Database
from mockserver.store.stats import Stats

_FIND = """SELECT owner, id, data FROM stats WHERE owner IN (SELECT value FROM json_each(?)) AND owner > 0 AND
    epoch = (SELECT value FROM numbers WHERE name = 'epoch')"""
# What somebody else has changed since it was read stays as it is.
_CHANGE = """UPDATE stats SET data = column4, size = column5 FROM (VALUES {}) WHERE stats.id = column1 AND
    stats.owner = column2 AND stats.data = column3 AND stats.epoch = (SELECT value FROM numbers WHERE name = 'epoch')
    RETURNING stats.owner"""


def add_to_rows(database: Database, figures: Mapping[int, Stats]) -> dict[int, Stats]:
    """Add figures to those of sessions that have some, by one statement; returns those that are still to be added."""
    sql = (
        "SELECT owner, id, data FROM stats WHERE owner IN (SELECT value FROM json_each(?)) AND owner > 0 AND epoch = ?"
    )
    rows = {row[0]: row for row in database.run(sql, json.dumps(list(figures)), database.number("epoch"))}
    if not rows:
        return dict(figures)
    changes = []
    for owner, number, data in rows.values():
        whole = revive(data)
        whole.absorb(figures[owner])
        changes.append((number, owner, data, store(whole), whole.size))
    added = database.run(_CHANGE.format(", ".join(["(?, ?, ?, ?, ?)"] * len(changes))), *chain.from_iterable(changes))
    done = {owner for (owner,) in added}
    return {owner: each for owner, each in figures.items() if owner not in done}


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
