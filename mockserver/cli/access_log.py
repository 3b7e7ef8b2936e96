"""The access log on stderr. It keeps no answer waiting, whoever reads it or does not."""

from __future__ import annotations

import select
import sys

# Letters of a line: in UTF-8 no more than the bytes that a pipe with room takes without waiting.
MOST = 900


class AccessLog:
    """Writes lines to stderr. Those that cannot be written now are lost; how many, the next line says."""

    def __init__(self) -> None:
        self._lost = 0

    def write(self, line: str) -> None:
        """Write a line, if it can be written without waiting."""
        if len(line) > MOST:
            line = line[: MOST - 1] + "…"
        stream = sys.stderr
        # None stands for a descriptor that was closed before the program began.
        if stream is None or not _has_room():
            self._lost += 1
            return
        try:
            if self._lost:
                stream.write(f"mockserver: lines of this log that could not be written: {self._lost}\n")
                self._lost = 0
            stream.write(line + "\n")
        except (OSError, ValueError):
            self._lost += 1


def _has_room() -> bool:
    """Whether stderr takes a line at once: a pipe that nobody reads is full at some time."""
    try:
        return bool(select.select((), (sys.stderr,), (), 0)[1])
    except (OSError, ValueError):
        # It is no descriptor, or none that can be asked: no pipe.
        return True
