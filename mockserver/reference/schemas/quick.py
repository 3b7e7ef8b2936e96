"""Quicker forms of a schema: one that takes the same but cannot say what is wrong, and a small part of it."""

from __future__ import annotations

from typing import Any

# Blocks and tools that are met most often are tried first.
_FREQUENT = ("text", "tool_use", "tool_result", "custom", "thinking")
# What a request with nothing but text is made of.
_PLAIN = ("MessageCreateParams", "MessageParam", "ContentBlockParam", "TextBlockParam")


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


def plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The part of a quick schema that takes requests with nothing but text, and nothing that the whole does not."""
    kept = {name: _cut(schema["$defs"][name]) for name in _PLAIN}
    root = kept[_PLAIN[0]]
    root["properties"] = {name: below for name, below in root["properties"].items() if below is not False}
    return {**schema, "$defs": kept}


def _cut(value: Any) -> Any:
    """The same with every way into other definitions closed."""
    if isinstance(value, list):
        return [_cut(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value and value["$ref"].rpartition("/")[2] not in _PLAIN:
        return False
    cut = {key: _cut(item) for key, item in value.items()}
    if "anyOf" in cut:
        cut["anyOf"] = [item for item in cut["anyOf"] if item is not False]
    return cut


def _is_branch(item: dict[str, Any]) -> bool:
    return "type" in item["if"].get("properties", {})
