"""A quicker form of a schema: takes the same, but cannot say what is wrong."""

from __future__ import annotations

from typing import Any

# Blocks and tools that are met most often are tried first.
_FREQUENT = ("text", "tool_use", "tool_result", "custom", "thinking")


def quick(value: Any) -> Any:
    """The same schema with unions as alternatives, which the engine tells apart faster than conditions."""
    if isinstance(value, list):
        return [quick(item) for item in value]
    if not isinstance(value, dict):
        return value
    faster = {key: quick(item) for key, item in value.items() if not key.startswith("x-")}
    if "x-mapping" in value:
        faster["allOf"] = [item for item in faster["allOf"] if not _is_branch(item)]
        tags = sorted(value["x-tags"], key=lambda tag: _FREQUENT.index(tag) if tag in _FREQUENT else len(_FREQUENT))
        refs = dict.fromkeys(value["x-mapping"][tag] for tag in tags)
        others = [kind for kind in value["type"] if kind != "object"] if isinstance(value["type"], list) else []
        faster["anyOf"] = [{"$ref": ref} for ref in refs] + ([{"type": others}] if others else [])
        if not faster["allOf"]:
            del faster["allOf"]
    return faster


def _is_branch(item: dict[str, Any]) -> bool:
    return "type" in item["if"].get("properties", {})
