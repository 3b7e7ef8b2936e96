"""Names of models and paths that may hold ``*``, which stands for anything; every other character is itself."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache


def fits(name: str, glob: str) -> bool:
    """Whether a name is one of those that a glob stands for."""
    return fits_any(name, (glob,))


def fits_any(name: str, globs: tuple[str, ...]) -> bool:
    """Whether a name is one of those that some globs stand for."""
    return bool(globs) and _compile(globs).match(name) is not None


@lru_cache(maxsize=4096)
def _compile(globs: tuple[str, ...]) -> re.Pattern[str]:
    """All of them in one: each call asks for some dozens."""
    # Names such as "claude-sonnet-5[1m]" are no sets of characters.
    return re.compile("|".join([translate(glob.replace("[", "[[]").replace("?", "[?]")) for glob in globs]))
