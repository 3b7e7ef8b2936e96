"""The access log on stderr."""

from __future__ import annotations

import sys
from contextlib import suppress

# Letters of a line.
MOST = 900


def log_request(line: str) -> None:
    """Write a line, if it can be written."""
    if len(line) > MOST:
        line = line[: MOST - 1] + "…"
    # None stands for a descriptor that was closed before the program began.
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(line + "\n")
