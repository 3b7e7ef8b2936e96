"""What the references of a JSON Schema point to: the root, a path in it, or an anchor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from mockserver.records.budget import Budget


class References:
    """The references of one schema: each is looked up once, anchors all together in one walk.

    Args:
        root: the schema.
    """

    def __init__(self, root: Any) -> None:
        self._root = root
        self._targets: dict[str, Any] = {}
        self._anchors: dict[str, Any] | None = None

    def find(self, reference: Any, budget: Budget) -> Any:
        """The schema that a ``$ref`` or ``$dynamicRef`` points to; "" and "#" are the root.

        Raises:
            ValueError: it leads nowhere, out of the schema, or is no text.
            OverBudgetError: the look-up takes too many steps.
        """
        if not isinstance(reference, str) or (reference and not reference.startswith("#")):
            raise ValueError(f"{reference!r} lies outside the schema")
        if reference not in self._targets:
            budget.take_steps(1 + len(reference) // 10)
            pointer = unquote(reference[1:])
            is_anchor = pointer and not pointer.startswith("/")
            self._targets[reference] = (
                self._find_anchor(pointer, budget) if is_anchor else _follow(self._root, pointer, reference)
            )
        return self._targets[reference]

    def _find_anchor(self, name: str, budget: Budget) -> Any:
        if self._anchors is None:
            self._anchors = _index_anchors(self._root, budget)
        if name not in self._anchors:
            raise ValueError(f"'#{name}' is not in the schema")
        return self._anchors[name]


def _follow(root: Any, pointer: str, reference: str) -> Any:
    found = root
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and name.isascii() and name.isdigit() and len(name) < 9 and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, Mapping) and name in found:
            found = found[name]
        else:
            raise ValueError(f"{reference!r} is not in the schema")
    return found


def _index_anchors(root: Any, budget: Budget) -> dict[str, Any]:
    """The schema of each anchor; of two with one name, the one that is met first."""
    found: dict[str, Any] = {}
    stack = [root]
    while stack:
        budget.take_steps()
        each = stack.pop()
        if isinstance(each, Mapping):
            for name in (each.get("$anchor"), each.get("$dynamicAnchor")):
                if isinstance(name, str):
                    found.setdefault(name, each)
        inner = each.values() if isinstance(each, Mapping) else each
        stack.extend(part for part in inner if isinstance(part, Mapping | list))
    return found
