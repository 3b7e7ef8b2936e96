"""Bodies that are too large for memory: each a file that is there as long as somebody uses it."""

from __future__ import annotations

import os
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

# Where a process finds the files that it has open, each to be opened anew (Linux).
_OPEN_FILES = Path("/proc/self/fd")


class ContentPath(type(Path())):  # type: ignore[misc]  # Path makes another class of itself
    """A file that is there as long as something refers to this path.

    It may hold secrets: where that is possible it has no name in its folder, so that nothing is left of it, however
    the process ends.
    """

    @classmethod
    def make(cls) -> ContentPath:
        """A new, empty file."""
        number, name = tempfile.mkstemp(prefix="mockserver-recorded-")
        if _OPEN_FILES.is_dir():
            _remove(name)
            path: ContentPath = cls(_OPEN_FILES / str(number))
            weakref.finalize(path, os.close, number)
            return path
        os.close(number)
        path = cls(name)
        weakref.finalize(path, _remove, name)
        return path


def _remove(name: str) -> None:
    with suppress(OSError):
        Path(name).unlink()
