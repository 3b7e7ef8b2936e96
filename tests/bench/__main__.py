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
from .rows import Skipped

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
    for name in names or PARTS:
        for row in PARTS[name]():
            if isinstance(row, Skipped):
                print(f"skip  {row.name:<52}  {row.reason}", flush=True)
                continue
            missed += not row.is_met
            met = "ok  " if row.is_met else "MISS"
            print(f"{met}  {row.name:<52}  {row.value:9.3f} {row.unit:<8} aim {row.aim}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
