"""The known name that a mistaken one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

# The search takes time for each pair of characters and for each candidate.
_LONGEST, _MOST = 100, 1_000


def find_similar(name: object, known: Iterable[str]) -> str | None:
    """The most similar one of the first 1,000 known names; None for a name of more than 100 characters."""
    if not isinstance(name, str) or len(name) > _LONGEST:
        return None
    from difflib import get_close_matches  # for mistakes only

    near = get_close_matches(name, [each for each in islice(known, _MOST) if len(each) <= _LONGEST], n=1)
    return near[0] if near else None


def show_name(name: object) -> str:
    """A name as messages repeat it: a long one is cut."""
    text = str(name)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
