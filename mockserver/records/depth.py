"""How deep JSON values are nested: those that are too deep are refused before anything walks through them."""

from __future__ import annotations

from typing import Any

# Levels of a value that can be read and written again as JSON.
DEEPEST = 250


def is_too_deep(value: Any, deepest: int = DEEPEST) -> bool:
    """Whether a JSON value has more than ``deepest`` levels; found without recursion."""
    level, depth = [value] if isinstance(value, dict | list) else [], 0
    while level and depth < deepest:
        inner = [item.values() if isinstance(item, dict) else item for item in level]
        level = [below for items in inner for below in items if isinstance(below, dict | list)]
        depth += 1
    return bool(level)
