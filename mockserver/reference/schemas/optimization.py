"""Faster forms of a request schema: an equivalent one with less helpful errors, and its part for plain text."""

from __future__ import annotations

from typing import Any

# The most common blocks and tools are tried first.
_FREQUENT = ("text", "tool_use", "tool_result", "custom", "thinking")
# The definitions of a request with nothing but text.
_TEXT_DEFINITIONS = ("MessageCreateParams", "MessageParam", "ContentBlockParam", "TextBlockParam")


def optimize(value: Any) -> Any:
    """An equivalent schema with unions as alternatives, which the engine checks faster than conditions."""
    if isinstance(value, list):
        return [optimize(item) for item in value]
    if not isinstance(value, dict):
        return value
    faster = {key: optimize(item) for key, item in value.items() if not key.startswith("x-")}
    if "x-mapping" in value:
        faster["allOf"] = [item for item in faster["allOf"] if not _is_branch(item)]
        tags = sorted(value["x-tags"], key=lambda tag: _FREQUENT.index(tag) if tag in _FREQUENT else len(_FREQUENT))
        refs = dict.fromkeys(value["x-mapping"][tag] for tag in tags)
        others = [kind for kind in value["type"] if kind != "object"] if isinstance(value["type"], list) else []
        faster["anyOf"] = [{"$ref": ref} for ref in refs] + ([{"type": others}] if others else [])
        if not faster["allOf"]:
            del faster["allOf"]
    return faster


def restrict_to_text(schema: dict[str, Any]) -> dict[str, Any]:
    """The part of an optimized schema that accepts requests with nothing but text, and nothing the schema refuses."""
    definitions = {name: _close_references(schema["$defs"][name]) for name in _TEXT_DEFINITIONS}
    root = definitions[_TEXT_DEFINITIONS[0]]
    root["properties"] = {name: below for name, below in root["properties"].items() if below is not False}
    return {**schema, "$defs": definitions}


def _close_references(value: Any) -> Any:
    """The schema with every reference to another definition replaced by false."""
    if isinstance(value, list):
        return [_close_references(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value and value["$ref"].rpartition("/")[2] not in _TEXT_DEFINITIONS:
        return False
    cut = {key: _close_references(item) for key, item in value.items()}
    if "anyOf" in cut:
        cut["anyOf"] = [item for item in cut["anyOf"] if item is not False]
    return cut


def _is_branch(item: dict[str, Any]) -> bool:
    return "properties" in item["if"]
