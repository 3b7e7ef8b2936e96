"""Bodies that are too large for memory: each a file that is there as long as somebody uses it."""

from __future__ import annotations

import os
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path


class ContentPath(type(Path())):  # type: ignore[misc]  # Path makes another class of itself
    """A file that is there as long as something refers to this path."""

    @classmethod
    def make(cls) -> ContentPath:
        """A new, empty file."""
        number, name = tempfile.mkstemp(prefix="mockserver-recorded-")
        os.close(number)
        path: ContentPath = cls(name)
        weakref.finalize(path, _remove, name)
        return path


def _remove(name: str) -> None:
    with suppress(OSError):
        Path(name).unlink()
