"""The budget of a text with placeholders: how many steps it may take, and how large its values may grow."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from jinja2 import Undefined
from jinja2.utils import Namespace
from msgspec import Struct
from msgspec.structs import astuple

from mockserver.records.budget import LIMITS, Budget, OverBudgetError, seconds_left

# Characters that an item counts as.
_ITEM = 10


class TextBudget(Budget):
    """The budget of one text: its steps, its characters, and what is left of the request's processor time."""

    def __init__(self) -> None:
        super().__init__(LIMITS.text_steps, LIMITS.text_characters)

    def take_steps(self, number: int = 1) -> None:
        """Count loop rounds or calls."""
        super().take_steps(number)
        # One step may sort or search a large value.
        seconds_left()

    def admit(self, value: Any, most: int = LIMITS.size) -> Any:
        """Return the value unless it is too long; its items were weighed when they were built."""
        size = length_of(value)
        if size > most:
            raise OverBudgetError(f"it grows beyond {LIMITS.size:,} characters")
        self.spend(size)
        return value

    def weigh(self, value: Any, *, written: bool) -> Any:
        """Return the value unless it is too large with all that is in it; ``written`` counts its characters too.

        A list of one and the same list doubles with each level, and only writing or comparing it would show that.
        """
        size = self._weight(value, written, {})
        self.spend(size * _ITEM)
        return value

    def _weight(self, value: Any, written: bool, sizes: dict[int, int]) -> int:
        """The number of items in a value, itself included. Each object is weighed once, however often it occurs."""
        if isinstance(value, str):
            return 1 + (len(value) if written else 0)
        if id(value) not in sizes:
            size = 1
            for item in _list_items(value, written):
                size += 1 + self._weight(item, written, sizes)
                if size > LIMITS.size:
                    raise OverBudgetError(f"it grows beyond {LIMITS.size:,} {'characters' if written else 'items'}")
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
            raise OverBudgetError("a namespace cannot be written, only what is in it")
        return ()
    if isinstance(value, Mapping):
        return [*value, *value.values()]
    return value if isinstance(value, Collection) else ()
