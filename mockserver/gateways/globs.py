"""Names of models and paths that may hold ``*``, which stands for anything; every other character is itself."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache


def fits(name: str, glob: str) -> bool:
    """Whether a name is one of those that a glob stands for."""
    return fnmatchcase(name, _quote(glob))


def fits_any(name: str, globs: Iterable[str]) -> bool:
    """Whether a name is one of those that some globs stand for."""
    return any(fits(name, glob) for glob in globs)


@lru_cache(maxsize=4096)
def _quote(glob: str) -> str:
    # Names such as "claude-sonnet-5[1m]" are no sets of characters.
    return glob.replace("[", "[[]").replace("?", "[?]")
