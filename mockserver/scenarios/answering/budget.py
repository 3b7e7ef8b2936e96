"""The budget of a placeholder: how many steps it may take, how large its values may grow, and how long it may take.

Steps and characters decide, so that a placeholder gives the same answer on a slow machine. The time limit is for what
they cannot weigh: one step may sort or search a large value.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from jinja2 import Undefined
from jinja2.exceptions import SecurityError
from jinja2.utils import Namespace
from msgspec import Struct
from msgspec.structs import astuple

# Characters a text may grow to, and items a value, with all that is in them.
MAX_SIZE = 1_000_000
# Loop rounds and calls of one text.
MAX_STEPS = 20_000
# Characters that all parts of one text, its filters and its calls may make together. An item is worth some.
MAX_WORK = 100_000_000
ITEM_WORK = 10
# Seconds that one text may take. Placeholders in use take milliseconds.
MAX_SECONDS = 2.0


class Budget:
    """Counts the steps and characters of one text, and stops it when these are too many."""

    def __init__(self) -> None:
        self.steps = MAX_STEPS
        self.work = MAX_WORK
        self.deadline = time.monotonic() + MAX_SECONDS

    def take_steps(self, number: int = 1) -> None:
        """Count loop rounds or calls."""
        self.steps -= number
        if self.steps < 0:
            raise SecurityError(f"it takes more than {MAX_STEPS:,} steps")
        if time.monotonic() > self.deadline:
            raise SecurityError(f"it takes more than {MAX_SECONDS:g} seconds")

    def spend(self, size: int) -> None:
        """Count characters."""
        self.work -= size
        if self.work < 0:
            raise SecurityError(f"it makes more than {MAX_WORK:,} characters in all")

    def admit(self, value: Any, most: int = MAX_SIZE) -> Any:
        """Return the value unless it is too long; its items were weighed when they were built."""
        size = length_of(value)
        if size > most:
            raise SecurityError(f"it grows beyond {MAX_SIZE:,} characters")
        self.spend(size)
        return value

    def weigh(self, value: Any, *, written: bool) -> Any:
        """Return the value unless it is too large with all that is in it; ``written`` counts its characters too.

        A list of one and the same list doubles with each level, and only writing or comparing it would show that.
        """
        size = self._weight(value, written, {})
        self.spend(size * ITEM_WORK)
        return value

    def _weight(self, value: Any, written: bool, sizes: dict[int, int]) -> int:
        """The number of items in a value, itself included. Each object is weighed once, however often it occurs."""
        if isinstance(value, str):
            return 1 + (len(value) if written else 0)
        if id(value) not in sizes:
            size = 1
            for item in _list_items(value, written):
                size += 1 + self._weight(item, written, sizes)
                if size > MAX_SIZE:
                    raise SecurityError(f"it grows beyond {MAX_SIZE:,} {'characters' if written else 'items'}")
            sizes[id(value)] = size
        return sizes[id(value)]


def length_of(value: Any) -> int:
    """The number of characters or items; 0 for values that have none."""
    return len(value) if isinstance(value, Collection) and not isinstance(value, Undefined) else 0


def _list_items(value: Any, written: bool) -> Collection[Any]:
    """The values directly inside a value."""
    if isinstance(value, bytes | range | Undefined):
        return ()
    if isinstance(value, Struct):
        return astuple(value)
    if isinstance(value, Namespace):
        if written:
            raise SecurityError("a namespace cannot be written, only what is in it")
        return ()
    if isinstance(value, Mapping):
        return [*value, *value.values()]
    return value if isinstance(value, Collection) else ()
