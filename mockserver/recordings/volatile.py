"""What the regular expressions of ``match: {volatile: [...]}`` find in texts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from mockserver.records.patterns import Replace, compile_replace

HOLE = "\u2039volatile\u203a"


def replace_volatile(text: str, patterns: Sequence[str]) -> str:
    """The text with what the patterns find replaced by what stands for it.

    Raises:
        OverBudgetError: that takes longer than the request has time left.
    """
    for pattern in patterns:
        text = compile_volatile(pattern)(text, HOLE)
    return text


@lru_cache(maxsize=256)
def compile_volatile(pattern: str) -> Replace:
    """What replaces all that a pattern finds.

    Raises:
        ValueError: it is no pattern.
    """
    return compile_replace(pattern)
