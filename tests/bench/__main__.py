"""``make bench``: prints each figure beside its aim; exit 1 when an aim is missed. Names of parts choose among them."""

from __future__ import annotations

import sys
from itertools import chain

from . import (
    chat,
    conversation,
    engine,
    following,
    forwarding,
    many_streams,
    million,
    pipelining,
    requests,
    sessions,
    start,
    stores,
    streams,
    workers,
)
from .rows import Row, Skipped

# Prints the rows of a table in Markdown instead.
TABLE = "--table"
PARTS = {
    "start": start.rows,
    "requests": requests.rows,
    "chat": chat.rows,
    "streams": lambda: chain(streams.rows(), many_streams.rows()),
    "pipelining": pipelining.rows,
    "following": following.rows,
    "forwarding": forwarding.rows,
    "engine": engine.rows,
    "workers": workers.rows,
    "stores": stores.rows,
    "conversation": conversation.rows,
    "sessions": sessions.rows,
    "million": million.rows,
}


def main(names: list[str]) -> int:
    missed = 0
    show = tell_row if TABLE in names else tell_line
    for name in [name for name in names if name != TABLE] or PARTS:
        for row in PARTS[name]():
            show(name, row)
            missed += isinstance(row, Row) and not row.is_met
    return 1 if missed else 0


def tell_line(_: str, row: Row | Skipped) -> None:
    """A line for the eye."""
    if isinstance(row, Skipped):
        print(f"skip  {row.name:<52}  {row.reason}", flush=True)
    else:
        met = "ok  " if row.is_met else "MISS"
        print(f"{met}  {row.name:<52}  {row.value:9.3f} {row.unit:<8} aim {row.aim}", flush=True)


def tell_row(part: str, row: Row | Skipped) -> None:
    """A row of the table in docs/performance.md."""
    if isinstance(row, Skipped):
        print(f"| `{part}` | {row.name} | not measured: {row.reason} | |", flush=True)
    else:
        value = f"{row.value:,.0f}" if row.value >= 100 else f"{row.value:.3g}"
        aim = "" if row.aim == "-" else row.aim.replace(">=", "≥").replace("<=", "≤")
        unit = "" if row.unit == "ratio" else f" {row.unit}"
        print(f"| `{part}` | {row.name} | {value}{unit} | {aim} |", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
