"""What the references of a JSON Schema point to: the root, a path in it, or an anchor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote


def find_target(root: Any, reference: Any) -> Any:
    """The schema that a ``$ref`` or ``$dynamicRef`` points to; "" and "#" are the root.

    Raises:
        ValueError: it leads nowhere, out of the schema, or is no text.
    """
    if not isinstance(reference, str) or (reference and not reference.startswith("#")):
        raise ValueError(f"{reference!r} lies outside the schema")
    pointer = unquote(reference[1:])
    if pointer and not pointer.startswith("/"):
        return _find_anchor(root, pointer)
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


def _find_anchor(node: Any, name: str) -> Any:
    stack = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, Mapping):
            if name in (each.get("$anchor"), each.get("$dynamicAnchor")):
                return each
            stack.extend(each.values())
        elif isinstance(each, list):
            stack.extend(each)
    raise ValueError(f"'#{name}' is not in the schema")
