"""``make bench``: prints each ratio beside its aim; exit 1 when an aim is missed."""

from __future__ import annotations

import sys

from . import engine, start, throughput


def main() -> int:
    rows = [*start.rows(), *throughput.rows(), *engine.rows()]
    width = max(len(row.name) for row in rows)
    for row in rows:
        print(f"{'ok  ' if row.is_met else 'MISS'}  {row.name:<{width}}  {row.value:8.3f} {row.unit:<14} aim {row.aim}")
    return 0 if all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
